package budget_test

import (
	"strconv"
	"testing"
	"time"

	"sluice/routing"
	"sluice/routing/budget"
)

// BenchmarkMemory is what a request costs the store: of a limit per user and one for
// everyone, with a thousand users.
func BenchmarkMemory(b *testing.B) {
	day := budget.Window{Period: budget.Day, Zone: time.UTC}
	limits := budget.Limits{
		{Name: "each", Per: budget.User, USD: 1e6, PremiumAbove: 0.3, ExhaustedBelow: 0.5, Window: day},
		{Name: "all", Per: budget.Everyone, USD: 1e9, PremiumAbove: 0.3, ExhaustedBelow: 0.5, Window: day},
	}
	users := make([][]budget.Account, 1000)
	for i := range users {
		users[i] = limits.Accounts(routing.Principal{User: strconv.Itoa(i)}, time.Now())
	}
	b.Run("accounts", func(b *testing.B) {
		b.ReportAllocs()
		who, now := routing.Principal{User: "ann"}, time.Now()
		for b.Loop() {
			limits.Accounts(who, now)
		}
	})
	b.Run("ceiling", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			limits[0].Ceiling(budget.Reservation{Amount: 0.01, Premium: true})
		}
	})
	for name, journal := range map[string]budget.Journal{"in memory": nil, "with a journal": newJournal()} {
		m := memory(b, budget.Options{Journal: journal})
		n := 0
		run := func(b *testing.B, what func(id string, accounts []budget.Account)) {
			b.ReportAllocs()
			for b.Loop() {
				n++
				what(name+strconv.Itoa(n), users[n%len(users)])
			}
		}
		b.Run(name+"/balances", func(b *testing.B) {
			run(b, func(_ string, accounts []budget.Account) {
				if _, err := m.Balances(b.Context(), accounts); err != nil {
					b.Fatal(err)
				}
			})
		})
		b.Run(name+"/reserve and settle", func(b *testing.B) {
			run(b, func(id string, accounts []budget.Account) {
				r := budget.Reservation{ID: id, Amount: 1e-3, Expires: time.Now().Add(time.Minute)}
				ok, _, err := m.Reserve(b.Context(), r, accounts)
				if err != nil || !ok {
					b.Fatal(ok, err)
				}
				if err := m.Settle(b.Context(), budget.Settlement{ID: id, Amount: 1e-3}); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}
