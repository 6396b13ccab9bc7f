package verdict

import "sluice/routing/lexicon"

// Models often say that they do not know. Some phrases express doubt everywhere; others do so
// only in the answer to a question for a number, and are courtesy or logic elsewhere.

// hedgeReach is the number of bytes at either end of an answer that are searched.
const hedgeReach = 4 << 10

// doubts are phrases by which a model gives up or takes something back.
var doubts = []string{
	"i'm not sure", "i am not sure", "not entirely sure", "not completely sure", "i'm not certain", "i am not certain",
	"i don't know", "i do not know", "i have no idea", "i could be wrong", "i may be wrong", "i might be wrong",
	"cannot be determined", "can't be determined", "cannot determine", "can't determine", "unable to determine",
	"impossible to determine", "not possible to determine", "hard to determine", "difficult to determine",
	"cannot be answered", "not enough information", "insufficient information", "doesn't provide enough", "does not provide enough",
	"doesn't make sense", "does not make sense", "makes no sense", "must be a mistake", "must be an error", "seems to be a mistake", "seems to be an error",
	"i made a mistake", "i made an error", "my mistake", "let me try again", "let me recalculate", "let me correct",
	"let me redo", "let me reconsider", "let me rethink", "let's try again", "let's recalculate", "wait, ", "hmm",
	"확실하지 않", "확실치 않", "확신할 수 없", "확신하기 어렵", "잘 모르겠", "모르겠습니다", "모르겠어요", "모르겠네요",
	"판단하기 어렵", "정보가 부족", "정보만으로는", "조건이 부족", "제가 실수", "제가 착각", "다시 계산해", "다시 생각해 보니", "아니, ", "잠깐",
}

// guesses are phrases of a model that has no number when it is asked for one.
var guesses = []string{
	"however", "might ", "may be", "maybe", "perhaps", "probably", "possibly", "it is possible", "it's possible", "assum", "i think", "i believe", "i guess",
	"approximately", "roughly", "either ", "should be", "unclear", "depends on", "hypothetical",
	"can't have", "cannot have", "can not have", "can't be", "cannot be", "not possible", "impossible", "rounded", "round up", "round down", "rounding",
	"것 같습니다", "것 같아요", "것 같네요", "아마", "추정", "가정하", "가정할", "가정하에", "듯합니다", "일 수도", "불가능", "불분명", "하지만", "그러나",
}

// Marks of the phrases in an answer.
const (
	doubting uint64 = 1 << iota
	guessing
)

var answerWords = func() (l lexicon.Lexicon) {
	l.Add(doubting, doubts...)
	l.Add(guessing, guesses...)
	return l
}()

// hedges returns the marks of the phrases in the first and last hedgeReach bytes.
func hedges(text string) uint64 {
	if len(text) <= 2*hedgeReach {
		return answerWords.Find(text)
	}
	return answerWords.Find(text[:hedgeReach]) | answerWords.Find(text[len(text)-hedgeReach:])
}

// figureQuestions ask for a number.
var figureQuestions = []string{
	"how many", "how much", "how old", "how far", "how long", "how tall", "how high", "how fast", "how often", "how big",
	"what is the total", "what is the number", "what is the sum", "what is the average", "what is the probability", "what is the cost", "what is the price",
	"what percent", "what fraction", "what number", "what year", "calculate", "compute",
	"몇", "얼마", "계산", "확률은", "개수는", "값은", "값을 구", "합은", "구하시오", "구하세요", "구해보세요", "구해줘", "구해 줘", "구하라", "구하여라",
}
