package verdict

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Finding is the result of a [RefusalDetector].
type Finding uint8

// The findings. Open is returned only for the beginning of an answer.
const (
	Open     Finding = iota // more text is needed
	Complies                // no refusal was found
	Refuses
)

// A RefusalDetector finds a model's own "I can't do that". It is called concurrently, for every
// event of every held stream.
//
// text is an answer without leading white space, or only its beginning if whole is false. A
// finding other than Open is final: every longer beginning must give the same. The finding
// about the whole answer may differ.
type RefusalDetector interface {
	Refusal(text string, whole bool) Finding
}

// Phrases finds refusals by their beginning, in English and Korean. It favours precision: it
// reads only the first sentences, requires the speaker to be the one who cannot, and ignores
// "you cannot divide by zero".
type Phrases struct{}

// refusalHead is the number of bytes in which a refusal must appear.
const refusalHead = 720

// firstWord is the number of bytes of the first word within which a Korean letter must appear:
// "AI로서", "ChatGPT는".
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
		return Open // a first word that may continue in Korean: "AI로서"
	}
	return f
}

// beginsKorean reports whether the first word has a Korean letter near its beginning.
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

// normalize appends the text to buf in lower case, with straight apostrophes, single spaces and
// no emphasis. The result is never longer than the text.
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
