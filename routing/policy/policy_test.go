package policy

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
)

var (
	_ routing.Policy = (*Hierarchical)(nil)
	_ routing.Policy = (*Domain)(nil)
	_ routing.Policy = (*Cascade)(nil)
	_ routing.Policy = (*Experiment)(nil)
	_ routing.Policy = (*Auto)(nil)
)

// Prompts of the general domain by their complexity.
const (
	simple   = "hello"                                     // 0
	medium   = "compare, explain, analyze"                 // 0.30
	hard     = "compare, explain, analyze, reason, class " // 0.60
	seven    = "compare explain analyze reason 왜 비교 추론"    // 0.70 in seven steps, and not above it
	flagship = seven + " class "                           // 0.90
)

// outcome is the part of a decision that a strategy is about.
type outcome struct {
	Strategy   string
	Tier       routing.Tier
	Reason     string
	Cost       float64
	Candidates string
	Fixed      bool
}

func outcomeOf(t *testing.T, d routing.Decision) outcome {
	t.Helper()
	candidates := names(d.Candidates)
	if len(candidates) == 0 || d.Model != candidates[0] {
		t.Errorf("model %q is not the first candidate of %v", d.Model, candidates)
	}
	return outcome{d.Strategy, d.Tier, d.Reason, d.EstimatedCost, strings.Join(candidates, " "), d.Fixed}
}

