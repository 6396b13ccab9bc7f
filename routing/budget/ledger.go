package budget

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math"

	"sluice/routing"
)

// A Grant is the result of a [Reservation].
type Grant struct {
	OK bool
	// If it is not OK, the request must be decided again under Allowance, or is refused by
	// the account Refused: of several, the one whose window ends last.
	Allowance routing.Allowance
	Refused   *Account
	Busy      bool // Refused: only because of what others have reserved, so that it may be allowed in a moment
	// Left is what the limits leave to a reservation that is made for the first time, in US dollars.
	Left float64
}

// A Ledger applies the limits to requests. Use it like this:
//
//	grant, err := ledger.Allowance(ctx, accounts)
//	for grant.Refused == nil && !reserved {
//		// decide under grant.Allowance
//		grant, err = ledger.Reserve(ctx, reservation, accounts)
//		reserved = grant.OK
//	}
//	// send the request, and in any case:
//	err = ledger.Settle(ctx, settlement)
//
// Others may reserve between a request's Allowance and its Reserve. Then Reserve denies, and
// returns a stricter allowance, until the grant is OK or Refused: after 4 rounds at most if
// each decision obeys its allowance.
type Ledger struct {
	Store Store
}

// Allowance returns what the accounts allow to a request before it is decided, or which of
// them refuses it. The grant is OK unless one does.
func (l Ledger) Allowance(ctx context.Context, accounts []Account) (Grant, error) {
	if len(accounts) == 0 {
		return Grant{OK: true}, nil
	}
	balances, err := l.Store.Balances(ctx, accounts)
	if err != nil {
		return Grant{}, err
	}
	g := allowed(accounts, balances)
	g.OK = g.Refused == nil
	return g, nil
}

// Reserve makes the reservation, or returns what is allowed instead.
func (l Ledger) Reserve(ctx context.Context, r Reservation, accounts []Account) (Grant, error) {
	if len(accounts) == 0 {
		return Grant{OK: true}, nil
	}
	r.ID = short(r.ID)
	ok, before, err := l.Store.Reserve(ctx, r, accounts)
	if err != nil {
		return Grant{}, err
	}
	if ok {
		g := Grant{OK: true, Left: math.Inf(1)}
		for i := range accounts {
			if l := accounts[i].Limit; l.Room(r) < math.MaxInt64 {
				g.Left = min(g.Left, l.USD-before[i].Bound())
			}
		}
		return g, nil
	}
	g := allowed(accounts, before)
	g.Allowance.Exhausted = g.Allowance.Exhausted || r.Exhausted
	switch {
	case g.Refused != nil:
	case g.Allowance.Exhausted && !r.Exhausted, g.Allowance.Capped && r.Premium:
	case r.Premium: // it costs too much, or others have spent meanwhile: a cheaper one may fit
		g.Allowance.Capped = true
	case !r.Exhausted:
		g.Allowance.Exhausted = true
	default:
		g.Refused = latest(accounts, func(i int) bool {
			return Nanos(before[i].Used()) > accounts[i].Limit.Ceiling(r) || Nanos(before[i].Bound()) > accounts[i].Limit.Room(r)
		})
		g.Busy = latest(accounts, func(i int) bool {
			return Nanos(before[i].Spent) > min(accounts[i].Limit.Ceiling(r), accounts[i].Limit.Room(r))
		}) == nil
		if g.Refused == nil { // sums above 2^53 billionths round
			g.Refused = latest(accounts, func(int) bool { return true })
		}
	}
	return g, nil
}

// Settle replaces a reservation by what was spent.
func (l Ledger) Settle(ctx context.Context, s Settlement) error {
	s.ID = short(s.ID)
	return l.Store.Settle(ctx, s)
}

// allowed returns what the balances allow.
func allowed(accounts []Account, balances []Balance) Grant {
	var g Grant
	for i, a := range accounts {
		g.Allowance = join(g.Allowance, a.Limit.Allowance(balances[i].Used()))
	}
	g.Refused = latest(accounts, func(i int) bool { return accounts[i].Limit.Refuses(balances[i].Used()) })
	g.Busy = g.Refused != nil && latest(accounts, func(i int) bool { return accounts[i].Limit.Refuses(balances[i].Spent) }) == nil
	return g
}

// latest returns the account whose window ends last, of those for which the condition holds.
func latest(accounts []Account, holds func(int) bool) *Account {
	var found *Account
	for i := range accounts {
		if holds(i) && (found == nil || accounts[i].Ends.After(found.Ends)) {
			found = &accounts[i]
		}
	}
	return found
}

// short bounds the length of an ID that a client has chosen.
func short(id string) string {
	const most = 64
	if len(id) <= most {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}
