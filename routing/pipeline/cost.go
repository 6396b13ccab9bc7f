package pipeline

import (
	"strconv"

	"go.uber.org/zap"

	"sluice/routing"
	"sluice/routing/header"
	"sluice/routing/tokens"
)

// A bill is what one attempt cost.
type bill struct {
	usage     routing.Usage
	cost      float64 // US dollars
	estimated bool    // the provider did not say, or it cannot be true
	untrue    string  // the direction of which the provider's figure cannot be true: input or output; "" is none
}

// bill takes the provider's own figures, where it gave them. An error costs nothing; of what
// cannot be read, the request was read, and the answer has the assumed length.
func (r *ResponseAttempt) bill() bill {
	if r.model == nil || r.head.Status >= 300 || r.API.Counts() {
		return bill{}
	}
	var b bill
	switch {
	case r.meter != nil:
		b.usage = r.meter.Usage()
		b.estimated = !b.usage.Reported()
		if b.usage.Output < 0 {
			b.usage.Output = r.meter.OutputTokens()
		}
	case !r.answer.Error.None() && !r.answer.Usage.Reported(): // an error under status 200
		return bill{}
	case r.answer.Complete:
		b.usage = r.answer.Usage
		b.estimated = !b.usage.Reported()
		if b.usage.Output < 0 {
			b.usage.Output = tokens.Estimate(r.answer.Text)
		}
	default:
		b.usage, b.estimated = routing.Usage{Input: -1, Output: r.model.AssumedLength(r.Limit)}, true
	}
	if b.usage.Input < 0 {
		b.usage.Input = r.sentTokens()
	}
	r.bound(&b)
	b.cost = r.model.Bill(b.usage, r.Service)
	return b
}

// bound lowers figures that cannot be true to the most that can be: a provider, or whoever answers
// in its place, could empty a budget with one answer. What was received is always true.
func (r *ResponseAttempt) bound(b *bill) {
	u, req := &b.usage, r.asked()
	most := unboundTokens
	switch {
	case r.API == routing.OpenAIEmbeddings: // nothing is known of it
	case max(req.MaxTokens, req.Highest) > 0 || r.model.MaxOutput > 0:
		most = r.model.Longest(&req, 0) * max(req.Answers, 1)
	case r.model.Context > 0:
		most = r.model.Context * max(req.Answers, 1)
	}
	if u.Output > most {
		received := tokens.Estimate(r.answer.Text)
		if r.meter != nil {
			received = r.meter.OutputTokens()
		}
		if most = max(most, received); u.Output > most {
			u.Output, b.estimated, b.untrue = most, true, "output"
		}
	}
	most = 4*r.sentTokens() + templateTokens
	if r.Remote || !r.API.Routed() {
		most = max(4*r.model.Context, unboundTokens)
	}
	if u.Input > most {
		u.Input, b.estimated, b.untrue = most, true, "input"
	}
	u.CachedInput = min(u.CachedInput, u.Input)
	u.CacheWrite = min(u.CacheWrite, u.Input-max(u.CachedInput, 0))
	u.CacheWrite1h = min(u.CacheWrite1h, u.CacheWrite)
	if u.Served == routing.ServiceBatch {
		u.Served = "" // a call that is waited for is not served so
	}
}

const (
	// unboundTokens are the most of an answer, or of a prompt of which the provider reads more than
	// was sent, where nothing else bounds them.
	unboundTokens = 2_000_000
	// templateTokens is what providers add to a prompt, such as the instructions for its tools.
	templateTokens = 8192
)

// spent counts what the attempt cost, once.
func (r *ResponseAttempt) spent(b bill) {
	r.metrics.spent(r.model, b)
	if b.untrue != "" {
		r.log.Warn("a provider reports more tokens than there can be; the most that there can be are counted",
			zap.String("request_id", r.ID), zap.String("model", r.model.Name), zap.String("direction", b.untrue))
	}
}

// assumedBill is for an attempt of which no answer was read.
func assumedBill(plan *Plan, m *routing.Model, output int) bill {
	if plan.API.Counts() {
		return bill{}
	}
	u := routing.Usage{Input: plan.sentTokens(), Output: output}
	return bill{usage: u, cost: m.Bill(u, plan.Service), estimated: true}
}

// costSource is the word for where the figures of a cost are from.
func costSource(estimated bool) string {
	if estimated {
		return header.SourceEstimate
	}
	return header.SourceUsage
}

// Dollars renders US dollars as headers and messages carry them.
func Dollars(usd float64) string { return strconv.FormatFloat(usd, 'f', 6, 64) }
