package config

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
)

const effortful = `
providers:
  openai:    {endpoint: "http://127.0.0.1:8000/v1", format: openai}
  anthropic: {endpoint: "http://127.0.0.1:8000", format: [anthropic, openai]}
models:
  - {name: small, provider: openai, tier: budget}
  - {name: thinker, provider: openai, tier: flagship, timeout: 9s, efforts: [low, high], price: {input: 1, output: 2}, capabilities: [json]}
  - {name: claude, provider: anthropic, tier: flagship, thinking: budget, efforts: {low: {tier: standard, tokens: 200}, high: , max: {tokens: 0}}}
`

// called returns the names of the models.
func called(models []*routing.Model) []string {
	names := make([]string, len(models))
	for i, m := range models {
		names[i] = m.Name
	}
	return names
}

func TestEfforts(t *testing.T) {
	f, warnings, err := Load("x.yaml", []byte(effortful+`
routing:
  tier_models: {budget: small, standard: claude@low, premium: thinker@low, flagship: thinker@high}
  domains: {math: [thinker@high, small]}
  cascade: [small, claude@low, claude@high]
  default_model: claude@low
  structured_model: thinker@low
experiments:
  thought: {low: {model: thinker@low, weight: 0.5}, high: {model: thinker@high, weight: 0.5}}
`))
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	rt, err := Build(f)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Tier     routing.Tier
		Effort   routing.Effort
		Tokens   int
		Thinking routing.Thinking
		Plain    string
	}
	got := make(map[string]row)
	for _, m := range rt.Router.Models() {
		r := row{m.Tier, m.Effort, m.Reasoning, m.Thinking, ""}
		if m.Plain != nil {
			r.Plain = m.Plain.Name
			if m.Plain != rt.Router.Model(r.Plain) || m.Cluster != m.Plain.Cluster || m.UpstreamName != m.Plain.UpstreamName || m.Price != m.Plain.Price || m.Timeout != m.Plain.Timeout {
				t.Errorf("%s has not what its model has: %+v", m.Name, m)
			}
		}
		got[m.Name] = r
	}
	want := map[string]row{
		"small":        {Tier: routing.Budget},
		"thinker":      {Tier: routing.Flagship},
		"thinker@low":  {routing.Flagship, "low", 300, 0, "thinker"},
		"thinker@high": {routing.Flagship, "high", 4000, 0, "thinker"},
		"claude":       {Tier: routing.Flagship, Thinking: routing.ThinkBudget},
		"claude@low":   {routing.Standard, "low", 200, routing.ThinkBudget, "claude"},
		"claude@high":  {routing.Flagship, "high", 4000, routing.ThinkBudget, "claude"},
		"claude@max":   {routing.Flagship, "max", 0, routing.ThinkBudget, "claude"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		strategy, want string
		api            routing.API
	}{
		{"cascade", "claude@low claude@high", routing.AnthropicMessages},
		{"cascade", "small claude", routing.OpenAIChat}, // where the efforts are none of the provider's own format
		{"domain", "thinker@high small", routing.OpenAIChat},
		{"hierarchical", "small claude thinker@low", routing.OpenAIChat},
	} {
		d, err := rt.Router.Route(&routing.Request{API: tt.api, Messages: 1, Prompt: "증명", Strategy: tt.strategy, LimitSpan: routing.Span{Start: 1, End: 2}})
		if got := strings.Join(called(d.Candidates), " "); err != nil || got != tt.want {
			t.Errorf("%s: %s, want %s; %v", tt.strategy, got, tt.want, err)
		}
	}
}

// TestEffortsDerived: a tier without a model of its own gets one at an effort.
func TestEffortsDerived(t *testing.T) {
	f, _, err := Load("x.yaml", []byte(effortful))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"budget": "small", "standard": "claude@low", "premium": "thinker", "flagship": "thinker"}
	if diff := cmp.Diff(want, f.Routing.TierModels); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	f.Restrict(func(p Provider) bool { return p.Format[0] == "openai" })
	want["standard"] = "thinker"
	if diff := cmp.Diff(want, f.Routing.TierModels); diff != "" {
		t.Errorf("without the provider (-want +got):\n%s", diff)
	}
}

