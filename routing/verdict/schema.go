package verdict

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// Schemas come from clients and the values from models, so both may be made to hurt.
// The bounds below are far above what structured output uses. Beyond them, and where
// a schema needs what is not supported (other documents, dynamic references,
// expressions that Go's regexp does not have), the answer counts as satisfying it:
// the check is a tripwire, and a client's odd schema is no fault of the model's.
const (
	maxSchema        = 64 << 10 // bytes of a schema
	maxSchemas       = 128      // compiled schemas kept
	maxPatterns      = 40_000   // size of a schema's regular expressions together
	maxInstance      = 1 << 20  // bytes of an answer that is checked
	maxInstanceDepth = 128      // nesting of one
	maxWork          = 1 << 20  // cost of one check, about 0.1 µs each
)

// schemaURL is the name under which a client's schema is compiled.
const schemaURL = "sluice:///schema"

// schemas keeps the most recently used compiled schemas by the hash of their text.
type schemas struct {
	recent *lru.Cache[[sha256.Size]byte, *schema]
}

// A schema is compiled once and then checks one value at a time: the library gives
// its hooks no place for the state of one check, see [schema.meter].
type schema struct {
	once     sync.Once
	mu       sync.Mutex
	compiled *jsonschema.Schema // nil if it cannot be checked
	spent    int
}

func newSchemas() *schemas {
	recent, _ := lru.New[[sha256.Size]byte, *schema](maxSchemas) // fails only for sizes below 1
	return &schemas{recent: recent}
}

// satisfies reports whether text, which must be JSON, satisfies the schema or cannot be
// checked against it.
func (c *schemas) satisfies(source []byte, text string) bool {
	if len(source) > maxSchema || len(text) > maxInstance {
		return true
	}
	var value any // plain numbers: arbitrary precision would make 1e999999 expensive
	if err := json.Unmarshal([]byte(text), &value); err != nil || deeperThan(value, maxInstanceDepth) {
		return true
	}
	s := c.get(sha256.Sum256(source))
	s.once.Do(func() { s.compile(source) })
	return s.check(value)
}

// get returns the schema of that hash, which may not be compiled yet.
func (c *schemas) get(hash [sha256.Size]byte) *schema {
	if s, ok := c.recent.Get(hash); ok {
		return s
	}
	s := &schema{}
	if earlier, ok, _ := c.recent.PeekOrAdd(hash, s); ok {
		return earlier
	}
	return s
}

var errUncheckable = errors.New("schema cannot be checked")

// compile leaves s.compiled nil if the schema cannot be checked.
func (s *schema) compile(source []byte) {
	// The library has paths that panic; a schema must not be able to end the process.
	defer func() {
		if recover() != nil {
			s.compiled = nil
		}
	}()
	var doc any // plain numbers, as in the values
	if json.Unmarshal(source, &doc) != nil || deeperThan(doc, maxInstanceDepth) {
		return
	}
	if _, ok := doc.(map[string]any); !ok {
		return
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	c.UseRegexpEngine(boundedRegexp())
	if c.AddResource(schemaURL, doc) != nil {
		return
	}
	compiled, err := c.Compile(schemaURL)
	if err != nil || s.meter(compiled) != nil {
		return
	}
	s.compiled = compiled
}

// noLoader keeps schemas from reading files or the network.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) { return nil, fmt.Errorf("%q: %w", url, errUncheckable) }

// boundedRegexp compiles regular expressions until they have become too large together.
func boundedRegexp() jsonschema.RegexpEngine {
	left := maxPatterns
	return func(expr string) (jsonschema.Regexp, error) {
		if left -= patternSize(expr); left < 0 {
			return nil, errUncheckable
		}
		return regexp.Compile(expr)
	}
}

// patternSize estimates the instructions of a compiled expression, which small
// text can make many: ((a{30}){30}).
func patternSize(expr string) int {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return 1 // regexp.Compile will say the same
	}
	var size func(*syntax.Regexp) int
	size = func(re *syntax.Regexp) int {
		n := 1 + len(re.Rune)
		for _, sub := range re.Sub {
			n += size(sub)
		}
		if re.Op == syntax.OpRepeat {
			n *= max(re.Min, re.Max, 1)
		}
		return n
	}
	return size(re)
}

// check reports whether value satisfies the schema. Work beyond maxWork ends the
// check, and the value passes.
func (s *schema) check(value any) (ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.compiled == nil {
		return true
	}
	s.spent = 0
	defer func() {
		if recover() != nil { // spend's own panic, or one of the library's
			ok = true
		}
	}()
	var failed *jsonschema.ValidationError
	return !errors.As(s.compiled.Validate(value), &failed) || circular(failed)
}

