package policy

import (
	"slices"

	"sluice/routing"
	"sluice/routing/agreement"
)

// Agreement lets a second cheap model, of another family, check the one that a request starts
// at. It does so if the two, and a strong model in case they differ, are expected to cost less
// than starting at the next tier. It is part of strategy auto.
type Agreement struct {
	Domains []string         // none is all
	Models  []*routing.Model // that may check, cheapest first
}

// How often two models differ, measured on 600 checkable requests, a third each of what code
// gives out, of hard and of school mathematics: gpt-4o-mini with gemini-1.5-flash in 43 %,
// with the smaller llama-3.1-8b in 51 % (`sluice eval --task agreement`, see
// docs/decisions/011-agreement.md).
const (
	disagree     = 0.45
	disagreeWeak = 0.55 // where the second model is of a weaker tier
)

// Check returns the models that check the decision; nil if the first candidate answers alone,
// as for agents, streams, experiments, and conversations bound to a provider.
func (a *Agreement) Check(r *routing.Request, d *routing.Decision, fits func(*routing.Model) bool) *routing.Agreement {
	switch {
	case d.Strategy != NameAuto, d.Fixed, len(d.Candidates) < 2, d.Assigned.Experiment != "",
		r.Stream, r.Kind != routing.HumanTurn, r.Signed, r.OpenCall, r.Owner != "",
		len(a.Domains) > 0 && !slices.Contains(a.Domains, d.Domain):
		return nil
	}
	first := d.Candidates[0]
	next := stronger(d.Candidates, first.Tier)
	if first.Tier > routing.Standard || next == nil {
		return nil
	}
	cost := func(m *routing.Model) float64 { return m.Estimate(r, d.Signals.Tokens) }
	best := routing.Agreement{Cost: cost(next), Instead: cost(next)}
	for _, m := range a.Models {
		strong := stronger(d.Candidates, max(first.Tier, m.Tier))
		if m.Family == first.Family || m.Tier > routing.Standard || strong == nil || !fits(m) || !m.Knows(d.Signals.Language) {
			continue
		}
		share := disagree
		if m.Tier < first.Tier {
			share = disagreeWeak
		}
		if expected := cost(first) + cost(m) + share*cost(strong); expected < best.Cost {
			best.Probe, best.Strong, best.Cost = m, strong, expected
		}
	}
	if best.Probe == nil || !agreement.Of(r).Checkable() { // last, since reading the prompt takes longest
		return nil
	}
	return &best
}

// stronger returns the first of the candidates above the tier, nil if there is none.
func stronger(candidates []*routing.Model, tier routing.Tier) *routing.Model {
	i := slices.IndexFunc(candidates, func(m *routing.Model) bool { return m.Tier > tier })
	if i < 0 {
		return nil
	}
	return candidates[i]
}
