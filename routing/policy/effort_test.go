package policy

import (
	"strings"
	"testing"
	"time"

	"sluice/routing"
)

// TestEfforts: one model at several efforts is several candidates, by tier and by what
// their reasoning is expected to cost.
func TestEfforts(t *testing.T) {
	low := o1.At(routing.EffortLow, routing.Premium, 300)
	high := o1.At(routing.EffortHigh, routing.Flagship, 4000)
	with := func(math ...*routing.Model) *Auto {
		a := scored()
		for _, m := range math {
			a.Models[m.Name] = m
		}
		a.Domains.Models["math"] = math
		return a
	}
	for _, tt := range []struct {
		name, prompt string
		math         []*routing.Model
		want         string
	}{
		{"premium mathematics, the lower effort", "math 7 en", []*routing.Model{high, low}, "o1@low claude-sonnet-4 o1@high claude-opus-4"},
		{"flagship mathematics, the higher one", "math 9 en", []*routing.Model{high, low}, "o1@high claude-opus-4"},
		{"of one tier, the one that is expected to cost less", "math 9 en", []*routing.Model{high, o1.At(routing.EffortMedium, routing.Flagship, 1500)}, "o1@medium o1@high claude-opus-4"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := with(tt.math...).Decide(&routing.Request{API: routing.OpenAIChat, Prompt: tt.prompt})
			if got := strings.Join(names(d.Candidates), " "); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
			if want := d.Candidates[0].Estimate(&routing.Request{}, d.Signals.Tokens); d.EstimatedCost != want {
				t.Errorf("estimate %v, want %v", d.EstimatedCost, want)
			}
		})
	}
	t.Run("a conversation keeps its effort", func(t *testing.T) {
		d := with(high, low).Decide(&routing.Request{API: routing.OpenAIChat, Prompt: "yes", Before: "math 7 en", Past: routing.Past{Model: "o1@low"}})
		if got := names(d.Candidates); got[0] != "o1@low" || d.Rule != routing.BySession {
			t.Errorf("%v by %s", got, d.Rule)
		}
	})
	t.Run("moving down pays sooner from much reasoning", func(t *testing.T) {
		a := with(high, low)
		for name, want := range map[string]string{"o1@low": "o1@low", "o1@high": "llama-3.2-3b"} {
			at := *a.Models[name]
			at.Price = routing.Price{Output: 60}
			a.Models[name] = &at
			r := &routing.Request{API: routing.OpenAIChat, Prompt: "general 1 en", Bytes: 40_000, Past: routing.Past{Model: name, Idle: time.Minute}}
			llama := *a.Tiers.TierModels[routing.Budget]
			llama.Price = routing.Price{Input: 8, CachedInput: 8}
			a.Tiers.TierModels[routing.Budget] = &llama
			if d := a.Decide(r); d.Candidates[0].Name != want {
				t.Errorf("from %s to %s, want %s", name, d.Candidates[0].Name, want)
			}
		}
	})
}

// TestTurnThatThinks: what answers in the middle of a turn that thinks goes on thinking.
func TestTurnThatThinks(t *testing.T) {
	anthropic := &routing.Provider{Name: "anthropic", Formats: []routing.Format{routing.Anthropic}}
	thinker, plain := *sonnet, *opus
	thinker.Provider, plain.Provider = anthropic, anthropic
	thinker.Thinking, plain.Thinking = routing.ThinkBudget, routing.ThinkBudget
	low := thinker.At(routing.EffortLow, routing.Premium, 300)
	high := plain.At(routing.EffortHigh, routing.Flagship, 4000)
	a := scored()
	a.Models[low.Name] = low
	a.Domains.Models["general"] = []*routing.Model{low, high, &plain}
	decide := func(change func(*routing.Request)) (string, routing.Decision) {
		r := routing.Request{
			API: routing.AnthropicMessages, Prompt: "general 7 en", Explain: true, Signed: true, Thought: true, Kind: routing.Continuation,
			LimitSpan: routing.Span{Start: 1, End: 2}, Past: routing.Past{Model: low.Name, Idle: time.Minute},
		}
		change(&r)
		d := a.Decide(&r)
		return strings.Join(names(d.Candidates), " "), d
	}
	got, d := decide(func(*routing.Request) {})
	if want := "claude-sonnet-4@low claude-opus-4@high"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	told := false
	for _, c := range d.Considered {
		told = told || c.Model == "claude-opus-4" && c.Outcome == "does not think, and the turn began with thinking"
	}
	if !told {
		t.Errorf("the explanation does not say so: %+v", d.Considered)
	}
	if got, _ := decide(func(r *routing.Request) { r.Kind, r.Thought = routing.HumanTurn, false }); !strings.Contains(got, "claude-opus-4 claude-opus-4@high") {
		t.Errorf("at a human turn all may answer: %s", got)
	}
}
