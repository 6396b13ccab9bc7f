package llmapi

import (
	"bytes"
	"fmt"
)

// maxDepth bounds the nesting of a body. Real ones, tool schemas included, stay below 30.
const maxDepth = 512

// A scanner walks JSON text once, from front to back, and checks all of it on the
// way: what it passes without error is what encoding/json calls valid. It decodes
// only the strings that its caller asks for (text.go).
//
// Objects and arrays are walked by
//
//	for more := s.enter(); more; more = s.more() {
//		… s.key() …     // in objects
//		… one value …
//	}
//
// for which object and array are short. An error is kept in err and ends every loop of
// that form, so callers look at err once.
type scanner struct {
	data  []byte
	valid bool // the data is known to be valid JSON
	pos   int
	depth int
	ends  [maxDepth]byte // the bracket that ends each open object or array
	err   *Error
}

// fail records the first error, which shows at pos, and moves to the end of the data.
func (s *scanner) fail(code, format string, args ...any) {
	if s.err == nil {
		message := fmt.Sprintf(format, args...) + fmt.Sprintf(" (byte %d)", s.pos)
		s.err = &Error{Code: code, Message: message, Offset: s.pos}
	}
	s.pos = len(s.data)
	s.depth = 0
}

// invalid records that what is at pos is not what JSON lets one expect there.
func (s *scanner) invalid(expected string) {
	end := ""
	if s.pos == len(s.data) {
		end = ", but the body ends"
	}
	s.fail(CodeInvalidJSON, "the body is not valid JSON: expected %s%s", expected, end)
}

// peek passes white space and returns the byte behind it, 0 at the end.
func (s *scanner) peek() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// enter steps into the object or array at pos and reports whether it has a member.
func (s *scanner) enter() bool {
	if s.depth == maxDepth {
		s.fail(CodeTooDeep, "the body is nested deeper than %d levels", maxDepth)
		return false
	}
	end := s.data[s.pos] + 2 // '{' and '}', '[' and ']' are two apart
	s.ends[s.depth] = end
	s.depth++
	s.pos++
	if s.peek() == end {
		s.pos++
		s.depth--
		return false
	}
	return true
}

// more passes what follows a member and reports whether another one comes. If not,
// the object or array is left behind.
func (s *scanner) more() bool {
	if s.err != nil {
		return false
	}
	end := s.ends[s.depth-1]
	switch s.peek() {
	case ',':
		s.pos++
		return true
	case end:
		s.pos++
		s.depth--
	default:
		s.invalid(fmt.Sprintf("',' or '%c'", end))
	}
	return false
}

// key passes a key and its colon and returns the key.
func (s *scanner) key() []byte {
	if s.peek() != '"' {
		s.invalid("a key")
		return nil
	}
	key := s.word()
	s.colon()
	return key
}

func (s *scanner) colon() {
	if s.peek() != ':' {
		s.invalid("':'")
		return
	}
	s.pos++
}

// object passes one value. If it is an object, each is called behind every key and
// passes the value there.
func (s *scanner) object(each func(key []byte)) {
	if s.peek() != '{' {
		s.skip()
		return
	}
	for more := s.enter(); more; more = s.more() {
		each(s.key())
	}
}

// array passes one value. If it is an array, each is called at every element and
// passes it.
func (s *scanner) array(each func()) {
	if s.peek() != '[' {
		s.skip()
		return
	}
	for more := s.enter(); more; more = s.more() {
		each()
	}
}

// skip passes one value of any kind and returns its bytes.
func (s *scanner) skip() []byte {
	s.peek()
	start, base := s.pos, s.depth
	for {
		var more bool
		switch c := s.peek(); c {
		case '{', '[':
			more = s.enter()
		case '"':
			s.passString()
		default:
			s.scalar(c)
		}
		for !more && s.depth > base {
			more = s.more()
		}
		if !more {
			break
		}
		if s.ends[s.depth-1] == '}' {
			if s.peek() != '"' {
				s.invalid("a key")
				break
			}
			s.passString()
			s.colon()
		}
	}
	if s.err != nil {
		return nil
	}
	return s.data[start:s.pos]
}

// passString passes the string whose opening quote is at pos. In valid JSON it looks for
// nothing but the closing quote: one that is not behind an odd number of backslashes.
func (s *scanner) passString() {
	if !s.valid {
		s.string()
		return
	}
	for from := s.pos + 1; ; {
		n := bytes.IndexByte(s.data[from:], '"')
		if n < 0 {
			s.pos = len(s.data)
			s.invalid(`the quote that ends a string`)
			return
		}
		end := from + n
		i := end
		for i > from && s.data[i-1] == '\\' {
			i--
		}
		if (end-i)%2 == 0 {
			s.pos = end + 1
			return
		}
		from = end + 1
	}
}

// scalar passes the literal or number that starts with c.
func (s *scanner) scalar(c byte) {
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

func (s *scanner) literal(word string) {
	if rest := s.data[s.pos:]; len(rest) < len(word) || string(rest[:len(word)]) != word {
		s.invalid("a value")
		return
	}
	s.pos += len(word)
}

func (s *scanner) number() {
	if s.at('-') {
		s.pos++
	}
	switch {
	case s.at('0'):
		s.pos++
	case !s.digits():
		s.invalid("a value")
		return
	}
	if s.at('.') {
		s.pos++
		if !s.digits() {
			s.invalid("a digit")
			return
		}
	}
	if s.at('e') || s.at('E') {
		s.pos++
		if s.at('+') || s.at('-') {
			s.pos++
		}
		if !s.digits() {
			s.invalid("a digit")
		}
	}
}

func (s *scanner) at(c byte) bool { return s.pos < len(s.data) && s.data[s.pos] == c }

// digits passes digits and reports whether there were any.
func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.data) && s.data[s.pos]-'0' <= 9 {
		s.pos++
	}
	return s.pos > start
}

// finish checks that nothing but white space is left.
func (s *scanner) finish() {
	if s.err == nil {
		if s.peek(); s.pos < len(s.data) {
			s.invalid("nothing more")
		}
	}
}
