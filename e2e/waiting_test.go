package e2e

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A script is what a provider does with one request: it sends strings, headers before the
// first of them, and waits for durations. At breakOff it drops the connection.
type script []any

type breakOff struct{}

// A scriptedProvider answers each request by the script that the prompt names. Like a server
// whose keep-alive has just ended, it drops a connection on which a second request arrives.
type scriptedProvider struct {
	address string
	lock    sync.Mutex
	scripts []scripted
	served  map[string]bool // client's addresses
}

type scripted struct {
	script
	header http.Header
}

var scriptNumber = regexp.MustCompile(`\(script (\d+)\)`)

func startScripted(t *testing.T) *scriptedProvider {
	t.Helper()
	p := &scriptedProvider{served: make(map[string]bool)}
	srv := httptest.NewServer(p)
	t.Cleanup(srv.Close)
	p.address = srv.Listener.Addr().String()
	return p
}

// prompt adds the script of a stream, and returns a prompt that names it.
func (p *scriptedProvider) prompt(s script) string {
	return p.promptAs(http.Header{"Content-Type": {eventStream}}, s)
}

// promptAs is the same for an answer with these headers.
func (p *scriptedProvider) promptAs(h http.Header, s script) string {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.scripts = append(p.scripts, scripted{s, h})
	return "Tell me about rivers. (script " + strconv.Itoa(len(p.scripts)-1) + ")"
}

func (p *scriptedProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	name := scriptNumber.FindSubmatch(body)
	if name == nil {
		http.Error(w, "no script", http.StatusTeapot)
		return
	}
	n, _ := strconv.Atoi(string(name[1]))
	p.lock.Lock()
	play, stale := p.scripts[n], p.served[r.RemoteAddr]
	p.served[r.RemoteAddr] = true
	p.lock.Unlock()
	if stale {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), play.header)
	for _, step := range play.script {
		switch step := step.(type) {
		case string:
			_, _ = io.WriteString(w, step)
			w.(http.Flusher).Flush()
		case time.Duration:
			select {
			case <-time.After(step):
			case <-r.Context().Done():
				return
			}
		case breakOff:
			panic(http.ErrAbortHandler)
		}
	}
}

const eventStream = "text/event-stream"

// chunkOf is an event of a chat completion: what it adds, as JSON, and the finish reason.
func chunkOf(delta, finish string) string {
	if finish != "null" {
		finish = `"` + finish + `"`
	}
	return `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"small","choices":[{"index":0,"delta":` + delta + `,"finish_reason":` + finish + "}]}\n\n"
}

const (
	scriptedWords = "The river rises in the mountains and runs through the plain to the sea."
	comment       = ": still working\n\n"
	forever       = time.Minute
)

func wordsOf(text string) string { return chunkOf(`{"role":"assistant","content":"`+text+`"}`, "null") }

// wholeStream is a good answer.
func wholeStream() string { return wordsOf(scriptedWords) + chunkOf("{}", "stop") + "data: [DONE]\n\n" }

