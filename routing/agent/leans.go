package agent

import (
	"unicode"
	"unicode/utf8"
)

// Bounds of a message that depends on the turns before it, in letters as [letters] counts them.
const (
	tooShort  = 12 // any message
	approving = 36 // one that begins with a word of agreement or a pointer back
)

// maxLeaning is the most bytes that such a message can have.
const maxLeaning = 256

// backwards are first words that agree to something or point back at it. Words of scripts
// without spaces, and words that take endings, are given as prefixes of the message.
var (
	backwards = set(
		"yes", "yeah", "yep", "yup", "ok", "okay", "k", "sure", "go", "continue", "proceed", "approved", "approve", "agreed", "agree",
		"please", "pls", "right", "correct", "exactly", "perfect", "great", "good", "fine", "cool", "nice", "lgtm",
		"no", "nope", "not", "again", "retry", "now", "next", "also", "and", "then", "same", "still", "this", "that", "it", "option",
		"네", "넵", "넹", "응", "ㅇㅇ", "ㅇㅋ", "oui", "si", "sí", "ja", "sim", "да", "devam", "weiter",
	)
	prefixes = []string{
		"예,", "예 ", "그래,", "그래 ", "그래요", "그렇게", "그대로", "그거", "그걸", "그럼", "좋아", "좋습", "맞아", "맞습", "계속", "진행해", "진행하",
		"이어서", "다시 ", "다음 단계", "오케이", "아니요", "아니,", "아니 ", "이제 ", "이것도", "같은 ", "위에서", "나머지도",
		"はい", "うん", "続け", "お願い", "そうです", "そうして", "もう一度", "继续", "繼續", "好的", "好，", "是的", "可以，", "对，", "对的",
	}
	// Thanks end a piece of work and need nothing before them.
	thanks = []string{"thank", "thx", "고마", "고맙", "감사", "수고", "ありがと", "谢谢", "謝謝", "merci", "danke", "gracias"}
)

// Leans reports whether a message of a person can be understood only with the turns before
// it: "yes", "go on", "계속", "2번으로 해 줘". That is a message of at most 12 letters, or of at
// most 36 that begins with a word of agreement or a pointer back, thanks excepted. Digits
// count as letters, spaces and punctuation do not. A letter that stands for a syllable or a
// word counts twice.
func Leans(message []byte) bool {
	if len(message) > maxLeaning {
		return false
	}
	n, first, start := letters(message)
	rest := string(message[start:])
	if begins(rest, thanks) {
		return false
	}
	return n <= tooShort || n <= approving && (backwards[first] || begins(rest, prefixes))
}

// letters counts those of the message, and returns its first word in lower case and where
// that starts.
func letters(message []byte) (n int, first string, start int) {
	var word []rune
	started, ended := false, false
	for i := 0; i < len(message); {
		r, size := utf8.DecodeRune(message[i:])
		letter := unicode.IsLetter(r) || unicode.IsDigit(r)
		switch {
		case letter && !started:
			started, start = true, i
		case !letter && started:
			ended = true
		}
		if letter {
			n++
			if unicode.In(r, unicode.Hangul, unicode.Han, unicode.Hiragana, unicode.Katakana) {
				n++
			}
			if !ended {
				word = append(word, unicode.ToLower(r))
			}
		}
		i += size
	}
	return n, string(word), start
}
