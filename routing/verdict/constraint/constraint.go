// Package constraint reads the limits that a prompt sets on its answer in words and that a
// program can check ("in at most 50 words", "exactly three bullets", "answer yes or no"),
// and checks them. English and Korean.
//
// It is made to be right where it speaks: what is quoted, conditional, about a part of the
// answer or about something else ("a function that returns at most 50 words"), inexact, or
// in a text that was pasted is no constraint, and an answer breaks one only where every way
// of counting says so. It knows strings alone. Start with [Read] and [Broken].
package constraint

import "slices"

// A Kind says what is limited.
type Kind string

// The kinds. Those that count have a least or a largest number.
const (
	Words      Kind = "words"
	Characters Kind = "chars"
	Sentences  Kind = "sentences"
	Lines      Kind = "lines"
	Paragraphs Kind = "paragraphs"
	Items      Kind = "items" // of a list
	YesNo      Kind = "yesno" // yes or no must be in it; with a Max of 1, nothing else
	Number     Kind = "number"
	Letter     Kind = "letter" // of one of the choices
	JSON       Kind = "json"
	Include    Kind = "include"
	Avoid      Kind = "avoid"
	Begin      Kind = "begin"
	End        Kind = "end"
	Upper      Kind = "upper"
	Lower      Kind = "lower"
	NoCommas   Kind = "nocommas"
)

// A Constraint is one limit. It travels with the request, where logs may show it, so of
// words that must or must not occur there are hashes alone: see [phrase].
type Constraint struct {
	Kind   Kind   `json:"k"`
	Min    int    `json:"n,omitempty"`
	Max    int    `json:"x,omitempty"`
	Phrase phrase `json:"p,omitzero"`
}

// most bounds how many constraints of one prompt are kept.
const most = 8

// Read returns the constraints in the beginning and the end of a prompt; last is empty
// where the beginning is all there is.
func Read(first, last string) []Constraint {
	r := reader{}
	r.prompt(first, last)
	return r.settled()
}

// A reader collects what the sentences of a prompt ask for.
type reader struct {
	found  []Constraint
	read   []string // the sentences
	tokens []token  // of the last one
}

func (r *reader) add(c Constraint) {
	if len(r.found) <= 2*most {
		r.found = append(r.found, c)
	}
}

// settled leaves out what contradicts itself, and what only holds where nothing else is
// asked for.
func (r *reader) settled() []Constraint {
	if len(r.found) == 0 {
		return nil
	}
	var out []Constraint
	// Who wants reasons, too, does not want yes alone.
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

// few words are an answer that has no room for reasons.
const few = 3

// terse reports whether an answer that keeps the constraint has no room for reasons.
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

// contradicted reports whether another constraint counts the same thing differently: the
// two are about parts of the answer then.
func (r *reader) contradicted(i int) bool {
	c := r.found[i]
	for k, other := range r.found {
		if k == i || other.Kind != c.Kind || other == c && k > i {
			continue
		}
		switch c.Kind {
		case Include, Avoid, End:
			if other == c {
				return true // said twice
			}
		default:
			if other == c || c.Min > 0 && c.Max > 0 || other.Min > 0 && other.Max > 0 || (c.Min > 0) == (other.Min > 0) {
				return true
			}
		}
	}
	return false
}
