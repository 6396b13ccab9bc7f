package budget

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// grace is how long a settled reservation is kept once it would have expired, and an
// account once its window is over.
const grace = time.Minute

// Options of a [Memory].
type Options struct {
	Journal     Journal          // nil: nothing outlives the process
	Now         func() time.Time // nil is time.Now
	MaxAccounts int              // kept in memory; 0 is 100,000
	MaxSettled  int              // settled reservations kept in memory; 0 is 100,000
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
	maxSettled  int

	mu       sync.Mutex                       // held for moments: no I/O under it
	at       time.Time                        // of the call under way
	accounts *simplelru.LRU[string, *account] // by key; trim bounds it, since some must stay
	records  map[string]*record               // by ID: open and settled
	settled  *simplelru.LRU[string, *record]  // Settle bounds it
	due      timers
	dropped  int // accounts dropped since the last sweep
	sweeping sync.WaitGroup
}

var _ Store = (*Memory)(nil)

// NewMemory returns the store with what its journal has kept: reservations that were open
// are open, and expire when they would have. Errors are the journal's.
func NewMemory(o Options) (*Memory, error) {
	m := &Memory{
		journal: o.Journal, now: o.Now, maxAccounts: o.MaxAccounts, maxSettled: o.MaxSettled,
		records: make(map[string]*record),
	}
	// The error is that of a size below 1.
	m.accounts, _ = simplelru.NewLRU[string, *account](math.MaxInt, nil)
	m.settled, _ = simplelru.NewLRU[string, *record](math.MaxInt, nil)
	if m.durable = m.journal != nil; !m.durable {
		m.journal = noJournal{}
	}
	if m.now == nil {
		m.now = time.Now
	}
	if m.maxAccounts == 0 {
		m.maxAccounts = 100_000
	}
	if m.maxSettled == 0 {
		m.maxSettled = 100_000
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
func (m *Memory) Reserve(_ context.Context, r Reservation, accounts []Account) (bool, []Balance, error) {
	held, err := m.enter(len(accounts), func(i int) string { return accounts[i].Key })
	if err != nil {
		return false, nil, err
	}
	defer m.mu.Unlock()
	before, amount := balances(held), Nanos(r.Amount)
	rec := m.records[r.ID]
	if rec != nil && rec.settled {
		return true, before, nil
	}
	if rec == nil || amount > rec.amount {
		for i, a := range held {
			used := a.spent + a.reserved
			if rec != nil && slices.Contains(rec.accounts, a) {
				used -= rec.amount
			}
			if used > accounts[i].Limit.Ceiling(r) {
				return false, before, nil
			}
		}
	}
	if rec == nil {
		rec = &record{id: r.ID}
		m.adopt(rec, held)
	}
	rec.reserve(max(amount, rec.amount))
	if r.Expires.After(rec.expires) {
		rec.expires = r.Expires
	}
	m.due.set(&rec.timer, rec.expires)
	if m.durable {
		m.journal.Put(recordKey(rec.id), rec.encode())
	}
	return true, before, nil
}

// Settle implements [Store].
func (m *Memory) Settle(_ context.Context, s Settlement) error {
	held, err := m.enter(len(s.Accounts), func(i int) string { return s.Accounts[i] })
	if err != nil {
		return err
	}
	defer m.mu.Unlock()
	rec := m.records[s.ID]
	if rec == nil {
		if len(held) == 0 {
			return nil
		}
		rec = &record{id: s.ID}
		m.adopt(rec, held)
	}
	if rec.settle(Nanos(s.Amount)) {
		for _, a := range rec.accounts {
			if !a.over {
				m.journal.Put(accountKey(a.key), encodeSpent(a.spent))
			}
		}
	}
	// Behind what was charged: a crash in between counts the money twice, never not at all.
	m.journal.Delete(recordKey(rec.id))
	until := m.at
	if rec.expires.After(until) {
		until = rec.expires
	}
	m.due.set(&rec.timer, until.Add(grace))
	m.settled.Add(rec.id, rec)
	if m.settled.Len() > m.maxSettled {
		_, oldest, _ := m.settled.GetOldest()
		m.forget(oldest)
	}
	return nil
}

// adopt makes the record one of the store's.
func (m *Memory) adopt(rec *record, accounts []*account) {
	rec.accounts, rec.timer.record = accounts, rec
	for _, a := range accounts {
		a.pins++
		a.reserved += rec.amount
	}
	m.records[rec.id] = rec
}

// forget removes the record, and releases what it holds if it is open.
func (m *Memory) forget(rec *record) {
	if !rec.settled {
		rec.reserve(0)
		m.journal.Delete(recordKey(rec.id))
	}
	m.due.clear(&rec.timer)
	m.settled.Remove(rec.id)
	delete(m.records, rec.id)
	for _, a := range rec.accounts {
		a.pins--
	}
}

// expire does what is due.
func (m *Memory) expire() {
	for m.at = m.now(); len(m.due) > 0 && !m.due[0].at.After(m.at); {
		t := m.due[0]
		if t.record != nil {
			m.forget(t.record)
			continue
		}
		t.account.over = true
		m.journal.Delete(accountKey(t.account.key))
		m.drop(t.account)
	}
}
