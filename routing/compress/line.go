package compress

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A kind is that of a line.
type kind uint8

const (
	blank kind = iota // spaces and tabs, or nothing
	prose
	other
)

// A line is one line of a text.
type line struct {
	kind  kind
	hard  bool // two spaces end it
	start int
	text  int // where its text ends, and blanks begin
	stop  int // where its line feed begins, a carriage return included
	next  int // where the next line begins
}

// lineAt returns the line that begins at i.
func lineAt(raw []byte, i int) line {
	l := line{start: i, stop: len(raw), next: len(raw)}
	for at := i; ; {
		n := bytes.IndexByte(raw[at:], '\\')
		if n < 0 {
			break
		}
		at += n
		if bytes.HasPrefix(raw[at:], feed) {
			l.stop, l.next = at, at+len(feed)
			break
		}
		at += 2
	}
	if l.next > l.stop && endsIn(raw[i:l.stop], 'r') {
		l.stop -= len(feed)
	}
	l.text = l.stop
	for l.text > i {
		if raw[l.text-1] == ' ' {
			l.text--
		} else if endsIn(raw[i:l.text], 't') {
			l.text -= len(feed)
		} else {
			break
		}
	}
	l.hard = bytes.HasSuffix(raw[l.text:l.stop], []byte("  "))
	l.kind = kindOf(raw[i:l.text])
	return l
}

// endsIn reports whether a text ends in an escape sequence of that letter, and not in a
// backslash, spelt by two, and the letter.
func endsIn(raw []byte, letter byte) bool {
	if len(raw) < 2 || raw[len(raw)-1] != letter {
		return false
	}
	slashes := 0
	for slashes < len(raw)-1 && raw[len(raw)-2-slashes] == '\\' {
		slashes++
	}
	return slashes%2 == 1
}

// kindOf returns the kind of a line without the blanks at its end. Prose
//   - begins with a letter, and not with a word in capitals (ERROR, SELECT) or one before a
//     colon (key: value, https://…);
//   - has no tab, no two spaces together (columns), and of ASCII's signs only . , ; ! ? ' " ( )
//   - : and %, spaced as between words: no f(x), a.b, 1,2, 12:30, --all, x;
//   - has no symbols of other scripts: frames, bullets, arrows, mathematics;
//   - has two words or more, or ends like a sentence.
func kindOf(text []byte) kind {
	if len(text) == 0 {
		return blank
	}
	var before rune // 0 at the beginning
	words, capitals, letters := 1, 0, 0
	for i := 0; i < len(text); {
		r, next := rune(text[i]), i+1
		if r == '\\' || r >= utf8.RuneSelf {
			r, next = unit(text, i)
		}
		switch {
		case isLetter(r):
			letters++
			if r <= 'Z' {
				capitals++
			}
		case before == 0 && !unicode.IsLetter(r):
			return other
		case r >= utf8.RuneSelf:
			if !unicode.In(r, unicode.Letter, unicode.Mark, unicode.Digit, unicode.Punct) {
				return other
			}
		case r == ' ':
			if before == ' ' || words == 1 && letters > 1 && capitals == letters {
				return other
			}
			words++
		case r == ':':
			if words == 1 || next < len(text) && text[next] != ' ' {
				return other
			}
		case r == '.', r == ',':
			if next < len(text) && (isLetter(rune(text[next])) || isDigit(rune(text[next]))) {
				return other
			}
		case r == ';':
			if next == len(text) || text[next] != ' ' {
				return other
			}
		case r == '(':
			if before != ' ' {
				return other
			}
		case r == '-':
			if before == '-' {
				return other
			}
		case !isDigit(r) && strings.IndexByte("!?'\")%", byte(r)) < 0:
			return other
		}
		before, i = r, next
	}
	if words == 1 && before != '.' && before != '!' && before != '?' {
		return other
	}
	return prose
}

// isLetter reports a letter of ASCII, isDigit a digit.
func isLetter(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' }
func isDigit(r rune) bool  { return r >= '0' && r <= '9' }

// A section is what of code the lines read so far leave open.
type section struct {
	mark byte // of the fence that is open
	size int  // of that fence; 0 if there is none
	span int  // length of the run of backquotes that waits for its like; 0 if there is none
	lost bool // it cannot be told where code ends
}

// holds takes the next line, without the blanks at its end, and reports whether it belongs to code.
func (s *section) holds(text []byte) bool {
	bare := bytes.TrimLeft(text, " ")
	mark, size := fence(bare)
	begins := size > 0 && len(text)-len(bare) < 4
	switch {
	case s.size > 0:
		if begins && mark == s.mark && size >= s.size && size == len(bare) {
			s.size = 0
		}
		return true
	case begins && s.span == 0 && bytes.IndexByte(bare[size:], '`') < 0:
		s.mark, s.size = mark, size
		return true
	case bytes.Contains(text, []byte("```")), bytes.Contains(text, []byte("~~~")):
		s.lost = true
		return true
	}
	return s.quoted(text)
}

// quoted does the same for backquotes.
func (s *section) quoted(text []byte) bool {
	held := s.span > 0
	for i := 0; ; {
		n := bytes.IndexByte(text[i:], '`')
		if n < 0 {
			return held
		}
		held = true
		run := len(text[i+n:]) - len(bytes.TrimLeft(text[i+n:], "`"))
		i += n + run
		switch s.span {
		case 0:
			s.span = run
		case run:
			s.span = 0
		}
	}
}

// fence returns of what the fence at the beginning of a line consists, and how long it is;
// 0 if there is none.
func fence(line []byte) (mark byte, size int) {
	if len(line) == 0 || line[0] != '`' && line[0] != '~' {
		return 0, 0
	}
	for size < len(line) && line[size] == line[0] {
		size++
	}
	if size < 3 {
		return 0, 0
	}
	return line[0], size
}
