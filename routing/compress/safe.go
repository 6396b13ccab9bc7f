package compress

import (
	"bytes"
	"unicode/utf8"
)

// What safe takes from a text, and what it does not. Everything here works on a JSON
// string as it stands in the body, without its quotes.
//
//   - Of blank lines in a row one is left, if the lines around them are prose.
//   - Blanks at the end of a line of prose go, if the lines next to it are prose or blank.
//     Two spaces at the end of a line within a paragraph are a line break of Markdown and stay.
//   - A line is prose if it begins with a letter and holds nothing that is frequent in
//     code, tables, logs, data or diffs; see kindOf. All other lines stay as they are, and
//     so does what touches them.
//   - What stands between fences or backquotes stays. Where it cannot be told where that
//     ends, the rest of the text stays.
//   - A text with a tag in it stays whole: it may be XML, or what an agent's harness wrote.
//     So does one in which characters of ASCII are spelt \u00XX.

// feed is a line feed.
var feed = []byte(`\n`)

// hopeful reports whether a body may hold anything that goes. It costs two searches that
// the processor does many bytes at a time, and is right whenever it says no.
func hopeful(body []byte) bool {
	feeds, after := 0, 0 // line feeds in a row, and where the last escape sequence ended
	blank := false       // it was a tab
	for i := 0; ; i += 2 {
		n := bytes.IndexByte(body[i:], '\\')
		if n < 0 || i+n+1 >= len(body) {
			break
		}
		i += n
		if i != after {
			feeds, blank = 0, false
		}
		before := byte(0)
		if i > 0 {
			before = body[i-1]
		}
		switch body[i+1] {
		case 'n', 'r':
			if before == '"' {
				feeds++ // nothing before it is as good as an empty line
			}
			if body[i+1] == 'n' {
				feeds++
			}
			if blank || before == ' ' || feeds > 2 {
				return true
			}
		case 't':
			blank = true
		default:
			feeds, blank = 0, false
		}
		after = i + 2
	}
	for i := 0; ; i++ {
		n := bytes.IndexByte(body[i:], '"')
		if n < 0 || i+n+1 >= len(body) {
			return false
		}
		i += n
		switch body[i+1] {
		case 'H', "안"[0], '\\':
			if w := greetingAt(body, i+1, unit); w.end > 0 {
				return true
			}
		}
	}
}

// plain reports whether a text is one that may change at all.
func plain(raw []byte) bool {
	for i := 0; ; i++ {
		n := bytes.IndexByte(raw[i:], '<')
		if n < 0 || i+n+1 == len(raw) {
			break
		}
		i += n
		if c := rune(raw[i+1]); isLetter(c) || c == '/' || c == '!' || c == '?' {
			return false
		}
	}
	for i := 0; ; {
		n := bytes.IndexByte(raw[i:], '\\')
		if n < 0 {
			return utf8.Valid(raw)
		}
		r, next := unit(raw, i+n)
		if r < 0 || r < utf8.RuneSelf && next-(i+n) > len(feed) {
			return false
		}
		i = next
	}
}

// lines cuts what goes from the lines behind from.
func (t *trimmer) lines(from int) {
	var code section
	e := ends{trimmer: t, run: -1, before: prose}
	for i := from; i < len(t.raw); {
		next := lineAt(t.raw, i)
		if next.kind == blank && next.next == next.stop {
			break // blanks behind the last line feed
		}
		if code.holds(t.raw[next.start:next.text]) {
			next.kind = other
		}
		e.line(next)
		if code.lost {
			return
		}
		i = next.next
	}
	e.line(line{kind: prose, start: len(t.raw)})
}

// ends cuts what goes at the end of lines and between them, one line late: what follows
// decides.
type ends struct {
	*trimmer
	at     line // whose end is to be looked at
	above  kind // of the line before it
	run    int  // where the blank lines before it began; -1 if there are none
	before kind // of the line before those
}

// line takes the next line, or for the end of the text one that begins there.
func (e *ends) line(next line) {
	l := e.at
	switch {
	case l.next == 0: // there is none yet
	case l.kind != blank:
		e.before = l.kind
		isBreak := l.hard && next.kind != blank && next.start < len(e.raw)
		if l.kind == prose && l.next > l.stop && e.above != other && next.kind != other && !isBreak {
			e.cut(l.text, l.stop, "")
		}
	default:
		if e.run < 0 {
			e.run = l.start
		}
		if next.kind != blank {
			if e.before == prose && next.kind == prose {
				e.cut(e.run, l.stop, "")
			}
			e.run = -1
		}
	}
	e.above, e.at = l.kind, next
}
