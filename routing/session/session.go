// Package session remembers conversations, so that each stays with its model.
//
// It knows nothing of what a conversation is: callers give a key. What is remembered
// is a help, not the truth: a conversation that was forgotten is decided on afresh.
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

// An Entry is what is remembered of one conversation.
type Entry struct {
	Model    string             `json:"model"`  // that answered last
	Tokens   int                `json:"tokens"` // of the last request
	Used     time.Time          `json:"used"`
	Assigned routing.Assignment `json:"assigned,omitzero"` // the part it takes in an experiment
}

// A Store remembers conversations. It is safe for concurrent use. Get and Put return
// within the context's time; callers go on without an answer where they fail.
type Store interface {
	// Get returns what is remembered under key, and whether there is anything.
	Get(ctx context.Context, key string) (Entry, bool, error)
	// Put remembers e under key, in the place of what was there.
	Put(ctx context.Context, key string, e Entry) error
}

// A Journal keeps what a [Memory] remembers beyond its process. Put and Delete return at
// once.
type Journal interface {
	Put(key string, value []byte)
	Delete(key string)
	All(f func(key string, value []byte) error) error
}

// Memory is a Store in this process: bounded, and gone when it ends unless it has a
// [Journal].
type Memory struct {
	entries *lru.Cache[string, Entry]
	journal Journal // nil is none
	ttl     time.Duration
	now     func() time.Time
}

// NewMemory returns a store of at most so many conversations, each kept for ttl since
// it was last used. Both must be above 0.
func NewMemory(most int, ttl time.Duration) (*Memory, error) {
	m := &Memory{ttl: ttl, now: time.Now}
	var err error
	m.entries, err = lru.NewWithEvict(most, func(key string, _ Entry) {
		if m.journal != nil {
			m.journal.Delete(key)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	return m, nil
}

// Restore remembers what the journal holds, and has it keep everything from now on. It
// comes before any other call. What cannot be read is dropped.
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

// Put forgets the conversation that was used least recently where there are too many.
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
