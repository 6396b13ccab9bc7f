package extproc

import (
	"errors"
	"sync"

	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
)

// errTooLarge tells that more of an answer has come than may reach a client.
var errTooLarge = errors.New("the answer is too large")

// An inbox receives a response ahead of its judge, who may be slower than a provider that sends
// without end. So such a response is noticed as it arrives: Envoy would keep all of it until
// the judge comes to the limit, for it does not pause the provider. What waits here is bounded by
// the limit.
type inbox struct {
	more chan struct{} // tells that there is something

	mu    sync.Mutex
	queue []received // guarded by mu
}

type received struct {
	chunk *extprocv3.HttpBody
	err   error // errTooLarge comes with a chunk, behind which the answer is to end
}

// newInbox receives up to limit bytes. The goroutine ends with the exchange.
func newInbox(stream extprocv3.ExternalProcessor_ProcessServer, limit int) *inbox {
	b := &inbox{more: make(chan struct{}, 1)}
	go func() {
		for came := 0; ; {
			chunk, err := receive(stream)
			came += len(chunk.GetBody())
			if came > limit {
				b.overflow(received{chunk, errTooLarge})
				return
			}
			b.put(received{chunk, err})
			if err != nil || chunk.GetEndOfStream() {
				return
			}
		}
	}()
	return b
}

func (b *inbox) put(r received) {
	b.mu.Lock()
	b.queue = append(b.queue, r)
	b.mu.Unlock()
	select {
	case b.more <- struct{}{}:
	default: // nobody has looked since the last time
	}
}

// overflow ends the answer at the next chunk that the judge has not seen.
func (b *inbox) overflow(r received) {
	b.mu.Lock()
	if len(b.queue) > 0 {
		r.chunk = b.queue[0].chunk
	}
	b.queue = nil
	b.mu.Unlock()
	b.put(r)
}

// take returns the next chunk, if it has come.
func (b *inbox) take() (r received, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) == 0 {
		return received{}, false
	}
	r, b.queue[0] = b.queue[0], received{} // so that its memory is free
	b.queue = b.queue[1:]
	return r, true
}
