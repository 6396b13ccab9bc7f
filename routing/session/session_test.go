package session

import (
	"strconv"
	"testing"
	"time"
)

func TestMemory(t *testing.T) {
	m, err := NewMemory(3, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_000_000, 0)
	m.now = func() time.Time { return now }
	ctx := t.Context()
	if _, ok, err := m.Get(ctx, "a"); ok || err != nil {
		t.Errorf("found what was never put: %v", err)
	}
	for i := range 4 {
		if err := m.Put(ctx, strconv.Itoa(i), Entry{Model: "m" + strconv.Itoa(i), Used: now}); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok, _ := m.Get(ctx, "0"); ok {
		t.Error("more than the most are kept")
	}
	if e, ok, _ := m.Get(ctx, "3"); !ok || e.Model != "m3" {
		t.Errorf("got %+v, %t", e, ok)
	}
	if err := m.Put(ctx, "3", Entry{Model: "n", Used: now}); err != nil {
		t.Fatal(err)
	}
	if e, _, _ := m.Get(ctx, "3"); e.Model != "n" {
		t.Errorf("got %+v", e)
	}
	now = now.Add(time.Hour + 1)
	if _, ok, _ := m.Get(ctx, "3"); ok {
		t.Error("kept beyond its time")
	}
	if _, err := NewMemory(0, time.Hour); err == nil {
		t.Error("a store for nothing")
	}
}
