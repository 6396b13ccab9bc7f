package budget

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"sluice/routing"
)

// A Grant is the answer to a [Reservation].
type Grant struct {
	OK bool
	// Allowance is what may be decided for instead where it is not OK; Refused, where
	// nothing may, is the account that says so: of several, the one whose window ends last.
	Allowance routing.Allowance
	Refused   *Account
}

// A Ledger applies the limits to requests. A request goes through it so:
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
// What one request sees and what it reserves may lie apart: others reserve in between.
// Then Reserve denies, and grants something more restricted instead, until it is OK or
// Refused: after 4 rounds at most, provided that each decision obeys its allowance.
type Ledger struct {
	Store Store
}

// Allowance returns what the accounts leave to a request before it is decided, or which
// of them refuses it. The grant is OK unless one does.
func (l Ledger) Allowance(ctx context.Context, accounts []Account) (Grant, error) {
	if len(accounts) == 0 {
		return Grant{OK: true}, nil
	}
	balances, err := l.Store.Balances(ctx, accounts)
	if err != nil {
		return Grant{}, err
	}
	g := look(accounts, balances)
	g.OK = g.Refused == nil
	return g, nil
}

// Reserve makes the reservation, or says what may be decided for instead.
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
		return Grant{OK: true}, nil
	}
	g := look(accounts, before)
	g.Allowance.Exhausted = g.Allowance.Exhausted || r.Exhausted
	switch {
	case g.Refused != nil:
	case g.Allowance.Exhausted && !r.Exhausted, g.Allowance.Capped && r.Premium:
	case r.Premium: // it costs too much, or what stood in the way is gone: something cheaper may do
		g.Allowance.Capped = true
	case !r.Exhausted:
		g.Allowance.Exhausted = true
	default:
		g.Refused = latest(accounts, func(i int) bool { return Nanos(before[i].Used()) > accounts[i].Limit.Ceiling(r) })
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

// look returns what the balances leave.
func look(accounts []Account, balances []Balance) Grant {
	var g Grant
	for i, a := range accounts {
		g.Allowance = join(g.Allowance, a.Limit.Allowance(balances[i].Used()))
	}
	g.Refused = latest(accounts, func(i int) bool { return accounts[i].Limit.Refuses(balances[i].Used()) })
	return g
}

// latest returns the account whose window ends last, of those for which it holds.
func latest(accounts []Account, holds func(int) bool) *Account {
	var found *Account
	for i := range accounts {
		if holds(i) && (found == nil || accounts[i].Ends.After(found.Ends)) {
			found = &accounts[i]
		}
	}
	return found
}

// short bounds an ID that somebody else has chosen.
func short(id string) string {
	const most = 64
	if len(id) <= most {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}
