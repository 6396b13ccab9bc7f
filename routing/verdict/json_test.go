package verdict

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
)

var documents = []struct {
	text string
	want bool
}{
	{`{}`, true},
	{`[]`, true},
	{` {"a" : [1, -0, 2.5e+3, 1E9, true, false, null, "x\n\u00e9\"", {}]} ` + "\r\n", true},
	{`[[[]]]`, true},
	{`{"가":"나"}`, true},
	{`{"a":1,"a":2}`, true},
	{``, false},
	{` `, false},
	{`1`, false}, // programs that ask for JSON expect a container
	{`"a"`, false},
	{`{`, false},
	{`[1,]`, false},
	{`[,1]`, false},
	{`[1 2]`, false},
	{`{"a"}`, false},
	{`{"a":}`, false},
	{`{"a":1,}`, false},
	{`{a:1}`, false},
	{`{'a':1}`, false},
	{`{"a":1]`, false},
	{`{}{}`, false},
	{`{}]`, false},
	{`[01]`, false},
	{`[1.]`, false},
	{`[.5]`, false},
	{`[-]`, false},
	{`[1e]`, false},
	{`[1e+]`, false},
	{`[--1]`, false},
	{`[+1]`, false},
	{`[1.2.3]`, false},
	{`[tru]`, false},
	{`[truee]`, false},
	{`[nul`, false},
	{`["\x"]`, false},
	{`["\u12g4"]`, false},
	{"[\"a\nb\"]", false},
	{`[NaN]`, false},
	{`// {}`, false},
	{"```json\n{}\n```", false},
	{"\ufeff{}", false},
}

func TestIsDocument(t *testing.T) {
	for _, tt := range documents {
		if isDocument(tt.text) != tt.want {
			t.Errorf("%q: got %v", tt.text, !tt.want)
		}
		checkJSON(t, tt.text)
	}
	const deepest = 10_000 // as in encoding/json
	deep := strings.Repeat("[", deepest) + strings.Repeat("]", deepest)
	if !isDocument(deep) || isDocument("["+deep+"]") {
		t.Errorf("as deep as may be: %v; deeper: %v", isDocument(deep), isDocument("["+deep+"]"))
	}
	if brokenDocument(deep[:deepest]) {
		t.Error("the beginning of a deep document is taken for broken")
	}
}

// checkJSON compares the checks with encoding/json, and the check of a beginning with what
// the beginnings of the text may become.
func checkJSON(t *testing.T, text string) {
	t.Helper()
	first := strings.TrimLeft(text, jsonSpace)
	valid := json.Valid([]byte(text))
	if want := valid && (first[0] == '{' || first[0] == '['); isDocument(text) != want {
		t.Fatalf("%q: got %v, encoding/json has %v", text, !want, want)
	}
	if got, want := validArguments(text), valid || first == ""; got != want {
		t.Fatalf("%q as arguments: got %v", text, got)
	}
	if len(text) > 1<<10 {
		return
	}
	broken := false
	for i := range len(text) + 1 {
		was := broken
		if broken = brokenDocument(text[:i]); was && !broken {
			t.Fatalf("%q: no longer broken at %d", text, i)
		}
		if got, want := brokenJSON(text[:i]), cannotGoOn(text[:i]); got != want && strings.TrimLeft(text[:i], jsonSpace) != "" {
			t.Fatalf("%q: broken %v, encoding/json says %v", text[:i], got, want)
		}
	}
	if broken && isDocument(text) {
		t.Fatalf("%q: broken, but whole", text)
	}
}

// cannotGoOn reports whether encoding/json finds more wrong with a beginning than its end.
func cannotGoOn(beginning string) bool {
	var value json.RawMessage
	d := json.NewDecoder(strings.NewReader(beginning))
	if err := d.Decode(&value); err != nil {
		return !errors.Is(err, io.ErrUnexpectedEOF)
	}
	return strings.TrimLeft(beginning[d.InputOffset():], jsonSpace) != ""
}

func FuzzJSON(f *testing.F) {
	for _, d := range documents {
		f.Add(d.text)
	}
	f.Fuzz(checkJSON)
}

func TestDeeperThan(t *testing.T) {
	for text, depth := range map[string]int{`1`: 0, `{}`: 1, `[]`: 1, `[1,{"a":[]}]`: 3, `{"a":1,"b":{"c":2}}`: 2} {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		if deeperThan(value, depth) || depth > 0 && !deeperThan(value, depth-1) {
			t.Errorf("%s: not %d deep", text, depth)
		}
	}
}
