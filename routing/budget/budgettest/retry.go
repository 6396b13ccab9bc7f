package budgettest

import (
	"testing"

	"sluice/routing/budget"
)

func testRetried(t *testing.T, f *fixture) {
	accounts := f.one(nil)
	f.mustReserve(t, budget.Reservation{ID: "a", Twin: "t", Amount: 2}, accounts, "a")
	f.settle(t, budget.Settlement{ID: "a", Amount: 1}, accounts) // the client gave up on it
	f.want(t, accounts, 1, 0)
	retry := budget.Reservation{ID: "b", Twin: "t", Retry: true, Amount: 3}
	for range 2 {
		f.mustReserve(t, retry, accounts, "a")
		f.want(t, accounts, 1, 2) // 3 at most, for the whole
	}
	f.settle(t, budget.Settlement{ID: "a", Amount: 2.5, Delivered: true}, accounts)
	f.want(t, accounts, 2.5, 0)

	// It was delivered: the next is another request.
	f.mustReserve(t, budget.Reservation{ID: "c", Twin: "t", Retry: true, Amount: 1}, accounts, "c")
	f.want(t, accounts, 2.5, 1)
	f.settle(t, budget.Settlement{ID: "c", Amount: 0.5}, accounts)
	f.want(t, accounts, 3, 0)
	f.mustReserve(t, budget.Reservation{ID: "d", Twin: "t", Retry: true, Amount: 0.25}, accounts, "c")
	f.want(t, accounts, 3, 0) // less than was charged for it already
	f.settle(t, budget.Settlement{ID: "d", Amount: 0.75, Delivered: true}, accounts)
	f.want(t, accounts, 3.25, 0) // by either ID
}

func testRetriedTooOften(t *testing.T, f *fixture) {
	accounts := f.one(nil)
	ask := func(id, want string, retry bool) {
		t.Helper()
		f.mustReserve(t, budget.Reservation{ID: id, Twin: "t", Retry: retry, Amount: 1}, accounts, want)
		f.settle(t, budget.Settlement{ID: want, Amount: 1}, accounts)
	}
	ask("a", "a", false)
	ask("b", "a", true)
	ask("c", "a", true)
	f.want(t, accounts, 1, 0)
	ask("d", "d", true)
	ask("e", "d", true)
	f.want(t, accounts, 2, 0)
}

func testRetriedInFlight(t *testing.T, f *fixture) {
	accounts := f.one(nil)
	f.mustReserve(t, budget.Reservation{ID: "a", Twin: "t", Amount: 2}, accounts, "a")
	f.mustReserve(t, budget.Reservation{ID: "b", Twin: "t", Retry: true, Amount: 2}, accounts, "a")
	f.want(t, accounts, 0, 2)
	f.mustDeny(t, budget.Reservation{ID: "c", Twin: "t", Retry: true, Amount: 11}, accounts) // is not counted as a retry
	f.settle(t, budget.Settlement{ID: "a", Amount: 0.5}, accounts)                           // the first; the second goes on
	f.want(t, accounts, 0.5, 1.5)
	f.settle(t, budget.Settlement{ID: "a", Amount: 1.5}, accounts)
	f.want(t, accounts, 1.5, 0)
	f.mustReserve(t, budget.Reservation{ID: "c", Twin: "t", Retry: true, Amount: 2}, accounts, "a")
	f.want(t, accounts, 1.5, 0.5)
	f.settle(t, budget.Settlement{ID: "a", Amount: 1, Delivered: true}, accounts)
	f.want(t, accounts, 1.5, 0)

	f.mustReserve(t, budget.Reservation{ID: "x", Twin: "u", Amount: 2}, accounts, "x")
	f.mustReserve(t, budget.Reservation{ID: "y", Twin: "u", Retry: true, Amount: 2}, accounts, "x")
	f.settle(t, budget.Settlement{ID: "x", Amount: 1, Delivered: true}, accounts)
	f.want(t, accounts, 2.5, 2)
	f.mustReserve(t, budget.Reservation{ID: "z", Twin: "u", Retry: true, Amount: 1}, accounts, "z") // of what was answered
	f.want(t, accounts, 2.5, 3)
	f.settle(t, budget.Settlement{ID: "x", Amount: 0.5, Delivered: true}, accounts) // it was no retry: both are answered
	f.settle(t, budget.Settlement{ID: "x", Amount: 0.5, Delivered: true}, accounts)
	f.want(t, accounts, 3, 1)
}

func testNotRetried(t *testing.T, f *fixture) {
	accounts := f.one(nil)
	for i, r := range []budget.Reservation{
		{ID: "first of its kind", Twin: "t", Retry: true},
		{ID: "the same text again", Twin: "t"},
		{ID: "another", Twin: "u", Retry: true},
		{ID: "cannot be told", Retry: true},
		{ID: "nor can this", Retry: true},
	} {
		r.Amount = 1
		f.mustReserve(t, r, accounts, r.ID)
		f.want(t, accounts, 0, float64(i+1))
	}
	f.mustReserve(t, budget.Reservation{ID: "retry", Twin: "t", Retry: true, Amount: 1}, accounts, "the same text again")
	f.want(t, accounts, 0, 5)
	f.clock.advance(life) // all have lapsed
	f.mustReserve(t, budget.Reservation{ID: "too late", Twin: "t", Retry: true, Amount: 1}, accounts, "too late")
	f.want(t, accounts, 0, 1)
}
