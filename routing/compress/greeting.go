package compress

import (
	"strings"
)

// A greeting is a set of the greetings there are.
type greeting uint8

// greetings are the specification's.
var greetings = [...]string{"안녕하세요", "Hi", "Hello"}

// A word is a greeting that stands in a text.
type word struct {
	is  greeting
	end int // 0 where there is none
}

// greetingAt returns the greeting that begins at i, be it a word or a part of one.
func greetingAt(raw []byte, i int, next reader) word {
	for n, g := range greetings {
		at, matches := i, true
		for _, want := range g {
			if at == len(raw) {
				matches = false
				break
			}
			var r rune
			if r, at = next(raw, at); r != want {
				matches = false
				break
			}
		}
		if matches {
			return word{1 << n, at}
		}
	}
	return word{}
}

// opening returns the greeting with which a text begins, set off from the rest by a mark or
// the end of its line, where that greeting begins (behind the same ones before it), and
// where the rest does.
func opening(raw []byte) (is greeting, last, rest int) {
	found := greeting(0)
	for i := 0; i < len(raw); {
		w := greetingAt(raw, i, unit)
		if w.end == 0 || found != 0 && w.is != found {
			break
		}
		found = w.is
		marked, next := setOff(raw, w.end)
		if next == w.end {
			break // "High"
		}
		if marked {
			is, last, rest = found, i, next
		}
		i = next
	}
	return is, last, rest
}

// setOff passes marks and the spaces or lines without words behind them, but no indentation;
// without any of these it passes nothing. It reports whether they set off what comes next.
func setOff(raw []byte, i int) (marked bool, next int) {
	marks := i
	for marks < len(raw) && strings.IndexByte(",.!~", raw[marks]) >= 0 {
		marks++
	}
	next = marks
	for at := marks; at < len(raw); {
		r, after := unit(raw, at)
		if !strings.ContainsRune(" \t\r\n", r) {
			break
		}
		at = after
		if r == '\n' {
			next = at
		}
	}
	if next > marks {
		return true, next
	}
	for next < len(raw) && raw[next] == ' ' {
		next++
	}
	if next == marks && next < len(raw) {
		return false, i
	}
	return marks > i || next == len(raw), next
}

// ownWords are what the person who writes about words may say: then a greeting can be
// what it is all about. Most of such prompts are about a text to be translated, corrected,
// written or explained.
var ownWords = []string{
	"translat", "correct", "grammar", "proofread", "rewrite", "rephrase", "paraphrase", "edit", "polish", "tone",
	"english", "korean", "japanese", "chinese", "spanish", "french", "german", "language",
	"letter", "mail", "message", "reply", "respon", "greet", "text", "sentence", "phrase", "word", "character", "world",
	"mean", "say", "spell", "pronounc", "count", "repeat", "echo", "quote", "print", "song", "lyric", "summar",
	"번역", "영어", "한국어", "일본어", "중국어", "영문", "한글", "교정", "맞춤법", "문법", "고쳐", "바꿔", "다듬", "문장", "단어", "글자",
	"편지", "메일", "문자", "메시지", "답장", "인사", "뜻", "의미", "발음", "따라", "반복", "노래", "가사", "요약", "출력",
}

// quotes set off what is quoted.
const quotes = "\"`“”„‘«»「」『』"

// again returns how much of a human turn's beginning is a greeting too many: all but the
// last of the same greeting doubled, and the last as well where an earlier turn began
// with it. The set holds the greetings of the turns before and takes up that of this one.
//
// A greeting stays where it may matter: where nothing follows it, where no prose does, and
// where the turn is about words or quotes some.
func (g *greeting) again(raw []byte) int {
	is, cut, rest := opening(raw)
	if *g&is != 0 {
		cut = rest
	}
	*g |= is
	if cut == 0 || rest == len(raw) || lineAt(raw, rest).kind != prose {
		return 0
	}
	text, ok := decoded(raw)
	if !ok || strings.ContainsAny(text, quotes) {
		return 0
	}
	text = strings.ToLower(text)
	for _, w := range ownWords {
		if strings.Contains(text, w) {
			return 0
		}
	}
	return cut
}
