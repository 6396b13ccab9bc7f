package budget

import "time"

// A record is the state of a reservation in a [Memory], from when it is made until a while
// after it is settled.
type record struct {
	id       string
	accounts []*account
	settled  bool
	amount   int64 // reserved in each account while it is open, charged to each once settled
	most     int64 // that it may cost, while it is open
	expires  time.Time
	timer    timer
}

// reserve sets the amounts that the open record reserves.
func (r *record) reserve(amount, most int64) {
	for _, a := range r.accounts {
		a.reserved += amount - r.amount
		a.most += most - r.most
	}
	r.amount, r.most = amount, most
}

// settle charges the amount, or its excess over an earlier settlement, and reports whether
// that changed what is spent.
func (r *record) settle(amount int64) bool {
	if !r.settled {
		r.reserve(0, 0)
		r.settled = true
	}
	more := max(amount-r.amount, 0)
	for _, a := range r.accounts {
		a.spent += more
	}
	r.amount += more
	return more > 0
}
