package config_test

import (
	"testing"

	"sluice/routing"
	"sluice/routing/config"
	"sluice/routing/llmapi"
)

// TestBuiltInModels: by the built-in configuration a request goes to a model that can serve it,
// and no model of a public provider is asked for a longer answer than it gives.
func TestBuiltInModels(t *testing.T) {
	rt, err := config.Build(config.Default())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range rt.Router.Models() {
		if hosted := m.Provider.Name != "local"; hosted != (m.MaxOutput > 0) || m.MaxOutput > m.Context {
			t.Errorf("%s: answers of %d tokens, a context of %d", m.Name, m.MaxOutput, m.Context)
		}
	}
	const (
		hi       = `"messages":[{"role":"user","content":"hi"}]`
		document = `"messages":[{"role":"user","content":[{"type":"text","text":"hi"},{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AA"}}]}]`
		file     = `"messages":[{"role":"user","content":[{"type":"text","text":"hi"},{"type":"file","file":{"file_id":"f"}}]}]`
		sound    = `"messages":[{"role":"user","content":[{"type":"text","text":"hi"},{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}}]}]`
	)
	for _, tt := range []struct {
		name string
		api  routing.API
		body string
		want string
	}{
		{"words", routing.OpenAIChat, hi, "llama-3.2-3b"},
		{"32000 tokens at most", routing.OpenAIChat, hi + `,"max_tokens":32000,"tools":[{"type":"function","function":{"name":"f"}}]`, "gpt-4o-mini"},
		{"a PDF", routing.OpenAIChat, file, "gpt-4o-mini"},
		{"sound", routing.OpenAIChat, sound, "gemini-2.0-flash"},
		{"an effort", routing.OpenAIChat, hi + `,"reasoning_effort":"low"`, "o1"},
		{"a schema", routing.OpenAIChat, hi + `,"response_format":{"type":"json_schema","json_schema":{"schema":{}}}`, "gpt-4o-mini"},
		{"a PDF, Anthropic", routing.AnthropicMessages, document, "claude-sonnet-4"},
		{"thinking", routing.AnthropicMessages, hi + `,"max_tokens":32000,"thinking":{"type":"enabled","budget_tokens":31999}`, "claude-sonnet-4"},
		{"a search", routing.AnthropicMessages, hi + `,"tools":[{"type":"web_search_20250305","name":"web_search"}]`, "claude-sonnet-4"},
		{"an effort, Anthropic", routing.AnthropicMessages, hi + `,"output_config":{"effort":"low"}`, "llama-3.2-3b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req, err := llmapi.Read(tt.api, []byte(`{"model":"auto",`+tt.body+`}`))
			if err != nil {
				t.Fatal(err)
			}
			d, err := rt.Router.Route(&req)
			if err != nil || d.Model != tt.want {
				t.Errorf("%q, %v; want %s", d.Model, err, tt.want)
			}
		})
	}
}
