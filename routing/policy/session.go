package policy

import (
	"slices"

	"sluice/routing"
)

// stay weighs the choices for the prompt alone against the model of the conversation.
// Switching has a price of its own: prompt caches belong to one model, and reasoning that one
// provider signed or encrypted is refused or lost at another.
//
//   - While a tool call is open, the model stays.
//   - A continuation and a short turn ("go on") keep the decision before them, unless the
//     stage of the work needs a stronger model.
//   - A human turn moves up if the prompt needs it, and down only if that pays off within
//     [horizon] turns, with the provider's cache in the account.
//   - A turn that began with thinking goes on with it, and one that began without goes on
//     without, see [routing.Model.For].
//   - While the history carries signed reasoning, none of a lower tier is considered: it might
//     not read that reasoning. That the others are of the same provider is [routing.Binding].
func (a *Auto) stay(r *routing.Request, d *routing.Decision, choices []choice, rule routing.Rule, past choice) ([]choice, routing.Rule) {
	if r.OpenCall {
		d.Fixed = true
		return []choice{past}, routing.BySession
	}
	if r.Kind == routing.Continuation && r.Thought && past.model.For(r).Thinks() {
		choices = slices.DeleteFunc(choices, func(c choice) bool {
			stops := !c.model.For(r).Thinks()
			if stops {
				consider(r, d, c, "does not think, and the turn began with thinking")
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
			consider(r, d, first, "moving down costs more than it saves")
		}
	}
	// It stays. Weaker models are no help if its answer is weak.
	choices = slices.DeleteFunc(choices, func(c choice) bool { return c.model == past.model || c.tier < past.tier })
	return append([]choice{past}, choices...), routing.BySession
}

// pays reports whether the next turns of the conversation are cheaper with model to, which
// reads the whole context uncached first, than with model from, which may have it cached.
// Switching costs context × (uncached − cached).
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
