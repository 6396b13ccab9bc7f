package routing

import (
	"cmp"
	"slices"
)

// An Effort is how hard a model is asked to think, in the providers' own words. The zero
// value asks for nothing: the model does as its provider has it do.
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

// efforts are those that each format has a word for.
var efforts = map[Format][]Effort{
	OpenAI:    {EffortNone, EffortMinimal, EffortLow, EffortMedium, EffortHigh, EffortXHigh, EffortMax},
	Anthropic: {EffortLow, EffortMedium, EffortHigh, EffortXHigh, EffortMax},
}

// Efforts lists the efforts that can be said in the format, in rising order.
func (f Format) Efforts() []Effort { return slices.Clone(efforts[f]) }

// Expected returns the tokens of reasoning that an answer at the effort is taken to cost
// where the configuration does not say.
func (e Effort) Expected() int {
	switch e {
	case EffortMinimal:
		return 100
	case EffortLow:
		return 300
	case EffortMedium:
		return 1_500
	case EffortHigh:
		return 4_000
	case EffortXHigh:
		return 8_000
	case EffortMax:
		return 16_000
	case EffortNone:
	}
	return 0
}

// Thinking is how a model of Anthropic's takes an effort.
type Thinking uint8

// The ways, from the newest models to the oldest.
const (
	ThinkAsIs     Thinking = iota // output_config.effort alone; whether it thinks is the model's own affair
	ThinkAdaptive                 // the same, and thinking is switched on: the model says for how long
	ThinkBudget                   // thinking is switched on with budget_tokens
)

var thinkings = [...]string{"effort", "adaptive", "budget"}

// String returns the name used in configuration.
func (t Thinking) String() string { return thinkings[t] }

// ParseThinking returns the way called name and whether there is one; "" is the first.
func ParseThinking(name string) (Thinking, bool) {
	i := slices.Index(thinkings[:], cmp.Or(name, thinkings[0]))
	return Thinking(max(i, 0)), i >= 0
}

// At returns the candidate that is the model at an effort, with that many tokens of
// reasoning expected of an answer. All else is the model's own, its cluster included.
func (m *Model) At(e Effort, tier Tier, tokens int) *Model {
	at := *m
	at.Name, at.Effort, at.Tier, at.Reasoning, at.Plain = m.Name+"@"+string(e), e, tier, tokens, m
	return &at
}

// StandsIn reports whether the candidate may answer where nothing that was proposed can: at
// an effort only where that makes it one of another tier.
func (m *Model) StandsIn() bool { return m.Plain == nil || m.Tier != m.Plain.Tier }

// Base returns the model without an effort: itself where it has none.
func (m *Model) Base() *Model { return cmp.Or(m.Plain, m) }

// Thinks reports whether the candidate switches thinking on, which the model may be
// without.
func (m *Model) Thinks() bool { return m.Effort != "" && m.Thinking != ThinkAsIs }

// BudgetTokens returns what the model may think at most, by [ThinkBudget]: twice what is
// expected, and no less than Anthropic takes.
func (m *Model) BudgetTokens() int {
	const least = 1024
	return max(least, 2*m.Reasoning)
}

// roomBehind is the part of its limit that an answer keeps behind what is thought before
// it, where the client did not ask for less.
const roomBehind = 4096

// Limit returns the limit on the tokens of the answer that the model is given where the
// client's own is that many; 0 is none. What Anthropic's models think by a budget counts
// towards their max_tokens, which must be above the budget: the answer keeps its room.
func (m *Model) Limit(limit int) int {
	if m.Effort == "" || m.Thinking != ThinkBudget || limit <= 0 {
		return limit
	}
	return max(limit, m.BudgetTokens()+min(limit, roomBehind))
}

// AssumedLength returns the tokens that an answer of the model is assumed to have, with
// those of its reasoning, where the client's own limit is that many; 0 is none.
func (m *Model) AssumedLength(limit int) int {
	n := AssumedLength(limit) + m.Reasoning
	if limit > 0 {
		n = min(n, m.Limit(limit))
	}
	return n
}

// For returns who answers the request where the candidate is chosen for it: itself, or the
// plain model where the request does not take the candidate's effort.
func (m *Model) For(r *Request) *Model {
	if m.Effort == "" || m.withheld(r) == "" {
		return m
	}
	return m.Plain
}

// withheld says why the effort is not asked for in the request, and "" if it is. It is
// said in the format that is the provider's own: what imitates another ignores it.
func (m *Model) withheld(r *Request) string {
	switch {
	case r.OwnEffort:
		return "the client says itself how hard to think"
	case r.Kind == Preflight:
		return "a preflight request needs no thought"
	case len(m.Provider.Formats) == 0 || m.Provider.Formats[0] != r.API.Format():
		return "an effort is said in the provider's own format only"
	}
	switch r.API {
	case OpenAIChat, OpenAIResponses:
		return ""
	case AnthropicMessages:
		if m.Thinks() {
			return m.mustNotThink(r)
		}
		return ""
	case OpenAICompletions, OpenAIEmbeddings, AnthropicCountTokens:
	}
	return "the endpoint knows no effort"
}

// mustNotThink says why thinking cannot be switched on for a request of Anthropic's, and ""
// if it can. It cannot where the client sets what a thinking model refuses, nor in the
// middle of a turn that began without: the provider wants the thinking of the turn back.
func (m *Model) mustNotThink(r *Request) string {
	within := r.Kind == Continuation && !r.Thought
	switch {
	case r.Steered || r.Forced:
		return "the client sets what a model that thinks refuses"
	case m.Thinking == ThinkBudget && r.LimitSpan == (Span{}):
		return "max_tokens is no plain number"
	// An adaptive model may think or not: the history does not tell that it began without.
	case within && (m.Thinking == ThinkBudget || r.Past.Model != "" && r.Past.Model != m.Name):
		return "the turn has begun without thinking"
	}
	return ""
}

// answering makes of the candidates that were proposed those who answer the request, each once.
func answering(proposed []*Model, r *Request) []*Model {
	at := slices.IndexFunc(proposed, func(m *Model) bool { return m.For(r) != m })
	if at < 0 {
		return proposed
	}
	out := slices.Clone(proposed[:at])
	for _, m := range proposed[at:] {
		if who := m.For(r); !slices.Contains(out, who) {
			out = append(out, who)
		}
	}
	return out
}

// explainPlain tells of the candidates in whose place the plain model answers.
func (d *Decision) explainPlain(r *Request) {
	for _, m := range d.Candidates {
		if who := m.For(r); who != m {
			d.Considered = append(d.Considered, Considered{
				Model: who.Name, Tier: who.Tier, Cost: who.Estimate(r, d.Signals.Tokens),
				Fate: "in the place of " + m.Name + ": " + m.withheld(r),
			})
		}
	}
}
