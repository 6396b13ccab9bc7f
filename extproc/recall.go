package extproc

import (
	"context"
	"strconv"
	"strings"
	"time"

	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"go.uber.org/zap"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing"
	"sluice/routing/cache"
	"sluice/routing/config"
	"sluice/routing/header"
	"sluice/routing/llmapi/answer"
)

// question returns what the cache makes of a request, or why it has nothing to do with it.
func (s *Server) question(rt *config.Runtime, f facts, req *routing.Request, p *plan) (cache.Question, cache.Bypass) {
	if p.Part.Experiment != "" {
		return cache.Question{}, partaking
	}
	control := cache.ParseControl(f.header("cache-control"), f.header(header.Cache))
	_, query, _ := strings.Cut(f.path(), "?")
	control.Features = strings.Join([]string{f.header("anthropic-version"), f.header("anthropic-beta"), query}, "\n")
	return rt.Cache.Question(req, p.Strategy, control)
}

// partaking is why a request that takes part in an experiment is not cached: its variant
// must answer, and nobody else get that answer.
const partaking cache.Bypass = "experiment"

// kept is an answer from the cache, in the form that the client wants.
type kept struct {
	*cache.Entry
	body        []byte
	contentType string
}

// recallAnswer looks for the answer to an identical question, and waits for one that is
// being given where the configuration says so. Without one the plan says whether this
// answer is to be kept.
func (s *Server) recallAnswer(rt *config.Runtime, f facts, req *routing.Request, p *plan) *kept {
	if rt.Cache == nil || s.stores.Cache == nil || p.Untouched {
		return nil
	}
	q, bypass := s.question(rt, f, req, p)
	if bypass != "" {
		p.Cache = header.CacheBypass
		s.metrics.cached(p.Cache, string(bypass))
		return nil
	}
	p.Cache = header.CacheMiss
	if q.Read {
		ctx, cancel := s.bounded(rt)
		defer cancel()
		e, err := s.stores.Cache.Get(ctx, q.Key)
		if err != nil {
			s.failed("cache", p.ID, err)
		}
		if e == nil && err == nil && rt.Cache.Wait > 0 && q.Write {
			e = s.await(rt, q.Key, p)
		}
		if q.Accepts(e, s.now()) {
			if body, contentType, ok := e.Answer(req.Stream, req.IncludeUsage); ok {
				return &kept{e, body, contentType}
			}
		}
	}
	s.metrics.cached(p.Cache, "")
	if q.Write {
		p.Key = q.Key
	}
	return nil
}

// await lets the request wait for an identical one ahead of it. Where there is none, the
// others will wait for this one.
func (s *Server) await(rt *config.Runtime, key string, p *plan) *cache.Entry {
	ctx, cancel := s.bounded(rt)
	first, err := s.stores.Cache.Claim(ctx, key, rt.Lapse(p.Expect.Stream))
	cancel()
	switch {
	case err != nil:
		s.failed("cache", p.ID, err)
		return nil
	case first:
		p.Claimed = true
		return nil
	}
	return cache.Await(context.Background(), s.stores.Cache, key, rt.Cache.Wait)
}

// replay answers from the cache: nothing reaches a provider, and nothing is paid.
func (s *Server) replay(rt *config.Runtime, req *routing.Request, p *plan, e *kept) *extprocv3.ProcessingResponse {
	model, effort := named(rt, e.Model)
	age := max(s.now().Sub(e.Stored), 0)
	m := &mutation{}
	m.header("content-type", e.contentType)
	m.header("age", strconv.Itoa(int(age/time.Second)))
	m.header(header.Cache, header.CacheHit)
	m.header(header.Model, model)
	m.header(header.Effort, effort)
	m.header(header.Tier, e.Tier)
	m.header(header.Domain, p.Domain)
	m.header(header.Reason, p.Reason)
	m.header(header.RequestID, p.ID)
	if !req.Stream {
		m.header(header.Cost, dollars(0))
		m.header(header.CostSource, header.SourceProvider)
	}
	m.noteString(envoy.KeyModel, model)
	m.noteString(envoy.KeyEffort, effort)
	m.noteString(envoy.KeyTier, e.Tier)
	m.noteString(envoy.KeyStrategy, p.Strategy)
	m.noteString(envoy.KeyDomain, p.Domain)
	m.noteString(envoy.KeyReason, p.Reason)
	m.noteString(envoy.KeyCache, header.CacheHit)
	m.note(envoy.KeyCost, structpb.NewNumberValue(0))
	m.noteString(envoy.KeyCostSource, header.SourceProvider)
	s.metrics.cached(header.CacheHit, "")
	s.metrics.saved("cache", e.Cost)
	if req.Kind != routing.Preflight && req.Kind != routing.Auxiliary {
		s.remember(rt, p, e.Model)
	}
	s.log.Info("answered",
		zap.String("request_id", p.ID),
		zap.Stringer("api", p.API),
		zap.String("cache", header.CacheHit),
		zap.String("model", model),
		zap.String("effort", effort),
		zap.String("tier", e.Tier),
		zap.Float64("saved_usd", e.Cost),
		zap.Bool("stream", req.Stream),
		zap.Duration("age", age),
		zap.Duration("took", since(p.Started, s.now())),
	)
	return immediate(200, "cache", m, e.body)
}

// keep stores the answer of the judgement, and lets those go on that wait for it.
func (j *judgement) keep(cost float64) {
	if j.stores.Cache == nil || j.st.Key == "" {
		return
	}
	ctx, cancel := j.bounded(j.rt)
	defer cancel()
	if answer, ok := j.storable(); ok {
		e := &cache.Entry{
			API: j.st.API, Stream: j.sse && j.instead == nil, Body: j.given(),
			Model: j.answerer().Name, Tier: j.answerer().Tier.String(), Cost: cost,
			Tokens: max(answer.Usage.Output, 0), Stored: j.now(),
		}
		if err := j.stores.Cache.Put(ctx, j.st.Key, e, j.rt.Cache.TTL); err != nil {
			j.failed("cache", j.st.ID, err)
		}
	}
	j.unclaim(j.rt, &j.st.plan)
}

// unclaim lets those go on that wait for the answer to the plan's question.
func (s *Server) unclaim(rt *config.Runtime, p *plan) {
	if !p.Claimed || s.stores.Cache == nil { // planned by a replica that has one
		return
	}
	ctx, cancel := s.bounded(rt)
	defer cancel()
	if err := s.stores.Cache.Release(ctx, p.Key); err != nil {
		s.failed("cache", p.ID, err)
	}
}

// given is what the client got, nil where it is not wanted or too large.
func (j *judgement) given() []byte {
	if j.instead != nil {
		return j.instead.body
	}
	return j.raw
}

// storable returns the answer that was given, and whether everybody who asks the same may
// get it.
func (j *judgement) storable() (answer.Response, bool) {
	if j.rt.Cache == nil || j.given() == nil || !j.whole() {
		return answer.Response{}, false
	}
	given, status := j.answer, j.status
	if j.instead != nil {
		given, status = j.heldAnswer(), 200
	} else if j.sse { // judged by its beginning; now it is whole
		s := answer.NewStream(j.st.API.Format())
		s.Feed(j.raw)
		s.End()
		given = s.Response()
	}
	asked := routing.Request{MaxTokens: j.st.Limit}
	return given, j.rt.Cache.Storable(&cache.Question{Key: j.st.Key, Write: true}, &asked, &cache.Result{
		Status: status, Answer: given, Size: len(j.given()), Accepted: j.reason == "", Limited: j.st.Limited,
	})
}
