package config

import "sluice/routing/policy"

// quality checks what the learned scorer's tiers follow from.
func (c *checker) quality(r *Routing) {
	for _, path := range []string{"routing.quality", "routing.calibrate"} {
		if _, written := c.lines[path]; written && r.Scorer == "spec" {
			c.warn(path, "has no effect with scorer spec, whose tiers begin at routing.tiers")
		}
	}
	if q := r.Quality; q != nil {
		if _, ok := policy.Level(q.Level); !ok && q.Level != "" {
			c.fail("routing.quality", "%q is unknown; expected low, balanced, high or {weak_answer: 4.5, caught: 0.4}", q.Level)
		}
		if w := q.WeakAnswer; w != nil && (*w < 0 || *w > 1000) {
			c.fail("routing.quality.weak_answer", "%v is out of range; expected 0 to 1000 times an answer of the tier that was needed", *w)
		}
		if s := q.Caught; s != nil && (*s < 0 || *s > 1) {
			c.fail("routing.quality.caught", "%v is out of range; expected a share, 0 to 1", *s)
		}
	}
	if r.Calibrate == nil {
		return
	}
	if r.Quality != nil {
		c.fail("routing.calibrate", "the tiers follow from routing.quality already; choose one of the two")
	}
	c.calibrate(r.Calibrate)
}

func (c *checker) calibrate(t *Calibrate) {
	given := 0
	for name, value := range map[string]float64{"cheap_share": t.CheapShare, "cost": t.Cost, "quality": t.Quality} {
		if value != 0 {
			given++
		}
		if value < 0 || (name != "cost" && value > 1) {
			c.fail("routing.calibrate."+name, "%v is out of range", value)
		}
	}
	if h := t.Thresholds; h != nil {
		given++
		if h.Standard < 0 || h.Standard > h.Premium || h.Premium > h.Flagship || h.Flagship > 1 {
			c.fail("routing.calibrate.thresholds", "expected 0 ≤ standard ≤ premium ≤ flagship ≤ 1, found %v, %v, %v", h.Standard, h.Premium, h.Flagship)
		}
	}
	if given != 1 {
		c.fail("routing.calibrate", "expected one of cheap_share, cost, quality and thresholds, found %d", given)
	}
}
