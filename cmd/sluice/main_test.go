package main

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sluice/routing/config"
)

// run executes the program with the arguments and standard input.
func run(t *testing.T, stdin string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	cmd := rootCommand()
	var out, errs bytes.Buffer
	cmd.SetArgs(args)
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	err = cmd.ExecuteContext(t.Context())
	return out.String(), errs.String(), err
}

func TestRoutePrompt(t *testing.T) {
	out, _, err := run(t, "", "route", "--strategy", "hierarchical", "--prompt", "analyze, compare and explain why: def f():", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var d map[string]any
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatal(err)
	}
	for k, want := range map[string]any{
		"strategy": "hierarchical", "model": "claude-sonnet-4", "tier": "premium", "reason": "complexity_0.50", "estimated_cost_usd": 0.05,
	} {
		if d[k] != want {
			t.Errorf("%s: %v, want %v", k, d[k], want)
		}
	}
	for _, k := range []string{"domain", "complexity", "candidates", "signals"} {
		if d[k] == nil {
			t.Errorf("no %s in %s", k, out)
		}
	}
	out, _, err = run(t, "", "route", "--prompt", "hello there")
	if err != nil || !strings.Contains(out, "llama-3.2-3b → ") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestRouteEffort: an effort is named beside the model, and a candidate by both.
func TestRouteEffort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice.yaml")
	if err := os.WriteFile(path, []byte(`
providers: {p: {endpoint: "http://127.0.0.1:1/v1", format: openai}}
models: [{name: m, provider: p, tier: premium, efforts: {low: {tier: budget}, high: {tokens: 9000}}, price: {output: 10}}]
routing: {strategy: cascade, scorer: spec, cascade: [m@low, m@high]}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, err := run(t, "", "route", "--config", path, "--prompt", "hello", "--json")
	for _, want := range []string{`"model":"m","effort":"low","tier":"budget"`, `"candidates":["m@low","m@high"]`} {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("no %s in %s, %v", want, out, err)
		}
	}
	if out, _, err = run(t, "", "route", "--config", path, "--prompt", "hello", "--strategy", "auto", "--explain"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`model +m\n`, `effort +low\n`, `candidates +m@low → m\n`, `m@low +budget +\$0.008\d* +chosen\n`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	body := filepath.Join(filepath.Dir(path), "body.json")
	if err := os.WriteFile(body, []byte(`{"model":"auto","reasoning_effort":"high","messages":[{"role":"user","content":"hello"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, err = run(t, "", "route", "--config", path, "--explain", body)
	if err != nil || strings.Contains(out, "\neffort ") || !strings.Contains(out, "in place of m@low: the client sets the effort itself") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestRouteLines(t *testing.T) {
	in := `{"prompt": "", "spent": 9.6}
{"request": {"model":"auto","messages":[{"role":"user","content":"증명해 줘"}]}, "user": "u1", "experiment": "pricing_v2"}

{"request": {"model":"auto"}}
not json
`
	out, _, err := run(t, in, "route", "--jsonl", "--strategy", "hierarchical")
	if err == nil || err.Error() != "2 lines could not be routed; their output says why" {
		t.Errorf("error %v", err)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines:\n%s", len(lines), out)
	}
	for i, want := range []string{`"reason":"budget_exhausted"`, `"domain":"math"`, `"line":4,`, `"line":5,`} {
		if i >= 2 {
			if !strings.Contains(lines[i], `"error":"`) {
				t.Errorf("line %d: %s", i, lines[i])
			}
			want = strings.TrimSuffix(want, ",")
		}
		if !strings.Contains(lines[i], want) {
			t.Errorf("line %d: %s, want %s", i, lines[i], want)
		}
	}
}

func TestRouteFromFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "request.json")
	if err := os.WriteFile(path, []byte(`{"model":"auto","max_tokens":10,"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, err := run(t, "", "route", "--api", "anthropic", "--json", path)
	if err != nil || !strings.Contains(out, `"model":"llama-3.2-3b"`) {
		t.Errorf("%v: %s", err, out)
	}
	for _, args := range [][]string{
		{"route", path + ".missing"},
		{"route", "--api", "smoke", path},
		{"route", "--prompt", "x", path},
		{"route", "--strategy", "magic", "--prompt", "x"},
		{"route", "--config", path + ".missing", "--prompt", "x"},
	} {
		if _, _, err := run(t, "", args...); err == nil {
			t.Errorf("%v succeeds", args)
		}
	}
}

func TestCheck(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice.yaml")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("listen: 127.0.0.1:8080\n")
	if out, _, err := run(t, "", "check", path); err != nil || !strings.Contains(out, "ok: 11 models of 5 providers") {
		t.Errorf("%v: %s", err, out)
	}
	write("listen: nowhere\nadmni: x\nrouting: {strategy: magic}\n")
	_, problems, err := run(t, "", "check", path)
	want := path + ": line 1: listen: \"nowhere\" is not an address; expected host:port\n" +
		path + ": line 2: admni: unknown key; did you mean admin?\n" +
		path + ": line 3: routing.strategy: \"magic\" is unknown; expected one of auto, hierarchical, domain, cascade, experiment\n"
	if err == nil || problems != want {
		t.Errorf("%v: %s\nwant %s", err, problems, want)
	}
}

func TestBootstrap(t *testing.T) {
	out, _, err := run(t, "", "envoy", "bootstrap")
	if err != nil || !json.Valid([]byte(out)) || !strings.Contains(out, "priority_group") {
		t.Errorf("%v", err)
	}
	path := filepath.Join(t.TempDir(), "sluice.yaml")
	if err := os.WriteFile(path, []byte(`
providers: {p: {endpoint: "https://example.com", format: anthropic, credential: {file: /nowhere/key}}}
models: [{name: m, provider: p, tier: budget}]
`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := run(t, "", "envoy", "bootstrap", "--config", path); err == nil || !strings.Contains(err.Error(), "--secrets-dir") {
		t.Errorf("without a folder for the secrets: %v", err)
	}
	dir := filepath.Join(filepath.Dir(path), "secrets")
	if _, _, err := run(t, "", "envoy", "bootstrap", "--config", path, "--secrets-dir", dir); err != nil {
		t.Error(err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("%v, %v", files, err)
	}
}

func TestExplain(t *testing.T) {
	out, _, err := run(t, "", "route", "--explain", "--prompt", "What is the capital of Korea?")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"RULE  complexity", "CONSIDERED", "llama-3.2-3b", "chosen", "behind, should the answer be weak", "language=en", "need            standard 0."} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
}

func TestDryRun(t *testing.T) {
	rt, err := config.Build(config.Default())
	if err != nil {
		t.Fatal(err)
	}
	ask := func(query, body string) (int, string) {
		w := httptest.NewRecorder()
		dryRun(func() *config.Runtime { return rt })(w, httptest.NewRequest("POST", "/route"+query, strings.NewReader(body)))
		return w.Code, w.Body.String()
	}
	body := `{"model":"auto","messages":[{"role":"user","content":"hello there, how are you"}]}`
	if code, text := ask("?strategy=hierarchical&spent=9.7", body); code != 200 || !strings.Contains(text, `"budget_exhausted"`) {
		t.Errorf("%d %s", code, text)
	}
	if code, text := ask("", body); code != 200 || !strings.Contains(text, `"considered":[`) {
		t.Errorf("%d %s", code, text)
	}
	for query, body := range map[string]string{"?api=smoke": body, "?spent=much": body, "?strategy=magic": body, "": "{"} {
		if code, text := ask(query, body); code != 400 || !json.Valid([]byte(text)) {
			t.Errorf("%s: %d %s", query, code, text)
		}
	}
}
