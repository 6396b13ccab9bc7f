package llmapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/agent"
	"sluice/routing/agent/agenttest"
)

// FuzzRead compares Read with encoding/json, which decodes everything: on what is
// valid, on the model and on the human text of bodies without envelopes.
func FuzzRead(f *testing.F) {
	for _, body := range seeds() {
		f.Add([]byte(body))
	}
	for _, c := range agenttest.Cases(f) {
		f.Add([]byte(c.Body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, api := range []routing.API{routing.OpenAIChat, routing.AnthropicMessages, routing.OpenAIEmbeddings} {
			req, err := Read(api, body)
			if err != nil {
				var e *Error
				if !errors.As(err, &e) {
					t.Fatalf("%T, want an *Error", err)
				}
				if e.Code == CodeInvalidJSON && isObject(body) {
					t.Fatalf("%v, but encoding/json thinks otherwise", e)
				}
				if cmp.Diff(req, routing.Request{}) != "" {
					t.Fatal("both a request and an error")
				}
				continue
			}
			if !json.Valid(body) {
				t.Fatal("accepted a body that is not JSON")
			}
			fields := members(body)
			if want := stringOf(fields["model"]); req.Model != want {
				t.Fatalf("model %q, want %q", req.Model, want)
			}
			if got := stringOf(body[req.ModelStart:req.ModelEnd]); got != req.Model {
				t.Fatalf("the model's place holds %q, want %q", got, req.Model)
			}
			for _, text := range []string{req.Prompt, req.Before, req.Reply, req.Claimed, req.Named, req.Owner} {
				if !utf8.ValidString(text) {
					t.Fatal("text that is not UTF-8")
				}
			}
			checkTurn(t, &req)
			if again, _ := Read(api, body); cmp.Diff(req, again) != "" {
				t.Fatalf("read again: %s", cmp.Diff(req, again))
			}
			if !api.Routed() || bytes.ContainsRune(body, '<') || bytes.Contains(bytes.ToLower(body), []byte("003c")) {
				continue // there may be envelopes
			}
			prompt, turns, plain := humanText(fields["messages"])
			if !plain {
				continue // a harness speaks without envelopes
			}
			if req.System && strings.HasPrefix(strings.TrimSpace(prompt), req.Prompt) {
				prompt = req.Prompt // the end of the system prompt may stand behind it
			}
			if req.Prompt != prompt || req.Turns != turns {
				t.Fatalf("prompt %q in %d turns, want %q in %d", req.Prompt, req.Turns, prompt, turns)
			}
		}
	})
}

// checkTurn checks what must hold of the turn in any request.
func checkTurn(t *testing.T, req *routing.Request) {
	t.Helper()
	switch {
	case req.Before != "" && (req.Turns < 2 || !agent.Leans([]byte(req.Prompt))):
		t.Fatalf("%q needs nothing before it in turn %d, but got %q", req.Prompt, req.Turns, req.Before)
	case len(req.Before) > 2*3*maxEarlier+1, len(req.Named) > 3*maxIdentifier, len(req.Owner) > 3*maxIdentifier:
		t.Fatal("text beyond its bounds")
	case req.Kind.String() == "", req.Stage.Continuing != (req.Kind == routing.Continuation):
		t.Fatalf("kind %v with stage %+v", req.Kind, req.Stage)
	case req.Stage.Calls > agent.Window, req.Stage.Failures > req.Stage.Calls:
		t.Fatalf("impossible stage %+v", req.Stage)
	case req.API.Routed() && req.Turns == 0 && req.Opening != 0:
		t.Fatal("an opening without a human turn")
	}
}

// isObject reports whether body is one JSON object that Read has to accept as such.
// Deeper nesting than Read allows has another code.
func isObject(body []byte) bool {
	return json.Valid(body) && bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{"))
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

// humanText is Read's rule for bodies without envelopes, told differently. It reports
// false where a block is a harness's all the same.
func humanText(messages []byte) (prompt string, turns int, plain bool) {
	for _, m := range elements(messages) {
		m := members(m)
		if stringOf(m["role"]) != "user" {
			continue
		}
		blocks := []string{stringOf(m["content"])}
		for _, b := range elements(m["content"]) {
			b := members(b)
			if kind := stringOf(b["type"]); kind == "text" || kind == "input_text" {
				blocks = append(blocks, stringOf(b["text"]))
			}
		}
		var human []string
		for _, b := range blocks {
			if preamble([]byte(b)) > 0 || agent.Summary([]byte(b), true) || agent.WrittenBy([]byte(b)) != agent.Human {
				return "", 0, false
			}
			if strings.TrimSpace(b) != "" {
				human = append(human, b)
			}
		}
		if len(human) > 0 {
			prompt, turns = strings.Join(human, "\n"), turns+1
		}
	}
	return prompt, turns, true
}

// FuzzAsk checks that a body for an attempt names its model, asks what it should and has
// not one other byte changed, and that the body for the next attempt is the one that would
// have been made of the client's.
func FuzzAsk(f *testing.F) {
	for _, body := range seeds() {
		f.Add([]byte(body), "claude-opus-4", true, true)
		f.Add([]byte(body), "a \"quoted\"\\ name with 한글 and \u2028", false, true)
	}
	for _, c := range askCases {
		f.Add([]byte(c.body), "gpt-4o", c.relaxed, true)
	}
	f.Fuzz(func(t *testing.T, body []byte, name string, relaxed, knows bool) {
		req, err := Read(routing.OpenAIChat, body)
		if err != nil || name == "" || len(string([]rune(name))) > maxModel || strings.ContainsFunc(name, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			return
		}
		if relaxed {
			Relax(&req)
		}
		first := &routing.Model{UpstreamName: name, Provider: &routing.Provider{StreamUsage: knows}, FlexRate: 0.5}
		next := &routing.Model{UpstreamName: "next/" + name, Provider: &routing.Provider{StreamUsage: !knows}}
		ask := Asks(&req, []*routing.Model{first, next})
		edits := ask.Edits(body, &req, first)
		sent := Apply(bytes.Clone(body), edits...)

		again, err := Read(routing.OpenAIChat, sent)
		if err != nil {
			t.Fatalf("%v: %q", err, sent)
		}
		if again.Model != string([]rune(name)) {
			t.Fatalf("read back %q, want %q", again.Model, name)
		}
		if want := req.Stream && knows && !odd(body, &req); want && !again.IncludeUsage {
			t.Fatalf("usage was not asked for: %q", sent)
		}
		if got := again.ServiceTier == "flex"; got != req.Relaxed {
			t.Fatalf("flex %t, want %t: %q", got, req.Relaxed, sent)
		}
		var undo []Edit
		for _, e := range edits {
			end := Locate(edits, e.Span).End
			at := routing.Span{Start: end - len(e.Text), End: end}
			if got := string(sent[at.Start:at.End]); got != e.Text {
				t.Fatalf("%q at %v, want %q: %q", got, at, e.Text, sent)
			}
			undo = append(undo, Edit{at, string(body[e.Start:e.End])})
		}
		if got := Apply(bytes.Clone(sent), undo...); !bytes.Equal(got, body) {
			t.Fatalf("other bytes changed: %q became %q", body, sent)
		}

		at := Locate(edits, routing.Span{Start: req.ModelStart, End: req.ModelEnd})
		resent, err := ask.Resend(bytes.Clone(sent), routing.OpenAIChat, at, next)
		if err != nil {
			t.Fatal(err)
		}
		if want := Apply(bytes.Clone(body), ask.Edits(body, &req, next)...); !bytes.Equal(resent, want) {
			t.Fatalf("sent again %q, want %q", resent, want)
		}
		moved := append([]byte(" "), sent...) // by whoever changes bodies on their way
		if got, err := ask.Resend(moved, routing.OpenAIChat, at, next); err != nil || !bytes.Equal(got[1:], resent) {
			t.Fatalf("moved and sent again %q, want %q; %v", got, resent, err)
		}
	})
}

// odd reports whether the client's stream_options are such that only the provider can say
// what is wrong with them.
func odd(body []byte, req *routing.Request) bool {
	options := members(body)["stream_options"]
	if req.StreamOptions == (routing.Span{}) || string(options) == "null" {
		return false
	}
	switch value, given := members(options)["include_usage"]; {
	case !bytes.HasPrefix(options, []byte("{")):
		return true
	default:
		return given && string(value) != "true" && string(value) != "false" && string(value) != "null"
	}
}
