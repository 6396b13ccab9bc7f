package config

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/routing"
	"sluice/routing/budget"
	"sluice/routing/policy"
)

// A published answer is what one of the published strategies says of a prompt.
type published struct {
	model, tier, reason string
	cost                float64
}

// sum adds exactly and rounds to a float64 after each step, as the arithmetic of every
// language does.
func sum(terms ...float64) float64 {
	total := 0.0
	for _, term := range terms {
		a, b := new(big.Rat).SetFloat64(total), new(big.Rat).SetFloat64(term)
		total, _ = new(big.Rat).Add(a, b).Float64()
	}
	return total
}

// publishedHierarchical is the published hierarchical router, with a daily budget of $10.
// Prompts are of lower case.
func publishedHierarchical(prompt string, spent float64) published {
	if sum(10, -spent) < 0.5 {
		return published{"llama-3.2-3b", "budget", "budget_exhausted", 0.001}
	}
	var terms []float64
	switch words := len(strings.Fields(prompt)); {
	case words > 500:
		terms = append(terms, 0.3)
	case words > 200:
		terms = append(terms, 0.15)
	}
	for _, word := range []string{"분석", "비교", "추론", "설명해", "왜", "analyze", "compare", "reason", "explain"} {
		if strings.Contains(prompt, word) {
			terms = append(terms, 0.1)
		}
	}
	if slices.ContainsFunc([]string{"```", "def ", "class ", "import "}, func(s string) bool { return strings.Contains(prompt, s) }) {
		terms = append(terms, 0.2)
	}
	if strings.Contains(prompt, `\frac`) || strings.Contains(prompt, `\sum`) {
		terms = append(terms, 0.15)
	}
	complexity := min(sum(terms...), 1)
	p := published{"llama-3.2-3b", "budget", fmt.Sprintf("complexity_%.2f", complexity), 0.001}
	switch {
	case complexity > 0.7:
		p.model, p.tier, p.cost = "claude-opus-4", "flagship", 0.15
	case complexity > 0.4:
		p.model, p.tier, p.cost = "claude-sonnet-4", "premium", 0.05
	case complexity > 0.2:
		p.model, p.tier, p.cost = "gpt-4o-mini", "standard", 0.01
	}
	return p
}

// publishedDomain is the published domain router's model.
func publishedDomain(prompt string) string {
	for _, d := range []struct{ words, model string }{
		{"``` 코드 함수 클래스 python javascript", "claude-sonnet-4"},
		{"수학 증명 계산 equation", "o1"},
		{"글 작성 소설 에세이 write", "claude-opus-4"},
	} {
		for word := range strings.FieldsSeq(d.words) {
			if strings.Contains(prompt, word) {
				return d.model
			}
		}
	}
	return "gpt-4o-mini" // of summaries, and of all else
}

// publishedPrompt writes up to 600 words, some of which the published rules look for.
func publishedPrompt(rng *rand.Rand) string {
	plain := strings.Fields("please tell me about the weather in seoul tomorrow 오늘 날씨는 어떤가요 서울에서")
	loaded := []string{
		"분석", "비교", "추론", "설명해", "왜", "analyze", "compare", "reason", "explain", "```", "def f", "class c", "import x", `\frac`, `\sum`,
		"python", "함수", "증명", "equation", "소설을", "write", "요약", "summarize",
	}
	words := make([]string, []int{1, 5, 40, 200, 201, 500, 501, 600}[rng.IntN(8)])
	share := rng.Float64() * min(1, 12/float64(len(words)))
	for i := range words {
		words[i] = plain[rng.IntN(len(plain))]
		if rng.Float64() < share {
			words[i] = loaded[rng.IntN(len(loaded))]
		}
	}
	return strings.Join(words, " ")
}

