// Package signal computes the cheap facts about a request on which policies decide.
//
// Its functions are pure and know nothing of models or prices. Start with [Scan], which finds
// everything in one pass over the prompt; rules.go lists what it looks for, and literals.go is
// how it finds it.
//
// The rules were published as Python 3 code and are kept to the digit: what counts as white
// space, what matches regardless of case, and the order in which the score is added up are
// those of Python.
package signal

import (
	"math/bits"

	"sluice/routing"
)

// bytesPerToken is the assumed size of a token if only the size of the body is known.
const bytesPerToken = 4

// Facts are what one pass over a prompt finds. The zero value describes the empty prompt.
type Facts struct {
	// Words is the number of words, separated by white space.
	Words int

	found mark
}

// Describe returns the signals of the request.
func Describe(r *routing.Request) routing.Signals { return Scan(r.Prompt).Signals(r) }

// Complexity returns how complex the prompt is, from 0, simple, to 1.
func Complexity(prompt string) float64 { return Scan(prompt).Complexity() }

// Domain returns what the prompt is about: code, math, writing, rag_summary or general.
func Domain(prompt string) string { return Scan(prompt).Domain() }

// Scan reads the prompt in one pass. It allocates nothing and takes linear time.
func Scan(prompt string) Facts { return rules.scan(prompt) }

// Code reports whether the prompt contains code.
func (f Facts) Code() bool { return f.found&codeMark != 0 }

// Math reports whether the prompt contains mathematical notation.
func (f Facts) Math() bool { return f.found&mathMark != 0 }

// Complexity returns how complex the prompt is, from 0, simple, to 1: by its length, the kinds
// of keywords in it, code and mathematical notation.
//
// The parts are added one by one in a fixed order, because it shows in binary floating point:
// 0.15 and one keyword are 0.25, three keywords are 0.30000000000000004.
func (f Facts) Complexity() float64 {
	score := 0.0
	switch {
	case f.Words > 500:
		score += 0.3
	case f.Words > 200:
		score += 0.15
	}
	for range bits.OnesCount32(uint32(f.found & keywordMarks)) {
		score += 0.1
	}
	if f.Code() {
		score += 0.2
	}
	if f.Math() {
		score += 0.15
	}
	return min(score, 1)
}

// Domain returns what the prompt is about. The first domain in the order of the rules wins.
func (f Facts) Domain() string {
	switch {
	case f.found&codeDomain != 0:
		return "code"
	case f.found&mathDomain != 0:
		return "math"
	case f.found&writingDomain != 0:
		return "writing"
	case f.found&summaryDomain != 0:
		return "rag_summary"
	default:
		return General
	}
}

// General is the domain of prompts that have no other.
const General = "general"

// Signals joins the facts with those that the request itself gives.
func (f Facts) Signals(r *routing.Request) routing.Signals {
	tokens := r.Tokens
	if tokens == 0 {
		tokens = (r.Bytes + bytesPerToken - 1) / bytesPerToken
	}
	return routing.Signals{
		Words:  f.Words,
		Tokens: tokens,
		Code:   f.Code(),
		Math:   f.Math(),
		Turns:  r.Turns,
		Turn:   r.Kind.String(),
		Tools:  r.Needs&routing.Tools != 0,
		Images: r.Needs&routing.Vision != 0,
		JSON:   r.Needs&routing.JSON != 0,
	}
}
