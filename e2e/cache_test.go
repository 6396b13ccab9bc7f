package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// caching is a stack with a cache and clients told apart by their API keys.
func caching(t testing.TB, extra string, changes ...string) *stack {
	t.Helper()
	return startStack(t, append(changes, "state: {", "cache: {ttl: 1h"+extra+"}\nstate: {")...)
}

const (
	alice = "authorization: Bearer key-of-alice"
	bob   = "authorization: Bearer key-of-bob"
)

// expectCache expects what x-sluice-cache says, and that so many requests reached a
// provider since.
func (s *stack) expectCache(t *testing.T, r response, result string, reached int) {
	t.Helper()
	if r.status != 200 || r.err != nil || r.header.Get("x-sluice-cache") != result {
		t.Fatalf("status %d, error %v, cache %q, want %q: %s", r.status, r.err, r.header.Get("x-sluice-cache"), result, r.body)
	}
	if n := len(s.received()); n != reached {
		t.Fatalf("%d requests have reached a provider, want %d", n, reached)
	}
}

// streamOf reads a whole stream as a response.
func streamOf(t *testing.T, url, body string, fields ...string) response {
	t.Helper()
	st := openStream(t, url, body, fields...)
	_, err := st.rest()
	return response{st.status, st.header, st.raw.Bytes(), err}
}

func TestCache(t *testing.T) {
	s := caching(t, "")
	question := chatBody("Tell me about rivers.", "")
	first := post(t, s.chat(), question, alice)
	s.expectCache(t, first, "miss", 1)

	t.Run("hit", func(t *testing.T) {
		r := post(t, s.chat(), question, alice)
		s.expectCache(t, r, "hit", 1)
		if string(r.body) != string(first.body) || r.header.Get("content-type") != "application/json" || r.header.Get("age") == "" ||
			r.header.Get("x-sluice-model") != "small" || r.header.Get("x-sluice-cost") != "0.000000" || r.header.Get("x-sluice-request-id") == "" {
			t.Errorf("%v\n%s\nwant\n%s", r.header, r.body, first.body)
		}
		if n := s.envoy.stat(t, "cluster.small.upstream_rq_total"); n != 1 {
			t.Errorf("Envoy sent %d requests to the model", n)
		}
	})
	t.Run("another client", func(t *testing.T) {
		s.expectCache(t, post(t, s.chat(), question, bob), "miss", 2)
	})
	t.Run("no client", func(t *testing.T) {
		s.expectCache(t, post(t, s.chat(), question), "bypass", 3)
	})
	t.Run("a stream from a plain answer", func(t *testing.T) {
		r := streamOf(t, s.chat(), strings.TrimSuffix(question, "}")+streamed+"}", alice)
		s.expectCache(t, r, "hit", 3)
		if !strings.HasSuffix(string(r.body), "data: [DONE]\n\n") || r.header.Get("content-type") != "text/event-stream" || strings.Contains(string(r.body), `"usage":{`) {
			t.Errorf("%v\n%s", r.header, r.body)
		}
	})
	t.Run("the client's own words", func(t *testing.T) {
		private := chatBody("Tell me about my rivers.", "")
		s.expectCache(t, post(t, s.chat(), private, alice, "cache-control: no-store"), "miss", 4)
		s.expectCache(t, post(t, s.chat(), private, alice, "cache-control: no-store"), "miss", 5)
		s.expectCache(t, post(t, s.chat(), question, alice, "x-sluice-cache: bypass"), "bypass", 6)
		s.expectCache(t, post(t, s.chat(), question, alice, "cache-control: no-cache"), "miss", 7)
		s.expectCache(t, post(t, s.chat(), question, alice, "cache-control: max-age=100"), "hit", 7)
	})
	t.Run("another question", func(t *testing.T) {
		s.expectCache(t, post(t, s.chat(), chatBody("Tell me about rivers.", `,"temperature":0.9`), alice), "bypass", 8)
		s.expectCache(t, post(t, s.chat(), chatBody("Tell me about rivers.", `,"max_tokens":500`), alice), "miss", 9)
	})
	t.Run("errors and weak answers are not kept", func(t *testing.T) {
		for _, directive := range []string{"401", "refuse"} {
			body := chatBody("Tell me about rivers. [[*: "+directive+"]]", "")
			for range 2 {
				r := post(t, s.chat(), body, alice)
				if got := r.header.Get("x-sluice-cache"); got != "miss" {
					t.Errorf("%s: %q", directive, got)
				}
			}
		}
	})
	if saved := s.sluice.metric(t, "sluice_cache_total", `result="hit"`); saved != 3 {
		t.Errorf("%v hits counted", saved)
	}
}

