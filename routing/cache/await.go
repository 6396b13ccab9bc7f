package cache

import (
	"context"
	"time"
)

// pollEvery is how often a waiting request looks for the answer: seldom enough for Redis,
// often enough to go unnoticed beside a model that thinks for a second.
const pollEvery = 10 * time.Millisecond

// Await waits for the answer to a question that another request has claimed, for at most
// wait. It returns nil where none has come by then, as soon as the claim is gone without
// one, and where the store fails.
func Await(ctx context.Context, s Store, key string, wait time.Duration) *Entry {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		claimed, err := s.Claimed(ctx, key)
		if err != nil {
			return nil
		}
		// Who answers puts first and releases then: looked at in the other order, nothing
		// falls in between.
		if e, err := s.Get(ctx, key); e != nil || err != nil || !claimed {
			return e
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
