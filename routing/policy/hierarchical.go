package policy

import (
	"slices"

	"sluice/routing"
	"sluice/routing/signal"
)

// ReasonExhausted is the reason of decisions by an exhausted budget.
const ReasonExhausted = "budget_exhausted"

// Hierarchical chooses the tier by the complexity of the prompt. Weak answers escalate to the
// stronger tiers. With an exhausted budget, everything goes to the budget tier and stays
// there.
type Hierarchical struct {
	// TierModels has the model of every tier.
	TierModels map[routing.Tier]*routing.Model
	Above      Thresholds
}

// Thresholds are the complexities above which a tier begins.
type Thresholds struct {
	Standard, Premium, Flagship float64
}

// tierCosts are the estimated costs of a request in each tier, in US dollars: round figures
// of the published rules, whatever the models cost.
var tierCosts = map[routing.Tier]float64{
	routing.Budget:   0.001,
	routing.Standard: 0.01,
	routing.Premium:  0.05,
	routing.Flagship: 0.15,
}

// Decide gives the reason complexity_0.35, or budget_exhausted.
func (h *Hierarchical) Decide(r *routing.Request) routing.Decision {
	d := explain(NameHierarchical, r, signal.Scan(r.Prompt))
	tier := h.Above.tier(d.Complexity)
	if r.Allowance.Exhausted {
		tier = routing.Budget
		d = h.exhaust(d)
	} else {
		d = propose(d, routing.ByComplexity, complexityReason(d.Complexity), h.ladder(tier))
	}
	d.Tier = tier
	d.EstimatedCost = tierCosts[tier]
	return d
}

// exhaust makes the model of the budget tier the only candidate.
func (h *Hierarchical) exhaust(d routing.Decision) routing.Decision {
	d.Fixed = true
	return propose(d, routing.ByBudget, ReasonExhausted, []*routing.Model{h.TierModels[routing.Budget]})
}

// ladder returns the models from the tier upwards, each once.
func (h *Hierarchical) ladder(from routing.Tier) []*routing.Model {
	models := make([]*routing.Model, 0, 4)
	for t := from; t <= routing.Flagship; t++ {
		if m := h.TierModels[t]; !slices.Contains(models, m) {
			models = append(models, m)
		}
	}
	return models
}

// tier returns the tier for the complexity.
func (t Thresholds) tier(complexity float64) routing.Tier {
	switch {
	case complexity > t.Flagship:
		return routing.Flagship
	case complexity > t.Premium:
		return routing.Premium
	case complexity > t.Standard:
		return routing.Standard
	default:
		return routing.Budget
	}
}
