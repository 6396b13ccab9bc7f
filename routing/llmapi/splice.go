package llmapi

import (
	"encoding/json"
	"slices"
)

// Splice returns body with body[start:end] replaced by the JSON string of model. start
// and end are the ModelStart and ModelEnd that [Read] found in the same body. All other
// bytes stay as they are: order, spacing and numbers of the client's JSON survive.
//
// It moves them within body where there is room, so body itself must not be used any
// more: a second copy of a long body would cost more than to decide on it.
func Splice(body []byte, start, end int, model string) []byte {
	value, _ := json.Marshal(model) // strings always encode
	return slices.Replace(body, start, end, value...)
}
