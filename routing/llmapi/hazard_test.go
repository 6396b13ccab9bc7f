package llmapi

import (
	"errors"
	"strings"
	"testing"

	"sluice/routing"
	"sluice/routing/llmapi/jsonscan"
)

const ask = `"messages":[{"role":"user","content":"q"}]`

// hazards are bodies that Read must refuse, each with the code and the byte.
var hazards = []struct {
	name   string
	body   string
	code   string
	offset int
}{
	{"empty", ``, CodeInvalidJSON, 0},
	{"blank", " \n", CodeInvalidJSON, 2},
	{"no object", `["model"]`, CodeInvalidJSON, 0},
	{"byte order mark", "\xef\xbb\xbf{\"model\":\"a\"," + ask + "}", CodeInvalidJSON, 0},
	{"cut in a string", `{"model":"a","messages":[{"role":"user","content":"q`, CodeInvalidJSON, 52},
	{"cut behind a backslash", `{"model":"a\`, CodeInvalidJSON, 11},
	{"cut in an escape", `{"model":"a\u00`, CodeInvalidJSON, 11},
	{"cut behind a key", `{"model"`, CodeInvalidJSON, 8},
	{"cut behind a colon", `{"model":`, CodeInvalidJSON, 9},
	{"cut behind a comma", `{"model":"a",`, CodeInvalidJSON, 13},
	{"cut in an array", `{"model":"a","messages":[`, CodeInvalidJSON, 25},
	{"cut literal", `{"model":"a","x":tru`, CodeInvalidJSON, 17},
	{"cut number", `{"x":1.`, CodeInvalidJSON, 7},
	{"garbage behind", `{"model":"a",` + ask + `}x`, CodeInvalidJSON, 56},
	{"second object", `{"model":"a",` + ask + `} {}`, CodeInvalidJSON, 57},
	{"comma before the end", `{"model":"a",}`, CodeInvalidJSON, 13},
	{"comma before the end of an array", `{"model":"a","x":[1,]}`, CodeInvalidJSON, 20},
	{"no comma", `{"model":"a" "x":1}`, CodeInvalidJSON, 13},
	{"no colon", `{"model" "a"}`, CodeInvalidJSON, 9},
	{"key without quotes", `{model:"a"}`, CodeInvalidJSON, 1},
	{"single quotes", `{'model':'a'}`, CodeInvalidJSON, 1},
	{"wrong bracket", `{"model":"a","x":[1}`, CodeInvalidJSON, 19},
	{"comment", `{/**/"model":"a"}`, CodeInvalidJSON, 1},
	{"NaN", `{"x":NaN}`, CodeInvalidJSON, 5},
	{"leading zero", `{"x":01}`, CodeInvalidJSON, 6},
	{"bare minus", `{"x":-}`, CodeInvalidJSON, 6},
	{"bare point", `{"x":.5}`, CodeInvalidJSON, 5},
	{"plus", `{"x":+5}`, CodeInvalidJSON, 5},
	{"exponent without digits", `{"x":1e+}`, CodeInvalidJSON, 8},
	{"unknown escape", `{"x":"abc\x41"}`, CodeInvalidJSON, 9},
	{"bad hex", `{"x":"\u00g0"}`, CodeInvalidJSON, 6},
	{"line feed in a string", "{\"x\":\"a\nb\"}", CodeInvalidJSON, 7},
	{"NUL in a string", "{\"x\":\"0123456789\x00\"}", CodeInvalidJSON, 16},
	{"NUL outside", "{\x00}", CodeInvalidJSON, 1},
	{"broken in a part that is not read", `{"model":"a",` + ask + `,"tools":[{"a":[}]}`, CodeInvalidJSON, 71},

	{"deep", strings.Repeat(`{"a":`, 100_000), CodeTooDeep, 5 * jsonscan.MaxDepth},
	{"deep arrays", `{"a":` + strings.Repeat(`[`, 100_000), CodeTooDeep, 5 + jsonscan.MaxDepth - 1},
	{"deep and whole", `{"model":"a",` + ask + `,"x":` + strings.Repeat(`[`, jsonscan.MaxDepth) + strings.Repeat(`]`, jsonscan.MaxDepth) + `}`, CodeTooDeep, 59 + jsonscan.MaxDepth},

	{"two models", `{"model":"a",` + ask + `,"model":"b"}`, CodeDuplicateKey, 64},
	{"two models, the same", `{"model":"a","model":"a",` + ask + `}`, CodeDuplicateKey, 21},
	{"two models, one escaped", `{"model":"a","mode\u006c":"b",` + ask + `}`, CodeDuplicateKey, 26},
	{"two models for servers that ignore case", `{"model":"a","MODEL":"b",` + ask + `}`, CodeDuplicateKey, 21},
	{"two lists of messages", `{"model":"a",` + ask + `,` + ask + `}`, CodeDuplicateKey, 67},
	{"two users", `{"model":"a","user":"x","user":"y",` + ask + `}`, CodeDuplicateKey, 31},
	{"two service tiers", `{"model":"a","service_tier":"flex","service_tier":"auto"}`, CodeDuplicateKey, 50},
	{"two words on usage", `{"model":"a","stream_options":{"include_usage":true,"include_usage":false}}`, CodeDuplicateKey, 68},
	{"two roles", `{"model":"a","messages":[{"role":"system","content":"q","role":"user"}]}`, CodeDuplicateKey, 63},
	{"two contents", `{"model":"a","messages":[{"role":"user","content":"q","content":"r"}]}`, CodeDuplicateKey, 64},

	{"no model", `{` + ask + `}`, CodeMissingModel, -1},
	{"empty model", `{"model":"",` + ask + `}`, CodeMissingModel, -1},
	{"null for a model", `{"model":null,` + ask + `}`, CodeMissingModel, -1},
	{"list for a model", `{"model":["a"],` + ask + `}`, CodeMissingModel, -1},
	{"line feed in the model", `{"model":"a\nb",` + ask + `}`, CodeInvalidModel, 9},
	{"long model", `{"model":"` + strings.Repeat("m", maxModel+1) + `",` + ask + `}`, CodeInvalidModel, 9},
}

func TestReadRefuses(t *testing.T) {
	for _, c := range hazards {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read(routing.OpenAIChat, []byte(c.body))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v, want an *Error", err)
			}
			if e.Code != c.code || e.Offset != c.offset {
				t.Errorf("%v; want %s at byte %d", e, c.code, c.offset)
			}
		})
	}
}

