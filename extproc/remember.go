package extproc

import (
	"context"
	"time"

	"go.uber.org/zap"

	"sluice/routing"
	"sluice/routing/session"
)

// storeTime bounds a look into the store of sessions: without an answer the
// conversation is decided on afresh.
const storeTime = 50 * time.Millisecond

// sessionKey names one line of work of a conversation, "" where it cannot be told.
func sessionKey(r *routing.Request) string {
	if r.Session == "" {
		return ""
	}
	return r.Session + "/" + r.Lane
}

// recall fills in what is remembered of the request's conversation. A first turn has
// none: whoever asked the same before, it was another time.
func (s *Server) recall(r *routing.Request, key string) {
	if key == "" || s.sessions == nil || r.Kind == routing.HumanTurn && r.Turns <= 1 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	e, ok, err := s.sessions.Get(ctx, key)
	if err != nil {
		s.log.Warn("session not read", zap.String("request_id", r.ID), zap.Error(err))
	}
	if ok {
		r.Past = routing.Past{Model: e.Model, Tokens: e.Tokens, Idle: max(s.now().Sub(e.Used), 0)}
	}
}

// remember keeps who answers a conversation: the model first chosen, and later the one
// that an escalation led to.
func (s *Server) remember(id, key, model string, tokens int) {
	if key == "" || s.sessions == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	if err := s.sessions.Put(ctx, key, session.Entry{Model: model, Tokens: tokens, Used: s.now()}); err != nil {
		s.log.Warn("session not kept", zap.String("request_id", id), zap.Error(err))
	}
}
