package compress

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/llmapi"
	"sluice/routing/tokens"
)

// edited returns what the mode makes of a body and the tokens that it saves.
func edited(t testing.TB, mode Mode, api routing.API, body string) (string, int) {
	t.Helper()
	req, err := llmapi.Read(api, []byte(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	edits, saved := Edits(mode, &req, []byte(body))
	if len(edits) == 0 {
		return body, saved
	}
	out := string(llmapi.Apply([]byte(body), edits...))
	if !json.Valid([]byte(out)) {
		t.Fatalf("%s became %s", body, out)
	}
	return out, saved
}

func TestEdits(t *testing.T) {
	const (
		chat     = routing.OpenAIChat
		messages = routing.AnthropicMessages
	)
	for _, c := range []struct {
		name string
		mode Mode
		api  routing.API
		in   string
		want string // "" for in
	}{
		{
			"off", Off, chat,
			`{"model":"auto","messages":[{"role":"user","content":"a  b"}]}`, ``,
		},
		{
			"no such mode", "all", chat,
			`{"model":"auto","messages":[{"role":"user","content":"a  b"}]}`, ``,
		},
		{
			"what is kept is kept as it is spelt", BySpec, chat,
			`{ "model":"auto", "temperature":1.0, "messages":[{"role":"user","content":"Some \u00e9 words \nand\/or 😀 \"more\".","x":1}], "n":1e0 }`,
			`{ "model":"auto", "temperature":1.0, "messages":[{"role":"user","content":"Some \u00e9 words and\/or 😀 \"more\".","x":1}], "n":1e0 }`,
		},
		{
			"only the last turn", BySpec, chat,
			`{"model":"auto","messages":[{"role":"user","content":"Hi, a\n\nb"},{"role":"assistant","content":"x  y"},{"role":"user","content":"Hello, \u00e9\u2003\n \"c\"\t\u001c \ud83d\ude00 "}]}`,
			`{"model":"auto","messages":[{"role":"user","content":"Hi, a\n\nb"},{"role":"assistant","content":"x  y"},{"role":"user","content":"\u00e9 \"c\" \ud83d\ude00"}]}`,
		},
		{
			"only the user's", BySpec, chat,
			`{"model":"auto","messages":[{"role":"user","content":"a  b"},{"role":"system","content":"c  d"},{"role":"developer","content":"e  f"},{"role":"assistant","content":"g  h"}]}`,
			`{"model":"auto","messages":[{"role":"user","content":"a b"},{"role":"system","content":"c  d"},{"role":"developer","content":"e  f"},{"role":"assistant","content":"g  h"}]}`,
		},
		{
			"escaped greeting", BySpec, chat,
			`{"model":"auto","messages":[{"role":"user","content":"\uc548\ub155\ud558\uc138\uc694,\n\ube44"}]}`,
			`{"model":"auto","messages":[{"role":"user","content":"\ube44"}]}`,
		},
		{
			"blocks and a harness", BySpec, messages,
			`{"model":"auto","messages":[{"role":"user","content":[{"type":"text","text":"<system-reminder>a  b</system-reminder>"},{"type":"text","text":"c  d\n"},{"type":"text","text":"  "},{"type":"text","text":"e  f"},{"type":"text","text":"g  h <system-reminder>i</system-reminder>"}]}]}`,
			`{"model":"auto","messages":[{"role":"user","content":[{"type":"text","text":"<system-reminder>a  b</system-reminder>"},{"type":"text","text":"c d"},{"type":"text","text":"  "},{"type":"text","text":"e f"},{"type":"text","text":"g  h <system-reminder>i</system-reminder>"}]}]}`,
		},
		{
			"role behind content", BySpec, messages,
			`{"messages":[{"content":[{"type":"image","source":{}},{"text":"a  b","type":"text"}],"role":"user"}],"model":"auto"}`,
			`{"messages":[{"content":[{"type":"image","source":{}},{"text":"a b","type":"text"}],"role":"user"}],"model":"auto"}`,
		},
		{
			"only plain blocks of text", BySpec, messages,
			`{"model":"auto","messages":[{"role":"user","content":[{"type":"text","text":"a  b","citations":{}},{"type":"tool_result","tool_use_id":"1","content":"c  d"},{"type":"document","text":"e  f"},{"type":"text","text":null},{"type":"text","text":{"text":"g  h"}},{"text":"i  j"},{"type":"text","text":"k","text":"l  m"}]}]}`, ``,
		},
		{
			"no text becomes empty", BySpec, chat,
			`{"model":"auto","messages":[{"role":"user","content":"Hello, "}]}`, ``,
		},
		{
			"an answer begun", BySpec, messages,
			`{"model":"auto","messages":[{"role":"user","content":"a  b"},{"role":"assistant","content":"c  d"}]}`,
			`{"model":"auto","messages":[{"role":"user","content":"a b"},{"role":"assistant","content":"c  d"}]}`,
		},
		{
			"half a surrogate pair", BySpec, chat,
			`{"model":"auto","messages":[{"role":"user","content":"a  b \ud83d"}]}`, ``,
		},
		{
			"NUL", BySpec, chat,
			`{"model":"auto","messages":[{"role":"user","content":"a  b \u0000"}]}`, ``,
		},
		{
			"no user", BySpec, chat,
			`{"model":"auto","messages":[{"role":"system","content":"a  b"}]}`, ``,
		},
		{
			"tools", BySpec, chat,
			`{"model":"auto","tools":[{"type":"function"}],"messages":[{"role":"user","content":"a  b"}]}`, ``,
		},
		{
			"a tool's result", BySpec, messages,
			`{"model":"auto","messages":[{"role":"assistant","content":[{"type":"tool_use","id":"1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"1","content":"ok"}]},{"role":"user","content":"a  b"}]}`, ``,
		},
		{
			"signed thinking", BySpec, messages,
			`{"model":"auto","messages":[{"role":"user","content":"a  b"},{"role":"assistant","content":[{"type":"thinking","thinking":"x","signature":"eA"},{"type":"text","text":"y"}]},{"role":"user","content":"a  b"}]}`, ``,
		},
		{
			"thinking asked for", BySpec, messages,
			`{"model":"auto","messages":[{"role":"user","content":"a  b"}],"thinking":{"type":"adaptive"}}`, ``,
		},
		{
			"thinking asked for by an escaped key", BySpec, messages,
			`{"model":"auto","messages":[{"role":"user","content":"a  b"}],"\u0074hinking":{"type":"adaptive"}}`, ``,
		},
		{
			"thinking disabled", BySpec, messages,
			`{"model":"auto","thinking":{"type":"disabled"},"messages":[{"role":"user","content":"a  b"}]}`,
			`{"model":"auto","thinking":{"type":"disabled"},"messages":[{"role":"user","content":"a b"}]}`,
		},
		{
			"automatic breakpoint", BySpec, messages,
			`{"model":"auto","messages":[{"role":"user","content":"a  b"}],"cache_control":{"type":"ephemeral"}}`, ``,
		},
		{
			"breakpoint in the message", BySpec, messages,
			`{"model":"auto","messages":[{"role":"user","content":[{"type":"text","text":"a  b"},{"type":"text","text":"c  d","cache_control":{}}]}]}`, ``,
		},
		{
			"breakpoint behind the message", BySpec, messages,
			`{"model":"auto","messages":[{"role":"user","content":"a  b"},{"role":"assistant","content":[{"type":"text","text":"c","cache_control":{}}]}]}`, ``,
		},
		{
			"breakpoint before the message", BySpec, messages,
			`{"model":"auto","system":[{"type":"text","text":"s","cache_control":{}}],"messages":[{"role":"user","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}]},{"role":"user","content":"a  b"}]}`,
			`{"model":"auto","system":[{"type":"text","text":"s","cache_control":{}}],"messages":[{"role":"user","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}]},{"role":"user","content":"a b"}]}`,
		},
		{
			"breakpoint with an escaped key", BySpec, messages,
			`{"model":"auto","messages":[{"role":"user","content":[{"type":"text","text":"a  b"},{"type":"text","text":"x","\u0063ache_control":{}}]}]}`, ``,
		},
		{
			"breakpoint within a document", BySpec, messages,
			`{"model":"auto","messages":[{"role":"user","content":[{"type":"document","source":{"type":"content","content":[{"type":"text","text":"x","cache_control":{}}]}},{"type":"text","text":"a  b"}]}]}`, ``,
		},
		{
			"words about a breakpoint", BySpec, messages,
			`{"model":"auto","messages":[{"role":"user","content":"Use \"cache_control\"  or don't."}]}`,
			`{"model":"auto","messages":[{"role":"user","content":"Use \"cache_control\" or don't."}]}`,
		},
		{
			"not routed", BySpec, routing.AnthropicCountTokens,
			`{"model":"auto","messages":[{"role":"user","content":"a  b"}]}`, ``,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.want == "" {
				c.want = c.in
			}
			got, saved := edited(t, c.mode, c.api, c.in)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if got == c.in && saved != 0 {
				t.Errorf("saved %d tokens by nothing", saved)
			}
		})
	}
}

// quote returns text as a JSON string without its quotes.
func quote(t testing.TB, text string) string {
	t.Helper()
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		t.Fatal(err)
	}
	return b.String()[1 : b.Len()-2]
}

