package pipeline

import (
	"strings"
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

const refusingConfig = `
budgets: [{name: all, per: everyone, limit: 1, window: day, timezone: UTC, exhausted_below: 0.5, on_exhausted: refuse}]
`

// TestRefusal: what a client is told whose request the budgets refuse.
func TestRefusal(t *testing.T) {
	for _, tt := range []struct {
		name, yaml, body string
		left             time.Duration // of the window
		status, after    int
		kind             string
	}{
		{"hours left", "", question, 5 * time.Hour, 402, 0, `"insufficient_quota"`},
		{"a minute left", "", question, time.Minute, 402, 60, `"insufficient_quota"`},
		{"a little more", "", question, 61 * time.Second, 402, 0, `"insufficient_quota"`},
		{"forbidden", "routing: {budget_status: 403}", question, 30 * time.Second, 403, 30, `"insufficient_quota"`},
		{"too many requests", "routing: {budget_status: 429}", question, 5 * time.Hour, 429, 0, `"insufficient_quota"`},
		{"Anthropic", "", question, 5 * time.Hour, 402, 0, `"billing_error"`},
		{"Anthropic, forbidden", "routing: {budget_status: 403}", question, 5 * time.Hour, 403, 0, `"permission_error"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := testPipeline(t, refusingConfig+tt.yaml, memoryStores(t))
			now := time.Date(2099, 3, 5, 0, 0, 0, 0, time.UTC).Add(-tt.left)
			p.now = func() time.Time { return now }
			account := p.rt.Budgets.Accounts(routing.Principal{}, now)[0].Key
			if err := p.stores.Budgets.Settle(t.Context(), budget.Settlement{ID: "0", Accounts: []string{account}, Amount: 1}); err != nil {
				t.Fatal(err)
			}
			c := chatCall(tt.body)
			if strings.HasPrefix(tt.name, "Anthropic") {
				c.Path = "/v1/messages"
			}
			_, _, err := p.Begin(t.Context(), c)
			if err == nil {
				t.Fatal("not refused")
			}
			r := p.ErrorReply(c, err)
			if r.Status != tt.status || r.RetryIn != time.Duration(tt.after)*time.Second || r.ShouldRetry == nil || *r.ShouldRetry || !strings.Contains(string(r.Body), tt.kind) {
				t.Errorf("%d, retry-after %v: %s", r.Status, r.RetryIn, r.Body)
			}
		})
	}
}

// TestRefusedByTheCap: what the cap of a budget leaves nobody for has the status of a refusal.
func TestRefusedByTheCap(t *testing.T) {
	p := testPipeline(t, "routing: {budget_status: 403}", Stores{})
	r := p.ErrorReply(chatCall(question), &routing.CappedError{})
	if r.Status != 403 || r.RetryIn != 0 || *r.ShouldRetry || !strings.Contains(string(r.Body), "insufficient_quota") {
		t.Errorf("%d: %s", r.Status, r.Body)
	}
}
