package pipeline

import (
	"context"

	"sluice/routing"
	"sluice/routing/session"
)

// recallSession fills in what is remembered of the request's conversation. A first turn has
// nothing to remember: if the same was asked before, that was another conversation.
func (p *Pipeline) recallSession(ctx context.Context, r *request) {
	if r.passthrough || r.Session == "" {
		return
	}
	r.sessionKey = r.Session + "/" + r.Lane
	if p.stores.Sessions == nil || r.Kind == routing.HumanTurn && r.Turns <= 1 {
		return
	}
	ctx, cancel := p.storeContext(ctx)
	defer cancel()
	e, ok, err := p.stores.Sessions.Get(ctx, r.sessionKey)
	if err != nil {
		p.storeFailed("session", r.ID, err)
	}
	if ok {
		r.Past = routing.Past{Model: e.Model, Tokens: e.Tokens, Idle: max(p.now().Sub(e.Used), 0), Assigned: e.Assigned}
	}
}

// staying returns the candidate that the conversation continues with where the model answers
// now: the one before, if the model only replaces it for a request that does not take its
// effort.
func (p *Pipeline) staying(r *request, m *routing.Model) string {
	if past := p.rt.Router.Model(r.Past.Model); past != nil && past.For(r.Request) == m {
		return past.Name
	}
	return m.Name
}

// saveSession remembers which model answers a conversation: the one that was chosen first,
// and later the one that an escalation led to.
func (p *Pipeline) saveSession(ctx context.Context, plan *Plan, model string) {
	if plan.Session == "" || p.stores.Sessions == nil {
		return
	}
	ctx, cancel := p.mustFinish(ctx)
	defer cancel()
	e := session.Entry{Model: model, Tokens: plan.Tokens, Used: p.now(), Assigned: plan.Assignment}
	if err := p.stores.Sessions.Put(ctx, plan.Session, e); err != nil {
		p.storeFailed("session", plan.ID, err)
	}
}
