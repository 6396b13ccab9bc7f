package experiment

import (
	"slices"

	"github.com/cespare/xxhash/v2"

	"sluice/routing"
)

// Trials enrol requests in experiments by the experiments' own rules: each request in the
// first whose rules it meets, so that none takes part in two. It is immutable, and implements
// [routing.Trial].
type Trials struct {
	open []*Experiment // those that enrol
}

// NewTrials returns the trials of the experiments, in their order.
func NewTrials(experiments []*Experiment) *Trials {
	t := &Trials{}
	for _, e := range experiments {
		if e.Enrol.Share > 0 {
			t.open = append(t.open, e)
		}
	}
	return t
}

// Enrol returns the request's assignment, and the model of its variant; nil if it is not
// enrolled. A request that names an experiment can be enrolled only in that one.
func (t *Trials) Enrol(r *routing.Request, d *routing.Decision) (routing.Assignment, *routing.Model) {
	for _, e := range t.open {
		if r.Experiment != "" && r.Experiment != e.Name || !e.meets(r, d) {
			continue
		}
		if a, v := e.Assign(r, &d.Signals); a != (routing.Assignment{}) {
			return a, v.Model
		}
	}
	return routing.Assignment{}, nil
}

// meets reports whether the request meets the rules of the enrolment.
func (e *Experiment) meets(r *routing.Request, d *routing.Decision) bool {
	rule := &e.Enrol
	if !slices.Contains(rule.Strategies, d.Strategy) {
		return false
	}
	if len(rule.Domains) > 0 && !slices.Contains(rule.Domains, d.Domain) {
		return false
	}
	if rule.Header != "" {
		value, sent := r.Headers[rule.Header]
		if !sent || rule.Value != "" && value != rule.Value {
			return false
		}
	}
	unit := e.Unit.of(r)
	return unit != "" && e.enrolled(unit)
}

// enrolled reports whether the unit is within the share. Its place from 0 to 1 never changes,
// so that a larger share only adds units. Its hash is not that of the variant: otherwise a
// share of 10 % would contain the first variant only.
func (e *Experiment) enrolled(unit string) bool {
	if e.Enrol.Share >= 1 {
		return true
	}
	var h xxhash.Digest
	h.Reset()
	_, _ = h.WriteString(e.Name)
	_, _ = h.Write([]byte{0})
	_, _ = h.WriteString(unit)
	return float64(h.Sum64()>>11)/(1<<53) < e.Enrol.Share
}
