package policy

import (
	"slices"

	"sluice/routing"
)

// remember weighs what the prompt alone would choose against the model that the
// conversation is with. Switching has a price that the prompt does not show: the
// provider's prompt cache is the model's own, and reasoning that one issuer signed or
// encrypted is refused or lost at another.
//
//   - While a tool call is open, nothing moves.
//   - A continuation and a short turn ("go on") keep the decision they stand on, unless
//     the stage of the work asks for a stronger model.
//   - A human turn moves up where the prompt asks for it, and down only where that pays
//     within [horizon] turns, what the cache holds priced in.
//   - A turn that thinks goes on thinking: what answers in the middle of it switches that
//     neither off nor, see [routing.Model.For], on.
//   - While the history carries signed reasoning, only models of the same provider count,
//     and nothing moves down: another model of the issuer may not read it either.
func (a *Auto) remember(r *routing.Request, d *routing.Decision, choices []choice, rule routing.Rule, past choice) ([]choice, routing.Rule) {
	if r.OpenCall {
		d.Fixed = true
		return []choice{past}, routing.BySession
	}
	if r.Signed {
		choices = slices.DeleteFunc(choices, func(c choice) bool {
			foreign := c.model.Provider != past.model.Provider
			if foreign {
				consider(r, d, c, "cannot read the reasoning that "+past.model.Provider.Name+" signed")
			}
			return foreign
		})
	}
	if r.Kind == routing.Continuation && r.Thought && past.model.For(r).Thinks() {
		choices = slices.DeleteFunc(choices, func(c choice) bool {
			stops := !c.model.For(r).Thinks()
			if stops {
				consider(r, d, c, "does not think, and the turn has begun with thinking")
			}
			return stops
		})
	}
	keeps := r.Kind == routing.Continuation || r.Before != ""
	if len(choices) > 0 && choices[0].model != past.model {
		switch first := choices[0]; {
		case first.tier > past.tier && (!keeps || rule == routing.ByStage):
			return choices, rule
		case first.tier < past.tier && !keeps && !r.Signed && pays(r, d, past.model, first.model):
			return choices, rule
		case first.tier < past.tier && !keeps:
			consider(r, d, first, "moving down would cost more than it saves")
		}
	}
	// It stays; what is weaker is no help should its answer be weak.
	choices = slices.DeleteFunc(choices, func(c choice) bool { return c.model == past.model || c.tier < past.tier })
	return append([]choice{past}, choices...), routing.BySession
}

// pays reports whether the conversation is cheaper over the next turns with model to:
// it must read the whole context uncached first, while from may still have it cached.
// The price of switching is context × (uncached − cached).
func pays(r *routing.Request, d *routing.Decision, from, to *routing.Model) bool {
	context := float64(d.Signals.Tokens)
	turn := func(m *routing.Model, cached bool) float64 {
		input := m.Price.Input
		if cached {
			input = m.Price.CachedInput
		}
		return context*input + float64(m.AssumedLength(0))*m.Price.Output
	}
	stay := turn(from, r.Past.Idle < cacheLife) + (horizon-1)*turn(from, true)
	move := turn(to, false) + (horizon-1)*turn(to, true)
	return move < stay
}
