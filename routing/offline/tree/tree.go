// Package tree reads YAML and JSON that other programs wrote: files of any keys, whose values
// keep their lines, within bounds on their size, depth and number of values.
//
// It knows nothing of what the keys mean. [Value.Take] marks what was understood, and
// [Value.Rest] lists what was not, so that a reader can say what it left out. Start with
// [Parse].
package tree

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Bounds of what is read. Aliases of YAML count as often as they are used, so that a few lines
// cannot stand for millions of values.
const (
	MostBytes  = 16 << 20
	mostValues = 500_000
	mostDepth  = 64
)

// Kind is what a value is.
type Kind uint8

// The kinds of values. A null is a scalar of its own kind.
const (
	Null Kind = iota
	Scalar
	List
	Map
)

// Value is one value of a file. All methods work on a nil *Value, which is one that is absent.
type Value struct {
	Kind    Kind
	Text    string // of a scalar
	Line    int    // from 1
	Entries []Entry
	Items   []*Value

	quoted bool // it is text, whatever it looks like
	taken  bool
}

// Entry is a key of a mapping with its value. A key may come twice; the last one counts.
type Entry struct {
	Key   string
	Line  int
	Value *Value
	Again bool // the key comes again: this one does not count. Set by Rest alone
}

// Parse returns the one document in data, which is JSON or YAML; nil where there is none. An
// error names the line, and never repeats values of the file.
func Parse(data []byte) (*Value, error) {
	if len(data) > MostBytes {
		return nil, fmt.Errorf("%d bytes; expected at most %d", len(data), MostBytes)
	}
	if json.Valid(data) {
		p := &jsonParser{decoder: json.NewDecoder(bytes.NewReader(data)), data: data, line: 1}
		p.decoder.UseNumber()
		v, err := p.value(0)
		return v, err
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	var doc, more yaml.Node
	err = loader.Load(&doc)
	if errors.Is(err, io.EOF) {
		return nil, nil //nolint:nilnil // an empty file is no mistake, and has no value
	}
	if e, ok := errors.AsType[*yaml.LoadError](err); ok {
		return nil, fmt.Errorf("line %d: %s", e.Mark.Line, e.Message)
	} else if err != nil {
		return nil, err
	}
	if err := loader.Load(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("expected one YAML document, found more")
	}
	if len(doc.Content) == 0 {
		return nil, nil //nolint:nilnil // as above
	}
	return (&builder{}).value(doc.Content[0], 0)
}

// builder turns nodes of YAML into values.
type builder struct{ values int }

func (b *builder) value(n *yaml.Node, depth int) (*Value, error) {
	switch b.values++; {
	case b.values > mostValues:
		return nil, fmt.Errorf("line %d: more than %d values, with aliases written out", n.Line, mostValues)
	case depth > mostDepth:
		return nil, fmt.Errorf("line %d: nested more than %d deep", n.Line, mostDepth)
	}
	v := &Value{Line: n.Line}
	switch n.Kind {
	case yaml.AliasNode:
		if n.Alias == nil {
			return v, nil
		}
		target, err := b.value(n.Alias, depth+1)
		if target != nil {
			target.Line = n.Line
		}
		return target, err
	case yaml.SequenceNode:
		v.Kind = List
		for _, item := range n.Content {
			i, err := b.value(item, depth+1)
			if err != nil {
				return nil, err
			}
			v.Items = append(v.Items, i)
		}
	case yaml.MappingNode:
		v.Kind = Map
		if err := b.mapping(v, n, depth); err != nil {
			return nil, err
		}
	default:
		if n.ShortTag() == "!!null" {
			return v, nil
		}
		v.Kind, v.Text, v.quoted = Scalar, n.Value, n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0
	}
	return v, nil
}

// mapping adds the entries of n to v. Those that << merges come first, so that the mapping's
// own count.
func (b *builder) mapping(v *Value, n *yaml.Node, depth int) error {
	has := make(map[string]bool) // keys that a merge does not add: the mapping's own, then those before it
	for _, merge := range []bool{false, true} {
		var merged []Entry
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if (key.ShortTag() == "!!merge") != merge {
				continue
			}
			if key.Kind != yaml.ScalarNode {
				return fmt.Errorf("line %d: expected a plain key", key.Line)
			}
			value, err := b.value(n.Content[i+1], depth+1)
			if err != nil {
				return err
			}
			if merge {
				merged = appendNew(merged, value, has)
				continue
			}
			v.Entries, has[key.Value] = append(v.Entries, Entry{Key: key.Value, Line: key.Line, Value: value}), true
		}
		v.Entries = append(merged, v.Entries...)
	}
	return nil
}

// appendNew adds the entries of a mapping, or of a list of mappings, whose keys are not there
// yet: the first mapping that has a key counts.
func appendNew(to []Entry, from *Value, has map[string]bool) []Entry {
	for _, m := range from.Items {
		to = appendNew(to, m, has)
	}
	for _, e := range from.Entries {
		if !has[e.Key] {
			to, has[e.Key] = append(to, e), true
		}
	}
	return to
}

