package budgettest

import (
	"testing"
	"time"

	"sluice/routing"
	"sluice/routing/budget"
)

func testRules(t *testing.T, f *fixture) {
	spec := func(l *budget.Limit) { l.ExhaustedBelow, l.PremiumAbove = 0.5, 0.3 }
	strict := func(l *budget.Limit) { l.ExhaustedBelow, l.Refuse = 0.5, true }
	plain := func(*budget.Limit) {}
	for _, tt := range []struct {
		name  string
		limit func(*budget.Limit)
		spent float64
		r     budget.Reservation
		ok    bool
	}{
		{"nothing spent", spec, 0, budget.Reservation{Amount: 1, Premium: true}, true},
		{"all of it at once", plain, 0, budget.Reservation{Amount: 10}, true},
		{"more than there is", plain, 0, budget.Reservation{Amount: 10.000000001}, false},
		{"the rest", plain, 9.25, budget.Reservation{Amount: 0.75}, true},
		{"more than the rest", plain, 9.25, budget.Reservation{Amount: 0.750000001}, false},
		{"free, with nothing left", plain, 10, budget.Reservation{}, true},
		{"free, overspent", plain, 10.000000001, budget.Reservation{}, false},
		{"premium and free, with nothing left", plain, 10, budget.Reservation{Premium: true}, false},
		{"free and exhausted, with nothing left", plain, 10, budget.Reservation{Exhausted: true}, true},
		{"free and exhausted, overspent", plain, 12, budget.Reservation{Exhausted: true}, true},
		{"exhausted, at a price", plain, 10, budget.Reservation{Amount: 1e-9, Exhausted: true}, false},
		{"exactly exhausted_below", spec, 9.5, budget.Reservation{Amount: 0.1}, true},
		{"below exhausted_below", spec, 9.500000001, budget.Reservation{Amount: 0.1}, false},
		{"below it, and decided so", spec, 9.500000001, budget.Reservation{Amount: 0.1, Exhausted: true}, true},
		{"premium, above its share", spec, 6.999999999, budget.Reservation{Amount: 0.1, Premium: true}, true},
		{"premium, below its share", spec, 7.000000001, budget.Reservation{Amount: 0.1, Premium: true}, false},
		{"standard, below the share", spec, 7.000000001, budget.Reservation{Amount: 0.1}, true},
		{"refused, though exhausted and free", strict, 9.500000001, budget.Reservation{Exhausted: true}, false},
		{"not refused yet", strict, 9.5, budget.Reservation{Amount: 0.5}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			accounts := f.one(func(l *budget.Limit) { l.Name = tt.name; tt.limit(l) })
			f.settle(t, budget.Settlement{ID: tt.name + "/spent", Amount: tt.spent}, accounts)
			tt.r.ID = tt.name
			if ok := f.reserve(t, tt.r, accounts); ok != tt.ok {
				t.Errorf("made: %v", ok)
			}
			held := tt.r.Amount
			if !tt.ok {
				held = 0
			}
			f.want(t, accounts, tt.spent, held)
		})
	}
	t.Run("a limit of nothing left refuses", func(t *testing.T) {
		accounts := f.one(func(l *budget.Limit) { l.Name, l.Refuse = "refuse", true })
		f.settle(t, budget.Settlement{ID: "refuse/spent", Amount: 10}, accounts)
		f.mustDeny(t, budget.Reservation{ID: "refuse", Exhausted: true}, accounts)
	})
	t.Run("what is reserved is not left", func(t *testing.T) {
		accounts := f.one(func(l *budget.Limit) { l.Name = "reserved" })
		f.mustReserve(t, budget.Reservation{ID: "first", Amount: 6}, accounts)
		f.mustDeny(t, budget.Reservation{ID: "second", Amount: 5}, accounts)
		f.mustReserve(t, budget.Reservation{ID: "second", Amount: 4}, accounts)
		f.want(t, accounts, 0, 10)
	})
	t.Run("balances before", func(t *testing.T) {
		accounts := f.one(func(l *budget.Limit) { l.Name = "before" })
		f.settle(t, budget.Settlement{ID: "before/spent", Amount: 2}, accounts)
		f.mustReserve(t, budget.Reservation{ID: "before/a", Amount: 3}, accounts)
		for _, amount := range []float64{1, 100} { // made, and denied
			_, before, err := f.store.Reserve(t.Context(), budget.Reservation{ID: "before/b", Amount: amount, Expires: f.clock.now().Add(life)}, accounts)
			if err != nil || !same(before[0].Spent, 2) || !(same(before[0].Reserved, 3) || amount == 100 && same(before[0].Reserved, 4)) {
				t.Errorf("%+v, error %v", before, err)
			}
		}
	})
}

