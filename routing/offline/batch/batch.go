// Package batch routes many requests at once, for the providers' cheaper batch endpoints
// or for sending them through Envoy, and can be killed at any point and go on.
//
// Everything it knows is in one directory, a [Run]: the input is planned into a manifest
// and the providers' input files, each line of the manifest is answered, by a provider's
// batch ([Run.Submit], [Run.Collect]) or one by one ([Run.Send]), and the answers are
// put back in the order of the input ([Run.Finish]). Memory does not grow with the
// number of lines: what must be looked up by line is in files. It knows the providers'
// batch APIs (openai.go, anthropic.go), and neither Envoy nor terminals.
//
// Start with run.go; plan.go is the way of one line.
package batch

import (
	"encoding/json"
	"fmt"
)

// MaxLine bounds one line of input, in bytes: longer ones are rejected.
const MaxLine = 32 << 20

// MaxReply bounds one answer, in bytes.
const MaxReply = 64 << 20

// An Answer is what came back for one line. Exactly one counts: the first recorded.
type Answer struct {
	Line     int             `json:"line"`
	Model    string          `json:"model,omitempty"` // configured name, or as the provider says
	Tier     string          `json:"tier,omitempty"`
	Reason   string          `json:"reason,omitempty"` // why Sluice chose the model
	Attempts string          `json:"attempts,omitempty"`
	Status   int             `json:"status"` // of HTTP, or what it would have been
	Response json.RawMessage `json:"response,omitempty"`
	Error    *Problem        `json:"error,omitempty"`
	Cost     float64         `json:"cost_usd"`
	Source   string          `json:"cost_source,omitempty"` // provider, or estimate
	Input    int             `json:"input_tokens"`          // -1 is not reported
	Output   int             `json:"output_tokens"`
}

// A Problem is why a line has no response.
type Problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Codes of problems that no provider named.
const (
	codeInvalid  = "invalid_line"  // the line of input cannot be used
	codeFailed   = "batch_failed"  // the provider refused the whole batch
	codeExpired  = "batch_expired" // the provider did not get to the request in time
	codeCanceled = "batch_canceled"
	codeMissing  = "no_result" // the batch ended without a word on the request
	codeReply    = "invalid_reply"
)

// A Progress tells how far the step under way is.
type Progress struct {
	Step   string  // planning, sending, submitting, waiting or collecting
	Done   int     // lines; batches where submitting or waiting
	Total  int     // 0 is unknown
	Cost   float64 // US dollars so far: estimated while planning
	Failed int     // of Done, without a response
}

// A LineError is a line of input that cannot be used.
type LineError struct {
	File string
	Line int
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }

func (e *LineError) Unwrap() error { return e.Err }
