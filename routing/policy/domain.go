package policy

import (
	"sluice/routing"
	"sluice/routing/signal"
)

// Domain chooses by the topic of the prompt.
type Domain struct {
	// Models lists the candidates of each domain, best first. Every list has one at least.
	Models map[string][]*routing.Model
	// Default serves the domains that Models does not have.
	Default *routing.Model
}

// Decide gives the reason domain_code, domain_general and so on.
func (p *Domain) Decide(r *routing.Request) routing.Decision {
	d := explain(NameDomain, r, signal.Scan(r.Prompt))
	candidates, ok := p.Models[d.Domain]
	if !ok {
		candidates = []*routing.Model{p.Default}
	}
	d = propose(d, routing.ByDomain, "domain_"+d.Domain, candidates)
	d.EstimatedCost = candidates[0].Estimate(r, d.Signals.Tokens)
	return d
}
