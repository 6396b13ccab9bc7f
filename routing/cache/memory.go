package cache

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Bounds on what a [Memory] keeps besides the answers.
const (
	maxClaims = 10_000 // requests that others may wait for
	overhead  = 512    // bytes of an entry with its places in lists and maps, rounded up
)

// Memory is a [Store] in this process, bounded in bytes. The least recently used entry is
// removed first. Its calls never fail and wait only for each other.
type Memory struct {
	mu      sync.Mutex
	entries *simplelru.LRU[string, held]
	claims  *simplelru.LRU[string, time.Time] // when they expire
	size    int64
	most    int64
	now     func() time.Time
}

type held struct {
	entry *Entry
	size  int64
	until time.Time
}

// NewMemory returns a store of at most that many bytes: of answers, their keys and the
// overhead of keeping them. The bound holds at every moment.
func NewMemory(most int64) (*Memory, error) {
	return newMemory(most, time.Now)
}

func newMemory(most int64, now func() time.Time) (*Memory, error) {
	if most < overhead {
		return nil, fmt.Errorf("cache: %d bytes are too few for an entry", most)
	}
	m := &Memory{most: most, now: now}
	var err error
	dropped := func(_ string, h held) { m.size -= h.size } // called with mu held
	if m.entries, err = simplelru.NewLRU(int(most/overhead), dropped); err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	if m.claims, err = simplelru.NewLRU[string, time.Time](maxClaims, nil); err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	return m, nil
}

// weight returns the memory that an entry takes. Go rounds blocks up by up to an eighth, large
// ones by up to a page.
func weight(key string, e *Entry) int64 {
	size := cap(e.Body)
	return int64(overhead + len(key) + size + min(size/8, 8<<10) + len(e.Model) + len(e.Tier))
}

// Size returns the bytes in use.
func (m *Memory) Size() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.size
}

// Get returns the entry of the key, nil if there is none.
func (m *Memory) Get(_ context.Context, key string) (*Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, ok := m.entries.Get(key)
	if !ok {
		return nil, nil
	}
	if !m.now().Before(h.until) {
		m.entries.Remove(key)
		return nil, nil
	}
	return h.entry, nil
}

// Put keeps e under the key and replaces the entry there. An entry larger than the store is
// not kept.
func (m *Memory) Put(_ context.Context, key string, e *Entry, ttl time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entries.Remove(key)
	w := weight(key, e)
	if w > m.most || ttl <= 0 {
		return nil
	}
	for m.size+w > m.most {
		m.entries.RemoveOldest()
	}
	m.size += w
	m.entries.Add(key, held{e, w, m.now().Add(ttl)})
	return nil
}

// Claim claims the key and reports whether it was free.
func (m *Memory) Claim(_ context.Context, key string, ttl time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.claimed(key) {
		return false, nil
	}
	m.claims.Add(key, m.now().Add(ttl))
	return true, nil
}

// Claimed reports whether the key is claimed.
func (m *Memory) Claimed(_ context.Context, key string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.claimed(key), nil
}

func (m *Memory) claimed(key string) bool {
	until, ok := m.claims.Peek(key)
	return ok && m.now().Before(until)
}

// Release ends a claim.
func (m *Memory) Release(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.claims.Remove(key)
	return nil
}
