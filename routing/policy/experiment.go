package policy

import (
	"sluice/routing"
	"sluice/routing/experiment"
	"sluice/routing/signal"
)

// Experiment compares models on users: each user is drawn into one variant and stays in it.
// The model is the only candidate, since the answer of another would be counted for the
// wrong variant.
type Experiment struct {
	// Experiments has the experiments by name.
	Experiments map[string]*experiment.Experiment
	// Default answers where the experiment does not exist.
	Default *routing.Model
	// Active is the experiment of requests that name none.
	Active string
}

// Decide gives the reason experiment_<variant>, or experiment_unknown.
func (e *Experiment) Decide(r *routing.Request) routing.Decision {
	d := explain(NameExperiment, r, signal.Scan(r.Prompt))
	d.Fixed = true
	if r.Allowance.BuiltIn { // see [routing.Decision.Restriction]
		literal := *r
		literal.Allowance = routing.Allowance{}
		r = &literal
	}
	name := e.Active
	if r.Experiment != "" {
		name = r.Experiment
	}
	model, reason := e.Default, "experiment_unknown"
	if x, ok := e.Experiments[name]; ok {
		assigned, v := x.Assign(r, &d.Signals)
		d.Assigned, model, reason = assigned, v.Model, "experiment_"+v.Name
	}
	d = propose(d, routing.ByExperiment, reason, []*routing.Model{model})
	d.EstimatedCost = model.Estimate(r, d.Signals.Tokens)
	return d
}
