package budgettest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sluice/routing"
	"sluice/routing/budget"
)

// testModel calls the store at random, and compares every result and balance with a model
// that keeps everything and looks at all of it each time.
func testModel(t *testing.T, f *fixture) {
	rng := rand.New(rand.NewPCG(2026, 11))
	limits := budget.Limits{
		{Name: "user", Per: budget.User, USD: 8, ExhaustedBelow: 0.5, PremiumAbove: 0.3, Window: budget.Window{Period: budget.Hour}},
		{Name: "all", Per: budget.Everyone, USD: 16, PremiumAbove: 0.1, Refuse: true, Window: budget.Window{Period: budget.Day}},
	}
	users := []string{"", "ann", "ben"}
	m := &model{spent: make(map[string]int64)}
	cents := func(most int) float64 { return float64(rng.IntN(most)) / 100 }
	denied, made, repeated := 0, 0, 0
	for step := range 3000 {
		now := f.clock.now()
		accounts := limits.Accounts(routing.Principal{User: users[rng.IntN(len(users))]}, now)
		id := m.recent(rng, now)
		what, act := "", rng.IntN(8)
		if id == "" || act < 4 && rng.IntN(4) > 0 || rng.IntN(20) == 0 {
			id = fmt.Sprint("r", step)
		}
		switch act {
		default:
			r := budget.Reservation{
				ID: id, Amount: cents(200), Most: cents(600), Premium: rng.IntN(3) == 0, Exhausted: rng.IntN(3) == 0,
				Expires: now.Add(time.Duration(1+rng.IntN(90)) * time.Second),
			}
			what = fmt.Sprintf("reserve %+v", r)
			known := m.find(id, now) != nil
			want := m.reserve(r, accounts, now)
			if got := f.reserve(t, r, accounts); got != want {
				t.Fatalf("step %d: %s: %v; want %v", step, what, got, want)
			}
			switch {
			case !want:
				denied++
			case known:
				repeated++
			default:
				made++
			}
		case 4, 5, 6:
			s := budget.Settlement{ID: id, Amount: cents(40)}
			what = fmt.Sprintf("settle %+v", s)
			m.settle(s, accounts, now)
			f.settle(t, s, accounts)
		case 7:
			f.clock.advance(time.Duration(rng.IntN(20_000)) * time.Millisecond)
			if rng.IntN(20) == 0 {
				f.clock.advance(12 * time.Hour)
			}
			what, now = "wait", f.clock.now()
			accounts = limits.Accounts(routing.Principal{User: users[rng.IntN(len(users))]}, now)
		}
		balances, err := f.store.Balances(t.Context(), accounts)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range accounts {
			amount, upTo := m.reserved(a.Key, now)
			spent, reserved, most := budget.Dollars(m.spent[a.Key]), budget.Dollars(amount), budget.Dollars(upTo)
			if !same(balances[i].Spent, spent) || !same(balances[i].Reserved, reserved) || !same(balances[i].Most, most) {
				t.Fatalf("step %d: %s: %s has %+v; want %v spent and %v reserved, %v at most", step, what, a.Key, balances[i], spent, reserved, most)
			}
		}
	}
	if min(denied, made, repeated) < 100 {
		t.Errorf("%d denied, %d made, %d repeated; want 100 of each", denied, made, repeated)
	}
}

// A model is the simplest store that keeps the contract.
type model struct {
	spent map[string]int64 // by account
	all   []*reservation
}

type reservation struct {
	id      string
	keys    []string
	amount  int64     // reserved while it is open, charged once settled
	most    int64     // that it may cost while it is open
	settled time.Time // zero while it is open
	expires time.Time
}

func (r *reservation) open(now time.Time) bool { return r.settled.IsZero() && now.Before(r.expires) }

// find returns the reservation if it is open, or settled.
func (m *model) find(id string, now time.Time) *reservation {
	for _, r := range slices.Backward(m.all) {
		if r.id == id && (r.open(now) || !r.settled.IsZero()) {
			return r
		}
	}
	return nil
}

// recent returns an ID, or "" instead of one that a store may have forgotten or soon will.
func (m *model) recent(rng *rand.Rand, now time.Time) string {
	if len(m.all) == 0 {
		return ""
	}
	id := m.all[max(0, len(m.all)-1-rng.IntN(8))].id
	for _, r := range m.all { // one that expired may have been settled since
		if r.id == id && !r.settled.IsZero() && now.Sub(r.settled) > 30*time.Second {
			return ""
		}
	}
	return id
}

func (m *model) reserved(key string, now time.Time) (amount, most int64) {
	for _, r := range m.all {
		if r.open(now) && slices.Contains(r.keys, key) {
			amount, most = amount+r.amount, most+r.most
		}
	}
	return amount, most
}

func (m *model) reserve(want budget.Reservation, accounts []budget.Account, now time.Time) bool {
	r := m.find(want.ID, now)
	if r != nil && !r.settled.IsZero() {
		return true
	}
	amount, most := want.Amounts()
	if r == nil || amount > r.amount || most > r.most {
		for _, a := range accounts {
			used, bound := m.reserved(a.Key, now)
			used, bound = used+m.spent[a.Key], bound+m.spent[a.Key]
			if r != nil && slices.Contains(r.keys, a.Key) {
				used, bound = used-r.amount, bound-r.most
			}
			if used > a.Limit.Ceiling(want) || bound > a.Limit.Room(want) {
				return false
			}
		}
	}
	if r == nil {
		r = m.add(want.ID, accounts)
	}
	r.amount, r.most = max(r.amount, amount), max(r.most, most)
	if want.Expires.After(r.expires) {
		r.expires = want.Expires
	}
	return true
}

func (m *model) settle(s budget.Settlement, accounts []budget.Account, now time.Time) {
	r := m.find(s.ID, now)
	if r == nil {
		r = m.add(s.ID, accounts)
	}
	if r.settled.IsZero() {
		r.settled, r.amount = now, 0
	}
	if more := budget.Nanos(s.Amount) - r.amount; more > 0 {
		r.amount += more
		for _, key := range r.keys {
			m.spent[key] += more
		}
	}
}

func (m *model) add(id string, accounts []budget.Account) *reservation {
	r := &reservation{id: id}
	for _, a := range accounts {
		r.keys = append(r.keys, a.Key)
	}
	m.all = append(m.all, r)
	return r
}
