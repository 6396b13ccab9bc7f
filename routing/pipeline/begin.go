package pipeline

import (
	"cmp"
	"context"
	"time"

	"sluice/routing"
	"sluice/routing/compress"
	"sluice/routing/llmapi"
)

// Begin decides what becomes of a call. It returns
//   - a plan, whose first attempt is to be sent ([Plan.First]);
//   - or a reply, where the cache has the answer;
//   - or an error, for which [Pipeline.ErrorReply] has the client's reply.
//
// The budgets shape the decision and are asked again for the money that it may cost. In
// between others may have spent it, so a reservation that is denied leads to a decision
// under a tighter allowance. The plan is made once, after the reservation.
//
// Where the client leaves before that, the error is the context's or [ErrClientGone], and what was
// reserved is given back.
func (p *Pipeline) Begin(ctx context.Context, c *Call) (*Plan, *Reply, error) {
	began := p.now()
	r, err := p.read(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	if err := p.recallSession(ctx, r); err != nil && ctx.Err() == nil {
		return nil, nil, err
	}
	if ctx.Err() != nil { // what is remembered may not have been read, and must not be overwritten
		return nil, nil, ctx.Err()
	}
	decision, err := p.decide(r)
	if err != nil {
		return nil, nil, err
	}
	if len(decision.Candidates) == 0 {
		return nil, r.countReply(), nil
	}
	cached, err := p.lookUp(ctx, r, &decision)
	if err != nil {
		return nil, nil, err
	}
	if cached.hit != nil {
		return nil, p.cacheReply(ctx, r, &decision, cached.hit, began), nil
	}
	d := draft{request: r, decision: decision, cached: cached, began: began}
	if !r.passthrough {
		d.shortened, d.saved = compress.Edits(p.rt.Compression, r.Request, c.Body)
	}
	if err := p.reserve(ctx, &d); err != nil {
		p.releaseClaim(ctx, c.ID, cached)
		return nil, nil, err
	}
	plan := p.plan(&d)
	if known := p.begun.add(plan, c.Unique); !known || ctx.Err() != nil {
		p.Unsent(ctx, plan)
		return nil, nil, cmp.Or(ctx.Err(), ErrClientGone)
	}
	if r.inConversation() {
		p.saveSession(ctx, plan, plan.Home, plan.Home)
	}
	p.metrics.decided(&d.decision, plan, p.now().Sub(began))
	return plan, nil, nil
}

// A draft is what Begin has found out before it makes the plan.
type draft struct {
	*request
	decision  routing.Decision
	cached    lookup
	shortened []llmapi.Edit // of the prompt, by compression
	saved     int           // tokens, by the same
	charge    string        // name of the reservation
	accounts  []string      // of the budgets that pay
	began     time.Time
}
