package cache_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sluice/routing/cache"
)

// polled counts how often a store is asked, and can be made to fail.
type polled struct {
	cache.Store
	asked atomic.Int64
	fails atomic.Bool
}

func (p *polled) Claimed(ctx context.Context, key string) (bool, error) {
	p.asked.Add(1)
	if p.fails.Load() {
		return false, errors.New("down")
	}
	return p.Store.Claimed(ctx, key)
}

func TestAwait(t *testing.T) {
	const key, wait, event = "question", 4 * time.Second, 105 * time.Millisecond
	answer := &cache.Entry{Body: []byte("answer")}
	for _, c := range []struct {
		name  string
		event func(s *polled, leave context.CancelFunc) // what happens meanwhile
		want  *cache.Entry
		ends  time.Duration // at most
	}{
		{"an answer", func(s *polled, _ context.CancelFunc) {
			_ = s.Put(context.Background(), key, answer, time.Hour)
			_ = s.Release(context.Background(), key)
		}, answer, 110 * time.Millisecond},
		{"no answer", func(s *polled, _ context.CancelFunc) { _ = s.Release(context.Background(), key) }, nil, 110 * time.Millisecond},
		{"the client leaves", func(_ *polled, leave context.CancelFunc) { leave() }, nil, event},
		{"the store fails", func(s *polled, _ context.CancelFunc) { s.fails.Store(true) }, nil, 110 * time.Millisecond},
		{"nothing", func(*polled, context.CancelFunc) {}, nil, wait},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				memory, err := cache.NewMemory(1 << 20)
				if err != nil {
					t.Fatal(err)
				}
				s := &polled{Store: memory}
				_, _ = s.Claim(t.Context(), key, time.Hour)
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				time.AfterFunc(event, func() { c.event(s, leave) })
				began := time.Now()
				if got := cache.Await(ctx, s, key, wait); got != c.want {
					t.Errorf("got %v, want %v", got, c.want)
				}
				if took := time.Since(began); took > c.ends {
					t.Errorf("it took %s, want %s", took, c.ends)
				}
				asked := s.asked.Load()
				time.Sleep(time.Second) // on the clock of synctest
				if s.asked.Load() != asked {
					t.Error("the store is asked after the end")
				}
			})
		})
	}
}

// TestAwaitNobody checks that the store of a client that has left already is not asked.
func TestAwaitNobody(t *testing.T) {
	memory, err := cache.NewMemory(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	s := &polled{Store: memory}
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if got := cache.Await(ctx, s, "question", time.Hour); got != nil || s.asked.Load() != 0 {
		t.Errorf("got %v after %d calls of the store", got, s.asked.Load())
	}
}
