package verdict

// A lexicon finds many phrases in one pass over a text. Phrases are in lower case, begin with a
// word and have at least three bytes; ASCII letters match in either case. Each phrase has
// marks; a search returns the union of the marks found.
type lexicon [1 << lexiconBits][]entry

const lexiconBits = 11

type entry struct {
	phrase string
	marks  uint64
}

// add adds phrases with the same marks.
func (l *lexicon) add(marks uint64, phrases ...string) {
	for _, p := range phrases {
		h := lexiconHash(p[0], p[1], p[2])
		l[h] = append(l[h], entry{p, marks})
	}
}

func lexiconHash(a, b, c byte) uint32 {
	return (uint32(a)<<16 | uint32(b)<<8 | uint32(c)) * 0x9e3779b1 >> (32 - lexiconBits)
}

// find returns the marks of the phrases in text that begin at the start of a word. Han, which
// has no spaces between words, may match anywhere.
func (l *lexicon) find(text string) (marks uint64) {
	before := byte(' ')
	for i := 0; i+2 < len(text); i++ {
		c := lower(text[i])
		if !isWord(before) || c >= 0xe4 && c <= 0xe9 {
			for _, e := range l[lexiconHash(c, lower(text[i+1]), lower(text[i+2]))] {
				if hasPrefixFold(text[i:], e.phrase) {
					marks |= e.marks
				}
			}
		}
		before = c
	}
	return marks
}

// hasPrefixFold is strings.HasPrefix for a prefix in lower case that ASCII letters
// match in either case.
func hasPrefixFold(text, prefix string) bool {
	if len(text) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if lower(text[i]) != prefix[i] {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