func check(t *testing.T, p routing.Policy, r *routing.Request, want outcome) {
	t.Helper()
	if diff := cmp.Diff(want, outcomeOf(t, p.Decide(r))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecisionExplainsItself(t *testing.T) {
	r := &routing.Request{Prompt: "왜 이 코드가 ``` ?", Bytes: 400, Turns: 2, Needs: routing.Tools}
	for _, p := range []routing.Policy{hierarchical(), domain(), cascade(), trial(), auto()} {
		d := p.Decide(r)
		if d.Domain != "code" || d.Complexity != 0.30000000000000004 {
			t.Errorf("%s: domain %s, complexity %v", d.Strategy, d.Domain, d.Complexity)
		}
		want := routing.Signals{Words: 5, Tokens: 100, Code: true, Turns: 2, Turn: "human", Tools: true}
		if diff := cmp.Diff(want, d.Signals); diff != "" {
			t.Errorf("%s: %s", d.Strategy, diff)
		}
	}
}

func TestEstimate(t *testing.T) {
	tests := []struct {
		name      string
		maxTokens int
		want      float64
	}{
		{"assumed answer", 0, 1000*2.5e-6 + 500*10e-6},
		{"shorter answer asked for", 100, 1000*2.5e-6 + 100*10e-6},
		{"longer answer allowed", 9000, 1000*2.5e-6 + 500*10e-6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := gpt4o.Estimate(&routing.Request{MaxTokens: tt.maxTokens}, 1000)
			if math.Abs(got-tt.want) > 1e-12 {
				t.Errorf("Estimate = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestHierarchical(t *testing.T) {
	tests := []struct {
		name   string
		prompt string
		spent  float64
		want   outcome
	}{
		{"budget", simple, 0, outcome{"hierarchical", routing.Budget, "complexity_0.00", 0.001, "llama-3.2-3b gpt-4o-mini claude-sonnet-4 claude-opus-4", false}},
		{"on the border", "compare and explain", 0, outcome{"hierarchical", routing.Budget, "complexity_0.20", 0.001, "llama-3.2-3b gpt-4o-mini claude-sonnet-4 claude-opus-4", false}},
		{"standard", medium, 0, outcome{"hierarchical", routing.Standard, "complexity_0.30", 0.01, "gpt-4o-mini claude-sonnet-4 claude-opus-4", false}},
		{"premium", hard, 0, outcome{"hierarchical", routing.Premium, "complexity_0.60", 0.05, "claude-sonnet-4 claude-opus-4", false}},
		{"seven keywords", seven, 0, outcome{"hierarchical", routing.Premium, "complexity_0.70", 0.05, "claude-sonnet-4 claude-opus-4", false}},
		{"flagship", flagship, 0, outcome{"hierarchical", routing.Flagship, "complexity_0.90", 0.15, "claude-opus-4", false}},
		{"half a dollar left", flagship, 9.5, outcome{"hierarchical", routing.Flagship, "complexity_0.90", 0.15, "claude-opus-4", false}},
		{"a little less left", flagship, 9.500000000000002, outcome{"hierarchical", routing.Budget, "budget_exhausted", 0.001, "llama-3.2-3b", true}},
		{"overspent", simple, 11, outcome{"hierarchical", routing.Budget, "budget_exhausted", 0.001, "llama-3.2-3b", true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			check(t, hierarchical(), &routing.Request{Prompt: tt.prompt, Allowance: daily.At(tt.spent)}, tt.want)
		})
	}
	t.Run("one model in several tiers", func(t *testing.T) {
		h := hierarchical()
		h.TierModels[routing.Premium], h.TierModels[routing.Flagship] = mini, mini
		check(t, h, &routing.Request{Prompt: hard}, outcome{"hierarchical", routing.Premium, "complexity_0.60", 0.05, "gpt-4o-mini", false})
	})
}

func TestDomain(t *testing.T) {
	const (
		miniCost   = 500 * 0.60 / 1e6
		sonnetCost = 500 * 15 / 1e6
		opusCost   = 500 * 75 / 1e6
		o1Cost     = 500 * 60 / 1e6
	)
	tests := []struct {
		name   string
		prompt string
		want   outcome
	}{
		{"code", "Python!", outcome{"domain", routing.Premium, "domain_code", sonnetCost, "claude-sonnet-4 deepseek-coder-v2", false}},
		{"math", "수학", outcome{"domain", routing.Flagship, "domain_math", o1Cost, "o1 deepseek-r1", false}},
		{"writing", "글", outcome{"domain", routing.Flagship, "domain_writing", opusCost, "claude-opus-4 gpt-4o", false}},
		{"summary", "요약", outcome{"domain", routing.Standard, "domain_rag_summary", miniCost, "gpt-4o-mini gemini-2.0-flash", false}},
		{"general", "안녕", outcome{"domain", routing.Standard, "domain_general", miniCost, "gpt-4o-mini", false}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			check(t, domain(), &routing.Request{Prompt: tt.prompt}, tt.want)
		})
	}
	t.Run("domain without models", func(t *testing.T) {
		p := domain()
		delete(p.Models, "code")
		check(t, p, &routing.Request{Prompt: "Python!"}, outcome{"domain", routing.Standard, "domain_code", miniCost, "gpt-4o-mini", false})
	})
}

func TestCascade(t *testing.T) {
	check(t, cascade(), &routing.Request{Prompt: flagship},
		outcome{"cascade", routing.Budget, "cascade", 0, "llama-3.2-3b gpt-4o-mini claude-opus-4", false})
}

func TestExperiment(t *testing.T) {
	const (
		miniCost  = 500 * 0.60 / 1e6
		haikuCost = 500 * 1.25 / 1e6
		opusCost  = 500 * 75 / 1e6
	)
	tests := []struct {
		name       string
		user       string
		experiment string
		want       outcome
	}{
		{"first half", "user-2427", "pricing_v2", outcome{"experiment", routing.Standard, "experiment_control", miniCost, "gpt-4o-mini", true}},
		{"second half", "user-677", "pricing_v2", outcome{"experiment", routing.Standard, "experiment_treatment", haikuCost, "claude-haiku", true}},
		{"the active one", "user-677", "", outcome{"experiment", routing.Standard, "experiment_treatment", haikuCost, "claude-haiku", true}},
		{"beyond the weights", "bob", "gap", outcome{"experiment", routing.Flagship, "experiment_first", opusCost, "claude-opus-4", true}},
		{"unknown", "alice", "pricing_v3", outcome{"experiment", routing.Standard, "experiment_unknown", miniCost, "gpt-4o-mini", true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := trial()
			e.Active = "pricing_v2"
			check(t, e, &routing.Request{Who: routing.Principal{User: tt.user}, Experiment: tt.experiment}, tt.want)
		})
	}
}
