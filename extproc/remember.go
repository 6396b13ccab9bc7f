package extproc

import (
	"sluice/routing"
	"sluice/routing/config"
	"sluice/routing/session"
)

// sessionKey names one line of work of a conversation, "" where it cannot be told.
func sessionKey(r *routing.Request) string {
	if r.Session == "" {
		return ""
	}
	return r.Session + "/" + r.Lane
}

// recall fills in what is remembered of the request's conversation. A first turn has
// none: whoever asked the same before, it was another time.
func (s *Server) recall(rt *config.Runtime, r *routing.Request, key string) {
	if key == "" || s.stores.Sessions == nil || r.Kind == routing.HumanTurn && r.Turns <= 1 {
		return
	}
	ctx, cancel := s.bounded(rt)
	defer cancel()
	e, ok, err := s.stores.Sessions.Get(ctx, key)
	if err != nil {
		s.failed("session", r.ID, err)
	}
	if ok {
		r.Past = routing.Past{Model: e.Model, Tokens: e.Tokens, Idle: max(s.now().Sub(e.Used), 0), Assigned: e.Assigned}
	}
}

// staying returns the candidate that the conversation goes on with where the model answers
// now: the one before, if the model only stands in its place for a request that does not
// take its effort.
func staying(rt *config.Runtime, r *routing.Request, m *routing.Model) string {
	if past := rt.Router.Model(r.Past.Model); past != nil && past.For(r) == m {
		return past.Name
	}
	return m.Name
}

// remember keeps who answers a conversation: the model first chosen, and later the one
// that an escalation led to.
func (s *Server) remember(rt *config.Runtime, p *plan, model string) {
	if p.Session == "" || s.stores.Sessions == nil {
		return
	}
	ctx, cancel := s.bounded(rt)
	defer cancel()
	e := session.Entry{Model: model, Tokens: p.Tokens, Used: s.now(), Assigned: p.Part}
	if err := s.stores.Sessions.Put(ctx, p.Session, e); err != nil {
		s.failed("session", p.ID, err)
	}
}
