package experiment

import (
	"fmt"
	"strings"
)

// Moves returns the share of all units, 0 to 1, that get another variant, by name, when the
// old variants are replaced by the new; and the least share that any assignment would have to
// move for the new weights. The two differ since a unit's place never changes: if the border
// between the first two variants moves, all later borders move as well.
//
//	a 0.5, b 0.25, c 0.25  →  a 0.25, b 0.25, c 0.5:  0.5 move, 0.25 at least
//	a 0.5, b 0.5           →  a 0.6, b 0.4:           0.1 move, 0.1 at least
func Moves(before, after []Variant) (moved, least float64) {
	had, has := make(map[string]int), make(map[string]int)
	changed, kept := 0, 0
	for b := range buckets {
		o, n := before[draw(before, b)].Name, after[draw(after, b)].Name
		had[o]++
		has[n]++
		if o != n {
			changed++
		}
	}
	for name, n := range has {
		kept += min(n, had[name])
	}
	return float64(changed) / buckets, float64(buckets-kept) / buckets
}

// A Change is the effect of a new configuration on a running experiment.
type Change struct {
	Experiment   string   `json:"experiment"`
	Moved        float64  `json:"moved"` // share of the units, 0 to 1
	Least        float64  `json:"least"` // see [Moves]
	Models       []string `json:"models,omitempty"`
	Share        float64  `json:"share"` // of the units that are enrolled
	Before       float64  `json:"share_before"`
	Unit, WasPer Unit     `json:"-"`
}

// Changes returns the experiments that are in both and in which some unit gets another
// variant or model, or is enrolled differently, in the order of after.
func Changes(before, after []*Experiment) []Change {
	was := make(map[string]*Experiment, len(before))
	for _, e := range before {
		was[e.Name] = e
	}
	var all []Change
	for _, e := range after {
		old := was[e.Name]
		if old == nil {
			continue
		}
		c := Change{Experiment: e.Name, Share: e.Enrol.Share, Before: old.Enrol.Share, Unit: e.Unit, WasPer: old.Unit}
		c.Moved, c.Least = Moves(old.Variants, e.Variants)
		for _, v := range e.Variants {
			for _, w := range old.Variants {
				if v.Name == w.Name && v.Model.Name != w.Model.Name {
					c.Models = append(c.Models, v.Name)
				}
			}
		}
		if c.Moved > 0 || len(c.Models) > 0 || c.Share != c.Before || c.Unit != c.WasPer {
			all = append(all, c)
		}
	}
	return all
}

// String describes the change in words.
func (c Change) String() string {
	var parts []string
	say := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if c.Unit != c.WasPer {
		say("each %s is assigned again, instead of each %s", c.Unit, c.WasPer)
	}
	switch {
	case c.Moved == 0:
	case c.Moved <= c.Least:
		say("%s of the units move to another variant, no more than the new weights need", percent(c.Moved))
	default:
		say("%s of the units move to another variant; %s is the least that the new weights need", percent(c.Moved), percent(c.Least))
	}
	if c.Moved > 0 {
		say("their later requests are left out of the comparison, and the check of the split is no longer valid: use a new name to start again")
	}
	if len(c.Models) > 0 {
		say("%s: another model answers, and is counted together with the old one: use a new name to separate them", strings.Join(c.Models, ", "))
	}
	if c.Share > c.Before {
		say("enrolment grows from %s to %s of the units; none leaves", percent(c.Before), percent(c.Share))
	}
	if c.Share < c.Before {
		say("enrolment shrinks from %s to %s of the units; none moves", percent(c.Before), percent(c.Share))
	}
	return c.Experiment + ": " + strings.Join(parts, "; ")
}
