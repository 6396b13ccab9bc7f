package signal

import (
	"strings"
	"unicode/utf8"
)

// A byteSet is a set of byte values, one bit each.
type byteSet [4]uint64

// anyByte is the set of all.
var anyByte = byteSet{1<<64 - 1, 1<<64 - 1, 1<<64 - 1, 1<<64 - 1}

func setOf(bytes ...byte) byteSet {
	var s byteSet
	for _, b := range bytes {
		s[b>>6] |= 1 << (b & 63)
	}
	return s
}

func (s *byteSet) has(b byte) bool { return s[b>>6]>>(b&63)&1 != 0 }

// bytes yields the members in ascending order.
func (s byteSet) bytes(yield func(byte) bool) {
	for b := range 256 {
		if s.has(byte(b)) && !yield(byte(b)) {
			return
		}
	}
}

// rarity estimates how rarely prose contains a member: English by the frequency of its
// letters, Korean by the bytes of its syllables, of which the first has one of four values and
// the other two have 64 each.
func (s byteSet) rarity() int {
	const byFrequency = " etaoinsrhldcumfpgwybvkxjqz"
	const inSyllable, other = 10, 30
	least := other
	for b := range s.bytes {
		switch at := strings.IndexByte(byFrequency, b); {
		case at >= 0:
			least = min(least, at)
		case 0xea <= b && b <= 0xed: // first byte of a Hangul syllable
			least = 0
		case b >= utf8.RuneSelf && !utf8.RuneStart(b):
			least = min(least, inSyllable)
		}
	}
	return least
}
