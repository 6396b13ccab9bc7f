package config

import (
	"cmp"

	"sluice/routing"
	"sluice/routing/policy"
)

func buildQuality(q *Quality) *policy.Quality {
	out, _ := policy.Level(cmp.Or(q.Level, "balanced"))
	if q.WeakAnswer != nil {
		out.WeakAnswer = *q.WeakAnswer
	}
	if q.Caught != nil {
		out.Caught = *q.Caught
	}
	return &out
}

// buildCalibration turns the target of the configuration into thresholds.
func buildCalibration(t *Calibrate, l *policy.Learned, models map[routing.Tier]*routing.Model) policy.Thresholds {
	switch {
	case t.Thresholds != nil:
		return policy.Thresholds(*t.Thresholds)
	case t.CheapShare > 0:
		return policy.ByShare(t.CheapShare)
	case t.Quality > 0:
		return policy.ByShare(l.CheapShare(t.Quality))
	}
	// The smallest share that the cost allows: the cost falls as it grows.
	const ordinary = 500 // tokens in, as many as are assumed to come out
	cost := func(share float64) float64 {
		part := [...]float64{share * 5 / 8, share * 3 / 8, (1 - share) * 4 / 5, (1 - share) / 5}
		var usd float64
		for i, tier := range routing.Tiers() {
			usd += part[i] * models[tier].Price.Cost(ordinary, models[tier].AssumedLength(0))
		}
		return usd
	}
	const steps = 1000
	for i := range steps {
		if share := float64(i) / steps; cost(share) <= t.Cost {
			return policy.ByShare(share)
		}
	}
	return policy.ByShare(1)
}
