package pipeline

import (
	"context"
	"time"

	"sluice/routing"
	"sluice/routing/verdict"
)

// Why no answer was released, where it is not a [verdict.Reason]: a closed set, fit for a
// metric label.
const (
	clientGone verdict.Reason = "client_gone" // before there was an answer
	unjudged   verdict.Reason = "unjudged"    // the proxy answered by itself: Sluice was away, or no retry was left
)

// An Ending is what the proxy's access log says of a request that no answer was released
// for.
type Ending struct {
	Attempts   int
	Status     int // HTTP status that the client got; 0 is none
	Took       time.Duration
	Ended      time.Time
	Details    string // why the proxy answered as it did
	ClientGone bool
	TimedOut   bool
	Sent       bool // something of the request reached the provider
	Answered   bool // something of an answer arrived
}

// Unanswered settles a request that no answer was released for: it costs what its attempts
// may have cost, and counts in its experiment.
func (p *Pipeline) Unanswered(ctx context.Context, pr *Progress, e *Ending) {
	attempts := min(e.Attempts, len(pr.Candidates))
	name := pr.Candidates[max(attempts-1, 0)]
	res := &Result{
		Attempts: attempts, Model: p.rt.Router.Model(name), Candidate: name, Status: e.Status, Stream: pr.Expect.Stream,
		Took: e.Took, Details: clip(e.Details, 100), Unanswered: e.reason(), Estimated: true,
	}
	res.Failed = res.Unanswered != clientGone && (e.Status == 0 || e.Status >= 400)
	if !p.claimFinish(pr.Plan) {
		return
	}
	p.completeTried(pr, attempts, e.Ended)
	res.Tried = pr.Tried
	res.Cost, _ = pr.triedCost()
	// Where the last attempt was judged and given up, its cost is among those tried.
	if m := res.Model; m != nil && len(pr.Tried) < attempts {
		b := e.bill(pr.Plan, m, res.Unanswered)
		p.metrics.spent(m, b)
		res.Usage, res.Cost = b.usage, res.Cost+b.cost
	}
	p.finish(ctx, pr.Plan, res)
}

// reason says why no answer was released.
func (e *Ending) reason() verdict.Reason {
	switch {
	case e.ClientGone:
		return clientGone
	case e.TimedOut:
		return verdict.Timeout
	case e.Status > 0 && e.Answered:
		return unjudged
	default:
		return verdict.Unreachable
	}
}

// bill is what the last attempt may have cost, though nobody has read what the provider says
// of it: it has read the request, and where it had begun to answer, it went on.
func (e *Ending) bill(plan *Plan, m *routing.Model, why verdict.Reason) bill {
	switch {
	case plan.API.Counts(), why == verdict.Unreachable, why == unjudged && e.Status >= 400, !e.Sent:
		return bill{}
	case !e.Answered:
		return assumedBill(plan, m, 0)
	default:
		return assumedBill(plan, m, m.AssumedLength(plan.Limit))
	}
}
