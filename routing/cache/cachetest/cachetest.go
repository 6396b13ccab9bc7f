// Package cachetest has the tests that every cache.Store must pass.
package cachetest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/cache"
)

// Times of the tests: what is to be there lasts long, what is to be gone is short.
const (
	long  = time.Hour
	short = 30 * time.Millisecond
)

// Store runs the tests on stores that open returns, each empty and closed by t.Cleanup. It
// waits for times to pass, so clocks must be the real ones.
func Store(t *testing.T, open func(t *testing.T) cache.Store) {
	for name, test := range map[string]func(*testing.T, cache.Store){
		"get what was put":       testPut,
		"whole entries":          testWhole,
		"keys apart":             testKeys,
		"time to live":           testTTL,
		"claim once":             testClaim,
		"claims expire":          testClaimExpires,
		"claims beside entries":  testClaimedEntry,
		"one of many claims":     testRace,
		"all at once":            testTogether,
		"wait for the answer":    testAwait,
		"wait for nothing":       testAwaitReleased,
		"wait no longer":         testAwaitLong,
		"a context that is over": testContext,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func entry(text string) *cache.Entry {
	return &cache.Entry{API: routing.OpenAIChat, Body: []byte(text), Stored: time.Unix(1_700_000_000, 0).UTC()}
}

// get returns the text under key, "" for none.
func get(t *testing.T, s cache.Store, key string) string {
	t.Helper()
	e, err := s.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if e == nil {
		return ""
	}
	return string(e.Body)
}

func put(t *testing.T, s cache.Store, key, text string, ttl time.Duration) {
	t.Helper()
	if err := s.Put(t.Context(), key, entry(text), ttl); err != nil {
		t.Fatal(err)
	}
}

func claim(t *testing.T, s cache.Store, key string, life time.Duration) bool {
	t.Helper()
	first, err := s.Claim(t.Context(), key, life)
	if err != nil {
		t.Fatal(err)
	}
	return first
}

func claimed(t *testing.T, s cache.Store, key string) bool {
	t.Helper()
	is, err := s.Claimed(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return is
}

func release(t *testing.T, s cache.Store, key string) {
	t.Helper()
	if err := s.Release(t.Context(), key); err != nil {
		t.Fatal(err)
	}
}

// eventually waits until something holds that time alone brings about.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(short / 3) {
		if time.Now().After(deadline) {
			t.Fatal(what)
		}
	}
}

func testPut(t *testing.T, s cache.Store) {
	if got := get(t, s, "a"); got != "" {
		t.Errorf("an empty store gave %q", got)
	}
	for _, text := range []string{"first", "second, longer", "third"} {
		put(t, s, "a", text, long)
		if got := get(t, s, "a"); got != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
}

func testWhole(t *testing.T, s cache.Store) {
	entries := map[string]*cache.Entry{
		"all": {
			API: routing.AnthropicMessages, Stream: true, Body: []byte("data: \x00\xff 한글\r\n\n"), Model: "claude-opus-4",
			Tier: "flagship", Cost: 0.1 + 0.2, Tokens: 123_456, Stored: time.Date(2026, 2, 3, 4, 5, 6, 7_000_000, time.UTC),
		},
		"large": {API: routing.OpenAIChat, Body: []byte(strings.Repeat("0123456789", 10_000)), Model: "m", Stored: time.Unix(1, 0)},
		"small": {API: routing.OpenAIChat, Body: []byte("{}"), Stored: time.Unix(1, 0)},
	}
	for key, e := range entries {
		if err := s.Put(t.Context(), key, e, long); err != nil {
			t.Fatal(err)
		}
	}
	for key, want := range entries {
		got, err := s.Get(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
}

func testKeys(t *testing.T, s cache.Store) {
	keys := []string{"k", "k ", "K", "k:k", "k\x00", "{k}", "k*", strings.Repeat("f", 64)}
	for _, key := range keys {
		put(t, s, key, "of "+key, long)
	}
	for _, key := range keys {
		if got := get(t, s, key); got != "of "+key {
			t.Errorf("%q gave %q", key, got)
		}
	}
	if got := get(t, s, "k?"); got != "" {
		t.Errorf("a key that is not there gave %q", got)
	}
}

func testTTL(t *testing.T, s cache.Store) {
	put(t, s, "long", "stays", long)
	put(t, s, "short", "goes", short)
	put(t, s, "again", "goes", short)
	put(t, s, "again", "stays", long)
	eventually(t, "an entry outlived its time", func() bool { return get(t, s, "short") == "" })
	for _, key := range []string{"long", "again"} {
		if got := get(t, s, key); got != "stays" {
			t.Errorf("%s: got %q", key, got)
		}
	}
}

func testClaim(t *testing.T, s cache.Store) {
	if claimed(t, s, "a") {
		t.Error("claimed by nobody")
	}
	release(t, s, "a") // of nothing: no error
	for range 2 {
		if !claim(t, s, "a", long) {
			t.Error("the first was not told so")
		}
		if claim(t, s, "a", long) {
			t.Error("two were the first")
		}
		if !claimed(t, s, "a") || claimed(t, s, "b") {
			t.Error("claims of other keys")
		}
		release(t, s, "a")
		if claimed(t, s, "a") {
			t.Error("a claim outlived its release")
		}
	}
}

func testClaimExpires(t *testing.T, s cache.Store) {
	if !claim(t, s, "expires", short) {
		t.Error("the first was not told so")
	}
	eventually(t, "a claim outlived its time", func() bool { return !claimed(t, s, "expires") })
	if !claim(t, s, "expires", long) {
		t.Error("an expired claim keeps others out")
	}
}

func testClaimedEntry(t *testing.T, s cache.Store) {
	claim(t, s, "answered", long)
	if got := get(t, s, "answered"); got != "" {
		t.Errorf("a claim is no answer, but gave %q", got)
	}
	put(t, s, "answered", "answer", long)
	if !claimed(t, s, "answered") {
		t.Error("an answer ended the claim")
	}
	release(t, s, "answered")
	if got := get(t, s, "answered"); got != "answer" {
		t.Errorf("after the release: %q", got)
	}
}

func testRace(t *testing.T, s cache.Store) {
	for round := range 20 {
		key := fmt.Sprint("round ", round)
		var firsts atomic.Int32
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if first, err := s.Claim(t.Context(), key, long); err != nil {
					t.Error(err)
				} else if first {
					firsts.Add(1)
				}
			})
		}
		if all.Wait(); firsts.Load() != 1 {
			t.Fatalf("%d were the first", firsts.Load())
		}
	}
}

func testTogether(t *testing.T, s cache.Store) {
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 50 {
				key := fmt.Sprint("key ", (worker+i)%10)
				if err := s.Put(t.Context(), key, entry("of "+key), long); err != nil {
					t.Error(err)
				}
				e, err := s.Get(t.Context(), key)
				if err != nil || e == nil || string(e.Body) != "of "+key {
					t.Errorf("%s gave %v, %v", key, e, err)
				}
			}
		})
	}
	all.Wait()
}

