package jsonscan

// Codes of [Error] that the scanner itself gives.
const (
	CodeInvalidJSON = "invalid_json" // not one JSON object
	CodeTooDeep     = "too_deep"     // nested beyond MaxDepth, or an object with too many members
)

// An Error says why a body cannot be read. In a request it is the client's mistake
// (HTTP 400).
type Error struct {
	Code    string // from a closed set, fit for metric labels
	Message string // for the client; quotes nothing of the body but keys that Sluice knows
	Offset  int    // byte of the body where it shows, named in Message too; -1 if there is none
}

// Error returns the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }
