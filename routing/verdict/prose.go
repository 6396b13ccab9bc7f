package verdict

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// proseReach is the number of bytes that are searched for prose.
const proseReach = 4 << 10

// appendProse appends the prose of text to buf, up to about most letters, and returns the
// number of letters. It omits fenced code, lines that look like code or formulas, and text
// between backquotes or dollar signs. It keeps only letters and the spaces between them, and
// reads the first proseReach bytes.
func appendProse(buf []byte, text string, most int) (prose []byte, letters int) {
	text = cutRunes(text, proseReach)
	fenced := false
	for len(text) > 0 && letters < most {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		if isFence(line) {
			fenced = !fenced
			continue
		}
		if fenced || looksLikeCode(line) {
			continue
		}
		ticks, dollars := strings.Count(line, "`")%2 == 0, strings.Count(line, "$")%2 == 0
		quoted := rune(0)
		for _, r := range line {
			switch {
			case quoted != 0:
				if r == quoted {
					quoted = 0
				}
				continue
			case r == '`' && ticks, r == '$' && dollars:
				quoted = r
			case isLetter(r):
				buf = utf8.AppendRune(buf, r)
				if letters++; letters == most {
					return buf, letters
				}
				continue
			}
			if n := len(buf); n > 0 && buf[n-1] != ' ' {
				buf = append(buf, ' ')
			}
		}
	}
	return buf, letters
}

// isFence reports whether the line opens or closes a block of code.
func isFence(line string) bool {
	line = strings.TrimLeft(line, " \t")
	return strings.HasPrefix(line, "```") || strings.HasPrefix(line, "~~~")
}

// codeShare is the number of bytes per sign of code, formulas or tables below which a line is
// not prose. In the prose of answers there is at most one such sign in 30 bytes.
const codeShare = 10

// looksLikeCode reports whether a line is code, a formula or markup.
func looksLikeCode(line string) bool {
	signs := 0
	for i := range len(line) {
		switch line[i] {
		case '=', '(', ')', '{', '}', '[', ']', '<', '>', ';', '\\', '/', '_', '^', '+', '|', '$', '#', '&', '"':
			signs++
		}
	}
	return signs*codeShare > len(line)
}

func isLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	if r >= 0xac00 && r <= 0xd7a3 || r >= 0x4e00 && r <= 0x9fff { // Hangul and Han, the most common by far
		return true
	}
	return unicode.IsLetter(r) || unicode.IsMark(r)
}

func containsAny(s string, phrases []string) bool {
	for _, p := range phrases {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}
