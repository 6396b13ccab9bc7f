package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestForwarded: a provider gets the headers and query parameters that are known to matter to
// it, on every attempt, and nothing else of a client's.
func TestForwarded(t *testing.T) {
	s := startStack(t, "access_log: off", "access_log: off, forward_headers: [x-acme]")
	secrets := []string{
		"authorization", "x-api-key", "api-key", "cookie", "x-goog-api-key", "ocp-apim-subscription-key", "x-auth-token", "x-litellm-api-key",
		"x_api_key", "proxy-authorization", "openai-organization", "forwarded", "x-real-ip", "x-forwarded-for", "true-client-ip", "cf-access-client-secret",
		"x-custom", "x-amz-security-token",
	}
	kept := []string{"x-acme", "anthropic-beta", "x-stainless-lang", "idempotency-key", "user-agent", "traceparent"}
	var fields []string
	for _, h := range secrets {
		fields = append(fields, h+": the-clients-own")
	}
	for _, h := range kept {
		fields = append(fields, h+": kept")
	}
	for _, query := range []string{"", "?beta=true", "?key=the-clients-own&beta=true", "?beta=true&api_key=the-clients-own", "?access_token=the-clients-own", "?beta=the%2Down;x"} {
		r := post(t, s.chat()+query, chatBody("Tell me about rivers. [[small: refuse]]", ""), fields...)
		expectAnswer(t, r, "mid", "2", "refusal")
	}
	got := s.received()
	if len(got) != 12 {
		t.Fatalf("%d requests reached the providers, want 12", len(got))
	}
	expectClean(t, got)
	for _, g := range got {
		for name := range g.Header {
			if slices.Contains(secrets, strings.ToLower(name)) && !strings.EqualFold(name, "authorization") { // the provider's own
				t.Errorf("%s received %s: %s", g.Model, name, g.Header[name])
			}
		}
		for _, name := range kept {
			if g.Header.Get(name) != "kept" {
				t.Errorf("%s did not receive %s: %v", g.Model, name, g.Header)
			}
		}
		path, query, _ := strings.Cut(g.Path, "?")
		if !strings.HasSuffix(path, "/v1/chat/completions") || strings.Contains(query, "own") && !strings.HasPrefix(query, "beta=the%2Down") {
			t.Errorf("%s was called at %s", g.Model, g.Path)
		}
	}
}

// TestProviderHeaders: headers of a provider that only Sluice may set have no effect and reach
// nobody, plain and streamed.
func TestProviderHeaders(t *testing.T) {
	var mu sync.Mutex
	calls := 0
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		calls++
		mu.Unlock()
		body, _ := io.ReadAll(r.Body)
		for _, name := range []string{"x-sluice-escalate", "x-sluice-cost", "x-sluice-cache", "x-sluice-debug", "x-sluice-foo", "x-should-retry"} {
			w.Header().Set(name, "theirs")
		}
		w.Header().Set("x-ratelimit-remaining-requests", "7")
		if strings.Contains(string(body), `"stream":true`) {
			w.Header().Set("content-type", "text/event-stream")
			_, _ = io.WriteString(w, `data: {"choices":[{"index":0,"delta":{"content":"Rivers flow from mountains to the sea."},"finish_reason":null}]}`+"\n\n"+
				`data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n")
			return
		}
		w.Header().Set("content-type", "application/json")
		_, _ = io.WriteString(w, `{"choices":[{"index":0,"message":{"role":"assistant","content":"Rivers flow from mountains to the sea."},"finish_reason":"stop"}]}`)
	}))
	t.Cleanup(provider.Close)
	s := startStack(t, "http://LOCAL/v1", provider.URL+"/v1")
	for _, stream := range []string{"", `,"stream":true`} {
		r := post(t, s.chat(), chatBody("Tell me about rivers.", stream))
		if r.status != 200 || r.header.Get("x-sluice-model") != "small" || r.header.Get("x-sluice-attempts") != "1" || r.header.Get("x-ratelimit-remaining-requests") != "7" {
			t.Errorf("%d, %v", r.status, r.header)
		}
		for name, values := range r.header {
			if slices.Contains(values, "theirs") {
				t.Errorf("the provider's %s reached the client", name)
			}
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if calls != 2 || len(s.received()) != 0 {
		t.Errorf("the provider was asked %d times, the others %d times", calls, len(s.received()))
	}
}
