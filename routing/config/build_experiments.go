package config

import (
	"cmp"

	"sluice/routing"
	"sluice/routing/experiment"
	"sluice/routing/policy"
)

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
