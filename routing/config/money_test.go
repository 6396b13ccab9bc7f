package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/budget"
)

// goodBudget is what each mistake is made in.
const goodBudget = "{name: b, per: user, limit: 10, window: day, timezone: Asia/Seoul, exhausted_below: 0.5, premium_above: 0.3, on_exhausted: cheapest}"

func TestBudgetMistakes(t *testing.T) {
	for _, tt := range []struct{ name, old, new, want string }{
		{"no name", "name: b, ", "", "name: is missing"},
		{"long name", "name: b", "name: " + strings.Repeat("b", 65), `name: "` + strings.Repeat("b", 65) + `" is not a name; expected up to 64 bytes on one line`},
		{"two lines", "name: b", `name: "a\nb"`, `name: "a\nb" is not a name; expected up to 64 bytes on one line`},
		{"nothing to spend", "limit: 10", "limit: 0", "limit: 0 is out of range; expected US dollars, more than 0 and up to a billion"},
		{"too much", "limit: 10", "limit: 2e9", "limit: 2e+09 is out of range; expected US dollars, more than 0 and up to a billion"},
		{"no number", "limit: 10", "limit: nan", `limit: expected a number, found "nan"`},
		{"more than the limit", "exhausted_below: 0.5", "exhausted_below: 10.5", "exhausted_below: 10.5 is out of range; expected US dollars from 0 to the limit"},
		{"negative", "exhausted_below: 0.5", "exhausted_below: -1", "exhausted_below: -1 is out of range; expected US dollars from 0 to the limit"},
		{"percent", "premium_above: 0.3", "premium_above: 30", "premium_above: 30 is out of range; expected 0 to 1 (a share)"},
		{"unit", "per: user", "per: person", `per: "person" is unknown; expected one of everyone, user, key, team, tenant`},
		{"window", "window: day", "window: daily", `window: "daily" is unknown; expected one of hour, day, week, month`},
		{"zone", "timezone: Asia/Seoul", "timezone: KST+9", `timezone: "KST+9" is not an IANA time zone such as Asia/Seoul`},
		{"zone of the machine", "timezone: Asia/Seoul", "timezone: Local", `timezone: "Local" is not an IANA time zone such as Asia/Seoul`},
		{"exhausted", "on_exhausted: cheapest", "on_exhausted: stop", `on_exhausted: "stop" is unknown; expected one of cheapest, refuse`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(goodBudget, tt.old, tt.new, 1)
			if text == goodBudget {
				t.Fatal("no mistake was made")
			}
			_, _, err := Load("x.yaml", []byte(minimal+"budgets:\n  - "+text+"\n"))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v", err)
			}
			want := []Problem{{Line: 8, Path: "budgets[0]." + tt.want[:strings.Index(tt.want, ":")], Text: tt.want[strings.Index(tt.want, ":")+2:]}}
			if diff := cmp.Diff(want, e.Problems); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("twice", func(t *testing.T) {
		_, _, err := Load("x.yaml", []byte(minimal+"budgets:\n  - "+goodBudget+"\n  - "+goodBudget+"\n"))
		if err == nil || !strings.Contains(err.Error(), `line 9: budgets[1].name: budget "b" is given twice`) {
			t.Errorf("error %v", err)
		}
	})
}

func TestBudgetWarnings(t *testing.T) {
	for _, tt := range []struct{ name, old, new, rest, want string }{
		{"none", "", "", "", ""},
		{"user of nobody is the key", "", "", "identity: {}", ""},
		{"team of nobody", "per: user", "per: team", "", "budgets[0].per: identity.team is not configured: all requests share one budget"},
		{"tenant of nobody", "per: user", "per: tenant", "", "budgets[0].per: identity.tenant is not configured: all requests share one budget"},
		{"team", "per: user", "per: team", "identity: {team: {header: x-team}}", ""},
		{"refused anyway", "cheapest", "refuse", "routing: {tier_models: {budget: large, standard: large, premium: large, flagship: large}}", ""},
		{
			"not cheap", "", "", "routing: {tier_models: {budget: large, standard: large, premium: large, flagship: large}}",
			"budgets[0].on_exhausted: large, which answers then, is of the premium tier: where premium_above forbids that tier, requests are refused",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, warnings, err := Load("x.yaml", []byte(minimal+tt.rest+"\nbudgets: ["+strings.Replace(goodBudget, tt.old, tt.new, 1)+"]\n"))
			if err != nil {
				t.Fatal(err)
			}
			var got string
			for _, w := range warnings {
				got += w.Path + ": " + w.Text
			}
			if got != tt.want || f == nil {
				t.Errorf("warnings %q, want %q", got, tt.want)
			}
		})
	}
	t.Run("at a price", func(t *testing.T) {
		text := strings.Replace(minimal, "tier: budget", "tier: budget, price: {output: 0.1}", 1)
		_, warnings, err := Load("x.yaml", []byte(text+"budgets: ["+goodBudget+"]\n"))
		if err != nil || len(warnings) != 1 || warnings[0].Text != "small, which answers then, has a price: requests that cost more than the rest of the budget are refused" {
			t.Errorf("warnings %v, error %v", warnings, err)
		}
	})
}

