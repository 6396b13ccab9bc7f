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
	m, err := NewMemory(Options{Now: func() time.Time { return now }, MaxAccounts: 50, MaxSettled: 100})
	if err != nil {
		t.Fatal(err)
	}
	limits := Limits{{Name: "each", Per: User, USD: 10, Window: Window{Period: Day}}, {Name: "all", Per: Everyone, USD: 1e6, Window: Window{Period: Hour}}}
	sizes := func(accounts, records, inFlight int) {
		t.Helper()
		if m.accounts.Len() > accounts || len(m.records) > records || m.settled.Len() > records || len(m.due) > accounts+records {
			t.Fatalf("%d accounts, %d records, %d settled, %d timers; want at most %d and %d",
				m.accounts.Len(), len(m.records), m.settled.Len(), len(m.due), accounts, records)
		}
		opened := 0
		for id, r := range m.records {
			if !r.settled {
				opened++
			}
			if m.settled.Contains(id) != r.settled {
				t.Fatalf("%s is settled: %t; what bounds the settled ones says otherwise", id, r.settled)
			}
		}
		if opened != inFlight {
			t.Fatalf("%d open, want %d", opened, inFlight)
		}
	}
	for n := range 2000 {
		accounts := limits.Accounts(routing.Principal{User: fmt.Sprint(n)}, now)
		r := Reservation{ID: fmt.Sprint(n), Amount: 1, Expires: now.Add(time.Minute)}
		if ok, _, err := m.Reserve(t.Context(), r, accounts); err != nil || !ok {
			t.Fatal(ok, err)
		}
		if n < 20 { // so many are in flight
			continue
		}
		for range 1 + n%3 { // some are settled again
			if err := m.Settle(t.Context(), Settlement{ID: fmt.Sprint(n - 20), Amount: 1}); err != nil {
				t.Fatal(err)
			}
		}
	}
	sizes(50+100+20, 100+20, 20) // those that a record holds stay

	now = now.Add(time.Minute) // what is in flight expires
	if _, err := m.Balances(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	sizes(50+100, 100, 0)
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
	whole := (&record{amount: 300, accounts: []*account{{key: "each/00/1-2"}}}).encode()
	if _, _, err := decodeRecord("a", whole); err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if _, _, err := decodeRecord("a", whole[:n]); err == nil {
			t.Errorf("%d of %d bytes are a record", n, len(whole))
		}
	}
	for name, value := range map[string][]byte{
		"more than a record": append(slices.Clone(whole), 0),
		"another version":    append([]byte{recordVersion + 1}, whole[1:]...),
	} {
		if _, _, err := decodeRecord("a", value); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := decodeSpent(append(encodeSpent(1), 0)); err == nil {
		t.Error("more than an amount: accepted")
	}
}

func FuzzDecodeRecord(f *testing.F) {
	r := &record{amount: 1 << 40, expires: time.UnixMilli(1_773_100_800_123), accounts: []*account{{key: "each/00/1-2"}, {key: ""}}}
	f.Add(r.encode())
	f.Add((&record{}).encode())
	f.Add([]byte{})
	f.Add([]byte{recordVersion, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Add(append(slices.Clone(r.encode()), 0))
	f.Fuzz(func(t *testing.T, value []byte) {
		rec, keys, err := decodeRecord("a", value)
		if err != nil {
			if rec != nil || keys != nil {
				t.Error("a record beside an error")
			}
			return
		}
		if rec.amount < 0 || rec.settled || rec.id != "a" {
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
		twice, same, err := decodeRecord("a", again)
		if err != nil || twice.amount != rec.amount || !twice.expires.Equal(rec.expires) || !slices.Equal(same, keys) {
			t.Errorf("%+v, %v; want %+v", twice, err, rec)
		}
	})
}

func FuzzDecodeSpent(f *testing.F) {
	f.Add(encodeSpent(0))
	f.Add(encodeSpent(9_500_000_000))
	f.Add([]byte{spentVersion})
	f.Add([]byte{spentVersion + 1, 0})
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
