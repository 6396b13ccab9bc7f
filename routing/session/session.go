// Package session remembers the model of each conversation, so that the conversation stays
// with it.
//
// It does not know what a conversation is: callers give a key. Losing an entry does no harm:
// the conversation's next request is decided like a first one. Start with [Store].
package session

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"sluice/routing"
)

// An Entry is the state of one conversation.
type Entry struct {
	Model    string             `json:"model"`              // that the conversation stays with
	Answered string             `json:"answered,omitempty"` // that answered last, if it was another
	Raised   int                `json:"raised,omitempty"`   // see [routing.Past]
	Tokens   int                `json:"tokens"`             // of the last request
	Used     time.Time          `json:"used"`
	Assigned routing.Assignment `json:"assigned,omitzero"` // in an experiment
}

// A Store holds conversations. It is safe for concurrent use. Get and Put return within the
// context's time; if they fail, callers continue without the entry.
type Store interface {
	// Get returns the entry under key, and whether there is one.
	Get(ctx context.Context, key string) (Entry, bool, error)
	// Put stores e under key and replaces what was there.
	Put(ctx context.Context, key string, e Entry) error
}

// A Journal stores the entries of a [Memory] beyond its process. Put and Delete return at
// once.
type Journal interface {
	Put(key string, value []byte)
	Delete(key string)
	All(f func(key string, value []byte) error) error
}

// Memory is a bounded Store in this process. Its entries are lost with the process unless it
// has a [Journal].
type Memory struct {
	entries *lru.Cache[string, Entry]
	journal Journal // may be nil
	ttl     time.Duration
	now     func() time.Time
}

// NewMemory returns a store of at most size conversations, each kept for ttl since it was
// last used. Both must be above 0.
func NewMemory(size int, ttl time.Duration) (*Memory, error) {
	m := &Memory{ttl: ttl, now: time.Now}
	var err error
	m.entries, err = lru.NewWithEvict(size, func(key string, _ Entry) {
		if m.journal != nil {
			m.journal.Delete(key)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	return m, nil
}

// Restore loads the journal, and writes all changes to it from now on. It must be the first
// call. Expired and unreadable entries are deleted.
func (m *Memory) Restore(j Journal) error {
	type kept struct {
		key   string
		entry Entry
	}
	var all []kept
	m.journal = j
	err := j.All(func(key string, value []byte) error {
		k := kept{key: key}
		if broken := json.Unmarshal(value, &k.entry); broken == nil && m.now().Sub(k.entry.Used) <= m.ttl {
			all = append(all, k)
		} else {
			j.Delete(key)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("sessions: %w", err)
	}
	slices.SortFunc(all, func(a, b kept) int {
		return cmp.Or(a.entry.Used.Compare(b.entry.Used), cmp.Compare(a.key, b.key))
	})
	for _, k := range all {
		m.entries.Add(k.key, k.entry)
	}
	return nil
}

// Get never fails.
func (m *Memory) Get(_ context.Context, key string) (Entry, bool, error) {
	e, ok := m.entries.Get(key)
	if ok && m.now().Sub(e.Used) > m.ttl {
		m.entries.Remove(key)
		return Entry{}, false, nil
	}
	return e, ok, nil
}

// Put drops the least recently used conversation if there are too many.
func (m *Memory) Put(_ context.Context, key string, e Entry) error {
	m.entries.Add(key, e)
	if m.journal == nil {
		return nil
	}
	value, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	m.journal.Put(key, value)
	return nil
}
