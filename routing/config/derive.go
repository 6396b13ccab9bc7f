package config

import (
	"slices"

	"sluice/routing"
)

// derive fills what follows from the models and the file leaves out, so that a list of
// providers and models is a whole configuration.
func derive(f *File) {
	r := &f.Routing
	if r.TierModels == nil {
		r.TierModels = tierModels(f.candidates())
	}
	if r.DefaultModel == "" {
		r.DefaultModel = r.TierModels[routing.Standard.String()]
	}
	if len(r.Cascade) == 0 {
		for _, t := range []routing.Tier{routing.Budget, routing.Standard, routing.Flagship} {
			if m := r.TierModels[t.String()]; m != "" && !slices.Contains(r.Cascade, m) {
				r.Cascade = append(r.Cascade, m)
			}
		}
	}
}

// tierModels takes the first candidate of each tier, a model before one at an effort. A tier
// without candidates takes that of the next stronger tier, or else of the next weaker.
func tierModels(candidates []candidate) map[string]string {
	first := make(map[string]string)
	for _, c := range candidates {
		if _, ok := routing.ParseTier(c.tier); ok && first[c.tier] == "" {
			first[c.tier] = c.name
		}
	}
	tiers, out := routing.Tiers(), make(map[string]string)
	for i, t := range tiers {
		order := slices.Clone(tiers[i:])
		for j := i - 1; j >= 0; j-- {
			order = append(order, tiers[j])
		}
		for _, o := range order {
			if name := first[o.String()]; name != "" {
				out[t.String()] = name
				break
			}
		}
	}
	return out
}

// action is a key of the judge section whose value is escalate or keep.
type action struct {
	name  string
	value *string
}

func (j *Judge) actions() []action {
	return []action{
		{"empty", &j.Empty},
		{"length", &j.Length},
		{"refusal", &j.Refusal},
		{"policy_refusal", &j.PolicyRefusal},
		{"json", &j.JSON},
		{"tool_arguments", &j.ToolArguments},
		{"tool_call_text", &j.ToolCallText},
		{"repetition", &j.Repetition},
		{"unfinished", &j.Unfinished},
		{"wrong_language", &j.WrongLanguage},
		{"low_confidence", &j.LowConfidence},
		{"provider_error", &j.ProviderError},
		{"constraint", &j.Constraint},
	}
}

// Restrict removes the providers that keep rejects, with their models and all that names
// them, and returns their names. Models of tiers, the cascade and the default are derived
// again from those that remain.
func (f *File) Restrict(keep func(Provider) bool) (left []string) {
	for _, name := range sortedKeys(f.Providers) {
		if !keep(f.Providers[name]) {
			left = append(left, name)
			delete(f.Providers, name)
		}
	}
	f.Models = slices.DeleteFunc(f.Models, func(m Model) bool { return slices.Contains(left, m.Provider) })
	gone := func(name string) bool {
		_, ok := f.candidate(name)
		return !ok
	}
	r := &f.Routing
	again := tierModels(f.candidates())
	for tier, name := range r.TierModels {
		if gone(name) {
			r.TierModels[tier] = again[tier]
		}
	}
	for domain, names := range r.Domains {
		if r.Domains[domain] = slices.DeleteFunc(names, gone); len(r.Domains[domain]) == 0 {
			delete(r.Domains, domain)
		}
	}
	if r.Cascade = slices.DeleteFunc(r.Cascade, gone); len(r.Cascade) < 2 {
		r.Cascade = nil
	}
	if gone(r.DefaultModel) {
		r.DefaultModel = ""
	}
	if gone(r.StructuredModel) {
		r.StructuredModel = ""
	}
	if gone(f.Agreement.Probe) {
		f.Agreement.Probe = ""
	}
	f.Experiments = slices.DeleteFunc(f.Experiments, func(e Experiment) bool {
		return slices.ContainsFunc(e.Variants, func(v Variant) bool { return gone(v.Model) })
	})
	derive(f)
	return left
}
