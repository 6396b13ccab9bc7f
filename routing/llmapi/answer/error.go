package answer

import (
	"strings"

	"sluice/routing/llmapi/jsonscan"
)

// maxErrorText bounds what is kept of a provider's error message, in bytes.
const maxErrorText = 1 << 10

// An Error is an error as a provider reports it, in whichever shape. Each field is "" if it
// is missing. The message is the provider's and may quote the prompt: do not log it.
type Error struct {
	Code, Type, Status string // providers use different ones; Code may be a number
	Param              string // the field of the request that it is about
	Value              string // what stands there, if it is a short text
	Message            string
	RetryDelay         string // Google's: a duration such as 34s
}

// String returns the message, or a name if there is none; "" means no error.
func (e Error) String() string {
	if e.Message != "" {
		return e.Message
	}
	return e.Name()
}

// None reports that there is no error: neither words nor a name.
func (e Error) None() bool { return e.String() == "" }

// Name returns the most specific identifier of the error: the code, or the type where there
// is no code but a number; "" where there is none.
func (e Error) Name() string {
	for _, w := range []string{e.Code, e.Type, e.Status} {
		if w != "" && (w[0] < '0' || w[0] > '9') {
			return w
		}
	}
	return e.Code
}

// ReadError reads the body of an HTTP error. A truncated body yields what it contains, and one
// that is a text is the message.
func ReadError(body []byte) Error {
	r := eventReader{Scanner: jsonscan.Scanner{Data: body}}
	switch r.Peek() {
	case '"', '[', '{':
		return r.readError()
	case '<', 0: // a page of HTML says nothing of a model
		return Error{}
	}
	return Error{Message: jsonscan.Truncate(strings.TrimSpace(strings.ToValidUTF8(string(body[:min(len(body), 2*maxErrorText)]), "")), maxErrorText)}
}

// readError reads a value that describes an error: a string, an object that may nest the
// description, or a list, of which the first one counts. Google's OpenAI endpoint wraps its
// errors in a list; servers made with FastAPI list what is wrong with each field.
func (r *eventReader) readError() Error {
	switch r.Peek() {
	case '"':
		return Error{Message: r.text(maxErrorText)}
	case '[':
		var first Error
		r.Array(func() {
			if e := r.readError(); first == (Error{}) {
				first = e
			}
		})
		return first
	}
	var e, inner Error
	r.Object(func(key []byte) {
		switch string(key) {
		case "error", "errors":
			if c := r.Peek(); c == '{' || c == '"' || c == '[' {
				inner = r.readError()
			} else {
				r.Skip()
			}
		case "message", "detail", "msg", "Message", "error_message", "error_msg":
			if c := r.Peek(); c == '{' || c == '[' {
				found := r.readError()
				if e.Message != "" {
					found.Message = ""
				}
				e = found.or(e)
			} else if text := r.text(maxErrorText); text != "" {
				e.Message = text
			}
		case "code":
			e.Code = r.label()
		case "type", "__type", "error_type":
			if kind := r.label(); kind != "error" { // Anthropic's envelope
				e.Type = kind
			}
		case "status":
			e.Status = r.label()
		case "param":
			e.Param = r.text(maxWord)
		case "loc":
			e.Param = r.location()
		case "input":
			e.Value = r.label()
		case "details":
			r.errorDetails(&e)
		case "metadata": // OpenRouter quotes the provider behind it
			r.Object(func(key []byte) {
				if string(key) == "raw" {
					e.Message = strings.TrimSpace(e.Message + " " + r.text(maxErrorText))
				} else {
					r.Skip()
				}
			})
		default:
			r.Skip()
		}
	})
	if inner != (Error{}) {
		return inner.or(e)
	}
	return e
}

// or fills in what the error lacks from the one around it.
func (e Error) or(outer Error) Error {
	for _, f := range []struct {
		inner *string
		outer string
	}{
		{&e.Code, outer.Code},
		{&e.Type, outer.Type},
		{&e.Status, outer.Status},
		{&e.Param, outer.Param},
		{&e.Value, outer.Value},
		{&e.Message, outer.Message},
		{&e.RetryDelay, outer.RetryDelay},
	} {
		if *f.inner == "" {
			*f.inner = f.outer
		}
	}
	return e
}

// location joins the path to a field as FastAPI gives it: ["body", "stream_options"].
func (r *eventReader) location() string {
	var path []string
	r.Array(func() {
		if step := r.label(); step != "body" && step != "" && len(path) < 8 {
			path = append(path, step)
		}
	})
	return jsonscan.Truncate(strings.Join(path, "."), maxWord)
}

// errorDetails reads the list by which Google's services add to an error.
func (r *eventReader) errorDetails(e *Error) {
	if r.Peek() != '[' {
		r.Skip()
		return
	}
	r.Array(func() {
		if r.Peek() != '{' {
			r.Skip()
			return
		}
		r.Object(func(key []byte) {
			switch string(key) {
			case "reason":
				e.Type = r.text(maxWord)
			case "retryDelay":
				e.RetryDelay = r.text(maxWord)
			default:
				r.Skip()
			}
		})
	})
}
