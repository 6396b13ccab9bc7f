package verdict

import "sluice/routing/verdict/failure"

// A Reason says why an answer was rejected. It is a metric label, a value of the escalation
// header and a key of the configuration. The zero value means that nothing is wrong.
type Reason string

// The reasons, in the order in which answers are checked.
const (
	ProviderError Reason = "provider_error" // an error in a response with status 200
	PolicyRefusal Reason = "policy_refusal" // stopped by the provider's policy
	Empty         Reason = "empty"          // neither text nor tool calls
	Length        Reason = "length"         // cut off, although the client set no limit
	ToolArguments Reason = "tool_arguments" // the arguments of a tool call are not JSON
	ToolCallText  Reason = "tool_call_text" // a tool call stands in the text
	Refusal       Reason = "refusal"        // the model's own "I can't do that"
	JSON          Reason = "json"           // JSON was asked for and the text is not JSON
	Schema        Reason = "schema"         // the JSON does not satisfy the schema
	Repetition    Reason = "repetition"     // endless repetition
	Unfinished    Reason = "unfinished"     // stops in the middle of a sentence, list or code block
	WrongLanguage Reason = "wrong_language" // not in the language of the question
	TooShort      Reason = "too_short"      // fewer than min_characters
	Constraint    Reason = "constraint"     // violates a countable limit stated in the prompt
	LowConfidence Reason = "low_confidence" // the confidence is below the candidate's minimum

	// Set by the comparison of answers. Agreement is not a defect: the answer was held until
	// another model gave the same one.
	Agreement    Reason = "agreement"
	Disagreement Reason = "disagreement"
	NoAnswer     Reason = "no_answer" // no final answer (a number, a choice, ...) was found

	// The attempt brought no answer. Package failure tells them apart.
	RateLimited          = Reason(failure.RateLimited)
	ServerError          = Reason(failure.ServerError)
	ContextLength        = Reason(failure.ContextLength)
	ModelNotFound        = Reason(failure.ModelNotFound)
	Unsupported          = Reason(failure.Unsupported)
	Account              = Reason(failure.Account)
	Redirect             = Reason(failure.Redirect)
	Timeout              = Reason(failure.Timeout)
	Unreachable   Reason = "unreachable" // no response; set by the caller
)

// The reasons that an operator can configure.
var reasons = []Reason{
	ProviderError, PolicyRefusal, Empty, Length, ToolArguments, ToolCallText, Refusal, JSON, Schema,
	Repetition, Unfinished, WrongLanguage, TooShort, Constraint, LowConfidence,
	RateLimited, ServerError, ContextLength, ModelNotFound, Unsupported, Account, Redirect, Timeout, Unreachable,
}

// Failed reports whether the attempt brought no answer at all, not even a weak one.
func (r Reason) Failed() bool {
	switch r {
	case ProviderError, RateLimited, ServerError, ContextLength, ModelNotFound, Unsupported, Account, Redirect, Timeout, Unreachable:
		return true
	default:
		return false
	}
}

// Transient reports a failure that says nothing of what the model can do with the
// conversation: the same request may succeed there later. What is too long for a model, or
// holds something that it does not take, stays so in the next turn.
func (r Reason) Transient() bool { return r.Failed() && r != ContextLength && r != Unsupported }

// Structured reports whether the model failed to write structured output, so that the next
// attempt should use a model that is good at it.
func (r Reason) Structured() bool { return r == JSON || r == Schema }

// An Action says what is done about a reason.
type Action uint8

// The actions. Keep delivers the answer as it is and disables the check.
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

// ParseAction returns the action with that name, and whether there is one.
func ParseAction(name string) (Action, bool) {
	switch name {
	case Keep.String():
		return Keep, true
	case Escalate.String():
		return Escalate, true
	}
	return Keep, false
}
