package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"sluice/cmd/sluice/simulator"
)

// expectAnswer expects a good answer of one model, and nothing of another's.
func expectAnswer(t *testing.T, r response, model, attempts, escalation string) {
	t.Helper()
	if r.status != 200 || r.err != nil {
		t.Fatalf("status %d, error %v: %s\n%v", r.status, r.err, r.body, r.header)
	}
	for name, want := range map[string]string{
		"x-sluice-model": model, "x-sluice-attempts": attempts, "x-sluice-escalation": escalation,
	} {
		if got := r.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"x-sluice-tier", "x-sluice-domain", "x-sluice-reason", "x-sluice-request-id"} {
		if r.header.Get(name) == "" {
			t.Errorf("no header %s", name)
		}
	}
	if r.header.Get("x-sluice-escalate") != "" || r.header.Get("x-sluice-cluster") != "" {
		t.Errorf("internal headers reach the client: %v", r.header)
	}
	if n := strings.Count(string(r.body), "Simulated answer by"); n > 1 {
		t.Errorf("%d answers in one: %s", n, r.body)
	}
}

// Directives that make a model write a tool call, and its thoughts, into the text.
const (
	callAsText   = "say=%3Ctool_call%3E%7B%22name%22%3A%22weather%22%2C%22arguments%22%3A%7B%7D%7D"
	thoughtFirst = "say=%3Cthink%3EI+cannot+help+with+that.%3C%2Fthink%3EEvery+river+rises+in+the+hills+and+flows+to+the+sea."
)

// TestVerdicts: each kind of weak answer makes Envoy retry on the next model (or the
// structured one), and the client sees no byte of the rejected answer.
func TestVerdicts(t *testing.T) {
	s := startStack(t)
	const (
		asJSON   = `,"response_format":{"type":"json_object"}`
		schema   = `,"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}`
		tools    = `,"tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}]`
		logprobs = `,"logprobs":true`
	)
	for _, tt := range []struct{ directive, extra, model, attempts, escalation string }{
		{"refuse", "", "mid", "2", "refusal"},
		{"empty", "", "mid", "2", "empty"},
		{"short", "", "mid", "2", "too_short"},
		{"truncate", "", "mid", "2", "length"},
		{"repeat", "", "mid", "2", "repetition"},
		{"broken-json", asJSON, "gpt", "2", "json"},
		{"wrong-json", schema, "gpt", "2", "schema"},
		{"bad-arguments", tools, "mid", "2", "tool_arguments"},
		{callAsText, tools, "mid", "2", "tool_call_text"},
		{"confidence=0.3", logprobs, "mid", "2", "low_confidence"},
		{"error-in-200", "", "mid", "2", "provider_error"},
		{"429", "", "mid", "2", "rate_limited"},
		{"500", "", "mid", "2", "server_error"},
		{"503", "", "mid", "2", "server_error"},
		{"404", "", "mid", "2", "model_not_found"},
		{"context", "", "mid", "2", "context_length"},
		{"ok", "", "small", "1", ""},
		{thoughtFirst, "", "small", "1", ""},
		{"policy", "", "small", "1", ""},
		{"truncate", `,"max_tokens":50`, "small", "1", ""},
		{"confidence=0.9", logprobs, "small", "1", ""},
	} {
		t.Run(tt.directive+tt.extra[:min(9, len(tt.extra))], func(t *testing.T) {
			body := chatBody("Tell me about rivers and mountains. [[small: "+tt.directive+"]]", tt.extra)
			before := len(s.received())
			r := post(t, s.chat(), body, "authorization: Bearer the-clients-own", "cookie: session=1")
			expectAnswer(t, r, tt.model, tt.attempts, tt.escalation)
			if tt.escalation != "" && strings.Contains(string(r.body), "by small") {
				t.Errorf("the client sees the answer that was given up: %s", r.body)
			}
			got := s.received()[before:]
			if strconv.Itoa(len(got)) != tt.attempts {
				t.Fatalf("%d attempts reached a provider, want %s", len(got), tt.attempts)
			}
			for i, g := range got {
				model := []string{"small", tt.model}[i]
				if want := strings.Replace(body, `"auto"`, `"`+model+`"`, 1); string(g.Body) != want {
					t.Errorf("attempt %d received %s\nwant %s", i+1, g.Body, want)
				}
			}
			expectClean(t, got)
		})
	}
}

