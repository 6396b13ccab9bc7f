package config

import "sluice/routing/policy"

// quality checks how the learned scorer chooses a tier.
func (c *checker) quality(r *Routing) {
	for _, path := range []string{"routing.quality", "routing.calibrate"} {
		if c.written(path) && r.Scorer == "spec" {
			c.warn(path, "has no effect with routing.scorer spec, which uses routing.tiers")
		}
	}
	if q := r.Quality; q != nil {
		if _, ok := policy.Level(q.Level); !ok && q.Level != "" {
			c.fail("routing.quality", "%q is unknown; expected low, balanced, high or {weak_answer: 4.5, caught: 0.4}", q.Level)
		}
		if w := q.WeakAnswer; w != nil {
			c.inRange("routing.quality.weak_answer", *w, 1000, "answers of the tier that was needed")
		}
		if s := q.Caught; s != nil {
			c.inRange("routing.quality.caught", *s, 1, "a share")
		}
	}
	if r.Calibrate == nil {
		return
	}
	if r.Quality != nil {
		c.fail("routing.calibrate", "routing.quality sets the tiers already; expected one of the two")
	}
	c.calibrate(r.Calibrate)
}

func (c *checker) calibrate(t *Calibrate) {
	given := 0
	for _, target := range []struct {
		name     string
		is, most float64
		unit     string
	}{{"cheap_share", t.CheapShare, 1, "a share"}, {"cost", t.Cost, 1000, "US dollars"}, {"quality", t.Quality, 1, "a share"}} {
		if target.is != 0 {
			given++
		}
		c.inRange("routing.calibrate."+target.name, target.is, target.most, target.unit)
	}
	if h := t.Thresholds; h != nil {
		given++
		c.thresholds("routing.calibrate.thresholds", h)
	}
	if given != 1 {
		c.fail("routing.calibrate", "expected one of cheap_share, cost, quality and thresholds, found %d", given)
	}
}

func (c *checker) thresholds(path string, t *Thresholds) {
	if t.Standard < 0 || t.Standard > t.Premium || t.Premium > t.Flagship || t.Flagship > 1 {
		c.fail(path, "expected 0 ≤ standard ≤ premium ≤ flagship ≤ 1, found %v, %v, %v", t.Standard, t.Premium, t.Flagship)
	}
}
