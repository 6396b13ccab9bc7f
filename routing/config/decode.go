package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// A Problem is one mistake in a configuration: where it is and what was expected.
type Problem struct {
	Line int    // in the file, from 1; 0 if the mistake is something missing
	Path string // such as models[2].tier
	Text string
}

func (p Problem) String() string {
	switch {
	case p.Path == "" && p.Line == 0:
		return p.Text
	case p.Path == "":
		return fmt.Sprintf("line %d: %s", p.Line, p.Text)
	case p.Line == 0:
		return p.Path + ": " + p.Text
	}
	return fmt.Sprintf("line %d: %s: %s", p.Line, p.Path, p.Text)
}

// decoder fills Go values from a YAML tree and collects every mistake on the way,
// since a person who mends a file wants to see them all. It also remembers the line
// of each path, so that later checks can name it.
type decoder struct {
	problems []Problem
	lines    map[string]int
	getenv   func(string) (string, bool)
}

// scalar is implemented by types that are written as one word: durations, sizes.
type scalar interface{ parse(text string) error }

// mapping is implemented by types whose keys keep the order in which they were written.
type mapping interface {
	// entry appends an entry and returns a pointer to its value.
	entry(key string) any
}

// keys is implemented by mappings that may also be written as a list of their keys.
type keys interface {
	mapping
	keysAlone()
}

// single is implemented by lists that may also be written as one word.
type single interface{ wrapSingle() }

// worded is implemented by sections that may also be written as one word, for one of their keys.
type worded interface{ word() *string }

func (d *decoder) fail(n *yaml.Node, path, format string, args ...any) {
	d.problems = append(d.problems, Problem{n.Line, path, fmt.Sprintf(format, args...)})
}

func (d *decoder) decode(n *yaml.Node, v reflect.Value, path string) {
	for n.Kind == yaml.AliasNode {
		d.fail(n, path, "aliases are not supported; write the value out")
		return
	}
	d.lines[path] = n.Line
	if s, ok := reflect.TypeAssert[scalar](v.Addr()); ok {
		if text, ok := d.text(n, path); ok {
			if err := s.parse(text); err != nil {
				d.fail(n, path, "%v", err)
			}
		}
		return
	}
	if m, ok := reflect.TypeAssert[keys](v.Addr()); ok && n.Kind != yaml.MappingNode {
		d.keys(n, m, path)
		return
	}
	if m, ok := reflect.TypeAssert[mapping](v.Addr()); ok {
		d.pairs(n, path, func(key string, value *yaml.Node) {
			d.decode(value, reflect.ValueOf(m.entry(key)).Elem(), join(path, key))
		})
		return
	}
	if w, ok := reflect.TypeAssert[worded](v.Addr()); ok && n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
		d.decode(n, reflect.ValueOf(w.word()).Elem(), path)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, v, path)
	case reflect.Map:
		out := reflect.MakeMap(v.Type())
		d.pairs(n, path, func(key string, value *yaml.Node) {
			e := reflect.New(v.Type().Elem()).Elem()
			d.decode(value, e, join(path, key))
			out.SetMapIndex(reflect.ValueOf(key), e)
		})
		v.Set(out)
	case reflect.Slice:
		d.list(n, v, path)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.decode(n, v.Elem(), path)
	default:
		d.word(n, v, path)
	}
}

// structure decodes a mapping into a struct; its keys are the yaml tags.
func (d *decoder) structure(n *yaml.Node, v reflect.Value, path string) {
	fields := make(map[string]reflect.Value, v.NumField())
	var known []string
	for f, value := range v.Fields() {
		if name := f.Tag.Get("yaml"); name != "" && name != "-" {
			fields[name] = value
			known = append(known, name)
		}
	}
	d.pairs(n, path, func(key string, value *yaml.Node) {
		field, ok := fields[key]
		if !ok {
			d.fail(value, join(path, key), "unknown key; expected one of %s", strings.Join(known, ", "))
			return
		}
		d.decode(value, field, join(path, key))
	})
}

