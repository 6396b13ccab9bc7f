package compress

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// greetings are those that the published rule removes.
var greetings = [...]string{"안녕하세요", "Hi", "Hello"}

// optimize is the published optimize_prompt to the letter: every run of white space becomes one
// space, one greeting at the very beginning goes with a comma or full stop and the space after
// it, and then the spaces at both ends go. As in the original, a greeting need not be a word
// ("High" loses "Hi"), "hi" is none, and none is found after white space.
func (t *trimmer) optimize() {
	i := 0
	if end := greetingEnd(t.raw); end > 0 {
		i = end
		if i < len(t.raw) && (t.raw[i] == ',' || t.raw[i] == '.') {
			i++
		}
		i, _ = space(t.raw, i)
		t.cut(0, i, "")
	}
	for i < len(t.raw) {
		if plainWord(t.raw[i]) {
			i++
			continue
		}
		end, spaces := space(t.raw, i)
		switch {
		case end == i:
			_, i = unit(t.raw, i)
			continue
		case i == 0, end == len(t.raw):
			t.cut(i, end, "")
		case spaces > 1 || t.raw[i] != ' ':
			t.cut(i, end, " ")
		}
		i = end
	}
}

// plainWord reports whether a byte is a character of its own and not white space.
func plainWord(c byte) bool { return c > ' ' && c < utf8.RuneSelf && c != '\\' }

// greetingEnd returns where the greeting ends with which a text begins, 0 if there is none.
func greetingEnd(raw []byte) int {
	for _, g := range greetings {
		at := 0
		for g != "" && at < len(raw) {
			var r rune
			r, at = unit(raw, at)
			rest, ok := strings.CutPrefix(g, string(r))
			if !ok {
				break
			}
			g = rest
		}
		if g == "" {
			return at
		}
	}
	return 0
}

// space skips white space and returns where it ends and how many characters it has.
func space(raw []byte, i int) (end, characters int) {
	for i < len(raw) {
		r, after := unit(raw, i)
		if !isSpace(r) {
			break
		}
		i = after
		characters++
	}
	return i, characters
}

// isSpace is Python's str.isspace, which is what \s matches in its regular expressions:
// beside Unicode's white space the separators of files, groups, records and units.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }
