package tokens

import (
	"unicode/utf16"
	"unicode/utf8"
)

// longestEscape is the length of \u0000.
const longestEscape = 6

// readJSON returns the meter after the decoded bytes of text[first:end], a part of a JSON
// document. An escape sequence that the end cuts is included, one that the beginning cuts is
// not.
func readJSON[T string | []byte](m meter, text T, first, end int) meter {
	for i := max(0, first-longestEscape+1); i < first; i++ {
		if text[i] == '\\' {
			i += escapeLength(text, i) - 1
			first = max(first, i+1)
		}
	}
	for i := first; i < end; {
		if text[i] != '\\' {
			m = m.add(text[i])
			i++
			continue
		}
		n := escapeLength(text, i)
		if n < longestEscape {
			m = m.add(unescaped(text[i+n-1]))
			i += n
			continue
		}
		r := hex4(text, i+2)
		i += n
		if utf16.IsSurrogate(r) && i < len(text) && text[i] == '\\' && escapeLength(text, i) == longestEscape {
			if pair := utf16.DecodeRune(r, hex4(text, i+2)); pair != utf8.RuneError {
				r = pair
				i += longestEscape
			}
		}
		var form [utf8.UTFMax]byte
		for _, b := range form[:utf8.EncodeRune(form[:], r)] {
			m = m.add(b)
		}
	}
	return m
}

// escapeLength returns the length of the escape sequence at i, where a backslash is: 1
// at the end of the text.
func escapeLength[T string | []byte](text T, i int) int {
	switch {
	case i+1 == len(text):
		return 1
	case text[i+1] == 'u' && i+longestEscape <= len(text):
		return longestEscape
	default:
		return 2
	}
}

// unescaped returns the byte for a letter after a backslash.
func unescaped(letter byte) byte {
	switch letter {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	default: // quotes and slashes stand for themselves; \b and \f are rare
		return letter
	}
}

// hex4 reads four hexadecimal digits at i. Other characters give some number.
func hex4[T string | []byte](text T, i int) rune {
	var r rune
	for _, digit := range []byte(text[i : i+4]) {
		if digit > '9' {
			digit += 9 // a letter of either case: its low four bits are 1 to 6
		}
		r = r<<4 | rune(digit&0xf)
	}
	return r
}

// isBase64 reports whether the text has only the digits of base64, of either alphabet, as no
// 128 bytes of prose or code do.
func isBase64[T string | []byte](text T) bool {
	for i := range len(text) {
		switch b := text[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9':
		case b == '+', b == '/', b == '=', b == '-', b == '_':
		default:
			return false
		}
	}
	return true
}
