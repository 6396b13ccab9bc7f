package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"sluice/cmd/sluice/simulator"
)

// A sdkCheck is what one check of sdk/check.py saw; fields it does not report are zero.
type sdkCheck struct {
	Check     string            `json:"check"`
	Error     string            `json:"error"` // the SDK raised what it should not have
	Models    []string          `json:"models"`
	Model     string            `json:"model"`
	Text      string            `json:"text"`
	Tokens    int               `json:"tokens"`
	Tool      string            `json:"tool"`
	Arguments map[string]any    `json:"arguments"`
	Parsed    map[string]any    `json:"parsed"`
	Vectors   int               `json:"vectors"`
	Status    int               `json:"status"`
	Code      string            `json:"code"`
	Kind      string            `json:"kind"`
	Message   string            `json:"message"`
	Headers   map[string]string `json:"headers"` // those of Sluice
}

// sdkChecks points the providers' own SDKs at the base URL and returns what they
// saw, by check. failing is a prompt that is answered with an error status. With no
// names, every check runs.
func sdkChecks(t *testing.T, base, model, failing string, names ...string) map[string]sdkCheck {
	t.Helper()
	const python = ".cache/sdk/bin/python"
	if _, err := exec.LookPath(python); err != nil {
		t.Fatalf("the providers' SDKs are not installed (%v): run `make sdk`", err)
	}
	cmd := exec.CommandContext(t.Context(), python, "e2e/sdk/check.py",
		"--base", base, "--model", model, "--failing", failing, "--only", strings.Join(names, ","))
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("check.py: %v\n%s", err, problems.String())
	}
	checks := map[string]sdkCheck{}
	for line := range bytes.Lines(out) {
		var c sdkCheck
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatalf("check.py printed %q: %v", line, err)
		}
		checks[c.Check] = c
	}
	return checks
}

// TestSDKsUnderstandProviders shows that the simulated providers speak both formats
// as the providers' own SDKs expect, so that tests through Envoy are meaningful.
func TestSDKsUnderstandProviders(t *testing.T) {
	u := startUpstream(t, simulator.Options{Models: []string{"m1"}})
	checks := sdkChecks(t, "http://"+u.address, "m1", "[[m1: 429]]")
	if len(checks) != 16 {
		t.Errorf("%d checks ran, want 16", len(checks))
	}
	answer := "Simulated answer by m1"
	for name, c := range checks {
		sdk, check, _ := strings.Cut(name, ".")
		var wrong bool
		switch check {
		case "models":
			wrong = fmt.Sprint(c.Models) != "[m1]"
		case "chat", "stream":
			wrong = c.Model != "m1" || !strings.HasPrefix(c.Text, answer) || c.Tokens < 20
		case "responses", "responses_stream":
			wrong = !strings.HasPrefix(c.Text, answer) || c.Tokens < 20
		case "tools":
			wrong = c.Tool != "weather" || c.Arguments["city"] == nil || !strings.HasPrefix(c.Text, answer)
		case "parse":
			wrong = c.Parsed["city"] == nil || c.Parsed["degrees"] != 7.0
		case "embeddings":
			wrong = c.Vectors != 2
		case "count_tokens":
			wrong = c.Tokens == 0
		case "failure":
			wrong = c.Status != 429 || c.Kind != map[string]string{"openai": "requests", "anthropic": "rate_limit_error"}[sdk]
		default:
			t.Errorf("unexpected check %q", name)
		}
		if c.Error != "" || wrong {
			t.Errorf("%s saw %+v", name, c)
		}
	}
}
