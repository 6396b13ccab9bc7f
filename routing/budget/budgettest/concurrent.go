package budgettest

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"sluice/routing"
	"sluice/routing/budget"
)

// testConcurrent has many clients share a small budget. Never is more reserved than the
// budget, and it is overspent by no more than the estimates of the admitted requests were
// too low.
func testConcurrent(t *testing.T, f *fixture) {
	limits := budget.Limits{
		{Name: "all", Per: budget.Everyone, USD: 4, Window: budget.Window{Period: budget.Day}},
		{Name: "each", Per: budget.User, USD: 1, Window: budget.Window{Period: budget.Day}},
	}
	const clients, rounds = 8, 12
	var mu sync.Mutex
	var spent, short float64
	made, denied := 0, 0
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(1, uint64(c)))
			accounts := limits.Accounts(routing.Principal{User: fmt.Sprint("user ", c%4)}, f.clock.now())
			for n := range rounds {
				id := fmt.Sprint(c, "/", n)
				estimate := float64(1+rng.IntN(30)) / 100
				actual := estimate * (0.5 + rng.Float64())
				r := budget.Reservation{ID: id, Amount: estimate, Expires: f.clock.now().Add(life)}
				ok, before, err := f.store.Reserve(t.Context(), r, accounts)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if ok {
					made++
					spent, short = spent+actual, short+max(actual-estimate, 0)
				} else {
					denied++
				}
				mu.Unlock()
				if !ok {
					continue
				}
				for i, b := range before {
					if b.Used()+estimate > accounts[i].Limit.USD+1e-9 {
						t.Errorf("%s was made on top of %+v", id, b)
					}
				}
				if err := f.store.Settle(t.Context(), budget.Settlement{ID: id, Amount: actual}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	all := limits.Accounts(routing.Principal{}, f.clock.now())[:1]
	got, err := f.store.Balances(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	rounding := float64(made) * 1e-9
	if d := got[0].Spent - spent; d > rounding || d < -rounding || got[0].Reserved != 0 {
		t.Errorf("%+v in the books, %v was spent", got[0], spent)
	}
	if over := got[0].Spent - 4; over > short+rounding {
		t.Errorf("overspent by %v, estimates fell short by %v", over, short)
	}
	if made == 0 || denied == 0 {
		t.Errorf("%d made, %d denied; want some of each", made, denied)
	}

	// A budget for one, all at the same moment.
	one := f.one(func(l *budget.Limit) { l.Name = "one"; l.USD = 1 })
	var start sync.WaitGroup
	start.Add(1)
	won := 0
	for c := range 32 {
		wg.Go(func() {
			start.Wait()
			r := budget.Reservation{ID: fmt.Sprint("one/", c), Amount: 1, Expires: f.clock.now().Add(life)}
			ok, _, err := f.store.Reserve(t.Context(), r, one)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if ok {
				won++
			}
		})
	}
	start.Done()
	wg.Wait()
	if won != 1 {
		t.Errorf("%d reservations of a budget for one", won)
	}
	f.want(t, one, 0, 1)
}