// jsonParser turns tokens of JSON into values.
type jsonParser struct {
	decoder *json.Decoder
	data    []byte
	values  int
	at      int // bytes of which the lines are counted
	line    int
}

// next returns a token and sets the line on which it ends. The document is valid.
func (p *jsonParser) next() json.Token {
	t, _ := p.decoder.Token()
	to := int(p.decoder.InputOffset())
	p.line += bytes.Count(p.data[p.at:to], []byte("\n"))
	p.at = to
	return t
}

func (p *jsonParser) value(depth int) (*Value, error) {
	t := p.next()
	switch p.values++; {
	case p.values > mostValues:
		return nil, fmt.Errorf("line %d: more than %d values", p.line, mostValues)
	case depth > mostDepth:
		return nil, fmt.Errorf("line %d: nested more than %d deep", p.line, mostDepth)
	}
	v := &Value{Line: p.line}
	switch t := t.(type) {
	case json.Delim:
		v.Kind = List
		if t == '{' {
			v.Kind = Map
		}
		for p.decoder.More() {
			var e Entry
			if v.Kind == Map {
				e.Key, _ = p.next().(string)
				e.Line = p.line
			}
			var err error
			if e.Value, err = p.value(depth + 1); err != nil {
				return nil, err
			}
			if v.Kind == Map {
				v.Entries = append(v.Entries, e)
			} else {
				v.Items = append(v.Items, e.Value)
			}
		}
		p.next()
	case string:
		v.Kind, v.Text, v.quoted = Scalar, t, true
	case json.Number:
		v.Kind, v.Text = Scalar, t.String()
	case bool:
		v.Kind, v.Text = Scalar, strconv.FormatBool(t)
	}
	return v, nil
}

// Get returns the value of a key, nil if there is none.
func (v *Value) Get(key string) *Value {
	if v == nil {
		return nil
	}
	for _, e := range slices.Backward(v.Entries) {
		if e.Key == key {
			return e.Value
		}
	}
	return nil
}

// Take returns the value of a key and marks it as understood; what is below it is not. A null
// is as good as absent: nil.
func (v *Value) Take(key string) *Value {
	child := v.Get(key)
	if child == nil {
		return nil
	}
	child.taken = true
	if child.Kind == Null {
		return nil
	}
	return child
}

// Elements returns the values of a list or of a mapping.
func (v *Value) Elements() []*Value {
	if v == nil {
		return nil
	}
	all := slices.Clone(v.Items)
	for _, e := range v.Entries {
		all = append(all, e.Value)
	}
	return all
}

// All marks the value and all below it as understood.
func (v *Value) All() {
	if v == nil {
		return
	}
	v.taken = true
	for _, e := range v.Entries {
		e.Value.All()
	}
	for _, i := range v.Items {
		i.All()
	}
}

// Rest calls unknown for each entry of a mapping that was not taken, and looks for more below
// those that were. The line is that of its key.
func (v *Value) Rest(path string, unknown func(path string, e Entry)) {
	if v == nil {
		return
	}
	last := make(map[string]int, len(v.Entries))
	for i, e := range v.Entries {
		last[e.Key] = i
	}
	for i, e := range v.Entries {
		if at := Join(path, e.Key); e.Value.taken {
			e.Value.Rest(at, unknown)
		} else {
			e.Again = last[e.Key] != i
			unknown(at, e)
		}
	}
	for i, item := range v.Items {
		item.Rest(fmt.Sprintf("%s[%d]", path, i), unknown)
	}
}

// Join returns the path of a key below path. Line breaks and other control characters of the
// key are shown as escapes.
func Join(path, key string) string {
	if strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\u0085' || r == '\u2028' || r == '\u2029' }) {
		key = strconv.Quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// String returns the text of a scalar, "" of all else.
func (v *Value) String() string {
	if v == nil || v.Kind != Scalar {
		return ""
	}
	return v.Text
}

// Number returns a finite number; one in quotes counts, too.
func (v *Value) Number() (float64, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(v.String()), 64)
	return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
}

// Bool returns a truth value, as YAML 1.1 and Python know it.
func (v *Value) Bool() (is, ok bool) {
	switch strings.ToLower(v.String()) {
	case "true", "yes", "on", "1":
		return true, true
	case "false", "no", "off", "0":
		return false, true
	}
	return false, false
}

// Strings returns the scalars of a list, or one scalar as a list.
func (v *Value) Strings() []string {
	if v == nil {
		return nil
	}
	if v.Kind == Scalar {
		return []string{v.Text}
	}
	var out []string
	for _, i := range v.Items {
		if i.Kind == Scalar {
			out = append(out, i.Text)
		}
	}
	return out
}
