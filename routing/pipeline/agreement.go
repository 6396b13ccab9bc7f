package pipeline

import (
	"context"
	"time"

	"sluice/routing/agreement"
	"sluice/routing/llmapi/answer"
	"sluice/routing/verdict"
)

// Agreement: a good first answer is held, and the attempt given up for the probe, a cheap
// model of another family. The hash of the first final answer travels in the plan, so that
// any replica can compare.
//
//   - The probe agrees: the first answer is delivered, or the probe's own where the first is
//     not in this process.
//   - The probe disagrees, or fails: the strong model is asked, for nothing confirms the
//     first answer.
//   - The first answer has no final answer that could be compared: the strong model is asked
//     at once. 31 of 33 such answers to school problems were wrong.
//   - There is no money or no model left: the first answer is delivered.

// A Check is the part of a plan that says how an answer is checked. The zero value is not
// at all.
type Check struct {
	Probe  string         `json:"p,omitempty"`
	Strong string         `json:"s,omitempty"`
	Form   agreement.Form `json:"f,omitzero"`
	Hash   string         `json:"h,omitempty"` // of the first final answer, once the probe is asked
}

// What became of a check: a closed set, fit for a metric label.
const (
	agreed      = "agreed"
	disagreed   = "disagreed"
	noFinal     = "no_answer"    // the first has none to compare: the strong model is asked at once
	probeFailed = "probe_failed" // the probe gave no answer, or a weak one
	probeDenied = "denied"       // no budget had money for the probe
	probeLate   = "late"         // too much of the time was gone for two more attempts
)

// isProbe reports whether the attempt is the probe's.
func (r *ResponseAttempt) isProbe() bool { return r.Check.Hash != "" && r.head.Attempt == 2 }

// accept delivers an answer that no verdict speaks against, unless another model is to agree
// with it first.
func (r *ResponseAttempt) accept(ctx context.Context) *Action {
	switch {
	case r.Check.Probe == "":
		return r.deliver(ctx)
	case r.head.Attempt == 1 && r.Check.Hash == "":
		return r.askProbe(ctx)
	case r.isProbe():
		return r.compare(ctx)
	default:
		return r.deliver(ctx)
	}
}

// pass delivers an answer that no verdict was given on, unless a held answer waits for it:
// what cannot be compared confirms nothing, and the client does not get a provider's error
// in place of a good answer.
func (r *ResponseAttempt) pass(ctx context.Context) *Action {
	if r.model != nil && r.Check.Hash != "" && (r.isProbe() || r.head.Status >= 400) {
		return r.reject(ctx, verdict.ProviderError)
	}
	return r.deliver(ctx)
}

// askProbe holds the answer and has the second model asked.
func (r *ResponseAttempt) askProbe(ctx context.Context) *Action {
	if r.Candidates[0] != r.model.Name {
		return r.deliver(ctx)
	}
	final, ok := r.Check.Form.Final(&r.answer)
	if !ok {
		r.checked(noFinal)
		return r.reject(ctx, verdict.NoAnswer)
	}
	plan := r.with(append([]string{r.model.Name}, r.afterProbe(r.tier)...), r.rt.Router)
	if plan == nil {
		return r.deliver(ctx)
	}
	const attempts = 3
	if total := time.Duration(r.rt.File.Routing.Limits.TotalTime); since(r.Started, r.now()) > total/attempts {
		r.checked(probeLate)
		return r.deliver(ctx)
	}
	b := r.bill()
	tried, _ := r.triedCost()
	if !r.raise(ctx, r.Progress, r.Check.Probe, tried+b.cost) {
		r.denied = true
		r.metrics.denied(r.model)
		r.checked(probeDenied)
		return r.deliver(ctx)
	}
	plan.Check.Hash = final.Hash(r.Nonce)
	r.firsts.put(r.Nonce, &firstAnswer{
		model: r.model, body: r.raw, mended: r.mended != nil, headers: ownHeaders(r.head.Headers, r.mended != nil), expires: r.now().Add(r.rt.Lifetime(false)),
	}, int64(r.rt.File.Routing.Limits.Held), r.now())
	return r.retry(Tried{Model: r.model.Name, Reason: verdict.Agreement, Cost: b.cost, Estimated: b.estimated}, b, plan)
}

// compare delivers the first answer where the second agrees with it.
func (r *ResponseAttempt) compare(ctx context.Context) *Action {
	if final, ok := r.Check.Form.Final(&r.answer); !ok || final.Hash(r.Nonce) != r.Check.Hash {
		r.checked(disagreed)
		r.Tried[0].Reason = verdict.Disagreement
		return r.reject(ctx, verdict.Disagreement)
	}
	r.checked(agreed)
	if first := r.firstAnswer(); first != nil {
		return r.deliverFirst(first)
	}
	return r.deliver(ctx)
}

// firstAnswer returns the answer that was held for this one; nil if there is none here.
func (r *ResponseAttempt) firstAnswer() *firstAnswer {
	if r.Check.Hash == "" {
		return nil
	}
	return r.firsts.take(r.Nonce)
}

// deliverFirst gives the client the held answer in place of this attempt's.
func (r *ResponseAttempt) deliverFirst(first *firstAnswer) *Action {
	r.decided, r.instead, r.mended = true, first, nil
	if first.mended {
		r.mended = first.body
		r.metrics.repaired(first.model)
	}
	a := &Action{Kind: Replace, Summary: r.Summary(), Status: 200, Body: first.body}
	a.Set, a.Remove = first.replaceHeaders(r.head.Headers)
	return a
}

// checked records what became of the check.
func (r *ResponseAttempt) checked(result string) {
	r.check = result
	r.metrics.checked(r.Candidates[0], r.Check.Probe, result)
}

// firstContent reads the held answer that was delivered.
func (r *ResponseAttempt) firstContent() answer.Response {
	content, err := answer.Read(r.API.Format(), r.instead.body)
	if err != nil {
		return answer.Response{} // it was read before
	}
	return content
}
