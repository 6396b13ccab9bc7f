package e2e

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"sluice/cmd/sluice/simulator"
)

// effortful is a stack whose cascade escalates by effort before it escalates by model.
func effortful(t *testing.T, changes ...string) *stack {
	t.Helper()
	return startStack(t, append(changes,
		"{name: mid, ", "{name: mid, efforts: {low: {tokens: 300}, high: {tier: premium, tokens: 4000}}, ",
		"{name: claude, ", "{name: claude, thinking: budget, efforts: [low, high], ",
		"{name: haiku, ", "{name: haiku, efforts: [low], ",
		"cascade: [small, mid, haiku, claude]", "cascade: [mid@low, mid@high, gpt, haiku@low, claude@high]",
	)...)
}

// refuseAt has the provider's models refuse what has one of the words in it.
func refuseAt(u *upstream, words ...string) {
	u.Behave(func(_ string, body []byte) simulator.Behaviour {
		for _, w := range words {
			if bytes.Contains(body, []byte(w)) {
				return simulator.Behaviour{Say: simulator.Refuse}
			}
		}
		return simulator.Behaviour{}
	})
}

// expectEffort expects an answer at the effort and what each attempt was sent.
func expectEffort(t *testing.T, s *stack, r response, before int, effort string, sent ...string) {
	t.Helper()
	if got := r.header.Get("x-sluice-effort"); got != effort {
		t.Errorf("x-sluice-effort %q, want %q", got, effort)
	}
	got := s.received()[before:]
	if len(got) != len(sent) {
		t.Fatalf("%d attempts reached a provider, want %d", len(got), len(sent))
	}
	for i, g := range got {
		if string(g.Body) != sent[i] {
			t.Errorf("attempt %d received %s\nwant %s", i+1, g.Body, sent[i])
		}
	}
	expectClean(t, got)
}

// TestEffort: the candidates of a cascade are one model at two efforts and others without,
// all through the model's one cluster; a client's own setting stays on every attempt.
func TestEffort(t *testing.T) {
	s := effortful(t)
	chat := func(model, extra string) string {
		return strings.Replace(chatBody("Tell me about rivers.", extra), `"auto"`, model, 1)
	}
	const low, high = `"mid","reasoning_effort":"low"`, `"mid","reasoning_effort":"high"`
	message := func(limit, model, extra string) string {
		body := strings.Replace(messagesBody("Tell me about rivers.", extra), `"auto"`, model, 1)
		return strings.Replace(body, "4096", limit, 1)
	}
	for _, tt := range []struct {
		name, url, body             string
		weak                        []string // what of a body is refused
		model, attempts, escalation string
		effort                      string
		sent                        []string
	}{
		{"the first effort", s.chat(), chat(`"auto"`, ""), nil, "mid", "1", "", "low", []string{chat(low, "")}},
		{"a higher one of the same model", s.chat(), chat(`"auto"`, ""), []string{"low"}, "mid", "2", "refusal", "high", []string{chat(low, ""), chat(high, "")}},
		{"a model without", s.chat(), chat(`"auto"`, ""), []string{"low", "high"}, "gpt", "3", "refusal,refusal", "", []string{chat(low, ""), chat(high, ""), chat(`"gpt"`, "")}},
		{
			"the client's own", s.chat(), chat(`"auto"`, `, "reasoning_effort" : "medium"`),
			[]string{`"mid"`},
			"gpt", "2", "refusal", "",
			[]string{chat(`"mid"`, `, "reasoning_effort" : "medium"`), chat(`"gpt"`, `, "reasoning_effort" : "medium"`)},
		},
		{
			"a stream", s.chat(), chat(`"auto"`, `,"stream":true`),
			[]string{"low"},
			"mid", "2", "refusal", "high",
			[]string{
				chat(`"mid","stream_options":{"include_usage":true},"reasoning_effort":"low"`, `,"stream":true`),
				chat(`"mid","stream_options":{"include_usage":true},"reasoning_effort":"high"`, `,"stream":true`),
			},
		},
		{"by name", s.chat(), chat(`"mid@high"`, ""), nil, "mid", "1", "", "high", []string{chat(high, "")}},
		{"by name, the model alone", s.chat(), chat(`"mid"`, ""), nil, "mid", "1", "", "", []string{chat(`"mid"`, "")}},
		{"by name, against the client's own", s.chat(), chat(`"mid@high"`, `,"reasoning":{}`), nil, "mid", "1", "", "", []string{chat(`"mid"`, `,"reasoning":{}`)}},
		{
			"thinking by a budget", s.messages(), message("100", `"auto"`, ""),
			[]string{"haiku"},
			"claude", "2", "refusal", "high",
			[]string{message("100", `"haiku","output_config":{"effort":"low"}`, ""), message("8100", `"claude-20250514","thinking":{"type":"enabled","budget_tokens":8000}`, "")},
		},
		{
			"no thinking beside a temperature", s.messages(), message("100", `"auto"`, `,"temperature":0`),
			[]string{"haiku"},
			"claude", "2", "refusal", "",
			[]string{message("100", `"haiku","output_config":{"effort":"low"}`, `,"temperature":0`), message("100", `"claude-20250514"`, `,"temperature":0`)},
		},
		{
			"the client's own thinking", s.messages(), message("100", `"auto"`, `,"thinking":{"type":"disabled"}`),
			[]string{"haiku"},
			"claude", "2", "refusal", "",
			[]string{message("100", `"haiku"`, `,"thinking":{"type":"disabled"}`), message("100", `"claude-20250514"`, `,"thinking":{"type":"disabled"}`)},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, u := range s.upstreams() {
				refuseAt(u, tt.weak...)
			}
			before := len(s.received())
			r := post(t, tt.url, tt.body)
			if strings.Contains(tt.body, `"auto"`) {
				expectAnswer(t, r, tt.model, tt.attempts, tt.escalation)
			} else if got := r.header.Get("x-sluice-model"); r.status != 200 || got != tt.model {
				t.Errorf("%d by %s, want %s: %s", r.status, got, tt.model, r.body)
			}
			expectEffort(t, s, r, before, tt.effort, tt.sent...)
		})
	}
	t.Run("in the log", func(t *testing.T) {
		s.sluice.printed(t, `"effort":"high","model":"mid"|"effort":"high".*"model":"mid"`)
	})
	t.Run("in the list of models", func(t *testing.T) {
		r, err := client.Get(s.url + "/v1/models")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.Body.Close() }()
		list, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"mid", "mid@low", "mid@high", "claude@high"} {
			if !strings.Contains(string(list), `"`+name+`"`) {
				t.Errorf("no %s in %s", name, list)
			}
		}
	})
}

