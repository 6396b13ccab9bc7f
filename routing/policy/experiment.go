package policy

import (
	"crypto/md5"

	"sluice/routing"
	"sluice/routing/signal"
)

// Experiment compares models on users: each user is drawn into one variant and stays
// in it. The model is the only candidate, since another model's answer would be
// counted for the wrong variant.
type Experiment struct {
	// Experiments lists the variants of each experiment, at least one, in the order in
	// which they were written.
	Experiments map[string][]Variant
	// Default answers where the experiment does not exist.
	Default *routing.Model
	// Active is the experiment of requests that name none.
	Active string
}

// A Variant is one arm of an experiment.
type Variant struct {
	Name   string
	Model  *routing.Model
	Weight float64 // share of the users, 0 to 1
}

// Decide gives the reason experiment_<variant>, or experiment_unknown.
func (e *Experiment) Decide(r *routing.Request) routing.Decision {
	d := explain(NameExperiment, r, signal.Scan(r.Prompt))
	d.Fixed = true
	name := e.Active
	if r.Experiment != "" {
		name = r.Experiment
	}
	model, reason := e.Default, "experiment_unknown"
	if variants, ok := e.Experiments[name]; ok {
		v := draw(variants, roll(r.User, name))
		model, reason = v.Model, "experiment_"+v.Name
	}
	d = propose(d, routing.ByExperiment, reason, []*routing.Model{model})
	d.EstimatedCost = EstimateCost(model, r, d.Signals.Tokens)
	return d
}

// draw returns the variant on whose share of 0 to 1 the roll falls. Where the weights
// leave a gap at the end, the first variant fills it.
func draw(variants []Variant, roll float64) Variant {
	sum := 0.0
	for _, v := range variants {
		sum += v.Weight
		if roll < sum {
			return v
		}
	}
	return variants[0]
}

// roll draws a number from 0 to 0.999 for the user: the MD5 of "user:experiment", read
// as one big number, modulo 1000. MD5 is no secret here, only well mixed.
func roll(user, experiment string) float64 {
	remainder := 0
	for _, b := range md5.Sum([]byte(user + ":" + experiment)) {
		remainder = (remainder<<8 | int(b)) % 1000
	}
	return float64(remainder) / 1000
}
