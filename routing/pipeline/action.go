package pipeline

import (
	"context"

	"sluice/routing"
	"sluice/routing/header"
	"sluice/routing/verdict"
)

// An ActionKind is what becomes of an attempt's response.
type ActionKind uint8

// The kinds.
const (
	Deliver ActionKind = iota // it goes to the client
	Replace                   // the client gets another answer or an error in its place
	Retry                     // it is dropped, and the next candidate asked
	Abort                     // what was delivered of it is all that the client gets
)

// An Action says what to do with an attempt's response.
type Action struct {
	Kind    ActionKind
	Summary Summary
	Status  int      // HTTP status; 0 leaves it
	Set     []Field  // headers to set, beside those of the summary
	Remove  []string // headers to remove
	Body    []byte   // in place of the provider's; nil leaves that. Abort: the client's last bytes, in place of the last part
	Details string   // Abort: why, for the proxy's access log

	Reason verdict.Reason // Retry: why
	Plan   *Plan          // Retry: in place of the one before; nil leaves that
	Tried  []Tried        // every attempt that was given up; nil leaves the list
}

// A Field is one HTTP header.
type Field struct{ Name, Value string }

// A Summary says which model answered a request, why, and what that cost.
type Summary struct {
	RequestID        string
	Model, Effort    string
	Tier             string
	Strategy         string
	Domain, Reason   string
	Attempts         int    // 0 for an answer from the cache
	Escalation       string // why each earlier attempt was given up
	Cache            string // value of x-sluice-cache
	CompressedTokens int
	Repaired         string // value of x-sluice-repaired
	Debug            string // the whole decision, where the client may ask for it
	Usage            routing.Usage
	Cost             float64 // US dollars, of all attempts
	CostSource       string  // value of x-sluice-cost-source
}

// Summary returns what is known so far.
func (r *ResponseAttempt) Summary() Summary {
	b := r.bill()
	usd, estimated := r.triedCost()
	s := Summary{
		RequestID: r.ID, Model: r.RequestedModel, Strategy: r.Strategy, Domain: r.Domain, Reason: r.Reason,
		Attempts: r.head.Attempt, Escalation: Escalation(r.Tried), Cache: r.Cache, CompressedTokens: r.Saved, Debug: r.Explained,
		Usage: b.usage, Cost: usd + b.cost, CostSource: costSource(estimated || b.estimated),
	}
	if m := r.answering(); m != nil {
		s.Model, s.Tier, s.Effort = m.Base().Name, m.Tier.String(), string(m.Effort)
	}
	if r.mended != nil {
		s.Repaired = header.RepairedJSON
	}
	return s
}

// answering is the model whose answer the client gets; nil if it is not configured here.
func (r *ResponseAttempt) answering() *routing.Model {
	if r.instead != nil {
		return r.instead.model
	}
	return r.model
}

// deliver lets the answer go to the client.
func (r *ResponseAttempt) deliver(ctx context.Context) *Action {
	r.decided = true
	if r.model != nil && r.head.Status < 400 {
		if r.head.Attempt > 1 && !r.isProbe() {
			r.saveSession(ctx, r.Plan, r.home(r.Tried, r.model.Name), r.model.Name)
		}
		r.saveThread(ctx, r.Plan, r.answer.ID, r.model.Name)
	}
	a := &Action{Kind: Deliver, Summary: r.Summary(), Body: r.mended}
	if r.unnamed {
		a.Set = append(a.Set, Field{"content-type", eventStream})
	}
	if r.mended != nil {
		a.Remove = OfBody
		r.metrics.repaired(r.model)
	}
	return a
}

// OfBody are headers that describe the bytes of a body. They go where the client gets others.
var OfBody = []string{"content-length", "content-md5", "content-digest", "repr-digest", "digest", "etag"}

// reject gives the attempt up: the next candidate is asked, or, where there is none, the
// client gets this answer if it is one.
func (r *ResponseAttempt) reject(ctx context.Context, reason verdict.Reason) *Action {
	b := r.bill()
	t := r.givenUp(reason, b)
	r.reason = reason
	if r.isProbe() && reason != verdict.Disagreement {
		r.checked(probeFailed)
	}
	tried, _ := r.triedCost()
	next, denied := r.Next(ctx, r.Progress, r.head.Attempt, t.why(), tried+b.cost)
	if denied {
		r.denied = true
		r.metrics.denied(r.model)
	}
	if next == nil {
		if r.counts() {
			return r.estimate(append(r.Tried, t))
		}
		if first := r.firstAnswer(); first != nil {
			return r.deliverFirst(first)
		}
		if list := append(r.Tried, t); reason.Failed() && !r.ownError(list) {
			return r.fail(list)
		}
		return r.deliver(ctx) // weak, but the best there is
	}
	r.metrics.escalated(t)
	if reason == verdict.Disagreement {
		r.metrics.escalated(r.Tried[0]) // which was held until now
	}
	return r.retry(t, b, next)
}

// retry has the next candidate of the plan asked. Were that not to happen (the proxy allows
// no more retries at once), this answer goes to the client.
func (r *ResponseAttempt) retry(t Tried, b bill, next *Plan) *Action {
	r.decided = true
	a := &Action{Kind: Retry, Reason: t.Reason, Summary: r.Summary(), Tried: append(r.Tried, t)}
	if next != r.Plan {
		a.Plan = next
	}
	r.spent(b)
	r.metrics.judged(r.model, r.reason, since(r.attemptStart(), r.now()))
	return a
}

// Details of an [Abort].
const (
	detailsSilent   = "silent"    // the provider said nothing for too long
	detailsCorrupt  = "corrupt"   // its content encoding is broken
	detailsTooLarge = "too_large" // it sent more than a client may get
)

// abort ends an answer that was delivered in part.
func (r *ResponseAttempt) abort(reason verdict.Reason, details string) *Action {
	r.aborted = reason
	return &Action{Kind: Abort, Summary: r.Summary(), Details: details}
}
