package pipeline

import (
	"cmp"
	"context"
	"time"

	"sluice/routing/verdict"
)

// How long the parts of a streamed answer may take. Until some of the answer has come, the
// attempt has the model's own time-out, as one that is not streamed has for the whole. Comments
// and pings say that a connection is alive and not that an answer will come, so they do not
// prolong it; thoughts do, since a model at work is only made dearer by asking another. From then
// on silence is bounded, and any byte is a sign of life.

// Deadline returns when [ResponseAttempt.Expire] is to be called if nothing more has come; the
// zero time is never. The proxy bounds what is not streamed.
func (r *ResponseAttempt) Deadline() time.Time {
	switch {
	case r.ended || r.model == nil || !r.decided && !r.Expect.Stream && r.stream == nil || r.decided && r.meter == nil:
		return time.Time{}
	case r.decided:
		return r.last.Add(r.silence())
	case !r.spoken():
		return time.UnixMilli(r.attemptStart()).Add(r.timeout())
	default:
		hold, silent := r.words.Add(r.rt.Judge.Settings().Hold.Time), r.last.Add(r.silence())
		if silent.Before(hold) {
			return silent
		}
		return hold
	}
}

// Expire tells that the deadline is over.
func (r *ResponseAttempt) Expire(ctx context.Context) *Action {
	if r.Deadline().IsZero() {
		return nil
	}
	if r.decided {
		return r.abort(verdict.Timeout, detailsSilent)
	}
	r.lost = true
	switch {
	case r.reading == errorBody:
		return r.refused(ctx)
	case r.stream == nil:
		return r.reject(ctx, verdict.Timeout)
	case r.spoken() && r.now().Before(r.words.Add(r.rt.Judge.Settings().Hold.Time)):
		return r.streamVerdict(ctx, r.stream.Stall())
	default:
		return r.streamVerdict(ctx, r.stream.Expire())
	}
}

// heard notes that a part of the answer has come.
func (r *ResponseAttempt) heard() {
	r.last = r.now()
	if !r.spoken() && r.stream != nil && r.stream.Words() {
		r.words = r.last
	}
}

// spoken reports whether some of the answer has come, as far as it was judged.
func (r *ResponseAttempt) spoken() bool { return !r.words.IsZero() }

// silence is how long the provider may say nothing.
func (r *ResponseAttempt) silence() time.Duration {
	idle := time.Duration(r.rt.File.Routing.Limits.StreamIdle)
	if !r.spoken() {
		return max(idle, r.timeout()) // its first word may be to come
	}
	return idle
}

func (r *ResponseAttempt) timeout() time.Duration { return r.rt.Timeout(r.model.Name) }

// LongestAttempt is the longest that any attempt of the request may take until some of the
// answer has come.
func (p *Pipeline) LongestAttempt(plan *Plan) time.Duration {
	var longest time.Duration
	for _, m := range p.mayAnswer(plan, plan.Request) {
		longest = max(longest, p.rt.Timeout(m.Name))
	}
	return cmp.Or(longest, time.Duration(p.rt.File.Routing.Limits.TotalTime))
}
