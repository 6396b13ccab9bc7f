// Package constraint reads the limits that a prompt sets on its answer and that a program can
// check ("in at most 50 words", "exactly three bullets", "answer yes or no"), and checks them.
// English and Korean.
//
// It favours precision. There is no constraint in text that is quoted, conditional, inexact or
// pasted, or that is about a part of the answer or about something else ("a function that
// returns at most 50 words"). An answer violates a constraint only if it does so by every way
// of counting. The package knows only strings. Start with [Read] and [Broken].
package constraint

import "slices"

// A Kind says what is limited.
type Kind string

// The kinds. Those that are counted have a minimum or a maximum.
const (
	Words      Kind = "words"
	Characters Kind = "chars"
	Sentences  Kind = "sentences"
	Lines      Kind = "lines"
	Paragraphs Kind = "paragraphs"
	Items      Kind = "items" // items of a list
	YesNo      Kind = "yesno" // contains yes or no; if Max is 1, nothing else
	Number     Kind = "number"
	Letter     Kind = "letter" // one of the choices
	JSON       Kind = "json"
	Include    Kind = "include"
	Avoid      Kind = "avoid"
	Begin      Kind = "begin"
	End        Kind = "end"
	Upper      Kind = "upper"
	Lower      Kind = "lower"
	NoCommas   Kind = "nocommas"
)

// A Constraint is one limit. It is part of the request's plan, which logs may contain, so
// required and forbidden words are stored as hashes only: see [phrase].
type Constraint struct {
	Kind   Kind   `json:"k"`
	Min    int    `json:"n,omitempty"`
	Max    int    `json:"x,omitempty"`
	Phrase phrase `json:"p,omitzero"`
}

// most bounds the constraints that are kept of one prompt.
const most = 8

// Read returns the constraints in the beginning and the end of a prompt; last is "" if first is
// the whole prompt.
func Read(first, last string) []Constraint {
	r := reader{}
	r.prompt(first, last)
	return r.settled()
}

// A reader collects the constraints of the sentences of a prompt.
type reader struct {
	found  []Constraint
	read   []string // the sentences so far
	tokens []token  // of the last sentence
}

func (r *reader) add(c Constraint) {
	if len(r.found) <= 2*most {
		r.found = append(r.found, c)
	}
}

// settled returns the constraints that are consistent with each other and with the rest of the
// prompt.
func (r *reader) settled() []Constraint {
	if len(r.found) == 0 {
		return nil
	}
	var out []Constraint
	// A prompt that asks for reasons as well allows more than yes.
	reasoned := slices.ContainsFunc(r.found, Constraint.terse) && slices.ContainsFunc(r.read, asksReasons)
	for i, c := range r.found {
		if r.contradicted(i) || len(out) == most {
			continue
		}
		if reasoned && c.terse() {
			if c.Kind != YesNo {
				continue
			}
			c.Max = 0
		}
		out = append(out, c)
	}
	return out
}

// few is the number of words that leave no room for reasons.
const few = 3

// terse reports whether the constraint leaves no room for reasons.
func (c Constraint) terse() bool {
	switch c.Kind {
	case Number, Letter:
		return true
	case YesNo, Words:
		return c.Max > 0 && c.Max <= few
	default:
		return false
	}
}

// contradicted reports whether another constraint limits the same thing differently: then both
// are about parts of the answer.
func (r *reader) contradicted(i int) bool {
	c := r.found[i]
	for k, other := range r.found {
		if k == i || other.Kind != c.Kind || other == c && k > i {
			continue
		}
		switch c.Kind {
		case Include, Avoid, End:
			if other == c {
				return true // stated twice
			}
		default:
			if other == c || c.Min > 0 && c.Max > 0 || other.Min > 0 && other.Max > 0 || (c.Min > 0) == (other.Min > 0) {
				return true
			}
		}
	}
	return false
}