// TestPublishedStrategies: without budgets of the operator's own the published strategies
// decide as they were published, whatever is spent, offline and with reservations.
func TestPublishedStrategies(t *testing.T) {
	rt, err := Build(Default())
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(2026, 3))
	spendings := []float64{0, 3, 6.999, 7, 7.001, 9.4, math.Nextafter(9.5, 0), 9.5, math.Nextafter(9.5, 10), 9.51, 9.999, 10, 12}
	capped := 0
	for range 3000 {
		prompt, spent := publishedPrompt(rng), spendings[rng.IntN(len(spendings))]
		if rng.IntN(2) == 0 {
			spent = rng.Float64() * 11
		}
		ask := func(strategy string, allowance routing.Allowance) routing.Decision {
			d, err := rt.Router.Route(&routing.Request{
				API: routing.OpenAIChat, Messages: 1, Turns: 1, Prompt: prompt, Strategy: strategy, Experiment: "pricing_v2",
				Who: routing.Principal{User: "user-677"}, Allowance: allowance,
			})
			if err != nil {
				t.Fatalf("%s, %v spent, %q: %v", strategy, spent, prompt, err)
			}
			return d
		}
		reserved := func(strategy string) routing.Decision { return reserve(t, rt, spent, strategy, ask) }
		for name, decide := range map[string]func(string) routing.Decision{
			"offline": func(strategy string) routing.Decision { return ask(strategy, rt.Budgets.At(spent)) }, "reserved": reserved,
		} {
			d := decide(policy.NameHierarchical)
			want := publishedHierarchical(prompt, spent)
			if got := (published{d.Model, d.Tier.String(), d.Reason, d.EstimatedCost}); got != want {
				t.Fatalf("%s: hierarchical, %v spent, %q: %+v, want %+v", name, spent, prompt, got, want)
			}
			if spent > 7 && d.Tier > routing.Standard {
				capped++
			}
			for strategy, want := range map[string]string{
				policy.NameDomain: publishedDomain(prompt), policy.NameCascade: "llama-3.2-3b", policy.NameExperiment: "claude-haiku",
			} {
				d := decide(strategy)
				if d.Model != want {
					t.Fatalf("%s: %s, %v spent, %q: %s, want %s", name, strategy, spent, prompt, d.Model, want)
				}
				if n := len(d.Candidates); strategy == policy.NameCascade && n != 3 || strategy == policy.NameExperiment && d.Assigned.Variant != "treatment" {
					t.Fatalf("%s: %s, %v spent: %d candidates, assigned %+v", name, strategy, spent, n, d.Assigned)
				}
			}
		}
	}
	if capped < 100 {
		t.Errorf("only %d decisions would have been capped: the test shows little", capped)
	}
}

// reserve decides as the running server does: by what the ledger leaves, until it grants
// the reservation.
func reserve(t *testing.T, rt *Runtime, spent float64, strategy string, ask func(string, routing.Allowance) routing.Decision) routing.Decision {
	t.Helper()
	const rounds = 4
	now := time.Now()
	accounts := rt.Budgets.Accounts(routing.Principal{User: "user-677"}, now)
	ledger := budget.Ledger{Store: spentStore(spent)}
	grant, err := ledger.Allowance(t.Context(), accounts)
	for range rounds {
		if err != nil || grant.Refused != nil {
			t.Fatalf("%s, %v spent: refused by %v, error %v", strategy, spent, grant.Refused, err)
		}
		allowance := grant.Allowance
		d := ask(strategy, allowance)
		grant, err = ledger.Reserve(t.Context(), budget.Reservation{
			ID: "1", Amount: d.EstimatedCost, Premium: d.Candidates[0].Tier > routing.Standard, Exhausted: allowance.Exhausted, Literal: policy.Literal(strategy),
		}, accounts)
		if grant.OK {
			return d
		}
	}
	t.Fatalf("%s, %v spent: not granted", strategy, spent)
	return routing.Decision{}
}

// A spentStore has so many dollars spent in every account, and decides as a store does.
type spentStore float64

func (s spentStore) Balances(_ context.Context, accounts []budget.Account) ([]budget.Balance, error) {
	return slices.Repeat([]budget.Balance{{Spent: float64(s)}}, len(accounts)), nil
}

func (s spentStore) Reserve(ctx context.Context, r budget.Reservation, accounts []budget.Account) (ok bool, before []budget.Balance, err error) {
	before, err = s.Balances(ctx, accounts)
	ok = !slices.ContainsFunc(accounts, func(a budget.Account) bool { return budget.Nanos(float64(s)) > a.Limit.Ceiling(r) })
	return ok, before, err
}

func (spentStore) Settle(context.Context, budget.Settlement) error { return nil }
