package routing

import (
	"cmp"
	"slices"
)

// An Effort is how hard a model is asked to think, in the providers' own words. The zero
// value asks for nothing: the provider's default applies.
type Effort string

// The efforts, in rising order.
const (
	EffortNone    Effort = "none" // not at all
	EffortMinimal Effort = "minimal"
	EffortLow     Effort = "low"
	EffortMedium  Effort = "medium"
	EffortHigh    Effort = "high"
	EffortXHigh   Effort = "xhigh"
	EffortMax     Effort = "max"
)

// efforts are the words of each format.
var efforts = map[Format][]Effort{
	OpenAI:    {EffortNone, EffortMinimal, EffortLow, EffortMedium, EffortHigh, EffortXHigh, EffortMax},
	Anthropic: {EffortLow, EffortMedium, EffortHigh, EffortXHigh, EffortMax},
}

// Efforts lists the efforts of the format, in rising order.
func (f Format) Efforts() []Effort { return slices.Clone(efforts[f]) }

// expectedTokens are the tokens of reasoning that an answer is assumed to take.
var expectedTokens = map[Effort]int{
	EffortMinimal: 100, EffortLow: 300, EffortMedium: 1_500, EffortHigh: 4_000, EffortXHigh: 8_000, EffortMax: 16_000,
}

// Expected returns the tokens of reasoning that an answer at the effort is assumed to take
// if the configuration does not say.
func (e Effort) Expected() int { return expectedTokens[e] }

// Thinking is how a model of Anthropic's takes an effort.
type Thinking uint8

// The ways, from the newest models to the oldest.
const (
	ThinkAsIs     Thinking = iota // output_config.effort alone; the model decides whether it thinks
	ThinkAdaptive                 // the same, and thinking is switched on; the model decides for how long
	ThinkBudget                   // thinking is switched on with budget_tokens
)

var thinkings = [...]string{"effort", "adaptive", "budget"}

// String returns the name used in configuration.
func (t Thinking) String() string { return nameOf(t, thinkings[:]) }

// ParseThinking returns the way called name and whether there is one; "" is the first.
func ParseThinking(name string) (Thinking, bool) {
	return parse[Thinking](cmp.Or(name, thinkings[0]), thinkings[:])
}

// At returns the candidate that is the model at an effort, with that many tokens of
// reasoning expected of an answer. All else is the model's own, its cluster included.
func (m *Model) At(e Effort, tier Tier, tokens int) *Model {
	at := *m
	at.Name, at.Effort, at.Tier, at.Reasoning, at.Plain = m.Name+"@"+string(e), e, tier, tokens, m
	return &at
}

// StandsIn reports whether the candidate may answer when nothing proposed can. One at an
// effort may if the effort puts it into another tier than its model.
func (m *Model) StandsIn() bool { return m.Plain == nil || m.Tier != m.Plain.Tier }

// Base returns the model without an effort: itself where it has none.
func (m *Model) Base() *Model { return cmp.Or(m.Plain, m) }

// Thinks reports whether the candidate switches thinking on.
func (m *Model) Thinks() bool { return m.Effort != "" && m.Thinking != ThinkAsIs }

// BudgetTokens returns the budget_tokens of [ThinkBudget]: twice what is expected, and not
// less than Anthropic accepts.
func (m *Model) BudgetTokens() int {
	const least = 1024
	return max(least, 2*m.Reasoning)
}

// roomBehind is the part of the client's limit, in tokens, that the answer keeps after the
// thinking.
const roomBehind = 4096

// Limit returns the limit on the tokens of the answer that is sent to the model, for the
// client's own limit; 0 is none. With a thinking budget, Anthropic's models count thinking
// towards max_tokens, which must be above the budget: so it is raised. No model is asked for
// more than it can give.
func (m *Model) Limit(limit int) int {
	if limit <= 0 {
		return limit
	}
	if m.Effort != "" && m.Thinking == ThinkBudget {
		limit = max(limit, m.BudgetTokens()+min(limit, roomBehind))
	}
	if m.MaxOutput > 0 {
		limit = min(limit, m.MaxOutput)
	}
	return limit
}

// Lowered returns [Model.Limit], lowered to the tokens that the budgets have money for; 0 is any
// number. It is not lowered below the assumed length, nor where it must stay above a thinking budget.
func (m *Model) Lowered(limit, affords int) int {
	n := m.Limit(limit)
	if affords <= 0 || m.Effort != "" && m.Thinking == ThinkBudget {
		return n
	}
	return min(n, max(affords, m.AssumedLength(limit)))
}

// AssumedLength returns the tokens that an answer of the model is assumed to have, its
// reasoning included, for the client's own limit; 0 is none.
func (m *Model) AssumedLength(limit int) int {
	n := AssumedLength(limit) + m.Reasoning
	if limit > 0 {
		n = min(n, m.Limit(limit))
	}
	return n
}

// For returns the model that answers the request if the candidate is chosen for it: itself,
// or the plain model where the request cannot take the candidate's effort.
func (m *Model) For(r *Request) *Model {
	if m.Effort == "" || m.withheld(r) == "" {
		return m
	}
	return m.Plain
}

// withheld says why the effort is not set in the request, "" if it is. It is set in the
// provider's own format only: imitations of another format ignore it.
func (m *Model) withheld(r *Request) string {
	switch {
	case r.OwnEffort:
		return "the client sets the effort itself"
	case r.Kind == Preflight:
		return "a preflight request needs no effort"
	case !m.Provider.Native(r.API.Format()):
		return "an effort is set in the provider's own format only"
	}
	switch r.API {
	case OpenAIChat, OpenAIResponses:
		return ""
	case AnthropicMessages:
		if m.Thinks() {
			return m.mustNotThink(r)
		}
		return ""
	case OpenAICompletions, OpenAIEmbeddings, AnthropicCountTokens, OpenAIInputTokens:
	}
	return "the endpoint has no effort"
}

// mustNotThink says why thinking cannot be switched on for a request in Anthropic's format,
// "" if it can. It cannot if the client sets something that thinking models refuse, nor in
// the middle of a turn that began without: the provider requires the thinking of that turn.
func (m *Model) mustNotThink(r *Request) string {
	within := r.Kind == Continuation && !r.Thought
	switch {
	case r.Steered || r.Forced:
		return "the client sets something that thinking models refuse"
	case m.Thinking == ThinkBudget && r.LimitSpan == (Span{}):
		return "max_tokens is not a plain number"
	// An adaptive model may not have thought: the history does not show that the turn began without.
	case within && (m.Thinking == ThinkBudget || r.Past.Model != "" && r.Past.Model != m.Name):
		return "the turn began without thinking"
	}
	return ""
}

// answering replaces the proposed candidates by the models that answer for them, each once.
func answering(proposed []*Model, r *Request) []*Model {
	at := slices.IndexFunc(proposed, func(m *Model) bool { return m.For(r) != m })
	if at < 0 {
		return proposed
	}
	out := slices.Clone(proposed[:at])
	for _, m := range proposed[at:] {
		if model := m.For(r); !slices.Contains(out, model) {
			out = append(out, model)
		}
	}
	return out
}

// explainPlain lists the plain models that answer in place of candidates.
func (d *Decision) explainPlain(r *Request) {
	for _, m := range d.Candidates {
		if model := m.For(r); model != m {
			d.Considered = append(d.Considered, Considered{
				Model: model.Name, Tier: model.Tier, Cost: model.Estimate(r, d.Signals.Tokens),
				Outcome: "in place of " + m.Name + ": " + m.withheld(r),
			})
		}
	}
}
