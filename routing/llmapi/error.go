package llmapi

import "sluice/routing/llmapi/jsonscan"

// Codes of [Error]: a closed set, fit for metric labels.
const (
	CodeInvalidJSON  = jsonscan.CodeInvalidJSON // not one JSON object
	CodeTooDeep      = jsonscan.CodeTooDeep     // nested beyond jsonscan.MaxDepth
	CodeDuplicateKey = "duplicate_key"          // a key that Sluice acts on is given twice
	CodeMissingModel = "missing_model"          // no "model", or an empty one
	CodeInvalidModel = "invalid_model"          // "model" is not a name
)

// An Error says why a body cannot be read. In a request it is the client's mistake
// (HTTP 400).
type Error = jsonscan.Error
