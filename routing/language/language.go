// Package language knows by which words texts ask for a language. It does not recognise the
// language of a text; package classify does.
package language

import (
	"strings"
	"unicode/utf8"

	"sluice/routing/lexicon"
)

// A Set is a set of languages that a text names. Change is in it if the text asks for a change
// of language, such as a translation, or names a language that has no member of its own.
type Set uint64

// Change is the first member of a [Set]; the others are in the order of names.
const Change Set = 1

// Members that only this package uses: how a language is named.
const (
	replaces Set = 1 << (63 - iota) // from now on, instead of what was asked for before
	stops                           // what was asked for before ends
)

// names lists words that name languages and, under "", words for a change of language.
var names = [...]struct{ code, words string }{
	{"", "translat 번역 통역 직역 의역 翻译 翻譯 翻訳 traduc traduz tradui übersetz перевед перевод bilingual 외국어"},
	{"en", "english 영어 영문 영작 영국식 미국식 英語 英语 inglés inglês anglais englisch английск 英文 anglisch"},
	{"ko", "korean hangul 한국어 한국말 한글 韓国語 韩语 韓語 coreano coréen koreanisch корейск 朝鲜语"},
	{"ja", "japanese japonés japonais japanisch японск 일본어 일본말 일어 日本語 日语 日語"},
	{"zh", "chinese mandarin cantonese chinesisch китайск 중국어 중국말 한자 한문 中文 汉语 漢字 中国語"},
	{"es", "spanish 스페인어 español espagnol spanisch spagnolo espanhol испанск 西班牙 スペイン語"}, //nolint:misspell // the German word
	{"fr", "french 프랑스어 불어 français französisch francés francese francês французск 法语 法語 法文 フランス語"},
	{"de", "german 독일어 deutsch alemán allemand tedesco alemão немецк 德语 德語 德文 ドイツ語"},
	{"it", "italian 이탈리아어 italiano italienisch итальянск 意大利语 イタリア語"},
	{"pt", "portuguese 포르투갈어 português portugiesisch portugués portugais португальск 葡萄牙语 ポルトガル語"},
	{"ru", "russian 러시아어 русск russisch 俄语 俄語 俄文 ロシア語"},
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

// changes are more words and phrases of Change: languages that a classifier does not tell apart
// from others, or whose names are also other words.
var changes = []string{
	"in polish", "into polish", "to polish", "polski", "polsku", "폴란드어", "czech", "체코어", "finnish", "핀란드어", "hungarian", "헝가리어",
	"romanian", "루마니아어", "danish", "덴마크어", "norwegian", "노르웨이어", "bulgarian", "불가리아어", "slovak", "croatian", "serbian",
	"bengali", "벵골어", "tamil", "타밀어", "telugu", "urdu", "우르두어", "punjabi", "marathi", "swahili", "스와힐리어", "tagalog", "filipino", "필리핀어",
	"malay", "말레이어", "mongolian", "몽골어", "catalan", "esperanto", "에스페란토", "interpreter", "mother tongue", "native language", "모국어",
}

// Words by which a text replaces what was asked for before, if it names one language. Besides
// them there are "in English", "English please" and the like.
var replacing = []string{
	"again", "back to", "switch", "from now", "from here on", "instead", "only", "다시", "이제", "지금부터", "앞으로", "부터는", "부터",
	"de nuevo", "otra vez", "desde ahora", "de nouveau", "désormais", "à partir", "wieder", "ab jetzt", "d'ora in", "di nuovo", "a partir de",
	"снова", "опять", "теперь", "отныне", "从现在", "以后", "改用", "今後", "これから",
}

// Words by which a text ends what was asked for before.
var stopping = []string{
	"stop", "no more", "no longer", "enough", "no need", "don't need", "cancel", "never mind", "그만", "필요 없", "안 해도", "하지 마", "하지마",
	"停止", "不用", "不要再", "やめ", "arrête", "deja de", "para de", "hör auf", "basta", "хватит", "перестань",
}

var words = func() (l lexicon.Lexicon) {
	AddTo(&l, 1)
	l.Add(uint64(replaces), replacing...)
	l.Add(uint64(stops), stopping...)
	for _, n := range names[1:] {
		for w := range strings.FieldsSeq(n.words) {
			if w[0] < utf8.RuneSelf {
				l.Add(uint64(replaces), "in "+w, "auf "+w, "en "+w, "em "+w, "speak "+w, "use "+w, w+" please", w+", please", w+" now")
			} else {
				l.Add(uint64(replaces), w+"로", "用"+w, w+"で")
			}
		}
	}
	return l
}()

// Of returns the set of the language with that code (ISO 639-1) alone; it is empty if the
// language has no member of its own.
func Of(code string) Set {
	for i, n := range names[1:] {
		if n.code == code {
			return Change << (i + 1)
		}
	}
	return 0
}

// code returns the code of the only member, "" if the set has another number of members.
func (s Set) code() string {
	for i, n := range names[1:] {
		if s == Change<<(i+1) {
			return n.code
		}
	}
	return ""
}

// AddTo adds the words for every member of a [Set] to a lexicon, with the marks that begin at
// first: those of a text are first times its Set.
func AddTo(l *lexicon.Lexicon, first uint64) {
	for i, n := range names {
		l.Add(first<<i, strings.Fields(n.words)...)
	}
	l.Add(first, changes...)
}