// expectClean expects that a provider saw its own key alone, and nothing of the
// router's or of Envoy's.
func expectClean(t *testing.T, got []simulator.Request) {
	t.Helper()
	for _, g := range got {
		own := map[string]string{"small": localKey, "mid": openaiKey, "gpt": openaiKey, "haiku": anthropicKey, "claude-20250514": anthropicKey}[g.Model]
		for name, values := range g.Header {
			v := strings.Join(values, " ")
			for _, key := range []string{localKey, openaiKey, anthropicKey, "the-clients-own", "session=1"} {
				if strings.Contains(v, key) && key != own {
					t.Errorf("%s received %s: %s", g.Model, name, v)
				}
			}
			if n := strings.ToLower(name); strings.HasPrefix(n, "x-sluice") || strings.HasPrefix(n, "x-envoy") {
				t.Errorf("%s received %s: %s", g.Model, name, v)
			}
		}
	}
}

func TestErrorsThatStay(t *testing.T) {
	s := startStack(t)
	for _, status := range []int{400, 401} {
		r := post(t, s.chat(), chatBody(fmt.Sprintf("Tell me about rivers. [[small: %d]]", status), ""))
		if r.status != status || r.header.Get("x-sluice-model") != "small" || r.header.Get("x-sluice-attempts") != "1" {
			t.Errorf("%d became %d: %s, %v", status, r.status, r.body, r.header)
		}
	}
}

func TestThreeStepClimb(t *testing.T) {
	s := startStack(t)
	t.Run("openai", func(t *testing.T) {
		body := chatBody("Tell me about rivers. [[small: refuse]] [[mid: 500]]", "")
		before := len(s.received())
		r := post(t, s.chat(), body)
		expectAnswer(t, r, "haiku", "3", "refusal,server_error")
		got := s.received()[before:]
		expectClean(t, got)
		var paths []string
		for i, g := range got {
			if want := strings.Replace(body, `"auto"`, `"`+[]string{"small", "mid", "haiku"}[i]+`"`, 1); string(g.Body) != want {
				t.Errorf("attempt %d received %s", i+1, g.Body)
			}
			paths = append(paths, g.Path)
			if host := s.upstreams()[i].address; g.Host != host {
				t.Errorf("attempt %d went to host %s, want %s", i+1, g.Host, host)
			}
		}
		if p := strings.Join(paths, " "); p != "/v1/chat/completions /openai/v1/chat/completions /v1/chat/completions" {
			t.Errorf("paths %s", p)
		}
	})
	t.Run("anthropic", func(t *testing.T) {
		// mid speaks only the other format, so it is no candidate.
		r := post(t, s.messages(), messagesBody("Tell me about rivers. [[small: refuse]] [[haiku: 529]]", ""), "anthropic-version: 2023-06-01", "x-api-key: the-clients-own")
		expectAnswer(t, r, "claude", "3", "refusal,server_error")
		if v := r.header.Get("x-sluice-cost"); v == "" || v == "0.000000" {
			t.Errorf("cost %q", v)
		}
	})
}

func TestAllFail(t *testing.T) {
	s := startStack(t)
	type attempt struct {
		Model, Reason string
		Status        int
	}
	t.Run("openai", func(t *testing.T) {
		r := post(t, s.chat(), chatBody("Tell me about rivers. [[small: 500]] [[mid: 429]] [[haiku: error-in-200]]", ""))
		var shape struct {
			Error struct {
				Message, Type, Code string
				Attempts            []attempt
			}
		}
		if err := json.Unmarshal(r.body, &shape); err != nil {
			t.Fatalf("%s: %v", r.body, err)
		}
		e := shape.Error
		if r.status != 429 || e.Code != "all_tiers_failed" || fmt.Sprint(e.Attempts) != "[{small server_error 500} {mid rate_limited 429} {haiku provider_error 0}]" {
			t.Errorf("%d %s", r.status, r.body)
		}
		if r.header.Get("x-should-retry") != "" || r.header.Get("retry-after") != "1" || r.header.Get("x-sluice-attempts") != "3" || r.header.Get("x-sluice-escalation") != "server_error,rate_limited,provider_error" {
			t.Errorf("headers %v", r.header)
		}
	})
	t.Run("anthropic", func(t *testing.T) {
		r := post(t, s.messages(), messagesBody("Tell me about rivers. [[*: 529]]", ""))
		var shape struct {
			Type  string
			Error struct {
				Type, Message, Code string
				Attempts            []attempt
			}
		}
		if err := json.Unmarshal(r.body, &shape); err != nil {
			t.Fatalf("%s: %v", r.body, err)
		}
		if r.status != 529 || shape.Error.Type != "overloaded_error" || shape.Error.Code != "all_tiers_failed" || len(shape.Error.Attempts) != 3 || r.header.Get("x-should-retry") != "" {
			t.Errorf("%d %s", r.status, r.body)
		}
	})
	t.Run("no answer at all", func(t *testing.T) {
		s := startStack(t, "timeout: 2s", "timeout: 300ms", "timeout: 5s", "timeout: 300ms")
		for path, body := range map[string]string{s.chat(): chatBody("[[*: hang]]", ""), s.messages(): messagesBody("[[*: hang]]", "")} {
			r := post(t, path, body)
			var shape struct {
				Type  string
				Error struct {
					Code     string
					Attempts []attempt
				}
			}
			if err := json.Unmarshal(r.body, &shape); err != nil {
				t.Fatalf("%s: %v", r.body, err)
			}
			if r.status != 504 || shape.Error.Code != "all_tiers_failed" || len(shape.Error.Attempts) < 2 ||
				shape.Error.Attempts[0] != (attempt{"small", "timeout", 0}) || (path == s.messages()) != (shape.Type == "error") {
				t.Errorf("%d %s", r.status, r.body)
			}
			if r.header.Get("x-should-retry") != "false" || r.header.Get("x-sluice-request-id") == "" {
				t.Errorf("headers %v", r.header)
			}
		}
	})
}

