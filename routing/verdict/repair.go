package verdict

import (
	"strings"

	"sluice/routing"
	"sluice/routing/lexicon"
	"sluice/routing/llmapi"
	"sluice/routing/llmapi/answer"
)

// JSON in a code fence, or with text around it, can be extracted instead of buying another
// answer. Nothing is rewritten: an error inside the document stays, and such an answer is
// rejected as before.

// A Repair says what is done about JSON with something around it.
type Repair uint8

// The repairs.
const (
	RepairJSON Repair = iota // extract it, if the request asked for JSON
	RepairOff
)

// String returns the name used in the configuration.
func (r Repair) String() string {
	if r == RepairOff {
		return "off"
	}
	return "json"
}

// Limits of the text that is searched for a document, and of the text around it, in bytes.
const (
	maxRepair = 1 << 20 // of a text
	maxLead   = 16 << 10
	maxTrail  = 400
	leadReach = 160 // of the lead that is searched for phrases
)

// Repair judges like [Judge.Body]. If JSON was asked for and the answer contains it in a fence
// or with text around it, Repair extracts it and judges the result; if that may be delivered,
// it returns the repaired body. body itself is not changed.
func (j *Judge) Repair(format routing.Format, e *Expectation, body []byte) (answer.Response, Reason, []byte) {
	a, reason := j.Body(format, e, body)
	if !e.JSON || j.settings.Repair != RepairJSON || len(body) > j.settings.MaxBody || reason != "" && reason != JSON {
		return a, reason, nil
	}
	repaired := j.repair(format, &a, body)
	if repaired == nil {
		return a, reason, nil
	}
	b, after := j.Body(format, e, repaired)
	if after != "" {
		return a, after, nil
	}
	return b, "", repaired
}

// repair returns the body with nothing but JSON in every choice, or nil if it is so already or
// that is not possible.
func (j *Judge) repair(format routing.Format, a *answer.Response, body []byte) []byte {
	if a.Choices == 1 && (!a.Repairable() || isJSON(a.Text)) {
		return nil
	}
	texts, ok := answer.Texts(format, body)
	if !ok {
		return nil
	}
	var edits []llmapi.Edit
	for i := range texts {
		text := texts[i].String()
		if isJSON(text) {
			continue
		}
		start, end, ok := document(text)
		if !ok || j.refusals.Refusal(strings.TrimSpace(text), true) == Refuses {
			return nil
		}
		cuts, ok := texts[i].Cut(start, end)
		if !ok {
			return nil
		}
		edits = append(edits, cuts...)
	}
	if len(edits) == 0 {
		return nil
	}
	return llmapi.Apply(append(make([]byte, 0, len(body)), body...), edits...)
}

// document finds the one object or array that the text consists of, apart from a fence and text
// around it. It reports false if there is any doubt about which one is meant, or whether it is
// the answer.
func document(text string) (start, end int, ok bool) {
	if len(text) > maxRepair {
		return 0, 0, false
	}
	from, thinking := answer.Thoughts(text)
	if thinking {
		return 0, 0, false
	}
	start, end, ok = fenced(text, from)
	if !ok {
		start, end, ok = bare(text, from)
	}
	if !ok || !plainLead(text[from:start]) || !plainTrail(text[end:]) {
		return 0, 0, false
	}
	return start, end, true
}

// fenced finds the document in the only fence that contains JSON. The last fence may be
// unclosed.
func fenced(text string, from int) (start, end int, ok bool) {
	for at := from; ; {
		i := strings.Index(text[at:], fence)
		if i < 0 {
			return start, end, ok
		}
		at += i + len(fence)
		if inner, mayBeJSON := afterInfo(text, at); mayBeJSON {
			if c := text[inner : inner+1]; c == "{" || c == "[" {
				s, e, whole := leading(text, inner)
				rest := strings.TrimLeft(text[e:], " \t\r\n")
				closed := strings.HasPrefix(rest, fence)
				if !whole || ok || !closed && rest != "" {
					return 0, 0, false // broken, a second document, or not alone in its fence
				}
				start, end, ok = s, e, true
				if at = len(text) - len(rest) + len(fence); !closed {
					return start, end, ok
				}
				continue
			}
		}
		if i = strings.Index(text[at:], fence); i < 0 {
			return start, end, ok
		}
		at += i + len(fence)
	}
}

