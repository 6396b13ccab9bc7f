package budget

import (
	"math"

	"sluice/routing"
)

// Limits are the budgets of a configuration. All that concern a principal apply together.
type Limits []Limit

// Allowance returns what the limit allows when this much is spent and reserved, in US
// dollars.
//
// The arithmetic follows the published rules step by step, so that it agrees with them when
// a division rounds: of 10 dollars with 7 spent, more than 0.3 is left.
func (l *Limit) Allowance(used float64) routing.Allowance {
	a := routing.Allowance{
		Exhausted: l.USD-used < l.ExhaustedBelow,
		Capped:    1-used/l.USD <= l.PremiumAbove,
	}
	a.BuiltIn = l.BuiltIn && (a.Exhausted || a.Capped)
	return a
}

// At returns the allowance of a principal that has spent this much under every limit.
func (ls Limits) At(spent float64) routing.Allowance {
	var a routing.Allowance
	for i := range ls {
		a = join(a, ls[i].Allowance(spent))
	}
	return a
}

// join combines the restrictions of both.
func join(a, b routing.Allowance) routing.Allowance {
	switch none := (routing.Allowance{}); {
	case a == none:
		return b
	case b == none:
		return a
	}
	return routing.Allowance{Exhausted: a.Exhausted || b.Exhausted, Capped: a.Capped || b.Capped, BuiltIn: a.BuiltIn && b.BuiltIn}
}

// Refuses reports whether the limit refuses every request when this much is spent and
// reserved, in US dollars.
func (l *Limit) Refuses(used float64) bool {
	return l.Refuse && (l.USD-used <= 0 || l.USD-used < l.ExhaustedBelow)
}

// Ceiling returns how much may be spent and reserved, in billionths of a dollar, for the
// limit to allow the reservation: what is used without the reservation must not be above
// it. Every [Store] decides by this number alone. A literal reservation under a built-in
// limit is denied by the second of these rules alone. A reservation is denied if
//
//   - its model is above the standard tier and the allowance is capped,
//   - the budget is exhausted and the model was not chosen by the rule for that,
//   - its amount is above 0 and above what is left,
//   - the limit refuses every request.
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

// Room returns how much may be spent at most without the reservation, in billionths of a dollar,
// for the limit to allow it: as much as leaves what the reservation is expected to cost. It may
// cost more, and is then the one request by which the limit can be exceeded.
func (l *Limit) Room(r Reservation) int64 {
	amount := Nanos(r.Amount)
	if amount == 0 || l.BuiltIn && r.Literal {
		return math.MaxInt64
	}
	return Nanos(l.USD) - amount
}

// Amounts returns what the reservation is expected to cost and the most that it may, in billionths
// of a dollar.
func (r *Reservation) Amounts() (expected, most int64) {
	expected = Nanos(r.Amount)
	return expected, max(Nanos(r.Most), expected)
}

// last returns the highest number of billionths for which the rule holds. It holds up to
// about this many dollars, and not above.
func last(about float64, holds func(float64) bool) int64 {
	const most = 1024 // steps: the rounding error at a billion dollars
	n := int64(about * nanos)
	for i := 0; i < most && !holds(Dollars(n)); i++ {
		n--
	}
	for i := 0; i < most && holds(Dollars(n+1)); i++ {
		n++
	}
	return n
}

// nanos is the number of parts of a dollar that are counted. Sums of integers do not depend
// on the order; a token costs tens of parts at least.
const nanos = 1e9

// maxUSD bounds one amount: far above any budget, far below an overflow.
const maxUSD = 1e9

// Nanos returns the amount in billionths of a dollar; 0 if it is negative or not a number.
func Nanos(usd float64) int64 {
	if !(usd > 0) {
		return 0
	}
	return int64(math.Round(min(usd, maxUSD) * nanos))
}

// Dollars is the inverse of [Nanos].
func Dollars(n int64) float64 { return float64(n) / nanos }
