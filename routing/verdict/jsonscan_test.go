package verdict

import (
	"encoding/json"
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

func scan(text string) jsonScanner {
	var s jsonScanner
	s.feed(text)
	return s
}

func TestJSONScanner(t *testing.T) {
	for _, tt := range documents {
		s := scan(tt.text)
		if s.whole() != tt.want {
			t.Errorf("%q: got %v", tt.text, !tt.want)
		}
		checkScanner(t, tt.text)
	}
	deep := strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth)
	if s := scan(deep); !s.whole() || s.deepest != maxDepth {
		t.Errorf("as deep as may be: whole %v, depth %d", s.whole(), s.deepest)
	}
	if s := scan("[" + deep + "]"); !s.broken() {
		t.Error("deeper than may be: not broken")
	}
}

// checkScanner compares the scanner with encoding/json, and with itself fed byte by byte.
func checkScanner(t *testing.T, text string) {
	t.Helper()
	s := scan(text)
	first := strings.TrimLeft(text, " \t\r\n")
	want := json.Valid([]byte(text)) && (first[0] == '{' || first[0] == '[')
	if s.whole() != want {
		t.Fatalf("%q: got %v, encoding/json has %v", text, s.whole(), want)
	}
	var pieces jsonScanner
	for i := range len(text) {
		was := pieces.broken()
		pieces.feed(text[i : i+1])
		if was && !pieces.broken() {
			t.Fatalf("%q: no longer broken at %d", text, i)
		}
	}
	if pieces.whole() != s.whole() || pieces.broken() != s.broken() {
		t.Fatalf("%q: whole %v, broken %v byte by byte; %v, %v at once", text, pieces.whole(), pieces.broken(), s.whole(), s.broken())
	}
	if got, want := validArguments(text), json.Valid([]byte(text)) || first == ""; got != want {
		t.Fatalf("%q as arguments: got %v", text, got)
	}
}

func FuzzJSONScanner(f *testing.F) {
	for _, d := range documents {
		f.Add(d.text)
	}
	f.Fuzz(checkScanner)
}
