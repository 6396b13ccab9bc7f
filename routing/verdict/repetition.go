package verdict

import (
	"encoding/binary"
	"math/bits"
)

// A model that has fallen into a loop says the same to the very end of its answer.
// So the pieces of that end, one from each byte on, are counted from the back: where
// fewer than one in repetitionShare is new, and the last one was there before, it is
// a loop. Near repetitions are found as well as exact ones. Measured on answers of
// many models, the pieces of prose, code, tables and lists are new for more than .3,
// those of loops for less than .15; a big matrix of zeros ends in a bracket.
const (
	repetitionPiece = 16 // bytes
	repetitionShare = 7
)

// repetitionWindows are the ends that are looked at, in pieces: short ones for words
// said again, long ones for paragraphs.
var repetitionWindows = [...]int{512, 2048, 8192}

// repeats reports whether text ends in an endless repetition.
func repeats(text string) bool {
	var seen [1 << 10]uint64 // a bit for each hash of a piece; collisions cost little
	var last uint64
	fresh, again := 0, false
	window := 0
	for n, end := 1, len(text); end >= repetitionPiece; n, end = n+1, end-1 {
		h := hashPiece(text[end-repetitionPiece : end])
		if n == 1 {
			last = h
		} else if h == last {
			again = true
		}
		word, bit := h>>54, uint64(1)<<(h>>48&63)
		if seen[word]&bit == 0 {
			seen[word] |= bit
			fresh++
		}
		if n == repetitionWindows[window] {
			if again && fresh*repetitionShare < n {
				return true
			}
			if window++; window == len(repetitionWindows) {
				return false
			}
		}
	}
	return false
}

// hashPiece mixes 16 bytes into 64 bits, folding the full products of two odd
// constants as wyhash does.
func hashPiece(s string) uint64 {
	b := []byte(s) // does not escape, so does not allocate
	hi, lo := bits.Mul64(binary.LittleEndian.Uint64(b)^0x9e3779b97f4a7c15, binary.LittleEndian.Uint64(b[8:])^0xd6e8feb86659fd93)
	return (hi ^ lo) * 0x9e3779b97f4a7c15
}
