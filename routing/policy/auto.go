package policy

import (
	"cmp"
	"slices"

	"sluice/routing"
	"sluice/routing/signal"
)

// Auto joins complexity, domain and budget.
//
//  1. With the budget exhausted, as [Hierarchical] defines it, the model of the budget
//     tier is the only candidate.
//  2. The complexity asks for a tier. Adequate are the models of the prompt's domain
//     that are of that tier or a stronger one, and the models of that tier and of the
//     stronger ones in the hierarchy.
//  3. The first candidate is the cheapest adequate model of the domain, by estimated
//     cost; if the domain has none, the cheapest adequate one of all. Among equals the
//     one written first wins, and the weaker tier.
//  4. Behind it come the other adequate models that are not weaker than the first, as
//     what an escalation climbs: rising by tier; in one tier the domain's before the
//     others, and the cheaper before the dearer.
//
// For example, where code has [claude-sonnet-4, gpt-4o], both premium, a simple
// question about code gets gpt-4o (cheaper), claude-sonnet-4, then the flagship.
//
// A candidate that cannot serve a request can be left out anywhere in this order: what
// remains still climbs, and never falls below the tier that was asked for.
type Auto struct {
	Tiers   *Hierarchical
	Domains *Domain

	// Score and Classify replace the rules of package signal where they are set. They
	// may be called from many goroutines.
	Score    func(*routing.Request, signal.Facts) float64
	Classify func(*routing.Request, signal.Facts) string
}

// Decide gives the reason domain_code and so on where the domain's models were
// preferred, complexity_0.35 where not, or budget_exhausted.
func (a *Auto) Decide(r *routing.Request) routing.Decision {
	f := signal.Scan(r.Prompt)
	d := explain(NameAuto, r, f)
	if a.Score != nil {
		d.Complexity = a.Score(r, f)
	}
	if a.Classify != nil {
		d.Domain = a.Classify(r, f)
	}
	if a.Tiers.exhausted(r) {
		d = a.Tiers.exhaust(d)
		d.EstimatedCost = EstimateCost(d.Candidates[0], r, d.Signals.Tokens)
		return d
	}
	choices := a.adequate(r, &d)
	first := choices[0] // of the domain, where it has any
	for _, c := range choices {
		if c.from == first.from && c.cost < first.cost {
			first = c
		}
	}
	slices.SortStableFunc(choices, choice.compare)
	candidates := make([]*routing.Model, 1, len(choices))
	candidates[0] = first.model
	for _, c := range choices {
		if c.model != first.model && c.tier >= first.tier {
			candidates = append(candidates, c.model)
		}
	}
	reason := "domain_" + d.Domain
	if first.from == hierarchy {
		reason = complexityReason(d.Complexity)
	}
	d = propose(d, reason, candidates)
	d.Tier, d.EstimatedCost = first.tier, first.cost
	return d
}

// A choice is one adequate model.
type choice struct {
	model *routing.Model
	tier  routing.Tier
	from  source
	cost  float64 // estimated, in US dollars
}

// A source is where a choice comes from, the preferred one first.
type source uint8

const (
	domainList source = iota
	hierarchy
)

// adequate lists the models that are strong enough for the decision's complexity: those
// of its domain as they were written, then those of the hierarchy from the weakest on.
func (a *Auto) adequate(r *routing.Request, d *routing.Decision) []choice {
	least := a.Tiers.Above.tier(d.Complexity)
	choices := make([]choice, 0, 8)
	add := func(m *routing.Model, t routing.Tier, from source) {
		if t >= least && !slices.ContainsFunc(choices, func(c choice) bool { return c.model == m }) {
			choices = append(choices, choice{m, t, from, EstimateCost(m, r, d.Signals.Tokens)})
		}
	}
	for _, m := range a.Domains.Models[d.Domain] {
		add(m, m.Tier, domainList)
	}
	for _, t := range routing.Tiers() {
		add(a.Tiers.TierModels[t], t, hierarchy)
	}
	return choices
}

// compare orders by tier, then the domain's models before others, then by cost.
func (c choice) compare(o choice) int {
	return cmp.Or(cmp.Compare(c.tier, o.tier), cmp.Compare(c.from, o.from), cmp.Compare(c.cost, o.cost))
}
