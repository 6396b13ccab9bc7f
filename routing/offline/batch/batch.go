// Package batch routes many requests at once, for the providers' cheaper batch endpoints or
// one by one through Envoy. It can be killed at any point and continues when run again.
//
// All its state is in one directory, a [Run]. [Run.Plan] routes the input and writes a manifest
// and the providers' input files. The lines are answered by a provider's batch ([Run.Submit],
// [Run.Collect]) or one by one ([Run.Send]). [Run.Finish] puts the responses in the order of
// the input. Memory does not grow with the number of lines: what must be looked up by line is
// in files. The package knows the providers' batch APIs (openai.go, anthropic.go); it does not
// know Envoy or terminals.
//
// Start with run.go; plan.go shows what happens to one line.
package batch

import (
	"encoding/json"
	"fmt"
)

// MaxLine bounds one line of input, in bytes. Longer lines are rejected.
const MaxLine = 32 << 20

// MaxResponse bounds one response, in bytes.
const MaxResponse = 64 << 20

// A Response is the outcome of one line. Exactly one counts: the first recorded.
type Response struct {
	Line     int             `json:"line"`
	Model    string          `json:"model,omitempty"` // configured name, or the name that the provider gives
	Tier     string          `json:"tier,omitempty"`
	Reason   string          `json:"reason,omitempty"` // why Sluice chose the model
	Attempts string          `json:"attempts,omitempty"`
	Status   int             `json:"status"` // HTTP status, or an equivalent
	Response json.RawMessage `json:"response,omitempty"`
	Error    *Problem        `json:"error,omitempty"`
	Cost     float64         `json:"cost_usd"`
	Source   string          `json:"cost_source,omitempty"` // usage, or estimate
	Input    int             `json:"input_tokens"`          // -1 is not reported
	Output   int             `json:"output_tokens"`
}

// A Problem is why a line has no response.
type Problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Codes of problems that do not come from a provider.
const (
	codeInvalid  = "invalid_line"  // the line of input cannot be used
	codeFailed   = "batch_failed"  // the provider refused the whole batch
	codeExpired  = "batch_expired" // the provider did not process the request in time
	codeCanceled = "batch_canceled"
	codeMissing  = "no_result" // the batch ended without a result for the request
	codeReply    = "invalid_reply"
)

// Progress is how far the current step is.
type Progress struct {
	Step   string  // planning, sending, submitting, waiting or collecting
	Done   int     // lines; batches where submitting or waiting
	Total  int     // 0 is unknown
	Cost   float64 // US dollars so far: estimated while planning
	Failed int     // of Done, without a response
}

// A LineError says why a line of input cannot be used.
type LineError struct {
	File string
	Line int
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }

func (e *LineError) Unwrap() error { return e.Err }
