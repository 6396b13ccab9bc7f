package classify

import "math/bits"

// escapedLine reports whether t begins with a newline escaped as \n, and not with a LaTeX command.
func escapedLine(t string) bool {
	if len(t) < 2 || t[1] != 'n' {
		return false
	}
	end := 2
	for end < len(t) && byteClass[t[end]] == byteLower {
		end++
	}
	switch t[2:end] {
	case "u", "i", "e", "eq", "eg", "ot", "mid", "abla", "exists", "earrow", "warrow", "earrows", "ewline", "ewpage", "ewcommand", "olimits",
		"onumber", "otin", "subseteq", "supseteq", "parallel", "leq", "geq", "less", "gtr", "sim", "ormalsize", "ormal":
		return false
	}
	return true
}

// mark notes that the line has text from offset i on.
func (s *scan) mark(i int) {
	if s.lineText < 0 {
		s.lineText = i
	}
}

// startLine opens the line that begins at offset i.
func (s *scan) startLine(i int) {
	s.lineStart, s.lineText = i, -1
	s.lineCode, s.lineWords, s.lineKey = 0, 0, false
	s.lineStops = s.sentences
	s.lineMarks = s.options + s.bullets
}

// endLine closes the line that ends before offset i.
func (s *scan) endLine(i int) {
	if s.lineText < 0 {
		s.blankLines++
		return
	}
	n := i - s.lineText
	s.lines++
	if s.lines == 1 {
		s.firstLine = n
		s.firstColon = s.lineLast == ':'
	}
	s.lastLine = n
	s.longest = max(s.longest, n)
	if s.lineMarks == s.options+s.bullets {
		s.asking += n
	}
	code := s.inFence || s.lineCode >= 2 && s.lineCode*10 > n || s.lineKey && s.sentences == s.lineStops
	if !code {
		for set := s.lineScripts; set != 0; set &= set - 1 {
			sc := bits.TrailingZeros32(set)
			s.prose[sc] += s.lineLetters[sc]
		}
		s.prosePiece(s.lineText, i)
	}
	for ; s.lineScripts != 0; s.lineScripts &= s.lineScripts - 1 {
		sc := bits.TrailingZeros32(s.lineScripts)
		s.letters[sc] += s.lineLetters[sc]
		s.lineLetters[sc] = 0
	}
	if s.lineText-s.lineStart >= 2 {
		s.indented++
	}
	switch s.lineLast {
	case ';', '{', '}', ')':
		s.codeEnds++
	case ':':
		s.colonEnds++
	}
}

// prosePiece notes a line of prose of the head, joined to the last one if it follows it.
func (s *scan) prosePiece(from, to int) {
	switch {
	case s.inTail:
	case s.nspans > 0 && from-s.spans[s.nspans-1].to <= 8:
		s.spans[s.nspans-1].to = to
	case s.nspans < maxSpans:
		s.spans[s.nspans] = span{from, to}
		s.nspans++
	}
}
