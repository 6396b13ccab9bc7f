package answer

import (
	"math"
	"strconv"

	"sluice/routing"
	"sluice/routing/llmapi/jsonscan"
)

// maxWord bounds short strings in answers (names of tools, ids, reasons, types of blocks), in
// bytes.
const maxWord = 256

// maxModel bounds the name of the model, in bytes.
const maxModel = 256

// An eventReader reads a body or the data of one event. Texts are decoded into scratch one
// after another.
type eventReader struct {
	jsonscan.Scanner
	event   event
	scratch []byte
}

// readEvent reads a body or the data of an event. The result refers to data and to scratch,
// which is overwritten and may be replaced by a larger one.
func readEvent(format routing.Format, data []byte, scratch *[]byte) (event, error) {
	r := eventReader{
		Scanner: jsonscan.Scanner{Data: data},
		event:   event{usage: noUsage},
		scratch: (*scratch)[:0],
	}
	switch {
	case r.Peek() != '{':
		r.Invalid("an object")
	case format == routing.Anthropic:
		r.anthropic()
	case format == routing.Responses:
		r.responses()
	default:
		r.openAI()
	}
	r.Finish()
	*scratch = r.scratch
	if r.Err != nil {
		return event{}, r.Err
	}
	return r.event, nil
}

// decoded reads a value and returns the decoded string, or nil for other types.
func (r *eventReader) decoded() []byte {
	if r.Peek() != '"' {
		r.Skip()
		return nil
	}
	start := len(r.scratch)
	r.scratch = r.AppendString(r.scratch)
	return r.scratch[start:len(r.scratch):len(r.scratch)]
}

// text reads a value and returns at most n bytes of the string, or "" for other types.
func (r *eventReader) text(n int) string {
	if r.Peek() != '"' {
		r.Skip()
		return ""
	}
	return jsonscan.Truncate(string(r.Word()), n)
}

// finish reads why the model stopped. Where it did for a fault of the provider, that is an error.
func (r *eventReader) finish() Finish {
	word := r.text(maxWord)
	f := readFinish(word)
	if f == FinishFailed && r.event.failure.None() {
		r.event.failure = Error{Type: word}
	}
	return f
}

// label is text for values that may also be numbers.
func (r *eventReader) label() string {
	if c := r.Peek(); c == '-' || c-'0' <= 9 {
		return jsonscan.Truncate(string(r.Skip()), maxWord)
	}
	return r.text(maxWord)
}

// count reads a value and returns the number, or -1 if it is not a valid count.
func (r *eventReader) count() int {
	n, ok := r.float()
	if !ok || n < 0 || n > math.MaxInt32 {
		return -1
	}
	return int(n)
}

// float reads a value and reports whether it is a number.
func (r *eventReader) float() (float64, bool) {
	n, err := strconv.ParseFloat(string(r.Skip()), 64)
	return n, err == nil
}
