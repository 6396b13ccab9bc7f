package constraint

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sentences about the answer precede or follow a text that was pasted. The pasted text itself
// is not read.

// labels are words before a text that the prompt is about.
var labels = []string{
	"text", "passage", "article", "email", "e-mail", "document", "context", "review", "input", "paragraph", "essay", "story", "transcript", "message",
	"example", "examples", "source", "content", "conversation", "tweet", "abstract", "instructions", "prompt", "assignment", "task description",
	"본문", "지문", "기사", "글", "텍스트", "문서", "내용", "예시", "원문", "메일", "이메일", "리뷰", "대화", "과제",
}

// rules are words before a list of requirements.
var rules = []string{
	"requirements", "constraints", "rules", "format", "guidelines", "output format", "conditions", "restrictions",
	"조건", "요구사항", "요구 사항", "규칙", "형식", "제약", "제약 조건", "제약조건", "답변 형식", "출력 형식", "답변 조건",
}

func (r *reader) prompt(first, last string) {
	if last == "" {
		r.whole(first)
		return
	}
	// Both ends are cut off somewhere. The first paragraph and the last line may be about the
	// answer.
	head, _, more := strings.Cut(first, "\n")
	if !more {
		if i := strings.LastIndexAny(head, ".!?"); i >= 0 {
			head = head[:i+1]
		} else {
			head = ""
		}
	}
	r.line(head)
	if strings.Contains(last, "```") {
		last = last[strings.LastIndex(last, "```")+3:]
	}
	i := strings.LastIndexByte(strings.TrimRight(last, " \n\r\t"), '\n')
	if i < 0 {
		i = strings.IndexAny(last, ".!?")
	}
	if i >= 0 && len(r.found) == 0 {
		tail := strings.TrimSpace(last[i+1:])
		if label(tail) == "" {
			r.line(tail)
		}
	}
}

// whole reads a prompt that is not long.
func (r *reader) whole(prompt string) {
	const fence = "```"
	if before, rest, found := strings.Cut(prompt, fence); found {
		r.whole(before)
		if len(r.found) == 0 {
			if i := strings.LastIndex(rest, fence); i >= 0 {
				r.whole(strings.TrimSpace(rest[i+len(fence):]))
			}
		}
		return
	}
	listed, pasted := false, false
	rest := prompt
	for more := true; more && !pasted; {
		var line string
		line, rest, more = strings.Cut(rest, "\n")
		line = strings.TrimSpace(line)
		name := label(line)
		if isOneOf(name, rules) {
			listed = true
			line = strings.TrimSpace(line[strings.IndexAny(line, ":：")+1:])
			line = strings.TrimLeft(line, "：* ")
		}
		if line == "" || line[0] == '>' || line[0] == '|' {
			continue
		}
		if item, ok := listItem(line); ok {
			if listed {
				r.line(item)
			}
			continue
		}
		if pasted = isOneOf(name, labels); !pasted {
			r.line(line)
			pasted = strings.HasSuffix(line, ":") || strings.HasSuffix(line, "：")
		}
	}
	if pasted && len(r.found) == 0 {
		if i := strings.LastIndex(rest, "\n\n"); i >= 0 {
			if last := strings.TrimSpace(rest[i:]); !strings.Contains(last, "\n") && label(last) == "" {
				r.line(last)
			}
		}
	}
}

// listItem returns the text after a list mark.
func listItem(line string) (string, bool) {
	rest := strings.TrimLeft(line, "-*•")
	if rest == line {
		if rest = strings.TrimLeft(line, "0123456789"); rest == line || rest == "" || rest[0] != '.' && rest[0] != ')' {
			return "", false
		}
		rest = rest[1:]
	}
	if rest == "" || rest[0] != ' ' {
		return "", false
	}
	return strings.TrimSpace(rest), true
}

// label returns the words before a colon near the beginning of a line, in lower case.
func label(line string) string {
	const longest = 40
	i := strings.IndexAny(firstBytes(line, longest), ":：")
	if i < 0 {
		return ""
	}
	return strings.ToLower(strings.Trim(line[:i], "*#_[]<> "))
}

func isOneOf(name string, list []string) bool { return name != "" && slices.Contains(list, name) }

// line reads the sentences of a line.
func (r *reader) line(line string) {
	const mostSentences = 12
	for n := 0; line != "" && n < mostSentences; n++ {
		end := sentenceEnd(line)
		s := strings.TrimSpace(line[:end])
		line = line[end:]
		if s == "" {
			continue
		}
		r.read = append(r.read, s)
		if hasHangul(s) {
			r.korean(s)
		} else {
			r.english(s)
		}
	}
}

// sentenceEnd returns where the first sentence ends. A full stop in quotes does not end it.
func sentenceEnd(s string) int {
	quoted := false
	for i, c := range s {
		switch c {
		case '"', '“', '”':
			quoted = !quoted
		case '.', '!', '?', ';', '。', '\n':
			next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(c):])
			if !quoted && (next == utf8.RuneError || unicode.IsSpace(next)) {
				return i + utf8.RuneLen(c)
			}
		}
	}
	return len(s)
}

func hasHangul(s string) bool {
	for _, c := range s {
		if unicode.Is(unicode.Hangul, c) {
			return true
		}
	}
	return false
}

var reasonWords = []string{
	"explain", "explanation", "why", "because", "justif", "reason", "step by step", "step-by-step", "show your work", "elaborate", "describe", "followed by", "evidence",
	"설명", "이유", "근거", "왜", "풀이", "과정", "단계",
}

var noReasons = []string{"no explanation", "without explanation", "don't explain", "do not explain", "without any explanation", "no further explanation", "without explaining", "no need to explain", "설명 없이", "설명없이", "설명하지 말", "설명은 하지", "설명은 필요", "설명은 생략", "이유 없이", "풀이 없이", "과정 없이"}

// asksReasons reports whether a sentence asks for more than a bare answer.
func asksReasons(s string) bool {
	s = strings.ToLower(s)
	for _, w := range noReasons {
		if strings.Contains(s, w) {
			return false
		}
	}
	for _, w := range reasonWords {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
