package batch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"sluice/cmd/sluice/simulator"
	"sluice/routing/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// runtimeAt is a configuration whose every provider is at base. Of its models one has no
// batches, one is in OpenAI's and two in Anthropic's. Its scorer is the spec's, so that no
// test depends on learned weights.
func runtimeAt(t *testing.T, base string) *config.Runtime {
	t.Helper()
	text := fmt.Sprintf(`
providers:
  local:     {endpoint: %[1]s/v1, format: [openai, anthropic]}
  openai:    {endpoint: %[1]s/v1, format: openai}
  anthropic: {endpoint: %[1]s, format: [anthropic, openai]}
models:
  - {name: small,  provider: local,     tier: budget,   price: {input: 0.1, output: 0.1}, context: 4000}
  - {name: mini,   provider: openai,    tier: standard, price: {input: 1, output: 2, batch: 0.5}}
  - {name: sonnet, provider: anthropic, tier: premium,  price: {input: 3, output: 15, batch: 0.5}, upstream_name: claude-x, capabilities: [tools]}
  - {name: opus,   provider: anthropic, tier: flagship, price: {input: 15, output: 75, batch: 0.5}}
routing: {scorer: spec}
`, base)
	f, _, err := config.Load("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	rt, err := config.Build(f)
	if err != nil {
		t.Fatal(err)
	}
	return rt
}

// simulated starts a provider and returns it with its base URL.
func simulated(t *testing.T, o simulator.Options) (*simulator.Server, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := simulator.New(o)
	s.Start(l)
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		_ = s.Close()
	})
	return s, "http://" + l.Addr().String()
}

// endpointsOf reaches the providers of a configuration without keys.
func endpointsOf(rt *config.Runtime) Endpoints {
	return func(name string) (*Endpoint, error) {
		p := rt.File.Providers[name]
		return &Endpoint{Base: p.Endpoint, Format: p.Format[0], Client: http.DefaultClient}, nil
	}
}

// ask is a line of OpenAI's batch input.
func ask(id, model, prompt string) string {
	return fmt.Sprintf(`{"custom_id":%q,"method":"POST","url":"/v1/chat/completions","body":{"model":%q,  "messages":[{"role":"user","content":%q}]}}`, id, model, prompt)
}

// inputFile writes lines to a file.
func inputFile(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "input.jsonl")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// opened opens a run and begins it.
func opened(t *testing.T, dir string, rt *config.Runtime, s Settings) *Run {
	t.Helper()
	r, err := Open(dir, rt)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Begin(s); err != nil {
		t.Fatal(err)
	}
	return r
}

// planned opens a run and plans it.
func planned(t *testing.T, dir string, rt *config.Runtime, s Settings) *Run {
	t.Helper()
	r := opened(t, dir, rt, s)
	if err := r.Plan(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return r
}

func closed(t *testing.T, r *Run) {
	t.Helper()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// linesOf decodes a file of lines.
func linesOf[T any](t *testing.T, path string) []T {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []T
	for line := range bytes.Lines(text) {
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("%s: %v in %s", path, err, line)
		}
		all = append(all, v)
	}
	return all
}
