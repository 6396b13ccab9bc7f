package batch

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const good = `{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":100}}`

func TestSend(t *testing.T) {
	rt := runtimeAt(t, "http://127.0.0.1:1")
	dir := t.TempDir()
	r := planned(t, dir, rt, Settings{Send: true, Input: inputFile(t,
		`{"prompt":"priced by Envoy","id":"a"}`, `{"prompt":"priced here","id":"b"}`, `{"prompt":"refused","id":"c"}`,
		`{"prompt":"no JSON","id":"d"}`, `{"prompt":"not counted","id":"e"}`, `{"prompt":"error inside","id":"f"}`,
	)})
	defer closed(t, r)
	post := func(_ context.Context, c *Call) (HTTPResponse, error) {
		text := string(c.Body)
		switch {
		case c.Path != "/v1/chat/completions" || !strings.Contains(text, `"model":"auto"`):
			return HTTPResponse{Status: 500, Final: true}, nil
		case strings.Contains(text, "priced by Envoy"):
			return HTTPResponse{Status: 200, Body: []byte(good), Model: "opus", Tier: "flagship", Reason: "cascade", Attempts: "2", Cost: 0.5, Source: "usage"}, nil
		case strings.Contains(text, "priced here"):
			return HTTPResponse{Status: 200, Body: []byte(good), Model: "mini", Tier: "standard", Reason: "complexity", Cost: -1}, nil
		case strings.Contains(text, "refused"):
			return HTTPResponse{Status: 429, Final: true, Body: []byte(`{"error":{"code":"budget_exceeded","message":"no money"}}`), Cost: -1}, nil
		case strings.Contains(text, "no JSON"):
			return HTTPResponse{Status: 200, Body: []byte("<html>"), Cost: -1}, nil
		case strings.Contains(text, "not counted"):
			return HTTPResponse{Status: 200, Body: []byte(`{"choices":[{"message":{"content":"Hi"}}]}`), Model: "mini", Cost: -1}, nil
		default:
			return HTTPResponse{Status: 200, Body: []byte(`{"error":{"message":"overloaded"}}`), Cost: -1}, nil
		}
	}
	if err := r.Send(t.Context(), post, 3); err != nil {
		t.Fatal(err)
	}
	sum, err := r.Finish()
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Line   int
		Model  string
		Status int
		Cost   float64
		Source string
		Error  string
	}
	var rows []row
	for _, l := range linesOf[Result](t, filepath.Join(dir, ResultsFile)) {
		e := ""
		if l.Error != nil {
			e = l.Error.Code + ": " + l.Error.Message
		}
		rows = append(rows, row{l.Line, l.Model, l.Status, l.Cost, l.Source, e})
	}
	estimate := linesOf[Planned](t, filepath.Join(dir, ManifestFile))[4].Cost
	want := []row{
		{1, "opus", 200, 0.5, "usage", ""},
		{2, "mini", 200, 0.0012, "usage", ""},
		{3, "small", 429, 0, "", "budget_exceeded: no money"},
		{4, "small", 200, 0, "", "invalid_reply: the answer is not JSON: <html>"},
		{5, "mini", 200, estimate, "estimate", ""},
		{6, "small", 200, 0, "", "invalid_reply: overloaded"},
	}
	if d := cmp.Diff(want, rows); d != "" {
		t.Error(d)
	}
	if sum.Answered != 3 || sum.Failed != 3 || sum.Estimated != 1 {
		t.Errorf("summary %+v", sum)
	}
}

// TestSendAgain loses every second answer and gives up on the tenth, run after run: each
// line's one answer is recorded, and it is always asked under the same id.
func TestSendAgain(t *testing.T) {
	rt := runtimeAt(t, "http://127.0.0.1:1")
	dir := t.TempDir()
	var in []string
	for i := range 60 {
		in = append(in, fmt.Sprintf(`{"prompt":"number %d"}`, i))
	}
	settings := Settings{Send: true, Input: inputFile(t, in...)}
	var mu sync.Mutex
	ids, prompts := map[string]string{}, map[string]string{}
	runs := 0
	for done := false; !done; runs++ {
		if runs > 20 {
			t.Fatal("it never ends")
		}
		ctx, cancel := context.WithCancel(t.Context())
		seen := 0
		r := planned(t, dir, rt, settings)
		err := r.Send(ctx, func(ctx context.Context, c *Call) (HTTPResponse, error) {
			mu.Lock()
			defer mu.Unlock()
			prompt := string(c.Body)
			if ids[c.ID] != "" && ids[c.ID] != prompt || prompts[prompt] != "" && prompts[prompt] != c.ID {
				t.Errorf("id %s for %s, before for %s", c.ID, prompt, ids[c.ID])
			}
			ids[c.ID], prompts[prompt] = prompt, c.ID
			if seen++; seen > 10 {
				cancel()
				return HTTPResponse{}, ctx.Err()
			}
			return HTTPResponse{Status: 200, Body: []byte(good), Cost: -1}, nil
		}, 4)
		cancel()
		if done = err == nil; !done && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if sum, err := r.Finish(); err != nil || (sum.Results != "") != done {
			t.Errorf("run %d: %+v, %v", runs, sum, err)
		}
		closed(t, r)
	}
	if runs < 6 {
		t.Errorf("%d runs for 60 lines of which each answers 10", runs)
	}
	for i, l := range linesOf[Result](t, filepath.Join(dir, ResultsFile)) {
		if l.Line != i+1 || l.Status != 200 {
			t.Errorf("result %d: %+v", i, l)
		}
	}
	if len(ids) != 60 {
		t.Errorf("%d ids", len(ids))
	}
}

// TestAskAgain: what is tried again, how often, and after how long.
func TestAskAgain(t *testing.T) {
	busy := errors.New("no connection")
	for _, tt := range []struct {
		name   string
		reply  HTTPResponse
		err    error
		calls  int
		waited time.Duration
		status int
	}{
		{"good", HTTPResponse{Status: 200, Body: []byte(good)}, nil, 1, 0, 200},
		{"the client's mistake", HTTPResponse{Status: 400}, nil, 1, 0, 400},
		{"final", HTTPResponse{Status: 503, Final: true}, nil, 1, 0, 503},
		{"server error", HTTPResponse{Status: 503}, nil, 6, 15500 * time.Millisecond, 503},
		{"told when", HTTPResponse{Status: 429, RetryAfter: 7 * time.Second}, nil, 6, 35 * time.Second, 429},
		{"told to wait too long", HTTPResponse{Status: 429, RetryAfter: time.Hour}, nil, 6, 5 * time.Minute, 429},
		{"nobody there", HTTPResponse{}, busy, 6, 15500 * time.Millisecond, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rt := runtimeAt(t, "http://127.0.0.1:1")
			synctest.Test(t, func(t *testing.T) {
				r := &Run{rt: rt}
				calls, began := 0, time.Now()
				a, err := r.ask(t.Context(), func(context.Context, *Call) (HTTPResponse, error) {
					calls++
					return tt.reply, tt.err
				}, &job{line: 1, call: Call{API: 1}})
				if !errors.Is(err, tt.err) {
					t.Fatal(err)
				}
				if waited := time.Since(began); calls != tt.calls || waited != tt.waited {
					t.Errorf("%d calls in %s, want %d in %s", calls, waited, tt.calls, tt.waited)
				}
				if a != nil && a.Status != tt.status || a == nil && tt.status != 0 {
					t.Errorf("answer %+v", a)
				}
			})
		})
	}
}
