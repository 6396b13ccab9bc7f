package verdict

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestSatisfies(t *testing.T) {
	person := `{"type":"object","properties":{"name":{"type":"string","minLength":1},"age":{"type":"integer","minimum":0},"kind":{"enum":["a","b"]}},"required":["name"],"additionalProperties":false}`
	tree := `{"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":{"v":{"type":"number"},"next":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]}},"required":["v","next"]}}}`
	tests := []struct {
		name   string
		schema string
		text   string
		want   bool
	}{
		{"person", person, `{"name":"Ada","age":36,"kind":"a"}`, true},
		{"wrong type", person, `{"name":1}`, false},
		{"wrong number", person, `{"name":"Ada","age":-1}`, false},
		{"not an integer", person, `{"name":"Ada","age":1.5}`, false},
		{"integer written as a float", person, `{"name":"Ada","age":36.0}`, true},
		{"not in the enum", person, `{"name":"Ada","kind":"c"}`, false},
		{"missing", person, `{}`, false},
		{"unknown member", person, `{"name":"Ada","x":1}`, false},
		{"tree", tree, `{"v":1,"next":{"v":2,"next":null}}`, true},
		{"broken tree", tree, `{"v":1,"next":{"v":"2","next":null}}`, false},
		{"pattern", `{"type":"array","items":{"type":"string","pattern":"^[0-9]{4}$"}}`, `["1234"]`, true},
		{"pattern not met", `{"type":"array","items":{"type":"string","pattern":"^[0-9]{4}$"}}`, `["12345"]`, false},
		{"draft 7", `{"$schema":"http://json-schema.org/draft-07/schema#","type":"array","items":[{"type":"string"}],"uniqueItems":true}`, `[1]`, false},
		{"duplicates", `{"uniqueItems":true}`, `[1,2,1]`, false},
		{"big number", `{"properties":{"id":{"const":9007199254740993}}}`, `{"id":9007199254740993}`, true},
		{"true", `true`, `{"a":1}`, true},
		{"empty", `{}`, `[1,"x",null]`, true},

		// What cannot be checked passes.
		{"no schema", `{"type":`, `{}`, true},
		{"a schema of no kind", `{"type":"objekt"}`, `[]`, true},
		{"lookahead", `{"type":"array","items":{"pattern":"(?=a)b"}}`, `["c"]`, true},
		{"number out of range", person, `{"name":"Ada","age":1e999}`, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newSchemas()
			for range 2 { // compiled, then kept
				if got := c.satisfies([]byte(tt.schema), tt.text); got != tt.want {
					t.Errorf("got %v", got)
				}
			}
		})
	}
}

// A schema reads no files and opens no connection.
func TestSchemaLoadsNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "schema.json")
	if err := os.WriteFile(file, []byte(`{"type":"string"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{"file://" + file, file, "http://127.0.0.1:1/schema.json", "other.json"} {
		if !newSchemas().satisfies(fmt.Appendf(nil, `{"$ref":%q}`, ref), `[1]`) {
			t.Errorf("%s was read", ref)
		}
	}
}

// Each of these would take minutes or gigabytes without a bound; and each passes, as
// what cannot be checked does.
func TestHostileSchemas(t *testing.T) {
	var fan strings.Builder
	fan.WriteString(`{"$defs":{`)
	for i := range 40 {
		fmt.Fprintf(&fan, `"n%d":{"allOf":[{"$ref":"#/$defs/n%d"},{"$ref":"#/$defs/n%d"}]},`, i, i+1, i+1)
	}
	fan.WriteString(`"n40":{"type":"array"}},"$ref":"#/$defs/n0"}`)
	choices := make([]string, 3000)
	for i := range choices {
		choices[i] = fmt.Sprint(i)
	}
	nested := func(n int, open, inner, end string) string {
		return strings.Repeat(open, n) + inner + strings.Repeat(end, n)
	}
	tests := []struct {
		name, schema, text string
	}{
		{"references that fan out", fan.String(), `[]`},
		{"references that fan out where nothing matches", `{"not":` + fan.String()[:len(fan.String())-1] + `},"$defs":` + fan.String()[len(`{"$defs":`):strings.LastIndex(fan.String(), `,"$ref"`)] + `}`, `{}`},
		{"members that fan out", `{"$ref":"#/$defs/n","$defs":{"n":{"not":{"properties":{"a":{"$ref":"#/$defs/n"}},"patternProperties":{"a":{"$ref":"#/$defs/n"}}}}}}`, nested(100, `{"a":`, `1`, `}`)},
		{"a reference to itself", `{"$ref":"#"}`, `{}`},
		{"dynamic references", `{"$dynamicAnchor":"n","properties":{"a":{"$dynamicRef":"#n"}}}`, `{"a":1}`},
		{"many choices of many", `{"items":{"enum":[` + strings.Join(choices, ",") + `]}}`, `[` + strings.Repeat("-1,", 50_000) + `-1]`},
		{"large pattern", `{"items":{"pattern":"((((가나다라마바사아){100}){10}){10}"}}`, `["a"]`},
		{"large pattern in small steps", `{"items":{"pattern":"^` + strings.Repeat("([a-z]?){500}", 40) + `$"}}`, `["a"]`},
		{"pattern on a long text", `{"items":{"pattern":"^(a|b|ab)*(a?){300}c$"}}`, `["` + strings.Repeat("ab", 200_000) + `"]`},
		{"deep schema", nested(5000, `{"not":`, `{}`, `}`), `{}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSchemas()
			if !s.satisfies([]byte(tt.schema), tt.text) {
				t.Error("does not satisfy")
			}
		})
	}
}

func TestSchemasAreKeptWithinBounds(t *testing.T) {
	c := newSchemas()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 2 * maxSchemas {
				want := i%2 == 0
				if got := c.satisfies(fmt.Appendf(nil, `{"minItems":%d,"title":"%d"}`, i%2, i), `[]`); got != want {
					t.Errorf("schema %d: got %v", i, got)
				}
			}
		})
	}
	wg.Wait()
	if c.recent.Len() != maxSchemas {
		t.Errorf("%d schemas kept, want %d", c.recent.Len(), maxSchemas)
	}
}

func TestPatternSize(t *testing.T) {
	for expr, least := range map[string]int{"a": 1, "((a{10}){10}){10}": 1000, "a{1000}": 1000, "[a-z]{2,300}": 300} {
		if got := patternSize(expr); got < least {
			t.Errorf("%s: got %d, want at least %d", expr, got, least)
		}
	}
}
