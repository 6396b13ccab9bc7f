package signal

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A matcher finds all its literals in one pass over a text.
//
// It reads the text through windows of two bytes, at even positions only. A literal may begin
// at an even or at an odd position, so it has two anchors, pairs of its bytes: one that falls
// into a window if the literal begins at an even position, one if it begins at an odd one. The
// rarest pairs are chosen: "explain" has the anchors "ex" and "xp". Four windows, eight bytes,
// are looked up at a time. Usually none is an anchor, and they are done. Otherwise the literals
// of the anchor are compared with the text.
//
// Words are counted eight bytes at a time, too. A regular expression per rule takes over a
// hundred times as long.
type matcher struct {
	// group maps a window, its first byte the low one, to an index of anchors. The
	// table has 64 KiB, of which a text uses the few rows of its alphabet.
	group [1 << 16]uint8
	// anchors[0] is empty, for windows that are not anchors.
	anchors [][]anchor
}

// An anchor is a literal and where in it the window is.
type anchor struct {
	*literal
	offset int // from the literal's beginning; -1 if the window begins one byte before it
}

// A literal is one spelling of a rule.
type literal struct {
	places []byteSet // the bytes that may stand at each place
	marks  mark
}

// compile builds the matcher. It panics if the rules have more different windows than the
// table can distinguish, which is a mistake of the programmer.
func compile(rules []rule) *matcher {
	byWindow := make(map[uint16][]anchor)
	for _, r := range rules {
		for _, l := range r.literals() {
			for _, offset := range l.offsets() {
				for first := range l.place(offset).bytes {
					for second := range l.place(offset + 1).bytes {
						w := uint16(first) | uint16(second)<<8
						byWindow[w] = append(byWindow[w], anchor{l, offset})
					}
				}
			}
		}
	}
	m := &matcher{anchors: make([][]anchor, 1)}
	for w, anchors := range byWindow {
		g := slices.IndexFunc(m.anchors, func(have []anchor) bool { return slices.Equal(have, anchors) })
		if g < 0 {
			g = len(m.anchors)
			m.anchors = append(m.anchors, anchors)
		}
		if g > 255 {
			panic("signal: too many rules for one matcher")
		}
		m.group[w] = uint8(g)
	}
	return m
}

// literals returns the spellings of the rule. Spellings that differ in case share a literal;
// those with letters of more than one byte, which have another length, do not.
func (r rule) literals() []*literal {
	all := []*literal{{marks: r.marks}}
	for _, b := range []byte(r.text) {
		forms := [][]byteSet{{setOf(b)}}
		if r.fold != exactly && 'a' <= b && b <= 'z' {
			forms[0][0] = setOf(b, b-'a'+'A')
		}
		if r.fold == ignoreCase {
			for _, letter := range foreign[b] {
				var places []byteSet
				for _, b := range []byte(letter) {
					places = append(places, setOf(b))
				}
				forms = append(forms, places)
			}
		}
		var longer []*literal
		for _, l := range all {
			for _, f := range forms {
				longer = append(longer, &literal{slices.Concat(l.places, f), r.marks})
			}
		}
		all = longer
	}
	if r.last != "" {
		for _, l := range all {
			l.places = append(l.places, setOf([]byte(r.last)...))
		}
	}
	return all
}

// offsets returns the places of the two anchors in the literal: the rarest pair at an even
// offset, then the rarest at an odd one. The pairs at both ends have only one byte in the
// literal.
func (l *literal) offsets() [2]int {
	best := [2]int{0, -1}
	for offset := -1; offset < len(l.places); offset++ {
		if b := &best[offset&1]; l.rarity(offset) > l.rarity(*b) {
			*b = offset
		}
	}
	return best
}

// place returns the bytes that the text may have i bytes from the literal's beginning.
func (l *literal) place(i int) byteSet {
	if i < 0 || i >= len(l.places) {
		return anyByte
	}
	return l.places[i]
}

// rarity estimates how rarely prose contains the pair at the offset.
func (l *literal) rarity(offset int) int {
	return l.place(offset).rarity() + l.place(offset+1).rarity()
}

// matches reports whether the literal is at the position of the text.
func (l *literal) matches(text string, start int) bool {
	if start < 0 || start+len(l.places) > len(text) {
		return false
	}
	for i := range l.places {
		if !l.places[i].has(text[start+i]) {
			return false
		}
	}
	return true
}

