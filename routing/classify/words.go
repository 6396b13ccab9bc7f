package classify

import "unicode/utf8"

// word scans a run of letters of one spaced script from offset i and returns the offset after it.
// Apostrophes between letters are skipped, so that "can't" and "can’t" are one word.
func (s *scan) word(t string, i int, sc script) int {
	var (
		h             uint32 = seedWord
		prefix        uint32
		n             int
		first, uppers = 0, 0
		humps         int
		a, b          uint32 // the last two Hangul syllables
		groups        uint64
		lower         bool
	)
loop:
	for i < len(t) {
		c := t[i]
		var r uint32
		switch byteClass[c] {
		case byteLower:
			if sc != scriptLatin {
				break loop
			}
			r = uint32(c)
			i++
			lower = true
		case byteUpper:
			if sc != scriptLatin {
				break loop
			}
			r = uint32(c) | 0x20
			i++
			uppers++
			if n == 0 {
				first = 1
			} else if lower {
				humps++
			}
			lower = false
		case byteHigh:
			ru, size := utf8.DecodeRuneInString(t[i:])
			if ru == '’' && n > 0 && sc == scriptLatin && i+size < len(t) && byteClass[t[i+size]] == byteLower {
				i += size
				continue
			}
			if ru >= 0x0300 && ru < 0x0370 { // a combining accent belongs to its letter
				i += size
				continue
			}
			if scriptOf(ru) != sc {
				break loop
			}
			f := fold(ru)
			if f != ru {
				uppers++
				if n == 0 {
					first = 1
				}
			}
			r = uint32(f)
			i += size
		case bytePunct:
			if c == '\'' && n > 0 && sc == scriptLatin && i+1 < len(t) && byteClass[t[i+1]] == byteLower {
				i++
				continue
			}
			if c == '_' && n > 0 && i+1 < len(t) && byteClass[t[i+1]] <= byteUpper && byteClass[t[i+1]] >= byteLower {
				s.snake++
			}
			break loop
		default:
			break loop
		}
		h = (h ^ r) * hashPrime
		n++
		if n == prefixRunes {
			prefix = h
		}
		if sc == scriptHangul {
			if n > 1 {
				pair := mix(seedPair, a, r)
				s.add(pair)
				groups |= keywords.find(pair)
				if n > 2 {
					triple := mix(seedTriple, mix(seedPair, b, a), r)
					s.add(triple)
					groups |= keywords.find(triple)
				}
			}
			b, a = a, r
		}
	}
	s.words++
	s.wordRunes += n
	s.title += first
	if uppers == n && n > 1 {
		s.allCaps++
	} else if humps > 0 {
		s.camel++
	}
	if n >= 10 {
		s.longWords++
	}
	s.lineLetters[sc] += int32(n)
	s.lineScripts |= 1 << sc
	if n > prefixRunes && sc != scriptHangul {
		prefix ^= seedPrefix
		s.add(prefix)
		groups |= keywords.find(prefix)
	} else if n == prefixRunes && sc != scriptHangul {
		groups |= keywords.find(h ^ seedPrefix)
	}
	groups |= keywords.find(h)
	if s.lineWords == 0 && first == 0 && groups&(1<<codeToken) != 0 {
		s.lineKey = true
	}
	s.lineWords++
	s.token(h, groups)
	s.lastMark = 'a'
	return i
}

// number scans a run of digits with separators. All numbers of one length and kind are one feature.
func (s *scan) number(t string, i int) int {
	start, point := i, uint32(0)
	for i < len(t) {
		c := t[i]
		if byteClass[c] == byteDigit {
			s.digits++
		} else if (c == '.' || c == ',') && i+1 < len(t) && byteClass[t[i+1]] == byteDigit {
			point = 16
		} else {
			break
		}
		i++
	}
	s.numbers++
	h := mix(seedNumber, uint32(min(i-start, 6)), point)
	if i < len(t) && t[i] == '%' {
		s.add(mix(seedNumber, 99, 0))
	}
	s.token(h, 0)
	s.lastMark = '0'
	// An option or list mark: "1." or "2)" at the beginning of a line.
	if start == s.lineText && i < len(t) && (t[i] == '.' || t[i] == ')') && i-start <= 2 {
		s.bullets++
	}
	return i
}

// highRune scans the rune of two bytes or more at offset i, or the word it begins.
func (s *scan) highRune(t string, i int) int {
	r, size := utf8.DecodeRuneInString(t[i:])
	sc := scriptOf(r)
	if sc.spaced() {
		s.lineLast = 'a'
		return s.word(t, i, sc)
	}
	s.lineLast = 0
	if sc == scriptNone {
		s.symbol(r)
		s.char1, s.char2 = 0, 0
		return i + size
	}
	s.lineLetters[sc]++
	s.lineScripts |= 1 << sc
	u := uint32(r)
	h := (seedWord ^ u) * hashPrime
	groups := keywords.find(h)
	if s.char1 != 0 {
		pair := mix(seedPair, s.char1, u)
		s.add(pair)
		groups |= keywords.find(pair)
		if s.char2 != 0 {
			triple := mix(seedTriple, mix(seedPair, s.char2, s.char1), u)
			s.add(triple)
			groups |= keywords.find(triple)
		}
	}
	s.char2, s.char1 = s.char1, u
	// A character is not a word: it makes no bigrams of its own besides the pair above.
	s.prev = 0
	s.token(h, groups)
	s.lastMark = 'a'
	return i + size
}
