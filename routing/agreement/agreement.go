// Package agreement tells whether two models gave the same final answer.
//
// [Of] says of a request whether its answer can be checked so at all, and how: JSON, a
// tool call, a choice, a number, a truth value, a label out of a list. [Form.Final] takes
// the final answer out of what a model wrote and brings it into one form, so that 1,000 and
// $1000.00 are equal, and [Final.Hash] makes of it what may travel in metadata.
//
// Both are made for precision: a request that is not surely one of these forms (a chat, an
// essay, code to be written) is none, and an answer without a clear end has no final answer.
// The package is pure, bounded in what it reads, and knows neither models nor prices.
package agreement

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"

	"sluice/routing/llmapi/answer"
)

// A Kind is a form that a final answer has.
type Kind string

// The kinds. The zero value is no form that can be checked.
const (
	JSON   Kind = "json"   // an object, or the keys of it that decide
	Call   Kind = "call"   // calls of tools, with their arguments
	Choice Kind = "choice" // a letter
	Bool   Kind = "bool"   // yes or no, true or false
	Label  Kind = "label"  // one out of a list
	Number Kind = "number"
	Value  Kind = "value" // whatever stands behind "final answer" or in a box
)

// A Form is how the answers to a request are compared. It travels in the request's plan as
// JSON, so its names are short.
type Form struct {
	Kind   Kind     `json:"k,omitempty"`
	Keys   []string `json:"d,omitempty"` // of JSON: the keys that decide; none is by their names
	Labels []Word   `json:"l,omitempty"` // of Label
	// Literal is set where a literal of a programming language was asked for: there quotes
	// are a part of the answer.
	Literal bool `json:"q,omitempty"`
}

// Checkable reports whether answers can be compared.
func (f Form) Checkable() bool { return f.Kind != "" }

// A Final is a final answer in its one form. The zero value is none.
type Final struct{ text string }

// hashBytes is the length of a hash: two different answers of one request meet by chance
// once in 2^64.
const hashBytes = 8

// Hash names the answer without telling it. The salt is the request's own, so that equal
// answers to different requests do not show.
func (f Final) Hash(salt uint64) string {
	h := sha256.New()
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], salt)
	h.Write(b[:])
	h.Write([]byte(f.text))
	return hex.EncodeToString(h.Sum(nil)[:hashBytes])
}

// maxText bounds the answer that is read, in bytes: one that is longer is no final answer.
const maxText = 64 << 10

// Final returns the final answer of what a model said, and whether there is one.
func (f Form) Final(a *answer.Response) (Final, bool) {
	switch {
	case a.Truncated, a.Refusal != "", a.ErrorMessage != "", a.Choices > 1,
		a.Finish == answer.FinishLength, a.Finish == answer.FinishPolicy, len(a.Text) > maxText:
		return Final{}, false
	case f.Kind == Call:
		return calls(a.ToolCalls)
	case len(a.ToolCalls) > 0:
		return Final{}, false
	}
	return f.Text(a.Text)
}

// Text is [Form.Final] of an answer that is nothing but text.
func (f Form) Text(text string) (Final, bool) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxText {
		return Final{}, false
	}
	var v string
	var ok bool
	switch f.Kind {
	case JSON:
		v, ok = f.object(text)
	case Choice:
		v, ok = choice(text)
	case Bool:
		v, ok = truth(text)
	case Label:
		v, ok = f.label(text)
	case Number:
		v, ok = number(text)
	case Value:
		v, ok = f.value(text)
	case Call:
	}
	return Final{v}, ok
}

// calls are equal where they call the same tools with the same arguments, in any order.
func calls(list []answer.ToolCall) (Final, bool) {
	if len(list) == 0 {
		return Final{}, false
	}
	parts := make([]string, len(list))
	for i, c := range list {
		arguments := strings.TrimSpace(c.Arguments)
		if arguments == "" {
			arguments = "{}"
		}
		v, ok := parseLiteral(arguments)
		if !ok {
			return Final{}, false
		}
		parts[i] = quote(c.Name) + v.canonical()
	}
	slices.Sort(parts)
	return Final{strings.Join(parts, ";")}, true
}
