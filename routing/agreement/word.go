package agreement

import (
	"hash/fnv"
	"unicode"
	"unicode/utf8"
)

// A Word is a label, in lower case, as its length and hash: words of the prompt must not be in
// the plan, which access logs can print.
type Word struct {
	Bytes int    `json:"n"`
	Sum   uint32 `json:"h"`
}

func labelWords(list []string) []Word {
	out := make([]Word, len(list))
	for i, s := range list {
		out[i] = Word{len(s), sum(s)}
	}
	return out
}

func sum(s string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s)) // never fails
	return h.Sum32()
}

func (w Word) is(s string) bool { return len(s) == w.Bytes && sum(s) == w.Sum }

// within reports whether text contains the word on its own. Korean endings may follow it.
func (w Word) within(text string) bool {
	letter := false // the previous character is one
	for at, c := range text {
		if at+w.Bytes > len(text) {
			return false
		}
		starts := !letter
		letter = unicode.IsLetter(c)
		if !starts || !w.is(text[at:at+w.Bytes]) {
			continue
		}
		if after, _ := utf8.DecodeRuneInString(text[at+w.Bytes:]); !unicode.IsLetter(after) || after >= 0xac00 {
			return true
		}
	}
	return false
}
