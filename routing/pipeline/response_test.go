package pipeline

import (
	"iter"
	"strings"
	"testing"
	"time"

	"sluice/routing/verdict"
)

const goodAnswer = `{"id":"1","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Rivers carry water from the mountains to the sea, and shape the land that they cross."},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":20}}`

func noHeaders(func(string, string) bool) {}

func jsonHead(attempt, status int) Head {
	return Head{Attempt: attempt, Status: status, ContentType: "application/json", Headers: iter.Seq2[string, string](noHeaders)}
}

// deliver answers the first attempt of a plan with a good answer.
func deliver(t *testing.T, p *Pipeline, plan *Plan) {
	t.Helper()
	r := p.Respond(&Progress{Plan: plan}, jsonHead(1, 200))
	defer r.Close()
	if a := r.Start(t.Context(), false); a != nil {
		t.Fatalf("decided by the head: %+v", a)
	}
	if _, a := r.Feed(t.Context(), []byte(goodAnswer), true); a == nil || a.Kind != Deliver {
		t.Fatalf("action %+v", a)
	}
	r.Finish(t.Context())
}

// TestActions: what becomes of a response, without a stream to Envoy.
func TestActions(t *testing.T) {
	refusal := strings.Replace(goodAnswer, "Rivers carry water from the mountains to the sea, and shape the land that they cross.", "I'm sorry, but I can't help with that.", 1)
	for _, tt := range []struct {
		name    string
		attempt int
		status  int
		body    string
		kind    ActionKind
		reason  verdict.Reason
	}{
		{"good", 1, 200, goodAnswer, Deliver, ""},
		{"weak", 1, 200, refusal, Retry, verdict.Refusal},
		{"weak, the last one", 3, 200, refusal, Deliver, ""},
		{"no body", 1, 200, "", Retry, verdict.ProviderError},
		{"server error", 1, 503, `{"error":{"message":"overloaded"}}`, Retry, verdict.ServerError},
		{"server error, the last one", 3, 503, `{"error":{"message":"overloaded"}}`, Replace, ""},
		{"the client's fault", 1, 400, `{"error":{"message":"temperature must be a number","param":"temperature"}}`, Deliver, ""},
		{"unauthorized", 1, 401, "", Deliver, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := testPipeline(t, cascadeConfig, Stores{})
			plan := begin(t, p, chatCall(question))
			r := p.Respond(&Progress{Plan: plan}, jsonHead(tt.attempt, tt.status))
			defer r.Close()
			a := r.Start(t.Context(), tt.body == "")
			for i := 0; a == nil; i++ { // byte by byte: the verdict is the same
				_, a = r.Feed(t.Context(), []byte{tt.body[i]}, i == len(tt.body)-1)
			}
			if a.Kind != tt.kind || a.Reason != tt.reason {
				t.Errorf("action %d for %q, want %d for %q", a.Kind, a.Reason, tt.kind, tt.reason)
			}
			if a.Kind == Retry && len(a.Tried) != tt.attempt {
				t.Errorf("tried %v", a.Tried)
			}
			if a.Kind == Replace && (a.Status != 502 || !strings.Contains(string(a.Body), "all_tiers_failed")) {
				t.Errorf("%d: %s", a.Status, a.Body)
			}
		})
	}
}

// TestCutAtALoweredLimit: an answer that is cut off where the client wants it to be is good; it
// is not where the model could give no more than that.
func TestCutAtALoweredLimit(t *testing.T) {
	p := testPipeline(t, strings.Replace(cascadeConfig, "name: a,", "name: a, max_output: 100,", 1), Stores{})
	cut := strings.Replace(goodAnswer, `"stop"`, `"length"`, 1)
	for limit, want := range map[string]verdict.Reason{"50": "", "100": "", "101": verdict.Length} {
		plan := begin(t, p, chatCall(strings.Replace(question, "{", `{"max_tokens":`+limit+`,`, 1)))
		r := p.Respond(&Progress{Plan: plan}, jsonHead(1, 200))
		a := r.Start(t.Context(), false)
		if a == nil {
			_, a = r.Feed(t.Context(), []byte(cut), true)
		}
		if a.Reason != want {
			t.Errorf("limit %s: given up for %q, want %q", limit, a.Reason, want)
		}
		r.Close()
	}
}