func TestEffortProblems(t *testing.T) {
	model := func(provider, rest string) string {
		return "models:\n  - {name: m, provider: " + provider + ", tier: budget, " + rest + "}\n"
	}
	head, _, _ := strings.Cut(effortful, "models:")
	for _, tt := range []struct {
		name, yaml string
		want       []string
	}{
		{"no effort", model("openai", "efforts: [low, ultra]"), []string{`line 6: models[0].efforts.ultra: "ultra" is not an effort; expected one of none, minimal, low, medium, high, xhigh, max`}},
		{"no effort of Anthropic's", model("anthropic", "efforts: [minimal]"), []string{`line 6: models[0].efforts.minimal: provider "anthropic" takes efforts in the anthropic format, which has no "minimal"; expected one of low, medium, high, xhigh, max`}},
		{"twice", model("openai", "efforts: [low, low]"), []string{`line 6: models[0].efforts.low: effort "low" is given twice`}},
		{"values", model("openai", "efforts: {low: {tier: huge, tokens: -1, colour: red}}"), []string{
			`line 6: models[0].efforts.low.tier: "huge" is not a tier; expected budget, standard, premium or flagship`,
			`line 6: models[0].efforts.low.tokens: -1 is out of range; expected 0 to 1000000 tokens of reasoning`,
			`line 6: models[0].efforts.low.colour: unknown key; expected one of tier, tokens`,
		}},
		{"ranges", model("openai", "efforts: {low: {tier: huge, tokens: -1}}"), []string{
			`line 6: models[0].efforts.low.tier: "huge" is not a tier; expected budget, standard, premium or flagship`,
			`line 6: models[0].efforts.low.tokens: -1 is out of range; expected 0 to 1000000 tokens of reasoning`,
		}},
		{"thinking of OpenAI's", model("openai", "efforts: [low], thinking: budget"), []string{`line 6: models[0].thinking: is for models in Anthropic's format; the format of provider "openai" is openai`}},
		{"thinking without efforts", model("anthropic", "thinking: budget"), []string{`line 6: models[0].thinking: has no effect without efforts`}},
		{"unknown thinking", model("anthropic", "efforts: [low], thinking: hard"), []string{`line 6: models[0].thinking: "hard" is unknown; expected effort, adaptive or budget`}},
		{"the name of a model", model("openai", "efforts: [low]") + "  - {name: m@low, provider: openai, tier: budget}\n", []string{`line 6: models[0].efforts.low: makes a candidate "m@low", which is already the name of a model`}},
		{"an effort that the model has not", model("openai", "efforts: [low, high]") + "routing: {cascade: [m@medium]}\n", []string{`line 7: routing.cascade[0]: unknown model "m@medium"; known: m, m@low, m@high`}},
		{"a model without efforts", model("openai", "context: 0") + "routing: {default_model: m@low}\n", []string{`line 7: routing.default_model: unknown model "m@low": m has no efforts`}},
		{"an unknown model", model("openai", "efforts: [low]") + "routing: {default_model: n@low}\n", []string{`line 7: routing.default_model: unknown model "n@low"; known: m, m@low`}},
		{"one word", model("openai", "efforts: low"), []string{`line 6: models[0].efforts: expected a list of words, or a mapping of each to its settings`}},
		{"a list in the list", model("openai", "efforts: [[low]]"), []string{`line 6: models[0].efforts[0]: expected one value, found a list`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := Load("x.yaml", []byte(head+tt.yaml))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("expected an *Error, got %v", err)
			}
			var got []string
			for _, p := range e.Problems {
				got = append(got, p.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestDefaultChoosesNoEffort: the efforts that the built-in configuration has change no
// decision, whatever the strategy.
func TestDefaultChoosesNoEffort(t *testing.T) {
	built := func(f *File) *Runtime {
		rt, err := Build(f)
		if err != nil {
			t.Fatal(err)
		}
		return rt
	}
	f := Default()
	if !f.HasEfforts() {
		t.Fatal("the built-in configuration has no efforts")
	}
	for i := range f.Models {
		f.Models[i].Efforts = nil
	}
	with, without := built(Default()), built(f)
	for _, strategy := range []string{"auto", "hierarchical", "domain", "cascade", "experiment"} {
		for _, api := range []routing.API{routing.OpenAIChat, routing.AnthropicMessages} {
			for needs := range routing.Logprobs << 1 {
				for _, prompt := range []string{"hello", "prove that 2+2=4 step by step", "증명해 줘", "analyze, compare and explain why: def f(): pass, $x$ 비교 추론 분석"} {
					for _, a := range []routing.Allowance{{}, {Capped: true}, {Exhausted: true}} {
						decide := func(rt *Runtime) (routing.Decision, error) {
							return rt.Router.Route(&routing.Request{API: api, Messages: 1, Prompt: prompt, Needs: needs, Strategy: strategy, Allowance: a, Explain: true, Who: routing.Principal{User: "ann"}})
						}
						d, err := decide(with)
						want, wantErr := decide(without)
						if got, want := called(d.Candidates), called(want.Candidates); !slices.Equal(got, want) {
							t.Fatalf("%s, %v, %v, %q: %v, want %v", strategy, api, needs, prompt, got, want)
						}
						d.Candidates, want.Candidates = nil, nil
						if diff := cmp.Diff(want, d); diff != "" || (err == nil) != (wantErr == nil) {
							t.Fatalf("%s, %v, %v, %q: %v, %v (-without +with):\n%s", strategy, api, needs, prompt, err, wantErr, diff)
						}
					}
				}
			}
		}
	}
}
