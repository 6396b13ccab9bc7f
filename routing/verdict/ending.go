package verdict

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A model that was done has come to an end: of the sentence, of the list, of the code.
// Whether a last line is one depends on how the rest is written, because verse, lists
// and chat do without full stops: where the lines before it have them, the last one
// needs one as well.

// unfinished reports whether a trimmed text stops in the middle of something although
// its model said that it was done.
func unfinished(text string) bool {
	if within := openFence(text); within != outside {
		return within == inCode
	}
	line, before := lastLine(text)
	if heading(line) || strings.HasPrefix(line, "|") {
		return strings.Trim(line, "# ") == "" // a heading of nothing
	}
	end, _ := utf8.DecodeLastRuneInString(strings.TrimRight(line, "*_"))
	switch {
	case strings.ContainsRune(`,:([{=+×÷“‘「『、,:`, end):
		return true
	case strings.HasSuffix(line, "<<"), strings.HasSuffix(line, " -"):
		return true
	case !unicode.IsLetter(end) && !unicode.IsDigit(end):
		return false // a full stop, a bracket, an emoji
	case strings.Contains(line[strings.LastIndexByte(line, ' ')+1:], "://"):
		return false
	case leftOpen(line):
		return true
	}
	rest, inner := fragment(line)
	switch {
	case inner:
		return breaksOff(rest)
	case punctuated(line, before):
		return !labelled(rest) && breaksOff(rest)
	}
	return false
}

// Where the end of a text is as to fenced code.
type fencing uint8

const (
	outside fencing = iota
	inCode          // a fence was opened and nothing closed it
	behind          // the text ends with a fence
)

// openFence says where the end of the text is. A fence that nothing follows closes one,
// whatever the fences before it were.
func openFence(text string) fencing {
	if line, _ := lastLine(text); isFence(line) {
		if strings.Trim(line, "`~") == "" {
			return behind
		}
		return inCode
	}
	open := false
	for at := 0; ; {
		i := strings.Index(text[at:], "```")
		if i < 0 {
			break
		}
		at += i + len("```")
		if lineStart(text, at-len("```")) {
			open = !open
		}
		for at < len(text) && (text[at] == '`' || text[at] == '~') {
			at++
		}
	}
	if open {
		return inCode
	}
	return outside
}

// lineStart reports whether nothing but blanks stands before i on its line.
func lineStart(text string, i int) bool {
	for i > 0 && (text[i-1] == ' ' || text[i-1] == '\t') {
		i--
	}
	return i == 0 || text[i-1] == '\n'
}

// lastLine cuts the last line that is not blank off the text.
func lastLine(text string) (line, before string) {
	text = strings.TrimRight(text, " \t\r\n")
	i := strings.LastIndexByte(text, '\n')
	return strings.TrimLeft(text[i+1:], " \t\r"), text[:max(i, 0)]
}

// heading reports whether the line is one: a heading is an end in itself where a model
// sets off its result so.
func heading(line string) bool { return strings.HasPrefix(line, "#") }

// leftOpen reports whether a bracket or emphasis was opened on a line and not closed.
func leftOpen(line string) bool {
	if strings.Count(line, "**")%2 != 0 {
		return true
	}
	for _, pair := range [...][2]string{{"(", ")"}, {"[", "]"}, {"{", "}"}, {"<<", ">>"}, {"</", ">"}, {"“", "”"}, {"「", "」"}} {
		if i := strings.LastIndex(line, pair[0]); i >= 0 && !strings.Contains(line[i:], pair[1]) {
			return true
		}
	}
	return false
}

// fragment returns what follows the last full stop within the line, and whether there
// was one.
func fragment(line string) (rest string, inner bool) {
	for i := len(line) - 1; i > 0; i-- {
		switch line[i-1] {
		case '.', '!', '?':
			if line[i] == ' ' && i > 1 && (line[i-2] < '0' || line[i-2] > '9') {
				return line[i+1:], true
			}
		}
		if i >= 3 && line[i-3:i] == "。" {
			return line[i:], true
		}
	}
	return line, false
}

// labelled reports whether the line states something rather than saying it: "Answer: 12
// apples", "x = 4", "Best regards". An item of a list is measured by the others.
func labelled(line string) bool {
	words := strings.Count(line, " ") + 1
	if listItem(line) {
		return words <= 2
	}
	if i := strings.LastIndexAny(line, "=:→–—"); i >= 0 {
		return strings.Count(line[i:], " ") <= 3
	}
	return words <= 3 && !strings.Contains(line, ", ") && !koreanOpen(line)
}

// koreanOpen reports whether the line ends with a Korean particle or connective that
// wants a verb.
func koreanOpen(line string) bool {
	end, n := utf8.DecodeLastRuneInString(line)
	before, _ := utf8.DecodeLastRuneInString(line[:len(line)-n])
	return unicode.Is(unicode.Hangul, before) && strings.ContainsRune("을를의에는은와과며면해하된될", end)
}

// alikeLines is how many lines before the last one are searched for one of its kind.
const alikeLines = 12

// punctuated reports whether the nearest line of the same kind, in a list or not, ends
// with a full stop.
func punctuated(line, before string) bool {
	listed := listItem(line)
	for range alikeLines {
		var l string
		if l, before = lastLine(before); l == "" {
			return false
		}
		l = strings.TrimRight(l, "*_\"')”’」 ")
		if listItem(l) != listed || heading(l) || strings.HasSuffix(l, ":") {
			continue
		}
		end, _ := utf8.DecodeLastRuneInString(l)
		return strings.ContainsRune(".!?。!?…", end)
	}
	return false
}

// listItem reports whether the line begins with a bullet or a number.
func listItem(line string) bool {
	for _, bullet := range [...]string{"- ", "* ", "• ", "+ "} {
		if strings.HasPrefix(line, bullet) {
			return true
		}
	}
	digits := 0
	for digits < len(line) && line[digits] >= '0' && line[digits] <= '9' {
		digits++
	}
	return digits > 0 && digits < 4 && digits < len(line) && (line[digits] == '.' || line[digits] == ')')
}

// breaksOff reports whether words without a full stop are the beginning of a sentence.
// A Korean or Japanese one may show its end without it.
func breaksOff(rest string) bool {
	end, _ := utf8.DecodeLastRuneInString(rest)
	switch {
	case unicode.Is(unicode.Hangul, end):
		return !strings.ContainsRune("다요죠까음함임됨됩오네세자라지기것점", end)
	case unicode.In(end, unicode.Han, unicode.Hiragana, unicode.Katakana):
		return utf8.RuneCountInString(rest) >= 8 && !strings.ContainsRune("すただねよいん", end)
	}
	return true
}
