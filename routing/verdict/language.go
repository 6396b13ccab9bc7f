package verdict

import (
	"slices"
	"strings"

	"sluice/routing/classify"
)

// An answer in another language than the question is nearly always a mistake of a small model,
// unless the question is about languages or contains text in another one. For such questions no
// language is expected, see [expectLanguage].

const (
	fewLetters  = 12  // enough to accept a language
	someLetters = 40  // after which a stream is no longer held for its language
	pageLetters = 100 // enough to distinguish languages with the same script
	manyLetters = 240 // maximum that is read of a whole answer
)

// Minimum confidence of the classifier. Languages with the same script are harder to
// distinguish than scripts.
const (
	sureScript   = 0.75
	sureLanguage = 0.95
	surePrompt   = 0.9
	// A question may contain many names in Latin letters, which lower the confidence.
	surePromptScript = 0.7
)

// scripts lists languages that share a script. Every other language has its own.
var scripts = [...][]string{
	{"en", "es", "fr", "de", "it", "pt", "id", "vi", "tr", "pl", "nl", "sv", "cs", "fi", "hu", "ro", "da"},
	{"ru", "uk", "bg"},
	{"ar", "fa"},
	{"zh", "ja"},
}

// shareScript reports whether two languages have the same script.
func shareScript(a, b string) bool {
	for _, s := range scripts {
		if slices.Contains(s, a) {
			return slices.Contains(s, b)
		}
	}
	return a == b
}

// sharesScript reports whether another language has the script of this one.
func sharesScript(language string) bool {
	return slices.ContainsFunc(scripts[:], func(s []string) bool { return slices.Contains(s, language) })
}

// languageOf judges the language of text, which is only the beginning of an answer if whole is
// false. The findings are those of a [RefusalDetector]; too little prose is Complies.
func languageOf(m *classify.Model, want, text string, whole bool) Finding {
	most := someLetters
	if whole {
		most = manyLetters
	}
	var buf [3 * manyLetters]byte
	prose, letters := appendProse(buf[:0], text, most)
	switch {
	case letters < someLetters && whole:
		return Complies
	case letters < fewLetters:
		return Open
	}
	got := m.Language(string(prose))
	least, sure := someLetters, float32(sureScript)
	if shareScript(want, got.Code) {
		least, sure = pageLetters, sureLanguage
	}
	switch {
	case got.Code == want, got.Code == classify.Unknown:
		return Complies
	case letters < someLetters:
		return Open
	case letters >= least && got.Confidence >= sure:
		return Refuses
	}
	return Complies
}

// languageOfPrompt returns the given language or, if that is "", the one that the classifier is
// confident of.
func languageOfPrompt(prompt, language string) string {
	if language != "" {
		return language
	}
	m, err := classify.Default()
	if err != nil {
		return "" // then there is no judge either
	}
	l := m.Language(prompt)
	if l.Confidence >= surePrompt || l.Confidence >= surePromptScript && !sharesScript(l.Code) {
		return l.Code
	}
	return ""
}

// expectLanguage returns the expected language of the answer to a prompt in the given language,
// or "" if that is uncertain: the prompt names another language, asks for a translation, or
// contains a passage in another script. It reads only the ends of the prompt, whose marks are
// given; last may be "".
func expectLanguage(language, first, last string, marks uint64) string {
	if language == "" || language == classify.Unknown || marks&^namesOf(language) >= firstLanguage {
		return ""
	}
	latin := shareScript(language, "en")
	for _, end := range [...]string{first, last} {
		words, letters := passages(end)
		if latin && letters > fewForeign || !latin && (words > fewForeignWords || letters == 0 && end != "") {
			return ""
		}
	}
	if !latin && (instructsInLatin(opening(first)) || instructsInLatin(closing(first, last))) {
		return ""
	}
	return language
}

// instructsInLatin reports whether a line consists of Latin words only: next to text in another
// script, that is an instruction about the text.
func instructsInLatin(line string) bool {
	words, letters := passages(line)
	return words >= 2 && letters == 0
}

// opening returns the text before the first colon or the end of the first line.
func opening(first string) string {
	if i := strings.IndexAny(first, ":\n"); i >= 0 {
		return first[:i]
	}
	return first
}

// closing returns the last line.
func closing(first, last string) string {
	if last == "" {
		last = first
	}
	return last[strings.LastIndexByte(last, '\n')+1:]
}

// A passage in another script is longer than a name: some letters in a Latin text, or a
// sequence of Latin words in another one.
const (
	fewForeign      = 3
	fewForeignWords = 5
)

// passages returns the length of the longest sequence of Latin words in p with nothing but
// punctuation between them, and the number of letters that are not Latin.
func passages(p string) (words, letters int) {
	row, within := 0, false
	for _, r := range p {
		switch {
		case r < 0x250 && isLetter(r):
			if !within {
				row++
			}
			within = true
			words = max(words, row)
		case r >= 0x250 && isLetter(r):
			letters++
			row, within = 0, false
		default:
			within = false
		}
	}
	return words, letters
}

// languageNames lists words by which prompts name languages and, under "", words for a change
// of language.
var languageNames = []struct{ code, words string }{
	{"", "translat 번역 통역 직역 의역 翻译 翻譯 翻訳 traduc traduz tradui übersetz перевед перевод bilingual 외국어"},
	{"en", "english 영어 영문 영작 영국식 미국식 英語 英语 inglés inglês anglais englisch английск"},
	{"ko", "korean hangul 한국어 한국말 한글 韓国語 韩语 韓語 coreano coréen koreanisch"},
	{"ja", "japanese 일본어 일본말 일어 日本語 日语 日語"},
	{"zh", "chinese mandarin cantonese 중국어 중국말 한자 한문 中文 汉语 漢字 中国語"},
	{"es", "spanish 스페인어 español"},
	{"fr", "french 프랑스어 불어 français"},
	{"de", "german 독일어 deutsch"},
	{"it", "italian 이탈리아어 italiano"},
	{"pt", "portuguese 포르투갈어 português"},
	{"ru", "russian 러시아어 русск"},
	{"vi", "vietnamese 베트남어 tiếng"},
	{"th", "thai 태국어"},
	{"ar", "arabic 아랍어"},
	{"hi", "hindi 힌디어"},
	{"id", "indonesian 인도네시아어"},
	{"tr", "turkish 터키어 튀르키예어"},
	{"la", "latin 라틴어"},
	{"nl", "dutch 네덜란드어"},
	{"sv", "swedish 스웨덴어"},
	{"uk", "ukrainian 우크라이나어"},
	{"el", "greek 그리스어"},
	{"he", "hebrew 히브리어"},
	{"fa", "persian farsi 페르시아어"},
}

// namesOf returns the mark of the language's names, or 0.
func namesOf(language string) uint64 {
	for i, n := range languageNames[1:] {
		if n.code == language {
			return firstLanguage << (i + 1)
		}
	}
	return 0
}
