package classify

import (
	"math/bits"
	"strings"
	"unicode/utf8"
)

// lexicon maps the hash of a word, a word's beginning, a pair of words or two or three characters
// to the set of keyword groups it belongs to. Open addressing with linear probing: the tables
// are small enough to stay in the first-level cache beside the text.
type lexicon struct {
	filter [1 << 16 / 64]uint64 // a bit for each key's hash: nearly all look-ups end here
	keys   []uint32
	groups []uint64
	shift  uint32
}

// keywords is the lexicon of keywordLists. It is built once and never written again.
var keywords = newLexicon(&keywordLists)

// newLexicon builds the table of a set of lists, half empty.
func newLexicon(lists *[numGroups]string) *lexicon {
	entries := make(map[uint32]uint64)
	for g, list := range lists {
		for entry := range strings.FieldsSeq(list) {
			if key, ok := entryHash(entry); ok {
				entries[key] |= 1 << g
			}
		}
	}
	size := max(bits.Len(uint(len(entries)))+1, 4)
	l := &lexicon{
		keys:   make([]uint32, 1<<size),
		groups: make([]uint64, 1<<size),
		shift:  uint32(32 - size),
	}
	mask := uint32(len(l.keys) - 1)
	for key, groups := range entries {
		i := l.slot(key)
		for l.keys[i] != 0 {
			i = (i + 1) & mask
		}
		l.keys[i], l.groups[i] = key, groups
		l.filter[key*hashSpread>>22] |= 1 << (key * hashSpread >> 16 & 63)
	}
	return l
}

func (l *lexicon) slot(key uint32) uint32 { return key * hashSpread >> l.shift }

// find returns the groups of a hash, none for one that is not in the lists.
func (l *lexicon) find(key uint32) uint64 {
	if h := key * hashSpread; l.filter[h>>22]&(1<<(h>>16&63)) == 0 {
		return 0
	}
	return l.search(key)
}

func (l *lexicon) search(key uint32) uint64 {
	mask := uint32(len(l.keys) - 1)
	for i := l.slot(key); ; i = (i + 1) & mask {
		switch l.keys[i] {
		case key:
			return l.groups[i]
		case 0:
			return 0
		}
	}
}

// entryHash computes the hash under which the scanner will look an entry of the lists up. ok is false for
// an entry the scanner can never meet.
func entryHash(entry string) (key uint32, ok bool) {
	if a, b, found := strings.Cut(entry, "_"); found {
		b, _, _ = strings.Cut(b, "_") // longer phrases count by their first two words
		ha, _, _ := wordHash(a)
		hb, _, _ := wordHash(b)
		if ha == 0 || hb == 0 {
			return 0, false
		}
		return mix(seedBigram, ha, hb), true
	}
	if stem, found := strings.CutSuffix(entry, "*"); found {
		_, prefix, n := wordHash(stem)
		return prefix, n >= prefixRunes
	}
	r, _ := utf8.DecodeRuneInString(entry)
	h, _, n := wordHash(entry)
	switch sc := scriptOf(r); {
	case sc != scriptHangul && sc != scriptHan && sc != scriptKana:
	case n == 2 || n == 3:
		var run [3]uint32
		i := 0
		for _, r := range entry {
			run[i] = uint32(r)
			i++
		}
		pair := mix(seedPair, run[0], run[1])
		if n == 2 {
			return pair, true
		}
		return mix(seedTriple, pair, run[2]), true
	case n > 3 && sc != scriptHangul:
		return 0, false
	}
	return h, n > 0
}

// wordHash returns the hash of a word as the scanner computes it, the hash of its beginning if it is
// prefixRunes long, and its length in runes.
func wordHash(word string) (h, prefix uint32, n int) {
	h = seedWord
	for _, r := range word {
		if r == '\'' || r == '’' {
			continue
		}
		if r < utf8.RuneSelf && byteClass[r] == byteUpper {
			r |= 0x20
		} else {
			r = fold(r)
		}
		h = (h ^ uint32(r)) * hashPrime
		n++
		if n == prefixRunes {
			prefix = h ^ seedPrefix
		}
	}
	if n == 0 {
		return 0, 0, 0
	}
	return h, prefix, n
}
