package constraint

import (
	"strings"
	"unicode"
)

// A phrase identifies words without containing them: their number of characters and a 32-bit
// hash, by which they can be found in an answer.
type phrase struct {
	Length int    `json:"l"`
	Hash   uint32 `json:"h"`
}

// maxPhrase bounds a phrase, in characters.
const maxPhrase = 60

// newPhrase returns the phrase of some words. It reports false if there are none or too many.
func newPhrase(words string) (phrase, bool) {
	f := trimSigns(folded(words))
	if len(f) == 0 || len(f) > maxPhrase {
		return phrase{}, false
	}
	return phrase{Length: len(f), Hash: hash(f)}, true
}

// folded returns the characters of s for comparison: in lower case, with uniform white space
// and quotes.
func folded(s string) []rune {
	out := make([]rune, 0, len(s))
	space := true
	for _, c := range s {
		switch {
		case unicode.IsSpace(c):
			if !space {
				out = append(out, ' ')
			}
			space = true
			continue
		case c == '’', c == '‘':
			c = '\''
		case c == '“', c == '”':
			c = '"'
		}
		out, space = append(out, unicode.ToLower(c)), false
	}
	if len(out) > 0 && out[len(out)-1] == ' ' {
		out = out[:len(out)-1]
	}
	return out
}

// trimSigns removes quotes, emphasis and full stops from both ends.
func trimSigns(s []rune) []rune {
	for len(s) > 0 && !isWordRune(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && !isWordRune(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func isWordRune(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c) }

// base is the base of the polynomial hash; odd, so that none of its powers is 0.
const base = 0x9e3779b97f4a7c15

func hash(s []rune) uint32 {
	var h uint64
	for _, c := range s {
		h = h*base + uint64(c) + 1
	}
	return mix(h)
}

func mix(h uint64) uint32 {
	h ^= h >> 32
	return uint32(h * 0xd6e8feb86659fd93 >> 32)
}

// in reports whether the phrase occurs in the folded text. With alone, it must be words of its
// own; Korean particles may follow.
func (p phrase) in(text []rune, alone bool) bool {
	n := p.Length
	if n <= 0 || n > len(text) {
		return false
	}
	var h, power uint64 = 0, 1
	for i, c := range text {
		h = h*base + uint64(c) + 1
		if i >= n {
			h -= power * (uint64(text[i-n]) + 1)
		} else {
			power *= base
		}
		if i+1 < n || mix(h) != p.Hash {
			continue
		}
		start := i + 1 - n
		if !alone || (start == 0 || !isWordRune(text[start-1])) && (i+1 == len(text) || !isWordRune(text[i+1]) || particle(text[i], text[i+1:])) {
			return true
		}
	}
	return false
}

// particles are the first syllables of what Korean appends to a noun.
const particles = "은는이가을를의에도로와과만"

// particle reports whether a Korean noun may end before rest.
func particle(last rune, rest []rune) bool {
	if !unicode.Is(unicode.Hangul, last) || !strings.ContainsRune(particles, rest[0]) {
		return false
	}
	return len(rest) == 1 || !isWordRune(rest[1])
}
