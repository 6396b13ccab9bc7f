package answer

import (
	"unicode/utf8"

	"sluice/routing/llmapi/jsonscan"
)

// A tally estimates the tokens of what a model has written, where its provider does not
// count them. It adds up a weight for each character as it comes, by the kind that its first
// byte tells; so it makes no difference into what pieces a text is cut. What JSON escapes
// counts as the character that it stands for.
type tally struct {
	weight int // of the characters, in hundredths of a token
	pieces int // that had any text: no provider sends less than a token at once
}

// tokens returns the estimate.
func (t tally) tokens() int {
	return max(t.pieces, (t.weight+99)/100)
}

// The weights of characters by their kind, in hundredths of a token, as o200k_base and its
// like have them on average.
const (
	weightLetter = 23
	weightBlank  = 5 // joins the word behind it
	weightOther  = 50
	weightTwo    = 33 // Latin with accents, Greek, Cyrillic, Hebrew, Arabic: two bytes
	weightIndic  = 37 // up to Thai and Tibetan
	weightWide   = 80 // Chinese, Japanese, Korean and the rest
)

// weights are those of the first byte of a character in UTF-8; the others weigh nothing.
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
		i++ // the string was read: something follows
		if raw[i] != 'u' {
			t.weight += weightOther
			continue
		}
		r, _ := jsonscan.Hex4(raw[i+1:])
		var char [utf8.UTFMax]byte
		utf8.EncodeRune(char[:], r) // half a pair counts as U+FFFD
		t.weight += int(weights[char[0]])
		i += 4
	}
}

// read passes a value and counts what a model wrote in it.
func (t *tally) read(s *jsonscan.Scanner) {
	written(s, func() {
		raw, _ := s.RawString()
		t.add(raw)
	})
}

// written passes a value, in which it calls each at every string that a model wrote, to
// pass that: the value itself, or what stands under the names that some API has for it.
func written(s *jsonscan.Scanner, each func()) {
	switch s.Peek() {
	case '"':
		each()
	case '[':
		s.Array(func() { written(s, each) })
	default:
		s.Object(func(key []byte) {
			switch string(key) {
			case "content", "text", "refusal", "reasoning", "reasoning_content", "thinking", "summary",
				"tool_calls", "function_call", "function", "custom", "name", "arguments", "partial_json", "input":
				written(s, each)
			default:
				s.Skip()
			}
		})
	}
}
