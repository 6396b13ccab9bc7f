package tree

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, in string }{
		{"yaml", "a: 1\nb:\n  - c: x\n  - yes\n"},
		{"json", "{\"a\": 1,\n\"b\": [\n{\"c\": \"x\"},\ntrue]}"},
	} {
		v, err := Parse([]byte(c.in))
		if err != nil {
			t.Fatal(err)
		}
		one, ok := v.Take("a").Number()
		list := v.Take("b")
		if one != 1 || !ok || len(list.Items) != 2 || list.Items[0].Get("c").String() != "x" || list.Items[0].Line != 3 {
			t.Errorf("%s: %v %v", c.name, one, list)
		}
		if is, ok := list.Items[1].Bool(); !is || !ok {
			t.Errorf("%s: %q is not true", c.name, list.Items[1].Text)
		}
		var rest []string
		v.Rest("", func(path string, e Entry) { rest = append(rest, fmt.Sprint(e.Line, " ", path)) })
		if diff := cmp.Diff([]string{"3 b[0].c"}, rest); diff != "" {
			t.Errorf("%s: not understood:\n%s", c.name, diff)
		}
	}
}

// TestAbsent: what is not there can be asked like what is.
func TestAbsent(t *testing.T) {
	v, err := Parse([]byte("a: null\n"))
	if err != nil {
		t.Fatal(err)
	}
	if v.Take("a") != nil || v.Take("b").Take("c").String() != "" || v.Get("b").Strings() != nil {
		t.Error("an absent value is something")
	}
	v.Rest("", func(path string, _ Entry) { t.Errorf("%s was taken", path) })
	if v, err := Parse(nil); v != nil || err != nil {
		t.Errorf("an empty file: %v, %v", v, err)
	}
}

// TestMerge: as Python's library reads it, a mapping's own keys count before merged ones, and of
// merged ones the first. The last of two equal keys counts.
func TestMerge(t *testing.T) {
	v, err := Parse([]byte(`
one: &one {a: 1, b: 1}
two: &two {b: 2, c: 2}
all: {<<: [*one, *two], a: 0, d: 3, d: 4}
text: {"<<": x}
`))
	if err != nil {
		t.Fatal(err)
	}
	all := v.Get("all")
	for key, want := range map[string]string{"a": "0", "b": "1", "c": "2", "d": "4"} {
		if got := all.Get(key).String(); got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
	if got := v.Get("text").Get("<<").String(); got != "x" {
		t.Errorf("a key in quotes was merged: %q", got)
	}
}

func TestBounds(t *testing.T) {
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 12; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), i-1)
	}
	for _, c := range []struct{ name, in, want string }{
		{"aliases", bomb, "more than 500000 values"},
		{"a cycle", "a: &a [*a]\n", "nested more than 64 deep"},
		{"deep yaml", strings.Repeat("[", 200) + strings.Repeat("]", 200) + " # yaml", "nested more than 64 deep"},
		{"deep json", strings.Repeat("[", 200) + strings.Repeat("]", 200), "nested more than 64 deep"},
		{"large", strings.Repeat("#", MostBytes+1), "expected at most"},
		{"two documents", "a: 1\n---\nb: 1\n", "expected one YAML document"},
		{"no yaml", "a: [1\n", "line "},
		{"a mapping as a key", "{a: 1}: 2\n", "line 1: expected a plain key"},
	} {
		v, err := Parse([]byte(c.in))
		if err == nil || !strings.Contains(err.Error(), c.want) || v != nil && c.name != "a mapping as a key" {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// FuzzParse: a value or an error, and what is marked as a whole leaves no rest.
func FuzzParse(f *testing.F) {
	f.Add([]byte("a: &x {b: [1, *y]}\n<<: *x\n"))
	f.Add([]byte(`{"a": [1, null, {"b": "c"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Parse(data)
		if err != nil && v != nil {
			t.Fatalf("a value and an error: %v", err)
		}
		v.All()
		v.Rest("", func(path string, _ Entry) { t.Errorf("%s is left", path) })
	})
}
