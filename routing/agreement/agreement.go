// Package agreement tells whether two models gave the same final answer.
//
// [Of] returns how the answers to a request can be compared, if at all: as JSON, a tool call, a
// choice, a number, a truth value or a label out of a list. [Form.Final] extracts the final
// answer from what a model wrote and brings it into a canonical form, so that 1,000 and
// $1000.00 are equal. [Final.Hash] returns a hash of it that may be put into metadata.
//
// Both favour precision: a request that is not clearly of one of these forms (a chat, an essay,
// code to write) has no form, and an answer without a clear ending has no final answer. The
// package has no state, reads a bounded part of its input, and does not know models or prices.
package agreement

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"

	"sluice/routing/llmapi/answer"
)

// A Kind is the kind of a final answer.
type Kind string

// The kinds. The zero value means that answers cannot be compared.
const (
	JSON   Kind = "json"   // an object, or its deciding keys
	Call   Kind = "call"   // tool calls with their arguments
	Choice Kind = "choice" // a letter
	Bool   Kind = "bool"   // yes or no, true or false
	Label  Kind = "label"  // one out of a list
	Number Kind = "number"
	Value  Kind = "value" // whatever follows "final answer" or is in a box
)

// A Form says how the answers to a request are compared. It is part of the request's plan, as
// JSON, so its names are short.
type Form struct {
	Kind   Kind     `json:"k,omitempty"`
	Keys   []string `json:"d,omitempty"` // for JSON: the deciding keys; if empty, they are chosen by name
	Labels []Word   `json:"l,omitempty"` // for Label
	// Literal is set if a literal of a programming language was asked for: then quotes are part
	// of the answer.
	Literal bool `json:"q,omitempty"`
}

// Checkable reports whether answers can be compared.
func (f Form) Checkable() bool { return f.Kind != "" }

// A Final is a final answer in its canonical form. The zero value is none.
type Final struct{ text string }

// hashBytes is the length of a hash: two different answers to one request collide with a
// probability of 1 in 2^64.
const hashBytes = 8

// Hash returns a hash that does not reveal the answer. The salt is specific to the request, so
// equal answers to different requests have different hashes.
func (f Final) Hash(salt uint64) string {
	h := sha256.New()
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], salt)
	h.Write(b[:])
	h.Write([]byte(f.text))
	return hex.EncodeToString(h.Sum(nil)[:hashBytes])
}

// maxText bounds the answers that are read, in bytes: a longer one has no final answer.
const maxText = 64 << 10

// Final returns the final answer in a response, and whether there is one.
func (f Form) Final(a *answer.Response) (Final, bool) {
	switch {
	case a.Truncated, a.Refusal != "", !a.Error.None(), a.Choices > 1,
		a.Finish == answer.FinishLength, a.Finish == answer.FinishPolicy, a.Finish == answer.FinishPaused, len(a.Text) > maxText:
		return Final{}, false
	case f.Kind == Call:
		return calls(a.ToolCalls)
	case len(a.ToolCalls) > 0:
		return Final{}, false
	}
	text, _ := a.Said()
	return f.Text(text)
}

// Text is [Form.Final] for an answer that consists of text.
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

// calls returns the canonical form of tool calls: they are equal if they call the same tools
// with the same arguments, in any order.
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
