package pipeline

import (
	"context"
	"slices"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"go.uber.org/zap"

	"sluice/routing"
	"sluice/routing/llmapi"
	"sluice/routing/verdict"
	"sluice/routing/verdict/failure"
)

// Sluice adds fields to requests: stream_options for the usage of a stream, a service tier, an
// effort. A provider that refuses one is asked once more without it, before any other. What was
// refused is remembered for a while, so that the requests after it do not pay for it again.

// Again is the attempt that asks a model once more. The zero value is none.
type Again struct {
	Attempt int              `json:"n,omitempty"`       // counted from 1
	Without []llmapi.Refused `json:"without,omitempty"` // what it leaves out
}

// withoutAdded has the same model asked once more if its error is about something that Sluice
// added, or about nothing in particular. It is nil where that is not so, or was tried before.
func (r *ResponseAttempt) withoutAdded(ctx context.Context, reason verdict.Reason) *Action {
	if r.Passthrough || r.model == nil || r.Again.Attempt != 0 || r.Check.Hash != "" || r.head.Attempt > len(r.Candidates) {
		return nil
	}
	e := r.answer.Error
	vague := (r.head.Status == 400 || r.head.Status == 422) && (reason == "" || reason == verdict.Unsupported) && failure.Vague(e)
	var without []llmapi.Refused
	for _, added := range r.Ask.Added(r.model) {
		named := reason == verdict.Unsupported && failure.Names(e, added.Field.Words()...)
		if vague || named {
			without = append(without, added)
		}
	}
	if len(without) == 0 {
		return nil
	}
	next := r.with(slices.Concat(r.Candidates[:r.head.Attempt], []string{r.model.Name}, r.Candidates[r.head.Attempt:]), r.rt.Router)
	if spent, _ := r.triedCost(); next == nil || !r.raise(ctx, r.Progress, r.model.Name, spent) {
		return nil
	}
	next.Again = Again{Attempt: r.head.Attempt + 1, Without: without}
	next.Ask.Refused = slices.Concat(next.Ask.Refused, without)
	r.reason = verdict.Unsupported
	b := r.bill()
	t := r.givenUp(r.reason, b)
	r.metrics.escalated(t)
	return r.retry(t, b, next)
}

// refusals remember which fields a provider does not take. They are safe for concurrent use.
type refusals struct {
	until *lru.Cache[llmapi.Refused, time.Time]
	log   *zap.Logger
}

const (
	maxRefusals  = 1 << 10
	refusalsLast = time.Hour // then the provider may have learned it
)

func newRefusals(log *zap.Logger) *refusals {
	until, err := lru.New[llmapi.Refused, time.Time](maxRefusals)
	if err != nil {
		panic("pipeline: " + err.Error()) // the size is a constant above 0
	}
	return &refusals{until, log}
}

// add remembers what was left out of a request that the provider then took.
func (f *refusals) add(list []llmapi.Refused, now time.Time) {
	for _, r := range list {
		f.until.Add(r, now.Add(refusalsLast))
		f.log.Info("a provider refuses a field that is added to requests; left out for an hour", zap.String("by", r.By), zap.String("field", string(r.Field)))
	}
}

// known lists what the models, or their providers, are known to refuse of what may be added.
func (f *refusals) known(ask llmapi.Ask, models []*routing.Model, now time.Time) []llmapi.Refused {
	if f.until.Len() == 0 {
		return nil
	}
	var out []llmapi.Refused
	for _, m := range models {
		for _, added := range ask.Added(m) {
			if until, ok := f.until.Get(added); ok && now.Before(until) && !slices.Contains(out, added) {
				out = append(out, added)
			}
		}
	}
	return out
}
