package routing

import "cmp"

// A ServiceTier is the kind of processing that a request is sold at, each at a rate of its
// own: as requested, and as an answer reports it. "" is not stated.
type ServiceTier string

// The service tiers that differ in price.
const (
	ServiceDefault  ServiceTier = "default"
	ServiceFlex     ServiceTier = "flex"     // may take its time, and costs less
	ServicePriority ServiceTier = "priority" // does not wait, and costs more
	ServiceBatch    ServiceTier = "batch"
)

// ParseServiceTier returns the tier that a request or an answer names, in any provider's
// words. It is "" for words that leave the choice open, such as auto, and for unknown ones.
func ParseServiceTier(word string) ServiceTier {
	switch word {
	case "default", // OpenAI's
		"standard", "standard_only", // Anthropic's and Google's
		"on_demand", // Groq's
		"scale":     // OpenAI's, of capacity bought before: it has no price by the token
		return ServiceDefault
	case "flex":
		return ServiceFlex
	case "priority", "fast": // OpenAI's answers say priority for both
		return ServicePriority
	case "batch":
		return ServiceBatch
	default:
		return ""
	}
}

// Price is what a model costs, in US dollars per million tokens.
type Price struct {
	Input        float64
	Output       float64
	CachedInput  float64 // input read from the provider's prompt cache
	CacheWrite   float64 // input written to it
	CacheWrite1h float64 // input written to it for an hour
}

// Cost returns the price in US dollars of a call with that many tokens in and out,
// nothing of it cached.
func (p Price) Cost(input, output int) float64 {
	return (float64(input)*p.Input + float64(output)*p.Output) / 1e6
}

// Usage counts tokens as a provider billed them; -1 is "not reported".
type Usage struct {
	Input        int // all input tokens, cached ones included
	Output       int
	CachedInput  int         // of Input, read from the provider's prompt cache
	CacheWrite   int         // of Input, written to it
	CacheWrite1h int         // of CacheWrite, written for an hour
	Served       ServiceTier // reported by the provider
}

// Reported reports whether the usage is enough to compute the cost of the call.
func (u Usage) Reported() bool { return u.Input >= 0 && u.Output >= 0 }

// Bill returns the price in US dollars of a call with that usage, at the default service
// tier. What was not reported counts as 0.
func (p Price) Bill(u Usage) float64 {
	cached, written := max(u.CachedInput, 0), max(u.CacheWrite, 0)
	hour := min(max(u.CacheWrite1h, 0), written)
	plain := max(u.Input-cached-written, 0)
	return (float64(plain)*p.Input + float64(cached)*p.CachedInput + float64(written-hour)*p.CacheWrite + float64(hour)*p.CacheWrite1h +
		float64(max(u.Output, 0))*p.Output) / 1e6
}

// Rate returns the multiple of its price that the model costs in the service tier: 1 if the
// tier is not stated, or the model has no rate for it.
func (m *Model) Rate(s ServiceTier) float64 {
	var rate float64
	switch s {
	case ServiceFlex:
		rate = m.FlexRate
	case ServicePriority:
		rate = m.PriorityRate
	case ServiceBatch:
		rate = m.BatchRate
	case ServiceDefault, "":
	}
	if rate > 0 {
		return rate
	}
	return 1
}

// Bill returns the cost of a call in US dollars, at the service tier that the usage reports
// or else the requested one.
func (m *Model) Bill(u Usage, requested ServiceTier) float64 {
	return m.Price.Bill(u) * m.Rate(cmp.Or(u.Served, requested))
}

// AssumedAnswer is the assumed length of an answer in tokens, unless the client sets a lower
// limit.
const AssumedAnswer = 500

// AssumedLength returns the assumed length of an answer in tokens, for the client's own
// limit; 0 is none.
func AssumedLength(limit int) int {
	if limit > 0 {
		return min(AssumedAnswer, limit)
	}
	return AssumedAnswer
}

// Estimate returns the cost in US dollars of the request, with so many tokens of input, at
// the service tier that it asks for.
func (m *Model) Estimate(r *Request, tokens int) float64 {
	return m.Bill(Usage{Input: tokens, Output: m.AssumedLength(r.MaxTokens)}, r.Service())
}

// Service returns the service tier that the request asks for.
func (r *Request) Service() ServiceTier {
	if r.Relaxed {
		return ServiceFlex
	}
	return r.ServiceTier
}
