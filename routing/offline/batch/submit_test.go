package batch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluice/cmd/sluice/simulator"
)

// outcomes are a line's results, short.
func outcomes(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	for _, r := range linesOf[Result](t, filepath.Join(dir, ResultsFile)) {
		what := "answer"
		if r.Error != nil {
			what = r.Error.Code
		} else if len(r.Response) == 0 {
			t.Errorf("line %d has neither a response nor an error", r.Line)
		}
		all = append(all, fmt.Sprintf("%d %s %s %d %s", r.Line, r.CustomID, r.Model, r.Status, what))
	}
	return all
}

func TestSubmitAndCollect(t *testing.T) {
	s, base := simulated(t, simulator.Options{Batch: simulator.Batch{Polls: 2}, Record: 100})
	rt := runtimeAt(t, base)
	dir := t.TempDir()
	r := planned(t, dir, rt, Settings{Input: inputFile(t,
		ask("a", "mini", "Compare TCP and UDP"),
		ask("b", "mini", "fails [[mini: 503]]"),
		ask("c", "mini", "late [[mini: expire]]"),
		ask("d", "opus", "Explain recursion"),
		ask("e", "opus", "overloaded [[opus: 529]]"),
		ask("f", "opus", "late [[opus: expire]]"),
		`{"custom_id":"g","params":{"model":"sonnet","max_tokens":900,"messages":[{"role":"user","content":"Compare sorting algorithms"}]}}`,
		"nothing",
	)})
	defer func() { closed(t, r) }()
	at := endpointsOf(rt)
	if _, err := r.Collect(t.Context(), at, 0); err == nil || !strings.Contains(err.Error(), "has not been submitted") {
		t.Errorf("collected before it was submitted: %v", err)
	}
	if err := r.Submit(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	if left, err := r.Collect(t.Context(), at, 0); err != nil || left != 2 {
		t.Fatalf("first poll: %d left, %v", left, err)
	}
	if sum, err := r.Finish(); err != nil || sum.Results != "" || sum.Waiting != 7 || sum.Rejected != 1 || sum.Estimated != 7 {
		t.Errorf("early: %+v, %v", sum, err)
	}
	closed(t, r) // another process goes on
	r, err := Open(dir, rt)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Submit(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	if left, err := r.Collect(t.Context(), at, time.Millisecond); err != nil || left != 0 {
		t.Fatalf("%d left, %v", left, err)
	}
	sum, err := r.Finish()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"1 a mini 200 answer", "2 b mini 503 server_error", "3 c mini 502 batch_expired", "4 d opus 200 answer",
		"5 e opus 529 overloaded_error", "6 f opus 502 batch_expired", "7 g sonnet 200 answer", "8   400 invalid_line",
	}
	if d := cmp.Diff(want, outcomes(t, dir)); d != "" {
		t.Error(d)
	}
	results := linesOf[Result](t, filepath.Join(dir, ResultsFile))
	if text := string(results[3].Response); !strings.Contains(text, `"object":"chat.completion"`) || !strings.Contains(text, "by opus to") {
		t.Errorf("a chat completion asked of Anthropic: %s", text)
	}
	if text := string(results[6].Response); !strings.Contains(text, `"type":"message"`) || !strings.Contains(text, "by claude-x to") {
		t.Errorf("a message: %s", text)
	}
	if sum.Answered != 3 || sum.Failed != 4 || sum.Rejected != 1 || sum.Waiting != 0 || sum.Estimated != 0 || sum.Results != r.path(ResultsFile) {
		t.Errorf("summary %+v", sum)
	}
	if d := sum.List - 2*sum.Cost; sum.Cost <= 0 || d > 1e-12 || d < -1e-12 || sum.Strong <= sum.List {
		t.Errorf("cost %v, without batch prices %v, flagship %v", sum.Cost, sum.List, sum.Strong)
	}
	created := 0
	for _, q := range s.Requests() {
		if q.Method == http.MethodPost && strings.HasSuffix(q.Path, "/batches") {
			created++
		}
	}
	if created != 2 {
		t.Errorf("%d batches were created, want 2", created)
	}
}

// lossy loses the answer to one request, the provider having done what it asked, and all after it.
type lossy struct {
	kill func()
	left int // requests before that
}

func (l *lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if l.left--; l.left >= 0 || err != nil {
		return resp, err
	}
	_ = resp.Body.Close()
	l.kill()
	return nil, errors.New("killed")
}

// TestKilledWhileSubmitting dies at every request that it makes, after the provider has
// done what was asked and before the answer is here: nothing is done twice.
func TestKilledWhileSubmitting(t *testing.T) {
	var in []string
	for i := range 4 {
		in = append(in, ask(fmt.Sprint(i), []string{"mini", "opus"}[i%2], "Explain this"))
	}
	died := 0
	for at := 0; died == at; at++ {
		s, base := simulated(t, simulator.Options{Record: 1000})
		rt := runtimeAt(t, base)
		dir := t.TempDir()
		settings := Settings{Input: inputFile(t, in...)}
		whole := func(ctx context.Context, through http.RoundTripper) error {
			r := planned(t, dir, rt, settings)
			defer closed(t, r)
			reach := func(name string) (*Endpoint, error) {
				e, err := endpointsOf(rt)(name)
				e.Client = &http.Client{Transport: through}
				return e, err
			}
			if err := r.Submit(ctx, reach); err != nil {
				return err
			}
			if left, err := r.Collect(ctx, reach, 0); err != nil || left != 0 {
				return fmt.Errorf("%d left: %w", left, err)
			}
			_, err := r.Finish()
			return err
		}
		ctx, kill := context.WithCancel(t.Context())
		if whole(ctx, &lossy{kill, at}) != nil {
			died++
		}
		kill()
		if err := whole(t.Context(), http.DefaultTransport); err != nil {
			t.Fatalf("after request %d was lost: %v", at, err)
		}
		want := []string{"1 0 mini 200 answer", "2 1 opus 200 answer", "3 2 mini 200 answer", "4 3 opus 200 answer"}
		if d := cmp.Diff(want, outcomes(t, dir)); d != "" {
			t.Errorf("after request %d was lost: %s", at, d)
		}
		made := map[string]int{}
		for _, q := range s.Requests() {
			if q.Method == http.MethodPost {
				made[q.Path]++
			}
		}
		if d := cmp.Diff(map[string]int{"/v1/files": 1, "/v1/batches": 1, "/v1/messages/batches": 1}, made); d != "" {
			t.Errorf("after request %d was lost: %s", at, d)
		}
	}
	if died < 7 {
		t.Errorf("died %d times; expected at each of seven requests and more", died)
	}
}

// TestForeignBatch looks for a lost batch and takes one of somebody else's, which has as
// many requests: its results tell, and the next attempt does not take it again.
func TestForeignBatch(t *testing.T) {
	_, base := simulated(t, simulator.Options{})
	rt := runtimeAt(t, base)
	at := endpointsOf(rt)
	line := ask("a", "opus", "Explain this")
	other := planned(t, t.TempDir(), rt, Settings{Input: inputFile(t, line)})
	defer closed(t, other)
	if err := other.Submit(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	r := planned(t, dir, rt, Settings{Input: inputFile(t, line)})
	defer closed(t, r)
	if err := r.logEvent(event{Do: willSubmit, File: "anthropic/001.json"}); err != nil { // and killed
		t.Fatal(err)
	}
	if err := r.Submit(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Collect(t.Context(), at, 0); err == nil || !strings.Contains(err.Error(), "of another run; submit again") {
		t.Fatalf("the other's results: %v", err)
	}
	if err := r.Submit(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	if left, err := r.Collect(t.Context(), at, 0); err != nil || left != 0 {
		t.Fatalf("%d left, %v", left, err)
	}
	if sum, err := r.Finish(); err != nil || sum.Answered != 1 {
		t.Errorf("%+v, %v", sum, err)
	}
}

func TestRefusedBatch(t *testing.T) {
	_, base := simulated(t, simulator.Options{})
	rt := runtimeAt(t, base)
	dir := t.TempDir()
	r := planned(t, dir, rt, Settings{Input: inputFile(t, ask("a", "mini", "x"), ask("b", "mini", "y"))})
	defer closed(t, r)
	path := r.path("openai/mini-001.jsonl")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(text), "POST", "PUT")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.Submit(t.Context(), endpointsOf(rt)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Collect(t.Context(), endpointsOf(rt), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Finish(); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"1 a mini 502 batch_failed", "2 b mini 502 batch_failed"}, outcomes(t, dir)); d != "" {
		t.Error(d)
	}
	if m := linesOf[Result](t, filepath.Join(dir, ResultsFile))[0].Error.Message; !strings.Contains(m, "is not POST") {
		t.Errorf("message %q", m)
	}
}

// TestHostileResults has a provider that answers for lines that are not its own, twice, or
// not at all, and whose results are said to be elsewhere.
func TestHostileResults(t *testing.T) {
	var run *Run
	elsewhere := false
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	reply := func(w http.ResponseWriter, text string) { _, _ = w.Write([]byte(text)) }
	mux.HandleFunc("POST /v1/messages/batches", func(w http.ResponseWriter, _ *http.Request) { reply(w, `{"id":"x"}`) })
	mux.HandleFunc("GET /v1/messages/batches/x", func(w http.ResponseWriter, _ *http.Request) {
		host := server.URL
		if elsewhere {
			host = server.URL + ".example.com"
		}
		reply(w, `{"id":"x","processing_status":"ended","results_url":"`+host+`/results"}`)
	})
	mux.HandleFunc("GET /results", func(w http.ResponseWriter, _ *http.Request) {
		p := run.idPrefix()
		message := func(id, text string) string {
			return `{"custom_id":"` + id + `","result":{"type":"succeeded","message":{"content":[{"type":"text","text":"` + text + `"}]}}}` + "\n"
		}
		reply(w, message(p+"3", "stolen")+message(p+"1", "first")+message(p+"1", "second")+message(p+"01", "odd")+
			message(p+"9999999", "far")+message(p+"-2", "below")+message("x", "foreign")+"\n")
	})
	rt := runtimeAt(t, server.URL)
	at := endpointsOf(rt)
	dir := t.TempDir()
	run = planned(t, dir, rt, Settings{Input: inputFile(t, ask("a", "opus", "x"), ask("b", "opus", "y"), ask("c", "small", "z"))})
	defer closed(t, run)
	if err := run.Submit(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	elsewhere = true
	if _, err := run.Collect(t.Context(), at, 0); err == nil || !strings.Contains(err.Error(), "is not at "+server.URL) {
		t.Errorf("results elsewhere: %v", err)
	}
	elsewhere = false
	if _, err := run.Collect(t.Context(), at, 0); err != nil {
		t.Fatal(err)
	}
	if sum, err := run.Finish(); err != nil || sum.Waiting != 1 || sum.Results != "" {
		t.Errorf("the line that nobody was asked has an answer: %+v, %v", sum, err)
	}
	post := func(context.Context, *Call) (HTTPResponse, error) {
		return HTTPResponse{Status: 200, Body: []byte(`{"choices":[{"message":{"content":"sent"}}]}`), Cost: -1}, nil
	}
	if err := run.Send(t.Context(), post, 2); err != nil {
		t.Fatal(err)
	}
	if _, err := run.Finish(); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"1 a opus 200 answer", "2 b opus 502 no_result", "3 c small 200 answer"}, outcomes(t, dir)); d != "" {
		t.Error(d)
	}
	results := linesOf[Result](t, filepath.Join(dir, ResultsFile))
	if !strings.Contains(string(results[0].Response), "first") || !strings.Contains(string(results[2].Response), "sent") {
		t.Errorf("%s\n%s", results[0].Response, results[2].Response)
	}
}

// TestKeys: the key goes to the provider, in the header that was said, and into no error.
func TestKeys(t *testing.T) {
	s, base := simulated(t, simulator.Options{Header: "x-api-key", Credential: "secret", Record: 10})
	rt := runtimeAt(t, base)
	r := planned(t, t.TempDir(), rt, Settings{Input: inputFile(t, ask("a", "opus", "x"))})
	defer closed(t, r)
	key := "k-4711"
	at := func(name string) (*Endpoint, error) {
		e, err := endpointsOf(rt)(name)
		e.Header, e.Key = "x-api-key", key
		return e, err
	}
	err := r.Submit(t.Context(), at)
	if err == nil || !strings.Contains(err.Error(), "status 401: authentication_error") || strings.Contains(err.Error(), key) {
		t.Errorf("error %v", err)
	}
	key = "secret"
	if err := r.Submit(t.Context(), at); err != nil {
		t.Error(err)
	}
	if v := s.Requests()[0].Header.Get("anthropic-version"); v == "" {
		t.Error("no anthropic-version")
	}
}
