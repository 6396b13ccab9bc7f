package pipeline

import (
	"cmp"
	"context"
	"slices"

	"sluice/routing"
	"sluice/routing/agent"
	"sluice/routing/session"
	"sluice/routing/verdict"
)

// recallSession fills in what is remembered of the request's conversation. A first turn has
// nothing to remember: if the same was asked before, that was another conversation. The error
// is one for the client: the provider keeps the conversation, and nobody knows which.
func (p *Pipeline) recallSession(ctx context.Context, r *request) error {
	if r.passthrough {
		return nil
	}
	key := ""
	continues := r.Owner != "" && (r.Thread || r.API == routing.OpenAIResponses)
	switch {
	case continues:
		key = agent.ThreadKey(threadsOf(r.Request), r.Owner)
	case r.Session != "":
		r.sessionKey = r.Session + "/" + r.Lane
		if r.Kind != routing.HumanTurn || r.Turns > 1 {
			key = r.sessionKey
		}
	}
	e, ok := p.entry(ctx, r.ID, key)
	if !ok {
		if continues && r.call.Offline == nil {
			return p.lost(r)
		}
		return nil
	}
	r.Past = routing.Past{
		Model: e.Model, Answered: e.Answered, Raised: e.Raised,
		Tokens: e.Tokens, Idle: max(p.now().Sub(e.Used), 0), Assigned: e.Assigned,
	}
	if e.Answered != "" && (r.Owner != "" || r.Signed && !p.sameProvider(e.Answered, e.Model)) {
		r.Past.Model = e.Answered // nobody else can go on
	}
	return nil
}

// entry returns what the store has under the key, and whether there is anything.
func (p *Pipeline) entry(ctx context.Context, id, key string) (session.Entry, bool) {
	if p.stores.Sessions == nil || key == "" {
		return session.Entry{}, false
	}
	ctx, cancel := p.storeContext(ctx)
	defer cancel()
	e, ok, err := p.stores.Sessions.Get(ctx, key)
	if err != nil {
		p.storeFailed("session", id, err)
	}
	return e, ok
}

func (p *Pipeline) sameProvider(one, other string) bool {
	a, b := p.rt.Router.Model(one), p.rt.Router.Model(other)
	return a != nil && b != nil && a.Provider == b.Provider
}

// threadsOf names the threads of Anthropic's API that the request's user has.
func threadsOf(r *routing.Request) string { return agent.ThreadsOf(r.Who.User) }

// lost returns the error of a conversation that a provider keeps, and nobody knows which; nil
// where only one can be meant.
func (p *Pipeline) lost(r *request) error {
	if r.API != routing.OpenAIResponses {
		return lostThread()
	}
	var only *routing.Provider
	for _, m := range p.rt.Router.Models() {
		switch {
		case !m.Provider.Speaks(routing.Responses):
		case only == nil:
			only = m.Provider
		case only != m.Provider:
			return &ReplyError{
				Status: 400, Code: "previous_response_not_found",
				Message: "no provider is known that keeps this conversation; send the whole of it without previous_response_id",
			}
		}
	}
	return nil
}

// lostThread is the error by which Anthropic's SDKs know that they must send the whole
// conversation again, for a thread of its own.
func lostThread() error {
	const code = "thread_not_found"
	return &ReplyError{
		Status: 404, Code: code, Message: "no model is known that keeps this thread; send the whole conversation with a new one",
		Extra: map[string]any{"details": map[string]any{"error_code": code}},
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

// home is the model that the conversation stays with once the attempts before answered's were
// given up: the one after the last that was no good for it, else the one that it began with.
// A provider that fails for a moment is no reason to move, nor is an answer that waited for a
// second model's.
func (p *Plan) home(tried []Tried, answered string) string {
	for i, t := range slices.Backward(tried) {
		switch {
		case t.why().Transient() || t.Reason == verdict.Agreement:
			continue
		case i+1 < len(tried):
			return tried[i+1].Model
		}
		return answered
	}
	return cmp.Or(p.Home, p.Candidates[0]) // a plan of an older replica does not say
}

// saveSession remembers which model the conversation stays with, and which one answers now.
func (p *Pipeline) saveSession(ctx context.Context, plan *Plan, home, answered string) {
	if plan.Session == "" {
		return
	}
	e := session.Entry{Model: home, Raised: plan.Raised, Tokens: plan.Tokens, Used: p.now(), Assigned: plan.Assignment}
	if answered != home {
		e.Answered = answered
	}
	p.putSession(ctx, plan.ID, plan.Session, e)
}

// saveThread remembers which model keeps the thread that the answer with the id belongs to.
func (p *Pipeline) saveThread(ctx context.Context, plan *Plan, id, model string) {
	if plan.Thread == "" || id == "" {
		return
	}
	p.putSession(ctx, plan.ID, agent.ThreadKey(plan.Thread, id), session.Entry{Model: model, Used: p.now(), Tokens: plan.Tokens})
}

func (p *Pipeline) putSession(ctx context.Context, id, key string, e session.Entry) {
	if p.stores.Sessions == nil {
		return
	}
	ctx, cancel := p.mustFinish(ctx)
	defer cancel()
	if err := p.stores.Sessions.Put(ctx, key, e); err != nil {
		p.storeFailed("session", id, err)
	}
}
