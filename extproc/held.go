package extproc

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"github.com/hashicorp/golang-lru/v2/simplelru"

	"sluice/routing"
)

// A held answer is good, and waits for another model to agree with it. It stays in this
// process: only its hash travels, for metadata reaches access logs. Where it is not there any
// more (the other attempt met another replica, or this one was restarted), the other
// model's answer, which is the same, is delivered in its place.
type held struct {
	model   *routing.Model
	body    []byte  // as the client is to get it
	mended  bool    // it is not as the provider sent it
	headers []field // of the provider's response
	lapses  time.Time
}

type field struct{ name, value string }

// Bounds on what is held. Answers that are larger are checked all the same.
const (
	mostHeld      = 32 << 20 // bytes of all
	mostHeldOne   = 1 << 20  // bytes of one
	mostHeldCount = 1 << 14
	heldOverhead  = 512 // bytes of one beside its body and headers
)

func (h *held) size() int {
	n := heldOverhead + len(h.body)
	for _, f := range h.headers {
		n += len(f.name) + len(f.value)
	}
	return n
}

// holdings keeps held answers by the nonces of their requests. The oldest go first.
type holdings struct {
	mu    sync.Mutex
	lru   *simplelru.LRU[uint64, *held]
	bytes int
}

func newHoldings() *holdings {
	h := &holdings{}
	lru, err := simplelru.NewLRU(mostHeldCount, func(_ uint64, gone *held) { h.bytes -= gone.size() })
	if err != nil {
		panic(fmt.Sprintf("extproc: %v", err)) // a size above
	}
	h.lru = lru
	return h
}

// put keeps an answer until it lapses, and drops those that have lapsed.
func (h *holdings) put(nonce uint64, answer *held, now time.Time) {
	size := answer.size()
	if nonce == 0 || size > mostHeldOne {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lru.Remove(nonce)
	for {
		_, oldest, ok := h.lru.GetOldest()
		if !ok || h.bytes+size <= mostHeld && now.Before(oldest.lapses) {
			break
		}
		h.lru.RemoveOldest()
	}
	h.bytes += size
	h.lru.Add(nonce, answer)
}

// take returns the answer and forgets it; nil if it is not here.
func (h *holdings) take(nonce uint64) *held {
	h.mu.Lock()
	defer h.mu.Unlock()
	answer, ok := h.lru.Peek(nonce)
	if !ok {
		return nil
	}
	h.lru.Remove(nonce)
	return answer
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

// ownHeaders are those of a response that belong to the answer. What a provider sets cookies
// for is not the client's.
func ownHeaders(h *corev3.HeaderMap, mended bool) []field {
	const most = 64
	var out []field
	for _, v := range h.GetHeaders() {
		if name := v.GetKey(); !ofConnection(name) && name != "set-cookie" && (!mended || !slices.Contains(ofBytes, name)) && len(out) < most {
			value := v.GetValue()
			if raw := v.GetRawValue(); raw != nil {
				value = string(raw)
			}
			out = append(out, field{name, value})
		}
	}
	return out
}

// replaceHeaders makes the headers of a response those of the held answer.
func (h *held) replaceHeaders(m *mutation, current *corev3.HeaderMap) {
	own := make(map[string]bool, len(h.headers))
	for _, f := range h.headers {
		own[f.name] = true
		m.header(f.name, f.value)
	}
	for _, v := range current.GetHeaders() {
		if name := v.GetKey(); !own[name] && !ofConnection(name) {
			m.remove = append(m.remove, name)
		}
	}
	m.remove = append(m.remove, "content-length", "content-encoding")
}
