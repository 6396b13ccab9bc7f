package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestBatchThroughEnvoy: a file of prompts goes through Envoy, the command is killed on the
// way, and in the end each line has one answer and has been paid for. Only what was
// under way when the command was killed is paid for twice, as the provider was asked twice.
func TestBatchThroughEnvoy(t *testing.T) {
	const (
		lines, atOnce = 120, 4
		rounding      = 1e-6 * lines // of the headers that say what a line cost
	)
	s := startStack(t, limited(10, "memory")...)
	dir := t.TempDir()
	input, out := filepath.Join(dir, "in.jsonl"), filepath.Join(dir, "out")
	var text strings.Builder
	for i := range lines {
		fmt.Fprintf(&text, `{"prompt":"Tell me about river number %d. [[small: delay=20ms]]"}`+"\n", i)
	}
	if err := os.WriteFile(input, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"batch", input, "--out", out, "--config", s.config, "--send", s.url, "--concurrency", strconv.Itoa(atOnce)}
	first := startSluice(t, args...)
	eventually(t, func() error {
		if n := len(s.local.received("small")); n < lines/3 {
			return fmt.Errorf("%d lines are sent", n)
		}
		return nil
	})
	first.kill9()

	path, err := sluice()
	if err != nil {
		t.Fatal(err)
	}
	again := exec.CommandContext(t.Context(), path, args...)
	again.Env = append(os.Environ(), "SLUICE_API_KEY=batch-key")
	if b, err := again.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	results, err := os.ReadFile(filepath.Join(out, "results.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var paid float64
	seen := make(map[int]bool)
	sc := bufio.NewScanner(bytes.NewReader(results))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var r struct {
			Line   int     `json:"line"`
			Model  string  `json:"model"`
			Status int     `json:"status"`
			Cost   float64 `json:"cost_usd"`
		}
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil || r.Status != 200 || r.Model != "small" || r.Cost == 0 || seen[r.Line] {
			t.Fatalf("%s: %v", sc.Bytes(), err)
		}
		seen[r.Line] = true
		paid += r.Cost
	}
	if len(seen) != lines {
		t.Errorf("%d lines have an answer, want %d", len(seen), lines)
	}
	twice := len(s.local.received("small")) - lines
	if twice < 0 || twice > atOnce+1 { // one more may be answered and about to be written down
		t.Errorf("the provider was asked %d times more than there are lines; %d were under way when the command was killed", twice, atOnce)
	}
	// An answer that no one received is charged by estimate.
	most := paid + float64(twice)*estimateOf(t, s, chatBody("Tell me about river number 100. [[small: delay=20ms]]", ""))
	eventually(t, func() error {
		b := budgetOf(t, s.sluice)
		if b.Reserved != 0 || b.Spent < paid-rounding || b.Spent > most+rounding {
			return fmt.Errorf("the lines cost %v, with what was asked for again at most %v; the books say %+v", paid, most, b)
		}
		return nil
	})
}
