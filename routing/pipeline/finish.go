package pipeline

import (
	"cmp"
	"context"
	"time"

	"go.uber.org/zap"

	"sluice/routing"
	"sluice/routing/cache"
	"sluice/routing/experiment"
	"sluice/routing/header"
	"sluice/routing/llmapi/answer"
	"sluice/routing/verdict"
)

// A Result is how a request ended.
type Result struct {
	Attempts  int
	Model     *routing.Model // whose answer the client got, or that was asked last; nil if it is not configured here
	Candidate string         // its name, where Model is nil
	Tried     []Tried        // attempts that were given up
	Status    int            // HTTP status; 0 is none
	Stream    bool
	Complete  bool // the client got all of an answer, and no error
	Failed    bool // the client got an error, or the beginning of an answer
	Usage     routing.Usage
	Cost      float64 // US dollars, of all attempts
	Estimated bool    // some of the cost is
	Took      time.Duration

	Verdict      verdict.Reason // on a weak answer that was delivered for want of another
	Unanswered   verdict.Reason // why no answer was released; "" where one was
	Details      string         // the proxy's, on a request without an answer
	Repaired     bool
	Agreement    string       // what became of the check by a second model
	Denied       bool         // no budget had money for another attempt
	SavedByCache float64      // US dollars
	Store        *cache.Entry // for the cache; nil is not stored
}

// claimFinish reports whether the caller is the first to finish the request, and so the one
// who settles it. A client may leave in the moment in which its answer is released, and then
// the proxy's log reports the request, too. Another replica does not know that; budgets charge
// once all the same.
func (p *Pipeline) claimFinish(plan *Plan) bool {
	known, _ := p.finished.ContainsOrAdd(plan.Nonce, struct{}{})
	return !known || plan.Nonce == 0
}

// finish settles a request, however it ended: the cache, the budgets, the experiment, the
// metrics and one log line. Callers have claimed it.
func (p *Pipeline) finish(ctx context.Context, plan *Plan, r *Result) {
	if r.Took == 0 {
		r.Took = since(plan.Started, p.now())
	}
	if plan.Check.Probe != "" {
		p.firsts.take(plan.Nonce) // no attempt asks for it any more
	}
	p.store(ctx, plan, r.Store)
	p.charge(ctx, plan, r.Cost)
	p.record(ctx, plan, r)
	p.metrics.finished(plan, r)
	p.logFinished(plan, r)
}

// record adds the result to the experiment that the request takes part in.
func (p *Pipeline) record(ctx context.Context, plan *Plan, r *Result) {
	a := plan.Assignment
	if a.Experiment == "" || p.stores.Experiments == nil {
		return
	}
	ctx, cancel := p.mustFinish(ctx)
	defer cancel()
	exposed, err := p.stores.Experiments.Record(ctx, a, experiment.Outcome{
		ID: plan.ID, At: p.now(), Cost: r.Cost, Seconds: r.Took.Seconds(), Tokens: r.Usage.Output,
		Escalated: r.Attempts > 1, Failed: r.Failed,
	})
	if err != nil {
		p.storeFailed("experiment", plan.ID, err)
		return
	}
	if exposed {
		p.metrics.exposed(a)
		p.log.Info("exposed", zap.String("request_id", plan.ID), zap.String("experiment", a.Experiment), zap.String("variant", a.Variant), zap.String("unit", a.Unit))
	}
}

