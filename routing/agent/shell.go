package agent

import "strings"

// maxWords is how many words of a simple command are read.
const maxWords = 12

// shell returns what a command line does: the union over its simple commands, which stand
// between operators, in pipes, substitutions and subshells. Quoted text and here-documents
// are skipped. A command line of which nothing is known executes something.
func shell(line string) effects {
	p := shellParser{line: line}
	var e effects
	for p.next() {
		e |= simple(p.words[:p.n], p.writes)
	}
	if e == 0 && p.any {
		return executes
	}
	return e
}

// A shellParser splits a command line into simple commands. It knows as much of a shell's
// grammar as it takes to tell a program from its arguments.
type shellParser struct {
	line   string
	pos    int
	words  [maxWords]string // of the command, without quotes around them
	n      int
	writes bool   // its output goes to a file
	any    bool   // there was a command, even if it has no effect
	here   string // ends the here-document that begins after the line; "" if there is none
}

// next reads the next simple command and reports whether there is one.
func (p *shellParser) next() bool {
	for p.pos < len(p.line) {
		p.n, p.writes = 0, false
		p.simple()
		if p.n > 0 {
			p.any = true
			return true
		}
	}
	return false
}

// simple reads up to the operator that ends a command.
func (p *shellParser) simple() {
	for p.pos < len(p.line) {
		switch c := p.line[p.pos]; c {
		case ' ', '\t', '\r':
			p.pos++
		case '\n':
			p.pos++
			p.skipHere()
			return
		case ';', '|', '&', '(', ')', '`', '{', '}':
			p.pos++
			return
		case '#':
			p.pos += lineLength(p.line[p.pos:])
		case '>':
			p.redirect()
		case '<':
			p.input()
		default:
			if w := p.word(); p.n < maxWords {
				p.words[p.n] = w
				p.n++
			}
		}
	}
}

// word reads a word, quoted parts and all.
func (p *shellParser) word() string {
	start := p.pos
	for p.pos < len(p.line) {
		switch c := p.line[p.pos]; c {
		case '\\':
			p.pos = min(p.pos+2, len(p.line))
		case '\'', '"':
			p.quoted(c)
		case '$': // $( and ${ begin no command of this word
			p.pos++
			if p.pos < len(p.line) && p.line[p.pos] == '{' {
				p.pos++
			}
		case ' ', '\t', '\r', '\n', ';', '|', '&', '(', ')', '`', '<', '>':
			return strings.Trim(p.line[start:p.pos], `'"$`)
		default:
			p.pos++
		}
	}
	return strings.Trim(p.line[start:p.pos], `'"$`)
}

// quoted skips a quoted string.
func (p *shellParser) quoted(quote byte) {
	for p.pos++; p.pos < len(p.line); p.pos++ {
		switch c := p.line[p.pos]; {
		case c == '\\' && quote == '"':
			p.pos++
		case c == quote:
			p.pos++
			return
		}
	}
	p.pos = len(p.line)
}

// redirect skips > and its target. Only a file counts as written.
func (p *shellParser) redirect() {
	for p.pos < len(p.line) && strings.IndexByte(">|&! \t", p.line[p.pos]) >= 0 {
		p.pos++
	}
	// A number before > is a descriptor, not a word of the command.
	if p.n > 0 && len(p.words[p.n-1]) == 1 && p.words[p.n-1][0]-'0' <= 9 {
		p.n--
	}
	start := p.pos
	target := p.word()
	if p.pos == start && p.pos < len(p.line) {
		return
	}
	if target != "" && !strings.HasPrefix(target, "/dev/") && (len(target) > 1 || target[0]-'0' > 9) {
		p.writes = true
	}
}

// input skips < and its source, and records what ends a here-document.
func (p *shellParser) input() {
	signs := 0
	for p.pos < len(p.line) && p.line[p.pos] == '<' {
		p.pos++
		signs++
	}
	if signs == 2 && p.pos < len(p.line) && p.line[p.pos] == '-' {
		p.pos++
	}
	for p.pos < len(p.line) && (p.line[p.pos] == ' ' || p.line[p.pos] == '\t') {
		p.pos++
	}
	if word := p.word(); signs == 2 {
		p.here = word
	}
}

// skipHere skips the here-document that begins after a line.
func (p *shellParser) skipHere() {
	if p.here == "" {
		return
	}
	for p.pos < len(p.line) {
		n := lineLength(p.line[p.pos:])
		last := strings.TrimSpace(p.line[p.pos:p.pos+n]) == p.here
		p.pos = min(p.pos+n+1, len(p.line))
		if last {
			break
		}
	}
	p.here = ""
}

func lineLength(s string) int {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return i
	}
	return len(s)
}
