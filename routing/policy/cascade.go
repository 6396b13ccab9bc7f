package policy

import (
	"sluice/routing"
	"sluice/routing/signal"
)

// Cascade starts at the same model for every request and escalates with each weak answer.
// [routing.Model.Timeout] and [routing.Model.MinConfidence] bound each step.
type Cascade struct {
	// Steps are the models in the order in which they are tried, at least one.
	Steps []*routing.Model
}

// Decide gives the reason cascade.
func (c *Cascade) Decide(r *routing.Request) routing.Decision {
	d := explain(NameCascade, r, signal.Scan(r.Prompt))
	d = propose(d, routing.ByCascade, "cascade", c.Steps)
	d.EstimatedCost = c.Steps[0].Estimate(r, d.Signals.Tokens)
	return d
}
