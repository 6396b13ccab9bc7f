package budget

import (
	"math"

	"sluice/routing"
)

// Limits are the budgets of a configuration. All of them that concern a principal hold
// at once.
type Limits []Limit

// Allowance returns what the limit leaves to a request once so much is spent and
// reserved, in US dollars.
//
// The arithmetic is that of the published rules, step by step, so that it agrees with
// them where a division rounds: of 10 dollars with 7 spent, more than 0.3 is left.
func (l *Limit) Allowance(used float64) routing.Allowance {
	a := routing.Allowance{
		Exhausted: l.USD-used < l.ExhaustedBelow,
		Capped:    1-used/l.USD <= l.PremiumAbove,
	}
	a.BuiltIn = l.BuiltIn && (a.Exhausted || a.Capped)
	return a
}

// At returns the allowance of a principal that has spent so much under every limit.
func (ls Limits) At(spent float64) routing.Allowance {
	var a routing.Allowance
	for i := range ls {
		a = join(a, ls[i].Allowance(spent))
	}
	return a
}

// join returns the allowance that restricts as both do.
func join(a, b routing.Allowance) routing.Allowance {
	switch none := (routing.Allowance{}); {
	case a == none:
		return b
	case b == none:
		return a
	}
	return routing.Allowance{Exhausted: a.Exhausted || b.Exhausted, Capped: a.Capped || b.Capped, BuiltIn: a.BuiltIn && b.BuiltIn}
}

// Refuses reports whether the limit refuses every request once so much is spent and
// reserved, in US dollars.
func (l *Limit) Refuses(used float64) bool {
	return l.Refuse && (l.USD-used <= 0 || l.USD-used < l.ExhaustedBelow)
}

// Ceiling returns the most that may be spent and reserved, in billionths of a dollar, for
// the limit to allow the reservation: what is used without the reservation must not be
// above it. Every [Store] decides by this number alone. A literal one under a built-in limit
// is denied by the second of these rules alone. A reservation is denied
//
//   - for a model above the standard tier, where the allowance is capped,
//   - not decided by the rule of the exhausted budget, where that is what the allowance is,
//   - where its amount, unless that is 0, is more than what is left,
//   - whatever it is, where the limit refuses.
func (l *Limit) Ceiling(r Reservation) int64 {
	if !(l.USD > 0) {
		return -1
	}
	limit := Nanos(l.USD)
	ceiling := int64(math.MaxInt64)
	if !r.Exhausted || l.Refuse {
		ceiling = last(l.USD-l.ExhaustedBelow, func(used float64) bool { return !l.Allowance(used).Exhausted })
	}
	if l.BuiltIn && r.Literal {
		return ceiling
	}
	if r.Premium {
		ceiling = min(ceiling, last(l.USD*(1-l.PremiumAbove), func(used float64) bool { return !l.Allowance(used).Capped }))
	}
	if l.Refuse {
		ceiling = min(ceiling, limit-1)
	}
	if amount := Nanos(r.Amount); amount > 0 {
		ceiling = min(ceiling, limit-amount)
	}
	return ceiling
}

// last returns the last number of billionths at which the rule, which holds up to about
// so many dollars and not above, does hold.
func last(about float64, holds func(float64) bool) int64 {
	const most = 1024 // of a rounding's width, at a billion dollars
	n := int64(about * nanos)
	for i := 0; i < most && !holds(Dollars(n)); i++ {
		n--
	}
	for i := 0; i < most && holds(Dollars(n+1)); i++ {
		n++
	}
	return n
}

// nanos is how many parts of a dollar are counted. Sums of whole parts come out even,
// whatever the order; a token costs tens of them at least.
const nanos = 1e9

// mostUSD bounds what one number may say: far above any budget, far below an overflow.
const mostUSD = 1e9

// Nanos returns the amount in billionths of a dollar; one that is negative or no number
// is none.
func Nanos(usd float64) int64 {
	if !(usd > 0) {
		return 0
	}
	return int64(math.Round(min(usd, mostUSD) * nanos))
}

// Dollars is the inverse of [Nanos].
func Dollars(n int64) float64 { return float64(n) / nanos }
