package compress

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/llmapi"
	"sluice/routing/signal"
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
			"safe", Safe, chat,
			`{ "model":"auto", "temperature":1.0, "messages":[{"role":"user","content":"Some \u00e9 words \nand\/or 😀 more.","x":1}], "n":1e0 }`,
			``, // "/" is no sign of prose
		},
		{
			"what is kept is kept as it is spelt", Safe, chat,
			`{ "model":"auto", "temperature":1.0, "messages":[{"role":"user","content":"Some \u00e9 words \nand \"more\".","x":1}], "n":1e0 }`,
			`{ "model":"auto", "temperature":1.0, "messages":[{"role":"user","content":"Some \u00e9 words\nand \"more\".","x":1}], "n":1e0 }`,
		},
		{
			"off", Off, chat,
			`{"model":"auto","messages":[{"role":"user","content":"Some words \nand more."}]}`, ``,
		},
		{
			"no such mode", "all", chat,
			`{"model":"auto","messages":[{"role":"user","content":"Some words \nand more."}]}`, ``,
		},
		{
			"blocks, role behind content", Safe, messages,
			`{"messages":[{"content":[{"type":"image","source":{}},{"text":"Some words \nand more.","type":"text"},{"type":"text","text":"A b.\n\n\n\nC d."}],"role":"user"}],"model":"auto"}`,
			`{"messages":[{"content":[{"type":"image","source":{}},{"text":"Some words\nand more.","type":"text"},{"type":"text","text":"A b.\n\nC d."}],"role":"user"}],"model":"auto"}`,
		},
		{
			"only the user's", Safe, chat,
			`{"model":"auto","messages":[{"role":"system","content":"A b \nc d."},{"role":"developer","content":"A b \nc d."},{"role":"assistant","content":"A b \nc d."},{"role":"tool","tool_call_id":"1","content":"A b \nc d."},{"role":"user","content":"A b \nc d."}]}`,
			`{"model":"auto","messages":[{"role":"system","content":"A b \nc d."},{"role":"developer","content":"A b \nc d."},{"role":"assistant","content":"A b \nc d."},{"role":"tool","tool_call_id":"1","content":"A b \nc d."},{"role":"user","content":"A b\nc d."}]}`,
		},
		{
			"only plain blocks of text", Safe, messages,
			`{"model":"auto","messages":[{"role":"user","content":[{"type":"text","text":"A b \nc d.","citations":{}},{"type":"tool_result","tool_use_id":"1","content":"A b \nc d."},{"type":"document","text":"A b \nc d."},{"type":"text","text":null},{"type":"text","text":{"text":"A b \nc d."}},{"text":"A b \nc d."}]}]}`, ``,
		},
		{
			"tools", Safe, chat,
			`{"model":"auto","tools":[{"type":"function"}],"messages":[{"role":"user","content":"A b \nc d."}]}`, ``,
		},
		{
			"a tool's result", Safe, messages,
			`{"model":"auto","messages":[{"role":"assistant","content":[{"type":"tool_use","id":"1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"1","content":"ok"}]},{"role":"user","content":"A b \nc d."}]}`, ``,
		},
		{
			"signed", Safe, messages,
			`{"model":"auto","messages":[{"role":"user","content":"A b \nc d."},{"role":"assistant","content":[{"type":"thinking","thinking":"x","signature":"eA"},{"type":"text","text":"y"}]},{"role":"user","content":"A b \nc d."}]}`, ``,
		},
		{
			"to be signed", Safe, messages,
			`{"model":"auto","messages":[{"role":"user","content":"A b \nc d."}],"thinking":{"type":"adaptive"}}`, ``,
		},
		{
			"not to be signed", Safe, messages,
			`{"model":"auto","thinking":{"type":"disabled"},"messages":[{"role":"user","content":"A b \nc d."}]}`,
			`{"model":"auto","thinking":{"type":"disabled"},"messages":[{"role":"user","content":"A b\nc d."}]}`,
		},
		{
			"breakpoint by itself", Safe, messages,
			`{"model":"auto","messages":[{"role":"user","content":"A b \nc d."}],"cache_control":{"type":"ephemeral"}}`, ``,
		},
		{
			"behind a breakpoint", Safe, messages,
			`{"model":"auto","system":[{"type":"text","text":"s","cache_control":{}}],"messages":[{"role":"user","content":"A b \nc d."},{"role":"user","content":[{"type":"text","text":"A b \nc d."},{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}]},{"role":"user","content":"A b \nc d."}]}`,
			`{"model":"auto","system":[{"type":"text","text":"s","cache_control":{}}],"messages":[{"role":"user","content":"A b \nc d."},{"role":"user","content":[{"type":"text","text":"A b \nc d."},{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}]},{"role":"user","content":"A b\nc d."}]}`,
		},
		{
			"hidden breakpoint", Safe, messages,
			`{"model":"auto","messages":[{"role":"user","content":[{"type":"text","text":"A b \nc d."},{"type":"text","text":"x","\u0063ache_control":{}}]}]}`, ``,
		},
		{
			"a key that is hidden", Safe, messages,
			`{"model":"auto","messages":[{"role":"user","content":"A b \nc d."}],"\u0074hinking":{"type":"adaptive"}}`, ``,
		},
		{
			"words about a breakpoint", Safe, messages,
			`{"model":"auto","messages":[{"role":"user","content":"Use \"cache_control\" \nor don't. A b \nc d.\n\nE f \nno more."}]}`,
			`{"model":"auto","messages":[{"role":"user","content":"Use \"cache_control\" \nor don't. A b \nc d.\n\nE f\nno more."}]}`,
		},
		{
			"greeted before", Safe, chat,
			`{"model":"auto","messages":[{"role":"user","content":"안녕하세요, 도와주세요."},{"role":"assistant","content":"네"},{"role":"user","content":"\uc548\ub155\ud558\uC138\uC694. 비가 오나요?"},{"role":"user","content":"Hi, is it raining?"},{"role":"user","content":[{"type":"text","text":"Hi,\n\nis it?"},{"type":"text","text":"Hi, I am here."}]},{"role":"user","content":"Hi"},{"role":"user","content":"Hi there, are you well?"}]}`,
			`{"model":"auto","messages":[{"role":"user","content":"안녕하세요, 도와주세요."},{"role":"assistant","content":"네"},{"role":"user","content":"비가 오나요?"},{"role":"user","content":"Hi, is it raining?"},{"role":"user","content":[{"type":"text","text":"is it?"},{"type":"text","text":"Hi, I am here."}]},{"role":"user","content":"Hi"},{"role":"user","content":"Hi there, are you well?"}]}`,
		},
		{
			"spec", BySpec, chat,
			`{"model":"auto","messages":[{"role":"user","content":"Hi, a\n\nb"},{"role":"assistant","content":"x  y"},{"role":"user","content":"Hello, \u00e9\u2003\n \"c\"\t\u001c \ud83d\ude00 "}]}`,
			`{"model":"auto","messages":[{"role":"user","content":"Hi, a\n\nb"},{"role":"assistant","content":"x  y"},{"role":"user","content":"\u00e9 \"c\" \ud83d\ude00"}]}`,
		},
		{
			"spec, escaped greeting", BySpec, chat,
			`{"model":"auto","messages":[{"role":"user","content":"\uc548\ub155\ud558\uc138\uc694,\n\ube44"}]}`,
			`{"model":"auto","messages":[{"role":"user","content":"\ube44"}]}`,
		},
		{
			"spec, blocks and a harness", BySpec, messages,
			`{"model":"auto","messages":[{"role":"user","content":[{"type":"text","text":"<system-reminder>a  b</system-reminder>"},{"type":"text","text":"c  d\n"},{"type":"text","text":"  "},{"type":"text","text":"e  f"},{"type":"text","text":"g  h <system-reminder>i</system-reminder>"}]}]}`,
			`{"model":"auto","messages":[{"role":"user","content":[{"type":"text","text":"<system-reminder>a  b</system-reminder>"},{"type":"text","text":"c d"},{"type":"text","text":"  "},{"type":"text","text":"e f"},{"type":"text","text":"g  h <system-reminder>i</system-reminder>"}]}]}`,
		},
		{
			"spec leaves no text empty", BySpec, chat,
			`{"model":"auto","messages":[{"role":"user","content":"Hello, "}]}`, ``,
		},
		{
			"spec, an answer begun", BySpec, messages,
			`{"model":"auto","messages":[{"role":"user","content":"a  b"},{"role":"assistant","content":"c  d"}]}`,
			`{"model":"auto","messages":[{"role":"user","content":"a b"},{"role":"assistant","content":"c  d"}]}`,
		},
		{
			"spec, half a pair", BySpec, chat,
			`{"model":"auto","messages":[{"role":"user","content":"a  b \ud83d"}]}`, ``,
		},
		{
			"spec, nobody's turn", BySpec, chat,
			`{"model":"auto","messages":[{"role":"system","content":"a  b"}]}`, ``,
		},
		{
			"spec, tools", BySpec, chat,
			`{"model":"auto","tools":[{"type":"function"}],"messages":[{"role":"user","content":"a  b"}]}`, ``,
		},
		{
			"spec, breakpoint", BySpec, messages,
			`{"model":"auto","messages":[{"role":"user","content":[{"type":"text","text":"a  b"},{"type":"text","text":"c  d","cache_control":{}}]}]}`, ``,
		},
		{
			"not routed", Safe, routing.AnthropicCountTokens,
			`{"model":"auto","messages":[{"role":"user","content":"A b \nc d."}]}`, ``,
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

// TestSaved compares the tokens saved with the estimates of the texts before and after.
func TestSaved(t *testing.T) {
	for _, c := range []struct {
		mode Mode
		text string
	}{
		{Safe, strings.Repeat("Some words are here. \t \t\n \t \n \t\n", 30) + "The end."},
		{Safe, strings.Repeat("Some words are here.                                       \n\n\n\n", 9) + "The end."},
		{BySpec, strings.Repeat("Some  words \n\t are   here. ", 40)},
		{BySpec, "Hello, " + strings.Repeat("Some                          words.", 30)},
		{BySpec, "a" + strings.Repeat(" ", 4000) + "b"},
	} {
		body := `{"model":"auto","messages":[{"role":"user","content":"` + string(quote(t, c.text)) + `"}]}`
		got, saved := edited(t, c.mode, routing.OpenAIChat, body)
		var out struct{ Messages []struct{ Content string } }
		if err := json.Unmarshal([]byte(got), &out); err != nil {
			t.Fatal(err)
		}
		want := signal.Tokens(c.text) - signal.Tokens(out.Messages[0].Content)
		if want < 3 || saved < want-2 || saved > want+2 {
			t.Errorf("%s of %.40q…: saved %d tokens, want %d ± 2", c.mode, c.text, saved, want)
		}
	}
	// Of what is longer than the estimate reads whole, the same cut saves the same.
	long := strings.Repeat("Some words are here. ", 40_000)
	cut := "The end.\n" + strings.Repeat(" \t \t \t\n", 50) + "It is."
	_, short := edited(t, Safe, routing.OpenAIChat, `{"model":"auto","messages":[{"role":"user","content":"`+string(quote(t, cut))+`"}]}`)
	_, saved := edited(t, Safe, routing.OpenAIChat, `{"model":"auto","messages":[{"role":"user","content":"`+string(quote(t, long+cut))+`"}]}`)
	if short < 3 || saved != short {
		t.Errorf("saved %d tokens in a long text, want %d as in a short one", saved, short)
	}
}

// TestEditsBound shows that a request gets a thousand edits at most.
func TestEditsBound(t *testing.T) {
	one := `{"role":"user","content":"A b \nc d."}`
	body := `{"model":"auto","messages":[` + strings.Repeat(one+",", 1500) + one + `]}`
	req, err := llmapi.Read(routing.OpenAIChat, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if edits, _ := Edits(Safe, &req, []byte(body)); len(edits) != maxEdits {
		t.Errorf("%d edits, want %d", len(edits), maxEdits)
	}
}

// TestEditsLong takes texts that are made to cost more than their length.
func TestEditsLong(t *testing.T) {
	const n = 1 << 18
	for _, c := range []struct {
		name, text string
		edits      int
	}{
		{"greetings", strings.Repeat("Hi ", n) + "there \\nand there.", 1},
		{"greetings that count", strings.Repeat("Hi, ", n) + "are you well?", 1},
		{"backslashes", strings.Repeat(`\\`, n) + ` \n\n\n`, 0},
		{"tabs", "Some words." + strings.Repeat(`\t`, n) + `\nand more.`, 1},
		{"feeds", "Some words." + strings.Repeat(`\n`, n) + "And more.", 1},
		{"backquotes", strings.Repeat("` ", n) + `\n\n\n`, 0},
		{"less than", strings.Repeat("< ", n) + `\n\n\n`, 0},
		{"lines", strings.Repeat(`A b. \n`, n) + "C d.", 1},
		{"quotes", strings.Repeat(`\"`, n) + ` \n\n\n`, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := []byte(`{"model":"auto","messages":[{"role":"user","content":"` + c.text + `"}]}`)
			req, err := llmapi.Read(routing.OpenAIChat, body)
			if err != nil {
				t.Fatal(err)
			}
			if edits, _ := Edits(Safe, &req, body); len(edits) != c.edits {
				t.Errorf("%d edits, want %d", len(edits), c.edits)
			}
		})
	}
}

// TestNothingToDo shows that a body with nothing to remove costs no memory.
func TestNothingToDo(t *testing.T) {
	body := []byte(`{"model":"auto","messages":[{"role":"user","content":"` + strings.Repeat(`Some words and more.\n`, 1000) + `"}]}`)
	req, err := llmapi.Read(routing.OpenAIChat, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []Mode{Off, Safe} {
		if n := testing.AllocsPerRun(10, func() { Edits(mode, &req, body) }); n > 0 {
			t.Errorf("%s: %v allocations, want none", mode, n)
		}
	}
}
