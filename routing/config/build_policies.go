package config

import (
	"cmp"
	"slices"

	"sluice/routing"
	"sluice/routing/experiment"
	"sluice/routing/policy"
)

// buildPolicies returns the strategies by name. There is no other list of them.
func buildPolicies(f *File, all []*routing.Model, byName map[string]*routing.Model, experiments []*experiment.Experiment) (map[string]routing.Policy, error) {
	r := &f.Routing
	pick := func(names []string) []*routing.Model {
		models := make([]*routing.Model, len(names))
		for i, name := range names {
			models[i] = byName[name]
		}
		return models
	}
	tierModels := make(map[routing.Tier]*routing.Model)
	for _, t := range routing.Tiers() {
		tierModels[t] = byName[r.TierModels[t.String()]]
	}
	hierarchical := &policy.Hierarchical{
		TierModels: tierModels,
		Above:      policy.Thresholds(r.Tiers),
	}
	domains := make(map[string][]*routing.Model, len(r.Domains))
	for name, list := range r.Domains {
		domains[name] = pick(list)
	}
	domain := &policy.Domain{Models: domains, Default: byName[r.DefaultModel]}
	named := make(map[string]*experiment.Experiment, len(experiments))
	for _, e := range experiments {
		named[e.Name] = e
	}
	auto := &policy.Auto{Tiers: hierarchical, Domains: domain, Models: byName, Others: make(map[routing.Tier][]*routing.Model)}
	for _, m := range all {
		if m.StandsIn() {
			auto.Others[m.Tier] = append(auto.Others[m.Tier], m)
		}
	}
	for _, models := range auto.Others {
		slices.SortStableFunc(models, (*routing.Model).CompareCost)
	}
	if r.Scorer == "learned" {
		learned, err := policy.NewLearned()
		if err != nil {
			return nil, err
		}
		auto.Scorer = learned
		if r.Calibrate != nil {
			auto.Above = buildCalibration(r.Calibrate, learned, tierModels)
		} else {
			auto.Quality = buildQuality(r.Quality)
		}
	}
	return map[string]routing.Policy{
		policy.NameAuto:         auto,
		policy.NameHierarchical: hierarchical,
		policy.NameDomain:       domain,
		policy.NameCascade:      &policy.Cascade{Steps: pick(r.Cascade)},
		policy.NameExperiment:   &policy.Experiment{Experiments: named, Default: byName[r.DefaultModel], Active: r.Experiment},
	}, nil
}

// buildExperiments turns the experiments into their running form, in their order.
func buildExperiments(f *File, byName map[string]*routing.Model) []*experiment.Experiment {
	all := make([]*experiment.Experiment, len(f.Experiments))
	for i, e := range f.Experiments {
		x := &experiment.Experiment{
			Name: e.Name,
			Unit: experiment.Unit(cmp.Or(e.Unit, string(experiment.ByUser))),
			Enrol: experiment.Enrolment{
				Share: e.Enrol.Share, Strategies: e.Enrol.Strategies, Domains: e.Enrol.Domains,
				Header: e.Enrol.Header, Value: e.Enrol.Value,
			},
			Variants: make([]experiment.Variant, len(e.Variants)),
		}
		if len(x.Enrol.Strategies) == 0 {
			x.Enrol.Strategies = []string{policy.NameAuto}
		}
		for j, v := range e.Variants {
			x.Variants[j] = experiment.Variant{Name: v.Name, Model: byName[v.Model], Weight: v.Weight}
		}
		all[i] = x
	}
	return all
}

func buildQuality(q *Quality) *policy.Quality {
	out, _ := policy.Level(cmp.Or(q.Level, "balanced"))
	out.WeakAnswer, out.Caught = valueOr(q.WeakAnswer, out.WeakAnswer), valueOr(q.Caught, out.Caught)
	return &out
}

// buildCalibration turns the configured target into thresholds.
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

// buildAgreement returns the checker of decisions, nil for none.
func buildAgreement(f *File, models []*routing.Model, byName map[string]*routing.Model) routing.Checker {
	if f.Agreement.When != checkable {
		return nil
	}
	a := &policy.Agreement{Domains: f.Agreement.Domains}
	if m := byName[f.Agreement.Probe]; m != nil {
		a.Models = []*routing.Model{m}
		return a
	}
	a.Models = slices.DeleteFunc(slices.Clone(models), func(m *routing.Model) bool { return m.Tier > routing.Standard || !m.StandsIn() })
	slices.SortStableFunc(a.Models, (*routing.Model).CompareCost)
	return a
}