func testAwait(t *testing.T, s cache.Store) {
	claim(t, s, "a", long)
	var waiting sync.WaitGroup
	for range 4 {
		waiting.Go(func() {
			if e := cache.Await(t.Context(), s, "a", long); e == nil || string(e.Body) != "answer" {
				t.Errorf("waited for %v", e)
			}
		})
	}
	time.Sleep(short)
	put(t, s, "a", "answer", long)
	release(t, s, "a")
	waiting.Wait()
}

func testAwaitReleased(t *testing.T, s cache.Store) {
	if e := cache.Await(t.Context(), s, "nobody", long); e != nil {
		t.Errorf("without a claim: %v", e)
	}
	claim(t, s, "a", long)
	done := make(chan *cache.Entry)
	go func() { done <- cache.Await(t.Context(), s, "a", long) }()
	time.Sleep(short)
	release(t, s, "a")
	if e := <-done; e != nil {
		t.Errorf("after a release without an answer: %v", e)
	}
}

func testAwaitLong(t *testing.T, s cache.Store) {
	claim(t, s, "a", long)
	if e := cache.Await(t.Context(), s, "a", short); e != nil {
		t.Errorf("nobody answered, but there came %v", e)
	}
}

func testContext(t *testing.T, s cache.Store) {
	claim(t, s, "a", long)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if e := cache.Await(over, s, "a", long); e != nil {
		t.Errorf("nobody answered, but there came %v", e)
	}
	_, _ = s.Get(over, "a") // may fail, must return
	_ = s.Put(over, "b", entry("x"), long)
	put(t, s, "a", "still works", long)
	if got := get(t, s, "a"); got != "still works" {
		t.Errorf("got %q", got)
	}
}
