package jsonscan

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// RawString skips the string whose opening quote is at Pos. It returns the string as it stands
// in the data, without its quotes, and whether it has escape sequences.
func (s *Scanner) RawString() (raw []byte, escaped bool) {
	start := s.Pos + 1
	for s.Pos = start; ; {
		s.Pos += PlainLength(s.Data[s.Pos:])
		if s.at('"') {
			s.Pos++
			return s.Data[start : s.Pos-1], escaped
		}
		escaped = true
		if s.at('\\') && s.Pos+1 < len(s.Data) && escapes[s.Data[s.Pos+1]] != 0 { // nearly all
			s.Pos += 2
			continue
		}
		if s.Escape(); s.Err != nil {
			return nil, false
		}
	}
}

// AppendString skips the string whose opening quote is at Pos and appends it to dst, decoded.
// Bytes that are not UTF-8, and surrogates without their other half, become U+FFFD as in
// encoding/json.
func (s *Scanner) AppendString(dst []byte) []byte {
	data, i, first := s.Data, s.Pos+1, len(dst)
	foreign := false
	for {
		n, beyond := plain(data[i:])
		foreign = foreign || beyond
		dst = append(dst, data[i:i+n]...)
		i += n
		// Nearly all escape sequences are like that of the line feed: no call for these.
		if i+1 < len(data) && data[i] == '\\' {
			if c := escapes[data[i+1]]; c != 0 {
				dst = append(dst, c)
				i += 2
				continue
			}
		}
		s.Pos = i
		if s.at('"') {
			s.Pos++
			if !foreign {
				return dst
			}
			return repaired(dst, first)
		}
		r := s.Escape()
		if s.Err != nil {
			return dst[:first]
		}
		dst = utf8.AppendRune(dst, r)
		i = s.Pos
	}
}

// Word skips the string whose opening quote is at Pos and returns it, decoded. Without escape
// sequences it is a part of the data. It is for short strings that are compared only.
func (s *Scanner) Word() []byte {
	start := s.Pos
	raw, escaped := s.RawString()
	if escaped {
		s.Pos = start
		raw = s.AppendString(nil)
	}
	return raw
}

// repaired replaces each byte of dst[from:] that is not part of a character.
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

// Words of eight equal bytes, to compare eight bytes of a string at once.
const (
	ones      = 0x0101010101010101
	tops      = 0x80 * ones
	backslash = '\\' * ones
)

// PlainLength returns how many bytes of b come before the first quote, backslash or
// control character.
func PlainLength(b []byte) int {
	n, _ := plain(b)
	return n
}

// plain is [PlainLength], and reports whether there may be a byte beyond ASCII among them.
//
// A byte x below n ≤ 0x80 is found by the top bit of (x-n)&^x, in all bytes of a word at
// once, and exactly for the lowest one found (borrows run upwards; "Hacker's Delight",
// chapter 6). One comparison serves control characters and the quote, 0x22:
// with the bit of value 2 flipped the quote is 0x20, control characters stay below
// that, and 0x20 and 0x21 go up.
func plain(b []byte) (n int, beyond bool) {
	i, seen := 0, uint64(0)
	for i+8 <= len(b) {
		word := binary.LittleEndian.Uint64(b[i : i+8 : i+8])
		seen |= word
		marks := ((word ^ 2*ones - 0x21*ones) | (word ^ backslash - ones)) &^ word & tops
		if marks != 0 {
			return i + bits.TrailingZeros64(marks)/8, seen&tops != 0
		}
		i += 8
	}
	for i < len(b) && b[i] >= 0x20 && b[i] != '"' && b[i] != '\\' {
		seen |= uint64(b[i])
		i++
	}
	return i, seen&tops != 0
}

// escapes maps the letter of each short escape sequence to its character.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// Escape skips the escape sequence at Pos, or both halves of a surrogate pair, and returns its
// character. Anything else is an error.
func (s *Scanner) Escape() rune {
	rest := s.Data[s.Pos:]
	switch {
	case len(rest) == 0:
		s.Invalid("the rest of a string")
		return utf8.RuneError
	case rest[0] != '\\':
		s.Invalid("no control character in a string")
		return utf8.RuneError
	case len(rest) > 1 && escapes[rest[1]] != 0:
		s.Pos += 2
		return rune(escapes[rest[1]])
	case len(rest) > 1 && rest[1] == 'u':
		if r, ok := Hex4(rest[2:]); ok {
			s.Pos += 6
			return s.pair(r)
		}
	}
	s.Ended = s.Err == nil && len(rest) < len(`\u0000`) && isEscapeHead(rest[1:])
	s.Invalid("an escape sequence")
	return utf8.RuneError
}

// isEscapeHead reports whether the data behind a backslash may be the beginning of \u0000.
func isEscapeHead(rest []byte) bool {
	if len(rest) == 0 {
		return true
	}
	_, ok := Hex4(append(rest[1:len(rest):len(rest)], "0000"...))
	return rest[0] == 'u' && ok
}

// pair joins r with the surrogate behind it if it is one half of a pair.
func (s *Scanner) pair(r rune) rune {
	if !utf16.IsSurrogate(r) {
		return r
	}
	if rest := s.Data[s.Pos:]; len(rest) >= 6 && rest[0] == '\\' && rest[1] == 'u' {
		if low, ok := Hex4(rest[2:]); ok {
			if whole := utf16.DecodeRune(r, low); whole != utf8.RuneError {
				s.Pos += 6
				return whole
			}
		}
	}
	return utf8.RuneError
}

// Hex4 returns the number that the first four bytes of b are in hexadecimal.
func Hex4(b []byte) (rune, bool) {
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

// Truncate returns the first n bytes of s, fewer if that would split a character, with U+FFFD
// for bytes that are not UTF-8.
func Truncate(s string, n int) string {
	if len(s) > n {
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
