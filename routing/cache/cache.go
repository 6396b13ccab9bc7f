// Package cache answers identical questions once.
//
// The key of a question covers everything that shapes its answer and whom it belongs to
// (key.go); an entry keeps an answer as it was sent, and gives it back as a body or as a
// stream of events, whichever the client asks for. It knows nothing of Envoy. Where entries
// are kept is a [Store]. Start with [Rules.Question].
package cache

import (
	"context"
	"time"

	"sluice/routing"
)

// An Entry is one answer: whole, accepted, successful. Entries are shared by all who ask,
// and nobody may change one that was put into a [Store].
type Entry struct {
	API    routing.API
	Stream bool   // Body is server-sent events
	Body   []byte // as the provider sent it, with the usage of a stream where it tells one
	Model  string
	Tier   string
	Cost   float64 // US dollars that it cost
	Tokens int     // of the answer
	Stored time.Time
}

// A Store keeps entries for a time. It is safe for concurrent use, and bounded. Calls
// return within the context's time; callers go on without it where they fail.
type Store interface {
	Get(ctx context.Context, key string) (*Entry, error) // nil is none
	Put(ctx context.Context, key string, e *Entry, ttl time.Duration) error
	// Claim reports whether the caller is the first to ask the question: the others may
	// wait for its answer. The claim ends by Release, or after lapse.
	Claim(ctx context.Context, key string, lapse time.Duration) (bool, error)
	Claimed(ctx context.Context, key string) (bool, error)
	Release(ctx context.Context, key string) error
}