func testRepeated(t *testing.T, f *fixture) {
	accounts := f.one(nil)
	r := budget.Reservation{ID: "a", Amount: 6, Premium: true}
	for range 3 {
		f.mustReserve(t, r, accounts)
		f.want(t, accounts, 0, 6)
	}
	f.settle(t, budget.Settlement{ID: "other", Amount: 9}, accounts)
	f.mustReserve(t, r, accounts) // it stands, whatever has become of the budget
	r.Amount = 2
	f.mustReserve(t, r, accounts)
	f.want(t, accounts, 9, 6)
}

func testRaised(t *testing.T, f *fixture) {
	accounts := f.one(func(l *budget.Limit) { l.PremiumAbove = 0.3 })
	f.mustReserve(t, budget.Reservation{ID: "a", Amount: 4}, accounts)
	f.mustReserve(t, budget.Reservation{ID: "b", Amount: 3}, accounts)
	f.mustDeny(t, budget.Reservation{ID: "a", Amount: 7.5}, accounts)
	f.want(t, accounts, 0, 7)
	f.mustReserve(t, budget.Reservation{ID: "a", Amount: 7, Premium: true}, accounts) // 3 are used without it
	f.want(t, accounts, 0, 10)
	f.settle(t, budget.Settlement{ID: "a", Amount: 1}, accounts)
	f.want(t, accounts, 1, 3)
}

// testMost: what may be billed counts for the limit, what is expected for its steps, and the
// requests that are admitted together exceed the limit by no more than one of them.
func testMost(t *testing.T, f *fixture) {
	accounts := f.one(func(l *budget.Limit) { l.PremiumAbove = 0.3 })
	f.mustReserve(t, budget.Reservation{ID: "a", Amount: 1, Most: 6, Premium: true}, accounts)
	f.mustReserve(t, budget.Reservation{ID: "b", Amount: 1, Most: 3, Premium: true}, accounts) // 9 at most, and yet 2 are expected
	f.want(t, accounts, 0, 2)
	f.mustDeny(t, budget.Reservation{ID: "c", Amount: 1.000000001, Most: 1.1}, accounts)
	f.mustReserve(t, budget.Reservation{ID: "c", Amount: 1, Most: 50}, accounts) // this one may exceed it
	f.mustDeny(t, budget.Reservation{ID: "d", Amount: 1e-9}, accounts)
	f.mustReserve(t, budget.Reservation{ID: "free"}, accounts)
	f.mustDeny(t, budget.Reservation{ID: "a", Amount: 1, Most: 6.1}, accounts)
	f.mustReserve(t, budget.Reservation{ID: "c", Amount: 1, Most: 60}, accounts) // 9 are bound without it
	f.settle(t, budget.Settlement{ID: "c", Amount: 0.5}, accounts)
	f.want(t, accounts, 0.5, 2)
	f.mustReserve(t, budget.Reservation{ID: "d", Amount: 0.5, Most: 0.5}, accounts)
	got, err := f.store.Balances(t.Context(), accounts)
	if err != nil || !same(got[0].Most, 9.5) || !same(got[0].Bound(), 10) {
		t.Errorf("%+v, %v; want 9.5 at most", got, err)
	}
}

