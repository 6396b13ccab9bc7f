// Package answer reads what LLM providers answer.
//
// It knows the answers of OpenAI Chat Completions and Responses, and of Anthropic Messages: what one says,
// whole ([Read]) or event by event ([Stream]), and a provider's error ([ReadError]). Of every
// endpoint it knows what an answer cost ([ReadUsage], [Meter]). It does not know requests,
// HTTP or whether an answer is any good. Start with [Response].
package answer

import "sluice/routing"

// A Finish says why a model stopped, in one vocabulary for all providers.
type Finish uint8

// The finish reasons.
const (
	FinishUnknown  Finish = iota // the model has not stopped, or nobody says so
	FinishStop                   // the model was done, or wrote a stop sequence of the client and nobody says so
	FinishSequence               // it wrote a stop sequence of the client
	FinishLength                 // cut off by a limit on tokens
	FinishTools                  // the model calls tools
	FinishPolicy                 // stopped by the provider's policy: refusal, content_filter
	FinishPaused                 // the provider wants to be asked to go on: its own tools run, or the history was compacted
	FinishFailed                 // the provider had a fault
	FinishOther                  // stopped, for a reason that is not known here
)

// A ToolCall is one call that a model asks for. Arguments is the JSON text it wrote, "" for
// OpenAI's custom tools, whose input is free text.
type ToolCall struct {
	Name      string
	Arguments string
}

// A Response is the answer of a model, read from a whole body or from the events of a stream so
// far.
type Response struct {
	Model       string // the model named by the provider
	ID          string // Anthropic: of the message; Responses: of the response
	Text        string // of the first choice, all text blocks joined; it may begin with thoughts, see [Response.Said]
	Refusal     string // OpenAI's refusal field: the model itself declines
	Reasoning   bool   // it contains thinking or reasoning, which is not part of Text, or its usage counts some
	Others      int    // parts that are neither text, reasoning nor calls: audio, images, the provider's own tools, …
	ToolCalls   []ToolCall
	Finish      Finish
	Usage       routing.Usage
	Logprobs    int     // number of tokens with a log-probability
	Probability float64 // their mean probability, 0..1
	Error       Error   // a provider's error in a response with status 200
	Choices     int
	Complete    bool // it is a whole body, or a stream that ended as its protocol says
	Truncated   bool // the limits on a stream were reached: text or arguments are missing
}
