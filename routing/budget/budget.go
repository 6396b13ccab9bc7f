// Package budget keeps spending within limits: per user, key, team, tenant or everyone,
// in windows of an hour, day, week or month.
//
// A request's estimate is reserved when it is routed, and the actual cost settled when
// it ends, so that requests at the same time cannot spend the same money; what never ends
// lapses. The rules are pure ([Limit.Allowance], [Limit.Ceiling], [Limits.Accounts]); what
// was spent is in a [Store], of which [Memory] is the one in this package. It knows nothing
// of models: what an allowance means for the choice of a model is up to package routing.
// Start with [Ledger].
package budget

import (
	"context"
	"time"
)

// A Per says whose spending a limit counts together.
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
	USD            float64 // may be spent in a window: more than 0
	Window         Window
	ExhaustedBelow float64 // US dollars left, 0 to USD, below which all goes to the budget tier, or is refused
	PremiumAbove   float64 // share left, 0 to 1, above which tiers above standard are allowed
	BuiltIn        bool    // the built-in default, which published strategies are not restricted by
	Refuse         bool    // refuse what is exhausted, instead of sending it to the budget tier
}

// An Account is one principal's part of a limit in one window.
type Account struct {
	Limit *Limit
	Key   string    // names limit, principal (by a hash) and window
	Ends  time.Time // when the window does
}

// A Balance is the state of an account, in US dollars.
type Balance struct {
	Spent    float64
	Reserved float64 // by requests that have not ended
}

// Used returns what cannot be spent any more.
func (b Balance) Used() float64 { return b.Spent + b.Reserved }

// A Reservation asks for money before it is spent.
type Reservation struct {
	ID string // of the request
	// Twin is the same for a request and for the client's own retries of it: a hash of the
	// body, say. "" if it cannot be told.
	Twin   string
	Retry  bool    // the client says that the request is a retry
	Amount float64 // US dollars
	// Premium and Exhausted tell for which allowance it was decided: with a model above the
	// standard tier; by the rule of the exhausted budget.
	Premium, Exhausted bool
	// Literal: decided by a published strategy. Of a built-in limit only the exhausted budget
	// restricts it.
	Literal bool
	Lapses  time.Time // when it is given up if nobody settles it
}

// A Settlement replaces a reservation by what was spent.
type Settlement struct {
	ID       string
	Accounts []string // keys, for a reservation that is not known any more or was never made
	Amount   float64  // US dollars, of all attempts together
	// Delivered: the client got its whole answer, so that a retry of the request is
	// another request.
	Delivered bool
}

// A Store counts, in billionths of a dollar ([Nanos]). It is safe for concurrent use, and
// what a call does to its accounts is atomic: all of them or none. Calls return within
// the context's time; an error says that nothing is known, or counted.
//
// A reservation is open until it is settled, or lapses. While it is open, what it holds
// (its amount, less what was charged for it already) is reserved in its accounts: those
// that it was first made for.
type Store interface {
	// Balances returns the state of each account, in their order, possibly a moment old.
	Balances(ctx context.Context, accounts []Account) ([]Balance, error)

	// Reserve makes the reservation if every account allows it: where what is used, without
	// what this reservation already holds or was charged, is at most [Limit.Ceiling]. It
	// returns the ID to settle, and each account's balance before. Denied, it changes nothing.
	//
	// A known ID is the same reservation: it stays as it is where the amount is not higher,
	// without a question, and else is raised to it. One that has been settled is left alone.
	// One that has lapsed is made again.
	//
	// A retry goes on with the last reservation of its Twin, instead of making one, where
	// that is open or was settled, and not delivered; it returns that one's ID, and both IDs
	// name it from then on. It is open again, and holds the retry's amount, so that the
	// whole is charged once, by the highest amount. [MaxRetries] may go on with one
	// reservation. A request that is no retry makes a reservation of its own, with which
	// later retries go on.
	Reserve(ctx context.Context, r Reservation, accounts []Account) (ok bool, id string, before []Balance, err error)

	// Settle charges the amount to the reservation's accounts, and releases what it holds:
	// where retries have gone on with it while it was open, once as many were settled. What
	// one ID is settled for is charged once, by the highest amount. Where several of those
	// that share a reservation are delivered, all of them are charged: who gets an answer to
	// each was not retrying. So it holds its whole amount once the first is.
	//
	// An ID that is not known is charged to the accounts of the settlement and is then a
	// settled one. A window that is over takes no more charges.
	//
	// A store may forget an ID a minute after it lapsed, or after it was settled, and
	// earlier if they are very many.
	Settle(ctx context.Context, s Settlement) error
}

// MaxRetries is how many retries of a client go on with one reservation: as many as its
// SDK makes by itself. More are requests of their own.
const MaxRetries = 2