// logFinished writes the one log line of a request.
func (p *Pipeline) logFinished(plan *Plan, r *Result) {
	model, effort := p.display(r.Candidate)
	tier := ""
	if r.Model != nil {
		model, effort, tier = r.Model.Base().Name, string(r.Model.Effort), r.Model.Tier.String()
	}
	fields := make([]zap.Field, 0, 32)
	text := func(key, value string) {
		if value != "" {
			fields = append(fields, zap.String(key, value))
		}
	}
	text("effort", effort)
	fields = append(fields,
		zap.String("request_id", plan.ID),
		zap.Stringer("api", plan.API),
		zap.String("strategy", plan.Strategy),
		zap.String("domain", plan.Domain),
		zap.String("reason", plan.Reason),
		zap.String("model", model),
		zap.String("tier", tier),
		zap.Int("attempts", r.Attempts),
		zap.String("escalation", Escalation(r.Tried)),
		zap.Int("status", r.Status),
		zap.Bool("stream", r.Stream),
		zap.Bool("whole", r.Complete),
		zap.Duration("took", r.Took),
		zap.Int("input_tokens", r.Usage.Input),
		zap.Int("output_tokens", r.Usage.Output),
		zap.Float64("cost_usd", r.Cost),
		zap.String("cost_source", costSource(r.Estimated)),
	)
	text("verdict", string(r.Verdict))
	text("why", string(r.Unanswered))
	text("details", r.Details)
	text("agreement", r.Agreement)
	text("cache", plan.Cache)
	text("experiment", plan.Assignment.Experiment)
	text("variant", plan.Assignment.Variant)
	if r.Agreement != "" {
		text("probe", plan.Check.Probe)
	}
	if r.Repaired {
		text("repaired", header.RepairedJSON)
	}
	if r.Denied {
		text("denied_by", "budget")
	}
	if plan.Saved > 0 {
		fields = append(fields, zap.Int("compressed_tokens", plan.Saved))
	}
	if r.SavedByCache > 0 {
		fields = append(fields, zap.Float64("saved_usd", r.SavedByCache))
	}
	message := "answered"
	if r.Unanswered != "" {
		message = "unanswered"
	}
	p.log.Info(message, fields...)
}

// Finish settles the request whose answer was delivered or replaced, after its last byte.
func (r *ResponseAttempt) Finish(ctx context.Context) {
	b := r.bill()
	usd, estimated := r.triedCost()
	res := &Result{
		Attempts: r.head.Attempt, Model: r.answering(), Candidate: r.RequestedModel, Tried: r.Tried,
		Status: cmp.Or(r.replied, r.head.Status), Stream: r.Streamed(), Complete: r.complete(),
		Failed: r.head.Status >= 300 || r.replied >= 400 || r.aborted != "" || r.meter != nil && r.meter.Failed(),
		Usage:  b.usage, Cost: usd + b.cost, Estimated: estimated || b.estimated,
		Verdict: r.reason, Repaired: r.mended != nil, Agreement: r.check, Denied: r.denied,
	}
	if r.instead != nil || r.estimated {
		res.Status, res.Failed = 200, false
	}
	res.Store = r.entry(res.Cost)
	if !r.claimFinish(r.Plan) {
		r.store(ctx, r.Plan, res.Store) // the proxy's log had no answer to store
		return
	}
	if reason := r.late(); reason != "" {
		r.learn(ctx, r.Plan, r.head.Attempt, r.model, reason)
	}
	if r.model != nil {
		r.metrics.judged(r.model, r.reason, since(r.attemptStart(), r.now()))
		r.spent(b)
		if r.Saved > 0 {
			r.metrics.saved("compression", r.model.Bill(routing.Usage{Input: r.Saved, Served: b.usage.Served}, r.Service))
		}
	}
	r.finish(ctx, r.Plan, res)
}

// complete reports whether the client got all of an answer that is none of an error.
func (r *ResponseAttempt) complete() bool {
	switch {
	case r.instead != nil, r.estimated:
		return true
	case !r.ended || r.head.Status >= 300 || r.replied >= 400:
		return false
	case r.meter != nil:
		return r.meter.Complete() && !r.meter.Failed()
	default:
		return true
	}
}

// entry returns the answer as the cache stores it, nil where not everybody who asks the same
// may get it.
func (r *ResponseAttempt) entry(cost float64) *cache.Entry {
	body := r.raw
	if r.instead != nil {
		body = r.instead.body
	}
	if r.CacheKey == "" || r.rt.Cache == nil || body == nil || !r.complete() {
		return nil
	}
	content, status := r.answer, r.head.Status
	switch {
	case r.instead != nil:
		content, status = r.firstContent(), 200
	case r.meter != nil: // judged by its beginning; now it is whole
		s := answer.NewStream(r.API.Format())
		s.Feed(r.raw)
		s.End()
		content = s.Response()
	}
	asked := routing.Request{MaxTokens: r.Limit}
	if !r.rt.Cache.Storable(&cache.Question{Key: r.CacheKey, Write: true}, &asked, &cache.Result{
		Status: status, Answer: content, Size: len(body), Accepted: r.reason == "", Limited: r.Limited,
	}) {
		return nil
	}
	return &cache.Entry{
		API: r.API, Stream: r.Streamed() && r.instead == nil, Body: body,
		Model: r.answering().Name, Tier: r.answering().Tier.String(), Cost: cost,
		Tokens: max(content.Usage.Output, 0), Stored: r.now(),
	}
}
