package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sluice/cmd/sluice/simulator"
	"sluice/routing/header"
	"sluice/routing/offline/batch"
)

// childVariable makes the test's own program behave as sluice, so that it can be killed.
// Its value is where the program leaves how much memory it took from the system at most.
const childVariable = "SLUICE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	path := os.Getenv(childVariable)
	if path == "" {
		os.Exit(m.Run())
	}
	main()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	if err := os.WriteFile(path, []byte(strconv.FormatUint(memory.Sys, 10)), 0o600); err != nil {
		panic(err)
	}
}

// program is the command line of a process of its own. Its heap is kept close to what it
// needs, so that its size tells of that.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Env = append(os.Environ(), childVariable+"="+filepath.Join(t.TempDir(), "memory"), "GOGC=10", "GOMAXPROCS=2")
	return cmd
}

// batchConfig is a configuration whose providers are at base.
func batchConfig(t *testing.T, base string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sluice.yaml")
	text := fmt.Sprintf(`
providers:
  local:     {endpoint: %[1]s/v1, format: openai}
  openai:    {endpoint: %[1]s/v1, format: openai, credential: {env: BATCH_TEST_KEY}}
  anthropic: {endpoint: %[1]s, format: [anthropic, openai], credential: {env: BATCH_TEST_KEY, header: authorization}}
models:
  - {name: small,  provider: local,     tier: budget,   price: {input: 0.1, output: 0.1}}
  - {name: mini,   provider: openai,    tier: standard, price: {input: 1, output: 2, batch: 0.5}}
  - {name: opus,   provider: anthropic, tier: flagship, price: {input: 15, output: 75, batch: 0.5}}
`, base)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// batchInput writes n lines of about size bytes, for each kind of model in turn.
func batchInput(t *testing.T, n, size int) string {
	t.Helper()
	var b bytes.Buffer
	filler := strings.Repeat("word ", size/5)
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, `{"custom_id":"q%d","method":"POST","url":"/v1/chat/completions","body":{"model":%q,"messages":[{"role":"user","content":"Number %d %s"}]}}`+"\n",
			i, []string{"small", "mini", "opus"}[i%3], i, filler)
	}
	path := filepath.Join(t.TempDir(), "input.jsonl")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// An upstream stands where Envoy does: it answers as a provider, and says so as Sluice does.
type upstream struct {
	*simulator.Server
	answered atomic.Int64
	kill     atomic.Int64 // after how many answers killed is called, once
	killed   func()

	mu  sync.Mutex
	ids map[string]string // of requests, by prompt
	bad []string
}

func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := r.Header.Get("x-request-id")
	if id == "" || id != r.Header.Get("idempotency-key") || r.Header.Get(header.Latency) != header.LatencyRelaxed {
		u.complain("headers %v", r.Header)
	}
	var body bytes.Buffer
	_, _ = body.ReadFrom(r.Body)
	text := body.String()
	if _, rest, ok := strings.Cut(text, "Number "); ok {
		number, _, _ := strings.Cut(rest, " ")
		u.mu.Lock()
		was := u.ids[number]
		u.ids[number] = id
		u.mu.Unlock()
		if was != "" && was != id {
			u.complain("number %s came as %s and as %s", number, was, id)
		}
	}
	next := r.Clone(r.Context())
	next.Body = readCloser{&body}
	w.Header().Set(header.Model, "mini")
	w.Header().Set(header.Tier, "standard")
	w.Header().Set(header.Reason, "complexity")
	u.Server.ServeHTTP(w, next)
	if u.answered.Add(1) == u.kill.Load() {
		u.killed()
	}
}

type readCloser struct{ *bytes.Buffer }

func (readCloser) Close() error { return nil }

func (u *upstream) complain(format string, args ...any) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.bad) < 5 {
		u.bad = append(u.bad, fmt.Sprintf(format, args...))
	}
}

// startUpstream serves one until the test ends.
func startUpstream(t *testing.T) (*upstream, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u := &upstream{Server: simulator.New(simulator.Options{}), ids: make(map[string]string)}
	server := &http.Server{Handler: u}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return u, "http://" + l.Addr().String()
}

// batchResults reads the results and sees that there is one for each of n lines, in order.
func batchResults(t *testing.T, dir string, n int) []batch.Result {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, batch.ResultsFile))
	if err != nil {
		t.Fatal(err)
	}
	var all []batch.Result
	for line := range bytes.Lines(text) {
		var r batch.Result
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if all = append(all, r); r.Line != len(all) {
			t.Fatalf("result %d is of line %d", len(all), r.Line)
		}
	}
	if len(all) != n {
		t.Fatalf("%d results, want %d", len(all), n)
	}
	return all
}
