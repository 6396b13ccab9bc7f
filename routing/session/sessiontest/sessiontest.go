// Package sessiontest contains the tests that every session.Store must pass. Start with
// [Store].
package sessiontest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/session"
)

// Store runs the tests. open returns an empty store with room for a thousand conversations,
// which keeps each for ttl by the real clock.
func Store(t *testing.T, open func(t *testing.T, ttl time.Duration) session.Store) {
	for name, test := range map[string]func(*testing.T, session.Store){
		"whole entries": whole,
		"replaced":      replaced,
		"keys apart":    keys,
		"at once":       atOnce,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t, time.Hour)) })
	}
	t.Run("time to live", func(t *testing.T) { expiry(t, open(t, 30*time.Millisecond)) })
}

// Restart tests what must outlive a process. Each call of reopen closes the store of the
// call before, if any, and opens it again, with a ttl of an hour.
func Restart(t *testing.T, reopen func() session.Store) {
	s := reopen()
	want := entry("m", 7)
	put(t, s, "a", want)
	put(t, s, "b", entry("n", 1))
	s = reopen()
	check(t, s, "a", want)
	want.Model = "n"
	put(t, s, "a", want)
	s = reopen()
	check(t, s, "a", want)
	check(t, s, "b", entry("n", 1))
}

// now has no monotonic part, which no store keeps.
var now = time.Now().Round(0).UTC()

func entry(model string, tokens int) session.Entry {
	return session.Entry{Model: model, Tokens: tokens, Used: now}
}

func put(t *testing.T, s session.Store, key string, e session.Entry) {
	t.Helper()
	if err := s.Put(t.Context(), key, e); err != nil {
		t.Fatalf("put %q: %v", key, err)
	}
}

func check(t *testing.T, s session.Store, key string, want session.Entry) {
	t.Helper()
	got, ok, err := s.Get(t.Context(), key)
	if err != nil || !ok {
		t.Fatalf("get %q: found %t, error %v", key, ok, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%q (-want +got):\n%s", key, diff)
	}
}

func missing(t *testing.T, s session.Store, key string) bool {
	t.Helper()
	e, ok, err := s.Get(t.Context(), key)
	if err != nil {
		t.Fatalf("get %q: %v", key, err)
	}
	if !ok && e != (session.Entry{}) {
		t.Errorf("nothing under %q, but %+v", key, e)
	}
	return !ok
}

func whole(t *testing.T, s session.Store) {
	for key, e := range map[string]session.Entry{
		"least": {Used: now},
		"all": {
			Model: "claude-opus-4 \"한글\" \n", Answered: "gpt-4o", Raised: 7, Tokens: 123_456_789, Used: now.Add(-time.Minute),
			Assigned: routing.Assignment{Experiment: "가격", Variant: "B/1", Unit: "u\x00:1"},
		},
	} {
		put(t, s, key, e)
		check(t, s, key, e)
	}
}

func replaced(t *testing.T, s session.Store) {
	if !missing(t, s, "a") {
		t.Error("found what was never put")
	}
	for i := range 3 {
		e := entry("m", i)
		e.Assigned.Experiment = strings.Repeat("x", 2-i)
		put(t, s, "a", e)
		check(t, s, "a", e)
	}
}

func keys(t *testing.T, s session.Store) {
	all := []string{"k", "K", "k ", "k:k", "{k}", "k*", "k\xff", strings.Repeat("f", 64)}
	for i, key := range all {
		put(t, s, key, entry(key[:1], i))
	}
	for i, key := range all {
		check(t, s, key, entry(key[:1], i))
	}
	if !missing(t, s, "k?") {
		t.Error("found what was never put")
	}
}

func expiry(t *testing.T, s session.Store) {
	put(t, s, "a", session.Entry{Model: "m", Used: time.Now()})
	for deadline := time.Now().Add(10 * time.Second); !missing(t, s, "a"); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a conversation outlived its time")
		}
	}
}

func atOnce(t *testing.T, s session.Store) {
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 40 {
				key := fmt.Sprint((worker + i) % 10)
				if err := s.Put(t.Context(), key, entry("of "+key, 1)); err != nil {
					t.Error(err)
				}
				if e, ok, err := s.Get(t.Context(), key); err != nil || !ok || e.Model != "of "+key {
					t.Errorf("%s gave %+v, %t, %v", key, e, ok, err)
				}
			}
		})
	}
	all.Wait()
}
