package budget

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"sluice/routing"
)

// TestMemoryIsBounded: whoever makes up users and requests does not make the store grow.
func TestMemoryIsBounded(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	m, err := NewMemory(Options{Now: func() time.Time { return now }, MaxAccounts: 50, MaxEnded: 100})
	if err != nil {
		t.Fatal(err)
	}
	limits := Limits{{Name: "each", Per: User, USD: 10, Window: Window{Period: Day}}, {Name: "all", Per: Everyone, USD: 1e6, Window: Window{Period: Hour}}}
	sizes := func(accounts, records, inFlight int) {
		t.Helper()
		if len(m.accounts) > accounts || m.recent.Len() != len(m.accounts) || len(m.records) > records || len(m.twins) > records || m.ended.Len() > records || len(m.due) > accounts+records {
			t.Fatalf("%d accounts (%d in order), %d records, %d twins, %d ended, %d timers; want at most %d and %d",
				len(m.accounts), m.recent.Len(), len(m.records), len(m.twins), m.ended.Len(), len(m.due), accounts, records)
		}
		opened := 0
		for id, r := range m.records {
			if r.state == open && id == r.ids[0] {
				opened++
			}
		}
		for e := m.ended.Front(); e != nil; e = e.Next() {
			if e.Value.(*record).state == open {
				t.Fatal("an open one counts as ended")
			}
		}
		if opened != inFlight {
			t.Fatalf("%d open, want %d", opened, inFlight)
		}
	}
	for n := range 2000 {
		accounts := limits.Accounts(routing.Principal{User: fmt.Sprint(n)}, now)
		r := Reservation{ID: fmt.Sprint(n), Twin: fmt.Sprint(n), Amount: 1, Lapses: now.Add(time.Minute)}
		if ok, _, _, err := m.Reserve(t.Context(), r, accounts); err != nil || !ok {
			t.Fatal(ok, err)
		}
		if n < 20 { // so many are in flight
			continue
		}
		id := fmt.Sprint(n - 20)
		for retry := range n % 3 { // some were given up, and tried again
			if err := m.Settle(t.Context(), Settlement{ID: id, Amount: 1}); err != nil {
				t.Fatal(err)
			}
			r.ID, r.Twin, r.Retry = fmt.Sprint(id, "/", retry), id, true
			if ok, old, _, err := m.Reserve(t.Context(), r, accounts); err != nil || !ok || old != id {
				t.Fatal(ok, old, err)
			}
			sizes(1000, 1000, 21)
		}
		if err := m.Settle(t.Context(), Settlement{ID: id, Amount: 1, Delivered: true}); err != nil {
			t.Fatal(err)
		}
	}
	sizes(50+100+20, 3*(100+20), 20) // those that a record holds stay; each has 3 IDs at most

	now = now.Add(time.Minute) // what is in flight lapses
	if _, err := m.Balances(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	sizes(50+100, 3*100, 0)
	now = now.Add(grace) // and is forgotten
	if _, err := m.Balances(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	sizes(50+100, 0, 0)
	now = now.Add(25 * time.Hour)
	if _, err := m.Balances(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	sizes(0, 0, 0)
}

func TestDecodeRejects(t *testing.T) {
	whole := (&record{ids: []string{"a", "b"}, twin: "t", legs: 2, amount: 300, accounts: []*account{{key: "each/00/1-2"}}}).encode()
	if _, _, err := decodeRecord(whole); err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if _, _, err := decodeRecord(whole[:n]); err == nil {
			t.Errorf("%d of %d bytes are a record", n, len(whole))
		}
	}
	for name, value := range map[string][]byte{
		"more than a record":    append(slices.Clone(whole), 0),
		"another version":       append([]byte{version + 1}, whole[1:]...),
		"no IDs":                (&record{legs: 1}).encode(),
		"nothing to settle":     (&record{ids: []string{"a"}}).encode(),
		"more legs than IDs":    (&record{ids: []string{"a"}, legs: 2}).encode(),
		"more than all retries": (&record{ids: []string{"a", "b", "c", "d"}, legs: 1}).encode(),
	} {
		if _, _, err := decodeRecord(value); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := decodeSpent(append(encodeSpent(1), 0)); err == nil {
		t.Error("more than an amount: accepted")
	}
}

func FuzzDecodeRecord(f *testing.F) {
	r := &record{ids: []string{"a", "b"}, twin: "t", legs: 2, delivered: true, amount: 1 << 40, charged: 3, lapses: time.UnixMilli(1_773_100_800_123), accounts: []*account{{key: "each/00/1-2"}, {key: ""}}}
	f.Add(r.encode())
	f.Add((&record{ids: []string{""}, legs: 1}).encode())
	f.Add([]byte{})
	f.Add([]byte{version, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Add(append(slices.Clone(r.encode()), 0))
	f.Fuzz(func(t *testing.T, value []byte) {
		rec, keys, err := decodeRecord(value)
		if err != nil {
			if rec != nil || keys != nil {
				t.Error("a record beside an error")
			}
			return
		}
		if rec.amount < 0 || rec.charged < 0 || rec.hold() < 0 || rec.legs < 1 || len(rec.ids) < 1 || len(rec.ids) > MaxRetries+1 {
			t.Fatalf("record %+v", rec)
		}
		for _, key := range keys {
			rec.accounts = append(rec.accounts, &account{key: key})
		}
		// What was read is written the same, but for numbers that took more bytes than needed.
		again := rec.encode()
		if len(again) > len(value) || len(again) == len(value) && !bytes.Equal(again, value) {
			t.Errorf("%x is written as %x", value, again)
		}
		rec.accounts = nil
		twice, _, err := decodeRecord(again)
		if err != nil || twice.own() != rec.own() || twice.delivered != rec.delivered || !twice.lapses.Equal(rec.lapses) || !slices.Equal(twice.ids, rec.ids) {
			t.Errorf("%+v, %v; want %+v", twice, err, rec)
		}
	})
}

func FuzzDecodeSpent(f *testing.F) {
	f.Add(encodeSpent(0))
	f.Add(encodeSpent(9_500_000_000))
	f.Add([]byte{version})
	f.Add([]byte{version + 1, 0})
	f.Fuzz(func(t *testing.T, value []byte) {
		spent, err := decodeSpent(value)
		if err != nil {
			return
		}
		if again, err := decodeSpent(encodeSpent(spent)); err != nil || again != spent || spent < 0 {
			t.Errorf("%x is %d, and then %d, %v", value, spent, again, err)
		}
	})
}
