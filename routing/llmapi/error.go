package llmapi

import "fmt"

// Codes of [Error]: a closed set, fit for metric labels.
const (
	CodeInvalidJSON   = "invalid_json"   // not one JSON object
	CodeTooDeep       = "too_deep"       // nested beyond maxDepth
	CodeDuplicateKey  = "duplicate_key"  // a key that Sluice acts on is given twice
	CodeMissingModel  = "missing_model"  // no "model", or an empty one
	CodeInvalidModel  = "invalid_model"  // "model" is no name
	CodeEmptyMessages = "empty_messages" // no "messages", or none in it
)

// An Error says why a request body cannot be routed. Each is the client's mistake
// (HTTP 400).
type Error struct {
	Code    string // one of the codes above
	Message string // for the client; quotes nothing of the body but keys that Sluice knows
	Offset  int    // byte of the body where it shows, -1 if it has no place
}

// Error returns the code, the message and the place.
func (e *Error) Error() string {
	if e.Offset < 0 {
		return e.Code + ": " + e.Message
	}
	return fmt.Sprintf("%s: %s (byte %d)", e.Code, e.Message, e.Offset)
}
