package pipeline

import (
	"strings"
	"testing"
	"time"

	"sluice/routing/verdict"
)

// TestLate: what goes wrong after the release of a stream is counted, and the next turn of the
// conversation begins with the next candidate.
func TestLate(t *testing.T) {
	const (
		start = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\":\"m\",\"content\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n" +
			"event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n" +
			"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Rivers carry water from the mountains to the sea, and shape the land that they cross.\"}}\n\n"
		failed = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"
	)
	stop := func(reason string) string {
		return "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"" + reason + "\"},\"usage\":{\"output_tokens\":9}}\n\n" +
			"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
	}
	for _, tt := range []struct {
		name, rest string
		limit      string // of the client, on tokens
		last       bool
		silent     bool
		broken     bool // the connection, as the proxy says
		want       verdict.Reason
	}{
		{"good", stop("end_turn"), "900", true, false, false, ""},
		{"an error", failed, "900", true, false, false, verdict.ProviderError},
		{"no end", "", "900", true, false, false, verdict.ProviderError},
		{"silence", "", "900", false, true, false, verdict.Timeout},
		{"the client leaves", "", "900", false, false, false, ""},
		{"the connection breaks", "", "900", false, false, true, verdict.Unreachable},
		{"at the client's limit", stop("max_tokens"), "900", true, false, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := converse(t)
			plan := c.messages(t, strings.Replace(firstTurn, `"max_tokens":900`, `"stream":true,"max_tokens":`+tt.limit, 1))
			if len(plan.Candidates) < 2 {
				t.Fatalf("candidates %v", plan.Candidates)
			}
			first := plan.Candidates[0]
			r := c.Respond(&Progress{Plan: plan}, Head{Attempt: 1, Status: 200, ContentType: "text/event-stream", Headers: noHeaders})
			r.Start(t.Context(), false)
			if _, a := r.Feed(t.Context(), []byte(start), false); a == nil || a.Kind != Deliver {
				t.Fatalf("action %+v", a)
			}
			if tt.rest != "" || tt.last {
				r.Feed(t.Context(), []byte(tt.rest), tt.last)
			}
			if tt.silent {
				now := r.Deadline()
				c.now = func() time.Time { return now }
				if a := r.Expire(t.Context()); a == nil || a.Kind != Abort {
					t.Errorf("action %+v", a)
				}
			}
			r.Finish(t.Context())
			r.Close()
			if tt.broken {
				c.BrokenOff(t.Context(), plan, 1)
			}
			want, count := plan.Candidates[0], 0.0
			if tt.want != "" {
				want, count = plan.Candidates[1], 1
			}
			if got := c.remembered(t).Model; got != want {
				t.Errorf("the next turn begins with %s, want %s", got, want)
			}
			for _, reason := range []verdict.Reason{verdict.ProviderError, verdict.Timeout, verdict.Unreachable, verdict.Length} {
				n := 0.0
				if reason == tt.want {
					n = count
				}
				if got := counterValue(t, c.metrics.late.WithLabelValues(first, string(reason))); got != n {
					t.Errorf("%v of %s counted, want %v", got, reason, n)
				}
			}
		})
	}
}

// TestLateLength: the model's own limit cut a stream off that the client did not limit.
func TestLateLength(t *testing.T) {
	p := testPipeline(t, cascadeConfig, Stores{})
	r := streaming(t, p, 1)
	good := strings.Replace(wordEvent, "Rivers", "Rivers carry water from the mountains to the sea, and shape the land that they cross.", 1)
	if _, a := r.Feed(t.Context(), []byte(good), false); a == nil || a.Kind != Deliver {
		t.Fatalf("action %+v", a)
	}
	r.Feed(t.Context(), []byte(strings.Replace(wordEvent, `"content":"Rivers"}`, `},"finish_reason":"length"`, 1)), true)
	r.Finish(t.Context())
	if n := counterValue(t, p.metrics.late.WithLabelValues("a", "length")); n != 1 {
		t.Errorf("%v counted", n)
	}
}

// TestHindsight: a stream that was released is read on to its end, and a fault that shows only
// there is counted, unless more is held than what waits for a verdict leaves room for.
func TestHindsight(t *testing.T) {
	const good = "Rivers carry water from the mountains to the sea, and shape the land that they cross."
	for _, tt := range []struct {
		name, rest string
		held       int64 // by others
		want       verdict.Reason
	}{
		{"a good end", " They end in the sea.", 0, ""},
		{"a loop", strings.Repeat(" and then the sea", 40), 0, verdict.Repetition},
		{"a loop that is not read", strings.Repeat(" and then the sea", 40), 200 << 20, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := testPipeline(t, cascadeConfig, Stores{})
			p.metrics.held.n.Store(tt.held)
			r := streaming(t, p, 1)
			if _, a := r.Feed(t.Context(), []byte(strings.Replace(wordEvent, "Rivers", good, 1)), false); a == nil || a.Kind != Deliver {
				t.Fatalf("action %+v", a)
			}
			r.Feed(t.Context(), []byte(strings.Replace(wordEvent, "Rivers", tt.rest, 1)), false)
			r.Feed(t.Context(), []byte(strings.Replace(wordEvent, `"content":"Rivers"}`, `},"finish_reason":"stop"`, 1)), true)
			r.Finish(t.Context())
			want := 0.0
			if tt.want != "" {
				want = 1
			}
			if n := counterValue(t, p.metrics.late.WithLabelValues("a", string(verdict.Repetition))); n != want {
				t.Errorf("%v counted, want %v", n, want)
			}
			r.Close()
			if n := p.metrics.held.n.Load(); n != tt.held {
				t.Errorf("%d bytes still held", n-tt.held)
			}
		})
	}
}
