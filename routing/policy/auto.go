package policy

import (
	"cmp"
	"slices"
	"time"

	"sluice/routing"
	"sluice/routing/signal"
	"sluice/routing/tokens"
)

// Auto is the strategy to use: it joins complexity, domain, budget, the stage of an
// agent's work and the conversation.
//
//  1. With an exhausted budget, the model of the budget tier is the only candidate.
//     Auxiliary and preflight requests get the cheapest model.
//  2. The tier follows from the need of the prompt and the prices (see [Quality]). A long
//     input raises it; with the spec's score, code and mathematics do, too. A short turn
//     ("go on") is scored together with the turns before it.
//  3. Adequate are models of the prompt's domain and of the tiers that are at least of that
//     tier and can serve the request.
//  4. The first candidate is of the weakest adequate tier: the domain's cheapest model of
//     that tier, else a standard model of the domain that costs at most [reach] times as
//     much or next to nothing, else the cheapest. The others follow for escalations: by
//     tier, the domain's first.
//  5. A conversation stays with its model, see [Auto.stay].
type Auto struct {
	Tiers   *Hierarchical
	Domains *Domain
	Models  map[string]*routing.Model // every configured model, by name
	// Others are the models of each tier, cheapest first. They take the place of the tier's
	// own model if that cannot serve a request, for example in the client's format.
	Others map[routing.Tier][]*routing.Model

	// Scorer replaces the rules of package signal, unless it is nil. The tier then follows
	// from Quality, or if that is nil from Above.
	Scorer  Scorer
	Quality *Quality
	Above   Thresholds
}

const (
	// reach is how many times as much a model of the domain may cost.
	reach = 4
	// negligible is a cost in US dollars that is not compared.
	negligible = 0.0005
	// longInput and longDocument are the tokens of a prompt that needs the standard and the
	// premium tier; a long document is also a domain of its own.
	longInput    = 2_000
	longDocument = 16_000
	// manyTurns is the number of turns from which on a conversation is expected to grow: its
	// model must have room for twice as much.
	manyTurns = 10
	// cacheLife is the default time for which providers cache a prompt.
	cacheLife = 5 * time.Minute
	// horizon is the number of turns in which moving to a cheaper model must pay off.
	horizon = 3
)

// Decide gives the rule as the reason.
func (a *Auto) Decide(r *routing.Request) routing.Decision {
	d, prompt := a.describe(r)
	if r.Allowance.Exhausted {
		d = a.Tiers.exhaust(d)
		d.EstimatedCost = d.Candidates[0].Estimate(r, d.Signals.Tokens)
		return d
	}
	past := a.Models[r.Past.Model]
	if past != nil && routing.Unfit(past, r, &d.Signals) != "" {
		past = nil
	}
	if r.Owner != "" && past != nil {
		d.Fixed = true
		return a.propose(d, r, routing.ByOwner, []choice{newChoice(past, r, &d)})
	}
	if r.Kind == routing.Preflight || r.Kind == routing.Auxiliary {
		return a.auxiliary(d, r, past)
	}
	least, rule := a.least(r, &d, prompt)
	choices := a.adequate(r, &d, d.Domain, least)
	if len(choices) == 0 && past == nil { // the router looks for any model that can serve it
		d.Rule, d.Reason, d.Tier = rule, string(rule), least
		return d
	}
	if len(choices) > 0 && choices[0].preferred && rule == routing.ByComplexity {
		rule = routing.ByDomain
	}
	if past != nil {
		choices, rule = a.stay(r, &d, choices, rule, newChoice(past, r, &d))
	}
	return a.propose(d, r, rule, choices)
}

// describe starts the decision with the facts about the prompt, and returns its tokens.
func (a *Auto) describe(r *routing.Request) (routing.Decision, int) {
	text := r.Prompt
	if r.Before != "" {
		text = r.Before + "\n" + r.Prompt
	}
	var f signal.Facts
	if a.Scorer == nil || r.Explain { // otherwise they are not used
		f = signal.Scan(text)
	}
	d := explain(NameAuto, r, f)
	if a.Scorer != nil {
		s := a.Scorer.Describe(text)
		d.Complexity, d.Domain = s.Complexity, s.Topic
		d.Signals.Need, d.Signals.Language = s.Need, s.Language
	}
	n := min(tokens.Estimate(text), d.Signals.Tokens)
	switch {
	case n >= longDocument:
		d.Domain = a.domain("long_context", d.Domain)
	case d.Signals.Language == "ko" && (d.Domain == signal.General || d.Domain == "writing"):
		d.Domain = a.domain("korean", d.Domain)
	}
	return d, n
}

