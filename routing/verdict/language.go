package verdict

import (
	"slices"
	"strings"

	"sluice/routing"
	"sluice/routing/classify"
	"sluice/routing/language"
	"sluice/routing/llmapi/answer"
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
	// It is enough for another script in the last answer that the check is not made.
	sureReply = 0.5
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
func languageOfPrompt(prompt, code string) string {
	if code != "" {
		return code
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
func expectLanguage(code, first, last string, marks uint64) string {
	if code == "" || code == classify.Unknown || marks&^(firstLanguage*uint64(language.Of(code))) >= firstLanguage {
		return ""
	}
	latin := shareScript(code, "en")
	for _, end := range [...]string{first, last} {
		words, letters := passages(end)
		if latin && letters > fewForeign || !latin && (words > fewForeignWords || letters == 0 && end != "") {
			return ""
		}
	}
	if !latin && (instructsInLatin(opening(first)) || instructsInLatin(closing(first, last))) {
		return ""
	}
	return code
}

// Letters of the last answer from which its language is known: of another script, of the same.
const (
	replyScript   = 6
	replyLanguage = someLetters
)

// languageHolds reports whether nothing in the conversation says that the answer may be in
// another language than the prompt: no earlier turn asks for it, and the last answer, to which
// nobody objected, is in the prompt's.
func languageHolds(r *routing.Request, code string) bool {
	if r.Speaks != "" && r.Speaks != code {
		return false
	}
	var buf [3 * manyLetters]byte
	n, _ := answer.Thoughts(r.Reply)
	prose, letters := appendProse(buf[:0], r.Reply[n:], manyLetters)
	if letters < replyScript {
		return true
	}
	m, err := classify.Default()
	if err != nil {
		return false
	}
	got := m.Language(string(prose))
	if got.Code == code || got.Code == classify.Unknown {
		return true
	}
	if shareScript(code, got.Code) {
		return letters < replyLanguage || got.Confidence < surePrompt
	}
	return got.Confidence < sureReply
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
