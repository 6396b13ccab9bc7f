// Package litellm turns the configuration of a LiteLLM proxy into one of Sluice.
//
// Nothing is dropped in silence: each key of the file either has a counterpart in the result,
// or a [Note] with its line says what became of it. Keys of providers are never copied, only
// the names of the environment variables that hold them. The result passes config.Load, once
// the variables that it names are set.
//
// It reads one file and asks nobody. Start with [Import]; vendors.go says where the models of a
// provider are reached, models.go and settings.go what becomes of each section, counterparts.go
// what is said of the keys that have none.
package litellm

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sluice/routing/config"
	"sluice/routing/offline/catalogue"
	"sluice/routing/offline/tree"
)

// A Note is one thing that has no counterpart, or another meaning, in the result.
type Note struct {
	Line int // in LiteLLM's file, from 1
	Path string
	Text string
}

func (n Note) String() string { return fmt.Sprintf("line %d: %s: %s", n.Line, n.Path, n.Text) }

// Result is a configuration and what is to be known of it.
type Result struct {
	YAML   []byte
	Notes  []Note   // in the order of LiteLLM's file
	Keys   []string // environment variables of Envoy that hold keys
	Values []string // environment variables of Sluice, without which the result is refused
}

// mostModels bounds deployments and aliases. Each is a cluster of Envoy's.
const mostModels = 2000

// Import reads LiteLLM's configuration, of a file called name. Prices that it does not have are
// those of list, if that is not nil, or of the built-in default. An error says that the file
// cannot be read, or that none of its models has a counterpart.
func Import(name string, data []byte, list *catalogue.Catalogue) (*Result, error) {
	root, err := tree.Parse(data)
	if err != nil {
		return nil, err
	}
	if root == nil || root.Kind != tree.Map {
		return nil, errors.New("expected a mapping with model_list")
	}
	builtIn, err := catalogue.Read(config.DefaultYAML())
	if err != nil {
		return nil, err
	}
	im := &importer{
		root: root, list: list, builtIn: builtIn,
		taken: make(map[string]bool), names: make(map[string]bool), samples: make(map[string]string), secrets: make(map[string]string),
	}
	if n := len(root.Get("model_list").Elements()) + len(root.Get("router_settings").Get("model_group_alias").Elements()); n > mostModels {
		return nil, fmt.Errorf("%d deployments and aliases; expected at most %d", n, mostModels)
	}
	im.variables(root)
	im.modelList()
	im.settings()
	root.Rest("", im.unknown)
	slices.SortStableFunc(im.notes, func(a, b Note) int { return a.Line - b.Line })
	if len(im.models) == 0 {
		return nil, im.nothing()
	}
	r := &Result{Notes: im.notes, Keys: im.keys(), Values: slices.Sorted(maps.Keys(im.samples))}
	text := im.render(name, r)
	r.YAML = []byte(text)
	return r, im.verify(text)
}

// importer holds what was read so far.
type importer struct {
	root    *tree.Value
	list    *catalogue.Catalogue // the user's; may be nil
	builtIn *catalogue.Catalogue

	providers []*provider
	models    []*model
	left      []string // deployments without a counterpart, as comments
	routers   []*router
	notes     []Note

	taken   map[string]bool   // names of environment variables in the file
	names   map[string]bool   // model_names of the file
	secrets map[string]string // variables by the literal keys that they replace
	samples map[string]string // ${NAME} in the result, with a value that is good for the check

	file settings
}

func (im *importer) note(line int, path, format string, args ...any) {
	im.notes = append(im.notes, Note{line, path, fmt.Sprintf(format, args...)})
}

// nothing says why no model was imported.
func (im *importer) nothing() error {
	lines := []string{"none of its models can be imported; expected model_list with at least one that Sluice can reach"}
	const most = 20
	for i, n := range im.notes {
		if i == most {
			lines = append(lines, fmt.Sprintf("… and %d more", len(im.notes)-most))
			break
		}
		lines = append(lines, n.String())
	}
	return errors.New(strings.Join(lines, "\n"))
}

var environ = regexp.MustCompile(`^os\.environ/([A-Za-z_][A-Za-z0-9_]*)$`)

// variable returns NAME of os.environ/NAME.
func variable(v *tree.Value) (name string, ok bool) {
	m := environ.FindStringSubmatch(v.String())
	if m == nil {
		return "", false
	}
	return m[1], true
}

// variables records the names of all variables in the file, so that none is invented twice.
func (im *importer) variables(v *tree.Value) {
	if name, ok := variable(v); ok {
		im.taken[name] = true
	}
	for _, e := range v.Entries {
		im.variables(e.Value)
	}
	for _, item := range v.Items {
		im.variables(item)
	}
}

// invent returns a name for the variable of a literal key: the usual one, or the first with a
// number behind it that nothing else uses. The same key has the same name.
func (im *importer) invent(secret, usual string) string {
	if name := im.secrets[secret]; name != "" {
		return name
	}
	name := usual
	for i := 2; im.taken[name]; i++ {
		name = usual + "_" + strconv.Itoa(i)
	}
	im.taken[name], im.secrets[secret] = true, name
	return name
}

// keys are the variables of the providers' keys.
func (im *importer) keys() []string {
	var names []string
	for _, p := range im.providers {
		if p.env != "" {
			names = append(names, p.env)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// printable reports whether s may stand in the result as it is: visible ASCII without what
// YAML or the configuration would read as something else.
func printable(s string) bool {
	return s != "" && len(s) <= 256 && !strings.Contains(s, "${") &&
		strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }) < 0
}

// modelName reports whether s can be the name of a model.
func modelName(s string) bool {
	switch strings.ToLower(s) {
	case "sluice", "true", "false", "null", "~", "yes", "no", "on", "off", "y", "n", "<<":
		return false
	}
	_, err := strconv.ParseFloat(s, 64)
	return printable(s) && len(s) <= 128 && err != nil
}

// shown is foreign text for a message: quoted, and not too long.
func shown(s string) string {
	const most = 80
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strconv.QuoteToASCII(s)
}

// unknown notes a key that nothing above has understood.
func (im *importer) unknown(path string, e tree.Entry) {
	if e.Again {
		im.note(e.Line, path, "does not count: the key is given again below, and the last one does")
		return
	}
	if e.Value.Kind == tree.Null {
		return // it is as good as absent in LiteLLM, too
	}
	im.note(e.Line, path, "%s", advice(path))
}

// verify checks the result as Sluice does, with values in place of the environment's.
func (im *importer) verify(text string) error {
	for name, sample := range im.samples {
		text = strings.ReplaceAll(text, "${"+name+"}", sample)
	}
	f, _, err := config.Load("the result", []byte(text))
	if err == nil {
		_, err = config.Build(f)
	}
	if err != nil {
		return fmt.Errorf("the result would be refused, which is a mistake of the importer: %w", err)
	}
	return nil
}

// byPrice orders models as the result lists them: by tier, then by price, and those whose price
// is not known last.
func byPrice(a, b *model) int {
	unknown := func(m *model) int {
		if m.price == nil {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(a.tier, b.tier), unknown(a)-unknown(b), cmp.Compare(blended(a.price), blended(b.price)))
}