// A scanner is one pass over a text.
type scanner struct {
	Facts
	*matcher
	text   string
	dollar int // position of the last dollar sign, -1 before the first
}

// scan returns what the text contains.
func (m *matcher) scan(text string) Facts {
	s := scanner{matcher: m, text: text, dollar: -1}
	words := uint64(0)
	space := uint64(1) << 7 // the byte before the block was white space, as is the beginning of the text
	tail := padded(text[len(text)&^7:])
	for i := 0; i < len(text); i += 8 {
		block := tail
		if i+8 <= len(text) {
			block = load(text[i : i+8])
		}
		white := asciiSpace(block)
		begins := (white<<8 | space) &^ white >> 7 // one for every byte that begins a word
		words += begins * each >> 56
		space = white >> 56

		if m.group[uint16(block)]|m.group[uint16(block>>16)]|m.group[uint16(block>>32)]|m.group[block>>48] != 0 {
			s.look(block, i)
		}
	}
	s.Words += int(words)
	return s.Facts
}

// each times a byte is a block of eight of these bytes. A block of small counts times each has
// their sum in its highest byte.
const each = 0x0101010101010101

// load returns eight bytes of text as a block, the first one lowest.
func load(text string) uint64 {
	_ = text[7]
	return uint64(text[0]) | uint64(text[1])<<8 | uint64(text[2])<<16 | uint64(text[3])<<24 |
		uint64(text[4])<<32 | uint64(text[5])<<40 | uint64(text[6])<<48 | uint64(text[7])<<56
}

// padded returns fewer than eight bytes as a block, filled with blanks, which change neither
// the words nor what can match.
func padded(text string) uint64 {
	block := uint64(each * ' ')
	for i := len(text) - 1; i >= 0; i-- {
		block = block<<8 | uint64(text[i])
	}
	return block
}

// asciiSpace sets the high bit of every byte of the block that is ASCII white space:
// 0x09 to 0x0d and 0x1c to 0x20. Adding to the low seven bits carries into the eighth
// from a known value on, and never further.
func asciiSpace(block uint64) uint64 {
	low := block & (each * 0x7f)
	control := (low + each*(0x80-0x09)) &^ (low + each*(0x80-0x0e))
	blank := (low + each*(0x80-0x1c)) &^ (low + each*(0x80-0x21))
	return (control | blank) &^ block & (each * 0x80)
}

// look checks the windows of a block at position at.
func (s *scanner) look(block uint64, at int) {
	for ; block != 0; block >>= 16 {
		if g := s.group[uint16(block)]; g != 0 {
			s.match(s.anchors[g], at)
		}
		at += 2
	}
}

// match compares the literals of the window at position at with the text.
func (s *scanner) match(anchors []anchor, at int) {
	for _, a := range anchors {
		if s.found&a.marks == a.marks {
			continue
		}
		if start := at - a.offset; a.matches(s.text, start) {
			s.add(a.marks, start, start+len(a.places))
		}
	}
}

// add records the literal between start and end.
func (s *scanner) add(marks mark, start, end int) {
	switch marks {
	case dollar:
		// A formula is text between two dollar signs of one line; if any two are on
		// one line, so are two neighbours.
		if s.dollar >= 0 && strings.IndexByte(s.text[s.dollar:start], '\n') < 0 {
			s.found |= mathMark
		}
		s.found |= mathDomain
		s.dollar = start
	case whiteSpace:
		s.split(start, end)
	default:
		s.found |= marks
	}
}

// split corrects the number of words for white space beyond ASCII, whose bytes have been
// counted as part of a word: inside a word it makes two, and alone it is none. Of several in a
// row each sees those before it as white space and those after it as letters, so that the
// corrections add up.
func (s *scanner) split(start, end int) {
	last, _ := utf8.DecodeLastRuneInString(s.text[:start])
	before := start == 0 || isSpace(last)
	behind := end == len(s.text) || s.text[end] < utf8.RuneSelf && isSpace(rune(s.text[end]))
	switch {
	case before && behind:
		s.Words--
	case !before && !behind:
		s.Words++
	}
}

// isSpace reports whether the character is white space in Python: Unicode's, and the four
// separators of ASCII.
func isSpace(r rune) bool { return unicode.IsSpace(r) || '\x1c' <= r && r <= '\x1f' }