// circular reports whether the schema refers to itself in a circle, which fails for
// every value.
func circular(e *jsonschema.ValidationError) bool {
	if _, ok := e.ErrorKind.(*kind.RefCycle); ok {
		return true
	}
	return slices.ContainsFunc(e.Causes, circular)
}

func (s *schema) spend(n int) {
	if s.spent += n; s.spent > maxWork {
		panic(errUncheckable)
	}
}

// meter makes every schema object charge for its work before it looks into a value:
// references that fan out ({"allOf": [{"$ref": "#/a"}, {"$ref": "#/a"}]}, and so on
// down) make a small schema exponential, and the library has no bound and cannot be
// cancelled. Its one hook at the right place is Format, which is therefore not
// asserted.
func (s *schema) meter(root *jsonschema.Schema) error {
	seen := map[*jsonschema.Schema]bool{}
	for todo := []*jsonschema.Schema{root}; len(todo) > 0; {
		sch := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if sch == nil || seen[sch] {
			continue
		}
		seen[sch] = true
		if !strings.HasPrefix(sch.Location, schemaURL) || sch.DynamicRef != nil || sch.RecursiveRef != nil || sch.ContentSchema != nil {
			return errUncheckable // leads to schemas that this walk does not see
		}
		once, each := subschemas(sch)
		price := priceOf(sch, once, each)
		sch.Format = &jsonschema.Format{Name: "metered", Validate: func(v any) error {
			s.spend(price.of(v))
			return nil
		}}
		todo = append(append(todo, once...), each...)
	}
	return nil
}

// subschemas lists what sch applies: once to a value or one member of it, and to
// each member. Entries may be nil.
func subschemas(sch *jsonschema.Schema) (once, each []*jsonschema.Schema) {
	once = append(once, sch.Ref, sch.Not, sch.If, sch.Then, sch.Else)
	once = append(once, sch.AllOf...)
	once = append(once, sch.AnyOf...)
	once = append(once, sch.OneOf...)
	for _, p := range sch.Properties {
		once = append(once, p)
	}
	for _, d := range sch.DependentSchemas {
		once = append(once, d)
	}
	for _, d := range sch.Dependencies {
		if d, ok := d.(*jsonschema.Schema); ok {
			once = append(once, d)
		}
	}
	once = append(once, sch.PrefixItems...)
	each = append(each, sch.PropertyNames, sch.UnevaluatedProperties, sch.Contains, sch.Items2020, sch.UnevaluatedItems)
	for _, p := range sch.PatternProperties {
		each = append(each, p)
	}
	for _, a := range []any{sch.AdditionalProperties, sch.AdditionalItems, sch.Items} {
		switch a := a.(type) {
		case *jsonschema.Schema:
			each = append(each, a)
		case []*jsonschema.Schema:
			once = append(once, a...)
		}
	}
	return once, each
}

// A price is what it costs to apply a schema to a value.
type price struct {
	once    int // in any case
	each    int // per member
	pattern int // per 64 bytes of a string
	names   int // per 64 bytes of member names
	unique  bool
}

func priceOf(sch *jsonschema.Schema, once, each []*jsonschema.Schema) price {
	p := price{once: 8, each: 1, unique: sch.UniqueItems}
	for _, s := range once {
		p.once += choices(s)
	}
	for _, s := range each {
		p.each += choices(s)
	}
	if sch.Pattern != nil {
		p.pattern = patternSize(sch.Pattern.String())
	}
	for re := range sch.PatternProperties {
		p.names += patternSize(re.String())
	}
	return p
}

// choices is what it costs to compare a value with the enum and const of sch.
func choices(sch *jsonschema.Schema) int {
	if sch == nil {
		return 0
	}
	n := 0
	if sch.Enum != nil {
		n += values(sch.Enum.Values)
	}
	if sch.Const != nil {
		n += values(*sch.Const)
	}
	return n
}

// values counts what is in v. The library compares numbers as fractions, which takes long.
func values(v any) int {
	n := 1
	switch v := v.(type) {
	case map[string]any:
		for _, m := range v {
			n += values(m)
		}
	case []any:
		for _, m := range v {
			n += values(m)
		}
	case float64:
		n = 16
	}
	return n
}

func (p price) of(v any) int {
	n := p.once
	switch v := v.(type) {
	case map[string]any:
		n += p.each * len(v)
		if p.names > 0 {
			for name := range v {
				n += p.names * (len(name)/64 + 1)
			}
		}
	case []any:
		n += p.each * len(v)
		if p.unique {
			n += values(v)
		}
	case string:
		n += p.pattern * (len(v)/64 + 1)
	}
	return n
}