func TestTimeout(t *testing.T) {
	s := startStack(t, "timeout: 2s", "timeout: 300ms")
	expectAnswer(t, post(t, s.chat(), chatBody("Tell me about rivers. [[small: hang]]", "")), "mid", "2", "timeout")
	t.Run("unreachable", func(t *testing.T) {
		if err := s.local.Close(); err != nil {
			t.Fatal(err)
		}
		expectAnswer(t, post(t, s.chat(), chatBody("Tell me about rivers.", "")), "mid", "2", "unreachable")
	})
}

// TestConcurrentEscalations: none of many simultaneous escalations is dropped.
func TestConcurrentEscalations(t *testing.T) {
	s := startStack(t, "timeout: 2s", "timeout: 15s", "timeout: 5s", "timeout: 15s")
	const n = 100
	var wg sync.WaitGroup
	got := make([]response, n)
	for i := range n {
		wg.Go(func() {
			got[i] = post(t, s.chat(), chatBody("Tell me about rivers. [[small: refuse]]", ""))
		})
	}
	wg.Wait()
	for _, r := range got {
		expectAnswer(t, r, "mid", "2", "refusal")
	}
	if dropped := s.envoy.stat(t, "cluster.small.upstream_rq_retry_overflow"); dropped != 0 {
		t.Errorf("%d retries were dropped", dropped)
	}
}

// TestLargeBodies: 5 MB both ways, judged whole and sent twice.
func TestLargeBodies(t *testing.T) {
	s := startStack(t, "timeout: 2s", "timeout: 15s", "timeout: 5s", "timeout: 15s")
	filler := strings.Repeat("All rivers run into the sea. ", 5<<20/29)
	body := chatBody("Tell me about rivers. [[small: refuse]] [[mid: big=5000000]] "+filler, "")
	before := len(s.received())
	r := post(t, s.chat(), body)
	expectAnswer(t, r, "mid", "2", "refusal")
	if len(r.body) < 5_000_000 {
		t.Errorf("answer of %d bytes", len(r.body))
	}
	for i, g := range s.received()[before:] {
		if want := strings.Replace(body, `"auto"`, `"`+[]string{"small", "mid"}[i]+`"`, 1); string(g.Body) != want {
			t.Errorf("attempt %d received %d bytes, want %d", i+1, len(g.Body), len(want))
		}
	}
	t.Run("over the limit", func(t *testing.T) {
		s := startStack(t, "limits: {", "limits: {request: 1MiB, ")
		for path, anthropic := range map[string]bool{s.chat(): false, s.messages(): true} {
			r := post(t, path, chatBody(filler, ""))
			var shape struct {
				Type  string
				Error struct{ Type, Message string }
			}
			if err := json.Unmarshal(r.body, &shape); err != nil || r.status != http.StatusRequestEntityTooLarge || shape.Error.Message == "" || anthropic != (shape.Type == "error") {
				t.Errorf("%d %s, %v", r.status, r.body, err)
			}
		}
		if n := len(s.received()); n != 0 {
			t.Errorf("%d requests reached a provider", n)
		}
	})
}
