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
//  1. With the budget exhausted, as [Hierarchical] defines it, the model of the budget
//     tier is the only candidate. Auxiliary requests get the cheapest model.
//  2. What the prompt needs asks for a tier, weighed against the prices (see [Quality]);
//     a long input asks for a higher one at least. By the spec's score, code and
//     mathematics ask for the standard tier.
//     A short turn ("go on") is described together with the turns it stands on.
//  3. Adequate are the models of the prompt's domain, and of the tiers, that are not
//     weaker and can serve the request.
//  4. The first candidate is of the weakest adequate tier: the cheapest of the domain's
//     models there, else one of the domain's in the standard tier that costs at most
//     [reach] times as much or next to nothing, else the cheapest. Behind it come the others that are not
//     weaker, as what an escalation climbs: rising by tier, the domain's first.
//  5. A conversation stays with its model: see [Auto.remember].
type Auto struct {
	Tiers   *Hierarchical
	Domains *Domain
	Models  map[string]*routing.Model // every configured model, by name
	// Others are the models of each tier, cheapest first: where the tier's own model cannot
	// serve a request (it does not speak the client's format), they stand in for it.
	Others map[routing.Tier][]*routing.Model

	// Scorer replaces the rules of package signal where it is set. The tier then follows
	// from Quality, or where that is nil from the complexities above which a tier begins.
	Scorer  Scorer
	Quality *Quality
	Above   Thresholds
}

const (
	// reach is how many times the price a domain's own model may have.
	reach = 4
	// negligible is an amount in US dollars that is not worth a comparison.
	negligible = 0.0005
	// longInput and longDocument are the tokens of a prompt from which on it needs the
	// standard and the premium tier; the latter is also a domain of its own.
	longInput    = 2_000
	longDocument = 16_000
	// manyTurns is when a conversation is taken to grow: its model must have room for
	// as much again.
	manyTurns = 10
	// cacheLife is how long providers keep a prompt in their caches by default.
	cacheLife = 5 * time.Minute
	// horizon is the number of turns over which moving to a cheaper model must pay.
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
		return a.propose(d, r, routing.ByOwner, []choice{a.choice(past, false, r, &d)})
	}
	if r.Kind == routing.Preflight || r.Kind == routing.Auxiliary {
		return a.auxiliary(d, r, past)
	}
	least, rule := a.least(r, &d, prompt)
	choices := a.adequate(r, &d, least)
	if len(choices) == 0 { // the router finds what can serve it at all
		d.Rule, d.Reason, d.Tier = rule, string(rule), least
		return d
	}
	if choices[0].preferred && rule == routing.ByComplexity {
		rule = routing.ByDomain
	}
	if past != nil {
		choices, rule = a.remember(r, &d, choices, rule, a.choice(past, false, r, &d))
	}
	return a.propose(d, r, rule, choices)
}

// describe starts the decision with what the prompt says of itself, and returns the
// tokens of the prompt.
func (a *Auto) describe(r *routing.Request) (routing.Decision, int) {
	text := r.Prompt
	if r.Before != "" {
		text = r.Before + "\n" + r.Prompt
	}
	var f signal.Facts
	if a.Scorer == nil || r.Explain { // nothing else reads them
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

// least returns the tier that the request needs at least, and what asks for it.
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
		tier, rule = routing.Standard, routing.ByDomain // the smallest models get these wrong, which the spec's score does not tell
	}
	if r.Kind == routing.Continuation && (r.Stage.Severe || r.Stage.Repeated) {
		d.Signals.Stage = "up"
		if past := a.Models[r.Past.Model]; past != nil {
			tier = max(tier, past.Tier)
		}
		if tier < routing.Flagship {
			tier, rule = tier+1, routing.ByStage
		}
	}
	return tier, rule
}

// choice is a model as one decision sees it.
type choice struct {
	model     *routing.Model
	tier      routing.Tier // in which it stands
	most      routing.Tier // the strongest that it stands for, where it does for several
	preferred bool         // it is one of the domain's
	cost      float64      // estimated, in US dollars
}

func (a *Auto) choice(m *routing.Model, preferred bool, r *routing.Request, d *routing.Decision) choice {
	return choice{m, m.Tier, m.Tier, preferred, m.Estimate(r, d.Signals.Tokens)}
}

// adequate lists the models that are of tier least or stronger and can serve the
// request, the first candidate first and the others as an escalation climbs. Where
// none that is good at the language, or has room for a growing conversation, is left,
// the others count.
func (a *Auto) adequate(r *routing.Request, d *routing.Decision, least routing.Tier) []choice {
	all := a.all(r, d)
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
	if first := first(choices); first > 0 {
		c := choices[first]
		copy(choices[1:], choices[:first])
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

// lacks says why a model is not adequate, and "" if it is.
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

// all lists the models that may be chosen: the domain's, then those of the tiers.
func (a *Auto) all(r *routing.Request, d *routing.Decision) []choice {
	choices := make([]choice, 0, 8)
	add := func(m *routing.Model, t routing.Tier, preferred bool) {
		if i := slices.IndexFunc(choices, func(c choice) bool { return c.model == m }); i >= 0 {
			choices[i].most = max(choices[i].most, t)
			return
		}
		choices = append(choices, choice{m, t, t, preferred, m.Estimate(r, d.Signals.Tokens)})
	}
	for _, m := range a.Domains.Models[d.Domain] {
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
	case c.preferred != other.preferred && c.preferred:
		return -1
	case c.preferred != other.preferred:
		return 1
	default:
		return cmp.Compare(c.cost, other.cost)
	}
}

// auxiliary chooses for auxiliary and preflight requests: the cheapest model that can serve
// it. The conversation's own model answers a preflight, which asks for it, and what quotes
// the conversation (a compaction) where its reasoning is signed or reading it anew costs
// more than it saves.
func (a *Auto) auxiliary(d routing.Decision, r *routing.Request, past *routing.Model) routing.Decision {
	domain := d.Domain
	d.Domain = "" // what the conversation is about does not matter to a title or a summary of it
	choices := a.adequate(r, &d, routing.Budget)
	d.Domain = domain
	if past != nil && (r.Kind == routing.Preflight || r.Signed || r.OpenCall ||
		len(choices) == 0 || !pays(r, &d, past, choices[0].model)) {
		return a.propose(d, r, routing.BySession, []choice{a.choice(past, false, r, &d)})
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

// consider records a candidate's fate where the request asks for an explanation.
func consider(r *routing.Request, d *routing.Decision, c choice, fate string) {
	if r.Explain {
		d.Considered = append(d.Considered, routing.Considered{Model: c.model.Name, Tier: c.tier, Cost: c.cost, Outcome: fate})
	}
}
