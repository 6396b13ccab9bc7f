package policy

import (
	"cmp"
	"slices"

	"sluice/routing"
)

// choice is a model that a decision considers.
type choice struct {
	model     *routing.Model
	tier      routing.Tier // for which it is considered
	most      routing.Tier // the strongest of them, if it is the model of several tiers
	preferred bool         // it is one of the domain's
	cost      float64      // estimated, in US dollars
}

func newChoice(m *routing.Model, r *routing.Request, d *routing.Decision) choice {
	return choice{model: m, tier: m.Tier, most: m.Tier, cost: m.Estimate(r, d.Signals.Tokens)}
}

// adequate lists the models of the domain and of the tiers that are of tier least or
// stronger and can serve the request: the first candidate, then the others in the order of
// escalation. Models that are not good at the language, or have no room for a growing
// conversation, are left out unless there are no others.
func (a *Auto) adequate(r *routing.Request, d *routing.Decision, domain string, least routing.Tier) []choice {
	all := a.all(r, d, domain)
	choices := make([]choice, 0, len(all))
	for _, strict := range []bool{true, false} {
		for _, c := range all {
			switch why := a.lacks(c, r, d, least, strict); {
			case why == "":
				choices = append(choices, c)
			case strict:
				consider(r, d, c, why)
			}
		}
		if len(choices) > 0 {
			break
		}
	}
	if len(choices) == 0 {
		return nil
	}
	slices.SortStableFunc(choices, choice.compare)
	if at := first(choices); at > 0 {
		c := choices[at]
		copy(choices[1:], choices[:at])
		choices[0] = c
	}
	tier := choices[0].tier
	return slices.DeleteFunc(choices, func(c choice) bool {
		if c.tier < tier {
			consider(r, d, c, "weaker than the model chosen")
		}
		return c.tier < tier
	})
}

// lacks says why a model is not adequate, "" if it is.
func (a *Auto) lacks(c choice, r *routing.Request, d *routing.Decision, least routing.Tier, strict bool) string {
	if c.most < least {
		return "weaker than the " + least.String() + " tier"
	}
	if why := routing.Unfit(c.model, r, &d.Signals); why != "" {
		return why
	}
	if strict && !c.model.Knows(d.Signals.Language) {
		return "is not good at the language " + d.Signals.Language
	}
	if strict && r.Turns >= manyTurns && c.model.Context != 0 && 2*d.Signals.Tokens > c.model.Context {
		return "has no room for a conversation that grows"
	}
	return ""
}

// all lists the models of the domain, then those of the tiers.
func (a *Auto) all(r *routing.Request, d *routing.Decision, domain string) []choice {
	choices := make([]choice, 0, 8)
	add := func(m *routing.Model, t routing.Tier, preferred bool) {
		if i := slices.IndexFunc(choices, func(c choice) bool { return c.model == m }); i >= 0 {
			choices[i].most = max(choices[i].most, t)
			return
		}
		choices = append(choices, choice{m, t, t, preferred, m.Estimate(r, d.Signals.Tokens)})
	}
	for _, m := range a.Domains.Models[domain] {
		add(m, m.Tier, true)
	}
	for _, t := range routing.Tiers() {
		add(a.Tiers.TierModels[t], t, false)
		if routing.Unfit(a.Tiers.TierModels[t], r, &d.Signals) != "" {
			for _, m := range a.Others[t] {
				add(m, t, false)
			}
		}
	}
	return choices
}

// first returns the index of the first candidate among sorted choices.
func first(choices []choice) int {
	if choices[0].preferred {
		return 0
	}
	for i, c := range choices {
		if c.preferred && c.tier == routing.Standard && c.cost <= max(reach*choices[0].cost, negligible) {
			return i
		}
	}
	return 0
}

// compare orders by tier, the domain's models before the others, then by cost.
func (c choice) compare(other choice) int {
	switch {
	case c.tier != other.tier:
		return cmp.Compare(c.tier, other.tier)
	case c.preferred != other.preferred:
		if c.preferred {
			return -1
		}
		return 1
	}
	return cmp.Compare(c.cost, other.cost)
}

// consider records what became of a candidate, if the request asks for an explanation.
func consider(r *routing.Request, d *routing.Decision, c choice, outcome string) {
	if r.Explain {
		d.Considered = append(d.Considered, routing.Considered{Model: c.model.Name, Tier: c.tier, Cost: c.cost, Outcome: outcome})
	}
}
