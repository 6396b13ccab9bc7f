package pipeline

import (
	"context"
	"strings"
	"time"

	"sluice/routing"
	"sluice/routing/cache"
	"sluice/routing/header"
	"sluice/routing/llmapi"
)

// A lookup is what the cache said to a request.
type lookup struct {
	status  string // value of x-sluice-cache, "" without a cache
	key     string // under which the answer may be stored; "" is not at all
	claimed bool   // identical requests wait for this one's answer
	hit     *cachedAnswer
}

// A cachedAnswer is an entry in the form that the client wants.
type cachedAnswer struct {
	*cache.Entry
	body        []byte
	contentType string
}

// inExperiment is why a request that takes part in an experiment is not cached: its variant
// must answer, and nobody else may get that answer.
const inExperiment cache.Bypass = "experiment"

// question returns what the cache makes of a request, or why it does not serve it.
func (p *Pipeline) question(r *request, d *routing.Decision) (cache.Question, cache.Bypass) {
	if d.Assigned.Experiment != "" {
		return cache.Question{}, inExperiment
	}
	control := cache.ParseControl(r.call.header("cache-control"), r.call.header(header.Cache))
	_, query, _ := strings.Cut(llmapi.ForwardedPath(r.call.Path), "?")
	features := []string{query}
	for _, name := range p.rt.File.CacheHeaders() {
		features = append(features, r.call.header(name))
	}
	control.Features = strings.Join(features, "\n")
	return p.rt.Cache.Question(r.Request, d.Strategy, control)
}

// lookUp looks for the answer to an identical question, and waits for one that is on its way
// where the configuration says so. The error is that of ctx.
func (p *Pipeline) lookUp(ctx context.Context, r *request, d *routing.Decision) (lookup, error) {
	if p.rt.Cache == nil || p.stores.Cache == nil || r.passthrough || r.counts() {
		return lookup{}, nil
	}
	q, bypass := p.question(r, d)
	if bypass != "" {
		p.metrics.cacheResult(header.CacheBypass, string(bypass))
		return lookup{status: header.CacheBypass}, nil
	}
	l := lookup{status: header.CacheMiss}
	if q.Read {
		e := p.find(ctx, r, &q, &l)
		if ctx.Err() != nil {
			p.releaseClaim(ctx, r.ID, lookup{key: q.Key, claimed: l.claimed})
			return lookup{}, ctx.Err()
		}
		if q.Accepts(e, p.now()) {
			if body, contentType, ok := e.Answer(r.Stream, r.IncludeUsage); ok {
				return lookup{status: header.CacheHit, hit: &cachedAnswer{e, body, contentType}}, nil
			}
		}
	}
	p.metrics.cacheResult(l.status, "")
	if q.Write {
		l.key = q.Key
	}
	return l, nil
}

// find returns the entry that answers the question, nil if there is none. It waits for an
// identical request ahead of this one; where there is none, others will wait for this one.
func (p *Pipeline) find(ctx context.Context, r *request, q *cache.Question, l *lookup) *cache.Entry {
	bounded, cancel := p.storeContext(ctx)
	defer cancel()
	e, err := p.stores.Cache.Get(bounded, q.Key)
	if err != nil {
		p.storeFailed("cache", r.ID, err)
	}
	if e != nil || err != nil || p.rt.Cache.Wait == 0 || !q.Write {
		return e
	}
	bounded, cancel = p.mustFinish(ctx)
	defer cancel()
	l.claimed, err = p.stores.Cache.Claim(bounded, q.Key, p.rt.Lifetime(r.Stream))
	switch {
	case err != nil:
		p.storeFailed("cache", r.ID, err)
		return nil
	case l.claimed:
		return nil
	}
	return cache.Await(ctx, p.stores.Cache, q.Key, p.rt.Cache.Wait)
}

// cacheReply answers from the cache: nothing reaches a provider, and nothing is paid.
func (p *Pipeline) cacheReply(ctx context.Context, r *request, d *routing.Decision, hit *cachedAnswer, began time.Time) *Reply {
	model, effort := p.display(hit.Model)
	s := Summary{
		RequestID: r.ID, Model: model, Effort: effort, Tier: hit.Tier,
		Strategy: d.Strategy, Domain: d.Domain, Reason: d.Reason,
		Cache: header.CacheHit, CostSource: header.SourceUsage,
	}
	plan := &Plan{ID: r.ID, API: r.API, Strategy: d.Strategy, Domain: d.Domain, Reason: d.Reason, Cache: s.Cache, Session: r.sessionKey, Tokens: d.Signals.Tokens, Assignment: d.Assigned, Started: began.UnixMilli()}
	if r.inConversation() {
		// That another model answered somebody else says nothing of this conversation's own.
		p.saveSession(ctx, plan, p.staying(r, d.Candidates[0]), hit.Model)
	}
	p.finish(ctx, plan, &Result{
		Model: p.rt.Router.Model(hit.Model), Candidate: hit.Model, Status: 200, Stream: r.Stream, Complete: true, SavedByCache: hit.Cost,
	})
	return &Reply{
		Status: 200, Details: "cache", ContentType: hit.contentType, Body: hit.body, Summary: s, HideCost: r.Stream,
		Age: max(p.now().Sub(hit.Stored), 0),
	}
}

// store keeps an answer that may be given again, and lets the requests go on that wait for
// it.
func (p *Pipeline) store(ctx context.Context, plan *Plan, e *cache.Entry) {
	if p.stores.Cache == nil || plan.CacheKey == "" {
		return
	}
	if e != nil {
		ctx, cancel := p.mustFinish(ctx)
		defer cancel()
		if err := p.stores.Cache.Put(ctx, plan.CacheKey, e, p.rt.Cache.TTL); err != nil {
			p.storeFailed("cache", plan.ID, err)
		}
	}
	p.releaseClaim(ctx, plan.ID, lookup{key: plan.CacheKey, claimed: plan.Claimed})
}

// releaseClaim lets the requests go on that wait for an identical one.
func (p *Pipeline) releaseClaim(ctx context.Context, id string, l lookup) {
	if !l.claimed || p.stores.Cache == nil { // claimed by a replica that has a cache
		return
	}
	ctx, cancel := p.mustFinish(ctx)
	defer cancel()
	if err := p.stores.Cache.Release(ctx, l.key); err != nil {
		p.storeFailed("cache", id, err)
	}
}
