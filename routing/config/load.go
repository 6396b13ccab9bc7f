package config

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed default.yaml
var defaultYAML []byte

// DefaultYAML returns the built-in default as it is written.
func DefaultYAML() []byte { return bytes.Clone(defaultYAML) }

// An Error holds every mistake that was found in one configuration.
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
	f, _, err := decode("built-in default", defaultYAML, nil, &File{})
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
	base := Default()
	f, lines, err := decode(name, data, os.LookupEnv, base)
	if err != nil {
		return nil, nil, err
	}
	derive(f)
	c := &checker{file: f, lines: lines}
	c.check()
	if len(c.problems) > 0 {
		sortByLine(c.problems)
		return nil, nil, &Error{name, c.problems}
	}
	return f, c.warnings, nil
}

// decode overlays the YAML in data on base. A section that lists names (providers,
// models, domains …) replaces the default's as a whole, so that nothing that the file
// does not name can be chosen.
func decode(name string, data []byte, getenv func(string) (string, bool), base *File) (*File, map[string]int, error) {
	if getenv == nil {
		getenv = func(string) (string, bool) { return "", false }
	}
	d := &decoder{lines: make(map[string]int), getenv: getenv}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return base, d.lines, nil // an empty file is the default
	case err != nil:
		return nil, nil, &Error{name, []Problem{{Text: strings.TrimPrefix(err.Error(), "yaml: ")}}}
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, nil, &Error{name, []Problem{{Text: "expected one YAML document, found more"}}}
	}
	root := doc.Content[0]
	clearReplaced(root, base)
	d.decode(root, reflect.ValueOf(base).Elem(), "")
	for i := 0; i+1 < len(root.Content); i += 2 {
		base.Written = append(base.Written, root.Content[i].Value)
	}
	if len(d.problems) > 0 {
		sortByLine(d.problems)
		return nil, nil, &Error{name, d.problems}
	}
	return base, d.lines, nil
}

// clearReplaced empties the parts of base that only make sense together with models
// which the file replaces.
func clearReplaced(root *yaml.Node, base *File) {
	if child(root, "models") != nil {
		r := &base.Routing
		r.TierModels, r.Domains, r.DefaultModel, r.Cascade, r.StructuredModel = nil, nil, "", nil, ""
		base.Experiments, base.Budgets = nil, nil
	}
	if r := child(root, "routing"); r != nil && child(r, "calibrate") != nil {
		base.Routing.Quality = nil // what the file has of both is an error of its own
	}
	if child(root, "experiments") != nil {
		base.Experiments = nil
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

func sortByLine(ps []Problem) {
	slices.SortStableFunc(ps, func(a, b Problem) int { return a.Line - b.Line })
}
