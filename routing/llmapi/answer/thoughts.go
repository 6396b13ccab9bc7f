package answer

import (
	"strings"

	"sluice/routing/lexicon"
)

// Many servers leave the thoughts of a model in its text, in front of the answer, between marks
// that the model was trained to write. The rules of this file:
//   - only thoughts at the beginning count. What looks like them in the middle, in code or in
//     quotes is what the answer is about;
//   - some chat templates put the opening mark into the prompt, so the closing one may stand
//     alone, at the end of a line.

// thoughtMarks are the marks around thoughts. ASCII letters match in either case.
var thoughtMarks = []struct {
	opens, closes string
	alone         bool // the closing mark may come without the opening one
}{
	{"<think>", "</think>", true}, // DeepSeek, Qwen, GLM, MiniMax, Nemotron, …
	{"<thinking>", "</thinking>", true},
	{"<thought>", "</thought>", true}, // Gemini, EXAONE
	{"<thoughts>", "</thoughts>", false},
	{"<reasoning>", "</reasoning>", false},
	{"<reflection>", "</reflection>", false},
	{"<seed:think>", "</seed:think>", true},              // Seed
	{"<mm:think>", "</mm:think>", true},                  // MiniMax
	{"[think]", "[/think]", true},                        // Magistral
	{"◁think▷", "◁/think▷", true},                        // Kimi
	{"<|begin_of_thought|>", "<|end_of_thought|>", true}, // OpenThinker, Sky-T1
	{"<|start_thinking|>", "<|end_thinking|>", true},     // Command A
	{"<|inner_prefix|>", "<|inner_suffix|>", false},      // Apertus
	{"<unused94>", "<unused95>", false},                  // MedGemma
	{"<|channel>thought", "<channel|>", false},           // Gemma 4
	{"<|channel|>analysis<|message|>", "<|end|>", false}, // gpt-oss
}

// answerMarks begin the answer behind thoughts and are no part of it.
var answerMarks = []string{
	"<|start|>assistant", "<|channel|>final<|message|>", "<|begin_of_solution|>", "<|start_response|>",
}

const (
	// shortThought is the longest text between two marks, in bytes, that may be a sentence about
	// the marks instead of a thought.
	shortThought = 32
	// maxClosings is how many closing marks are looked at that have no opening one.
	maxClosings = 8
	blank       = " \t\r\n"
)

// Said returns the text without the thoughts at its beginning. thinking reports that the answer
// itself has not begun, see [Thoughts].
func (a *Response) Said() (text string, thinking bool) {
	n, open := Thoughts(a.Text)
	return a.Text[n:], open
}

// Thoughts returns the length of the thoughts at the beginning of a text, marks included. open
// reports that they have not ended, so that n is all of the text, or that what follows them is
// so short that it may become an opening mark.
func Thoughts(text string) (n int, open bool) {
	for {
		at := len(text) - len(strings.TrimLeft(text[n:], blank))
		rest := text[at:]
		if rest == "" {
			break
		}
		if m := answerMark(rest); m > 0 {
			n = at + m
			continue
		}
		length, open := thought(rest)
		if length > 0 {
			n = at + length
		}
		if open {
			return n, true
		}
		if length == 0 {
			break
		}
	}
	if n == 0 {
		n = loneClosing(text)
	}
	return n, false
}

// answerMark returns the length of the answer's mark at the beginning of the text, or 0.
func answerMark(text string) int {
	for _, m := range answerMarks {
		if text[0] == m[0] && lexicon.HasPrefixFold(text, m) {
			return len(m)
		}
	}
	return 0
}

// thought returns the length of one thought at the beginning of a text, 0 if there is none.
// open reports that it has no end, or that the text is a part of an opening mark.
func thought(text string) (length int, open bool) {
	for i := range thoughtMarks {
		m := &thoughtMarks[i]
		if lexicon.Lower(text[0]) != m.opens[0] {
			continue
		}
		if !lexicon.HasPrefixFold(text, m.opens) {
			if len(text) < len(m.opens) && strings.HasPrefix(m.opens, strings.ToLower(text)) {
				open = true
			}
			continue
		}
		inner := text[len(m.opens):]
		end := indexFold(inner, m.closes)
		switch {
		case end <= shortThought && aboutMark(inner):
			return 0, false
		case end < 0:
			return len(text), true
		}
		return len(m.opens) + end + len(m.closes), false
	}
	return 0, open
}

// aboutMark reports whether the text behind an opening mark goes on as a sentence does of which
// the mark is a part: "<think> is a tag that …".
func aboutMark(inner string) bool {
	return len(inner) > 1 && inner[0] == ' ' && (inner[1] >= 'a' && inner[1] <= 'z' || strings.IndexByte("(/,<", inner[1]) >= 0)
}

// loneClosing returns the length of thoughts whose opening mark is missing, or 0.
func loneClosing(text string) int {
	tries := 0 // each may cost as much as the text is long
	for _, first := range [...]string{"<", "[", "\u25c1"} {
		for at := 0; tries < maxClosings; at++ {
			i := strings.Index(text[at:], first)
			if i < 0 {
				break
			}
			at += i
			for k := range thoughtMarks {
				m := &thoughtMarks[k]
				if !m.alone || m.closes[0] != first[0] || !lexicon.HasPrefixFold(text[at:], m.closes) {
					continue
				}
				if tries++; endsThoughts(text, at, at+len(m.closes), m.opens) {
					return at + len(m.closes)
				}
			}
		}
	}
	return 0
}

// endsThoughts reports whether the closing mark from start to end in the text ends what comes
// before it: it stands at the end of a line or alone on one, and is neither code nor quoted.
func endsThoughts(text string, start, end int, opens string) bool {
	before, after := text[:start], strings.TrimLeft(text[end:], " \t\r")
	if strings.TrimLeft(before, blank) == "" {
		return true
	}
	alone := strings.HasSuffix(strings.TrimRight(before, " \t"), "\n")
	return (alone || after == "" || after[0] == '\n') &&
		strings.IndexByte("`'\"", before[start-1]) < 0 && strings.Count(before, "`")%2 == 0 && indexFold(before, opens) < 0
}

// Musing reports whether the beginning of a text reads like thoughts whose opening mark was in
// the prompt: "Okay, the user wants …".
func Musing(beginning string) bool {
	for _, m := range musings {
		if lexicon.HasPrefixFold(beginning, m) {
			head := strings.ToLower(beginning[:min(len(beginning), musingHead)])
			for _, u := range aboutUser {
				if strings.Contains(head, u) {
					return true
				}
			}
		}
	}
	return false
}

// musingHead is how much of a text shows whether it is thoughts, in bytes.
const musingHead = 64

var (
	musings   = []string{"okay", "ok,", "alright", "hmm", "let me", "so,", "so the user", "好", "嗯", "首先", "음", "좋아"}
	aboutUser = []string{"the user is ", "the user wants", "the user ask", "the user has", "the user said", "the user just", "the user's", "the user need", "用户", "사용자가", "사용자는"}
)

// indexFold is strings.Index for a mark in lower case that begins with a byte other than a
// letter; ASCII letters match in either case.
func indexFold(text, mark string) int {
	for at := 0; ; {
		i := strings.IndexByte(text[at:], mark[0])
		if i < 0 {
			return -1
		}
		if at += i; lexicon.HasPrefixFold(text[at:], mark) {
			return at
		}
		at++
	}
}
