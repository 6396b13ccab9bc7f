package session_test

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"sluice/routing/session"
	"sluice/routing/session/sessiontest"
)

func TestMemory(t *testing.T) {
	sessiontest.Store(t, func(t *testing.T, ttl time.Duration) session.Store { return open(t, 1000, ttl, nil) })
}

// A journal is a map: what a process leaves behind.
type journal map[string][]byte

func (j journal) Put(key string, value []byte) { j[key] = value }
func (j journal) Delete(key string)            { delete(j, key) }

func (j journal) All(f func(string, []byte) error) error {
	for key, value := range maps.Clone(j) {
		if err := f(key, value); err != nil {
			return err
		}
	}
	return nil
}

func open(t *testing.T, most int, ttl time.Duration, j session.Journal) *session.Memory {
	t.Helper()
	m, err := session.NewMemory(most, ttl)
	if err != nil {
		t.Fatal(err)
	}
	if j != nil {
		if err := m.Restore(j); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func put(t *testing.T, m *session.Memory, key string, used time.Time) {
	t.Helper()
	if err := m.Put(t.Context(), key, session.Entry{Model: "m", Used: used}); err != nil {
		t.Fatal(err)
	}
}

func has(t *testing.T, m *session.Memory, key string) bool {
	t.Helper()
	_, ok, err := m.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func TestMost(t *testing.T) {
	kept := journal{}
	m := open(t, 3, time.Hour, kept)
	for i := range 4 {
		put(t, m, strconv.Itoa(i), time.Now())
	}
	for i := range 4 {
		if key := strconv.Itoa(i); has(t, m, key) != (i > 0) {
			t.Errorf("%s of 0 to 3 is there: %t", key, has(t, m, key))
		}
	}
	if got := slices.Sorted(maps.Keys(kept)); !slices.Equal(got, []string{"1", "2", "3"}) {
		t.Errorf("the journal holds %v", got)
	}
	for _, most := range []int{0, -1} {
		if _, err := session.NewMemory(most, time.Hour); err == nil {
			t.Errorf("a store for %d", most)
		}
	}
}

func TestRestore(t *testing.T) {
	lasting := journal{}
	sessiontest.Restart(t, func() session.Store { return open(t, 1000, time.Hour, lasting) })

	now := time.Now()
	kept := journal{}
	m := open(t, 10, time.Hour, kept)
	put(t, m, "first", now.Add(-3*time.Minute))
	put(t, m, "last", now.Add(-time.Minute))
	put(t, m, "second", now.Add(-2*time.Minute))
	put(t, m, "old", now.Add(-2*time.Hour))
	kept["torn"] = []byte(`{"model":"m","us`)
	m = open(t, 2, time.Hour, kept)
	for key, want := range map[string]bool{"first": false, "second": true, "last": true, "old": false, "torn": false} {
		_, left := kept[key]
		if has(t, m, key) != want || left != want {
			t.Errorf("%s: remembered %t, in the journal %t; want %t", key, has(t, m, key), left, want)
		}
	}

	m = open(t, 2, time.Hour, nil)
	if err := m.Restore(broken{}); !errors.Is(err, errBroken) {
		t.Errorf("a journal that cannot be read: %v", err)
	}
}

var errBroken = errors.New("broken")

type broken struct{ journal }

func (broken) All(func(string, []byte) error) error { return errBroken }
