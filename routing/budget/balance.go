package budget

import (
	"sync"
	"time"
)

// An account is one as a [Memory] keeps it. Amounts are in billionths of a dollar.
type account struct {
	key             string
	spent, reserved int64
	over            bool  // its window is; it is not in the store any more
	pins            int   // records and reads that hold it: it stays in the store
	cold            *read // what it is to be read by; nil once it was
	timer           timer
}

// A read brings an account in from the journal, once for all who wait for it.
type read struct {
	once  sync.Once
	spent int64
	err   error
}

func balances(accounts []*account) []Balance {
	out := make([]Balance, len(accounts))
	for i, a := range accounts {
		out[i] = Balance{Spent: Dollars(a.spent), Reserved: Dollars(a.reserved)}
	}
	return out
}

// enter locks the store, does what is due and returns the n accounts. With an error it
// is not locked.
func (m *Memory) enter(n int, key func(int) string) ([]*account, error) {
	m.mu.Lock()
	m.expire()
	m.trim()
	accounts := make([]*account, n)
	var cold []*account
	for i := range accounts {
		a := m.account(key(i))
		if accounts[i] = a; a.cold != nil {
			cold = append(cold, a)
		}
	}
	if len(cold) == 0 {
		return accounts, nil
	}
	if err := m.warm(accounts, cold); err != nil {
		m.mu.Unlock()
		return nil, err
	}
	return accounts, nil
}

// warm reads the cold ones of the accounts, with the store unlocked meanwhile.
func (m *Memory) warm(accounts, cold []*account) error {
	reads := make([]*read, len(cold))
	for i, a := range cold {
		reads[i] = a.cold
	}
	for _, a := range accounts {
		a.pins++
	}
	m.mu.Unlock()
	for i, r := range reads {
		r.once.Do(func() { r.spent, r.err = m.read(cold[i].key) })
	}
	m.mu.Lock()
	for _, a := range accounts {
		a.pins--
	}
	var err error
	for i, a := range cold {
		switch {
		case reads[i].err != nil:
			err = reads[i].err
			m.drop(a) // so that the next one reads again
		case a.cold != nil: // nobody else was first
			a.spent += a.cold.spent
			a.cold = nil
		}
	}
	return err
}

// account returns the account by its key, cold where it is new. One whose window has been
// over for a while, or whose key is none, is dropped by the next call.
func (m *Memory) account(key string) *account {
	if a, ok := m.accounts.Get(key); ok {
		return a
	}
	a := &account{key: key}
	a.timer.account = a
	if m.durable {
		a.cold = new(read)
	}
	m.accounts.Add(key, a)
	m.due.set(&a.timer, Ends(key).Add(grace))
	return a
}

// trim drops the least recently used accounts while there are too many. It looks at a few
// only, so that a call is short: those that must stay count as used.
func (m *Memory) trim() {
	for range 8 {
		if m.accounts.Len() <= m.maxAccounts {
			return
		}
		key, a, _ := m.accounts.GetOldest()
		if a.pins > 0 || a.cold != nil {
			m.accounts.Get(key)
			continue
		}
		m.drop(a)
		if m.dropped++; m.durable && m.dropped >= m.maxAccounts {
			m.dropped = 0
			now := m.at
			m.sweeping.Go(func() { m.sweep(now) })
		}
	}
}

func (m *Memory) drop(a *account) {
	if in, _ := m.accounts.Peek(a.key); in != a {
		return
	}
	m.accounts.Remove(a.key)
	m.due.clear(&a.timer)
}

// sweep removes from the journal what is over and not in memory, which nothing else would
// before the next start.
func (m *Memory) sweep(now time.Time) {
	var old []string
	err := m.journal.All(func(key string, _ []byte) error {
		if name, ok := accountOf(key); ok && !Ends(name).Add(grace).After(now) {
			old = append(old, key)
		}
		return nil
	})
	if err != nil {
		return // the next one finds as much
	}
	for _, key := range old {
		m.journal.Delete(key)
	}
}

// Close waits for work in the background. The journal is its owner's to close, after it.
func (m *Memory) Close() { m.sweeping.Wait() }
