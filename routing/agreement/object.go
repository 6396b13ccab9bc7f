package agreement

import (
	"regexp"
	"slices"
	"strings"
)

// answerKeys are names of the member that contains the answer, the most specific first.
var answerKeys = []string{
	"final_answer", "finalanswer", "final answer", "answer", "result", "label", "category", "class", "classification", "choice",
	"sentiment", "intent", "verdict", "decision", "prediction", "output", "value", "solution", "정답", "최종답", "답", "분류",
}

// proseKeys are names of members with explanations: two models never write the same.
var proseKeys = []string{
	"reasoning", "reason", "reasons", "rationale", "explanation", "explain", "thought", "thoughts", "thinking", "analysis", "steps",
	"step_by_step", "chain_of_thought", "cot", "scratchpad", "comment", "comments", "note", "notes", "summary", "description",
	"details", "justification", "evidence", "confidence", "message", "feedback", "text", "content", "body", "이유", "설명", "근거", "풀이",
	"해설", "요약",
}

func isAnswerKey(name string) bool { return slices.Contains(answerKeys, strings.ToLower(name)) }
func isProseKey(name string) bool  { return slices.Contains(proseKeys, strings.ToLower(name)) }

// object returns the canonical form of the JSON in an answer: in a fence, with prose around it,
// or alone.
func (f Form) object(text string) (string, bool) {
	l, ok := lastObject(text)
	if !ok {
		return f.brokenObject(text)
	}
	if l.kind != isObject {
		return l.canonical(), true
	}
	if len(f.Keys) > 0 {
		return f.members(l, func(name string) bool { return slices.Contains(f.Keys, name) })
	}
	for _, key := range answerKeys {
		if v, ok := f.members(l, func(name string) bool { return strings.ToLower(name) == key }); ok {
			return v, true
		}
	}
	return f.members(l, func(name string) bool { return !isProseKey(name) })
}

// members returns the canonical form of the deciding members of an object. The name of a member
// that is the whole answer is omitted: "answer" and "Answer" mean the same.
func (f Form) members(l literal, decides func(name string) bool) (string, bool) {
	var parts []string
	var last, lastName string
	for i := 0; i+1 < len(l.items); i += 2 {
		if name := l.items[i].text; l.items[i].kind == isText && decides(name) {
			last, lastName = f.leaf(l.items[i+1].withoutProse()), name
			parts = append(parts, quote(name)+"="+last)
		}
	}
	switch len(parts) {
	case 0:
		return "", false
	case 1:
		if len(f.Keys) == 1 || isAnswerKey(lastName) {
			return last, true
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ","), true
}

// leaf returns the canonical form of a member. Its text may be a number with a unit, a list or
// a formula.
func (f Form) leaf(l literal) string {
	if l.kind == isText {
		return f.scalar(l.text)
	}
	return l.canonical()
}

// scalar returns the canonical form of a single value.
func (f Form) scalar(s string) string {
	if f.Literal {
		return written(s)
	}
	return scalar(s)
}

// withoutProse removes the explanations from an object and from nested ones.
func (l literal) withoutProse() literal {
	if len(l.items) == 0 {
		return l
	}
	out := literal{kind: l.kind}
	for i := 0; i < len(l.items); i++ {
		if l.kind == isObject && l.items[i].kind == isText && isProseKey(l.items[i].text) {
			i++
			continue
		}
		if l.kind == isObject && i+1 < len(l.items) {
			out.items = append(out.items, l.items[i])
			i++
		}
		out.items = append(out.items, l.items[i].withoutProse())
	}
	return out
}

// lastObject returns the last complete object in a text, or the array that the text consists
// of.
func lastObject(text string) (literal, bool) {
	const most = 64 // start positions that are tried
	if inner, ok := lastFence(text); ok {
		if l, ok := parseLiteral(inner); ok && (l.kind == isObject || l.kind == isList) {
			return l, true
		}
	}
	if text[0] == '[' {
		if l, ok := parseLiteral(text); ok {
			return l, true
		}
	}
	var found literal
	ok := false
	for range most {
		i := strings.IndexByte(text, '{')
		if i < 0 {
			break
		}
		p := literalParser{rest: text[i:]}
		if l := p.value(0); !p.failed && l.kind == isObject && len(l.items) > 0 {
			found, ok, text = l, true, p.rest
		} else {
			text = text[i+1:]
		}
	}
	return found, ok
}

// lastFence returns the content of the last Markdown fence.
func lastFence(text string) (string, bool) {
	end := strings.LastIndex(text, "```")
	if end < 0 {
		return "", false
	}
	begin := strings.LastIndex(text[:end], "```")
	if begin < 0 {
		return "", false
	}
	inner := text[begin+3 : end]
	if line, rest, ok := strings.Cut(inner, "\n"); ok && !strings.ContainsAny(line, "{}[]\"") {
		inner = rest
	}
	return strings.TrimSpace(inner), true
}

var (
	// answerMember finds the answer in invalid JSON: formulas whose backslashes are not
	// doubled, quotes that are not escaped.
	answerMember = regexp.MustCompile(`(?i)"(final_?answer|answer|result|label|category|choice|정답|답)"\s*:\s*`)
	textEnd      = regexp.MustCompile(`"\s*(?:,\s*"[^"]{1,64}"\s*:|\}|$)`)
)

func (f Form) brokenObject(text string) (string, bool) {
	if len(f.Keys) > 1 || len(f.Keys) == 1 && !isAnswerKey(f.Keys[0]) {
		return "", false
	}
	all := answerMember.FindAllStringIndex(text, -1)
	if len(all) == 0 {
		return "", false
	}
	rest := text[all[len(all)-1][1]:]
	if after, ok := strings.CutPrefix(rest, `"`); ok {
		if end := textEnd.FindStringIndex(after); end != nil {
			inner := after[:end[0]]
			if l, ok := parseLiteral(`"` + inner + `"`); ok {
				inner = l.text
			}
			return f.scalar(inner), true
		}
		return "", false
	}
	p := literalParser{rest: rest}
	if l := p.value(0); !p.failed {
		return f.leaf(l), true
	}
	return "", false
}