// streaming begins a streamed request and the answer of its attempt.
func streaming(t *testing.T, p *Pipeline, attempt int) *ResponseAttempt {
	t.Helper()
	plan := begin(t, p, chatCall(strings.Replace(question, "{", `{"stream":true,`, 1)))
	r := p.Respond(&Progress{Plan: plan}, Head{Attempt: attempt, Status: 200, ContentType: "text/event-stream; charset=utf-8", Headers: noHeaders})
	t.Cleanup(r.Close)
	if a := r.Start(t.Context(), false); a != nil {
		t.Fatalf("action %+v", a)
	}
	return r
}

const (
	roleEvent    = `data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}` + "\n\n"
	thoughtEvent = `data: {"choices":[{"index":0,"delta":{"reasoning_content":"The user asks"}}]}` + "\n\n"
	wordEvent    = `data: {"choices":[{"index":0,"delta":{"content":"Rivers"}}]}` + "\n\n"
	callEvent    = `data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"1","function":{"name":"look","arguments":"{"}}]}}]}` + "\n\n"
)

// TestWaiting: how long a stream is waited for, and what becomes of it then. The time-out of
// the model is 1 s, a stream is held for 300 ms of words, and may be silent for 500 ms.
func TestWaiting(t *testing.T) {
	for _, tt := range []struct {
		name     string
		attempt  int
		events   []string // one each 100 ms, and then silence
		after    time.Duration
		kind     ActionKind
		reason   verdict.Reason
		released time.Duration // until the client is cut off
	}{
		{"nothing but headers", 1, nil, time.Second, Retry, verdict.Timeout, 0},
		{"comments", 1, []string{": a\n\n", ": b\n\n", ": c\n\n"}, time.Second, Retry, verdict.Timeout, 0},
		{"a role", 1, []string{roleEvent}, time.Second, Retry, verdict.Timeout, 0},
		{"blank text", 1, []string{strings.Replace(wordEvent, "Rivers", "\\n", 1)}, time.Second, Retry, verdict.Timeout, 0},
		{"thoughts", 1, []string{roleEvent, thoughtEvent}, time.Second, Deliver, "", time.Second},
		{"words, after comments", 1, []string{": a\n\n", ": b\n\n", wordEvent}, 600 * time.Millisecond, Deliver, "", 500 * time.Millisecond},
		{"a tool call", 1, []string{callEvent}, 400 * time.Millisecond, Deliver, "", 500 * time.Millisecond},
		{"nothing, and nobody is left", 3, nil, time.Second, Replace, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := testPipeline(t, strings.Replace(cascadeConfig, "cascade: [a, b, c]", "cascade: [a, b, c], limits: {stream_idle: 500ms}", 1)+"judge: {stream_hold: {time: 300ms}}\n", Stores{})
			now := time.UnixMilli(1_000_000)
			p.now = func() time.Time { return now }
			r := streaming(t, p, tt.attempt)
			start := now
			for _, e := range tt.events {
				now = now.Add(100 * time.Millisecond)
				if _, a := r.Feed(t.Context(), []byte(e), false); a != nil {
					t.Fatalf("%q decides: %+v", e, a)
				}
			}
			now = r.Deadline()
			a := r.Expire(t.Context())
			if a == nil || a.Kind != tt.kind || a.Reason != tt.reason || now.Sub(start) != tt.after {
				t.Fatalf("%+v after %v; want action %d for %q after %v", a, now.Sub(start), tt.kind, tt.reason, tt.after)
			}
			if a.Kind == Replace && a.Status != 504 {
				t.Errorf("status %d", a.Status)
			}
			if a.Kind != Deliver {
				return
			}
			now = now.Add(time.Minute)
			r.Feed(t.Context(), []byte(": still there\n\n"), false) // a sign of life
			if got := r.Deadline().Sub(now); got != tt.released {
				t.Errorf("silence of %v, want %v", got, tt.released)
			}
			if a := r.Expire(t.Context()); a == nil || a.Kind != Abort {
				t.Errorf("action %+v after the silence", a)
			}
		})
	}
	t.Run("silent after words, held for long", func(t *testing.T) {
		p := testPipeline(t, strings.Replace(cascadeConfig, "cascade: [a, b, c]", "cascade: [a, b, c], limits: {stream_idle: 500ms}", 1)+"judge: {stream_hold: {time: 800ms}}\n", Stores{})
		r := streaming(t, p, 1)
		r.Feed(t.Context(), []byte(wordEvent), false)
		now := r.Deadline()
		p.now = func() time.Time { return now }
		if a := r.Expire(t.Context()); a == nil || a.Kind != Retry || a.Reason != verdict.Timeout {
			t.Errorf("action %+v", a)
		}
	})
	t.Run("not streamed: the proxy's", func(t *testing.T) {
		p := testPipeline(t, cascadeConfig, Stores{})
		r := p.Respond(&Progress{Plan: begin(t, p, chatCall(question))}, jsonHead(1, 200))
		defer r.Close()
		if a := r.Start(t.Context(), false); a != nil || !r.Deadline().IsZero() || r.Expire(t.Context()) != nil {
			t.Errorf("action %+v, deadline %v", a, r.Deadline())
		}
	})
}

