package cache

import (
	"context"
	"time"
)

// pollEvery is how often a waiting request looks for the answer: seldom enough for Redis,
// often enough to go unnoticed beside a model that takes a second.
const pollEvery = 10 * time.Millisecond

// Await waits for the answer to a question that another request has claimed: until ctx ends,
// which should be when the client leaves, and for at most wait. It returns nil if no answer
// came, as soon as the claim is gone without one, and if the store fails.
func Await(ctx context.Context, s Store, key string, wait time.Duration) *Entry {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		claimed, err := s.Claimed(ctx, key)
		if err != nil {
			return nil
		}
		// The other request puts its answer first and then releases the claim. We look in
		// the opposite order, so that no answer is missed.
		if e, err := s.Get(ctx, key); e != nil || err != nil || !claimed {
			return e
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	return nil
}
