package constraint

// Triggers returns beginnings of words, in lower case. An English prompt without any of them
// sets no constraint.
func Triggers() []string { return triggers }

var triggers = []string{
	"word", "character", "sentence", "line", "paragraph", "bullet", "item", "yes or no", "yes/no", `yes"`, "number", "numeric", "letter", "comma", "caps", "capital", "uppercase", "upper case", "lowercase", "lower case", "json", "phrase", "keyword", "term", "start", "begin", "end your", "end the", "end with", "finish",
}

var koreanTriggers = []string{
	"이내", "이하", "미만", "이상", "까지만", "내로", "넘지", "넘기지", "글자", "단어", "문장", "줄로", "줄 ", "문단", "단락", "항목", "불릿", "글머리",
	"아니오", "아니요", "자만", "자로만", "호만", "벳만", "쉼표", "로만", "으로 시작", "로 시작", "끝내", "끝나게", "마무리해", "라는", "json", "JSON",
}

// Triggered reports whether a Korean text may set a constraint.
func Triggered(text string) bool {
	for i := 0; i+2 < len(text); i++ {
		if text[i] < 0xea || text[i] > 0xed { // the first byte of a syllable
			continue
		}
		return containsAny(text, koreanTriggers)
	}
	return false
}
