package budget

import (
	"container/list"
	"slices"
	"time"
)

// A state is where a reservation is in its life.
type state uint8

const (
	open state = iota
	lapsed
	settled
)

// A record is a reservation as a [Memory] keeps it.
type record struct {
	ids       []string // that name it: its own first, then those of retries
	twin      string
	accounts  []*account
	state     state
	delivered bool
	legs      int   // requests that are to be settled
	amount    int64 // it was made for
	charged   int64 // of what was spent, to each account
	lapses    time.Time
	timer     timer
	place     *list.Element // in Memory.ended
}

// hold is what is reserved for it in each of its accounts.
func (r *record) hold() int64 {
	if r.state != open {
		return 0
	}
	if r.delivered {
		return r.amount // what else is under way is charged besides
	}
	return max(r.amount-r.charged, 0)
}

// own is its part in what is used of each of its accounts.
func (r *record) own() int64 { return r.charged + r.hold() }

// joinable reports whether a retry goes on with it.
func (r *record) joinable() bool {
	return len(r.ids) <= MaxRetries && r.state != lapsed && !r.delivered
}

func (r *record) charges(a *account) bool { return slices.Contains(r.accounts, a) }

// change does what may change hold.
func (r *record) change(f func()) {
	before := r.hold()
	f()
	for _, a := range r.accounts {
		a.reserved += r.hold() - before
	}
}
