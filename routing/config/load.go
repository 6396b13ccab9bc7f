package config

import (
	"bytes"
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

//go:embed default.yaml
var defaultYAML []byte

// DefaultYAML returns the built-in default as it is written.
func DefaultYAML() []byte { return bytes.Clone(defaultYAML) }

// A Problem is one mistake in a configuration: where it is and what was expected.
type Problem struct {
	Line int    // in the file, from 1; 0 if the mistake is something missing
	Path string // such as models[2].tier
	Text string
}

func (p Problem) String() string {
	text := p.Text
	if p.Path != "" {
		text = p.Path + ": " + text
	}
	if p.Line > 0 {
		text = fmt.Sprintf("line %d: %s", p.Line, text)
	}
	return text
}

// An Error holds every mistake that was found in one configuration, in the order of the file.
type Error struct {
	Name     string // of the file
	Problems []Problem
}

// Error lists the problems, one a line.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = e.Name + ": " + p.String()
	}
	return strings.Join(lines, "\n")
}

// Default returns the built-in configuration.
func Default() *File {
	f := &File{}
	c, err := decode("built-in default", defaultYAML, f, func(string) (string, bool) { return "", false })
	if err == nil && len(c.problems) > 0 {
		err = &Error{"built-in default", c.problems}
	}
	if err != nil {
		panic(err) // the embedded file is part of the program and covered by its tests
	}
	f.Written = nil
	return f
}

// LoadFile reads and checks the configuration at path. Errors of its content are [*Error].
func LoadFile(path string) (*File, []Problem, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read configuration: %w", err)
	}
	return Load(path, data)
}

// Load checks a configuration called name and fills what it leaves out from the
// built-in default, whole sections at a time: a file that lists models of its own has
// only those. ${NAME} is taken from the environment. It returns the file or an
// [*Error], never both; the problems beside a file are warnings about settings that
// are legal but suspicious.
func Load(name string, data []byte) (*File, []Problem, error) {
	f := Default()
	c, err := decode(name, data, f, os.LookupEnv)
	if err != nil {
		return nil, nil, err
	}
	c.checkAll()
	if len(c.problems) > 0 {
		return nil, nil, &Error{name, c.inOrder(c.problems)}
	}
	return f, c.inOrder(c.warnings), nil
}

// decode overlays the YAML in data on f. A section that lists names (providers, models,
// domains …) replaces the default's as a whole, so that nothing that the file does not
// name can be chosen. Mistakes are left to the checker that it returns; an error says that
// data is not one YAML document.
func decode(name string, data []byte, f *File, getenv func(string) (string, bool)) (*checker, error) {
	d := &decoder{at: make(map[string]place), nodes: make(map[place]written), getenv: getenv}
	root, problem := parse(data)
	if problem != nil {
		return nil, &Error{name, []Problem{*problem}}
	}
	if root != nil {
		clearReplaced(root, f)
		d.decode(root, f)
	}
	return &checker{file: f, at: d.at, problems: d.problems}, nil
}

// parse returns the one document in data, nil where there is none.
func parse(data []byte) (root *yaml.Node, problem *Problem) {
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		return nil, &Problem{Text: err.Error()}
	}
	var doc, more yaml.Node
	err = loader.Load(&doc)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if e, ok := errors.AsType[*yaml.LoadError](err); ok {
		p := &Problem{Line: e.Mark.Line, Text: e.Message}
		if e.ContextMsg != "" {
			p.Text += fmt.Sprintf(" %s that begins in line %d", e.ContextMsg, e.ContextMark.Line)
		}
		return nil, p
	} else if err != nil {
		return nil, &Problem{Text: err.Error()}
	}
	if err := loader.Load(&more); !errors.Is(err, io.EOF) {
		return nil, &Problem{Text: "expected one YAML document, found more"}
	}
	return doc.Content[0], nil
}

// clearReplaced empties the parts of f that the file replaces as a whole, and those that only
// make sense together with models that the file replaces.
func clearReplaced(root *yaml.Node, f *File) {
	if child(root, "providers") != nil {
		f.Providers = nil
	}
	if child(root, "models") != nil {
		r := &f.Routing
		r.TierModels, r.Domains, r.DefaultModel, r.Cascade, r.StructuredModel = nil, nil, "", nil, ""
		f.Experiments, f.Budgets = nil, nil
	}
	routing := child(root, "routing")
	if routing == nil {
		return
	}
	for key, clear := range map[string]func(r *Routing){
		"tier_models": func(r *Routing) { r.TierModels = nil },
		"domains":     func(r *Routing) { r.Domains = nil },
		"quality":     func(r *Routing) { r.Quality = nil },
		"calibrate":   func(r *Routing) { r.Quality = nil }, // both in one file are an error of their own
	} {
		if child(routing, key) != nil {
			clear(&f.Routing)
		}
	}
}

// child returns the value of a key of a mapping, or nil.
func child(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// inOrder sorts problems as they stand in the file, and those that stand nowhere behind them.
func (c *checker) inOrder(ps []Problem) []Problem {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if (a.Line == 0) != (b.Line == 0) {
			return b.Line - a.Line
		}
		return cmp.Or(a.Line-b.Line, c.place(a.Path).column-c.place(b.Path).column)
	})
	return ps
}
