package e2e

import (
	"strings"
	"testing"
)

// TestCapabilities: a document goes to the model that reads documents, and each attempt asks
// for as long an answer as its model can give, under the name that it knows.
func TestCapabilities(t *testing.T) {
	const tools = "capabilities: [tools, json]"
	s := startStack(t,
		"{name: small, provider: local, tier: budget, timeout: 2s, min_confidence: 0.8, "+tools, "{name: small, provider: local, tier: budget, timeout: 2s, max_output: 16384, "+tools,
		"{name: mid, provider: openai, tier: standard, timeout: 5s, "+tools, "{name: mid, provider: openai, tier: standard, timeout: 5s, upstream_name: o4-mini, "+tools,
		"{name: claude, provider: anthropic, tier: flagship, timeout: 5s, upstream_name: claude-20250514, "+tools, "{name: claude, provider: anthropic, tier: flagship, timeout: 5s, upstream_name: claude-20250514, capabilities: [tools, json, documents, thinking]",
	)
	const pdf = `{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0="}}`
	for _, tt := range []struct {
		name, url, body string
		models          string
		limits          []string // what of a body has the limit
	}{
		{"a document", s.messages(), strings.Replace(messagesBody("What does it say?", ""), `"}]`, `"},`+pdf+`]`, 1), "claude", []string{`"max_tokens":4096`}},
		{"a tool's document", s.messages(), strings.Replace(messagesBody("Read it.", ""), `]}]`, `]},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"Read","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[`+pdf+`]}]}]`, 1), "claude", []string{`"max_tokens":4096`}},
		{"a file", s.chat(), strings.Replace(chatBody("", ""), `""`, `[{"type":"text","text":"What does it say?"},{"type":"file","file":{"filename":"x.pdf","file_data":"data:application/pdf;base64,JVBERi0="}}]`, 1), "claude", []string{""}},
		{"a document of text", s.messages(), strings.Replace(messagesBody("What does it say?", ""), `"}]`, `"},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"Rivers."}}]`, 1), "small", []string{`"max_tokens":4096`}},
		{"thinking", s.messages(), messagesBody("Tell me about rivers.", `,"thinking":{"type":"enabled","budget_tokens":2048}`), "claude", []string{`"max_tokens":4096`}},
		{"an effort that nobody declares", s.chat(), chatBody("Tell me about rivers.", `,"reasoning_effort":"low"`), "small", []string{""}},
		{
			"a long answer", s.chat(), chatBody("Tell me about rivers. [[small: 500]] [[o4-mini: 500]]", `, "max_tokens" : 32000 ,"x":1.0`), "small mid haiku",
			[]string{`, "max_tokens" : 16384 ,"x":1.0`, `, "max_completion_tokens" : 32000 ,"x":1.0`, `, "max_tokens" : 32000 ,"x":1.0`},
		},
		{
			"a long stream", s.chat(), chatBody("Tell me about rivers. [[small: 500]]", `,"stream":true,"max_completion_tokens":32000`), "small mid",
			[]string{`,"max_completion_tokens":16384`, `,"max_completion_tokens":32000`},
		},
		{
			"a long answer, Anthropic", s.messages(), strings.Replace(messagesBody("Tell me about rivers. [[small: 500]]", ""), "4096", "32000", 1), "small haiku",
			[]string{`{"max_tokens":16384, "model"`, `{"max_tokens":32000, "model"`},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := len(s.received())
			r := post(t, tt.url, tt.body)
			got := s.received()[before:]
			models := strings.Fields(tt.models)
			if r.status != 200 || r.header.Get("x-sluice-model") != models[len(models)-1] || len(got) != len(models) {
				t.Fatalf("status %d, model %q, %d attempts; want those of %s\n%.300s", r.status, r.header.Get("x-sluice-model"), len(got), tt.models, r.body)
			}
			for i, want := range tt.limits {
				if body := string(got[i].Body); !strings.Contains(body, want) {
					t.Errorf("attempt %d received %s\nwant it with %s", i+1, body, want)
				}
			}
		})
	}
}
