package verdict

import "slices"

// A Reason says why an answer was given up. It is a metric label, a value of the
// escalation header and a key of the configuration. The zero value means that
// nothing is wrong.
type Reason string

// The reasons, in the order in which an answer is checked for them.
const (
	ProviderError Reason = "provider_error" // an error inside a 200
	PolicyRefusal Reason = "policy_refusal" // stopped by the provider's policy
	Empty         Reason = "empty"          // neither text nor tool calls
	Length        Reason = "length"         // cut off, and not by a limit of the client's own
	ToolArguments Reason = "tool_arguments" // arguments of a tool call that are no JSON
	Refusal       Reason = "refusal"        // the model's own "I can't do that"
	JSON          Reason = "json"           // JSON was asked for and this is none
	Schema        Reason = "schema"         // JSON that does not satisfy the schema asked for
	Repetition    Reason = "repetition"     // the same words over and over
	Unfinished    Reason = "unfinished"     // stops in mid-sentence, mid-list or mid-code although the model was done
	WrongLanguage Reason = "wrong_language" // not the language of the question
	TooShort      Reason = "too_short"      // fewer characters than the question calls for
	Constraint    Reason = "constraint"     // breaks a limit that the prompt set and that can be counted
	LowConfidence Reason = "low_confidence" // mean token probability, or what the words allow, below the candidate's minimum

	// Given by whoever compares answers. Agreement is no fault: the answer was held until
	// another model had given the same.
	Agreement    Reason = "agreement"
	Disagreement Reason = "disagreement"
	NoAnswer     Reason = "no_answer" // what was asked for (a number, a choice, …) is not in it

	RateLimited   Reason = "rate_limited" // 429, an exhausted quota included
	ServerError   Reason = "server_error" // 5xx
	ContextLength Reason = "context_length"
	ModelNotFound Reason = "model_not_found"
	Timeout       Reason = "timeout"
	Unreachable   Reason = "unreachable" // no answer at all; given by whoever made the call
)

var reasons = []Reason{
	ProviderError, PolicyRefusal, Empty, Length, ToolArguments, Refusal, JSON, Schema,
	Repetition, Unfinished, WrongLanguage, TooShort, Constraint, LowConfidence,
	RateLimited, ServerError, ContextLength, ModelNotFound, Timeout, Unreachable,
}

// Reasons lists every reason there is.
func Reasons() []Reason { return slices.Clone(reasons) }

// Structured reports whether the model failed to write structured output, so that a
// model that is good at it should answer next.
func (r Reason) Structured() bool { return r == JSON || r == Schema }

// An Action is what is done about a reason.
type Action uint8

// The actions. Keep delivers the answer as it is: what it is given for is not
// looked for.
const (
	Keep Action = iota
	Escalate
)

// String returns the name used in the configuration.
func (a Action) String() string {
	if a == Escalate {
		return "escalate"
	}
	return "keep"
}

// ParseAction returns the action called name and whether there is one.
func ParseAction(name string) (Action, bool) {
	switch name {
	case Keep.String():
		return Keep, true
	case Escalate.String():
		return Escalate, true
	}
	return Keep, false
}
