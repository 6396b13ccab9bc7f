package verdict

import "strings"

// maxDepth bounds the nesting of JSON that counts as well formed, as in encoding/json.
const maxDepth = 10000

// A jsonScanner checks JSON text that arrives in pieces, in one pass and with memory
// for its nesting alone. It is used instead of a ready-made check because a stream
// has to be judged before it is whole, and because its recursion must have a bound.
// The zero value expects an object or an array, which is what programs that ask for
// JSON expect.
type jsonScanner struct {
	state   scanState
	open    []byte // the closing bracket of each container that is open
	deepest int
	key     bool   // the string being read is a key
	hex     int    // digits left of a \u escape
	literal string // what is left of true, false or null
}

type scanState uint8

const (
	scanDocument scanState = iota // white space before the document
	scanAny                       // the same, where the document may be any value
	scanValue                     // a value
	scanValueOrEnd
	scanKey
	scanKeyOrEnd
	scanColon
	scanAfter  // behind a value
	scanString // from here on within a string or a literal
	scanEscape
	scanHex
	scanLiteral
	scanMinus // from here on within a number
	scanZero
	scanDigits
	scanPoint
	scanFraction
	scanE
	scanSign
	scanExponent
	scanBroken
)

// validArguments reports whether s is JSON of any kind or nothing at all.
func validArguments(s string) bool {
	scanner := jsonScanner{state: scanAny}
	scanner.feed(s)
	return scanner.state == scanAny || scanner.whole()
}

// feed reads the next piece of the text.
func (s *jsonScanner) feed(text string) {
	for i := 0; i < len(text) && s.state != scanBroken; i++ {
		if s.state == scanString { // the bulk of most documents
			for i < len(text) && text[i] >= ' ' && text[i] != '"' && text[i] != '\\' {
				i++
			}
			if i == len(text) {
				return
			}
		}
		s.step(text[i])
	}
}

// whole reports whether what was fed is a complete document.
func (s *jsonScanner) whole() bool {
	switch s.state {
	case scanAfter, scanZero, scanDigits, scanFraction, scanExponent:
		return len(s.open) == 0
	default:
		return false
	}
}

// broken reports whether nothing that follows can make the text JSON.
func (s *jsonScanner) broken() bool { return s.state == scanBroken }

func (s *jsonScanner) step(c byte) {
	switch {
	case s.state < scanString || s.state > scanExponent:
	case s.state >= scanMinus:
		if s.inNumber(c) {
			return
		}
	default:
		s.inToken(c)
		return
	}
	if c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
		s.token(c)
	}
}

// inToken reads the next byte of a string or of a literal.
func (s *jsonScanner) inToken(c byte) {
	switch s.state {
	case scanString:
		s.inString(c)
	case scanEscape:
		switch {
		case c == 'u':
			s.state, s.hex = scanHex, 4
		case strings.IndexByte(`"\/bfnrt`, c) >= 0:
			s.state = scanString
		default:
			s.state = scanBroken
		}
	case scanHex:
		if !isHex(c) {
			s.state = scanBroken
		} else if s.hex--; s.hex == 0 {
			s.state = scanString
		}
	default: // scanLiteral
		if c != s.literal[0] {
			s.state = scanBroken
		} else if s.literal = s.literal[1:]; s.literal == "" {
			s.state = scanAfter
		}
	}
}

// inString reads the byte behind a run of plain ones.
func (s *jsonScanner) inString(c byte) {
	switch {
	case c == '\\':
		s.state = scanEscape
	case c != '"':
		if c < ' ' {
			s.state = scanBroken
		}
	case s.key:
		s.key, s.state = false, scanColon
	default:
		s.state = scanAfter
	}
}

// inNumber reads c as the next byte of a number. It returns false if c is not part
// of one, with the number, if there was one, closed or found broken.
func (s *jsonScanner) inNumber(c byte) bool {
	digit := c >= '0' && c <= '9'
	next := scanBroken
	switch s.state {
	case scanMinus:
		if c == '0' {
			next = scanZero
		} else if digit {
			next = scanDigits
		}
	case scanZero, scanDigits:
		switch {
		case digit && s.state == scanDigits:
			next = scanDigits
		case c == '.':
			next = scanPoint
		case c|0x20 == 'e':
			next = scanE
		default:
			s.state = scanAfter
			return false
		}
	case scanPoint, scanFraction:
		switch {
		case digit:
			next = scanFraction
		case s.state == scanPoint:
		case c|0x20 == 'e':
			next = scanE
		default:
			s.state = scanAfter
			return false
		}
	case scanE, scanSign, scanExponent:
		switch {
		case digit:
			next = scanExponent
		case s.state == scanE && (c == '+' || c == '-'):
			next = scanSign
		case s.state == scanExponent:
			s.state = scanAfter
			return false
		}
	default:
		return false
	}
	s.state = next
	return true
}

// token reads a byte that is no white space and outside strings and numbers.
func (s *jsonScanner) token(c byte) {
	switch s.state {
	case scanDocument:
		if c != '{' && c != '[' {
			s.state = scanBroken
			return
		}
		s.value(c)
	case scanAny, scanValue:
		s.value(c)
	case scanValueOrEnd:
		if c == ']' {
			s.close(c)
			return
		}
		s.value(c)
	case scanKey, scanKeyOrEnd:
		switch {
		case c == '"':
			s.key, s.state = true, scanString
		case c == '}' && s.state == scanKeyOrEnd:
			s.close(c)
		default:
			s.state = scanBroken
		}
	case scanColon:
		if c != ':' {
			s.state = scanBroken
			return
		}
		s.state = scanValue
	default: // scanAfter
		switch {
		case len(s.open) == 0:
			s.state = scanBroken
		case c != ',':
			s.close(c)
		case s.open[len(s.open)-1] == '}':
			s.state = scanKey
		default:
			s.state = scanValue
		}
	}
}

// value reads the first byte of a value.
func (s *jsonScanner) value(c byte) {
	switch {
	case c == '{' || c == '[':
		if len(s.open) == maxDepth {
			s.state = scanBroken
			return
		}
		s.open = append(s.open, c+2) // in ASCII, each closing bracket is two behind its opening one
		s.deepest = max(s.deepest, len(s.open))
		s.state = scanValueOrEnd
		if c == '{' {
			s.state = scanKeyOrEnd
		}
	case c == '"':
		s.state = scanString
	case c == '-':
		s.state = scanMinus
	case c == '0':
		s.state = scanZero
	case c >= '1' && c <= '9':
		s.state = scanDigits
	case c == 't':
		s.state, s.literal = scanLiteral, "rue"
	case c == 'f':
		s.state, s.literal = scanLiteral, "false"[1:]
	case c == 'n':
		s.state, s.literal = scanLiteral, "ull"
	default:
		s.state = scanBroken
	}
}

// close reads a closing bracket, which must be that of the innermost container.
func (s *jsonScanner) close(c byte) {
	last := len(s.open) - 1
	if last < 0 || s.open[last] != c {
		s.state = scanBroken
		return
	}
	s.open = s.open[:last]
	s.state = scanAfter
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}