// TestHeldBytesAreBounded: beyond the limit of all held answers together an answer is
// released without a verdict, and counted; the bytes of each are given back.
func TestHeldBytesAreBounded(t *testing.T) {
	p := testPipeline(t, strings.Replace(cascadeConfig, "cascade: [a, b, c]", "cascade: [a, b, c], limits: {response: 4KiB, held: 6KiB}", 1), Stores{})
	plan := begin(t, p, chatCall(question))
	part := []byte(strings.Repeat(" ", 4<<10))
	hold := func() (*ResponseAttempt, *Action) {
		r := p.Respond(&Progress{Plan: plan}, jsonHead(1, 200))
		if a := r.Start(t.Context(), false); a != nil {
			t.Fatalf("action %+v", a)
		}
		_, a := r.Feed(t.Context(), part, false)
		return r, a
	}
	first, a := hold()
	if held := p.metrics.held.n.Load(); a != nil || held != 4<<10 {
		t.Fatalf("action %+v, %d bytes held", a, held)
	}
	second, a := hold()
	if a == nil || a.Kind != Deliver || second.reason != "" {
		t.Errorf("action %+v; want the answer released without a verdict", a)
	}
	if n := counterValue(t, p.metrics.unheld); n != 1 {
		t.Errorf("%v counted, want 1", n)
	}
	first.Close()
	second.Close()
	if held := p.metrics.held.n.Load(); held != 0 {
		t.Errorf("%d bytes are still held", held)
	}
	third, a := hold()
	defer third.Close()
	if a != nil {
		t.Errorf("action %+v though nothing else is held", a)
	}
}

const agreementConfig = `
providers:
  local: {endpoint: "http://local:8000/v1", format: openai}
models:
  - {name: gpt-mini, provider: local, tier: standard, price: {input: 1, output: 2}}
  - {name: gemini-mini, provider: local, tier: standard, price: {input: 1, output: 1}}
  - {name: gpt-max, provider: local, tier: premium, price: {input: 10, output: 20}}
routing: {strategy: auto, scorer: spec}
`

// TestTooLateForAProbe: where the first answer took more than its third of the time, it is
// delivered, since a good answer must not be lost to the time-out of the whole request.
func TestTooLateForAProbe(t *testing.T) {
	p := testPipeline(t, agreementConfig, Stores{})
	plan := begin(t, p, chatCall(`{"model":"auto","messages":[{"role":"user","content":"12 cars have 30 seats each. How many seats are there?"}]}`))
	answer := strings.Replace(goodAnswer, "Rivers carry water from the mountains to the sea, and shape the land that they cross.", "360", 1)
	for _, tt := range []struct {
		took time.Duration
		kind ActionKind
	}{{29 * time.Second, Retry}, {31 * time.Second, Deliver}} {
		p.now = func() time.Time { return time.UnixMilli(plan.Started).Add(tt.took) }
		r := p.Respond(&Progress{Plan: plan}, jsonHead(1, 200))
		r.Start(t.Context(), false)
		_, a := r.Feed(t.Context(), []byte(answer), true)
		if a.Kind != tt.kind {
			t.Errorf("after %v: action %+v, want %d", tt.took, a, tt.kind)
		}
		if a.Kind == Retry && (a.Reason != verdict.Agreement || a.Plan.Check.Hash == "" || plan.Check.Hash != "") {
			t.Errorf("reason %s, hash %q; the plan before is changed: %q", a.Reason, a.Plan.Check.Hash, plan.Check.Hash)
		}
		r.Close()
	}
}
