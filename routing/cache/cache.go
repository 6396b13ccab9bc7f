// Package cache keeps answers, so that a provider answers identical requests once.
//
// The key of a request covers everything that influences its answer and whom the answer
// belongs to (key.go). An entry is an answer as the provider sent it; it is returned as a body
// or as a stream of events, whichever the client asks for (answer.go). A [Store] keeps the
// entries: [Memory] here, Redis in package state. The package does not know Envoy, and decides
// nothing about models. Start with [Rules.Question].
package cache

import (
	"context"
	"time"

	"sluice/routing"
)

// An Entry is one complete, accepted and successful answer. Entries are shared and must not be
// changed once they are in a [Store].
type Entry struct {
	API    routing.API
	Stream bool   // Body is server-sent events
	Body   []byte // as the provider sent it; a stream includes its usage if it has one
	Model  string
	Tier   string
	Cost   float64 // US dollars that it cost
	Tokens int     // of the answer
	Stored time.Time
}

// A Store keeps entries for a time. It is bounded and safe for concurrent use. Calls return
// when the context ends; callers go on without the cache if they fail.
type Store interface {
	Get(ctx context.Context, key string) (*Entry, error) // nil is none
	Put(ctx context.Context, key string, e *Entry, ttl time.Duration) error
	// Claim reports whether the caller is the first to ask for the key. Others may wait for
	// its answer. The claim ends by Release or after ttl.
	Claim(ctx context.Context, key string, ttl time.Duration) (bool, error)
	Claimed(ctx context.Context, key string) (bool, error)
	Release(ctx context.Context, key string) error
}
