package routing_test

import (
	"errors"
	"strings"
	"testing"

	"sluice/routing"
)

// TestAssume: a capability decides only where a model that speaks the format declares it; else
// those with the best sign of it are assumed to have it.
func TestAssume(t *testing.T) {
	both := &routing.Provider{Formats: []routing.Format{routing.OpenAI, routing.Anthropic}}
	anthropic := &routing.Provider{Formats: []routing.Format{routing.Anthropic, routing.OpenAI}}
	openai := &routing.Provider{Formats: []routing.Format{routing.OpenAI}}
	const (
		chat     = routing.OpenAIChat
		messages = routing.AnthropicMessages
		text     = routing.Tools | routing.JSON
		eyes     = text | routing.Vision
	)
	for _, tt := range []struct {
		name    string
		a, b, c routing.Capabilities // c speaks OpenAI's format alone, and b's own is Anthropic's
		api     routing.API
		needs   routing.Capabilities
		want    string
	}{
		{"documents, to one that sees", text, eyes, text, chat, routing.Documents, "b"},
		{"documents, nobody sees", text, 0, text, chat, routing.Documents, "a b c"},
		{"documents, declared", text, eyes, eyes | routing.Documents, chat, routing.Documents, "c"},
		{"documents, declared in another format", text, eyes, routing.Documents, messages, routing.Documents, "b"},
		{"documents, declared by a text model", text | routing.Documents, eyes, eyes, chat, routing.Documents, "a"},
		{"sound, to one that sees", text, eyes, text, chat, routing.AudioInput, "b"},
		{"sound, to one that watches", text, eyes, eyes | routing.Video, chat, routing.AudioInput, "c"},
		{"to speak, one that hears", text | routing.AudioInput, eyes, text, chat, routing.AudioOutput, "a"},
		{"to draw, one that sees", text, eyes, text, chat, routing.ImageOutput, "b"},
		{"video, to one that sees", text, eyes, text, chat, routing.Video, "b"},
		{"images must be declared", text, text, text, chat, routing.Vision, ""},
		{"thinking, nobody says", text, eyes, text, messages, routing.TakesThinking | routing.TakesEffort, "a b"},
		{"thinking, declared", text, eyes | routing.TakesThinking, text, messages, routing.TakesThinking | routing.TakesEffort, "b"},
		{"effort, declared in the other format", text, eyes, text | routing.TakesEffort, messages, routing.TakesEffort, "a b"},
		{"a schema, as JSON", text, routing.Tools, text, chat, routing.JSON | routing.StructuredOutput, "a c"},
		{"a schema, declared", text, eyes | routing.StructuredOutput, text, chat, routing.JSON | routing.StructuredOutput, "b"},
		{"search, to one with tools", text, 0, text, chat, routing.WebSearch, "a c"},
		{"search, to one whose format it is", text, text, text, messages, routing.WebSearch, "b"},
		{"search, to an imitation", text, 0, text, messages, routing.WebSearch, "a"},
		{"search, declared", text, text, routing.WebSearch, chat, routing.WebSearch, "c"},
		{"a provider's tools, to one that searches", text, text | routing.WebSearch, text, messages, routing.Tools | routing.ProviderTools, "b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			models := []*routing.Model{
				{Name: "a", Provider: both, Capabilities: tt.a},
				{Name: "b", Provider: anthropic, Capabilities: tt.b},
				{Name: "c", Provider: openai, Capabilities: tt.c},
			}
			for range 2 { // the second time changes nothing
				routing.Assume(models)
			}
			var able []string
			for _, m := range models {
				if routing.Unfit(m, &routing.Request{API: tt.api, Needs: tt.needs}, &routing.Signals{}) == "" {
					able = append(able, m.Name)
				}
			}
			if got := strings.Join(able, " "); got != tt.want {
				t.Errorf("%q can serve it, want %q", got, tt.want)
			}
		})
	}
}

// TestDoneWithout: where no model has all that a request needs, as little as possible is left
// out; but tools and images are not.
func TestDoneWithout(t *testing.T) {
	p := &routing.Provider{Formats: []routing.Format{routing.OpenAI, routing.Anthropic}}
	reader := &routing.Model{Name: "reader", Provider: p, Tier: routing.Budget, Capabilities: routing.Documents | routing.Vision}
	worker := &routing.Model{Name: "worker", Provider: p, Tier: routing.Standard, Capabilities: routing.Tools | routing.JSON, MaxOutput: 8000}
	thinker := &routing.Model{Name: "thinker", Provider: p, Tier: routing.Premium, Capabilities: routing.Tools | routing.TakesThinking, MaxOutput: 32000}
	models := []*routing.Model{reader, worker, thinker}
	routing.Assume(models)
	for _, tt := range []struct {
		name   string
		needs  routing.Capabilities
		budget int // of thinking
		capped bool
		want   string
	}{
		{"one that reads", routing.Documents, 0, false, "reader"},
		{"a document and tools", routing.Documents | routing.Tools, 0, false, "worker thinker"},
		{"a document and thinking", routing.Documents | routing.TakesThinking, 0, false, "reader"},
		{"JSON and thinking", routing.JSON | routing.TakesThinking, 0, false, "worker"},
		{"a document and images", routing.Documents | routing.Vision, 0, false, "reader"},
		{"images and tools", routing.Vision | routing.Tools, 0, false, "no model"},
		{"thinking that the budgets forbid", routing.Tools | routing.TakesThinking, 0, true, "worker"},
		{"room to think", routing.Tools, 10_000, false, "thinker"},
		{"room to think that nobody has", routing.Tools, 60_000, false, "worker thinker"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := routing.NewRouter(routing.Options{
				Models: models, Policies: map[string]routing.Policy{"p": proposal{tier: routing.Budget, models: models[:0]}}, Strategy: "p", Attempts: 3,
			}).Route(&routing.Request{
				API: routing.AnthropicMessages, Messages: 1, Needs: tt.needs, MaxTokens: 64_000, ThinkBudget: tt.budget, Allowance: routing.Allowance{Capped: tt.capped},
			})
			var names []string
			for _, m := range d.Candidates {
				names = append(names, m.Name)
			}
			got := strings.Join(names, " ")
			if _, none := errors.AsType[*routing.NoCandidateError](err); none {
				got, err = "no model", nil
			}
			if err != nil || got != tt.want {
				t.Errorf("%s, %v; want %s", got, err, tt.want)
			}
		})
	}
}

func TestDefaultLimitKey(t *testing.T) {
	for _, tt := range []struct {
		name, host string
		want       routing.LimitKey
	}{
		{"o1", "api.openai.com", routing.MaxCompletionTokens},
		{"o3-mini-2025-01-31", "x.openai.azure.com", routing.MaxCompletionTokens},
		{"openai/o4-mini", "openrouter.ai", routing.MaxCompletionTokens},
		{"GPT-5.1", "api.openai.com", routing.MaxCompletionTokens},
		{"gpt-5", "", routing.MaxCompletionTokens},
		{"gpt-4o", "api.openai.com", ""},
		{"gpt-50", "", ""},
		{"o1x", "", ""},
		{"mistral-small-latest", "api.mistral.ai", routing.MaxTokens},
		{"mistral-small", "127.0.0.1:8000", ""},
		{"deepseek-chat", "API.deepseek.com:443", routing.MaxTokens},
		{"llama-3.2-3b", "127.0.0.1:8000", ""},
	} {
		if got := routing.DefaultLimitKey(tt.name, tt.host); got != tt.want {
			t.Errorf("%s at %s: %q, want %q", tt.name, tt.host, got, tt.want)
		}
	}
}
