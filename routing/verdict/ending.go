package verdict

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// An answer should end where a sentence, a list or a code block ends. What counts as an end
// depends on the rest of the text, because verse, lists and chat have no full stops: the last
// line needs a full stop only if similar lines before it have one.

// unfinished reports whether a trimmed text stops in the middle of something, although the
// model reported that it was done.
func unfinished(text string) bool {
	if within := openFence(text); within != outside {
		return within == inCode
	}
	line, before := lastLine(text)
	if heading(line) || strings.HasPrefix(line, "|") {
		return strings.Trim(line, "# ") == "" // an empty heading
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

// A fencing says where the end of a text is relative to fenced code.
type fencing uint8

const (
	outside    fencing = iota
	inCode             // in a code block that is not closed
	afterFence         // right after a closing fence
)

// openFence returns the fencing of the end of the text. A fence that nothing follows closes a
// block, whatever the number of fences before it.
func openFence(text string) fencing {
	if line, _ := lastLine(text); isFence(line) {
		if strings.Trim(line, "`~") == "" {
			return afterFence
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

// lineStart reports whether only blanks precede i on its line.
func lineStart(text string, i int) bool {
	for i > 0 && (text[i-1] == ' ' || text[i-1] == '\t') {
		i--
	}
	return i == 0 || text[i-1] == '\n'
}

// lastLine splits the text before its last line that is not blank.
func lastLine(text string) (line, before string) {
	text = strings.TrimRight(text, " \t\r\n")
	i := lastNewline(text)
	return strings.TrimLeft(text[i+1:], " \t\r"), text[:max(i, 0)]
}

// lastNewline is strings.LastIndexByte for a newline. That goes byte by byte, which is slow
// where a long answer is one line; to find that a window has none is fast.
func lastNewline(text string) int {
	const window = 1 << 10
	for len(text) > window && strings.IndexByte(text[len(text)-window:], '\n') < 0 {
		text = text[:len(text)-window]
	}
	return strings.LastIndexByte(text, '\n')
}

// heading reports whether the line is a heading. Models also use a heading for the final
// result.
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

// fragment returns the text after the last full stop inside the line, and whether there is one.
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

// labelled reports whether the line is complete without a full stop: "Answer: 12 apples", "x =
// 4", "Best regards". List items are compared with the other items instead.
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

// koreanOpen reports whether the line ends with a Korean particle or connective that requires a
// verb.
func koreanOpen(line string) bool {
	end, n := utf8.DecodeLastRuneInString(line)
	before, _ := utf8.DecodeLastRuneInString(line[:len(line)-n])
	return unicode.Is(unicode.Hangul, before) && strings.ContainsRune("을를의에는은와과며면해하된될", end)
}

// alikeLines is the number of lines before the last one that are searched for a similar one.
const alikeLines = 12

// punctuated reports whether the nearest similar line (both are list items, or both are not)
// ends with a full stop.
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

// breaksOff reports whether text without a full stop is the beginning of a sentence. In Korean
// and Japanese the last syllable may show that the sentence is complete.
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
