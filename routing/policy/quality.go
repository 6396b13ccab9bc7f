package policy

import "sluice/routing"

// Quality says what a weak answer costs. With the need of a request and the prices of the
// tiers, it gives the tier to start at: the one with the least expected loss.
//
// A tier's answer is weak if the request needs a stronger tier. The verdicts catch the share
// Caught of weak answers: each costs an answer of the tier that was needed, for the
// escalation. Each of the others costs WeakAnswer times as much.
//
//	loss(t) = price(t) + w × sum over u > t of P(need ≥ u) × price(u)
//	w       = Caught + (1 − Caught) × WeakAnswer
//
// The losses of neighbours t and u differ by what u costs more and by one term of the sum.
// So the step from t to u pays where
//
//	P(need ≥ u) > (1 − price(t)/price(u)) / w
//
// With w = 3.1 and a tier u that costs twenty times as much as t, that is .95/3.1 = .31. If
// both cost the same, any probability is enough.
type Quality struct {
	WeakAnswer float64 // costs this many answers of the tier needed
	Caught     float64 // share of the weak answers that the verdicts catch, 0 to 1
}

// caught is about the share of weak answers that the verdicts give up on labelled
// conversations (docs/decisions/006-verdicts.md).
const caught = 0.4

// Level returns the quality called low, balanced or high. With prices far apart they step
// to a stronger tier where the probability that it is needed is above .50, .32 and .17.
func Level(name string) (q Quality, known bool) {
	switch name {
	case "low":
		return Quality{WeakAnswer: 2.7, Caught: caught}, true
	case "balanced":
		return Quality{WeakAnswer: 4.5, Caught: caught}, true
	case "high":
		return Quality{WeakAnswer: 9.3, Caught: caught}, true
	default:
		return Quality{}, false
	}
}

// weight is how many answers of the tier needed a weak answer costs.
func (q Quality) weight() float64 { return q.Caught + (1-q.Caught)*q.WeakAnswer }

// An offer is what it takes to start a request at a tier.
type offer struct {
	tier  routing.Tier
	price float64 // estimated for the request, in US dollars
	need  float64 // probability that the offers before this one give a weak answer
}

// tier returns the tier of the least expected loss among the offers, weakest first; of
// equal losses the weaker tier, unless the stronger one costs no more. Without offers it
// is the weakest tier of all.
//
// The differences are added up from the best offer so far, and not from the first: so
// rounding cannot turn a greater need or quality into a weaker tier.
func (q Quality) tier(offers []offer) routing.Tier {
	if len(offers) == 0 {
		return routing.Budget
	}
	best, price, saved := offers[0], offers[0].price, 0.0
	for _, o := range offers[1:] {
		saved += q.weight()*o.need*o.price - (o.price - price)
		price = o.price
		if saved > 0 || saved == 0 && o.need > 0 && o.price <= best.price {
			best, saved = o, 0
		}
	}
	return best.tier
}

// worth returns the tier for the need of the request.
func (a *Auto) worth(r *routing.Request, d *routing.Decision) routing.Tier {
	var room [4]offer
	offers := a.offers(room[:0], r, d, true)
	if len(offers) == 0 { // as in adequate
		offers = a.offers(room[:0], r, d, false)
	}
	return a.Quality.tier(offers)
}

// offers appends an offer for the model of each tier. The need of a tier without a model
// goes to the next stronger one. A tier with the model of the tier below adds nothing.
func (a *Auto) offers(offers []offer, r *routing.Request, d *routing.Decision, strict bool) []offer {
	need := [...]float64{1, d.Signals.Need.Standard, d.Signals.Need.Premium, d.Signals.Need.Flagship}
	var below *routing.Model
	unmet := 0.0
	for i, t := range routing.Tiers() {
		m := a.answers(t, r, d, strict)
		switch {
		case m == nil:
			unmet = max(unmet, need[i])
		case m != below:
			offers = append(offers, offer{t, m.Estimate(r, d.Signals.Tokens), max(unmet, need[i])})
			below, unmet = m, 0
		}
	}
	return offers
}

// answers returns the model that answers for a tier: the tier's own, or if that cannot serve
// the request the cheapest of the tier that can; nil if there is none.
func (a *Auto) answers(t routing.Tier, r *routing.Request, d *routing.Decision, strict bool) *routing.Model {
	adequate := func(m *routing.Model) bool { return a.lacks(choice{model: m}, r, d, 0, strict) == "" }
	own := a.Tiers.TierModels[t]
	if adequate(own) {
		return own
	}
	if routing.Unfit(own, r, &d.Signals) != "" {
		for _, m := range a.Others[t] {
			if adequate(m) {
				return m
			}
		}
	}
	return nil
}
