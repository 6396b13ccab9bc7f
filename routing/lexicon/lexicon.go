// Package lexicon finds phrases in texts. It does not know what they mean.
package lexicon

// A Lexicon finds many phrases in one pass over a text. Phrases are in lower case, begin with a
// word and have at least three bytes; ASCII letters match in either case. Each phrase has
// marks; a search returns the union of the marks found.
type Lexicon [1 << tableBits][]entry

const tableBits = 11

type entry struct {
	phrase string
	marks  uint64
}

// Add adds phrases with the same marks.
func (l *Lexicon) Add(marks uint64, phrases ...string) {
	for _, p := range phrases {
		h := hash3(p[0], p[1], p[2])
		l[h] = append(l[h], entry{p, marks})
	}
}

func hash3(a, b, c byte) uint32 {
	return (uint32(a)<<16 | uint32(b)<<8 | uint32(c)) * 0x9e3779b1 >> (32 - tableBits)
}

// Find returns the marks of the phrases in text that begin at the start of a word. Han, which
// has no spaces between words, may match anywhere.
func (l *Lexicon) Find(text string) (marks uint64) {
	before := byte(' ')
	for i := 0; i+2 < len(text); i++ {
		c := Lower(text[i])
		if !IsWord(before) || c >= 0xe4 && c <= 0xe9 {
			for _, e := range l[hash3(c, Lower(text[i+1]), Lower(text[i+2]))] {
				if HasPrefixFold(text[i:], e.phrase) {
					marks |= e.marks
				}
			}
		}
		before = c
	}
	return marks
}

// HasPrefixFold is strings.HasPrefix for a prefix in lower case that ASCII letters match in
// either case.
func HasPrefixFold(text, prefix string) bool {
	if len(text) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if Lower(text[i]) != prefix[i] {
			return false
		}
	}
	return true
}

// Lower returns the ASCII letter in lower case, and any other byte as it is.
func Lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// IsWord reports whether the byte, in lower case, is a part of a word. All that is not ASCII is.
func IsWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '\'' || c >= 0x80
}
