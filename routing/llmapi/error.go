package llmapi

// Codes of [Error]: a closed set, fit for metric labels.
const (
	CodeInvalidJSON  = "invalid_json"  // not one JSON object
	CodeTooDeep      = "too_deep"      // nested beyond maxDepth
	CodeDuplicateKey = "duplicate_key" // a key that Sluice acts on is given twice
	CodeMissingModel = "missing_model" // no "model", or an empty one
	CodeInvalidModel = "invalid_model" // "model" is no name
)

// An Error says why a body cannot be read. In a request it is the client's mistake
// (HTTP 400).
type Error struct {
	Code    string // one of the codes above
	Message string // for the client; quotes nothing of the body but keys that Sluice knows
	Offset  int    // byte of the body where it shows, named in Message too; -1 if there is none
}

// Error returns the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }
