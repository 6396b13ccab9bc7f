package evaluate

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/policy"
)

// hard is complex to the spec's score: 0.5, the premium tier.
const hard = "analyze, compare and explain why: def f():"

const requestLog = `
{"prompt":"hello","model":"large","input_tokens":1000,"output_tokens":500}
{"request":{"model":"auto","messages":[{"role":"user","content":"` + hard + `"}]},"cost_usd":0.05,"input_tokens":2000,"output_tokens":100}
{"prompt":"` + hard + `","spent":100,"input_tokens":1000,"output_tokens":0,"model":"who?"}
not JSON
{"request":{"model":"auto","messages":[]}}
{"prompt":"hello","api":"smoke"}
{"prompt":"hello","input_tokens":-1}
{"request":{"model":"gpt-9","max_tokens":0,"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]},"input_tokens":10,"output_tokens":0}
{"text":"hello","output_tokens":1000}
`

func TestReplay(t *testing.T) {
	cheaper := strings.Replace(twoModels, "{strategy: hierarchical,", "{strategy: hierarchical, tiers: {standard: 0.2, premium: 0.6, flagship: 0.7},", 1)
	r, err := Replay(strings.NewReader(requestLog), NamedConfig{"mine", build(t, twoModels)}, NamedConfig{"cheaper", build(t, cheaper)})
	if err != nil {
		t.Fatal(err)
	}
	if r.Requests != 5 || r.Estimated != 1 {
		t.Errorf("%d requests, %d estimated; want 5 and 1", r.Requests, r.Estimated)
	}
	skipped := Skipped{4, []BadEntry{
		{5, "invalid character 'o' in literal null (expecting 'u')"},
		{6, `"messages" must be a non-empty array`},
		{7, `unknown api "smoke"; expected openai, anthropic or responses`},
	}}
	if diff := cmp.Diff(skipped, r.Skipped); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
	// The first by price, 0.01 + 0.01; the second as given.
	if diff := cmp.Diff(Logged{Requests: 2, Priced: 1, Cost: 0.07}, r.Logged, near64); diff != "" {
		t.Errorf("logged (-want +got):\n%s", diff)
	}
	mine := r.Configs[0]
	small, large := mine.Models[0], mine.Models[1]
	// The last request's input is estimated, at less than 100 tokens.
	if rest := small.Cost - 0.002 - 0.001 - 0.002; small.Count != 3 || rest <= 0 || rest > 100e-6 {
		t.Errorf("small: %+v", small)
	}
	want := Chosen{Tier: routing.Premium, Model: "large", Count: 1, Cost: 0.02 + 0.002}
	if diff := cmp.Diff(want, large, near64); diff != "" {
		t.Errorf("large (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(0.024, mine.OfLogged, near64); diff != "" {
		t.Errorf("cost of what the log prices (-want +got):\n%s", diff)
	}
	if mine.Unserved != 1 || mine.NotNamed != 1 || mine.Cheapest.Model != "small" || mine.Flagship.Model != "large" || mine.Flagship.Cost < 9.99*mine.Cheapest.Cost {
		t.Errorf("%+v", mine)
	}
	if diff := cmp.Diff([]Move{{"large", "small", 1, 0.022 - 0.0022}}, r.Moves, near64); diff != "" {
		t.Errorf("moves (-want +got):\n%s", diff)
	}
	keys(t, r, "requests", "skipped", "estimated", "logged", "configs", "moves")
	printed(t, r.Print, "5 requests; for 1 the log has no usage", "4 lines could not be used: line 5: ", "always flagship", "2 requests, 1 by price",
		"$0.0700", "1 requests name a model that this configuration does not route", "FROM")
}

// TestReplayRemembers: a tool's result does not leave the model of its conversation; where that
// is not remembered, it gets the weaker model that its turn asks for.
func TestReplayRemembers(t *testing.T) {
	const simple = "please tell me the names of all the months in the order in which they come" // long enough to be scored by itself
	const log = `
{"request":{"model":"auto","messages":[{"role":"user","content":"` + hard + `"}]}}
{"request":{"model":"auto","messages":[{"role":"user","content":"` + hard + `"},{"role":"assistant","content":"because"},{"role":"user","content":"` + simple + `"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"done"}]}}
{"request":{"model":"auto","messages":[{"role":"user","content":"good day"},{"role":"assistant","content":"because"},{"role":"user","content":"` + simple + `"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"done"}]}}
`
	for _, tt := range []struct {
		name, session string
		small, large  int
	}{
		{"with sessions", "", 1, 2},
		{"without", ", session: {ttl: 0s}", 2, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			config := strings.Replace(twoModels, "hierarchical", policy.NameAuto+", scorer: spec"+tt.session, 1)
			r, err := Replay(strings.NewReader(log), NamedConfig{"", build(t, config)})
			if err != nil {
				t.Fatal(err)
			}
			counts := make(map[string]int)
			for _, m := range r.Configs[0].Models {
				counts[m.Model] += m.Count
			}
			if counts["small"] != tt.small || counts["large"] != tt.large {
				t.Errorf("%v; want %d of small and %d of large", counts, tt.small, tt.large)
			}
		})
	}
}

// TestReplayEfforts: what a candidate is expected to reason costs, unless the log has its own
// answer.
func TestReplayEfforts(t *testing.T) {
	config := strings.NewReplacer("output: 20}}", "output: 20}, efforts: {high: {tokens: 1000}}}", "premium: large, flagship: large", "premium: large@high, flagship: large@high").Replace(twoModels)
	const log = `
{"prompt":"` + hard + `","input_tokens":0,"output_tokens":100,"model":"small"}
{"prompt":"` + hard + `","input_tokens":0,"output_tokens":1500,"model":"large","effort":"high"}
{"prompt":"` + hard + `","input_tokens":0}
`
	r, err := Replay(strings.NewReader(log), NamedConfig{"", build(t, config)})
	if err != nil {
		t.Fatal(err)
	}
	played := r.Configs[0]
	want := []Chosen{{Tier: routing.Premium, Model: "large@high", Count: 3, Cost: (1100 + 1500 + 1500) * 20 / 1e6}}
	if diff := cmp.Diff(want, played.Models, near64); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Logged{Requests: 2, Priced: 2, Cost: (100*2 + 1500*20) / 1e6}, r.Logged, near64); diff != "" {
		t.Errorf("logged (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[0].Cost, played.Flagship.Cost, near64); diff != "" {
		t.Errorf("all by the flagship (-want +got):\n%s", diff)
	}
}
