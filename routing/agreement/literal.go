package agreement

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A literal is a value in the notation of JSON or Python. One parser reads both, because models
// answer with either: {"a": true} and {'a': True} are equal.
type literal struct {
	kind  byte // first byte of the canonical form
	text  string
	items []literal // of a list, tuple or set; for an object, alternating keys and values
}

// Canonical forms begin with these bytes, so that values of different kinds are never equal.
const (
	isNull   = 'z'
	isTrue   = 'y'
	isFalse  = 'f'
	isNumber = 'n' // a fraction in lowest terms
	isText   = 't' // with its length
	isName   = 'w' // text that is not a literal, if one was asked for
	isList   = '['
	isTuple  = '('
	isSet    = '<'
	isObject = '{'
)

const (
	maxDepth = 32
	maxItems = 10_000
)

// quote returns the canonical form of text.
func quote(s string) string { return string(rune(isText)) + strconv.Itoa(len(s)) + ":" + s }

// canonical returns the canonical form of a value: members of objects and sets are sorted.
func (l literal) canonical() string {
	switch l.kind {
	case isNumber:
		return string(rune(isNumber)) + l.text
	case isText:
		return quote(l.text)
	case isList, isTuple, isSet, isObject:
		step := 1
		if l.kind == isObject {
			step = 2
		}
		parts := make([]string, 0, len(l.items)/step)
		for i := 0; i+step <= len(l.items); i += step {
			part := l.items[i].canonical()
			if step == 2 {
				part += "=" + l.items[i+1].canonical()
			}
			parts = append(parts, part)
		}
		if l.kind == isSet || l.kind == isObject {
			slices.Sort(parts)
		}
		if l.kind == isSet {
			parts = slices.Compact(parts)
		}
		return string(rune(l.kind)) + strings.Join(parts, ",") + ")"
	default:
		return string(rune(l.kind))
	}
}

// parseLiteral parses s as one value and reports whether it is one.
func parseLiteral(s string) (literal, bool) {
	p := literalParser{rest: s}
	v := p.value(0)
	p.space()
	return v, !p.failed && p.rest == ""
}

type literalParser struct {
	rest   string
	items  int
	failed bool
}

func (p *literalParser) fail() literal {
	p.failed = true
	return literal{}
}

func (p *literalParser) space() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

func (p *literalParser) take(c byte) bool {
	p.space()
	if p.rest != "" && p.rest[0] == c {
		p.rest = p.rest[1:]
		return true
	}
	return false
}

func (p *literalParser) value(depth int) literal {
	p.space()
	if p.items++; p.failed || p.rest == "" || depth > maxDepth || p.items > maxItems {
		return p.fail()
	}
	switch c := p.rest[0]; c {
	case '"', '\'':
		return p.text(c)
	case '[':
		return p.sequence(isList, ']', depth)
	case '(':
		return p.sequence(isTuple, ')', depth)
	case '{':
		return p.members(depth)
	}
	for word, kind := range words {
		if rest, ok := strings.CutPrefix(p.rest, word); ok {
			p.rest = rest
			return literal{kind: kind}
		}
	}
	n := 0
	for n < len(p.rest) && strings.IndexByte("+-0123456789.eE", p.rest[n]) >= 0 {
		n++
	}
	r, ok := decimal(p.rest[:n])
	if !ok {
		return p.fail()
	}
	p.rest = p.rest[n:]
	return literal{kind: isNumber, text: r.RatString()}
}

var words = map[string]byte{"null": isNull, "None": isNull, "true": isTrue, "True": isTrue, "false": isFalse, "False": isFalse}

// sequence reads a list or a tuple. A single value in parentheses is that value, as in Python.
func (p *literalParser) sequence(kind, end byte, depth int) literal {
	p.rest = p.rest[1:]
	l := literal{kind: kind}
	comma := false
	for !p.take(end) {
		if len(l.items) > 0 && !comma {
			return p.fail()
		}
		l.items = append(l.items, p.value(depth+1))
		if p.failed {
			return l
		}
		comma = p.take(',')
	}
	if kind == isTuple && len(l.items) == 1 && !comma {
		return l.items[0]
	}
	return l
}

// members reads an object or a set; {} is an object. Duplicate keys are ambiguous, so an object
// with them is rejected.
func (p *literalParser) members(depth int) literal {
	p.rest = p.rest[1:]
	l := literal{kind: isObject}
	seen := make(map[string]bool)
	comma := false
	for !p.take('}') {
		if len(l.items) > 0 && !comma {
			return p.fail()
		}
		key := p.value(depth + 1)
		if p.failed {
			return l
		}
		if colon := p.take(':'); len(l.items) == 0 && !colon {
			l.kind = isSet
		} else if colon != (l.kind == isObject) {
			return p.fail()
		}
		l.items = append(l.items, key)
		if l.kind == isObject {
			name := key.canonical()
			if seen[name] {
				return p.fail()
			}
			seen[name] = true
			l.items = append(l.items, p.value(depth+1))
		}
		if p.failed {
			return l
		}
		comma = p.take(',')
	}
	return l
}

// text reads a string with the given quotes. It may contain line breaks, as many models write
// them.
func (p *literalParser) text(end byte) literal {
	var b strings.Builder
	s := p.rest[1:]
	for s != "" {
		switch c := s[0]; c {
		case end:
			p.rest = s[1:]
			return literal{kind: isText, text: b.String()}
		case '\\':
			r, size := escaped(s)
			b.WriteString(r)
			s = s[size:]
		default:
			b.WriteByte(c)
			s = s[1:]
		}
	}
	return p.fail()
}

// escaped reads the escape at the beginning of s. A backslash that begins none is kept: models
// write LaTeX into JSON without doubling it.
func escaped(s string) (text string, size int) {
	if len(s) < 2 {
		return s, len(s)
	}
	switch c := s[1]; c {
	case '"', '\'', '\\', '/':
		return string(rune(c)), 2
	case 'n':
		return "\n", 2
	case 't':
		return "\t", 2
	case 'r':
		return "\r", 2
	case 'b':
		return "\b", 2
	case 'f':
		return "\f", 2
	case 'u', 'x':
		digits := 4
		if c == 'x' {
			digits = 2
		}
		if len(s) >= 2+digits {
			if n, err := strconv.ParseUint(s[2:2+digits], 16, 32); err == nil {
				return unicodeEscape(rune(n), s[2+digits:], 2+digits)
			}
		}
	}
	return `\`, 1
}

// unicodeEscape joins the halves of a surrogate pair.
func unicodeEscape(r rune, rest string, size int) (string, int) {
	if r >= 0xd800 && r < 0xdc00 && len(rest) >= 6 && rest[:2] == `\u` {
		if low, err := strconv.ParseUint(rest[2:6], 16, 32); err == nil && low >= 0xdc00 && low < 0xe000 {
			return string((r-0xd800)<<10 + rune(low) - 0xdc00 + 0x10000), size + 6
		}
	}
	if !utf8.ValidRune(r) {
		r = utf8.RuneError
	}
	return string(r), size
}
