package routing_test

import (
	"testing"

	"sluice/routing"
)

// TestBinding: what one provider signed, or keeps, goes to nobody else, whatever the policy
// proposes.
func TestBinding(t *testing.T) {
	provider := func(name string, formats ...routing.Format) *routing.Provider {
		return &routing.Provider{Name: name, Formats: formats}
	}
	local := provider("local", routing.OpenAI, routing.Anthropic)
	vendor := provider("anthropic", routing.Anthropic, routing.OpenAI)
	google := provider("google", routing.OpenAI)
	model := func(name string, p *routing.Provider, tier routing.Tier, context int) *routing.Model {
		return &routing.Model{Name: name, UpstreamName: name, Provider: p, Tier: tier, Context: context, Capabilities: routing.Tools | routing.JSON}
	}
	llama, haiku := model("llama", local, routing.Budget, 0), model("claude-haiku", vendor, routing.Standard, 0)
	gemini, opus := model("gemini-pro", google, routing.Premium, 0), model("claude-opus", vendor, routing.Flagship, 8000)
	all := []*routing.Model{llama, haiku, gemini, opus}
	past := func(answered string) routing.Past { return routing.Past{Model: answered, Answered: answered} }
	for _, tt := range []struct {
		name   string
		models []*routing.Model // proposed; nil is all
		format routing.API
		req    routing.Request
		want   string
	}{
		{"nothing signed", nil, routing.OpenAIChat, routing.Request{Past: past("claude-opus")}, "llama claude-haiku gemini-pro claude-opus"},
		{"signed", nil, routing.OpenAIChat, routing.Request{Signed: true, Past: past("claude-opus")}, "claude-haiku claude-opus"},
		{"signed by another", nil, routing.OpenAIChat, routing.Request{Signed: true, Past: past("llama")}, "llama"},
		{"the last answer counts", nil, routing.OpenAIChat, routing.Request{Signed: true, Past: routing.Past{Model: "llama", Answered: "gemini-pro"}}, "gemini-pro"},
		{"none of the issuer is proposed", []*routing.Model{llama, gemini}, routing.AnthropicMessages, routing.Request{Signed: true, Past: past("claude-opus")}, "claude-haiku claude-opus"},
		{"structured output stays, too", nil, routing.AnthropicMessages, routing.Request{Signed: true, Needs: routing.JSON, Past: past("llama")}, "llama"},
		{"none of the issuer can serve it", nil, routing.OpenAIChat, routing.Request{Signed: true, Needs: routing.Vision, Past: past("gemini-pro")}, "gemini-pro"},
		{"unknown issuer, Anthropic's signature", nil, routing.AnthropicMessages, routing.Request{Signed: true, Signer: "anthropic"}, "claude-haiku claude-opus"},
		{"unknown issuer, Gemini's signature", nil, routing.OpenAIChat, routing.Request{Signed: true, Signer: "google"}, "gemini-pro"},
		{"unknown issuer, no such family: whose own format it is", nil, routing.AnthropicMessages, routing.Request{Signed: true, Signer: "nobody"}, "claude-haiku claude-opus"},
		{"unknown issuer, no sign of it: one provider", nil, routing.OpenAIChat, routing.Request{Signed: true}, "llama"},
		{"the issuer is configured no more", nil, routing.AnthropicMessages, routing.Request{Signed: true, Signer: "anthropic", Past: past("gone")}, "claude-haiku claude-opus"},
		{"kept by the provider", nil, routing.OpenAIChat, routing.Request{Owner: "resp_1", Past: past("gemini-pro")}, "gemini-pro"},
		{"kept by a model that is not proposed", []*routing.Model{llama}, routing.AnthropicMessages, routing.Request{Owner: "msg_1", Thread: true, Past: past("claude-opus")}, "claude-opus"},
		{"a thread begins where the format is the provider's own", nil, routing.AnthropicMessages, routing.Request{Thread: true}, "claude-haiku claude-opus"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			proposed := tt.models
			if proposed == nil {
				proposed = all
			}
			tt.req.API, tt.req.Messages = tt.format, 3
			d, err := routing.NewRouter(routing.Options{
				Models: all, Policies: map[string]routing.Policy{"p": proposal{tier: routing.Budget, models: proposed}}, Strategy: "p", Structured: gemini, Attempts: 4,
			}).Route(&tt.req)
			if err != nil {
				t.Fatal(err)
			}
			if got := candidates(&d); got != tt.want || d.Model != d.Candidates[0].Name {
				t.Errorf("%s, decided %s; want %s", got, d.Model, tt.want)
			}
		})
	}
	t.Run("a thread where only imitations of the format are configured", func(t *testing.T) {
		d, err := routing.NewRouter(routing.Options{
			Models: []*routing.Model{llama}, Policies: map[string]routing.Policy{"p": proposal{models: []*routing.Model{llama}}}, Strategy: "p", Attempts: 2,
		}).Route(&routing.Request{API: routing.AnthropicMessages, Messages: 1, Thread: true})
		if err != nil || d.Model != "llama" {
			t.Errorf("%s, %v", d.Model, err)
		}
	})
}
