package llmapi

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// string passes the string whose opening quote is at pos and returns it as it stands
// in the data, without its quotes, and whether there are escape sequences in it.
func (s *scanner) string() (raw []byte, escaped bool) {
	s.pos++
	start := s.pos
	for {
		switch s.plain() {
		case '"':
			s.pos++
			return s.data[start : s.pos-1], escaped
		case '\\':
			s.escape()
			escaped = true
		default:
			return nil, false
		}
	}
}

// appendString passes the string whose opening quote is at pos and appends it to dst,
// decoded. What is no UTF-8, and surrogates without their other half, become U+FFFD,
// as in encoding/json.
func (s *scanner) appendString(dst []byte) []byte {
	s.pos++
	first := len(dst)
	for {
		start := s.pos
		switch s.plain() {
		case '"':
			dst = append(dst, s.data[start:s.pos]...)
			s.pos++
			return repaired(dst, first)
		case '\\':
			dst = append(dst, s.data[start:s.pos]...)
			dst = utf8.AppendRune(dst, s.escape())
		default:
			return dst
		}
	}
}

// word passes the string whose opening quote is at pos and returns it decoded: for
// short strings that are compared and forgotten. Mostly it is a part of the data.
func (s *scanner) word() []byte {
	start := s.pos
	raw, escaped := s.string()
	if escaped {
		s.pos = start
		raw = s.appendString(nil)
	}
	return raw
}

// repaired replaces each byte of dst[from:] that is no part of a character.
func repaired(dst []byte, from int) []byte {
	if utf8.Valid(dst[from:]) {
		return dst
	}
	broken := string(dst[from:])
	dst = dst[:from]
	for _, r := range broken {
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// plain passes the bytes of a string that stand for themselves and returns the one
// that ends them, a quote or a backslash, or 0 after an error.
func (s *scanner) plain() byte {
	s.pos += plainLength(s.data[s.pos:])
	if s.pos == len(s.data) {
		s.invalid("the end of a string")
		return 0
	}
	c := s.data[s.pos]
	if c < 0x20 {
		s.invalid("no control character in a string")
		return 0
	}
	return c
}

// Words of eight equal bytes, to look at eight bytes of a string at once.
const (
	ones      = 0x0101010101010101
	tops      = 0x80 * ones
	backslash = '\\' * ones
)

// plainLength returns how many bytes of b come before the first quote, backslash or
// control character.
//
// A byte x below n ≤ 0x80 is found by the top bit of (x-n)&^x, in all bytes of a word
// at once and surely in the lowest that has one (borrows run upwards; "Hacker's
// Delight", chapter 6). One comparison serves control characters and the quote, 0x22:
// with the bit of value 2 flipped the quote is 0x20, control characters stay below
// that, and 0x20 and 0x21 go up.
func plainLength(b []byte) int {
	i := 0
	for i+8 <= len(b) {
		word := binary.LittleEndian.Uint64(b[i : i+8 : i+8])
		low, slash := word^2*ones, word^backslash
		marks := ((low-0x21*ones)&^low | (slash-ones)&^slash) & tops
		if marks != 0 {
			return i + bits.TrailingZeros64(marks)/8
		}
		i += 8
	}
	for i < len(b) && b[i] >= 0x20 && b[i] != '"' && b[i] != '\\' {
		i++
	}
	return i
}

// escape passes the escape sequence at pos, both halves of a surrogate pair, and
// returns the character it stands for.
func (s *scanner) escape() rune {
	rest := s.data[s.pos+1:]
	if len(rest) == 0 {
		s.invalid("an escape sequence")
		return utf8.RuneError
	}
	s.pos += 2
	switch rest[0] {
	case '"', '\\', '/':
		return rune(rest[0])
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'u':
		if r, ok := hex4(rest[1:]); ok {
			s.pos += 4
			return s.pair(r)
		}
	}
	s.pos -= 2
	s.invalid("an escape sequence")
	return utf8.RuneError
}

// pair joins r with the surrogate behind it if it is one half of a pair.
func (s *scanner) pair(r rune) rune {
	if !utf16.IsSurrogate(r) {
		return r
	}
	if rest := s.data[s.pos:]; len(rest) >= 6 && rest[0] == '\\' && rest[1] == 'u' {
		if low, ok := hex4(rest[2:]); ok {
			if whole := utf16.DecodeRune(r, low); whole != utf8.RuneError {
				s.pos += 6
				return whole
			}
		}
	}
	return utf8.RuneError
}

// hex4 returns the number that the first four bytes of b spell in hexadecimal.
func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case c-'0' <= 9:
			c -= '0'
		case (c|0x20)-'a' < 6:
			c = (c | 0x20) - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// bounded returns the first n bytes of s, less where that would split a character,
// and U+FFFD for what is no UTF-8.
func bounded(s string, n int) string {
	if len(s) > n {
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
