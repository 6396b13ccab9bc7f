package e2e

import (
	"context"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"sluice/cmd/sluice/simulator"
)

const streamed = `,"stream":true`

// TestStreams: a stream is judged by its first events, before any of them passes.
func TestStreams(t *testing.T) {
	s := startStack(t)
	const tools = `,"tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object"}}}]`
	for _, tt := range []struct{ directive, model, escalation string }{
		{callAsText, "mid", "tool_call_text"},
		{thoughtFirst, "small", ""},
		{"refuse", "mid", "refusal"},
		{"empty", "mid", "empty"},
		{"short", "mid", "too_short"},
		{"error-in-200", "mid", "provider_error"},
		{"429", "mid", "rate_limited"},
		{"stall=1", "mid", "timeout"},
		{"ok", "small", ""},
	} {
		t.Run(tt.directive, func(t *testing.T) {
			extra := streamed
			if tt.escalation == "tool_call_text" {
				extra += tools
			}
			body := chatBody("Tell me about rivers. [[small: "+tt.directive+"]]", extra)
			before := len(s.received())
			st := openStream(t, s.chat(), body)
			events, err := st.rest()
			if err != nil {
				t.Fatalf("after %d events: %v", len(events), err)
			}
			attempts := "1"
			if tt.escalation != "" {
				attempts = "2"
			}
			expectAnswer(t, response{st.status, st.header, nil, nil}, tt.model, attempts, tt.escalation)
			raw := st.raw.String()
			if !strings.HasSuffix(raw, "data: [DONE]\n\n") || strings.Count(raw, "[DONE]") != 1 {
				t.Errorf("the stream does not end once: %s", raw)
			}
			for _, e := range events {
				if strings.HasPrefix(e.data, "{") && !strings.Contains(e.data, `"model":"`+tt.model+`"`) {
					t.Errorf("an event of another model: %s", e.data)
				}
			}
			expectClean(t, s.received()[before:])
		})
	}
	t.Run("anthropic", func(t *testing.T) {
		st := openStream(t, s.messages(), messagesBody("Tell me about rivers. [[small: refuse]]", streamed))
		events, err := st.rest()
		if err != nil {
			t.Fatal(err)
		}
		expectAnswer(t, response{st.status, st.header, nil, nil}, "haiku", "2", "refusal")
		if events[0].name != "message_start" || events[len(events)-1].name != "message_stop" || strings.Count(st.raw.String(), "message_start\"") != 1 {
			t.Errorf("stream %s", st.raw.String())
		}
	})
}

// TestHealthyStreamIsNotBuffered: once accepted, each event arrives before the next
// one is sent.
func TestHealthyStreamIsNotBuffered(t *testing.T) {
	s := startStack(t)
	step := make(chan struct{})
	s.local.Behave(func(string, []byte) simulator.Behaviour {
		return simulator.Behaviour{Gate: func(ctx context.Context, n int) {
			if n < 20 { // the first events are held until their text is long enough to judge
				return
			}
			select {
			case <-step:
			case <-ctx.Done():
			}
		}}
	})
	// With the usage asked for, every event that is sent is one that the client sees.
	st := openStream(t, s.chat(), chatBody("Tell me about rivers.", streamed+`,"stream_options":{"include_usage":true}`))
	for range 19 {
		if _, err := st.next(); err != nil {
			t.Fatal(err)
		}
	}
	for n := 20; ; n++ {
		select {
		case step <- struct{}{}: // event n may go, and no other
		case <-time.After(patience):
			t.Fatal("the provider does not go on")
		}
		e, err := st.next()
		if err != nil {
			t.Fatalf("event %d: %v", n, err)
		}
		if e.data == "[DONE]" {
			break
		}
	}
	if _, err := st.next(); !errors.Is(err, io.EOF) {
		t.Errorf("behind the end: %v", err)
	}
}

// TestStreamBrokenLate: an accepted stream stays, and the client sees that a provider cut it.
func TestStreamBrokenLate(t *testing.T) {
	s := startStack(t)
	st := openStream(t, s.chat(), chatBody("Tell me about rivers. [[small: cut=30 drip=2ms]]", streamed))
	events, err := st.rest()
	if err == nil || len(events) == 0 || st.header.Get("x-sluice-model") != "small" {
		t.Errorf("%d events, error %v, headers %v", len(events), err, st.header)
	}
}