const fence = "```"

// afterInfo returns where the content of the fence begins whose opening mark ends at from. It
// reports false if there is none, or if the fence names another language than JSON.
func afterInfo(text string, from int) (inner int, mayBeJSON bool) {
	rest := text[from:]
	const name = "json"
	if lexicon.HasPrefixFold(rest, name) && (len(rest) == len(name) || !lexicon.IsWord(lexicon.Lower(rest[len(name)]))) {
		rest = rest[len(name):]
	} else if word := strings.TrimLeft(rest, " \t"); word != "" && lexicon.IsWord(lexicon.Lower(word[0])) {
		return 0, false
	}
	rest = strings.TrimLeft(rest, " \t\r\n")
	return len(text) - len(rest), rest != ""
}

// bare finds the only document in unfenced text, if there are no other brackets or fences that
// could belong to it.
func bare(text string, from int) (start, end int, ok bool) {
	i := strings.IndexAny(text[from:], "{[")
	if i < 0 {
		return 0, 0, false
	}
	start, end, ok = leading(text, from+i)
	if !ok || strings.ContainsAny(text[from:start], "{}[]`") || strings.ContainsAny(text[end:], "{}[]`") {
		return 0, 0, false
	}
	if text[start] == '[' && !strings.ContainsAny(text[start:end], `{"`) {
		return 0, 0, false // [3] may be a note
	}
	return start, end, true
}

// leading returns the document at from, after white space.
func leading(text string, from int) (start, end int, ok bool) {
	start = len(text) - len(strings.TrimLeft(text[from:], jsonSpace))
	length, ok := leadingDocument(text[start:])
	return start, start + length, ok
}

// Phrases before a document that call it a sample, and phrases after it that revoke it.
var (
	samples = []string{
		"example", "e.g.", "for instance", "sample", "template", "placeholder", "would look", "might look", "could look", "hypothetical", "instead of",
		"not valid", "invalid", "incorrect", "wrong", "schema", "the input", "the original", "you gave", "you sent", "you provided",
		"예시", "예를 들", "예제", "예컨대", "샘플", "템플릿", "형식은 다음", "가상의", "스키마", "입력", "원본", "잘못된",
	}
	revocations = []string{
		"wait", "actually", "correction", "however", "but ", "should be", "mistake", "oops", "sorry", "apolog", "wrong", "incorrect", "instead", "revised", "updated", "example", "placeholder", "replace", "sample", "fill in", "cannot", "can't", "unable",
		"잠깐", "정정", "수정", "하지만", "그러나", "다만", "단,", "죄송", "실수", "잘못", "틀렸", "예시", "바꿔", "바꾸", "대체", "채워", "없습니다",
	}
)

var repairWords = func() (l lexicon.Lexicon) {
	l.Add(1, samples...)
	l.Add(2, revocations...)
	return l
}()

// plainLead reports whether the text before a document allows that it is the whole answer.
func plainLead(lead string) bool {
	if len(lead) > maxLead || strings.HasSuffix(strings.TrimRight(lead, " \t\r\n"), `":`) {
		return false // or the document is the value of a member of a larger one
	}
	if len(lead) > leadReach {
		lead = lead[len(lead)-leadReach:]
	}
	return repairWords.Find(lead+" ")&1 == 0
}

// plainTrail is plainLead for the text after a document.
func plainTrail(trail string) bool {
	trail = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(trail), "`"))
	return len(trail) <= maxTrail && !strings.HasPrefix(trail, ",") && !strings.HasPrefix(trail, ":") && repairWords.Find(trail+" ")&2 == 0
}
