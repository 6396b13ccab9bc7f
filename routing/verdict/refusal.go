package verdict

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Finding is what a [RefusalDetector] makes of a text.
type Finding uint8

// The findings. Open is given for a beginning only.
const (
	Open     Finding = iota // it may still turn out to refuse
	Complies                // it does not refuse, or not in a way that is looked for
	Refuses
)

// A RefusalDetector finds a model's own "I can't do that". It is called for every
// event of a stream that is held, from many goroutines.
//
// text is an answer without leading white space, or its beginning if whole is false. A
// finding about a beginning is final unless it is Open: every longer beginning must give
// the same. A whole answer may be judged by more than its beginning shows.
type RefusalDetector interface {
	Refusal(text string, whole bool) Finding
}

// Phrases finds refusals by how they begin, in English and Korean. It is made for
// precision: it looks at the first sentences alone, wants the speaker to be the one
// who cannot, and leaves "you cannot divide by zero" in peace.
type Phrases struct{}

// refusalHead is how many bytes a refusal has to show itself in.
const refusalHead = 720

// firstWord is how many bytes of the first word may pass before a Korean letter comes:
// "AI로서", "ChatGPT는". Languages that do not part words are not waited for.
const firstWord = 12

// Refusal implements [RefusalDetector].
func (Phrases) Refusal(text string, whole bool) Finding {
	if len(text) >= refusalHead {
		text, whole = text[:refusalHead], true
	}
	words := strings.TrimLeft(text, "*_#> \t\r\n")
	if beginsKorean(words) {
		return koreanRefusal(text, whole)
	}
	var buf [refusalHead]byte
	f := englishRefusal(normalize(buf[:0], words), whole)
	if f == Complies && !whole && len(words) <= firstWord && !strings.ContainsAny(words, " \n") {
		return Open // one word, to which Korean letters may yet be joined: "AI로서"
	}
	return f
}

// beginsKorean reports whether the first word has a Korean letter near its start.
func beginsKorean(text string) bool {
	for i, r := range text {
		if i > firstWord {
			return false
		}
		if unicode.Is(unicode.Hangul, r) {
			return true
		}
		if unicode.IsSpace(r) {
			return false
		}
	}
	return false
}

// normalize appends to buf the text in lower case with straight apostrophes, single
// spaces and no emphasis. The result is never longer than the text.
func normalize(buf []byte, text string) string {
	space := false
	for i := 0; i < len(text); {
		c := text[i]
		switch c {
		case ' ', '\t', '\n', '\r':
			space = true
			i++
			continue
		case '*', '_':
			i++
			continue
		}
		if space && len(buf) > 0 {
			buf = append(buf, ' ')
		}
		space = false
		switch {
		case c >= 'A' && c <= 'Z':
			buf = append(buf, c+'a'-'A')
			i++
		case c < utf8.RuneSelf:
			buf = append(buf, c)
			i++
		default:
			r, n := utf8.DecodeRuneInString(text[i:])
			if r == '’' || r == '‘' {
				buf = append(buf, '\'')
			} else {
				buf = append(buf, text[i:i+n]...)
			}
			i += n
		}
	}
	if space && len(buf) > 0 {
		buf = append(buf, ' ')
	}
	return string(buf)
}