// TestBudgetsAreBuilt: every word of a budget has its effect.
func TestBudgetsAreBuilt(t *testing.T) {
	f, _, err := Load("x.yaml", []byte(minimal+"budgets: ["+goodBudget+", "+
		"{name: all, per: everyone, limit: 99, window: month, timezone: UTC, exhausted_below: 1, premium_above: 0.1, on_exhausted: refuse}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	rt, err := Build(f)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 10, 15, 30, 0, 0, time.UTC) // half past midnight in Seoul
	accounts := rt.Budgets.Accounts(routing.Principal{User: "ann"}, now)
	if len(accounts) != 2 {
		t.Fatalf("%d accounts", len(accounts))
	}
	for i, want := range []struct {
		limit budget.Limit
		ends  time.Time
	}{
		{budget.Limit{Name: "b", Per: budget.User, USD: 10, ExhaustedBelow: 0.5, PremiumAbove: 0.3}, time.Date(2026, 3, 11, 15, 0, 0, 0, time.UTC)},
		{budget.Limit{Name: "all", Per: budget.Everyone, USD: 99, ExhaustedBelow: 1, PremiumAbove: 0.1, Refuse: true}, time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)},
	} {
		got := *accounts[i].Limit
		got.Window = budget.Window{} // shown by when it ends
		if diff := cmp.Diff(want.limit, got); diff != "" || !accounts[i].Ends.Equal(want.ends) {
			t.Errorf("ends %v; limit (-want +got):\n%s", accounts[i].Ends, diff)
		}
	}
}

// TestBudgetsHoldUnderEveryStrategy: every strategy obeys a budget that the operator wrote,
// whatever is asked.
func TestBudgetsHoldUnderEveryStrategy(t *testing.T) {
	f, _, err := Load("x.yaml", DefaultYAML())
	if err != nil {
		t.Fatal(err)
	}
	rt, err := Build(f)
	if err != nil {
		t.Fatal(err)
	}
	prompts := []string{
		"hello", "소설을 작성해 줘", "Write a python class and explain why", "수학 문제를 증명하고 비교 분석해 줘", "Summarize the document",
		strings.Repeat("Analyze, compare, reason and explain why: def f(): $x$ ", 400),
	}
	free := 0
	for _, strategy := range []string{"auto", "hierarchical", "domain", "cascade", "experiment"} {
		for _, prompt := range prompts {
			for _, spent := range []float64{0, 8, 9.75, 50} {
				allowance := rt.Budgets.At(spent)
				req := routing.Request{
					API: routing.OpenAIChat, Messages: 1, Turns: 1, Prompt: prompt, Bytes: len(prompt), Strategy: strategy,
					Experiment: "pricing_v2", Allowance: allowance,
				}
				d, err := rt.Router.Route(&req)
				if err != nil {
					t.Fatalf("%s, %v spent: %v", strategy, spent, err)
				}
				above := slices.ContainsFunc(d.Candidates, func(m *routing.Model) bool { return m.Tier > routing.Standard })
				switch {
				case allowance.Exhausted && (d.Model != "llama-3.2-3b" || len(d.Candidates) != 1 || d.Rule != routing.ByBudget || d.Reason != "budget_exhausted"):
					t.Errorf("%s, %v spent: %s for %s of %d candidates", strategy, spent, d.Model, d.Reason, len(d.Candidates))
				case allowance.Capped && above:
					t.Errorf("%s, %v spent: a candidate above the standard tier", strategy, spent)
				case !allowance.Capped && above:
					free++
				}
			}
		}
	}
	if free == 0 {
		t.Error("nothing is above the standard tier with money left, either: the test shows nothing")
	}
}

func TestBudgetStatus(t *testing.T) {
	for status, fails := range map[int]bool{402: false, 403: false, 429: false, 0: true, 200: true, 503: true} {
		_, _, err := Load("c.yaml", fmt.Appendf(nil, "routing: {budget_status: %d}", status))
		want := fmt.Sprintf("routing.budget_status: %d is unknown; expected 402, 403 or 429", status)
		if (err != nil) != fails || fails && !strings.Contains(err.Error(), want) {
			t.Errorf("%d: %v", status, err)
		}
	}
}
