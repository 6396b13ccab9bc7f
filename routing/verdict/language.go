package verdict

import (
	"slices"
	"strings"

	"sluice/routing/classify"
)

// An answer in another language than the question's is nearly always a lapse of a small
// model, unless the question is about languages or holds a text in another one. So of
// such questions no language is expected, see [expectLanguage].

const (
	fewLetters  = 12  // that show an answer to be in the right language
	someLetters = 40  // after which a stream is not held for its language any longer
	manyLetters = 600 // of a whole answer that are read
)

// How sure the classifier must be of a language. Languages of one script are told
// apart by less than scripts are.
const (
	sureScript   = 0.75
	sureLanguage = 0.95
)

// scripts lists languages that share their letters; each of the others has its own.
var scripts = [...][]string{
	{"en", "es", "fr", "de", "it", "pt", "id", "vi", "tr", "pl", "nl", "sv", "cs", "fi", "hu", "ro", "da"},
	{"ru", "uk", "bg"},
	{"ar", "fa"},
	{"zh", "ja"},
}

func shareScript(a, b string) bool {
	for _, s := range scripts {
		if slices.Contains(s, a) {
			return slices.Contains(s, b)
		}
	}
	return a == b
}

// languageOf judges in which language text is, or its beginning if whole is false.
// Findings are those of a [RefusalDetector]; Complies is given for too little prose.
func languageOf(m *classify.Model, want, text string, whole bool) Finding {
	most := someLetters
	if whole {
		most = manyLetters
	}
	var buf [2 * manyLetters]byte
	prose, letters := appendProse(buf[:0], text, most)
	if letters < fewLetters || letters < someLetters && whole {
		if whole {
			return Complies
		}
		return Open
	}
	got := m.Language(string(prose))
	sure := float32(sureScript)
	if shareScript(want, got.Code) {
		sure = sureLanguage
	}
	switch {
	case got.Code == want, got.Code == classify.Unknown:
		return Complies
	case letters < someLetters:
		return Open
	case got.Confidence < sure:
		return Complies
	}
	return Refuses
}

// expectLanguage returns the language that an answer to a prompt in the given language
// should be in, and "" where that is not certain: where the prompt names another
// language or asks for a translation, or holds a passage in another script than its own.
// Only the ends of the prompt are read, in lower case.
func expectLanguage(language string, ends ...string) string {
	if language == "" || language == classify.Unknown {
		return ""
	}
	latin := shareScript(language, "en")
	for _, end := range ends {
		words, letters := passages(end)
		if latin && letters > fewForeign || !latin && (words > fewForeignWords || letters == 0 && end != "") {
			return ""
		}
		if namesLanguage(end, language) {
			return ""
		}
	}
	return language
}

// A passage in another script is more than a name: some letters among Latin ones, or a
// row of Latin words among others.
const (
	fewForeign      = 3
	fewForeignWords = 5
)

// passages finds the longest row of Latin words in p with nothing but signs between
// them, and counts the letters that are not Latin.
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

// namesLanguage reports whether p, in lower case, mentions a translation, or a language
// other than its own.
func namesLanguage(p, own string) bool {
	before := byte(' ')
	for i := range len(p) {
		if !isWord(before) || p[i] >= 0xe4 && p[i] <= 0xe9 { // Han is written without spaces
			for _, name := range languageNames[p[i]] {
				if name.code != own && strings.HasPrefix(p[i:], name.word) {
					return true
				}
			}
		}
		before = p[i]
	}
	return false
}

// A languageName is how a prompt calls a language; one without a code means a change of
// language, whichever it is.
type languageName struct{ word, code string }

// languageNames are sorted by their first byte.
var languageNames = func() (by [256][]languageName) {
	for code, words := range map[string]string{
		"":   "translat 번역 통역 직역 의역 翻译 翻譯 翻訳 traduc traduz tradui übersetz перевед перевод bilingual 외국어",
		"en": "english 영어 영문 영작 영국식 미국식 英語 英语 inglés inglês anglais englisch английск",
		"ko": "korean hangul 한국어 한국말 한글 韓国語 韩语 韓語 coreano coréen koreanisch",
		"ja": "japanese 일본어 일본말 일어 日本語 日语 日語",
		"zh": "chinese mandarin cantonese 중국어 중국말 한자 한문 中文 汉语 漢字 中国語",
		"es": "spanish 스페인어 español",
		"fr": "french 프랑스어 불어 français",
		"de": "german 독일어 deutsch",
		"it": "italian 이탈리아어 italiano",
		"pt": "portuguese 포르투갈어 português",
		"ru": "russian 러시아어 русск",
		"vi": "vietnamese 베트남어 tiếng",
		"th": "thai 태국어",
		"ar": "arabic 아랍어",
		"hi": "hindi 힌디어",
		"id": "indonesian 인도네시아어",
		"tr": "turkish 터키어 튀르키예어",
		"la": "latin 라틴어",
		"nl": "dutch 네덜란드어", "sv": "swedish 스웨덴어", "uk": "ukrainian 우크라이나어",
		"el": "greek 그리스어", "he": "hebrew 히브리어", "fa": "persian farsi 페르시아어",
	} {
		for word := range strings.FieldsSeq(words) {
			by[word[0]] = append(by[word[0]], languageName{word, code})
		}
	}
	return by
}()
