package routing

import "cmp"

// A ServiceTier is the kind of processing that a provider sells a request, each at a rate of
// its own: what is asked for, and what an answer says was served. "" is not said.
type ServiceTier string

// The service tiers that differ in price.
const (
	ServiceDefault  ServiceTier = "default"
	ServiceFlex     ServiceTier = "flex"     // may take its time, and costs less
	ServicePriority ServiceTier = "priority" // does not wait, and costs more
	ServiceBatch    ServiceTier = "batch"
)

// ParseServiceTier returns the tier that a request or an answer names in any provider's
// words. It is "" for those that leave the choice open, such as auto, and for unknown ones.
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
	Served       ServiceTier // that the provider says it used
}

// Reported reports whether the usage is enough to tell what the call cost.
func (u Usage) Reported() bool { return u.Input >= 0 && u.Output >= 0 }

// Bill returns the price in US dollars of a call with that usage, whatever its service tier;
// what was not reported counts as none.
func (p Price) Bill(u Usage) float64 {
	cached, written := max(u.CachedInput, 0), max(u.CacheWrite, 0)
	hour := min(max(u.CacheWrite1h, 0), written)
	plain := max(u.Input-cached-written, 0)
	return (float64(plain)*p.Input + float64(cached)*p.CachedInput + float64(written-hour)*p.CacheWrite + float64(hour)*p.CacheWrite1h +
		float64(max(u.Output, 0))*p.Output) / 1e6
}

// Rate returns how many times its price the model costs in the service tier: 1 where none is
// said, or the model has no rate for it.
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

// Bill returns what the model charges for a call, in US dollars: by the service tier that
// was served, or the one asked for where the usage does not say.
func (m *Model) Bill(u Usage, asked ServiceTier) float64 {
	return m.Price.Bill(u) * m.Rate(cmp.Or(u.Served, asked))
}

// AssumedAnswer is the length in tokens that an answer is assumed to have where the
// client sets no lower limit.
const AssumedAnswer = 500

// AssumedLength returns the tokens that an answer is assumed to have where the client's own
// limit is that many; 0 is none.
func AssumedLength(limit int) int {
	if limit > 0 {
		return min(AssumedAnswer, limit)
	}
	return AssumedAnswer
}

// Estimate returns what the model would charge for the request, in US dollars, where the
// request has that many tokens and is served as it asks.
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
