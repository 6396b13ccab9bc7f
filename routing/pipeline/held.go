package pipeline

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"sluice/routing"
)

// heldBytes counts what is held of all answers together: those that are being judged,
// collected for the cache, or wait for a second model.
type heldBytes struct{ n atomic.Int64 }

// take adds n bytes, and reports false without adding where the sum would exceed the limit.
func (h *heldBytes) take(n int, limit int64) bool {
	if h.n.Add(int64(n)) > limit && n > 0 {
		h.n.Add(int64(-n))
		return false
	}
	return true
}

func (h *heldBytes) release(n int) { h.n.Add(int64(-n)) }

// A firstAnswer is good, and waits for another model to agree with it. It stays in this
// process: only its hash travels, for metadata reaches access logs. Where it is not there
// any more (the other attempt met another replica, or this one was restarted), the other
// model's answer, which is the same, is delivered in its place.
type firstAnswer struct {
	model   *routing.Model
	body    []byte  // as the client is to get it
	mended  bool    // it is not as the provider sent it
	headers []Field // of the provider's response
	expires time.Time
}

// Bounds on first answers. Larger ones are checked all the same.
const (
	maxFirstBytes = 32 << 20 // of all
	maxFirstSize  = 1 << 20  // bytes of one
	maxFirstCount = 1 << 14
	firstOverhead = 512 // bytes of one beside its body and headers
)

func (a *firstAnswer) size() int {
	n := firstOverhead + len(a.body)
	for _, f := range a.headers {
		n += len(f.Name) + len(f.Value)
	}
	return n
}

// firstAnswers keeps them by the nonces of their requests. The oldest go first.
type firstAnswers struct {
	held  *heldBytes
	mu    sync.Mutex
	lru   *simplelru.LRU[uint64, *firstAnswer] // guarded by mu, as bytes
	bytes int
}

func newFirstAnswers(held *heldBytes) *firstAnswers {
	f := &firstAnswers{held: held}
	lru, err := simplelru.NewLRU(maxFirstCount, func(_ uint64, gone *firstAnswer) {
		f.bytes -= gone.size()
		f.held.release(gone.size())
	})
	if err != nil {
		panic(fmt.Sprintf("pipeline: %v", err)) // the size is a constant above 0
	}
	f.lru = lru
	return f
}

// put keeps an answer until it expires, and drops those that have expired. limit is that of
// all held bytes.
func (f *firstAnswers) put(nonce uint64, a *firstAnswer, limit int64, now time.Time) {
	size := a.size()
	if nonce == 0 || size > maxFirstSize {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lru.Remove(nonce)
	for {
		_, oldest, ok := f.lru.GetOldest()
		if !ok || f.bytes+size <= maxFirstBytes && now.Before(oldest.expires) {
			break
		}
		f.lru.RemoveOldest()
	}
	if !f.held.take(size, limit) {
		return
	}
	f.bytes += size
	f.lru.Add(nonce, a)
}

// take returns the answer and forgets it; nil if it is not here.
func (f *firstAnswers) take(nonce uint64) *firstAnswer {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, ok := f.lru.Peek(nonce)
	if !ok {
		return nil
	}
	f.lru.Remove(nonce)
	return a
}

// ofConnection reports a response header that belongs to one connection or one attempt, not
// to the answer.
func ofConnection(name string) bool {
	switch name {
	case "connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "trailer", "upgrade", "date", "server", "via":
		return true
	}
	return strings.HasPrefix(name, ":") || strings.HasPrefix(name, "x-envoy-") || strings.HasPrefix(name, "x-sluice-")
}

// ownHeaders are those of a response that belong to the answer. Cookies that a provider sets
// are not the client's.
func ownHeaders(all iter.Seq2[string, string], mended bool) []Field {
	const most = 64
	var out []Field
	for name, value := range all {
		if !ofConnection(name) && name != "set-cookie" && (!mended || !slices.Contains(OfBody, name)) && len(out) < most {
			out = append(out, Field{name, value})
		}
	}
	return out
}

// replaceHeaders returns what makes the headers of a response those of the first answer.
func (a *firstAnswer) replaceHeaders(current iter.Seq2[string, string]) (set []Field, remove []string) {
	remove = []string{"content-length", "content-encoding"}
	if a.mended {
		remove = append(remove, OfBody...)
	}
	for name := range current {
		if !ofConnection(name) && !slices.ContainsFunc(a.headers, func(f Field) bool { return f.Name == name }) {
			remove = append(remove, name)
		}
	}
	return a.headers, remove
}
