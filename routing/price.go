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
	return m.Bill(Usage{Input: tokens, Output: m.AssumedLength(r.MaxTokens) * max(r.Answers, 1)}, r.Service())
}

// LongestAnswer is the assumed maximum of an answer in tokens where neither the client nor the
// model's configuration has one.
const LongestAnswer = 32_768

// Longest returns the most tokens that an answer of the model can have, its reasoning included,
// to a request with that much input. Embeddings have no answer.
func (m *Model) Longest(r *Request, tokens int) int {
	if r.API == OpenAIEmbeddings {
		return 0
	}
	if limit := max(r.Highest, r.MaxTokens); limit > 0 {
		return m.Lowered(limit, r.Affords)
	}
	longest := cmp.Or(m.MaxOutput, LongestAnswer)
	if m.Context > 0 {
		longest = min(longest, max(m.Context-tokens, m.AssumedLength(0)))
	}
	return longest
}

// Most returns the most in US dollars that the request can be billed, with so many tokens of
// input by the estimate: as many answers as it asks for, each as long as it may be, at the service
// tier that it asks for or the default one, with the input written to the provider's cache.
func (m *Model) Most(r *Request, tokens int) float64 {
	return max(m.mostInput(r, tokens)+m.perToken(r)*float64(m.Longest(r, tokens)), m.Estimate(r, tokens))
}

func (m *Model) mostInput(r *Request, tokens int) float64 {
	return float64(tokens) * max(m.Price.Input, m.Price.CacheWrite) / 1e6 * m.highestRate(r)
}

// perToken is the price of a token of each answer.
func (m *Model) perToken(r *Request) float64 {
	return float64(max(r.Answers, 1)) * m.Price.Output / 1e6 * m.highestRate(r)
}

func (m *Model) highestRate(r *Request) float64 { return max(m.Rate(r.Service()), 1) }

// Affords returns how many tokens each answer may have for the request to cost no more than so
// many dollars; never less than the assumed length, and 0 if that is no bound.
func (m *Model) Affords(r *Request, tokens int, usd float64) int {
	each := m.perToken(r)
	if !(each > 0) {
		return 0
	}
	n := max((usd-m.mostInput(r, tokens))/each, float64(m.AssumedLength(r.MaxTokens)))
	if n >= float64(m.Longest(r, tokens)) {
		return 0
	}
	return int(n)
}

// Service returns the service tier that the request asks for.
func (r *Request) Service() ServiceTier {
	if r.Relaxed {
		return ServiceFlex
	}
	return r.ServiceTier
}
