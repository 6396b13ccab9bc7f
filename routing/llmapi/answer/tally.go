package answer

import (
	"unicode/utf8"

	"sluice/routing/llmapi/jsonscan"
)

// A tally estimates the tokens of a text that a provider does not count. It adds a weight per
// character by its script, so it does not matter how the text is cut into parts. An escape
// sequence counts as the character it stands for.
type tally struct {
	weight int // of the characters, in hundredths of a token
	pieces int // that had text: no provider sends less than one token at once
}

// tokens returns the estimate.
func (t tally) tokens() int {
	return max(t.pieces, (t.weight+99)/100)
}

// The weights of characters by kind, in hundredths of a token: averages of o200k_base and
// similar encodings.
const (
	weightLetter = 23
	weightBlank  = 5 // usually part of the next token
	weightOther  = 50
	weightTwo    = 33 // Latin with accents, Greek, Cyrillic, Hebrew, Arabic: two bytes
	weightIndic  = 37 // up to Thai and Tibetan
	weightWide   = 80 // Chinese, Japanese, Korean and the rest
)

// weights maps the first byte of a character in UTF-8 to its weight; continuation bytes weigh
// nothing.
var weights = func() (w [256]uint8) {
	for c := range w {
		switch {
		case c == ' ':
			w[c] = weightBlank
		case 'a' <= c|0x20 && c|0x20 <= 'z':
			w[c] = weightLetter
		case c < 0x80:
			w[c] = weightOther
		case c > 0xe0:
			w[c] = weightWide
		case c == 0xe0:
			w[c] = weightIndic
		case c >= 0xc0:
			w[c] = weightTwo
		}
	}
	return w
}()

// add counts the inside of a JSON string.
func (t *tally) add(raw []byte) {
	if len(raw) == 0 {
		return
	}
	t.pieces++
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			t.weight += int(weights[raw[i]])
			continue
		}
		i++ // the string is valid: something follows
		if raw[i] != 'u' {
			t.weight += weightOther
			continue
		}
		r, _ := jsonscan.Hex4(raw[i+1:])
		var char [utf8.UTFMax]byte
		utf8.EncodeRune(char[:], r) // an unpaired surrogate counts as U+FFFD
		t.weight += int(weights[char[0]])
		i += 4
	}
}

// read reads a value and counts the text of the model in it.
func (t *tally) read(s *jsonscan.Scanner) {
	eachString(s, func() {
		raw, _ := s.RawString()
		t.add(raw)
	})
}

// eachString reads a value and calls each at every string that the model wrote, which each has
// to read: the value itself, or the members that hold text in one of the APIs.
func eachString(s *jsonscan.Scanner, each func()) {
	switch s.Peek() {
	case '"':
		each()
	case '[':
		s.Array(func() { eachString(s, each) })
	default:
		s.Object(func(key []byte) {
			switch string(key) {
			case "content", "text", "refusal", "reasoning", "reasoning_content", "thinking", "summary",
				"tool_calls", "function_call", "function", "custom", "name", "arguments", "partial_json", "input":
				eachString(s, each)
			default:
				s.Skip()
			}
		})
	}
}