// TestCacheOfStreams: a stream's answer is given again as it was sent, and as a body.
func TestCacheOfStreams(t *testing.T) {
	s := caching(t, "", "min_confidence: 0.8, capabilities", "price: {input: 10, output: 20}, capabilities")
	t.Run("openai", func(t *testing.T) {
		question := chatBody("Tell me about lakes.", streamed)
		first := streamOf(t, s.chat(), question, alice)
		s.expectCache(t, first, "miss", 1)
		eventually(t, func() error {
			again := streamOf(t, s.chat(), question, alice)
			if again.header.Get("x-sluice-cache") != "hit" {
				return fmt.Errorf("not kept yet")
			}
			if string(again.body) != string(first.body) {
				t.Errorf("replayed\n%s\nwant\n%s", again.body, first.body)
			}
			return nil
		})
		reached := len(s.received())
		counted := streamOf(t, s.chat(), chatBody("Tell me about lakes.", streamed+`,"stream_options":{"include_usage":true}`), alice)
		s.expectCache(t, counted, "hit", reached)
		if n := strings.Count(string(counted.body), `"choices":[]`); n != 1 {
			t.Errorf("%d chunks of usage: %s", n, counted.body)
		}
		plain := post(t, s.chat(), chatBody("Tell me about lakes.", ""), alice)
		s.expectCache(t, plain, "hit", reached)
		if !strings.Contains(string(plain.body), "Simulated answer by small") {
			t.Errorf("%s", plain.body)
		}
		if saved := s.sluice.metric(t, "sluice_saved_usd_total", `by="cache"`); saved == 0 {
			t.Error("nothing counts as saved")
		}
	})
	t.Run("anthropic", func(t *testing.T) {
		reached := len(s.received())
		first := streamOf(t, s.messages(), messagesBody("Tell me about lakes.", streamed), alice)
		s.expectCache(t, first, "miss", reached+1)
		eventually(t, func() error {
			plain := post(t, s.messages(), messagesBody("Tell me about lakes.", ""), alice)
			if plain.header.Get("x-sluice-cache") != "hit" {
				return fmt.Errorf("not kept yet")
			}
			if !strings.Contains(string(plain.body), "Simulated answer by small") {
				t.Errorf("%s", plain.body)
			}
			return nil
		})
	})
	t.Run("SDKs", func(t *testing.T) {
		for range 2 { // asked again they read answers of the other form from the cache
			checks := sdkChecks(t, s.url, "auto", "[[*: 429]]", "openai.chat", "openai.stream", "anthropic.stream", "anthropic.chat")
			for name, c := range checks {
				if c.Error != "" || !strings.HasPrefix(c.Text, "Simulated answer by small") || c.Tokens < 20 {
					t.Errorf("%s saw %+v", name, c)
				}
			}
			if len(checks) != 4 {
				t.Errorf("%d checks ran", len(checks))
			}
		}
		if n := s.sluice.metric(t, "sluice_cache_total", `result="hit"`); n < 6 {
			t.Errorf("%v hits", n)
		}
	})
}

// TestCacheWaits: identical requests at the same time are one request to the provider.
func TestCacheWaits(t *testing.T) {
	s := caching(t, ", wait: 3s, scope: everyone")
	answers := crowd(t, s.chat(), 20, func(int) string { return chatBody("Tell me about rivers. [[small: delay=300ms]]", "") })
	for _, r := range answers {
		if r.status != 200 || r.err != nil || string(r.body) != string(answers[0].body) {
			t.Fatalf("%d %s, %v", r.status, r.body, r.err)
		}
	}
	if n := len(s.received()); n != 1 {
		t.Errorf("%d requests reached the provider", n)
	}
}
