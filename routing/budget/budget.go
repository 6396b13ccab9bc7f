// Package budget keeps spending within limits: per user, key, team, tenant or everyone,
// in windows of an hour, day, week or month.
//
// What a request is expected to cost, and what it may cost at most, is reserved when it is routed,
// and its actual cost settled when it ends, so that concurrent requests cannot spend the same
// money: all of them together exceed a limit by no more than one request. A reservation that
// is never settled expires. The rules are pure functions ([Limit.Allowance], [Limit.Ceiling],
// [Limits.Accounts]); a [Store] counts what was spent. [Memory] is the one in this package.
//
// The package knows nothing of models: package routing decides what an allowance means for
// the choice of a model. Start with [Ledger].
package budget

import (
	"context"
	"time"
)

// A Per is the unit whose spending a limit counts together.
type Per string

// The units of a budget.
const (
	Everyone Per = "everyone"
	User     Per = "user"
	Key      Per = "key"
	Team     Per = "team"
	Tenant   Per = "tenant"
)

// A Limit is one budget.
type Limit struct {
	Name           string
	Per            Per
	USD            float64 // that may be spent in a window; above 0
	Window         Window
	ExhaustedBelow float64 // US dollars left, 0 to USD, below which requests go to the budget tier, or are refused
	PremiumAbove   float64 // share left, 0 to 1, above which tiers above standard are allowed
	BuiltIn        bool    // the built-in default, which does not restrict the published strategies
	Refuse         bool    // refuse requests of an exhausted budget, instead of using the budget tier
}

// An Account is what one principal spends under a limit in one window.
type Account struct {
	Limit *Limit
	Key   string    // contains limit, principal (as a hash) and window
	Ends  time.Time // of the window
}

// A Balance is the state of an account, in US dollars.
type Balance struct {
	Spent    float64
	Reserved float64 // that the requests in flight are expected to cost
	Most     float64 // that they may cost; not less than Reserved
}

// Used returns what is expected to be spent. The steps of a limit go by it.
func (b Balance) Used() float64 { return b.Spent + b.Reserved }

// Bound returns what may be spent without another request. The limit itself goes by it.
func (b Balance) Bound() float64 { return b.Spent + b.Most }

// A Reservation asks for money before it is spent.
type Reservation struct {
	ID     string  // of the request
	Amount float64 // US dollars, expected
	Most   float64 // US dollars, that can be billed; Amount if that is more
	// Premium: the model is above the standard tier. Exhausted: the model was chosen by the
	// rule for an exhausted budget.
	Premium, Exhausted bool
	// Literal: a published strategy chose the model. Of a built-in limit, only the exhausted
	// budget restricts it.
	Literal bool
	Expires time.Time // when it is given up if it was not settled
}

// A Settlement replaces a reservation by what was spent.
type Settlement struct {
	ID       string
	Accounts []string // keys, for a reservation that is no longer known or was never made
	Amount   float64  // US dollars, of all attempts together
}

// A Store counts, in billionths of a dollar ([Nanos]). It is safe for concurrent use, and
// what a call does to its accounts is atomic: all of them or none. Calls return within
// the context's time. After an error of Balances nothing is known, and after one of the
// others nothing was counted.
//
// A reservation is open until it is settled or expires. While it is open, its amount is
// reserved in the accounts that it was first made for, and so is the most that it may cost.
type Store interface {
	// Balances returns the state of each account, in their order, possibly a moment old.
	Balances(ctx context.Context, accounts []Account) ([]Balance, error)

	// Reserve makes the reservation if every account allows it: where what is used, without
	// what this reservation already holds, is at most [Limit.Ceiling], and the bound, again
	// without it, at most [Limit.Room]. It returns whether it did, and each account's balance
	// before. Denied, it changes nothing.
	//
	// It is idempotent by the ID: an open reservation stays as it is if neither amount is
	// higher, whatever the accounts allow now, and is raised to the amounts otherwise. One
	// that was settled is left alone. One that has expired is made again.
	Reserve(ctx context.Context, r Reservation, accounts []Account) (ok bool, before []Balance, err error)

	// Settle charges the amount to the reservation's accounts, and releases what it holds.
	// Settled again, by another replica for instance, the ID is charged the highest of the
	// amounts, once.
	//
	// An ID that is not known is charged to the accounts of the settlement and is then a
	// settled one. A window that is over takes no more charges.
	//
	// A store may forget an ID when it expires, or a minute after that if it was settled,
	// and earlier if there are very many.
	Settle(ctx context.Context, s Settlement) error
}
