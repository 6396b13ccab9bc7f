package answer

import "sluice/routing/llmapi/jsonscan"

// maxErrorText bounds what is kept of a provider's error message, in bytes.
const maxErrorText = 1 << 10

// A providerError is an error as a provider reports it.
type providerError struct {
	code, kind, status string // providers use different ones; code may be a number
	message            string
}

// String returns the message, or a name if there is none; "" means no error.
func (f providerError) String() string {
	if f.message != "" {
		return f.message
	}
	return f.name()
}

// name returns the most specific identifier of the error, or "".
func (f providerError) name() string {
	for _, w := range []string{f.code, f.kind, f.status} {
		if w != "" && (w[0] < '0' || w[0] > '9') {
			return w
		}
	}
	return f.code
}

// ReadError reads the body of an HTTP error in either format. It returns the code, or the type
// where there is no code, and the message; each is "" if it is missing. A truncated body yields
// what it contains. The message is the provider's and may quote the prompt: do not log it.
func ReadError(body []byte) (code, message string) {
	r := eventReader{Scanner: jsonscan.Scanner{Data: body}}
	if r.Peek() == '[' { // Google's OpenAI endpoint wraps the error in a list
		r.Array(func() { r.event.failure = r.readError() })
	} else {
		r.event.failure = r.readError()
	}
	return r.event.failure.name(), r.event.failure.message
}

// readError reads a value that describes an error: a string, or an object that may nest the
// description.
func (r *eventReader) readError() providerError {
	if r.Peek() == '"' {
		return providerError{message: r.text(maxErrorText)}
	}
	var f, inner providerError
	r.Object(func(key []byte) {
		switch string(key) {
		case "error":
			inner = r.readError()
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
	if inner != (providerError{}) {
		return inner
	}
	return f
}
