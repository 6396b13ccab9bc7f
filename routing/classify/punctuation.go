package classify

import "unicode/utf8"

// codeMark is 1 for the characters that code has more of than prose.
var codeMark = func() (t [128]uint8) {
	for _, c := range "(){}[];=<>_|\\" {
		t[c] = 1
	}
	return t
}()

// punctuation scans a run of ASCII punctuation of up to four characters.
func (s *scan) punctuation(t string, i int) int {
	var h uint32 = seedPunct
	start := i
	for i < len(t) && byteClass[t[i]] == bytePunct && i-start < 4 {
		c := t[i]
		s.ascii[c]++
		s.lineCode += int(codeMark[c])
		h = (h ^ uint32(c)) * hashPrime
		i++
	}
	last := t[i-1]
	n := i - start
	s.lineLast, s.lastMark = last, rune(last)
	switch {
	case n >= 3 && t[start] == '`' && t[start+1] == '`' && t[start+2] == '`':
		s.fences++
		s.inFence = !s.inFence
		h = seedPunct ^ '`'
	case n == 1:
		switch last {
		case '?':
			s.questions++
		case '.', '!':
			if i >= len(t) || byteClass[t[i]] <= byteNewline {
				s.sentences++
			}
			if start == s.lineText+1 && byteClass[t[s.lineText]] == byteUpper {
				s.options++
			}
		case ')':
			if start == s.lineText+1 && byteClass[t[s.lineText]] == byteUpper || start == s.lineText+2 && t[s.lineText] == '(' {
				s.options++
			}
		case '-', '*':
			if start == s.lineText && i < len(t) && t[i] == ' ' {
				s.bullets++
			}
		case '\\':
			if i < len(t) && byteClass[t[i]] == byteLower {
				s.latex++
			}
		}
		if last == ',' || last == '.' {
			return i // too common to be a feature
		}
	default:
		if last == '?' {
			s.questions++
		}
		if codeRun(t[start:i]) {
			s.codeRuns++
		}
		if last == '\\' && i < len(t) && byteClass[t[i]] == byteLower {
			s.latex++
		}
	}
	s.add(h)
	if s.tokens < headTokens {
		s.add(h ^ seedHead)
	}
	return i
}

// codeRun reports whether a run of punctuation is of a kind that programs have and prose has not.
func codeRun(run string) bool {
	switch run[:2] {
	case "()", "==", "=>", "->", "::", "!=", "&&", "||", "++", "+=", "-=", "//", "/*", "*/", "</", "/>", "[]", "{}", "<=", ">=", "):", ");", "})", "};", "#!", ">>", "<<", "(\"", "('", "[\"", "['", "${", "@@":
		return true
	}
	return false
}

// symbol counts a rune that is no letter.
func (s *scan) symbol(r rune) {
	switch {
	case r == '？' || r == '؟':
		s.questions++
		s.lastMark = '?'
		return
	case r == '。' || r == '！' || r == '।':
		s.sentences++
		s.lastMark = '.'
		return
	case r == '：':
		s.lineLast, s.lastMark = ':', ':'
		return
	case r == '“' || r == '”' || r == '‘' || r == '’' || r == '「' || r == '」' || r == '『' || r == '』' || r == '《' || r == '》' || r == '«' || r == '»':
		s.quotes++
	case r >= 0x2200 && r < 0x2300, r == '×', r == '÷', r == '±', r == '²', r == '³', r == '°', r == 'π', r >= 0x2070 && r < 0x20A0, r >= 0x2190 && r < 0x2200:
		s.mathRunes++
	case r == '\u00A0' || r == '\u3000' || r == utf8.RuneError:
		return
	}
	s.add((seedPunct ^ uint32(r)) * hashPrime)
	s.lastMark = r
}
