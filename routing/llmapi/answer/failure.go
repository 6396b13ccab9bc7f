package answer

import "sluice/routing/llmapi/jsonscan"

// maxErrorText bounds what is kept of a provider's error message, in bytes.
const maxErrorText = 1 << 10

// A failure is an error as a provider reports it.
type failure struct {
	code, kind, status string // whichever the provider uses; code may be a number
	message            string
}

// String returns what the failure says, "" for none.
func (f failure) String() string {
	if f.message != "" {
		return f.message
	}
	return f.word()
}

// word returns the most telling name of the failure, "" for none.
func (f failure) word() string {
	for _, w := range []string{f.code, f.kind, f.status} {
		if w != "" && (w[0] < '0' || w[0] > '9') {
			return w
		}
	}
	return f.code
}

// ReadError returns what the body of an HTTP error says, in either format: its code,
// or its type where it has none, and its message. Each is "" where body does not say,
// and a body that is cut off gives what it has. The message is the provider's and may
// quote the prompt.
func ReadError(body []byte) (code, message string) {
	r := eventReader{Scanner: jsonscan.Scanner{Data: body}}
	if r.Peek() == '[' { // Google's OpenAI endpoint answers with a list of one
		r.Array(func() { r.event.failure = r.failure() })
	} else {
		r.event.failure = r.failure()
	}
	return r.event.failure.word(), r.event.failure.message
}

// failure passes a value that describes an error: a string, or an object that may have
// the description inside.
func (r *eventReader) failure() failure {
	if r.Peek() == '"' {
		return failure{message: r.text(maxErrorText)}
	}
	var f, inner failure
	r.Object(func(key []byte) {
		switch string(key) {
		case "error":
			inner = r.failure()
		case "message", "detail":
			f.message = r.text(maxErrorText)
		case "code":
			f.code = r.label()
		case "type":
			f.kind = r.label()
		case "status":
			f.status = r.label()
		default:
			r.Skip()
		}
	})
	if inner != (failure{}) {
		return inner
	}
	return f
}
