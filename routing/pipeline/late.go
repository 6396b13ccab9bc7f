package pipeline

import (
	"context"

	"sluice/routing"
	"sluice/routing/llmapi/answer"
	"sluice/routing/verdict"
)

// A stream is judged by its beginning. What shows only after its release cannot be undone for this
// answer: it is counted, and the conversation goes on with the next candidate.

// late is what turned out to be wrong with a stream that was released as good; "" is nothing.
func (r *ResponseAttempt) late() verdict.Reason {
	if r.meter == nil || r.model == nil || r.reason != "" {
		return ""
	}
	switch {
	case r.aborted != "":
		return r.aborted
	case r.meter.Failed(), r.ended && !r.meter.Complete() && r.API == routing.AnthropicMessages:
		return verdict.ProviderError
	case r.Passthrough:
		return ""
	}
	reason := r.hindsight()
	if action, named := r.rt.Judge.Settings().Actions[reason]; named && action != verdict.Escalate {
		return ""
	}
	return reason
}

// hindsight judges a released stream as a whole. Of one that was too long to be read on, only
// the finish reason is known.
func (r *ResponseAttempt) hindsight() verdict.Reason {
	switch finish := r.meter.Finish(); {
	case finish == answer.FinishLength && !r.Expect.Limited:
		return verdict.Length
	case finish == answer.FinishPolicy:
		return verdict.PolicyRefusal
	case r.ended && r.stream != nil:
		return r.stream.Hindsight()
	default:
		return ""
	}
}

// follow reads a released stream on, for the judge's hindsight. What waits to be judged goes
// first: of the bytes that all requests may hold, this takes no more than half.
func (r *ResponseAttempt) follow(part []byte) {
	if r.stream == nil {
		return
	}
	if !r.stream.Follows() || !r.metrics.held.take(len(part), int64(r.rt.File.Routing.Limits.Held)/2) {
		r.stream = nil
		return
	}
	r.heldFor += len(part)
	r.stream.Feed(part)
	if r.ended {
		r.stream.End()
	}
}

// BrokenOff tells that the connection to the provider broke while the answer of the attempt,
// counted from 1, was on its way to the client.
func (p *Pipeline) BrokenOff(ctx context.Context, plan *Plan, attempt int) {
	if attempt < 1 || attempt > len(plan.Candidates) {
		return
	}
	if m := p.rt.Router.Model(plan.Candidates[attempt-1]); m != nil {
		p.learn(ctx, plan, attempt, m, verdict.Unreachable)
	}
}

// learn notes that the answer of an attempt failed after its release. The next turn begins with
// the candidate after it.
func (p *Pipeline) learn(ctx context.Context, plan *Plan, attempt int, model *routing.Model, reason verdict.Reason) {
	p.metrics.failedLate(model, reason)
	if !plan.Passthrough && attempt < len(plan.Candidates) {
		p.saveSession(ctx, plan, plan.Candidates[attempt], model.Name)
	}
}
