package agreement

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// marker announces a final answer.
var marker = regexp.MustCompile(`(?i)(?:\bfinal answer(?: is)?|\b(?:correct |right )?answer(?: is|:)|\bthe result is|####|최종\s?답(?:변|안)?(?:은|:)|정답(?:은|:)|답(?:은|:))[\s:*_]*`)

// marked returns the content of the last box, or the rest of the line after the last marker.
func marked(text string) (string, bool) {
	const end = 4 << 10 // bytes that are searched
	text = text[max(0, len(text)-end):]
	const most = 4 // boxes that are tried: an unclosed one is scanned to the end of the text
	at := len(text)
	for range most {
		if at = strings.LastIndex(text[:at], `\boxed{`); at < 0 {
			break
		}
		if inner, end := group(text[at:], `\boxed`); end > 0 {
			return inner, true
		}
	}
	all := marker.FindAllStringIndex(text, -1)
	if len(all) == 0 {
		return "", false
	}
	last := all[len(all)-1]
	line, _, _ := strings.Cut(text[last[1]:], "\n")
	if line = sentence(strings.TrimSpace(line)); strings.Contains(text[last[0]:last[1]], "**") {
		line = strings.Replace(line, "**", "", 1) // it closes the emphasis of the marker
	}
	return line, line != ""
}

// sentence returns the first sentence of a line.
func sentence(line string) string {
	for i, c := range line {
		next, _ := utf8.DecodeRuneInString(line[min(i+1, len(line)):])
		if (c == '.' || c == '!' || c == '?') && unicode.IsSpace(next) {
			return line[:i]
		}
	}
	return line
}

const shortAnswer = 80 // bytes of a text that consists of the answer

func (f Form) value(text string) (string, bool) {
	if v, ok := marked(text); ok {
		return f.scalar(v), true
	}
	if len(text) <= shortAnswer && !strings.Contains(text, "\n") {
		return f.scalar(text), true
	}
	return "", false
}

var figure = regexp.MustCompile(`[-−]?[$€£₩]?[0-9][0-9,]*(?:\.[0-9]+)?(?:\s*/\s*[0-9]+)?`)

// number returns the number after a marker, or the only one in the last sentence.
func number(text string) (string, bool) {
	v, ok := marked(text)
	if !ok {
		v = lastSentence(text)
	}
	if len(v) <= maxScalar {
		if r, ok := quantity(bare(v)); ok {
			return string(rune(isNumber)) + r.RatString(), true
		}
	}
	all := figure.FindAllStringIndex(v, 2)
	if len(all) != 1 {
		return "", false
	}
	at, end := all[0][0], all[0][1]
	before, _ := utf8.DecodeLastRuneInString(v[:at])
	after, _ := utf8.DecodeRuneInString(v[end:])
	if isLatin(before) || isLatin(after) {
		return "", false // 5x, B12
	}
	r, ok := quantity(strings.TrimSuffix(v[at:end], ","))
	if !ok {
		return "", false
	}
	return string(rune(isNumber)) + r.RatString(), true
}

func isLatin(c rune) bool { return c < utf8.RuneSelf && unicode.IsLetter(c) }

func lastSentence(text string) string {
	text = strings.TrimRight(text, " \t\r\n.*")
	text = text[strings.LastIndexByte(text, '\n')+1:]
	for {
		i := strings.LastIndex(text, ". ")
		if i < 0 {
			return text
		}
		text = text[i+2:]
	}
}

var (
	choiceAlone = regexp.MustCompile(`^[\s*(\[]*([A-J])(?:[\s*]*[).:\]].*|[\s*.]*)$`)
	choiceIn    = regexp.MustCompile(`^(?:option|choice)?[\s*(\[]*([A-J])(?:[^A-Za-z0-9].*)?$`)
	circled     = strings.NewReplacer("①", "A) ", "②", "B) ", "③", "C) ", "④", "D) ", "⑤", "E) ")
)

// choice returns the letter that an answer consists of, begins with or announces.
func choice(text string) (string, bool) {
	text = circled.Replace(text)
	if v, ok := marked(text); ok {
		if m := choiceIn.FindStringSubmatch(bare(v)); m != nil {
			return quote(m[1]), true
		}
		return "", false
	}
	first, _, _ := strings.Cut(text, "\n")
	if m := choiceAlone.FindStringSubmatch(strings.TrimSpace(first)); m != nil {
		return quote(m[1]), true
	}
	return "", false
}

var truths = map[string]byte{
	"yes": isTrue, "true": isTrue, "예": isTrue, "네": isTrue, "참": isTrue, "맞습니다": isTrue,
	"no": isFalse, "false": isFalse, "아니오": isFalse, "아니요": isFalse, "거짓": isFalse,
}

// truth returns the word that an answer begins with or announces.
func truth(text string) (string, bool) {
	v, ok := marked(text)
	if !ok {
		v = text
	}
	word := strings.TrimLeft(strings.ToLower(v), " \t\r\n*_`\"'(")
	end := strings.IndexFunc(word, func(c rune) bool { return !unicode.IsLetter(c) })
	if end >= 0 {
		word = word[:end]
	}
	kind, ok := truths[word]
	return string(rune(kind)), ok
}

// label returns the only label of the list that an answer names.
func (f Form) label(text string) (string, bool) {
	v, ok := marked(text)
	if !ok {
		v = text
	}
	v = strings.ToLower(v)
	plain := ""
	if len(v) <= maxScalar {
		plain = strings.Trim(bare(v), " .\"'")
	}
	found := -1
	for i, l := range f.Labels {
		if l.is(plain) {
			return strconv.Itoa(i), true
		}
		if l.within(v) {
			if found >= 0 {
				return "", false
			}
			found = i
		}
	}
	if found < 0 {
		return "", false
	}
	return strconv.Itoa(found), true
}