// TestWaiting: how long a stream is waited for, and what becomes of it. The time-out of the
// model is longer than what a stream may be silent, and that is longer than it is held.
func TestWaiting(t *testing.T) {
	p := startScripted(t)
	s := startStack(t, "LOCAL/", p.address+"/", "timeout: 2s", "timeout: 800ms", "timeout: 5s", "timeout: 800ms", "stream_idle: 1s", "stream_idle: 300ms",
		"judge: {min_characters: 20}", "judge: {min_characters: 20, stream_hold: {time: 100ms}}")
	const pause = 500 * time.Millisecond // longer than a silence may be between words
	refusal := wordsOf("I'm sorry, but I can't help with that.") + chunkOf("{}", "stop") + "data: [DONE]\n\n"
	for _, tt := range []struct {
		name   string
		script script
		reason string // why the next model is asked; "" if it is not
	}{
		{"no byte for a while", script{pause, wholeStream()}, ""},
		{"headers, and no word for a while", script{"", pause, wholeStream()}, ""},
		{"a comment, and no word for a while", script{comment, pause, wholeStream()}, ""},
		{"slow words", script{wordsOf(scriptedWords), pause / 2, comment, pause / 2, wholeStream()}, ""},
		{"no byte", script{forever}, "timeout"},
		{"nothing but headers", script{"", forever}, "timeout"},
		{"comments, and nothing else", script{comment, pause / 2, comment, forever}, "timeout"},
		{"comments, then an error", script{comment, pause, `data: {"error":{"message":"overloaded"}}` + "\n\n"}, "provider_error"},
		{"comments, then a refusal", script{comment, pause, refusal}, "refusal"},
		{"comments, then a broken connection", script{comment, pause, breakOff{}}, "unreachable"},
		{"thoughts, then an error", script{chunkOf(`{"reasoning_content":"Well"}`, "null"), pause, `data: {"error":{"message":"overloaded"}}` + "\n\n"}, "provider_error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			st := openStream(t, s.chat(), chatBody(p.prompt(tt.script), streamed))
			events, err := st.rest()
			if err != nil || len(events) == 0 {
				t.Fatalf("%d events, error %v", len(events), err)
			}
			model, attempts := "small", "1"
			if tt.reason != "" {
				model, attempts = "mid", "2"
			}
			expectAnswer(t, response{st.status, st.header, nil, nil}, model, attempts, tt.reason)
		})
	}
	t.Run("silence after words ends the stream", func(t *testing.T) {
		t.Parallel()
		st := openStream(t, s.chat(), chatBody(p.prompt(script{wordsOf(scriptedWords), forever}), streamed))
		began := time.Now()
		events, err := st.rest()
		if err == nil || len(events) != 1 || time.Since(began) > 2*time.Second {
			t.Errorf("%d events, error %v, after %v", len(events), err, time.Since(began))
		}
	})
	t.Run("a connection that breaks after words is counted", func(t *testing.T) {
		t.Parallel()
		st := openStream(t, s.chat(), chatBody(p.prompt(script{wordsOf(scriptedWords), pause / 5, breakOff{}}), streamed))
		if events, err := st.rest(); err == nil || len(events) != 1 {
			t.Errorf("%d events, error %v", len(events), err)
		}
		eventually(t, func() error {
			if n := s.sluice.metric(t, "sluice_late_failures_total", `model="small"`, `reason="unreachable"`); n != 1 {
				return fmt.Errorf("%v counted", n)
			}
			return nil
		})
	})
	t.Run("thoughts are let go after the time-out", func(t *testing.T) {
		thought := chunkOf(`{"reasoning_content":"Well"}`, "null")
		t.Parallel()
		st := openStream(t, s.chat(), chatBody(p.prompt(script{thought, pause, thought, pause, thought, pause, wholeStream()}), streamed))
		events, err := st.rest()
		if err != nil || len(events) != 6 {
			t.Fatalf("%d events, error %v", len(events), err)
		}
		expectAnswer(t, response{st.status, st.header, nil, nil}, "small", "1", "")
		if early := events[0].at.Before(events[5].at.Add(-pause / 2)); !early {
			t.Error("held until its first word")
		}
	})
}

// TestNobodyAnswers: where the last model has sent headers and says nothing, the client gets
// an error and is not left waiting.
func TestNobodyAnswers(t *testing.T) {
	p := startScripted(t)
	s := startStack(t, "LOCAL/", p.address+"/", "timeout: 2s", "timeout: 300ms", "cascade: [small, mid, haiku, claude]", "cascade: [small]")
	r := post(t, s.chat(), chatBody(p.prompt(script{comment, forever}), streamed))
	if r.status != 504 || !strings.Contains(string(r.body), "all_tiers_failed") || !strings.Contains(string(r.body), `"timeout"`) || strings.Contains(string(r.body), "still working") {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r.header.Get("content-type") != "application/json" || r.header.Get("x-sluice-model") != "small" {
		t.Errorf("headers %v", r.header)
	}
}
