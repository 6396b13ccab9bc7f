package budget

import (
	"cmp"
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
	Journal     Journal          // nil: everything is lost with the process
	Now         func() time.Time // nil is time.Now
	MaxAccounts int              // kept in memory; 0 is 100,000
	MaxSettled  int              // settled reservations kept in memory; 0 is 100,000
}

// A Memory is the [Store] of one process.
//
// Its size is bounded. Beyond MaxAccounts it drops the least recently used accounts without
// reservations, and reads them from the journal when they are needed again; without a
// journal their spending is lost. Open reservations are bounded by the requests in flight.
//
// Calls wait only for reads of the journal, and ignore their context.
type Memory struct {
	journal     Journal
	durable     bool // there is one
	now         func() time.Time
	maxAccounts int
	maxSettled  int

	mu       sync.Mutex                       // never held during I/O
	at       time.Time                        // of the current call
	accounts *simplelru.LRU[string, *account] // by key; trim bounds it, since some must stay
	records  map[string]*record               // by ID: open and settled
	settled  *simplelru.LRU[string, *record]  // of records; Settle bounds it
	due      timers
	dropped  int // accounts dropped since the last sweep
	sweeping sync.WaitGroup
}

var _ Store = (*Memory)(nil)

// NewMemory returns the store with the content of its journal: open reservations are open
// again, and expire when they would have. It fails if the journal cannot be read.
func NewMemory(o Options) (*Memory, error) {
	m := &Memory{
		journal: o.Journal, durable: o.Journal != nil, now: o.Now,
		maxAccounts: cmp.Or(o.MaxAccounts, 100_000), maxSettled: cmp.Or(o.MaxSettled, 100_000),
		records: make(map[string]*record),
	}
	// NewLRU fails only if the size is below 1.
	m.accounts, _ = simplelru.NewLRU[string, *account](math.MaxInt, nil)
	m.settled, _ = simplelru.NewLRU[string, *record](math.MaxInt, nil)
	if !m.durable {
		m.journal = noJournal{}
	}
	if m.now == nil {
		m.now = time.Now
	}
	if err := m.restore(); err != nil {
		return nil, err
	}
	return m, nil
}

// Balances implements [Store].
func (m *Memory) Balances(_ context.Context, accounts []Account) ([]Balance, error) {
	held, err := m.lock(len(accounts), func(i int) string { return accounts[i].Key })
	if err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	return balances(held), nil
}

// Reserve implements [Store].
func (m *Memory) Reserve(_ context.Context, r Reservation, accounts []Account) (bool, []Balance, error) {
	held, err := m.lock(len(accounts), func(i int) string { return accounts[i].Key })
	if err != nil {
		return false, nil, err
	}
	defer m.mu.Unlock()
	before := balances(held)
	amount, most := r.Amounts()
	rec := m.records[r.ID]
	if rec != nil && rec.settled {
		return true, before, nil
	}
	if rec == nil || amount > rec.amount || most > rec.most {
		for i, a := range held {
			used, bound := a.spent+a.reserved, a.spent+a.most
			if rec != nil && slices.Contains(rec.accounts, a) {
				used, bound = used-rec.amount, bound-rec.most
			}
			if used > accounts[i].Limit.Ceiling(r) || bound > accounts[i].Limit.Room(r) {
				return false, before, nil
			}
		}
	}
	if rec == nil {
		rec = &record{id: r.ID}
		m.add(rec, held)
	}
	rec.reserve(max(amount, rec.amount), max(most, rec.most))
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
	held, err := m.lock(len(s.Accounts), func(i int) string { return s.Accounts[i] })
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
		m.add(rec, held)
	}
	if rec.settle(Nanos(s.Amount)) {
		for _, a := range rec.accounts {
			if !a.over {
				m.journal.Put(accountKey(a.key), encodeSpent(a.spent))
			}
		}
	}
	// After what was charged: a crash in between may charge twice, but never not at all.
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

// add adds the record to the store.
func (m *Memory) add(rec *record, accounts []*account) {
	rec.accounts, rec.timer.record = accounts, rec
	for _, a := range accounts {
		a.pins++
		a.reserved += rec.amount
		a.most += rec.most
	}
	m.records[rec.id] = rec
}

// forget removes the record, and releases what it reserves if it is open.
func (m *Memory) forget(rec *record) {
	if !rec.settled {
		rec.reserve(0, 0)
		m.journal.Delete(recordKey(rec.id))
	}
	m.due.clear(&rec.timer)
	m.settled.Remove(rec.id)
	delete(m.records, rec.id)
	for _, a := range rec.accounts {
		a.pins--
	}
}

// expire drops what is due.
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
