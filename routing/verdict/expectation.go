package verdict

import (
	"bytes"
	"encoding/json"

	"sluice/routing"
)

// An Expectation is what a request asked of its answer. It travels in the plan of
// the request as JSON, so its names are short.
type Expectation struct {
	Stream        bool            `json:"s,omitempty"` // the client wants events
	JSON          bool            `json:"j,omitempty"` // the text must be JSON
	Schema        json.RawMessage `json:"c,omitempty"` // and satisfy this schema
	Limited       bool            `json:"l,omitempty"` // the client set its own limit on the answer's length
	Tools         bool            `json:"t,omitempty"` // tools were offered
	Short         bool            `json:"b,omitempty"` // a short answer is what was asked for
	MinConfidence float64         `json:"m,omitempty"` // the candidate's least mean token probability; 0 accepts all
}

// Expect returns what a request asks of its answer. The caller adds the candidate's
// MinConfidence. A schema that could not be checked anyway is left out.
func Expect(r *routing.Request) Expectation {
	e := Expectation{
		Stream:  r.Stream,
		JSON:    r.Needs&routing.JSON != 0 || len(r.Schema) > 0,
		Limited: r.MaxTokens > 0,
		Tools:   r.Needs&routing.Tools != 0,
		Short:   ExpectShort(r.Prompt, r.MaxTokens),
	}
	var compact bytes.Buffer
	if len(r.Schema) > 0 && len(r.Schema) <= maxSchema && json.Compact(&compact, r.Schema) == nil {
		e.Schema = compact.Bytes()
	}
	return e
}
