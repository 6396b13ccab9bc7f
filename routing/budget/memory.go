package budget

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// grace is how long a reservation that has ended is remembered, and an account whose
// window is over.
const grace = time.Minute

// Options of a [Memory].
type Options struct {
	Journal     Journal          // nil: nothing outlives the process
	Now         func() time.Time // nil is time.Now
	MaxAccounts int              // kept in memory; 0 is 100,000
	MaxEnded    int              // reservations that have ended and are remembered; 0 is 100,000
}

// A Memory is the [Store] of one process.
//
// What it holds is bounded: an account that no reservation needs and that was used least
// recently is dropped where there are more than MaxAccounts, and read from the journal
// when it is needed again. Without a journal its spending is forgotten then. Open
// reservations are bounded by the requests in flight.
//
// It waits for nothing but the journal's reads, and does not look at contexts.
type Memory struct {
	journal     Journal
	durable     bool // there is one
	now         func() time.Time
	maxAccounts int
	maxEnded    int

	mu       sync.Mutex // held for moments: no I/O under it
	at       time.Time  // of the call under way
	accounts map[string]*account
	recent   *list.List         // of *account: least recently used first
	records  map[string]*record // by every ID that names one
	twins    map[string]*record // the last of each
	ended    *list.List         // of *record: not open any more, oldest first
	due      timers
	dropped  int // accounts dropped since the last sweep
	sweeping sync.WaitGroup
}

var _ Store = (*Memory)(nil)

// NewMemory returns the store with what its journal has kept: reservations that were open
// are open, and lapse when they would have. Errors are the journal's.
func NewMemory(o Options) (*Memory, error) {
	m := &Memory{
		journal: o.Journal, now: o.Now, maxAccounts: o.MaxAccounts, maxEnded: o.MaxEnded,
		accounts: make(map[string]*account), recent: list.New(),
		records: make(map[string]*record), twins: make(map[string]*record), ended: list.New(),
	}
	if m.durable = m.journal != nil; !m.durable {
		m.journal = noJournal{}
	}
	if m.now == nil {
		m.now = time.Now
	}
	if m.maxAccounts == 0 {
		m.maxAccounts = 100_000
	}
	if m.maxEnded == 0 {
		m.maxEnded = 100_000
	}
	if err := m.restore(); err != nil {
		return nil, err
	}
	return m, nil
}

// Balances implements [Store].
func (m *Memory) Balances(_ context.Context, accounts []Account) ([]Balance, error) {
	held, err := m.enter(len(accounts), func(i int) string { return accounts[i].Key })
	if err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	return balances(held), nil
}

// Reserve implements [Store].
func (m *Memory) Reserve(_ context.Context, r Reservation, accounts []Account) (bool, string, []Balance, error) {
	held, err := m.enter(len(accounts), func(i int) string { return accounts[i].Key })
	if err != nil {
		return false, "", nil, err
	}
	defer m.mu.Unlock()
	before, amount := balances(held), Nanos(r.Amount)
	rec, joins := m.records[r.ID], false
	if rec == nil && r.Retry {
		if rec = m.twins[r.Twin]; rec != nil && rec.joinable() {
			joins = true
		} else {
			rec = nil
		}
	}
	if rec != nil && rec.state == settled && !joins {
		return true, rec.ids[0], before, nil
	}
	if rec == nil || amount > rec.own() {
		for i := range accounts {
			var own int64
			if rec != nil && rec.charges(held[i]) {
				own = rec.own()
			}
			if held[i].spent+held[i].reserved-own > accounts[i].Limit.Ceiling(r) {
				return false, "", before, nil
			}
		}
	}
	if rec == nil {
		rec = &record{ids: []string{r.ID}, twin: r.Twin}
		m.adopt(rec, held)
	}
	if joins {
		rec.ids = append(rec.ids, r.ID)
		m.records[r.ID] = rec
	}
	m.reopen(rec, amount, r.Lapses, joins)
	return true, rec.ids[0], before, nil
}