func testSettled(t *testing.T, f *fixture) {
	accounts := f.one(nil)
	f.mustReserve(t, budget.Reservation{ID: "a", Amount: 2}, accounts)
	f.settle(t, budget.Settlement{ID: "a", Amount: 0.5}, accounts)
	f.want(t, accounts, 0.5, 0)
	f.settle(t, budget.Settlement{ID: "a", Amount: 0.5}, accounts)
	f.settle(t, budget.Settlement{ID: "a", Amount: 0.25}, accounts)
	f.want(t, accounts, 0.5, 0)
	f.settle(t, budget.Settlement{ID: "a", Amount: 0.75}, accounts)
	f.want(t, accounts, 0.75, 0)

	f.mustReserve(t, budget.Reservation{ID: "a", Amount: 3}, accounts) // too late
	f.want(t, accounts, 0.75, 0)

	f.settle(t, budget.Settlement{ID: "b", Amount: 1}, accounts) // never reserved
	f.settle(t, budget.Settlement{ID: "b", Amount: 1}, accounts)
	f.want(t, accounts, 1.75, 0)
	f.mustReserve(t, budget.Reservation{ID: "b", Amount: 3}, accounts)
	f.want(t, accounts, 1.75, 0)

	f.mustReserve(t, budget.Reservation{ID: "c", Amount: 1}, accounts)
	f.settle(t, budget.Settlement{ID: "c", Amount: 4}, nil) // the accounts are known
	f.want(t, accounts, 5.75, 0)
	f.settle(t, budget.Settlement{ID: "d", Amount: 1}, nil) // nobody's
	f.want(t, accounts, 5.75, 0)
	f.mustReserve(t, budget.Reservation{ID: "e", Amount: 1}, accounts)
	f.settle(t, budget.Settlement{ID: "e"}, accounts) // came to nothing
	f.want(t, accounts, 5.75, 0)
}

func testExpired(t *testing.T, f *fixture) {
	accounts := f.one(nil)
	at := func(d time.Duration) time.Time { return f.clock.now().Add(d) }
	f.mustReserve(t, budget.Reservation{ID: "late", Amount: 1, Expires: at(30 * time.Second)}, accounts)
	f.mustReserve(t, budget.Reservation{ID: "soon", Amount: 2, Expires: at(10 * time.Second)}, accounts)
	f.mustReserve(t, budget.Reservation{ID: "middle", Amount: 4, Expires: at(20 * time.Second)}, accounts)
	f.want(t, accounts, 0, 7)
	f.clock.advance(10*time.Second - time.Millisecond)
	f.want(t, accounts, 0, 7)
	f.clock.advance(time.Millisecond)
	f.want(t, accounts, 0, 5)
	f.mustReserve(t, budget.Reservation{ID: "next", Amount: 5}, accounts) // what expired is left again

	f.settle(t, budget.Settlement{ID: "soon", Amount: 0.5}, accounts)
	f.settle(t, budget.Settlement{ID: "soon", Amount: 0.5}, accounts)
	f.want(t, accounts, 0.5, 10)
	f.clock.advance(10 * time.Second)
	f.want(t, accounts, 0.5, 6)
	f.mustReserve(t, budget.Reservation{ID: "middle", Amount: 2}, accounts) // made again
	f.want(t, accounts, 0.5, 8)
	f.clock.advance(10 * time.Second)
	f.want(t, accounts, 0.5, 7)

	f.clock.advance(time.Hour) // all have expired, and are forgotten
	f.want(t, accounts, 0.5, 0)
	f.settle(t, budget.Settlement{ID: "late", Amount: 0.25}, accounts)
	f.settle(t, budget.Settlement{ID: "late", Amount: 0.25}, accounts)
	f.want(t, accounts, 0.75, 0)
}

