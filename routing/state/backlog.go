package state

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"sluice/routing/budget"
)

const (
	// maxWaiting bounds the settlements that wait for Redis: some 20 MB, or ten minutes of a
	// hundred requests a second.
	maxWaiting = 65_536
	// maxMerged bounds each of the merged sets, some 5 MB.
	maxMerged = 16_384

	parkedEvery = time.Minute // until parked ones are tried again
	parkedTries = 3           // rejected ones that end such a round
)

// A backlog keeps the settlements that Redis did not take until it does. What was
// settled twice counts once, so one that was taken without an answer does no harm.
//
// A settlement that Redis rejects again, for example because something else is under the
// key of its account, is parked and tried seldom. Parked settlements of the same accounts
// are merged into one, as are those beyond the bound of what waits. What fits nowhere is
// lost, and counted.
type backlog struct {
	redis *Redis
	send  func(context.Context, budget.Settlement) error

	mu         sync.Mutex
	maxWaiting int
	waiting    []settlement
	overflow   merged // what waiting has no room for
	parked     merged
	lost       int
	closed     bool

	wake    chan struct{} // holds a value while something waits
	stop    context.CancelFunc
	stopped chan struct{}
}

// A settlement may stand for several that were merged.
type settlement struct {
	budget.Settlement
	count int
}

// merged holds one settlement for each set of accounts.
type merged map[string]settlement

func (m merged) add(s settlement) error {
	key := strings.Join(s.Accounts, "\x00")
	if key == "" {
		key = s.ID // only Redis knows its accounts
	}
	old, ok := m[key]
	switch {
	case ok:
		s.ID, s.Amount, s.count = rand.Text(), old.Amount+s.Amount, old.count+s.count
	case len(m) >= maxMerged:
		return ErrFull
	}
	m[key] = s
	return nil
}

func (m merged) take() (settlement, bool) {
	for key, s := range m {
		delete(m, key)
		return s, true
	}
	return settlement{}, false
}

func (m merged) count() int {
	n := 0
	for _, s := range m {
		n += s.count
	}
	return n
}

func newBacklog(r *Redis, send func(context.Context, budget.Settlement) error) *backlog {
	b := &backlog{
		redis: r, send: send, maxWaiting: maxWaiting, overflow: make(merged), parked: make(merged),
		wake: make(chan struct{}, 1), stopped: make(chan struct{}),
	}
	var ctx context.Context
	ctx, b.stop = context.WithCancel(context.Background())
	go b.run(ctx)
	return b
}

// add fails if there is no room, or nothing will be sent any more. Then it is lost.
func (b *backlog) add(s budget.Settlement) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	one := settlement{s, 1}
	switch {
	case b.closed:
		return b.lose(one, errClosed)
	case len(b.waiting) < b.maxWaiting:
		b.waiting = append(b.waiting, one)
	default:
		if err := b.overflow.add(one); err != nil {
			return b.lose(one, err)
		}
	}
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return nil
}

// lose counts the settlement as lost, and reports the first one: more are to be expected.
func (b *backlog) lose(s settlement, err error) error {
	err = fmt.Errorf("redis: a settlement is lost: %w", err)
	if b.lost == 0 {
		b.redis.failed("settle later", err)
	}
	b.lost += s.count
	return err
}

func (b *backlog) run(ctx context.Context) {
	defer close(b.stopped)
	retry := time.NewTicker(parkedEvery)
	defer retry.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.wake:
		case <-retry.C:
			b.retryParked(ctx)
		}
		for b.redis.Unavailable() || b.sendWaiting(ctx) != nil {
			select {
			case <-ctx.Done():
				return
			case <-time.After(probeEvery):
			}
		}
	}
}

// sendWaiting sends what waits, until Redis does not take one for a reason that concerns all.
func (b *backlog) sendWaiting(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		if len(b.waiting) == 0 {
			s, ok := b.overflow.take()
			if !ok {
				b.waiting = nil
				return nil
			}
			b.waiting = append(b.waiting, s)
		}
		next := b.waiting[0]
		b.mu.Unlock()
		err := b.send(ctx, next.Settlement)
		b.mu.Lock()
		b.waiting = b.waiting[1:]
		switch {
		case err == nil:
		case rejected(err):
			b.park(next)
		default:
			b.waiting = append(b.waiting, next) // behind the others, should it be its own fault
			return err
		}
	}
}

// rejected reports whether a script could not do what the settlement asks for. Then it did
// nothing. Other errors say nothing of the settlement: no answer, a server that is loading,
// out of memory or read-only.
func rejected(err error) bool {
	var answer redis.Error
	if !errors.As(err, &answer) {
		return false
	}
	text := answer.Error()
	return strings.Contains(text, "user_script") && (strings.HasPrefix(text, "ERR ") || strings.HasPrefix(text, "WRONGTYPE "))
}

func (b *backlog) park(s settlement) {
	if err := b.parked.add(s); err != nil {
		_ = b.lose(s, err)
	}
}

// retryParked tries parked settlements, in any order, until a few are rejected again.
func (b *backlog) retryParked(ctx context.Context) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for rejections := 0; rejections < parkedTries && !b.redis.Unavailable(); {
		s, ok := b.parked.take()
		if !ok {
			return
		}
		b.mu.Unlock()
		err := b.send(ctx, s.Settlement)
		b.mu.Lock()
		switch {
		case err == nil:
		case rejected(err):
			rejections++
			b.park(s)
		default: // it may have been taken: send the same again
			b.waiting = append(b.waiting, s)
			return
		}
	}
}

// counts returns how many settlements are parked, and how many were lost.
func (b *backlog) counts() (parked, lost int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.parked.count(), b.lost
}

// close sends what is left once more if Redis takes it, and reports what it did not take.
func (b *backlog) close() {
	b.stop()
	<-b.stopped
	if !b.redis.Unavailable() {
		b.retryParked(context.Background())
		_ = b.sendWaiting(context.Background()) // what it leaves is lost
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for _, s := range b.waiting {
		b.lost += s.count
	}
	b.lost += b.overflow.count() + b.parked.count()
	if b.lost > 0 {
		b.redis.failed("settle later", fmt.Errorf("redis: %d settlements were lost", b.lost))
	}
	b.waiting, b.overflow, b.parked = nil, make(merged), make(merged)
}
