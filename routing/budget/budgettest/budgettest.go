// Package budgettest contains the tests that every budget.Store must pass. Start with
// [Store].
package budgettest

import (
	"math"
	"sync"
	"testing"
	"time"

	"sluice/routing"
	"sluice/routing/budget"
)

// Open returns an empty store that uses only the clock now, and is closed by t.Cleanup.
type Open func(t *testing.T, now func() time.Time) budget.Store

// Store tests the store that open returns.
func Store(t *testing.T, open Open) {
	for _, tt := range []struct {
		name string
		run  func(*testing.T, *fixture)
	}{
		{"rules", testRules},
		{"repeated", testRepeated},
		{"raised", testRaised},
		{"at most", testMost},
		{"settled", testSettled},
		{"expired", testExpired},
		{"nested", testNested},
		{"windows", testWindows},
		{"exact", testExact},
		{"concurrent", testConcurrent},
		{"model", testModel},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &clock{at: time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)}
			tt.run(t, &fixture{store: open(t, c.now), clock: c})
		})
	}
}

// A clock stands still until it is advanced.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// A fixture is a store under test, with helpers that end the test on an error.
type fixture struct {
	store budget.Store
	clock *clock
}

// life is how long the reservations of the tests last.
const life = 10 * time.Minute

// one returns the only account of a limit of ten dollars a day for everyone, after change.
func (f *fixture) one(change func(*budget.Limit)) []budget.Account {
	l := budget.Limit{Name: "all", Per: budget.Everyone, USD: 10, Window: budget.Window{Period: budget.Day}}
	if change != nil {
		change(&l)
	}
	return budget.Limits{l}.Accounts(routing.Principal{}, f.clock.now())
}

// reserve returns whether the reservation was made.
func (f *fixture) reserve(t *testing.T, r budget.Reservation, accounts []budget.Account) bool {
	t.Helper()
	if r.Expires.IsZero() {
		r.Expires = f.clock.now().Add(life)
	}
	ok, before, err := f.store.Reserve(t.Context(), r, accounts)
	if err != nil {
		t.Fatalf("reserve: %v", err)
	}
	if len(before) != len(accounts) {
		t.Fatalf("%d balances for %d accounts", len(before), len(accounts))
	}
	return ok
}

func (f *fixture) mustReserve(t *testing.T, r budget.Reservation, accounts []budget.Account) {
	t.Helper()
	if !f.reserve(t, r, accounts) {
		t.Fatalf("reservation %+v was denied", r)
	}
}

func (f *fixture) mustDeny(t *testing.T, r budget.Reservation, accounts []budget.Account) {
	t.Helper()
	if ok := f.reserve(t, r, accounts); ok {
		t.Fatalf("reservation %+v was made", r)
	}
}

func (f *fixture) settle(t *testing.T, s budget.Settlement, accounts []budget.Account) {
	t.Helper()
	for _, a := range accounts {
		s.Accounts = append(s.Accounts, a.Key)
	}
	if err := f.store.Settle(t.Context(), s); err != nil {
		t.Fatalf("settle: %v", err)
	}
}

// want compares the balance of every one of the accounts.
func (f *fixture) want(t *testing.T, accounts []budget.Account, spent, reserved float64) {
	t.Helper()
	got, err := f.store.Balances(t.Context(), accounts)
	if err != nil {
		t.Fatalf("balances: %v", err)
	}
	if len(got) != len(accounts) {
		t.Fatalf("%d balances for %d accounts", len(got), len(accounts))
	}
	for i, b := range got {
		if !same(b.Spent, spent) || !same(b.Reserved, reserved) {
			t.Fatalf("%s: %v spent and %v reserved; want %v and %v", accounts[i].Key, b.Spent, b.Reserved, spent, reserved)
		}
	}
}

// same compares dollars to a billionth.
func same(a, b float64) bool { return math.Abs(a-b) < 0.5e-9 }
