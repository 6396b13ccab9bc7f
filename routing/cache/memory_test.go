package cache

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
)

// A clock stands still until it is told to go on.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func open(t *testing.T, most int64, c *clock) *Memory {
	t.Helper()
	m, err := newMemory(most, c.now)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func keep(t *testing.T, m *Memory, key string, size int, ttl time.Duration) {
	t.Helper()
	if err := m.Put(t.Context(), key, &Entry{Body: make([]byte, size)}, ttl); err != nil {
		t.Fatal(err)
	}
}

func kept(t *testing.T, m *Memory, key string) bool {
	t.Helper()
	e, err := m.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return e != nil
}

func TestMemoryForgetsTheLeastRecentlyUsed(t *testing.T) {
	m := open(t, 3*(overhead+1126), &clock{})
	for _, key := range []string{"a", "b", "c"} {
		keep(t, m, key, 1000, time.Hour)
	}
	if !kept(t, m, "a") { // and so used
		t.Fatal("a is gone before there was need")
	}
	keep(t, m, "d", 1000, time.Hour)
	for key, want := range map[string]bool{"a": true, "b": false, "c": true, "d": true} {
		if got := kept(t, m, key); got != want {
			t.Errorf("%s kept: %v, want %v", key, got, want)
		}
	}
	keep(t, m, "e", 2000, time.Hour) // in the place of two
	if m.entries.Len() != 2 || !kept(t, m, "e") {
		t.Errorf("%d entries are left", m.entries.Len())
	}
	keep(t, m, "f", 5000, time.Hour) // of no use: it does not drive out what is
	if kept(t, m, "f") || !kept(t, m, "e") {
		t.Error("what is too large was kept, or drove out the rest")
	}
	keep(t, m, "e", 10_000, time.Hour)
	if kept(t, m, "e") {
		t.Error("an old answer stays where the new one is too large")
	}
}

func TestMemoryTimes(t *testing.T) {
	c := &clock{at: time.Unix(1000, 0)}
	m := open(t, 1<<20, c)
	keep(t, m, "a", 10, time.Minute)
	keep(t, m, "never", 10, 0)
	if first, _ := m.Claim(t.Context(), "a", time.Minute); !first {
		t.Error("not the first")
	}
	c.at = c.at.Add(time.Minute - 1)
	if is, _ := m.Claimed(t.Context(), "a"); !is || !kept(t, m, "a") || kept(t, m, "never") {
		t.Error("a moment before the end")
	}
	c.at = c.at.Add(1)
	if is, _ := m.Claimed(t.Context(), "a"); is || kept(t, m, "a") {
		t.Error("at the end")
	}
	if m.Size() != 0 {
		t.Errorf("%d bytes are left of nothing", m.Size())
	}
}

// TestMemoryBound puts, replaces and reads at random: what is counted never exceeds the
// bound, and is the sum of what is there.
func TestMemoryBound(t *testing.T) {
	const most = 200_000
	c := &clock{}
	m := open(t, most, c)
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		key := fmt.Sprint(random.IntN(300))
		switch random.IntN(4) {
		case 0:
			c.at = c.at.Add(time.Second)
			_, _ = m.Get(t.Context(), key)
		default:
			keep(t, m, key, random.IntN(1<<random.IntN(18)), time.Duration(random.IntN(100))*time.Second)
		}
		var sum int64
		for _, k := range m.entries.Keys() {
			h, _ := m.entries.Peek(k)
			sum += weight(k, h.entry)
		}
		if sum != m.Size() || sum > most {
			t.Fatalf("%d bytes counted of %d, at most %d", m.Size(), sum, most)
		}
	}
	if m.entries.Len() < 10 {
		t.Errorf("only %d entries were kept", m.entries.Len())
	}
}

// TestMemoryBoundIsTrue fills stores with entries of several sizes and compares the bound
// with what the heap has grown by.
func TestMemoryBoundIsTrue(t *testing.T) {
	const most = 16 << 20
	for _, size := range []int{1, 100, 3000, 200_000} {
		m := open(t, most, &clock{})
		before := heap()
		for i := range 2 * most / (overhead + size) {
			e := &Entry{Body: make([]byte, size), Model: "claude-sonnet-4", Tier: "premium", Stored: time.Now()}
			_ = m.Put(t.Context(), fmt.Sprintf("%064d", i), e, time.Hour)
		}
		grown := heap() - before
		if grown > most || m.Size() > most || m.Size() < most*9/10 {
			t.Errorf("entries of %d bytes: the heap grew by %d bytes, %d counted, bound %d", size, grown, m.Size(), most)
		}
		runtime.KeepAlive(m)
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC() // what the first one only marked for finalizers and pools
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}

func TestMemoryClaimsAreBounded(t *testing.T) {
	m := open(t, 1<<20, &clock{})
	for i := range 2 * maxClaims {
		if first, _ := m.Claim(t.Context(), fmt.Sprint(i), time.Hour); !first {
			t.Fatalf("%d is claimed", i)
		}
	}
	if m.claims.Len() != maxClaims {
		t.Errorf("%d claims", m.claims.Len())
	}
	if is, _ := m.Claimed(t.Context(), fmt.Sprint(2*maxClaims-1)); !is {
		t.Error("the newest claim is gone")
	}
}

func TestMemoryTooSmall(t *testing.T) {
	if m, err := NewMemory(overhead - 1); err == nil || m != nil {
		t.Errorf("got %v, %v", m, err)
	}
}