// TestCrash: a crash of the router never loses an answer.
func TestCrash(t *testing.T) {
	t.Run("while a call waits", func(t *testing.T) {
		s := startStack(t)
		waiting, release := make(chan struct{}), make(chan struct{})
		s.local.Behave(func(string, []byte) simulator.Behaviour {
			return simulator.Behaviour{Gate: func(ctx context.Context, n int) {
				if n == 0 {
					close(waiting)
					select {
					case <-release:
					case <-ctx.Done():
					}
				}
			}}
		})
		go func() {
			<-waiting
			s.sluice.kill9()
			close(release)
		}()
		r := post(t, s.chat(), chatBody("Tell me about rivers.", ""))
		if r.status != 200 || r.err != nil || !strings.Contains(string(r.body), "Simulated answer by small") {
			t.Errorf("%d %s, %v", r.status, r.body, r.err)
		}
		t.Run("and the next one finds no router", func(t *testing.T) {
			for path, shape := range map[string]string{s.chat(): `{"error":`, s.messages(): `{"error":`} {
				r := post(t, path, chatBody("Tell me about rivers.", ""))
				if r.status != 503 || !strings.Contains(string(r.body), shape) || r.header.Get("x-should-retry") != "true" {
					t.Errorf("%d %s, %v", r.status, r.body, r.header)
				}
			}
		})
		t.Run("until it is back", func(t *testing.T) {
			s.local.Behave(nil)
			s.startSluice(t)
			eventually(t, func() error {
				if r := post(t, s.chat(), chatBody("Tell me about rivers.", "")); r.status != 200 {
					return errors.New(string(r.body))
				}
				return nil
			})
		})
	})
	t.Run("while an answer is held", func(t *testing.T) {
		s := startStack(t)
		held, release := make(chan struct{}), make(chan struct{})
		s.local.Behave(func(string, []byte) simulator.Behaviour {
			return simulator.Behaviour{Gate: func(ctx context.Context, n int) {
				if n == 3 { // a part of the body is with the judge
					close(held)
					select {
					case <-release:
					case <-ctx.Done():
					}
				}
			}}
		})
		go func() {
			<-held
			s.sluice.kill9()
			close(release)
		}()
		r := post(t, s.chat(), chatBody("Tell me about rivers.", ""))
		if r.status != 200 || r.err != nil || !strings.Contains(string(r.body), "Simulated answer by small") {
			t.Errorf("%d %s, %v", r.status, r.body, r.err)
		}
	})
	t.Run("in mid-stream", func(t *testing.T) {
		s := startStack(t)
		killed := make(chan struct{})
		s.local.Behave(func(string, []byte) simulator.Behaviour {
			return simulator.Behaviour{Gate: func(ctx context.Context, n int) {
				if n == 6 {
					select {
					case <-killed:
					case <-ctx.Done():
					}
				}
			}}
		})
		st := openStream(t, s.chat(), chatBody("Tell me about rivers.", streamed))
		if _, err := st.next(); err != nil {
			t.Fatal(err)
		}
		s.sluice.kill9()
		close(killed)
		if _, err := st.rest(); err != nil || !strings.HasSuffix(st.raw.String(), "data: [DONE]\n\n") {
			t.Errorf("%v: %s", err, st.raw.String())
		}
	})
	t.Run("frozen in mid-stream", func(t *testing.T) {
		s := startStack(t, "stream_idle: 1s", "stream_idle: 15s") // the connection is found dead before that
		frozen := make(chan struct{})
		s.local.Behave(func(string, []byte) simulator.Behaviour {
			return simulator.Behaviour{Gate: func(ctx context.Context, n int) {
				if n == 20 {
					select {
					case <-frozen:
					case <-ctx.Done():
					}
				}
			}}
		})
		st := openStream(t, s.chat(), chatBody("Tell me about rivers.", streamed))
		if _, err := st.next(); err != nil {
			t.Fatal(err)
		}
		if err := s.sluice.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.sluice.cmd.Process.Signal(syscall.SIGCONT) }() // else it cannot be stopped
		close(frozen)
		if _, err := st.rest(); err != nil || !strings.HasSuffix(st.raw.String(), "data: [DONE]\n\n") {
			t.Errorf("%v: %s", err, st.raw.String())
		}
	})
}
