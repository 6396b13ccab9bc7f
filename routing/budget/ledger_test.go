package budget_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sluice/routing"
	"sluice/routing/budget"
)

// noon is when the tests begin.
var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

func fixed() time.Time { return noon }

// book is a ledger with one set of accounts.
type book struct {
	budget.Ledger
	accounts []budget.Account
	n        int
}

func newBook(t testing.TB, limits ...budget.Limit) *book {
	t.Helper()
	for i := range limits {
		limits[i].Name = fmt.Sprint("limit ", i)
		if limits[i].Window.Period == "" {
			limits[i].Window.Period = budget.Day
		}
	}
	return &book{
		Ledger:   budget.Ledger{Store: memory(t, budget.Options{Now: fixed})},
		accounts: budget.Limits(limits).Accounts(routing.Principal{}, noon),
	}
}

// spend has so much been spent.
func (b *book) spend(t *testing.T, usd float64) {
	t.Helper()
	b.n++
	s := budget.Settlement{ID: fmt.Sprint("spent ", b.n), Amount: usd}
	for _, a := range b.accounts {
		s.Accounts = append(s.Accounts, a.Key)
	}
	if err := b.Settle(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

// ask reserves, and tells of the grant in a few words.
func (b *book) ask(t *testing.T, r budget.Reservation) string {
	t.Helper()
	if r.Expires.IsZero() {
		r.Expires = noon.Add(time.Hour)
	}
	if r.ID == "" {
		b.n++
		r.ID = fmt.Sprint("request ", b.n)
	}
	g, err := b.Reserve(t.Context(), r, b.accounts)
	if err != nil {
		t.Fatal(err)
	}
	return words(g)
}

func words(g budget.Grant) string {
	var out []string
	if g.OK {
		out = append(out, "ok")
	}
	if g.Allowance.Capped {
		out = append(out, "capped")
	}
	if g.Allowance.Exhausted {
		out = append(out, "exhausted")
	}
	if g.Refused != nil {
		out = append(out, "refused by "+g.Refused.Limit.Name)
	}
	return strings.Join(out, ", ")
}

func TestLedgerAllowance(t *testing.T) {
	for _, tt := range []struct {
		name   string
		limits []budget.Limit
		spent  float64
		want   string
	}{
		{"no limits", nil, 5, "ok"},
		{"little spent", []budget.Limit{daily}, 5, "ok"},
		{"capped", []budget.Limit{daily}, 7.5, "ok, capped"},
		{"exhausted", []budget.Limit{daily}, 9.75, "ok, capped, exhausted"},
		{"overspent", []budget.Limit{daily}, 20, "ok, capped, exhausted"},
		{"refused", []budget.Limit{{USD: 10, ExhaustedBelow: 0.5, Refuse: true}}, 9.75, "exhausted, refused by limit 0"},
		{"the strictest of each", []budget.Limit{{USD: 100, PremiumAbove: 0.99}, {USD: 10, ExhaustedBelow: 9}}, 2, "ok, capped, exhausted"},
		{"the one that ends last refuses", []budget.Limit{
			{USD: 1, Refuse: true, Window: budget.Window{Period: budget.Hour}},
			{USD: 1, Refuse: true, Window: budget.Window{Period: budget.Week}},
			{USD: 1, Refuse: true},
			{USD: 9, Refuse: true, Window: budget.Window{Period: budget.Month}},
		}, 2, "capped, exhausted, refused by limit 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBook(t, tt.limits...)
			b.spend(t, tt.spent)
			g, err := b.Allowance(t.Context(), b.accounts)
			if err != nil || words(g) != tt.want {
				t.Errorf("%s, error %v; want %s", words(g), err, tt.want)
			}
		})
	}
}

func TestLedgerReserve(t *testing.T) {
	refusing := budget.Limit{USD: 10, ExhaustedBelow: 0.5, Refuse: true}
	for _, tt := range []struct {
		name   string
		limits []budget.Limit
		spent  float64
		r      budget.Reservation
		want   string
	}{
		{"no limits", nil, 5, budget.Reservation{Amount: 100, Premium: true}, "ok"},
		{"premium", []budget.Limit{daily}, 6, budget.Reservation{Amount: 1, Premium: true}, "ok"},
		{"premium, capped", []budget.Limit{daily}, 8, budget.Reservation{Amount: 1, Premium: true}, "capped"},
		{"premium, too much", []budget.Limit{{USD: 10}}, 8, budget.Reservation{Amount: 3, Premium: true}, "capped"},
		{"premium, exhausted", []budget.Limit{daily}, 9.75, budget.Reservation{Amount: 0.1, Premium: true}, "capped, exhausted"},
		{"standard", []budget.Limit{daily}, 8, budget.Reservation{Amount: 1}, "ok"},
		{"standard, too much", []budget.Limit{daily}, 8, budget.Reservation{Amount: 3}, "capped, exhausted"},
		{"exhausted, free", []budget.Limit{daily}, 20, budget.Reservation{Exhausted: true}, "ok"},
		{"exhausted, affordable", []budget.Limit{daily}, 9.75, budget.Reservation{Amount: 0.25, Exhausted: true}, "ok"},
		{"exhausted, too much", []budget.Limit{daily}, 9.75, budget.Reservation{Amount: 0.26, Exhausted: true}, "capped, exhausted, refused by limit 0"},
		{"exhausted, premium, capped", []budget.Limit{daily}, 9.75, budget.Reservation{Amount: 0.1, Premium: true, Exhausted: true}, "capped, exhausted"},
		{"exhausted, premium, too much", []budget.Limit{{USD: 10, PremiumAbove: 0}}, 9, budget.Reservation{Amount: 2, Premium: true, Exhausted: true}, "capped, exhausted"},
		{"refusing, free", []budget.Limit{refusing}, 9.75, budget.Reservation{Exhausted: true}, "exhausted, refused by limit 0"},
		{"refusing, the rest", []budget.Limit{refusing}, 9.5, budget.Reservation{Amount: 0.5}, "ok"},
		{"refusing, too much, but not exhausted", []budget.Limit{refusing}, 9, budget.Reservation{Amount: 2}, "exhausted"},
		{"only the one that denies refuses", []budget.Limit{{USD: 10}, {USD: 100, Window: budget.Window{Period: budget.Month}}}, 9, budget.Reservation{Amount: 2, Exhausted: true}, "exhausted, refused by limit 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBook(t, tt.limits...)
			b.spend(t, tt.spent)
			if got := b.ask(t, tt.r); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// An idKeeper keeps the IDs that a store was given.
type idKeeper struct {
	budget.Store
	ids []string
}

func (k *idKeeper) Reserve(ctx context.Context, r budget.Reservation, accounts []budget.Account) (bool, []budget.Balance, error) {
	k.ids = append(k.ids, r.ID)
	return k.Store.Reserve(ctx, r, accounts)
}

func (k *idKeeper) Settle(ctx context.Context, s budget.Settlement) error {
	k.ids = append(k.ids, s.ID)
	return k.Store.Settle(ctx, s)
}

// TestLedgerBoundsIDs: whoever chooses request ids does not choose how much is kept.
func TestLedgerBoundsIDs(t *testing.T) {
	b := newBook(t, daily)
	k := &idKeeper{Store: b.Store}
	b.Store = k
	long := strings.Repeat("x", 1<<20)
	b.ask(t, budget.Reservation{ID: long, Amount: 1})
	if err := b.Settle(t.Context(), budget.Settlement{ID: long, Amount: 0.5}); err != nil {
		t.Fatal(err)
	}
	if len(k.ids) != 2 || k.ids[0] != k.ids[1] || len(k.ids[0]) > 64 {
		t.Errorf("IDs %.100q", k.ids)
	}
	b.ask(t, budget.Reservation{ID: "short", Amount: 1})
	if k.ids[2] != "short" {
		t.Errorf("ID %q", k.ids[2])
	}
}

// failing is a store that is out of reach.
type failing struct{ budget.Store }

var errUnavailable = errors.New("unavailable")

func (failing) Balances(context.Context, []budget.Account) ([]budget.Balance, error) {
	return nil, errUnavailable
}

func (failing) Reserve(context.Context, budget.Reservation, []budget.Account) (bool, []budget.Balance, error) {
	return false, nil, errUnavailable
}

func TestLedgerErrors(t *testing.T) {
	b := newBook(t, daily)
	b.Store = failing{}
	if g, err := b.Allowance(t.Context(), b.accounts); !errors.Is(err, errUnavailable) || g != (budget.Grant{}) {
		t.Errorf("grant %+v, error %v", g, err)
	}
	if g, err := b.Reserve(t.Context(), budget.Reservation{ID: "a"}, b.accounts); !errors.Is(err, errUnavailable) || g != (budget.Grant{}) {
		t.Errorf("grant %+v, error %v", g, err)
	}
	// Whom no limit concerns needs no store.
	if g, err := b.Reserve(t.Context(), budget.Reservation{ID: "a"}, nil); err != nil || !g.OK {
		t.Errorf("grant %+v, error %v", g, err)
	}
}

// decide stands for a router: what each allowance leads to, and costs.
func decide(a routing.Allowance, rng *rand.Rand) (r budget.Reservation) {
	switch {
	case a.Exhausted:
		r.Exhausted, r.Amount = true, float64(rng.IntN(2))*0.001
	case a.Capped:
		r.Amount = 0.01 + rng.Float64()*0.02
	default:
		r.Premium, r.Amount = true, 0.1+rng.Float64()*0.2
	}
	return r
}

// TestLedgerEnds: whatever others spend in between, and whatever it costs, each round of a
// request is more restricted than the one before, until it is let through or refused.
func TestLedgerEnds(t *testing.T) {
	rng := rand.New(rand.NewPCG(2026, 9))
	ends := make(map[string]int)
	for n := range 3000 {
		b := newBook(t, budget.Limit{USD: 1, ExhaustedBelow: rng.Float64(), PremiumAbove: rng.Float64(), Refuse: rng.IntN(4) == 0}, budget.Limit{USD: 2})
		b.spend(t, rng.Float64()*1.2)
		var r budget.Reservation
		var allowance routing.Allowance
		var was string
		for round := 1; ; round++ {
			if round > 4 {
				t.Fatalf("request %d: still undecided after %s", n, was)
			}
			r = budget.Reservation{
				ID: fmt.Sprint(n), Expires: noon.Add(time.Hour), Amount: float64(rng.IntN(3)) * rng.Float64(),
				Premium: !allowance.Capped && rng.IntN(3) > 0, Exhausted: allowance.Exhausted,
			}
			was += fmt.Sprintf("%+v; ", r)
			g, err := b.Reserve(t.Context(), r, b.accounts)
			if err != nil {
				t.Fatal(err)
			}
			if g.OK || g.Refused != nil {
				ends[fmt.Sprint(round, g.OK)]++
				break
			}
			if g.Allowance.Exhausted == r.Exhausted && (!g.Allowance.Capped || !r.Premium) || r.Exhausted && !g.Allowance.Exhausted {
				t.Fatalf("request %d: %+v is not more restricted than %s", n, g.Allowance, was)
			}
			allowance = g.Allowance
			b.spend(t, rng.Float64()/4)
		}
	}
	for _, want := range []string{"1 true", "2 true", "3 true", "1 false", "2 false", "3 false", "4 false"} {
		if ends[want] == 0 {
			t.Errorf("no request ended in %s: the test shows little: %v", want, ends)
		}
	}
}

// TestLedgerUnderLoad: two hundred clients at once go through the whole of it. The loop
// ends within its rounds, nothing is reserved above the limit, and what is overspent in
// the end is at most what the estimates of the requests in flight fell short of.
func TestLedgerUnderLoad(t *testing.T) {
	limits := []budget.Limit{
		{USD: 3, ExhaustedBelow: 0.05, PremiumAbove: 0.3},
		{USD: 4, Refuse: true},
	}
	b := newBook(t, limits...)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var spent, short float64
	var premium, standard, exhausted atomic.Int64
	for c := range 200 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(3, uint64(c)))
			for n := range 5 {
				id := fmt.Sprint(c, "/", n)
				g, err := b.Allowance(t.Context(), b.accounts)
				if err != nil {
					t.Error(err)
					return
				}
				var r budget.Reservation
				done := false
				for round := 1; g.Refused == nil && !done; round++ {
					if round > 4 {
						t.Errorf("%s: still undecided after %d rounds", id, round-1)
						return
					}
					r = decide(g.Allowance, rng)
					r.ID, r.Expires = id, noon.Add(time.Hour)
					if g, err = b.Reserve(t.Context(), r, b.accounts); err != nil {
						t.Error(err)
						return
					}
					done = g.OK
				}
				switch {
				case !done:
					continue
				case r.Exhausted:
					exhausted.Add(1)
				case r.Premium:
					premium.Add(1)
				default:
					standard.Add(1)
				}
				actual := r.Amount * (0.5 + rng.Float64())
				mu.Lock()
				spent, short = spent+actual, short+max(actual-r.Amount, 0)
				mu.Unlock()
				if err := b.Settle(t.Context(), budget.Settlement{ID: id, Amount: actual}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	balances, err := b.Store.Balances(t.Context(), b.accounts)
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range balances {
		if diff := got.Spent - spent; diff > 1e-6 || diff < -1e-6 || got.Reserved != 0 {
			t.Errorf("%+v in the books, %v was spent", got, spent)
		}
		if over := got.Spent - limits[i].USD; over > short+1e-6 {
			t.Errorf("overspent by %v, estimates fell short by %v", over, short)
		}
	}
	if min(premium.Load(), standard.Load(), exhausted.Load()) == 0 {
		t.Errorf("%d premium, %d standard, %d exhausted: the test shows little", premium.Load(), standard.Load(), exhausted.Load())
	}
}
