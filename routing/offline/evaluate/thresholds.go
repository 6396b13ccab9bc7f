package evaluate

import (
	"errors"
	"fmt"
	"math"

	"sluice/routing"
	"sluice/routing/config"
)

// Shares are the shares of the requests by tier, weakest first.
type Shares [tiers]float64

// DefaultShares send four requests of five to the budget and standard tiers.
var DefaultShares = Shares{0.5, 0.3, 0.16, 0.04}

// String is how a table shows the shares.
func (s Shares) String() string {
	return fmt.Sprintf("%.2f / %.2f / %.2f / %.2f", s[0], s[1], s[2], s[3])
}

// Cheap is the share of the budget and standard tiers.
func (s Shares) Cheap() float64 { return s[0] + s[1] }

// withCheap scales the shares so that the two cheap tiers get that much together.
func (s Shares) withCheap(cheap float64) Shares {
	low, high := s[0]/(s[0]+s[1]), s[2]/(s[2]+s[3])
	return Shares{cheap * low, cheap * (1 - low), (1 - cheap) * high, (1 - cheap) * (1 - high)}
}

// Validate reports shares that are out of range or do not add up to 1.
func (s Shares) Validate() error {
	sum := 0.0
	for _, v := range s {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("share %v is out of range; expected 0 to 1", v)
		}
		sum += v
	}
	if math.Abs(sum-1) > 1e-6 {
		return fmt.Errorf("the shares add up to %v; expected 1", sum)
	}
	if s[0]+s[1] == 0 || s[2]+s[3] == 0 {
		return errors.New("expected a share for one of budget and standard, and for one of premium and flagship")
	}
	return nil
}

// thresholds finds the thresholds that meet the target on turns sorted by score.
func (t *Target) thresholds(turns []turn) config.Thresholds {
	byCheap := func(cheap float64) config.Thresholds { return quantiles(turns, t.Tiers.withCheap(cheap)) }
	const steps = 200
	switch {
	case t.Cheap != nil:
		return byCheap(*t.Cheap)
	case t.Cost != nil: // the strongest tiers within the cost
		for i := range steps {
			th := byCheap(float64(i) / steps)
			if tierUse(turns, by(th)).Cost <= *t.Cost {
				return th
			}
		}
		return byCheap(1)
	case t.Quality != nil: // the cheapest tiers with the quality
		for i := steps; i > 0; i-- {
			th := byCheap(float64(i) / steps)
			if *tierUse(turns, by(th)).Quality >= *t.Quality {
				return th
			}
		}
		return byCheap(0)
	default:
		return quantiles(turns, t.Tiers)
	}
}

// quantiles returns the thresholds that divide sorted turns most nearly into the shares.
func quantiles(turns []turn, s Shares) config.Thresholds {
	standard := cut(turns, routing.Budget, s[0])
	premium := max(standard, cut(turns, routing.Standard, s[0]+s[1]))
	flagship := max(premium, cut(turns, routing.Premium, s[0]+s[1]+s[2]))
	return config.Thresholds{Standard: standard, Premium: premium, Flagship: flagship}
}

// cut returns the score up to which turns must go to the tier, or weaker ones, so that this
// share of all turns ends up there. Some turns go to a stronger tier whatever their score.
func cut(turns []turn, tier routing.Tier, target float64) float64 {
	within := func(t *turn, level int) bool { return t.at[level].tier <= tier }
	level := int(tier - routing.Budget)
	n := 0
	for i := range turns {
		n += count(within(&turns[i], level+1))
	}
	want := target * float64(len(turns))
	best, at := math.Abs(float64(n)-want), -1
	for i := range turns {
		if within(&turns[i], level) && !within(&turns[i], level+1) {
			n++
		}
		if i+1 < len(turns) && turns[i+1].score == turns[i].score {
			continue // a threshold does not divide equal scores
		}
		if miss := math.Abs(float64(n) - want); miss < best {
			best, at = miss, i
		}
	}
	switch at {
	case -1:
		return round(max(0, turns[0].score-1e-4))
	case len(turns) - 1:
		return 1
	}
	return round((turns[at].score + turns[at+1].score) / 2)
}

// round keeps four decimals.
func round(score float64) float64 { return math.Round(score*1e4) / 1e4 }

// by returns the tier and cost of a turn with these thresholds.
func by(th config.Thresholds) func(*turn) reached {
	return func(t *turn) reached {
		level := 0
		for _, above := range []float64{th.Standard, th.Premium, th.Flagship} {
			level += count(t.score > above)
		}
		return t.at[level]
	}
}
