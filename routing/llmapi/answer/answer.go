// Package answer reads what LLM providers answer.
//
// It knows the answers of OpenAI Chat Completions and Anthropic Messages: what one says,
// whole ([Read]) or event by event ([Stream]), and a provider's error ([ReadError]). Of every
// endpoint it knows what an answer cost ([ReadUsage], [Meter]). It does not know requests,
// HTTP or whether an answer is any good. Start with [Response].
package answer

import "sluice/routing"

// A Finish says why a model stopped, in one vocabulary for all providers.
type Finish uint8

// The reasons for which a model stops. FinishUnknown also stands for "not yet".
const (
	FinishUnknown Finish = iota
	FinishStop           // the model was done, or met the client's stop sequence
	FinishLength         // cut off by a limit on tokens
	FinishTools          // it calls tools
	FinishPolicy         // stopped by the provider's policy: refusal, content_filter
)

// A ToolCall is one call that a model asks for. Arguments is the JSON text it wrote.
type ToolCall struct {
	Name      string
	Arguments string
}

// A Response is what a provider said, read from a body or from the events of a stream so far.
type Response struct {
	Model        string // the model named by the provider
	Text         string // of the first choice, all text blocks joined
	Refusal      string // OpenAI's refusal field: the model's own, structured "no"
	Reasoning    bool   // there was thinking or reasoning, which is no text
	ToolCalls    []ToolCall
	Finish       Finish
	Usage        routing.Usage
	Logprobs     int     // tokens whose log-probability was given
	Probability  float64 // their mean probability, 0..1
	ErrorMessage string  // a provider's error inside a 200; "" if there is none
	Choices      int
	Complete     bool // the answer is whole: a body, or a stream that came to its proper end
	Truncated    bool // text or arguments beyond what is kept of a stream are missing here
}
