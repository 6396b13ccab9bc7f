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

// testModel does at random what stores are for, and compares every answer and balance
// with a model that keeps everything and looks at all of it each time.
func testModel(t *testing.T, f *fixture) {
	rng := rand.New(rand.NewPCG(2026, 11))
	limits := budget.Limits{
		{Name: "user", Per: budget.User, USD: 8, ExhaustedBelow: 0.5, PremiumAbove: 0.3, Window: budget.Window{Period: budget.Hour}},
		{Name: "all", Per: budget.Everyone, USD: 16, PremiumAbove: 0.1, Refuse: true, Window: budget.Window{Period: budget.Day}},
	}
	users := []string{"", "ann", "ben"}
	m := &model{spent: make(map[string]int64), twins: make(map[string]*held)}
	cents := func(most int) float64 { return float64(rng.IntN(most)) / 100 }
	denied, made, retried := 0, 0, 0
	for step := range 3000 {
		now := f.clock.now()
		m.expire(now)
		user := users[rng.IntN(len(users))]
		accounts := limits.Accounts(routing.Principal{User: user}, now)
		id := m.recent(rng, now)
		what, act := "", rng.IntN(8)
		if fresh := fmt.Sprint("r", step); id == "" || act < 4 && rng.IntN(4) > 0 || rng.IntN(20) == 0 {
			id = fresh
		}
		switch act {
		default:
			r := budget.Reservation{
				ID: id, Amount: cents(200), Premium: rng.IntN(3) == 0, Exhausted: rng.IntN(3) == 0,
				Twin: m.twin(fmt.Sprint(user, rng.IntN(2)), now), Retry: rng.IntN(3) > 0,
				Lapses: now.Add(time.Duration(1+rng.IntN(90)) * time.Second),
			}
			what = fmt.Sprintf("reserve %+v", r)
			wantOK, wantID := m.reserve(r, accounts)
			ok, got := f.reserve(t, r, accounts)
			if ok != wantOK || ok && got != wantID {
				t.Fatalf("step %d: %s: %v %q; want %v %q", step, what, ok, got, wantOK, wantID)
			}
			switch {
			case !ok:
				denied++
			case got != id:
				retried++
			default:
				made++
			}
		case 4, 5, 6:
			s := budget.Settlement{ID: id, Amount: cents(40), Delivered: rng.IntN(4) == 0}
			what = fmt.Sprintf("settle %+v", s)
			m.settle(s, accounts, now)
			f.settle(t, s, accounts)
		case 7:
			f.clock.advance(time.Duration(rng.IntN(20_000)) * time.Millisecond)
			if rng.IntN(20) == 0 {
				f.clock.advance(12 * time.Hour)
			}
			m.expire(f.clock.now())
			what = "wait"
			accounts = limits.Accounts(routing.Principal{User: user}, f.clock.now())
		}
		balances, err := f.store.Balances(t.Context(), accounts)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range accounts {
			if spent, reserved := budget.Dollars(m.spent[a.Key]), budget.Dollars(m.reserved(a.Key)); !same(balances[i].Spent, spent) || !same(balances[i].Reserved, reserved) {
				t.Fatalf("step %d: %s: %s has %+v; want %v spent and %v reserved", step, what, a.Key, balances[i], spent, reserved)
			}
		}
	}
	if min(denied, made, retried) < 100 {
		t.Errorf("%d denied, %d made, %d retried: the test shows little", denied, made, retried)
	}
}

// A model is the least that does what a store promises, without a thought for speed.
type model struct {
	spent map[string]int64
	all   []*held
	twins map[string]*held
}

// A held is a reservation of the model.
type held struct {
	ids             []string
	keys            []string
	amount, charged int64
	waiting         int // requests that have not settled; 0 where it is not open
	gone            bool
	delivered       bool
	lapses, closed  time.Time
}

