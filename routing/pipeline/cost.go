package pipeline

import (
	"strconv"

	"sluice/routing"
	"sluice/routing/header"
	"sluice/routing/tokens"
)

// A bill is what one attempt cost.
type bill struct {
	usage     routing.Usage
	cost      float64 // US dollars
	estimated bool    // the provider did not say
}

// bill takes the provider's own figures, where it gave them. An error costs nothing; of what
// cannot be read, the request was read, and the answer has the assumed length.
func (r *ResponseAttempt) bill() bill {
	if r.model == nil || r.head.Status >= 300 || free(r.API) {
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
	b.cost = r.model.Bill(b.usage, r.Service)
	return b
}

// assumedBill is for an attempt of which no answer was read.
func assumedBill(plan *Plan, m *routing.Model, output int) bill {
	if free(plan.API) {
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
