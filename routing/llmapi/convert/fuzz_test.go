package convert

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sluice/routing"
	"sluice/routing/llmapi/answer"
)

// FuzzToStream checks that a body that becomes a stream says the same there, as the readers
// of this package see it, and the same again once it is made a body.
func FuzzToStream(f *testing.F) {
	for _, c := range convertCases {
		f.Add([]byte(c.body))
	}
	for body := range bytes.Lines(file(f, "testdata/bodies.jsonl")) {
		f.Add(bytes.TrimSpace(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, api := range []routing.API{routing.OpenAIChat, routing.AnthropicMessages} {
			before := bytes.Clone(body)
			stream, ok := ToStream(api, body, true)
			if !bytes.Equal(before, body) {
				t.Fatalf("the body was changed:\n%s\n%s", before, body)
			}
			if !ok {
				continue
			}
			want, err := answer.Read(api.Format(), body)
			if err != nil {
				t.Fatalf("converted what cannot be read: %v", err)
			}
			if len(stream) > 1<<20 || hardToTell(body) {
				continue
			}
			same := cmpopts.EquateApprox(0, 1e-12)
			s := answer.NewStream(api.Format())
			s.Feed(stream)
			s.End()
			if diff := cmp.Diff(want, s.Response(), same); diff != "" {
				t.Fatalf("as a stream (-want +got):\n%s\n%s\n%s", diff, body, stream)
			}
			again, ok := ToBody(api, stream)
			if !ok {
				t.Fatalf("no way back: %s\n%s", body, stream)
			}
			got, err := answer.Read(api.Format(), again)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, same); diff != "" {
				t.Fatalf("there and back (-want +got):\n%s\n%s\n%s", diff, body, again)
			}
		}
	})
}

// hardToTell reports what the readers see differently in the two forms, without any
// conversion: calls that have no name, or an index in a body; tools of the provider's own.
func hardToTell(body []byte) bool {
	for _, b := range elements(members(body)["content"]) {
		if kind := stringOf(members(b)["type"]); kind == "server_tool_use" || kind == "mcp_tool_use" {
			return true
		}
	}
	for _, c := range elements(members(body)["choices"]) {
		m := members(members(c)["message"])
		if m["function_call"] != nil {
			return true
		}
		for _, call := range elements(m["tool_calls"]) {
			if stringOf(members(members(call)["function"])["name"]) == "" || members(call)["index"] != nil {
				return true
			}
		}
	}
	return false
}

// FuzzToBody checks that a stream that becomes a body is an answer there, with the same
// text.
func FuzzToBody(f *testing.F) {
	for _, c := range convertCases {
		f.Add([]byte(streamOf(c.api, c.stream...)))
	}
	for _, name := range []string{"openai", "anthropic", "error"} {
		f.Add(file(f, "../answer/testdata/"+name+".sse"))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		for _, api := range []routing.API{routing.OpenAIChat, routing.AnthropicMessages} {
			before := bytes.Clone(stream)
			body, ok := ToBody(api, stream)
			if !bytes.Equal(before, stream) {
				t.Fatalf("the stream was changed:\n%s\n%s", before, stream)
			}
			if !ok {
				continue
			}
			got, err := answer.Read(api.Format(), body)
			if err != nil {
				t.Fatalf("%v: %s", err, body)
			}
			s := answer.NewStream(api.Format())
			s.Feed(stream)
			s.End()
			want := s.Response()
			if want.Text != strings.ToValidUTF8(want.Text, "") || strings.Contains(want.Text+got.Text, "\uFFFD") || want.Truncated {
				continue // halves of a character have met
			}
			if want.Text != got.Text || want.Finish != got.Finish || len(body) > 2*len(stream)+1024 {
				t.Fatalf("%+v became %+v\n%s\n%s", want, got, stream, body)
			}
		}
	})
}

func file(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// members decodes an object; of keys given twice the last one counts.
func members(raw []byte) (m map[string]json.RawMessage) {
	_ = json.Unmarshal(raw, &m)
	return m
}

func elements(raw []byte) (a []json.RawMessage) {
	_ = json.Unmarshal(raw, &a)
	return a
}

func stringOf(raw []byte) (s string) {
	_ = json.Unmarshal(raw, &s)
	return s
}
