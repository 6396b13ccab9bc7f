package state

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sluice/routing"
	"sluice/routing/budget"
	"sluice/routing/state/redistest"
)

// everyone is a budget of one dollar a day.
var everyone = budget.Limits{{Name: "all", Per: budget.Everyone, USD: 1, Window: budget.Window{Period: budget.Day}}}

func wantBalance(t *testing.T, s budget.Store, accounts []budget.Account, spent, reserved float64) {
	t.Helper()
	got, err := s.Balances(t.Context(), accounts)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got[0].Spent-spent) > 1e-9 || math.Abs(got[0].Reserved-reserved) > 1e-9 {
		t.Errorf("%+v; want %v spent and %v reserved", got[0], spent, reserved)
	}
}

// TestReplicas lets two replicas spend one budget at once, one of which dies with all that
// it has reserved.
func TestReplicas(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	var late atomic.Int64 // how far the clock is ahead
	now := func() time.Time { return time.Now().Add(time.Duration(late.Load())) }
	accounts := everyone.Accounts(routing.Principal{}, time.Now())
	replicas := []*Budgets{openRedis(t, s.URL()).Budgets(now), openRedis(t, s.URL()).Budgets(now)}
	for _, b := range replicas {
		t.Cleanup(b.Close)
	}

	const clients, each, cents = 50, 4, 0.01 // two hundred for each replica, of a budget for a hundred
	var made [2]atomic.Int32
	var all sync.WaitGroup
	for i, b := range replicas {
		for c := range clients {
			all.Go(func() {
				for n := range each {
					id := fmt.Sprint(i, "/", c, "/", n)
					ok, _, err := b.Reserve(t.Context(), budget.Reservation{ID: id, Amount: cents, Expires: now().Add(time.Minute)}, accounts)
					if err != nil {
						t.Error(err)
					}
					if !ok {
						continue
					}
					made[i].Add(1)
					if i == 1 {
						continue // it dies before it settles anything
					}
					if err := b.Settle(t.Context(), budget.Settlement{ID: id, Amount: cents}); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	all.Wait()
	first, second := float64(made[0].Load()), float64(made[1].Load())
	if first+second != 100 || first == 0 || second == 0 {
		t.Errorf("%v and %v reservations; want 100 together, and some of each", first, second)
	}
	wantBalance(t, replicas[0], accounts, first*cents, second*cents)
	late.Store(int64(2 * time.Minute))
	if accounts[0].Ends.Before(now()) {
		return // it is two minutes to midnight: the books are closed
	}
	wantBalance(t, replicas[0], accounts, first*cents, 0)
}

// TestSettledLater shows that what ends while Redis is unavailable is counted once it answers.
func TestSettledLater(t *testing.T) {
	for _, tt := range []struct {
		name       string
		down, back func(*redistest.Server)
		spent      float64
	}{
		{"frozen", (*redistest.Server).Pause, (*redistest.Server).Resume, 0.5 + 0.25 + 20*0.01},
		// What was settled before is lost with Redis; what is settled later names its accounts.
		{"killed", (*redistest.Server).Kill, (*redistest.Server).Restart, 0.25 + 20*0.01},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := redistest.Start(t)
			var f failures
			b := openHasty(t, s.URL(), &f).Budgets(time.Now)
			t.Cleanup(b.Close)
			accounts := everyone.Accounts(routing.Principal{}, time.Now())
			keys := []string{accounts[0].Key}
			for _, id := range []string{"before", "within"} {
				eventually(t, "a running Redis reserves", func() bool {
					ok, _, err := b.Reserve(t.Context(), budget.Reservation{ID: id, Amount: 0.1, Expires: time.Now().Add(time.Hour)}, accounts)
					return ok && err == nil
				})
			}
			settle := func(id string, amount float64) {
				t.Helper()
				if err := b.Settle(t.Context(), budget.Settlement{ID: id, Accounts: keys, Amount: amount}); err != nil {
					t.Errorf("settle %s: %v", id, err)
				}
			}
			settle("before", 0.5)
			wantSpent := func(spent float64) func() bool {
				return func() bool {
					got, err := b.Balances(t.Context(), accounts)
					return err == nil && math.Abs(got[0].Spent-spent) < 1e-9 && got[0].Reserved < 0.11
				}
			}
			eventually(t, "the first is counted", wantSpent(0.5))
			tt.down(s)
			settle("within", 0.25)
			for i := range 20 {
				settle(fmt.Sprint("never reserved ", i), 0.01)
			}
			tt.back(s)
			eventually(t, "all is counted", wantSpent(tt.spent))
			wantBalance(t, b, accounts, tt.spent, 0)
			if f.waited() == 0 {
				t.Error("no failure was reported")
			}
		})
	}
}