// TestSaved compares the tokens saved with the estimates of the texts before and after.
func TestSaved(t *testing.T) {
	chat := func(text string) string {
		return `{"model":"auto","messages":[{"role":"user","content":"` + quote(t, text) + `"}]}`
	}
	for _, text := range []string{
		strings.Repeat("Some  words \n\t are   here. ", 40),
		"Hello, " + strings.Repeat("Some                          words.", 30),
		"a" + strings.Repeat(" ", 4000) + "b",
	} {
		got, saved := edited(t, BySpec, routing.OpenAIChat, chat(text))
		var out struct{ Messages []struct{ Content string } }
		if err := json.Unmarshal([]byte(got), &out); err != nil {
			t.Fatal(err)
		}
		want := tokens.Estimate(text) - tokens.Estimate(out.Messages[0].Content)
		if want < 3 || saved < want-2 || saved > want+2 {
			t.Errorf("%.40q…: saved %d tokens, want %d ± 2", text, saved, want)
		}
	}
	// Of a text that the estimate only samples, the same cut saves the same.
	cut := "The end.\n" + strings.Repeat(" \t \t \t\n", 50) + "It is."
	_, short := edited(t, BySpec, routing.OpenAIChat, chat(cut))
	_, saved := edited(t, BySpec, routing.OpenAIChat, chat(strings.Repeat("Some words are here. ", 40_000)+cut))
	if short < 3 || saved != short {
		t.Errorf("saved %d tokens in a long text, want %d as in a short one", saved, short)
	}
}

