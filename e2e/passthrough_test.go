package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sluice/cmd/sluice/simulator"
)

// TestPassthrough: a request that Sluice does not route reaches its model's provider unchanged.
func TestPassthrough(t *testing.T) {
	s := startStack(t)
	for _, tt := range []struct {
		name, path, body, upstreamPath string
		to                             *upstream
	}{
		{"named model", "/v1/chat/completions", `{ "model" : "mid" , "messages":[{"role":"user","content":"[[mid: short]]"}], "n": 1e0}`, "/openai/v1/chat/completions", s.openai},
		{"anthropic", "/v1/messages?beta=true", `{"max_tokens":5,"model":"claude-20250514","messages":[{"role":"user","content":"hi"}]}`, "/v1/messages?beta=true", s.anthropic},
		{"count tokens", "/v1/messages/count_tokens", `{"model":"claude-20250514","messages":[{"role":"user","content":"hi"}]}`, "/v1/messages/count_tokens", s.anthropic},
		{"responses", "/v1/responses", `{"model":"gpt","input":"hi"}`, "/openai/v1/responses", s.openai},
		{"input tokens", "/v1/responses/input_tokens", `{"model":"gpt","input":"hi"}`, "/openai/v1/responses/input_tokens", s.openai},
		{"embeddings", "/v1/embeddings", `{"model":"mid","input":["a","b"]}`, "/openai/v1/embeddings", s.openai},
		{"completions", "/v1/completions", `{"model":"small","prompt":"once upon a time"}`, "/v1/completions", s.local},
		{"a failing model stays", "/v1/chat/completions", `{"model":"mid","messages":[{"role":"user","content":"[[mid: 503]]"}]}`, "/openai/v1/chat/completions", s.openai},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := len(s.received())
			r := post(t, s.url+tt.path, tt.body, "x-stainless-lang: kept", "accept-encoding: identity", "authorization: Bearer the-clients-own")
			got := s.received()[before:]
			if len(got) != 1 {
				t.Fatalf("%d requests: %d %s", len(got), r.status, r.body)
			}
			if string(got[0].Body) != tt.body || got[0].Path != tt.upstreamPath || got[0].Host != tt.to.address || got[0].Header.Get("x-stainless-lang") != "kept" {
				t.Errorf("received %s %s %s %v", got[0].Host, got[0].Path, got[0].Body, got[0].Header)
			}
			expectClean(t, got)
			if r.header.Get("x-sluice-model") == "" || r.header.Get("x-sluice-attempts") != "1" || r.header.Get("x-sluice-request-id") == "" {
				t.Errorf("headers %v", r.header)
			}
		})
	}
}

// TestCountTokens: a client counts tokens under the routed name that it asks for.
func TestCountTokens(t *testing.T) {
	s := startStack(t)
	const prompt = "How many tokens does this sentence have, and how many would it have in Korean?"
	for _, tt := range []struct {
		name, directives string
		status, sent     int
		estimated        bool
	}{
		{"by the provider", "", 200, 1, false},
		{"the first model's provider has no such endpoint", "[[haiku: 404]]", 200, 2, false},
		{"no provider has it", "[[haiku: 404]] [[claude-*: 501]]", 200, 2, true},
		{"providers are down", "[[haiku: 503]] [[claude-*: 429]]", 200, 2, true},
		{"the client's own mistake", "[[haiku: 400]]", 400, 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := len(s.received())
			r := post(t, s.url+"/v1/messages/count_tokens?beta=true", `{"model":"auto","messages":[`+user(prompt+" "+tt.directives)+`]}`)
			got := s.received()[before:]
			if r.status != tt.status || len(got) != tt.sent {
				t.Fatalf("%d after %d requests: %s", r.status, len(got), r.body)
			}
			for _, g := range got {
				if g.Host != s.anthropic.address || strings.Contains(string(g.Body), `"auto"`) || g.Path != "/v1/messages/count_tokens?beta=true" {
					t.Errorf("%s received %s %s", g.Host, g.Path, g.Body)
				}
			}
			var count struct {
				Tokens int `json:"input_tokens"`
			}
			if err := json.Unmarshal(r.body, &count); err != nil || tt.status == 200 && (count.Tokens < 10 || count.Tokens > 80) {
				t.Errorf("%s: %v", r.body, err)
			}
			if model := r.header.Get("x-sluice-model"); model == "" {
				t.Errorf("headers %v", r.header)
			}
		})
	}
}

// TestOtherPaths: what is no LLM call never enters the filter and reaches no provider.
func TestOtherPaths(t *testing.T) {
	s := startStack(t)
	r := post(t, s.url+"/v1/files", strings.Repeat("x", 3<<20))
	if r.status != 404 || !json.Valid(r.body) {
		t.Errorf("%d %s", r.status, r.body)
	}
	if n := len(s.received()); n != 0 {
		t.Errorf("%d requests reached a provider", n)
	}
}

