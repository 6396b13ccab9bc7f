package llmapi

import (
	"encoding/json"
	"slices"
)

// Splice appends body to dst with body[start:end] replaced by the JSON string of
// model. start and end are the ModelStart and ModelEnd that [Read] found in the same
// body. All other bytes stay as they are: order, spacing and numbers of the client's
// JSON survive.
func Splice(dst, body []byte, start, end int, model string) []byte {
	value, _ := json.Marshal(model) // strings always encode
	dst = slices.Grow(dst, len(body)-(end-start)+len(value))
	dst = append(dst, body[:start]...)
	dst = append(dst, value...)
	return append(dst, body[end:]...)
}