func (d *decoder) list(n *yaml.Node, v reflect.Value, path string) {
	if _, ok := reflect.TypeAssert[single](v.Addr()); ok && n.Kind == yaml.ScalarNode {
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		d.decode(n, v.Index(0), path)
		return
	}
	if n.Kind != yaml.SequenceNode {
		d.fail(n, path, "expected a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		d.decode(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
}

// pairs calls f for each entry of a mapping; a key written twice is a mistake.
func (d *decoder) pairs(n *yaml.Node, path string, f func(key string, value *yaml.Node)) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return // "cache:" with nothing behind it is an empty section
	}
	if n.Kind != yaml.MappingNode {
		d.fail(n, path, "expected a mapping of keys to values")
		return
	}
	var seen []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			d.fail(key, path, "expected a plain key")
			continue
		}
		if slices.Contains(seen, key.Value) {
			d.fail(key, join(path, key.Value), "key is given twice")
			continue
		}
		seen = append(seen, key.Value)
		f(key.Value, n.Content[i+1])
	}
}

// keys decodes a list of the keys of a mapping, whose values are then the defaults.
func (d *decoder) keys(n *yaml.Node, m mapping, path string) {
	if n.Kind != yaml.SequenceNode {
		d.fail(n, path, "expected a list of words, or a mapping of each to its settings")
		return
	}
	for i, item := range n.Content {
		if key, ok := d.text(item, fmt.Sprintf("%s[%d]", path, i)); ok {
			d.lines[join(path, key)] = item.Line
			m.entry(key)
		}
	}
}

// word decodes strings, numbers and booleans.
func (d *decoder) word(n *yaml.Node, v reflect.Value, path string) {
	text, ok := d.text(n, path)
	if !ok {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			d.fail(n, path, "%q is not a truth value; expected true or false", text)
		}
		v.SetBool(b)
	case reflect.Int:
		i, err := strconv.Atoi(text)
		if err != nil {
			d.fail(n, path, "%q is not a whole number", text)
		}
		v.SetInt(int64(i))
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || f != f || f-f != 0 {
			d.fail(n, path, "%q is not a number", text)
			return
		}
		v.SetFloat(f)
	default:
		panic("config: no decoding for " + v.Type().String())
	}
}

var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// text returns the scalar with ${NAME} taken from the environment.
func (d *decoder) text(n *yaml.Node, path string) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		d.fail(n, path, "expected one value")
		return "", false
	}
	return variable.ReplaceAllStringFunc(n.Value, func(ref string) string {
		name := ref[2 : len(ref)-1]
		value, ok := d.getenv(name)
		if !ok {
			d.fail(n, path, "environment variable %s is not set", name)
		}
		return value
	}), true
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// Duration is a time written as 500ms, 5s or 10m.
type Duration time.Duration

func (d *Duration) parse(text string) error {
	v, err := time.ParseDuration(text)
	if err != nil || v < 0 {
		return fmt.Errorf("%q is not a duration; expected a form such as 500ms, 5s or 10m", text)
	}
	*d = Duration(v)
	return nil
}

// Size is a number of bytes written as 512KiB, 64MiB or a plain number.
type Size int64

func (s *Size) parse(text string) error {
	number, factor := text, int64(1)
	for i, unit := range []string{"KiB", "MiB", "GiB"} {
		if rest, ok := strings.CutSuffix(text, unit); ok {
			number, factor = strings.TrimSpace(rest), 1<<(10*(i+1))
		}
	}
	v, err := strconv.ParseInt(number, 10, 64)
	if err != nil || v < 0 || v > (1<<62)/factor {
		return fmt.Errorf("%q is not a size; expected a form such as 512KiB or 64MiB", text)
	}
	*s = Size(v * factor)
	return nil
}
