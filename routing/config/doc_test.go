package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// documented is one row of a table in docs/configuration.md.
type documented struct{ kind, value string }

// rows reads the tables of docs/configuration.md.
func rows(t *testing.T) map[string]documented {
	t.Helper()
	text, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]documented)
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (.+?) \\| (.+?) \\| (.+) \\|$").FindAllStringSubmatch(string(text), -1) {
		if _, twice := out[m[1]]; twice {
			t.Errorf("%s is documented twice", m[1])
		}
		if !strings.HasSuffix(m[4], ".") {
			t.Errorf("%s: expected a sentence, found %q", m[1], m[4])
		}
		out[m[1]] = documented{strings.Trim(m[2], "¹"), m[3]}
	}
	return out
}

// leaves finds the keys of a type that have a value, with the name of its type.
func leaves(t reflect.Type, path string, into map[string]string) {
	switch t {
	case reflect.TypeFor[Duration]():
		into[path] = "duration"
		return
	case reflect.TypeFor[Size]():
		into[path] = "size"
		return
	case reflect.TypeFor[Experiment]():
		leaves(reflect.TypeFor[Variant](), path+".VARIANT", into)
	case reflect.TypeFor[Experiments](), reflect.TypeFor[Efforts]():
		name := map[string]string{"experiments": ".NAME"}[path]
		if name == "" {
			name = ".LEVEL"
		}
		leaves(t.Elem(), path+name, into)
		return
	}
	switch t.Kind() {
	case reflect.Pointer:
		leaves(t.Elem(), path, into)
	case reflect.Struct:
		for f := range t.Fields() {
			if key := f.Tag.Get("yaml"); key != "-" {
				leaves(f.Type, join(path, key), into)
			}
		}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Struct {
			leaves(t.Elem(), path+"[]", into)
			return
		}
		into[path] = "list"
	case reflect.Map:
		if t.Elem().Kind() == reflect.Struct {
			leaves(t.Elem(), path+".NAME", into)
			return
		}
		into[path] = "mapping"
	default:
		into[path] = map[reflect.Kind]string{reflect.String: "text", reflect.Bool: "true/false", reflect.Int: "integer", reflect.Float64: "number"}[t.Kind()]
	}
}

// sample has every section whose keys have defaults of their own, with what they require.
const sample = `
providers: {NAME: {endpoint: "http://127.0.0.1:1/v1", format: openai, credential: {env: K}}}
models: [{name: m, provider: NAME, tier: budget, efforts: {low: {}}}]
budgets: [{name: b, per: user, limit: 1, window: day, on_exhausted: refuse}]
experiments: {NAME: {VARIANT: {model: m}}}
identity: {jwt: {issuer: i, jwks: %q}}
cache: {}
routing: {}
`

// at returns the mapping that has the last key of a documented path in a tree, and the key.
// Mappings that the tree lacks are made.
func at(n *yaml.Node, path string) (*yaml.Node, string) {
	keys := strings.Split(strings.ReplaceAll(strings.Replace(path, "LEVEL", "low", 1), "[]", ".[]"), ".")
	for _, key := range keys[:len(keys)-1] {
		next := child(n, key)
		if key == "[]" {
			next = n.Content[0]
		} else if next == nil {
			next = &yaml.Node{Kind: yaml.MappingNode}
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, next)
		}
		n = next
	}
	return n, keys[len(keys)-1]
}

// edited is the sample after a change.
func edited(t *testing.T, text string, change func(root *yaml.Node)) string {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	change(doc.Content[0])
	out, err := yaml.Dump(&doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestDocumentation holds docs/configuration.md to the code: every key, its type, and its
// default. Writing a default down changes nothing, and without a required key the file is
// refused.
func TestDocumentation(t *testing.T) {
	want, got := make(map[string]string), make(map[string]string)
	leaves(reflect.TypeFor[File](), "", want)
	docs := rows(t)
	for path, row := range docs {
		got[path] = row.kind
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("keys and types (-code +docs):\n%s", diff)
	}

	jwks := filepath.Join(t.TempDir(), "jwks.json")
	if err := os.WriteFile(jwks, []byte(`{"keys": [{"kty": "RSA"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(sample, jwks)
	base := load(t, text)
	for _, path := range slices.Sorted(maps.Keys(docs)) {
		value := docs[path].value
		switch {
		case path == "providers.NAME.credential.env": // this or file is required
		case value == "required":
			_, _, err := Load("x.yaml", []byte(edited(t, text, func(root *yaml.Node) {
				n, key := at(root, path)
				i := slices.IndexFunc(n.Content, func(c *yaml.Node) bool { return c.Value == key })
				if i < 0 {
					t.Fatalf("%s: the sample lacks it", path)
				}
				n.Content = slices.Delete(n.Content, i, i+2)
			})))
			list, _ := errors.AsType[*Error](err)
			full := strings.Replace(path, "[]", "[0]", 1)
			if list == nil || !slices.ContainsFunc(list.Problems, func(p Problem) bool { return p.Path == full }) {
				t.Errorf("%s is not required: %v", path, err)
			}
		case strings.HasPrefix(value, "`"):
			default_ := strings.Trim(value, "`")
			f := load(t, edited(t, text, func(root *yaml.Node) {
				n, key := at(root, path)
				if i := slices.IndexFunc(n.Content, func(c *yaml.Node) bool { return c.Value == key }); i >= 0 {
					t.Fatalf("%s: the sample has it", path)
				}
				var node yaml.Node
				if err := yaml.Unmarshal([]byte(default_), &node); err != nil {
					t.Fatalf("%s: %v", path, err)
				}
				n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, node.Content[0])
			}))
			f.Written = base.Written
			if diff := cmp.Diff(base, f); diff != "" {
				t.Errorf("%s is not %s by default (-by default +written):\n%s", path, default_, diff)
			}
		case value == "none":
			if v := fieldAt(base, path); v.IsValid() && !v.IsZero() {
				t.Errorf("%s is %v by default", path, v)
			}
		case value == "derived":
			if v := fieldAt(Default(), path); !v.IsValid() || v.IsZero() {
				t.Errorf("%s is not part of the built-in default", path)
			}
		default:
			t.Errorf("%s: expected a default in backticks, required, none or derived, found %q", path, value)
		}
	}
}

// fieldAt returns the value of a documented path; invalid where a section around it is absent.
func fieldAt(f *File, path string) reflect.Value {
	v := reflect.ValueOf(f)
	for key := range strings.SplitSeq(strings.ReplaceAll(path, "[]", ".[]"), ".") {
		v = reflect.Indirect(v)
		switch {
		case !v.IsValid():
			return v
		case key == "NAME" && v.Kind() == reflect.Map:
			v = v.MapIndex(reflect.ValueOf(key))
		case key == "[]", key == "NAME", key == "LEVEL":
			v = v.Index(0)
		case key == "VARIANT":
			v = v.FieldByName("Variants").Index(0)
		default:
			field, ok := fieldByKey(v.Type(), key)
			if !ok {
				return reflect.Value{}
			}
			v = v.FieldByIndex(field.Index)
		}
	}
	return v
}

func fieldByKey(t reflect.Type, key string) (reflect.StructField, bool) {
	for f := range t.Fields() {
		if f.Tag.Get("yaml") == key {
			return f, true
		}
	}
	return reflect.StructField{}, false
}