// TestEffortStays: a conversation keeps the effort, and its tool loop neither begins nor
// stops to think.
func TestEffortStays(t *testing.T) {
	s := effortful(t, "strategy: cascade", "strategy: auto\n  scorer: spec", "cascade:", "tier_models: {budget: small, standard: mid@low, premium: haiku@low, flagship: claude@high}\n  cascade:")
	ask := func(t *testing.T, want, effort string, messages ...string) string {
		t.Helper()
		r := post(t, s.messages(), `{"max_tokens":4096,"model":"auto","tools":[{"name":"Bash","input_schema":{"type":"object"}}],"messages":[`+strings.Join(messages, ",")+`]}`, inSession)
		if r.status != 200 || r.header.Get("x-sluice-model") != want || r.header.Get("x-sluice-effort") != effort {
			t.Fatalf("%d by %s at %q, because of %s: %s", r.status, r.header.Get("x-sluice-model"), r.header.Get("x-sluice-effort"), r.header.Get("x-sluice-reason"), r.body)
		}
		return string(r.body)
	}
	const (
		call    = `{"type":"tool_use","id":"t1","name":"Bash","input":{}}`
		thought = `{"type":"thinking","thinking":"hm","signature":"c2lnbmVk"}`
		result  = `{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"fine"}]}`
	)
	loop := func(blocks string) string { return `{"role":"assistant","content":[` + blocks + `]},` + result }
	if body := ask(t, "claude", "high", user(hardest)); !strings.Contains(body, `"thinking"`) {
		t.Errorf("the answer did not think: %s", body)
	}
	ask(t, "claude", "high", user(hardest), loop(thought+","+call))
	ask(t, "claude", "high", user(hardest), loop(thought+","+call), loop(call))
	t.Run("a client that drops what was thought", func(t *testing.T) {
		ask(t, "claude", "", user(hardest), loop(call))
		ask(t, "claude", "high", user(hardest), loop(call), `{"role":"assistant","content":"Done."}`, user(hardest))
	})
}
