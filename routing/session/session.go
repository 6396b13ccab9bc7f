// Package session remembers conversations, so that each stays with its model.
//
// It knows nothing of what a conversation is: callers give a key. What is remembered
// is a help, not the truth: a conversation that was forgotten is decided on afresh.
package session

import (
	"context"
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// An Entry is what is remembered of one conversation.
type Entry struct {
	Model  string // that answered last
	Tokens int    // of the last request
	Used   time.Time
}

// A Store remembers conversations. It is safe for concurrent use. Get and Put return
// within the context's time; callers go on without an answer where they fail.
type Store interface {
	// Get returns what is remembered under key, and whether there is anything.
	Get(ctx context.Context, key string) (Entry, bool, error)
	// Put remembers e under key, in the place of what was there.
	Put(ctx context.Context, key string, e Entry) error
}

// Memory is a Store in this process: bounded, and gone when it ends.
type Memory struct {
	entries *lru.Cache[string, Entry]
	ttl     time.Duration
	now     func() time.Time
}

// NewMemory returns a store of at most so many conversations, each kept for ttl since
// it was last used. Both must be above 0.
func NewMemory(most int, ttl time.Duration) (*Memory, error) {
	entries, err := lru.New[string, Entry](most)
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	return &Memory{entries, ttl, time.Now}, nil
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

// Put never fails; it forgets the conversation that was used least recently where
// there are too many.
func (m *Memory) Put(_ context.Context, key string, e Entry) error {
	m.entries.Add(key, e)
	return nil
}
