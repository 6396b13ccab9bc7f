package state

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"sluice/routing"
	"sluice/routing/budget"
	"sluice/routing/state/redistest"
)

// each has a limit for each user.
var each = budget.Limits{{Name: "each", Per: budget.User, USD: 1, Window: budget.Window{Period: budget.Month}}}

func of(user string) []budget.Account {
	return each.Accounts(routing.Principal{User: user}, time.Now())
}

// spoil puts something else in the place of the account; it returns what takes it away.
func spoil(t *testing.T, r *Redis, a budget.Account) (mend func()) {
	t.Helper()
	key := slot + "a:" + a.Key
	if err := r.client.Set(t.Context(), key, "no account", 0).Err(); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := r.client.Del(t.Context(), key).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func spent(t *testing.T, b *Budgets, a budget.Account, usd float64) func() bool {
	return func() bool {
		got, err := b.Balances(t.Context(), []budget.Account{a})
		return err == nil && math.Abs(got[0].Spent-usd) < 1e-9
	}
}

// TestBadSettlement shows that one that Redis rejects does not hold up the others, and is
// taken once Redis can.
func TestBadSettlement(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	var f failures
	r := openHasty(t, s.URL(), &f)
	b := r.Budgets(time.Now)
	t.Cleanup(b.Close)
	bad, good := of("bad")[0], of("good")[0]
	mend := spoil(t, r, bad)
	s.Pause()
	eventually(t, "Redis is unavailable", func() bool {
		_, err := b.Balances(t.Context(), nil)
		return err != nil && r.Unavailable()
	})
	settle := func(id string, a budget.Account) {
		if err := b.Settle(t.Context(), budget.Settlement{ID: id, Accounts: []string{a.Key}, Amount: 0.01}); err != nil {
			t.Error(err)
		}
	}
	settle("bad", bad)
	for i := range 20 {
		settle(fmt.Sprint(i), good)
	}
	settle("bad, too", bad)
	s.Resume()
	eventually(t, "the others are counted", spent(t, b, good, 0.2))
	wantCounts := func(parked, lost int) func() bool {
		return func() bool {
			p, l := b.backlog.counts()
			return p == parked && l == lost
		}
	}
	eventually(t, "the bad ones are parked", wantCounts(2, 0))
	b.backlog.retryParked(t.Context())
	if !wantCounts(2, 0)() {
		t.Error("the bad ones are not parked any more")
	}
	mend()
	eventually(t, "the bad ones are taken", func() bool {
		b.backlog.retryParked(t.Context())
		return wantCounts(0, 0)()
	})
	eventually(t, "the bad ones are counted", spent(t, b, bad, 0.02))
}

// TestFullBacklog shows that beyond the bound settlements are merged by their accounts, and
// that no money is lost.
func TestFullBacklog(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	s.Kill()
	var f failures
	b := openHasty(t, s.URL(), &f).Budgets(time.Now)
	t.Cleanup(b.Close)
	b.backlog.mu.Lock()
	b.backlog.maxWaiting = 10
	b.backlog.mu.Unlock()
	users := []budget.Account{of("ann")[0], of("ben")[0], of("cat")[0]}
	for i := range 100 {
		for _, a := range users {
			settlement := budget.Settlement{ID: fmt.Sprint(a.Key, i), Accounts: []string{a.Key}, Amount: 0.001}
			if err := b.Settle(t.Context(), settlement); err != nil {
				t.Fatal(err)
			}
		}
	}
	b.backlog.mu.Lock()
	if waiting, merged := len(b.backlog.waiting), len(b.backlog.overflow); waiting != 10 || merged != len(users) {
		t.Errorf("%d wait and %d are merged; want 10 and %d", waiting, merged, len(users))
	}
	b.backlog.mu.Unlock()
	s.Restart()
	for _, a := range users {
		eventually(t, "all is counted", spent(t, b, a, 0.1))
	}
	if parked, lost := b.backlog.counts(); parked != 0 || lost != 0 {
		t.Errorf("%d parked, %d lost", parked, lost)
	}
}

// TestLostSettlements shows that what fits nowhere is an error, counted, and reported once,
// as is what is left at the end.
func TestLostSettlements(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	s.Kill()
	var f failures
	b := openHasty(t, s.URL(), &f).Budgets(time.Now)
	settle := func(i int) error {
		return b.Settle(t.Context(), budget.Settlement{ID: fmt.Sprint(i), Accounts: []string{fmt.Sprint("account ", i)}})
	}
	const fit = maxWaiting + maxMerged
	for i := range fit {
		if err := settle(i); err != nil {
			t.Fatal(err)
		}
	}
	reported := f.waited()
	for i := range 3 {
		if err := settle(fit + i); !errors.Is(err, ErrFull) {
			t.Errorf("one more than fit: %v", err)
		}
	}
	if err := settle(fit - 1); err != nil {
		t.Errorf("one of accounts that are there: %v", err)
	}
	if _, lost := b.backlog.counts(); lost != 3 || f.waited() != reported+1 {
		t.Errorf("%d lost, %d times reported; want 3, once", lost, f.waited()-reported)
	}
	b.Close()
	want := fmt.Sprintf("settle later: redis: %d settlements were lost", fit+4)
	if got := f.all[len(f.all)-1].Error(); got != want {
		t.Errorf("reported was %q; want %q", got, want)
	}
	if err := settle(0); !errors.Is(err, errClosed) {
		t.Errorf("after the end: %v", err)
	}
}

// TestSettleIsAtomic shows that a settlement that fails charges none of its accounts, however
// often it is tried.
func TestSettleIsAtomic(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	var f failures
	r, err := OpenRedis(s.URL(), Options{Wait: unhurried, Failed: f.note})
	if err != nil {
		t.Fatal(err)
	}
	b := r.Budgets(time.Now)
	t.Cleanup(func() { b.Close(); _ = r.Close() })
	accounts := []budget.Account{of("good")[0], of("bad")[0]}
	mend := spoil(t, r, accounts[1])
	settlement := budget.Settlement{ID: "a", Accounts: []string{accounts[0].Key, accounts[1].Key}, Amount: 0.25}
	for range 5 {
		if err := b.send(t.Context(), settlement); err == nil {
			t.Fatal("a spoilt account was charged")
		}
	}
	if !spent(t, b, accounts[0], 0)() {
		t.Error("the other account was charged")
	}
	mend()
	for range 2 {
		if err := b.send(t.Context(), settlement); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range accounts {
		if !spent(t, b, a, 0.25)() {
			t.Errorf("%s: not charged once", a.Key)
		}
	}
}
