package config_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"sluice/routing"
	"sluice/routing/agent"
	"sluice/routing/config"
	"sluice/routing/llmapi"
)

// TestEveryday holds the built-in configuration to sixty everyday prompts, each with the tiers
// that a sensible person finds reasonable. They were labelled before anything was routed; a label
// is not to be changed to suit the router.
func TestEveryday(t *testing.T) {
	const prompts, atLeast = 60, 52
	data, err := os.ReadFile("../policy/testdata/everyday.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	rt, err := config.Build(config.Default())
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	if len(lines) != prompts {
		t.Fatalf("%d prompts, want %d", len(lines), prompts)
	}
	inside := 0
	for i, line := range lines {
		var row struct {
			Text string
			OK   []int
		}
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		d := decided(t, rt, row.Text)
		tier := int(d.Candidates[0].Tier-routing.Budget) + 1
		least, most := slices.Min(row.OK), slices.Max(row.OK)
		switch {
		case slices.Contains(row.OK, tier):
			inside++
		case tier <= least-2 || tier >= most+2:
			t.Errorf("tier %d, two off %v: %.80s (%s, complexity %.3f)", tier, row.OK, row.Text, d.Domain, d.Complexity)
		default:
			t.Logf("tier %d, not of %v: %.80s (%s, complexity %.3f)", tier, row.OK, row.Text, d.Domain, d.Complexity)
		}
	}
	if inside < atLeast {
		t.Errorf("%d of %d prompts get a reasonable tier, want %d at least", inside, prompts, atLeast)
	}
}

// decided routes a chat request with one message of a person.
func decided(t *testing.T, rt *config.Runtime, text string) routing.Decision {
	t.Helper()
	body, err := json.Marshal(map[string]any{"model": "auto", "messages": []map[string]string{{"role": "user", "content": text}}})
	if err != nil {
		t.Fatal(err)
	}
	req, err := llmapi.Read(routing.OpenAIChat, body)
	if err != nil {
		t.Fatal(err)
	}
	agent.Identify(&req, func(string) string { return "" })
	d, err := rt.Router.Route(&req)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
