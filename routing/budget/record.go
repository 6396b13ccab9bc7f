package budget

import "time"

// A record is a reservation as a [Memory] keeps it: while it is open, and for a while once
// it was settled.
type record struct {
	id       string
	accounts []*account
	settled  bool
	amount   int64 // reserved in each account while it is open, charged to each once settled
	expires  time.Time
	timer    timer
}

// reserve has the open record hold the amount.
func (r *record) reserve(amount int64) {
	for _, a := range r.accounts {
		a.reserved += amount - r.amount
	}
	r.amount = amount
}

// settle charges the amount, or what it exceeds an earlier settlement by, and reports
// whether that changed what was spent.
func (r *record) settle(amount int64) bool {
	if !r.settled {
		r.reserve(0)
		r.settled = true
	}
	more := max(amount-r.amount, 0)
	for _, a := range r.accounts {
		a.spent += more
	}
	r.amount += more
	return more > 0
}
