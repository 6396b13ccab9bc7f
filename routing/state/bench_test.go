package state

import (
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"sluice/routing"
	"sluice/routing/budget"
	"sluice/routing/state/redistest"
)

// BenchmarkRequest does what one request with two budgets does: look, reserve, settle.
func BenchmarkRequest(b *testing.B) {
	limits := budget.Limits{
		{Name: "all", Per: budget.Everyone, USD: 1e6, Window: budget.Window{Period: budget.Month}},
		{Name: "each", Per: budget.User, USD: 1e6, Window: budget.Window{Period: budget.Day}},
	}
	for _, c := range []Config{
		{Store: InMemory},
		{Store: OnDisk, Path: filepath.Join(b.TempDir(), "state.db")},
		{Store: redistest.Start(b).URL(), Timeout: unhurried},
	} {
		name := c.Store
		if c.Timeout > 0 {
			name = "redis"
		}
		b.Run(name, func(b *testing.B) {
			c.Failed = unfailing(b)
			s, err := Open(c)
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			ctx := b.Context()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				now := time.Now()
				accounts := limits.Accounts(routing.Principal{User: strconv.Itoa(i % 1000)}, now)
				id := strconv.Itoa(i)
				_, err := s.Budgets.Balances(ctx, accounts)
				if err != nil {
					b.Fatal(err)
				}
				ok, _, err := s.Budgets.Reserve(ctx, budget.Reservation{ID: id, Amount: 0.001, Expires: now.Add(time.Minute)}, accounts)
				if !ok || err != nil {
					b.Fatal(ok, err)
				}
				if err := s.Budgets.Settle(ctx, budget.Settlement{ID: id, Amount: 0.002}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPut(b *testing.B) {
	d := openDisk(b, filepath.Join(b.TempDir(), "state.db"))
	bucket, value := d.Bucket("b"), make([]byte, 64)
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = "key " + strconv.Itoa(i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		bucket.Put(keys[i%len(keys)], value)
	}
}

// BenchmarkFlush writes a thousand changes in one transaction.
func BenchmarkFlush(b *testing.B) {
	d := openDisk(b, filepath.Join(b.TempDir(), "state.db"))
	bucket, value := d.Bucket("b"), make([]byte, 64)
	for b.Loop() {
		for i := range 1000 {
			bucket.Put("key "+strconv.Itoa(i), value)
		}
		if err := d.Flush(); err != nil {
			b.Fatal(err)
		}
	}
}
