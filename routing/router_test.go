package routing_test

import (
	"errors"
	"strings"
	"testing"

	"sluice/routing"
)

// proposal is a policy that proposes the same models to everybody.
type proposal struct {
	tier   routing.Tier
	models []*routing.Model
	fixed  bool
}

func (p proposal) Decide(*routing.Request) routing.Decision {
	d := routing.Decision{Tier: p.tier, Candidates: p.models, Fixed: p.fixed, Signals: routing.Signals{Tokens: 1000}}
	if len(p.models) > 0 {
		d.Model = p.models[0].Name
	}
	return d
}

func TestRoute(t *testing.T) {
	both := &routing.Provider{Name: "both", Formats: []routing.Format{routing.OpenAI, routing.Anthropic}}
	openai := &routing.Provider{Name: "openai", Formats: []routing.Format{routing.OpenAI}}
	model := func(name string, p *routing.Provider, tier routing.Tier, context int, price float64, c routing.Capabilities) *routing.Model {
		return &routing.Model{Name: name, UpstreamName: name, Provider: p, Tier: tier, Context: context, Price: routing.Price{Input: price}, Capabilities: c}
	}
	const all = routing.Tools | routing.Vision | routing.JSON
	small := model("small", both, routing.Budget, 0, 0, 0)
	mid := model("mid", openai, routing.Standard, 8000, 1, routing.Tools|routing.JSON)
	cheap := model("cheap", both, routing.Premium, 0, 2, all)
	dear := model("dear", both, routing.Premium, 0, 9, all)
	top := model("top", both, routing.Flagship, 4000, 20, all)
	models := []*routing.Model{top, dear, cheap, mid, small}

	route := func(p proposal, r *routing.Request, structured *routing.Model, attempts int) (routing.Decision, error) {
		r.Messages = 1
		return routing.NewRouter(routing.Options{
			Models: models, Policies: map[string]routing.Policy{"p": p}, Strategy: "p", Structured: structured, Attempts: attempts,
		}).Route(r)
	}
	ladder := proposal{tier: routing.Budget, models: []*routing.Model{small, mid, top}}
	tests := []struct {
		name       string
		policy     proposal
		req        routing.Request
		structured *routing.Model
		attempts   int
		want       string
		tier       routing.Tier
	}{
		{"as proposed", ladder, routing.Request{}, nil, 3, "small mid top", routing.Budget},
		{"attempts are capped", ladder, routing.Request{}, nil, 2, "small mid", routing.Budget},
		{"tools", ladder, routing.Request{Needs: routing.Tools}, nil, 3, "mid top", routing.Standard},
		{"images", ladder, routing.Request{Needs: routing.Vision}, nil, 3, "top", routing.Flagship},
		{"format", ladder, routing.Request{API: routing.AnthropicMessages, Needs: routing.Tools}, nil, 3, "top", routing.Flagship},
		{"context holds the answer too", ladder, routing.Request{MaxTokens: 3500}, nil, 3, "small mid", routing.Budget},
		{"others stand in, the proposed tier first", proposal{tier: routing.Standard, models: []*routing.Model{mid}}, routing.Request{API: routing.AnthropicMessages}, nil, 3, "cheap dear top", routing.Premium},
		{"no mode for JSON", proposal{tier: routing.Budget, models: []*routing.Model{small}}, routing.Request{Needs: routing.JSON, MaxTokens: 1 << 20}, nil, 3, "cheap dear", routing.Premium},
		{"nothing as strong", proposal{tier: routing.Flagship, models: []*routing.Model{top}}, routing.Request{MaxTokens: 5000}, nil, 3, "dear", routing.Premium},
		{"one stands in for a fixed one", proposal{tier: routing.Budget, models: []*routing.Model{small}, fixed: true}, routing.Request{Needs: routing.Tools}, nil, 3, "mid", routing.Standard},
		{"a structured model behind", ladder, routing.Request{Needs: routing.JSON}, dear, 3, "mid top dear", routing.Standard},
		{"once", ladder, routing.Request{Needs: routing.JSON}, top, 3, "mid top", routing.Standard},
		{"not where the candidates are fixed", proposal{models: []*routing.Model{mid}, fixed: true}, routing.Request{Needs: routing.JSON}, dear, 3, "mid", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.req.API == 0 {
				tt.req.API = routing.OpenAIChat
			}
			d, err := route(tt.policy, &tt.req, tt.structured, tt.attempts)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, m := range d.Candidates {
				names = append(names, m.Name)
			}
			if got := strings.Join(names, " "); got != tt.want || d.Model != names[0] || d.Tier != tt.tier {
				t.Errorf("candidates %s, model %s, tier %s; want %s, tier %s", got, d.Model, d.Tier, tt.want, tt.tier)
			}
		})
	}
	t.Run("nobody", func(t *testing.T) {
		_, err := route(ladder, &routing.Request{API: routing.OpenAIChat, Needs: routing.Logprobs}, nil, 3)
		var none *routing.NoCandidateError
		if !errors.As(err, &none) || !strings.Contains(err.Error(), "logprobs") || !strings.Contains(err.Error(), "1000") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("unknown strategy", func(t *testing.T) {
		_, err := route(ladder, &routing.Request{API: routing.OpenAIChat, Strategy: "q"}, nil, 3)
		var unknown *routing.UnknownStrategyError
		if !errors.As(err, &unknown) || err.Error() != `unknown strategy "q"; expected one of p` {
			t.Errorf("error %v", err)
		}
	})
	t.Run("the proposal is not written to", func(t *testing.T) {
		shared := []*routing.Model{small, mid, top}
		p := proposal{models: shared[:2]}
		if _, err := route(p, &routing.Request{API: routing.OpenAIChat, Needs: routing.JSON}, dear, 3); err != nil {
			t.Fatal(err)
		}
		if shared[0] != small || shared[1] != mid || shared[2] != top {
			t.Error("it is")
		}
	})
}

func TestNames(t *testing.T) {
	m := &routing.Model{Name: "claude", UpstreamName: "claude-20250514"}
	r := routing.NewRouter(routing.Options{Models: []*routing.Model{m}, Route: []string{"auto"}, Attempts: 1})
	if r.Named("claude") != m || r.Named("claude-20250514") != m || r.Named("other") != nil {
		t.Error("a model goes by both of its names")
	}
	if !r.Routes("auto") || r.Routes("claude") {
		t.Error("only the alias is routed")
	}
	if all := routing.NewRouter(routing.Options{Route: []string{"*"}, Attempts: 1}); !all.Routes("anything") {
		t.Error(`"*" is every name`)
	}
}

func TestProviderPath(t *testing.T) {
	for _, tt := range []struct {
		base    string
		first   routing.Format
		path    string
		provide string
	}{
		{"/v1", routing.OpenAI, "/v1/chat/completions", "/v1/chat/completions"},
		{"/v1beta/openai", routing.OpenAI, "/v1/chat/completions?a=b", "/v1beta/openai/chat/completions?a=b"},
		{"/v1", routing.OpenAI, "/v1/messages", "/v1/messages"},
		{"", routing.Anthropic, "/v1/messages?beta=true", "/v1/messages?beta=true"},
		{"", routing.Anthropic, "/v1/chat/completions", "/v1/chat/completions"},
		{"/proxy", routing.Anthropic, "/v1/messages", "/proxy/v1/messages"},
	} {
		p := &routing.Provider{Base: tt.base, Formats: []routing.Format{tt.first}}
		if got := p.Path(tt.path); got != tt.provide {
			t.Errorf("%s, %s first: %s, want %s", tt.base, tt.first, got, tt.provide)
		}
	}
}
