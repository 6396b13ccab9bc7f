// Package jsonscan walks JSON text once, from front to back, without decoding it.
//
// It knows nothing of the LLM APIs. Start with [Scanner].
package jsonscan

import (
	"fmt"
	"strings"
)

// MaxDepth bounds the nesting of a body. Real ones, tool schemas included, stay below 30.
const MaxDepth = 512

// A Scanner walks JSON text once, from front to back, and checks all of it on the way: what
// it skips without error is what encoding/json calls valid. It decodes only the strings that
// its caller asks for (text.go).
//
// Objects and arrays are walked by
//
//	for more := s.Enter(); more; more = s.More() {
//		… s.Key() …     // in objects
//		… one value …
//	}
//
// or in short by Object and Array. An error is kept in Err and ends every loop of that form,
// so that callers check it once.
type Scanner struct {
	Data  []byte
	Pos   int // the next byte
	depth int
	ends  [MaxDepth]byte // the bracket that ends each open object or array
	Err   *Error         // the first one
	Ended bool           // what Err says is only that the data ends: more of it might put it right
}

// Fail records the first error, which is at Pos, and moves to the end of the data.
func (s *Scanner) Fail(code, format string, args ...any) {
	if s.Err == nil {
		s.Ended = s.Ended || s.Pos == len(s.Data)
		message := fmt.Sprintf(format, args...) + fmt.Sprintf(" (byte %d)", s.Pos)
		s.Err = &Error{Code: code, Message: message, Offset: s.Pos}
	}
	s.Pos = len(s.Data)
	s.depth = 0
}

// Invalid records that something else was expected at Pos.
func (s *Scanner) Invalid(expected string) {
	end := ""
	if s.Pos == len(s.Data) {
		end = ", but the body ends"
	}
	s.Fail(CodeInvalidJSON, "the body is not valid JSON: expected %s%s", expected, end)
}

// Peek skips white space and returns the byte after it, 0 at the end.
func (s *Scanner) Peek() byte {
	for s.Pos < len(s.Data) {
		switch c := s.Data[s.Pos]; c {
		case ' ', '\t', '\n', '\r':
			s.Pos++
		default:
			return c
		}
	}
	return 0
}

// Enter steps into the object or array at Pos and reports whether it has a member.
func (s *Scanner) Enter() bool {
	if s.depth == MaxDepth {
		s.Fail(CodeTooDeep, "the body is nested deeper than %d levels", MaxDepth)
		return false
	}
	end := s.Data[s.Pos] + 2 // '{' and '}', '[' and ']' are two apart
	s.ends[s.depth] = end
	s.depth++
	s.Pos++
	if s.Peek() == end {
		s.Pos++
		s.depth--
		return false
	}
	return true
}

// More skips what follows a member and reports whether there is another one. If not, Pos is
// after the object or array.
func (s *Scanner) More() bool {
	if s.Err != nil {
		return false
	}
	end := s.ends[s.depth-1]
	switch s.Peek() {
	case ',':
		s.Pos++
		return true
	case end:
		s.Pos++
		s.depth--
	default:
		s.Invalid(fmt.Sprintf("',' or '%c'", end))
	}
	return false
}

// Key skips a key and its colon and returns the key, decoded.
func (s *Scanner) Key() []byte {
	if s.Peek() != '"' {
		s.Invalid("a key")
		return nil
	}
	key := s.Word()
	s.colon()
	return key
}

func (s *Scanner) colon() {
	if s.Peek() != ':' {
		s.Invalid("':'")
		return
	}
	s.Pos++
}

// Object skips one value. If it is an object, each is called after every key and skips the
// value there.
func (s *Scanner) Object(each func(key []byte)) {
	if s.Peek() != '{' {
		s.Skip()
		return
	}
	for more := s.Enter(); more; more = s.More() {
		each(s.Key())
	}
}

// Array skips one value. If it is an array, each is called at every element and skips it.
func (s *Scanner) Array(each func()) {
	if s.Peek() != '[' {
		s.Skip()
		return
	}
	for more := s.Enter(); more; more = s.More() {
		each()
	}
}

// Skip skips one value of any kind and returns its bytes.
func (s *Scanner) Skip() []byte {
	s.Peek()
	start, base := s.Pos, s.depth
	for {
		var more bool
		switch c := s.Peek(); c {
		case '{', '[':
			more = s.Enter()
		case '"':
			s.RawString()
		default:
			s.scalar(c)
		}
		for !more && s.depth > base {
			more = s.More()
		}
		if !more {
			break
		}
		if s.ends[s.depth-1] == '}' {
			if s.Peek() != '"' {
				s.Invalid("a key")
				break
			}
			s.RawString()
			s.colon()
		}
	}
	if s.Err != nil {
		return nil
	}
	return s.Data[start:s.Pos]
}

// scalar skips the literal or number that starts with c.
func (s *Scanner) scalar(c byte) {
	switch c {
	case 't':
		s.literal("true")
	case 'f':
		s.literal("false")
	case 'n':
		s.literal("null")
	default:
		s.number()
	}
}

func (s *Scanner) literal(word string) {
	if rest := s.Data[s.Pos:]; len(rest) < len(word) || string(rest[:len(word)]) != word {
		s.Ended = s.Err == nil && strings.HasPrefix(word, string(rest))
		s.Invalid("a value")
		return
	}
	s.Pos += len(word)
}

func (s *Scanner) number() {
	if s.at('-') {
		s.Pos++
	}
	switch {
	case s.at('0'):
		s.Pos++
	case !s.digits():
		s.Invalid("a value")
		return
	}
	if s.at('.') {
		s.Pos++
		if !s.digits() {
			s.Invalid("a digit")
			return
		}
	}
	if s.at('e') || s.at('E') {
		s.Pos++
		if s.at('+') || s.at('-') {
			s.Pos++
		}
		if !s.digits() {
			s.Invalid("a digit")
		}
	}
}

func (s *Scanner) at(c byte) bool { return s.Pos < len(s.Data) && s.Data[s.Pos] == c }

// digits skips digits and reports whether there were any.
func (s *Scanner) digits() bool {
	start := s.Pos
	for s.Pos < len(s.Data) && s.Data[s.Pos]-'0' <= 9 {
		s.Pos++
	}
	return s.Pos > start
}

// Finish checks that only white space is left.
func (s *Scanner) Finish() {
	if s.Err == nil {
		if s.Peek(); s.Pos < len(s.Data) {
			s.Invalid("nothing more")
		}
	}
}
