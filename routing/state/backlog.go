package state

import (
	"context"
	"fmt"
	"sync"
	"time"

	"sluice/routing/budget"
)

// mostWaiting bounds the settlements that wait for Redis: some 20 MB, or ten minutes of a
// hundred requests a second.
const mostWaiting = 65_536

// A backlog keeps the settlements that Redis did not take until it does. What was
// settled twice counts once, so one that was taken without an answer does no harm.
type backlog struct {
	redis *Redis
	send  func(context.Context, budget.Settlement) error

	mu      sync.Mutex
	waiting []budget.Settlement
	closed  bool

	wake    chan struct{} // holds a value while something waits
	stop    context.CancelFunc
	stopped chan struct{}
}

func newBacklog(r *Redis, send func(context.Context, budget.Settlement) error) *backlog {
	b := &backlog{redis: r, send: send, wake: make(chan struct{}, 1), stopped: make(chan struct{})}
	var ctx context.Context
	ctx, b.stop = context.WithCancel(context.Background())
	go b.run(ctx)
	return b
}

// add fails where too many wait, or nothing will be sent any more.
func (b *backlog) add(s budget.Settlement) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || len(b.waiting) >= mostWaiting {
		err := fmt.Errorf("redis: settle: %w", ErrFull)
		b.redis.failed("settle later", err)
		return err
	}
	b.waiting = append(b.waiting, s)
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return nil
}

func (b *backlog) run(ctx context.Context) {
	defer close(b.stopped)
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.wake:
		}
		for b.redis.Away() || !b.drain(ctx) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(probeEvery):
			}
		}
	}
}

// drain sends what waits, and reports whether Redis took all of it.
func (b *backlog) drain(ctx context.Context) bool {
	for {
		b.mu.Lock()
		if len(b.waiting) == 0 {
			b.waiting = nil
			b.mu.Unlock()
			return true
		}
		next := b.waiting[0]
		b.mu.Unlock()
		if b.send(ctx, next) != nil {
			return false
		}
		b.mu.Lock()
		b.waiting = b.waiting[1:]
		b.mu.Unlock()
	}
}

// close sends what waits if Redis takes it, and says how many it did not take.
func (b *backlog) close() {
	b.stop()
	<-b.stopped
	if !b.redis.Away() {
		b.drain(context.Background())
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	if n := len(b.waiting); n > 0 {
		b.redis.failed("settle later", fmt.Errorf("redis: %d settlements were never counted", n))
	}
}
