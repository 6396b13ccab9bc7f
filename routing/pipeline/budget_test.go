package pipeline

import (
	"testing"
	"time"

	"sluice/routing"
	"sluice/routing/budget"
	"sluice/routing/config"
)

// TestBuiltInBudget: the published strategies are not restricted by the built-in budget, beyond
// what they make of an exhausted one; the same budget in the operator's file restricts them.
func TestBuiltInBudget(t *testing.T) {
	const hard = `{"model":"auto","messages":[{"role":"user","content":"compare, explain, analyze, reason, class "}]}`
	for _, tt := range []struct {
		name, yaml, strategy string
		spent                float64
		model, reason        string
		limited              bool
	}{
		{"capped by the default", "", "hierarchical", 8, "claude-sonnet-4", "complexity_0.60", false},
		{"exhausted by the default", "", "hierarchical", 9.6, "llama-3.2-3b", "budget_exhausted", true},
		{"another strategy, with nothing left", "", "cascade", 12, "llama-3.2-3b", "cascade", false},
		{"auto obeys the default", "", "auto", 9.6, "llama-3.2-3b", "budget_exhausted", true},
		{"capped by the operator", string(config.DefaultYAML()), "hierarchical", 8, "gpt-4o-mini", "budget_capped", true},
		{"exhausted by the operator", string(config.DefaultYAML()), "cascade", 9.6, "llama-3.2-3b", "budget_exhausted", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			memory, err := budget.NewMemory(budget.Options{})
			if err != nil {
				t.Fatal(err)
			}
			p := testPipeline(t, tt.yaml, Stores{Budgets: memory})
			p.rt.AllowHeaders = []string{"x-sluice-strategy"}
			account := p.rt.Budgets.Accounts(routing.Principal{}, time.Now())[0].Key
			if err := memory.Settle(t.Context(), budget.Settlement{ID: "0", Accounts: []string{account}, Amount: tt.spent}); err != nil {
				t.Fatal(err)
			}
			plan, _, err := p.Begin(t.Context(), &Call{ID: "1", Unique: "1", Path: "/v1/chat/completions", Body: []byte(hard), Header: func(name string) string {
				return map[string]string{"x-sluice-strategy": tt.strategy}[name]
			}})
			if err != nil {
				t.Fatal(err)
			}
			if plan.Candidates[0] != tt.model || plan.Reason != tt.reason || plan.Limited != tt.limited {
				t.Errorf("%s for %s, limited %t; want %s for %s, limited %t", plan.Candidates[0], plan.Reason, plan.Limited, tt.model, tt.reason, tt.limited)
			}
		})
	}
}
