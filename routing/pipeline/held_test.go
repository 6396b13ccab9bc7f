package pipeline

import (
	"strconv"
	"testing"
	"time"

	"sluice/routing"
)

func TestFirstAnswers(t *testing.T) {
	h, now := newFirstAnswers(&heldBytes{}), time.Unix(1000, 0)
	model := &routing.Model{Name: "m"}
	answer := func(size int, life time.Duration) *firstAnswer {
		return &firstAnswer{model: model, body: make([]byte, size), headers: []Field{{"a", "b"}}, expires: now.Add(life)}
	}
	h.put(0, answer(10, time.Minute), 1<<40, now) // a request that nothing names
	h.put(1, answer(maxFirstSize, time.Minute), 1<<40, now)
	if h.lru.Len() != 0 || h.bytes != 0 {
		t.Errorf("%d held of %d bytes; one is too large, the other has no name", h.lru.Len(), h.bytes)
	}
	const size = maxFirstSize / 2
	for i := range uint64(200) {
		h.put(i+1, answer(size, time.Minute), 1<<40, now)
		if h.bytes > maxFirstBytes {
			t.Fatalf("%d bytes held", h.bytes)
		}
	}
	if h.take(1) != nil || h.take(200) == nil || h.take(200) != nil {
		t.Error("the oldest is still there, or the last is not, or it is there twice")
	}
	h.put(199, answer(7, time.Minute), 1<<40, now) // again
	if got := h.take(199); got == nil || len(got.body) != 7 {
		t.Errorf("took %v", got)
	}
	h.put(300, answer(5, time.Hour), 1<<40, now.Add(2*time.Minute))
	if h.lru.Len() != 1 || h.held.n.Load() != int64(h.bytes) || h.bytes != answer(5, 0).size() {
		t.Errorf("%d held of %d bytes, want the one that has not expired", h.lru.Len(), h.bytes)
	}
	for i := range uint64(3 * maxFirstCount) {
		h.put(1000+i, answer(0, time.Hour), 1<<40, now)
	}
	if h.lru.Len() > maxFirstCount || h.bytes != h.lru.Len()*answer(0, 0).size() {
		t.Errorf("%s held of %d bytes", strconv.Itoa(h.lru.Len()), h.bytes)
	}
}