// FuzzEdits checks that a body differs from what it was by the texts of the last message of
// the user's alone, and each of these by what the rule makes of it.
func FuzzEdits(f *testing.F) {
	f.Add(`{"model":"auto","messages":[{"role":"user","content":"Hi,  there\n"}]}`)
	f.Add(`{"model":"auto","messages":[{"role":"user","content":[{"type":"text","text":"a  b"},{"text":"c  d","type":"text"}]}]}`)
	f.Fuzz(func(t *testing.T, in string) {
		body := []byte(in)
		req, err := llmapi.Read(routing.AnthropicMessages, body)
		if err != nil {
			return
		}
		edits, saved := Edits(BySpec, &req, body)
		if saved < 0 || saved > 0 && len(edits) == 0 {
			t.Fatalf("saved %d tokens by %d edits", saved, len(edits))
		}
		last := 0
		for _, e := range edits {
			if e.Start <= last || e.End > len(body) || body[e.Start-1] != '"' || body[e.End] != '"' {
				t.Fatalf("edit %+v of %s", e, body)
			}
			last = e.End
			was, ok := decoded(body[e.Start:e.End])
			is, stillOK := decoded([]byte(e.Text))
			if !ok || !stillOK || is != spec(t, was) || is == was || !strings.Contains(req.Prompt, was) {
				t.Fatalf("%q became %q, want %q; the prompt is %q", was, is, spec(t, was), req.Prompt)
			}
		}
	})
}