// reopen makes the record open, at least to the amount.
func (m *Memory) reopen(rec *record, amount int64, lapses time.Time, joins bool) {
	rec.change(func() {
		if rec.state == open {
			rec.amount = max(rec.amount, amount)
		} else {
			rec.state, rec.amount, rec.legs = open, amount, 0
		}
	})
	if joins || rec.legs == 0 {
		rec.legs++
	}
	if rec.place != nil {
		m.ended.Remove(rec.place)
		rec.place = nil
	}
	if lapses.After(rec.lapses) {
		rec.lapses = lapses
	}
	m.due.set(&rec.timer, rec.lapses)
	m.write(rec)
}

// write has the journal keep the record as it is.
func (m *Memory) write(rec *record) {
	if m.durable {
		m.journal.Put(recordKey(rec.ids[0]), rec.encode())
	}
}

// Settle implements [Store].
func (m *Memory) Settle(_ context.Context, s Settlement) error {
	if _, err := m.enter(0, nil); err != nil {
		return err
	}
	rec := m.records[s.ID]
	if rec == nil {
		m.mu.Unlock()
		if len(s.Accounts) == 0 {
			return nil
		}
		held, err := m.enter(len(s.Accounts), func(i int) string { return s.Accounts[i] })
		if err != nil {
			return err
		}
		if rec = m.records[s.ID]; rec == nil {
			rec = &record{ids: []string{s.ID}}
			m.adopt(rec, held)
		}
	}
	defer m.mu.Unlock()
	amount := Nanos(s.Amount)
	if rec.state == open && rec.legs > 0 {
		if rec.legs--; rec.delivered && s.Delivered {
			amount += rec.charged // one more answer: that was no retry
		}
	}
	charged := amount > rec.charged
	rec.change(func() {
		rec.delivered = rec.delivered || s.Delivered
		for _, a := range rec.accounts {
			a.spent += max(amount-rec.charged, 0)
		}
		rec.charged = max(amount, rec.charged)
		if rec.state != open || rec.legs == 0 {
			rec.state = settled
		}
	})
	for _, a := range rec.accounts {
		if charged && !a.over {
			m.journal.Put(accountKey(a.key), encodeSpent(a.spent))
		}
	}
	if rec.state == open {
		m.write(rec)
		return nil
	}
	// Behind what was charged: a crash in between counts the money twice, never not at all.
	m.journal.Delete(recordKey(rec.ids[0]))
	m.end(rec)
	return nil
}

// end remembers the record as one that is not open any more.
func (m *Memory) end(rec *record) {
	if rec.place == nil {
		rec.place = m.ended.PushBack(rec)
	}
	until := m.at
	if rec.lapses.After(until) {
		until = rec.lapses
	}
	m.due.set(&rec.timer, until.Add(grace))
	if m.ended.Len() > m.maxEnded {
		m.forget(m.ended.Front().Value.(*record))
	}
}

// forget removes the record.
func (m *Memory) forget(rec *record) {
	m.due.clear(&rec.timer)
	m.ended.Remove(rec.place)
	for _, id := range rec.ids {
		delete(m.records, id)
	}
	if m.twins[rec.twin] == rec {
		delete(m.twins, rec.twin)
	}
	for _, a := range rec.accounts {
		a.pins--
	}
}

// expire does what is due.
func (m *Memory) expire() {
	for m.at = m.now(); len(m.due) > 0 && !m.due[0].at.After(m.at); {
		switch t := m.due[0]; {
		case t.account != nil:
			t.account.over = true
			m.journal.Delete(accountKey(t.account.key))
			m.drop(t.account)
		case t.record.state == open:
			t.record.change(func() { t.record.state = lapsed })
			m.journal.Delete(recordKey(t.record.ids[0]))
			m.end(t.record)
		default:
			m.forget(t.record)
		}
	}
}
