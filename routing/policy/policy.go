// Package policy holds the strategies: the ways of deciding which models answer a
// request, one file each.
//
//   - [Hierarchical]: by the complexity of the prompt and the rest of the budget
//   - [Domain]: by the topic of the prompt
//   - [Cascade]: always the same models, weakest first
//   - [Experiment]: by a draw that stays the same for a user
//   - [Auto]: joins complexity, domain, budget and conversation; the default
//
// A policy is plain data that package config fills from the file. It knows no wire formats
// and no network; [routing.Router] checks which of its candidates can serve the request.
// Candidates may be slices of the policy itself and must not be changed. Start with
// [Hierarchical] or [Cascade], then read [Auto].
package policy

import (
	"strconv"

	"sluice/routing"
	"sluice/routing/signal"
)

// The names of the strategies in configuration, headers and decisions.
const (
	NameHierarchical = "hierarchical"
	NameDomain       = "domain"
	NameCascade      = "cascade"
	NameExperiment   = "experiment"
	NameAuto         = "auto"
)

// Literal reports whether the strategy is one of the published ones. The built-in default
// budget does not restrict them, beyond what the strategy itself makes of an exhausted
// budget; budgets that the operator wrote restrict every strategy.
func Literal(strategy string) bool {
	switch strategy {
	case NameHierarchical, NameDomain, NameCascade, NameExperiment:
		return true
	}
	return false
}

// explain starts the decision with the facts that every strategy reports.
func explain(strategy string, r *routing.Request, f signal.Facts) routing.Decision {
	return routing.Decision{
		Strategy:   strategy,
		Literal:    Literal(strategy),
		Domain:     f.Domain(),
		Complexity: f.Complexity(),
		Signals:    f.Signals(r),
	}
}

// propose completes the decision with its candidates, at least one. The first sets the model
// and the tier.
func propose(d routing.Decision, rule routing.Rule, reason string, candidates []*routing.Model) routing.Decision {
	d.Rule, d.Reason, d.Candidates = rule, reason, candidates
	d.Model, d.Tier = candidates[0].Name, candidates[0].Tier
	return d
}

func complexityReason(complexity float64) string {
	return "complexity_" + strconv.FormatFloat(complexity, 'f', 2, 64)
}
