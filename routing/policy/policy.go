// Package policy holds the strategies: the ways of deciding which models answer a
// request, one file each.
//
//   - [Hierarchical]: by complexity and by what is left of the budget
//   - [Domain]: by what the prompt is about
//   - [Cascade]: always the same models, weakest first
//   - [Experiment]: by drawing lots that stay the same for a user
//   - [Auto]: joins complexity, domain and budget; the one to use
//
// A policy is plain data that package config fills from the file; it reads a request
// through package signal and knows nothing of wire formats or of the network. Which
// of its candidates can serve the request is checked by [routing.Router]. Candidates
// may be slices of the policy itself: they are not to be changed.
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

// explain starts the decision on a request with what every strategy tells about it.
func explain(strategy string, r *routing.Request, f signal.Facts) routing.Decision {
	return routing.Decision{
		Strategy:   strategy,
		Literal:    Literal(strategy),
		Domain:     f.Domain(),
		Complexity: f.Complexity(),
		Signals:    f.Signals(r),
	}
}

// propose completes the decision with its candidates, at least one; the first gives
// the model and the tier.
func propose(d routing.Decision, rule routing.Rule, reason string, candidates []*routing.Model) routing.Decision {
	d.Rule, d.Reason, d.Candidates = rule, reason, candidates
	d.Model, d.Tier = candidates[0].Name, candidates[0].Tier
	return d
}

func complexityReason(complexity float64) string {
	return "complexity_" + strconv.FormatFloat(complexity, 'f', 2, 64)
}