// TestReadTruncated cuts a body at every byte: only the whole one may be read.
func TestReadTruncated(t *testing.T) {
	for _, c := range readCases {
		body := strings.TrimRight(c.body, " \n")
		for i := range body {
			_, err := Read(c.api, []byte(body[:i]))
			var e *Error
			if !errors.As(err, &e) || e.Code != CodeInvalidJSON {
				t.Fatalf("%s cut at byte %d: error %v, want %s", c.name, i, err, CodeInvalidJSON)
			}
		}
	}
}

// TestReadDeepest checks that the bound on nesting is where it says.
func TestReadDeepest(t *testing.T) {
	body := `{"model":"a",` + ask + `,"x":` + strings.Repeat(`[`, jsonscan.MaxDepth-1) + strings.Repeat(`]`, jsonscan.MaxDepth-1) + `}`
	if _, err := Read(routing.OpenAIChat, []byte(body)); err != nil {
		t.Error(err)
	}
}

func TestReadLarge(t *testing.T) {
	body := chatBody(t, 5<<20)
	got, err := Read(routing.OpenAIChat, body)
	if err != nil {
		t.Fatal(err)
	}
	if want := prose(5 << 20); got.Prompt != want {
		t.Errorf("a prompt of %d bytes, want the %d that were sent", len(got.Prompt), len(want))
	}
}

// TestErrorsQuoteNothing checks that no error carries words of the prompt.
func TestErrorsQuoteNothing(t *testing.T) {
	const secret = "hunter2"
	for _, body := range []string{
		`{"model":"a","messages":[{"role":"user","content":"` + secret,
		`{"model":"` + secret + `\n"}`,
		`{"model":"a","` + secret + `":}`,
		`{"model":"a","messages":[{"` + secret + `" "user"}]}`,
		`{"` + secret + `":1,"` + secret + `":2}`,
	} {
		if _, err := Read(routing.OpenAIChat, []byte(body)); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: error %v, want one without the secret", body, err)
		}
	}
}
