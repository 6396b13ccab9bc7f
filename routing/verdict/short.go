package verdict

import "strings"

// A question may call for an answer of a word or two. Instructions are at either end of a
// prompt; a question with a short answer is short itself.
const (
	shortTokens   = 16  // a limit on tokens that leaves room only for a short answer
	shortEnds     = 400 // bytes of either end of a prompt that are searched for instructions
	shortQuestion = 160 // bytes of a short question
)

// promptEnds returns both ends of a prompt, where instructions are. A short prompt is all in
// first.
func promptEnds(prompt string) (first, last string) {
	prompt = strings.TrimSpace(prompt)
	if len(prompt) <= 2*shortEnds {
		return prompt, ""
	}
	return prompt[:shortEnds], prompt[len(prompt)-shortEnds:]
}

// expectShort reports whether a short answer was asked for: by a limit of maxTokens (0 is none),
// by an instruction such as "answer with only the number", or by a question that yes, a name or
// a number answers. It takes the ends of the prompt and their marks. English and Korean.
func expectShort(first, last string, maxTokens int, marks uint64) bool {
	return maxTokens > 0 && maxTokens <= shortTokens || marks&asksShort != 0 ||
		last == "" && len(first) <= shortQuestion && shortAnswers(strings.ToLower(first))
}

var shortInstructions = []string{
	"one word", "single word", "one-word", "two words", "a word or two", "one letter", "single letter",
	"one number", "single number", "one character", "single character", "single token", "one sentence or less",
	"just the number", "only the number", "just a number", "only a number", "just the answer", "only the answer",
	"just the name", "only the name", "just the letter", "only the letter", "just the word", "only the word",
	"just the label", "only the label", "just the category", "only the category", "just the title", "only the title",
	"just the code", "only the date", "just the date", "just the value", "only the value", "just the result", "only the result",
	"answer with only", "answer only with", "answer only", "reply with only", "reply only with", "reply only", "reply with just",
	"respond with only", "respond only with", "respond with just", "answer with just", "return only the", "output only the",
	"print only the", "give only the", "nothing else", "without explanation", "no explanation",
	"yes or no", "yes/no", "true or false", "true/false", "say ok", "say yes", "say hi", "say hello", "reply ok", "reply with ok",
	"classify", "multiple choice", "which of the following", "which option",
	"한 단어", "한단어", "한 글자", "두 단어", "단어로만", "단어 하나", "숫자만", "숫자로만", "정답만", "답만", "결과값만", "이름만", "번호만", "기호만",
	"결과만", "값만", "제목만", "라벨만", "날짜만", "카테고리만", "예 또는 아니", "예/아니", "예, 아니", "네 또는 아니", "네/아니", "맞으면 o", "o/x", "o 또는 x",
	"참 또는 거짓", "참/거짓", "참인지 거짓", "분류해", "분류하", "설명 없이", "설명은 필요 없", "설명하지 말", "짧게 답", "간단히 예",
}

// shortOpenings are beginnings of questions that have a short answer if they are short
// themselves.
var shortOpenings = []string{
	"is ", "are ", "am ", "was ", "were ", "do ", "does ", "did ", "has ", "have ", "had ", "can ", "could ", "should ", "will ", "would ",
	"isn't ", "aren't ", "doesn't ", "don't ",
	"who ", "when ", "where ", "which ", "how many ", "how much ", "how old ", "how far ", "how long ", "how tall ", "how high ",
	"what year ", "what time ", "what day ", "what date ", "what color ", "what colour ", "what number ", "what percentage ",
	"what is the capital ", "what's the capital ", "what is the name ", "what's the name ",
	"translate ", "spell ",
}

// requests need more than a yes, although they open like a yes-no question.
var requests = []string{
	"can you", "could you", "would you", "will you", "can i get", "could i", "explain", "describe", "write", "why", "how do", "how to", "how would", "compare",
}

var koreanShort = []string{
	"몇 ", "몇개", "몇명", "몇 개", "몇 명", "얼마", "언제", "누구", "어디", "수도는", "이름은", "맞나요", "맞아?", "맞습니까", "인가요?", "입니까?", "있나요?", "있습니까?",
	"되나요?", "됩니까?", "한가요?", "합니까?", "할까요?",
}

var koreanRequests = []string{"설명", "이유", "왜", "어떻게", "방법", "작성", "비교", "무엇", "뭐", "알려", "해줘", "해 줘", "주세요", "줄 수"}

// shortAnswers reports whether a word or two can answer the question p, in lower case.
func shortAnswers(p string) bool {
	if isArithmetic(p) {
		return true
	}
	if containsAny(p, koreanShort) {
		return !containsAny(p, koreanRequests)
	}
	for _, o := range shortOpenings {
		if strings.HasPrefix(p, o) {
			return !containsAny(p, requests) && strings.Count(p, "?") <= 1
		}
	}
	return false
}

// isArithmetic reports whether p is a calculation: digits and operators, with few words around.
func isArithmetic(p string) bool {
	digits, operators, others := 0, 0, 0
	for _, r := range p {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case strings.ContainsRune("+-*/×÷^=%", r):
			operators++
		case r > ' ':
			others++
		}
	}
	return digits >= 2 && operators > 0 && others <= 16
}
