package budget

import (
	"sync"
	"time"
)

// An account is the state of an [Account] in a [Memory]. Amounts are in billionths of a dollar.
type account struct {
	key             string
	spent, reserved int64
	most            int64 // that the requests with reservations may cost
	over            bool  // its window has ended, and it was dropped from the store
	pins            int   // records and reads that use it: it must stay in the store
	unread          *read // of the journal; nil once it was done
	timer           timer
}

// A read reads an account from the journal, once for all callers that wait for it.
type read struct {
	once  sync.Once
	spent int64
	err   error
}

func balances(accounts []*account) []Balance {
	out := make([]Balance, len(accounts))
	for i, a := range accounts {
		out[i] = Balance{Spent: Dollars(a.spent), Reserved: Dollars(a.reserved), Most: Dollars(a.most)}
	}
	return out
}

// lock locks the store, drops what has expired and returns the n accounts. After an error it
// is not locked.
func (m *Memory) lock(n int, key func(int) string) ([]*account, error) {
	m.mu.Lock()
	m.expire()
	m.trim()
	accounts := make([]*account, n)
	var unread []*account
	for i := range accounts {
		a := m.account(key(i))
		if accounts[i] = a; a.unread != nil {
			unread = append(unread, a)
		}
	}
	if len(unread) == 0 {
		return accounts, nil
	}
	if err := m.load(accounts, unread); err != nil {
		m.mu.Unlock()
		return nil, err
	}
	return accounts, nil
}

// load reads the unread ones of the accounts, with the store unlocked meanwhile.
func (m *Memory) load(accounts, unread []*account) error {
	reads := make([]*read, len(unread))
	for i, a := range unread {
		reads[i] = a.unread
	}
	for _, a := range accounts {
		a.pins++
	}
	m.mu.Unlock()
	for i, r := range reads {
		r.once.Do(func() { r.spent, r.err = m.read(unread[i].key) })
	}
	m.mu.Lock()
	for _, a := range accounts {
		a.pins--
	}
	var err error
	for i, a := range unread {
		switch {
		case reads[i].err != nil:
			err = reads[i].err
			m.drop(a) // so that the next call reads again
		case a.unread != nil: // no other call was first
			a.spent += a.unread.spent
			a.unread = nil
		}
	}
	return err
}

// account returns the account by its key, unread if it is new. One whose window ended a while
// ago, or whose key is invalid, is dropped by the next call.
func (m *Memory) account(key string) *account {
	if a, ok := m.accounts.Get(key); ok {
		return a
	}
	a := &account{key: key}
	a.timer.account = a
	if m.durable {
		a.unread = new(read)
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
		if a.pins > 0 || a.unread != nil {
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

// sweep removes expired accounts that are not in memory from the journal. Otherwise they
// would stay there until the next start.
func (m *Memory) sweep(now time.Time) {
	var old []string
	err := m.journal.All(func(key string, _ []byte) error {
		if name, ok := accountOf(key); ok && !Ends(name).Add(grace).After(now) {
			old = append(old, key)
		}
		return nil
	})
	if err != nil {
		return // the next sweep tries again
	}
	for _, key := range old {
		m.journal.Delete(key)
	}
}

// Close waits for work in the background. The caller closes the journal afterwards.
func (m *Memory) Close() { m.sweeping.Wait() }
