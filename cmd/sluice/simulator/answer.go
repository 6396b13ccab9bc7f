package simulator

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A finish is why an answer ends. Each dialect has its own words for it.
type finish int

const (
	stopped finish = iota
	cutOff
	callsTool
	byPolicy
)

// An answer is what a model says, in no dialect yet.
type answer struct {
	text      string
	refusal   bool   // the text belongs in OpenAI's refusal field
	tool      string // name of the tool called; "" if none is
	arguments string
	pieces    []string // of the text or the arguments, as they are streamed
	finish    finish
	logprob   float64 // of every token
	output    int     // tokens
	failed    bool    // an error object instead of an answer
}

// compose makes the answer that the behaviour asks for.
func compose(r *request, b Behaviour) answer {
	a := answer{logprob: math.Log(0.97)}
	if b.Confidence > 0 {
		a.logprob = math.Log(b.Confidence)
	}
	say := b.Say
	if (say == CallTool || say == BadArguments) && (r.tool == nil || r.toolResult) {
		say = Well
	}
	v := voiceOf(r.prompt)
	switch say {
	case Well, CallTool:
		if say == CallTool || r.mustCall {
			a.call(r.tool, instanceText(r.tool.schema, v.words))
		} else if r.json {
			a.text = instanceText(r.schema, v.words)
		} else {
			a.text = v.answer(r.model)
		}
	case Given:
		switch {
		case b.Tool != "":
			a.call(&tool{name: b.Tool}, b.Text)
		case r.mustCall:
			a.call(r.tool, b.Text)
		default:
			a.text = b.Text
		}
	case BadArguments:
		whole := instanceText(r.tool.schema, v.words)
		a.call(r.tool, whole[:len(whole)-1]+`,"unit":`)
	case Refuse:
		a.text = v.refusal()
	case StructuredRefusal:
		a.text, a.refusal = v.refusal(), true
	case PolicyStop:
		a.finish = byPolicy
	case Truncate:
		a.text = half(v.answer(r.model))
		if r.json {
			a.text = half(instanceText(r.schema, v.words))
		}
		a.finish = cutOff
	case BreakJSON:
		a.text = half(instanceText(r.schema, v.words))
	case WrongJSON:
		a.text = `{"unexpected":true}`
	case FencedJSON:
		a.text = "Here is the JSON you asked for:\n\n```json\n" + instanceText(r.schema, v.words) + "\n```"
	case Short:
		a.text = "Yes."
	case Repeat:
		a.text = strings.Repeat("And so it goes on and on. ", 80)
	case Big:
		a.text = babble(b.Bytes)
	case ErrorIn200:
		a.failed = true
	case Empty:
	}
	a.pieces = tokens(a.text + a.arguments)
	if r.maxTokens > 0 && len(a.pieces) > r.maxTokens && a.tool == "" {
		a.pieces = a.pieces[:r.maxTokens]
		a.text, a.finish = strings.Join(a.pieces, ""), cutOff
	}
	a.output = max(len(a.pieces), 1)
	if say == Big { // too long to be streamed word by word
		a.pieces = nil
		for piece := range slices.Chunk([]byte(a.text), 4096) {
			a.pieces = append(a.pieces, string(piece))
		}
	}
	return a
}

func (a *answer) call(t *tool, arguments string) {
	a.tool, a.arguments, a.finish = t.name, arguments, callsTool
}

// instanceText renders an instance of the schema.
func instanceText(s *schema, words []string) string {
	b, err := json.Marshal(s.instance(words))
	if err != nil {
		panic(fmt.Sprintf("an instance of decoded JSON must encode: %v", err))
	}
	return string(b)
}

// babble returns n bytes of text without repetitions, the same every time.
func babble(n int) string {
	const consonants, vowels = "bdfgklmnprstvz", "aeiou"
	random := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, 0, n+8)
	for len(b) < n {
		for range 2 + random.IntN(3) {
			b = append(b, consonants[random.IntN(len(consonants))], vowels[random.IntN(len(vowels))])
		}
		b = append(b, ' ')
	}
	return string(b[:n])
}

// half returns the first half of a text, cut between characters.
func half(s string) string {
	n := len(s) / 2
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// tokens splits a text into pieces about as long as tokens: words with the space before them,
// long ones split. Joined, they are the text.
func tokens(s string) []string {
	const longest = 16
	out := make([]string, 0, len(s)/5+1)
	start := 0
	for i, c := range s {
		if i > start && (c == ' ' || i-start >= longest) {
			out = append(out, s[start:i])
			start = i
		}
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}

// askingWords say what to do, not what it is about.
var askingWords = []string{
	"about", "analyze", "could", "compare", "describe", "explain", "please", "prove", "should", "summarize", "there",
	"these", "which", "would", "write", "설명해", "주세요", "분석해", "비교해", "요약해", "작성해",
}

// A voice is the language and the topic of a prompt.
type voice struct {
	korean bool
	asked  string   // the prompt without directives, shortened
	words  []string // its meaningful words, at least one
}

func voiceOf(prompt string) voice {
	plain := strings.Join(strings.Fields(directive.ReplaceAllString(prompt, " ")), " ")
	v := voice{asked: plain}
	const longest = 120
	if n := longest; len(plain) > n {
		for !utf8.RuneStart(plain[n]) {
			n--
		}
		v.asked = plain[:n] + "…"
	}
	seen := map[string]bool{}
	for word := range strings.FieldsFuncSeq(v.asked, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
		v.korean = v.korean || strings.ContainsFunc(word, func(c rune) bool { return unicode.Is(unicode.Hangul, c) })
		lower := strings.ToLower(word)
		if n := utf8.RuneCountInString(word); (n > 4 || v.korean && n > 1) && !seen[lower] && !slices.Contains(askingWords, lower) {
			seen[lower] = true
			v.words = append(v.words, word)
		}
	}
	if len(v.words) == 0 {
		v.words = []string{"the question"}
		if v.korean {
			v.words = []string{"질문"}
		}
	}
	return v
}

// answer is a plausible text about the topic that names the model.
func (v voice) answer(model string) string {
	first, last := v.words[0], v.words[len(v.words)-1]
	middle := v.words[len(v.words)/2]
	if v.korean {
		return fmt.Sprintf("“%s” 질문에 대한 %s 모델의 모의 답변입니다. 핵심 낱말은 ‘%s’, ‘%s’, ‘%s’입니다. 먼저 알려진 사실과 목적을 "+
			"정리하고, 다음으로 작은 예를 하나 골라 단계별로 따라가 봅니다. 그런 다음 결과를 예상과 비교하고, 차이가 나는 곳부터 다시 "+
			"살펴봅니다. 이 세 단계를 마치면 실제로 쓸 수 있는 결론을 얻게 됩니다.", v.asked, model, first, middle, last)
	}
	return fmt.Sprintf("Simulated answer by %s to “%s”: start from %s and write down what is known about it. "+
		"Next, take one small example and follow it through step by step, because that shows how %s behaves in practice. "+
		"Then compare the result with what you expected; where the two differ, look at %s first. "+
		"With those three steps done, the rest follows in a few lines.", model, v.asked, first, middle, last)
}

// refusal declines in the language of the prompt.
func (v voice) refusal() string {
	if v.korean {
		return "죄송합니다. 요청하신 내용은 제가 도와드릴 수 없습니다."
	}
	return "I'm sorry, but I can't help with that request."
}