func testNested(t *testing.T, f *fixture) {
	window := budget.Window{Period: budget.Day}
	limits := budget.Limits{
		{Name: "user", Per: budget.User, USD: 3, Window: window},
		{Name: "team", Per: budget.Team, USD: 5, Window: window},
		{Name: "tenant", Per: budget.Tenant, USD: 6, Window: window},
		{Name: "all", Per: budget.Everyone, USD: 7, Window: window},
	}
	accounts := func(user, team, tenant string) []budget.Account {
		return limits.Accounts(routing.Principal{User: user, Team: team, Tenant: tenant}, f.clock.now())
	}
	ann, ben, cat, dan := accounts("ann", "x", "t"), accounts("ben", "x", "t"), accounts("cat", "y", "t"), accounts("dan", "z", "u")
	f.mustReserve(t, budget.Reservation{ID: "ann", Amount: 3}, ann)
	f.mustDeny(t, budget.Reservation{ID: "ann 2", Amount: 1}, ann) // her own
	f.mustDeny(t, budget.Reservation{ID: "ben", Amount: 2.5}, ben) // the team's
	f.want(t, ben[:1], 0, 0)
	f.want(t, ben[1:], 0, 3) // none of the accounts took part in what was denied
	f.mustReserve(t, budget.Reservation{ID: "ben", Amount: 2}, ben)
	f.mustDeny(t, budget.Reservation{ID: "cat", Amount: 2}, cat) // the tenant's
	f.mustReserve(t, budget.Reservation{ID: "cat", Amount: 1}, cat)
	f.mustDeny(t, budget.Reservation{ID: "dan", Amount: 2}, dan) // everyone's
	f.want(t, dan[:3], 0, 0)
	f.settle(t, budget.Settlement{ID: "ann", Amount: 1}, ann)
	f.want(t, ann[:1], 1, 0)
	f.want(t, ann[1:2], 1, 2)
	f.want(t, ann[2:], 1, 3)
	f.mustReserve(t, budget.Reservation{ID: "dan", Amount: 2}, dan)
	f.want(t, dan[3:], 1, 5)
}

func testWindows(t *testing.T, f *fixture) {
	seoul := time.FixedZone("Asia/Seoul", 9*3600)
	limits := budget.Limits{{Name: "all", Per: budget.Everyone, USD: 10, Window: budget.Window{Period: budget.Day, Zone: seoul}}}
	f.clock.advance(3*time.Hour - time.Second) // a second before midnight there
	old := limits.Accounts(routing.Principal{}, f.clock.now())
	f.settle(t, budget.Settlement{ID: "spent", Amount: 4}, old)
	f.mustReserve(t, budget.Reservation{ID: "a", Amount: 6}, old)
	f.mustDeny(t, budget.Reservation{ID: "b", Amount: 1}, old)
	f.clock.advance(time.Second)
	day := limits.Accounts(routing.Principal{}, f.clock.now())
	f.want(t, day, 0, 0)
	f.mustReserve(t, budget.Reservation{ID: "b", Amount: 9}, day)
	f.settle(t, budget.Settlement{ID: "a", Amount: 7}, day) // of the day before
	f.want(t, day, 0, 9)
	f.clock.advance(24 * time.Hour)
	f.settle(t, budget.Settlement{ID: "c", Amount: 5}, old) // a window that is long over
	f.want(t, limits.Accounts(routing.Principal{}, f.clock.now()), 0, 0)
}

func testExact(t *testing.T, f *fixture) {
	accounts := f.one(func(l *budget.Limit) { l.USD = 1 })
	id := func(i int) string { return "r" + time.Duration(i).String() }
	for i := range 10 { // ten times 0.1, which floating point does not sum to 1
		f.mustReserve(t, budget.Reservation{ID: id(i), Amount: 0.1}, accounts)
	}
	f.mustDeny(t, budget.Reservation{ID: "more", Amount: 1e-9}, accounts)
	for i := range 10 {
		f.settle(t, budget.Settlement{ID: id(i), Amount: 75e-9}, accounts) // a token
	}
	f.want(t, accounts, 750e-9, 0)
	f.mustReserve(t, budget.Reservation{ID: "rest", Amount: 1 - 750e-9}, accounts)
}