// TestSpoofing: a client's x-sluice- headers have no effect and reach no provider.
func TestSpoofing(t *testing.T) {
	s := startStack(t)
	fields := []string{"x-sluice-strategy: hierarchical", "x-sluice-cluster: claude", "x-sluice-model: x", "x-sluice-escalate: y", "x-envoy-max-retries: 9"}
	r := post(t, s.chat(), chatBody("Tell me about rivers.", ""), fields...)
	expectAnswer(t, r, "small", "1", "")
	if got := r.header.Get("x-sluice-reason"); got != "cascade" {
		t.Errorf("reason %q", got)
	}
	expectClean(t, s.received())
	t.Run("allowed", func(t *testing.T) {
		s := startStack(t, "strategy: cascade", "strategy: cascade\n  allow_headers: [x-sluice-strategy]")
		r := post(t, s.chat(), chatBody("Tell me about rivers.", ""), fields...)
		expectAnswer(t, r, "small", "1", "")
		if got := r.header.Get("x-sluice-reason"); got != "complexity_0.00" {
			t.Errorf("reason %q", got)
		}
		expectClean(t, s.received())
	})
}

func TestBadInput(t *testing.T) {
	s := startStack(t)
	deep := `{"model":"auto","messages":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`
	for _, tt := range []struct {
		name, body string
		status     int
		code       string
	}{
		{"invalid JSON", `{"model":"auto","messages":[`, 400, "invalid_json"},
		{"not an object", `[1,2]`, 400, "invalid_json"},
		{"unknown model", `{"model":"gpt-99","messages":[{"role":"user","content":"hi"}]}`, 404, "model_not_found"},
		{"no model", `{"messages":[{"role":"user","content":"hi"}]}`, 400, "missing_model"},
		{"no messages", `{"model":"auto","messages":[]}`, 400, "empty_messages"},
		{"deep", deep, 400, "too_deep"},
		{"two models", `{"model":"auto","model":"claude","messages":[{"role":"user","content":"hi"}]}`, 400, "duplicate_key"},
		{"no body", ``, 400, "missing_body"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for path, anthropic := range map[string]bool{s.chat(): false, s.messages(): true} {
				r := post(t, path, tt.body)
				var shape struct {
					Type  string
					Error struct{ Type, Message, Code string }
				}
				if err := json.Unmarshal(r.body, &shape); err != nil {
					t.Fatalf("%d %s: %v", r.status, r.body, err)
				}
				if r.status != tt.status || shape.Error.Code != tt.code || shape.Error.Message == "" || shape.Error.Type == "" || anthropic != (shape.Type == "error") {
					t.Errorf("%d %s", r.status, r.body)
				}
				if r.header.Get("x-should-retry") != "false" {
					t.Errorf("headers %v", r.header)
				}
			}
		})
	}
	t.Run("invalid UTF-8", func(t *testing.T) {
		body := chatBody("Tell me about rivers \xff\xfe and hills", "")
		expectAnswer(t, post(t, s.chat(), body), "small", "1", "")
		got := s.local.received("small")
		if want := strings.Replace(body, `"auto"`, `"small"`, 1); string(got[len(got)-1].Body) != want {
			t.Errorf("received %q", got[len(got)-1].Body)
		}
	})
	if n := len(s.openai.Requests()) + len(s.anthropic.Requests()); n != 0 {
		t.Errorf("%d bad requests reached a provider", n)
	}
}

func TestModels(t *testing.T) {
	s := startStack(t)
	for _, anthropic := range []bool{false, true} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/v1/models", nil)
		if err != nil {
			t.Fatal(err)
		}
		if anthropic {
			req.Header.Set("anthropic-version", "2023-06-01")
		}
		r, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var page struct {
			Object string
			Data   []struct{ ID, Type, Object string }
		}
		err = json.NewDecoder(r.Body).Decode(&page)
		_ = r.Body.Close()
		var ids []string
		for _, m := range page.Data {
			ids = append(ids, m.ID)
		}
		if got := fmt.Sprint(ids); err != nil || got != "[auto sluice/auto small mid gpt claude haiku]" || (page.Object == "list") == anthropic {
			t.Errorf("anthropic %t: %v, %s, %+v", anthropic, err, got, page)
		}
	}
}

// TestSDKs: the providers' own SDKs, unchanged, with Sluice's address and the alias
// as the model.
func TestSDKs(t *testing.T) {
	s := startStack(t)
	checks := sdkChecks(t, s.url, "auto", "[[*: 429]]", "openai.models", "openai.chat", "openai.stream", "openai.tools", "openai.failure",
		"anthropic.models", "anthropic.chat", "anthropic.stream", "anthropic.tools", "anthropic.failure")
	if len(checks) != 10 {
		t.Errorf("%d checks ran", len(checks))
	}
	for name, c := range checks {
		_, check, _ := strings.Cut(name, ".")
		var wrong bool
		switch check {
		case "models":
			wrong = fmt.Sprint(c.Models) != "[auto sluice/auto small mid gpt claude haiku]"
		case "chat", "stream":
			wrong = !strings.HasPrefix(c.Text, "Simulated answer by small")
		case "tools":
			wrong = c.Tool != "weather" || !strings.HasPrefix(c.Text, "Simulated answer by small")
		case "failure":
			wrong = c.Status != 429 || !strings.Contains(c.Message, "every candidate failed")
		}
		if c.Error != "" || wrong {
			t.Errorf("%s saw %+v", name, c)
		}
	}
	var tried []simulator.Request
	for _, u := range s.upstreams() {
		for _, r := range u.Requests() {
			if strings.Contains(string(r.Body), "[[*: 429]]") {
				tried = append(tried, r)
			}
		}
	}
	if len(tried) != 6 {
		t.Errorf("%d attempts for two failing calls, want 6: the SDKs must not repeat them", len(tried))
	}
}
