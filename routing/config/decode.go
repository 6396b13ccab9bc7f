package config

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// decoder turns the tree of a YAML file into a [File]. The YAML library does the decoding.
// The decoder prepares the tree for it (environment variables, short forms) and gives its
// errors the paths and words of the configuration. It collects every mistake, because whoever
// corrects a file wants to see all of them.
type decoder struct {
	problems []Problem
	at       map[string]place  // where each path is written
	nodes    map[place]written // the reverse, for the errors of the library
	getenv   func(string) (string, bool)
}

// place is where a key or a value begins; a block mapping begins where its first key does.
type place struct {
	line, column int
	key          bool
}

// written is what stands at a place.
type written struct {
	path string
	node *yaml.Node
}

func (d *decoder) fail(n *yaml.Node, path, format string, args ...any) {
	d.problems = append(d.problems, Problem{n.Line, path, fmt.Sprintf(format, args...)})
}

// decode fills f with what is written below root.
func (d *decoder) decode(root *yaml.Node, f *File) {
	if root.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(root.Content); i += 2 {
			f.Written = append(f.Written, root.Content[i].Value)
		}
	}
	d.prepare(root, "")
	err := root.Load(f, yaml.WithKnownFields())
	if list, ok := errors.AsType[*yaml.LoadErrors](err); ok {
		for _, e := range list.Errors {
			d.translate(e)
		}
	} else if err != nil {
		d.fail(root, "", "%v", err)
	}
}

// prepare records where the values below n are written, and makes of n what the library reads.
func (d *decoder) prepare(n *yaml.Node, path string) {
	p := place{n.Line, n.Column, false}
	d.nodes[p] = written{path, n}
	if _, ok := d.at[path]; !ok {
		d.at[path] = p
	}
	switch n.Kind {
	case yaml.AliasNode:
		d.fail(n, path, "aliases are not supported; write the value out")
		*n = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
	case yaml.MappingNode:
		d.mapping(n, path)
	case yaml.SequenceNode:
		for i, item := range n.Content {
			d.prepare(item, fmt.Sprintf("%s[%d]", path, i))
		}
	default:
		d.scalar(n, path)
	}
}

// mapping prepares the entries of a mapping, and drops those that cannot be read.
func (d *decoder) mapping(n *yaml.Node, path string) {
	kept := n.Content[:0]
	seen := make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := join(path, key.Value)
		switch {
		case key.Kind != yaml.ScalarNode:
			d.fail(key, path, "expected a plain key")
		case seen[key.Value]:
			d.fail(key, at, "key is given twice")
		default:
			seen[key.Value] = true
			key.Tag = "!!str" // also of <<, which would merge mappings
			p := place{key.Line, key.Column, true}
			d.nodes[p], d.at[at] = written{at, key}, p
			d.prepare(value, at)
			kept = append(kept, key, value)
		}
	}
	n.Content = kept
}

// shortForms are the sections that may be written as one word, for one of their keys.
var shortForms = map[string]string{"agreement": "when", "routing.quality": "level"}

var (
	variable  = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)
	nonFinite = regexp.MustCompile(`(?i)^[-+]?\.(inf|nan)$`)
)

// scalar takes ${NAME} from the environment.
func (d *decoder) scalar(n *yaml.Node, path string) {
	if n.ShortTag() == "!!null" { // an empty section, and a mistake where a value is expected
		nothing := *n
		d.nodes[place{n.Line, n.Column, false}] = written{path, &nothing}
		*n = yaml.Node{Kind: yaml.MappingNode, Line: n.Line, Column: n.Column}
		return
	}
	n.Value = variable.ReplaceAllStringFunc(n.Value, func(ref string) string {
		name := ref[2 : len(ref)-1]
		value, ok := d.getenv(name)
		if !ok {
			d.fail(n, path, "environment variable %s is not set", name)
		}
		return value
	})
	if nonFinite.MatchString(n.Value) {
		d.fail(n, path, "expected a number, found %q", n.Value)
	}
	// A number counts as one in quotes, too: flow mappings need them around ${NAME}.
	switch n.Value {
	case "", "~", "null", "Null", "NULL", "<<":
		n.Tag = "!!str"
	default:
		n.Tag, n.Style = "", 0
	}
	if key := shortForms[path]; key != "" {
		value := *n
		*n = yaml.Node{Kind: yaml.MappingNode, Line: n.Line, Column: n.Column, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: key}, &value}}
	}
}

var (
	unknownField = regexp.MustCompile(`(?s)^field (.*) not found in type (\S+)$`)
	wrongType    = regexp.MustCompile(`(?s)^cannot construct .* into (\S+)`)
)

// translate says in the words of the configuration what the library has found.
func (d *decoder) translate(e *yaml.LoadError) {
	p, text := place{e.Mark.Line, e.Mark.Column, false}, e.Message
	if m := unknownField.FindStringSubmatch(text); m != nil {
		p.key, text = true, unknownKey(m[1], sections[m[2]])
	} else if m := wrongType.FindStringSubmatch(text); m != nil {
		text = "expected " + expected(m[1]) + ", found " + found(d.nodes[p].node)
	}
	d.problems = append(d.problems, Problem{e.Mark.Line, d.nodes[p].path, text})
}

// expected describes a Go type of the configuration as it is written.
func expected(name string) string {
	switch {
	case name == "int":
		return "a whole number"
	case name == "float64":
		return "a number"
	case name == "bool":
		return "true or false"
	case name == "string", name == "config.Duration", name == "config.Size":
		return "one value"
	case strings.HasPrefix(name, "[]"):
		return "a list"
	}
	return "a mapping of keys to values"
}

func found(n *yaml.Node) string {
	switch {
	case n == nil || n.ShortTag() == "!!null":
		return "nothing"
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	}
	return strconv.Quote(n.Value)
}

// sections has the keys of each section, by the name of its Go type.
var sections = keysOf(reflect.TypeFor[File](), make(map[string][]string))

func keysOf(t reflect.Type, into map[string][]string) map[string][]string {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		keysOf(t.Elem(), into)
	case reflect.Struct:
		for f := range t.Fields() {
			if key := f.Tag.Get("yaml"); key != "-" {
				into[t.String()] = append(into[t.String()], key)
			}
			keysOf(f.Type, into)
		}
	default:
	}
	return into
}

func unknownKey(key string, known []string) string {
	const near = 2 // letters that a misspelling differs by
	closest := slices.MinFunc(known, func(a, b string) int { return cmp.Compare(distance(key, a), distance(key, b)) })
	if distance(key, closest) <= min(near, len(closest)/2) {
		return fmt.Sprintf("unknown key; did you mean %s?", closest)
	}
	return "unknown key; expected one of " + strings.Join(known, ", ")
}

// distance is the number of letters to insert, delete or replace to get from a to b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