// domain returns name if it has models of its own, else other.
func (a *Auto) domain(name, other string) string {
	if len(a.Domains.Models[name]) > 0 {
		return name
	}
	return other
}

// least returns the lowest tier that the request needs, and the reason.
func (a *Auto) least(r *routing.Request, d *routing.Decision, prompt int) (routing.Tier, routing.Rule) {
	var tier routing.Tier
	rule := routing.ByComplexity
	switch {
	case a.Scorer == nil:
		tier = a.Tiers.Above.tier(d.Complexity)
	case a.Quality == nil:
		tier = a.Above.tier(d.Complexity)
	default:
		tier = a.worth(r, d)
	}
	long := routing.Budget
	switch {
	case prompt >= longDocument:
		long = routing.Premium
	case prompt >= longInput:
		long = routing.Standard
	}
	if long > tier {
		tier, rule = long, routing.ByLength
	}
	if a.Scorer == nil && tier < routing.Standard && (d.Domain == "code" || d.Domain == "math") {
		tier, rule = routing.Standard, routing.ByDomain // the smallest models often get these wrong, and the spec's score does not show it
	}
	if r.Kind == routing.Continuation && incident(r) {
		d.Signals.Stage = "up"
		if past := a.Models[r.Past.Model]; past != nil {
			tier = past.Tier // one incident leads one tier up, whatever the turn's prompt seems to need
		}
		if tier < routing.Flagship {
			tier, rule = tier+1, routing.ByStage
		}
	}
	return tier, rule
}

// incident reports whether the agent's work goes badly for a reason that has not led to a
// stronger model before: the failures stay in the history for a while.
func incident(r *routing.Request) bool {
	fresh := r.Stage.Total - r.Past.Raised
	if fresh < 0 { // the history is shorter than it was: another one
		fresh = r.Stage.Total
	}
	return r.Stage.Trouble > 0 && r.Stage.Trouble <= fresh
}

// auxiliary decides on auxiliary and preflight requests: the cheapest model that can serve
// them. The conversation's own model answers a preflight, which is about that model. It also
// answers a request that quotes the conversation, such as a compaction, if its reasoning is
// signed or another model would have to read it uncached for more than that saves. Others
// follow in case it fails, those that are as strong first.
func (a *Auto) auxiliary(d routing.Decision, r *routing.Request, past *routing.Model) routing.Decision {
	choices := a.adequate(r, &d, "", routing.Budget) // a title or summary needs no model of the domain
	if past != nil && (r.Kind == routing.Preflight || r.Signed || r.OpenCall ||
		len(choices) == 0 || !pays(r, &d, past, choices[0].model)) {
		choices = slices.DeleteFunc(choices, func(c choice) bool { return c.model == past })
		slices.SortStableFunc(choices, func(c, other choice) int {
			return cmp.Compare(min(other.tier, past.Tier), min(c.tier, past.Tier))
		})
		return a.propose(d, r, routing.BySession, append([]choice{newChoice(past, r, &d)}, choices...))
	}
	if len(choices) == 0 {
		d.Rule, d.Reason, d.Tier = routing.ByAuxiliary, string(routing.ByAuxiliary), routing.Budget
		return d
	}
	return a.propose(d, r, routing.ByAuxiliary, choices)
}

// propose completes the decision.
func (a *Auto) propose(d routing.Decision, r *routing.Request, rule routing.Rule, choices []choice) routing.Decision {
	candidates := make([]*routing.Model, len(choices))
	for i, c := range choices {
		candidates[i] = c.model
		if i > 0 {
			consider(r, &d, c, "behind, should the answer be weak")
		}
	}
	d = propose(d, rule, string(rule), candidates)
	if len(choices) > 0 {
		d.Tier, d.EstimatedCost = choices[0].tier, choices[0].cost
		consider(r, &d, choices[0], "chosen")
	}
	return d
}