func (h *held) reserved() int64 {
	switch {
	case h.waiting == 0:
		return 0
	case h.delivered:
		return h.amount
	default:
		return max(0, h.amount-h.charged)
	}
}

func (m *model) expire(now time.Time) {
	for _, h := range m.all {
		if h.waiting > 0 && !h.lapses.After(now) {
			h.waiting, h.gone, h.closed = 0, true, now
		}
	}
}

// recent returns an ID that a store must remember, or "".
func (m *model) recent(rng *rand.Rand, now time.Time) string {
	if len(m.all) == 0 {
		return ""
	}
	h := m.all[max(0, len(m.all)-1-rng.IntN(8))]
	if h.fading(now) {
		return ""
	}
	return h.ids[rng.IntN(len(h.ids))]
}

// twin returns the name, or another one where a store may have forgotten its reservation.
func (m *model) twin(name string, now time.Time) string {
	for h := m.twins[name]; h != nil && h.fading(now); h = m.twins[name] {
		name += "'"
	}
	return name
}

// fading reports whether a store may have forgotten it, or soon will.
func (h *held) fading(now time.Time) bool {
	return h.waiting == 0 && now.Sub(h.closed) > 30*time.Second
}

func (m *model) find(id string) *held {
	for _, h := range slices.Backward(m.all) {
		if slices.Contains(h.ids, id) {
			return h
		}
	}
	return nil
}

func (m *model) reserved(key string) int64 {
	var sum int64
	for _, h := range m.all {
		if slices.Contains(h.keys, key) {
			sum += h.reserved()
		}
	}
	return sum
}

func (m *model) reserve(r budget.Reservation, accounts []budget.Account) (bool, string) {
	h, joins := m.find(r.ID), false
	if h == nil && r.Retry {
		if twin := m.twins[r.Twin]; twin != nil && !twin.gone && !twin.delivered && len(twin.ids) < 3 {
			h, joins = twin, true
		}
	}
	if h != nil && !joins && h.waiting == 0 && !h.gone {
		return true, h.ids[0]
	}
	amount, own := budget.Nanos(r.Amount), int64(0)
	if h != nil {
		own = h.reserved() + h.charged
	}
	for _, a := range accounts {
		used := m.spent[a.Key] + m.reserved(a.Key)
		if h != nil && slices.Contains(h.keys, a.Key) {
			used -= own
		}
		if (h == nil || amount > own) && used > a.Limit.Ceiling(r) {
			return false, ""
		}
	}
	if h == nil {
		h = &held{ids: []string{r.ID}}
		for _, a := range accounts {
			h.keys = append(h.keys, a.Key)
		}
		m.all = append(m.all, h)
		m.twins[r.Twin] = h
	}
	if joins {
		h.ids = append(h.ids, r.ID)
	}
	if h.waiting == 0 {
		h.amount, h.waiting = 0, 1
	} else if joins {
		h.waiting++
	}
	h.amount, h.gone = max(h.amount, amount), false
	if r.Lapses.After(h.lapses) {
		h.lapses = r.Lapses
	}
	return true, h.ids[0]
}

func (m *model) settle(s budget.Settlement, accounts []budget.Account, now time.Time) {
	h := m.find(s.ID)
	if h == nil {
		h = &held{ids: []string{s.ID}}
		for _, a := range accounts {
			h.keys = append(h.keys, a.Key)
		}
		m.all = append(m.all, h)
	}
	more := budget.Nanos(s.Amount) - h.charged
	if h.waiting > 0 && h.delivered && s.Delivered {
		more = budget.Nanos(s.Amount)
	}
	if more > 0 {
		h.charged += more
		for _, key := range h.keys {
			m.spent[key] += more
		}
	}
	h.delivered = h.delivered || s.Delivered
	open := h.waiting > 0
	if h.waiting > 0 {
		h.waiting--
	}
	if h.waiting == 0 {
		h.gone = false
		if open || h.closed.IsZero() {
			h.closed = now
		}
	}
}
