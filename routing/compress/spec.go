package compress

import (
	"strings"
	"unicode"
)

// greetings are those that the published rule removes.
var greetings = [...]string{"안녕하세요", "Hi", "Hello"}

// Spec is the published optimize_prompt to the letter: every run of white space becomes one
// space, one greeting at the very beginning goes with a comma or full stop and the space
// behind it, and then the spaces at both ends go. As in the original, a greeting need not be
// a word ("High" loses "Hi"), "hi" is none, and none is found behind white space.
func Spec(prompt string) string {
	t := trimmer{raw: []byte(prompt)}
	t.optimize(character)
	out, _ := t.result()
	return string(out)
}

// optimize makes the cuts of [Spec].
func (t *trimmer) optimize(next reader) {
	i := 0
	if end := greetingEnd(t.raw, next); end > 0 {
		i = end
		if i < len(t.raw) && (t.raw[i] == ',' || t.raw[i] == '.') {
			i++
		}
		i, _ = space(t.raw, i, next)
		t.cut(0, i, "")
	}
	for i < len(t.raw) {
		end, spaces := space(t.raw, i, next)
		switch {
		case end == i:
			_, i = next(t.raw, i)
			continue
		case i == 0, end == len(t.raw):
			t.cut(i, end, "")
		case spaces > 1 || t.raw[i] != ' ':
			t.cut(i, end, " ")
		}
		i = end
	}
}

// greetingEnd returns where the greeting ends with which a text begins, 0 if there is none.
func greetingEnd(raw []byte, next reader) int {
	for _, g := range greetings {
		at := 0
		for g != "" && at < len(raw) {
			var r rune
			r, at = next(raw, at)
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

// space passes white space and returns where it ends and how many characters it has.
func space(raw []byte, i int, next reader) (end, characters int) {
	for i < len(raw) {
		r, after := next(raw, i)
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
