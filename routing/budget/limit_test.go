package budget_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"sluice/routing"
	"sluice/routing/budget"
)

// daily is the budget of the published rules.
var daily = budget.Limit{Name: "daily", Per: budget.Everyone, USD: 10, ExhaustedBelow: 0.5, PremiumAbove: 0.3}

func TestAllowance(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spent float64
		want  routing.Allowance
	}{
		{"nothing spent", 0, routing.Allowance{}},
		{"a refund", -1, routing.Allowance{}},
		{"seven of ten", 7, routing.Allowance{}}, // 1 - 0.7 is a bit more than 0.3
		{"a little more", math.Nextafter(7, 8), routing.Allowance{Capped: true}},
		{"half a dollar left", 9.5, routing.Allowance{Capped: true}},
		{"a little less left", math.Nextafter(9.5, 10), routing.Allowance{Capped: true, Exhausted: true}},
		{"all of it", 10, routing.Allowance{Capped: true, Exhausted: true}},
		{"more than that", 12, routing.Allowance{Capped: true, Exhausted: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := daily.Allowance(tt.spent); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
	t.Run("all limits hold", func(t *testing.T) {
		limits := budget.Limits{daily, {USD: 5, ExhaustedBelow: 3}, {USD: 100, PremiumAbove: 0.99}}
		for spent, want := range map[float64]routing.Allowance{0: {}, 2: {Capped: true}, 2.5: {Capped: true, Exhausted: true}} {
			if got := limits.At(spent); got != want {
				t.Errorf("%v: %+v, want %+v", spent, got, want)
			}
		}
		if got := (budget.Limits{}).At(1e9); got != (routing.Allowance{}) {
			t.Errorf("no limits: %+v", got)
		}
	})
	t.Run("built in", func(t *testing.T) {
		builtIn := daily
		builtIn.BuiltIn = true
		if got := builtIn.Allowance(1); got != (routing.Allowance{}) {
			t.Errorf("nothing is restricted: %+v", got)
		}
		if got := builtIn.Allowance(8); got != (routing.Allowance{Capped: true, BuiltIn: true}) {
			t.Errorf("capped: %+v", got)
		}
		if got := (budget.Limits{builtIn, daily}).At(8); got != (routing.Allowance{Capped: true}) {
			t.Errorf("with another limit: %+v", got)
		}
		if got := (budget.Limits{builtIn, {USD: 1000}}).At(8); got != (routing.Allowance{Capped: true, BuiltIn: true}) {
			t.Errorf("with another limit that restricts nothing: %+v", got)
		}
	})
	t.Run("defaults", func(t *testing.T) {
		plain := budget.Limit{USD: 10}
		for spent, want := range map[float64]routing.Allowance{9.99: {}, 10: {Capped: true}, 10.01: {Capped: true, Exhausted: true}} {
			if got := plain.Allowance(spent); got != want {
				t.Errorf("%v: %+v, want %+v", spent, got, want)
			}
		}
	})
}

// oracle works the published rules out with fractions, rounding to a float64 after each
// step as the arithmetic of every language does: premium models are used while one minus
// the part that was spent is more than the share, and the budget is exhausted once the
// limit minus what was spent is less than the margin.
func oracle(limit, spent, margin, share float64) (premium, exhausted bool) {
	exact := func(v float64) *big.Rat { return new(big.Rat).SetFloat64(v) }
	rounded := func(r *big.Rat) *big.Rat {
		v, _ := r.Float64()
		return exact(v)
	}
	part := rounded(new(big.Rat).Quo(exact(spent), exact(limit)))
	rest := rounded(new(big.Rat).Sub(big.NewRat(1, 1), part))
	left := rounded(new(big.Rat).Sub(exact(limit), exact(spent)))
	return rest.Cmp(exact(share)) > 0, left.Cmp(exact(margin)) < 0
}

func TestAgainstOracle(t *testing.T) {
	rng := rand.New(rand.NewPCG(2026, 7))
	limits := []float64{10, 1, 0.5, 3, 7, 50, 99.99, 1000, 1e6, 1.0 / 3}
	var seen [2][2]int
	for n := range 20_000 {
		limit := limits[rng.IntN(len(limits))]
		if rng.IntN(4) == 0 {
			limit = math.Exp(rng.Float64()*20 - 7)
		}
		margin, share := 0.5, 0.3
		if rng.IntN(2) == 0 {
			margin, share = rng.Float64()*limit, rng.Float64()
		}
		var spent float64
		switch rng.IntN(4) { // the last three are where the rules change, and next to it
		case 0:
			spent = rng.Float64() * limit * 1.2
		case 1:
			spent = limit - margin
		case 2:
			spent = limit * (1 - share)
		case 3:
			spent = limit
		}
		for range rng.IntN(4) {
			spent = math.Nextafter(spent, []float64{0, 2 * limit}[rng.IntN(2)])
		}
		premium, exhausted := oracle(limit, spent, margin, share)
		l := budget.Limit{USD: limit, ExhaustedBelow: margin, PremiumAbove: share}
		if got := l.Allowance(spent); got.Capped == premium || got.Exhausted != exhausted {
			t.Fatalf("case %d: %v of %v spent, margin %v, share %v: %+v; premium %v, exhausted %v", n, spent, limit, margin, share, got, premium, exhausted)
		}
		for i, b := range []bool{premium, exhausted} {
			if b {
				seen[i][1]++
			} else {
				seen[i][0]++
			}
		}
	}
	for i, s := range seen {
		if min(s[0], s[1]) < 2000 {
			t.Errorf("rule %d came out %v: the test shows little", i, s)
		}
	}
}

// allowed says in words of its own what [budget.Limit.Ceiling] says by a number.
func allowed(l *budget.Limit, used int64, r budget.Reservation) bool {
	spent := budget.Dollars(used)
	a := l.Allowance(spent)
	switch {
	case l.BuiltIn && r.Literal:
		return !a.Exhausted || r.Exhausted
	case l.Refuses(spent),
		a.Exhausted && !r.Exhausted,
		a.Capped && r.Premium,
		budget.Nanos(r.Amount) > 0 && used+budget.Nanos(r.Amount) > budget.Nanos(l.USD):
		return false
	}
	return true
}

func TestCeiling(t *testing.T) {
	rng := rand.New(rand.NewPCG(2026, 8))
	amounts := []float64{0, 1e-9, 0.001, 0.3, 5}
	for range 20_000 {
		l := budget.Limit{USD: math.Round(math.Exp(rng.Float64()*15-2)*100) / 100, Refuse: rng.IntN(3) == 0}
		if l.USD == 0 {
			continue
		}
		if rng.IntN(3) > 0 {
			l.ExhaustedBelow = []float64{0.5, l.USD, l.USD / 3, l.USD * rng.Float64()}[rng.IntN(4)]
		}
		if !l.Refuse {
			l.BuiltIn = rng.IntN(2) == 0
		}
		if rng.IntN(3) > 0 {
			l.PremiumAbove = []float64{0.3, 1, 1.0 / 3, rng.Float64()}[rng.IntN(4)]
		}
		r := budget.Reservation{Amount: amounts[rng.IntN(len(amounts))], Premium: rng.IntN(2) == 0, Exhausted: rng.IntN(2) == 0, Literal: rng.IntN(2) == 0}
		ceiling := l.Ceiling(r)
		for _, used := range []int64{0, 1, ceiling - 1, ceiling, ceiling + 1, rng.Int64N(2 * budget.Nanos(l.USD)), math.MaxInt64 / 2} {
			if used < 0 || used > math.MaxInt64/2 {
				continue
			}
			if got, want := used <= ceiling, allowed(&l, used, r); got != want {
				t.Fatalf("%+v, %+v, %d used: %v by the ceiling %d", l, r, used, got, ceiling)
			}
		}
	}
	for _, usd := range []float64{0, -1, math.NaN()} {
		if c := (&budget.Limit{USD: usd}).Ceiling(budget.Reservation{Exhausted: true}); c >= 0 {
			t.Errorf("a limit of %v allows what %d is used of", usd, c)
		}
	}
}

func TestNanos(t *testing.T) {
	for usd, want := range map[float64]int64{
		0: 0, -1: 0, math.NaN(): 0, math.Inf(-1): 0, 0.1: 100_000_000, 0.3: 300_000_000, 1: 1_000_000_000,
		75e-9: 75, 0.6e-9: 1, 0.4e-9: 0, 1e9: 1e18, 1e30: 1e18, math.Inf(1): 1e18,
	} {
		if got := budget.Nanos(usd); got != want {
			t.Errorf("Nanos(%v) = %d, want %d", usd, got, want)
		}
	}
	if got := budget.Dollars(9_500_000_000); got != 9.5 {
		t.Errorf("Dollars = %v", got)
	}
}
