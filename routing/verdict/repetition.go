package verdict

import (
	"encoding/binary"
	"math/bits"
)

// A model in a loop repeats itself to the very end of its answer. So the pieces at the end, one
// starting at each byte, are counted backwards: if fewer than one in repetitionShare is new,
// and the last one has occurred before, it is a loop. This also finds inexact repetitions. In
// the answers of many models, the share of new pieces is above .3 for prose, code, tables and
// lists, and below .15 for loops; a large matrix of zeros ends in a bracket.
const (
	repetitionPiece = 16 // bytes
	repetitionShare = 7
)

// repetitionWindows are the lengths of the ends that are judged, in pieces: short ones for
// repeated words, long ones for paragraphs.
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

// hashPiece hashes 16 bytes to 64 bits by multiplying and folding, as wyhash does.
func hashPiece(s string) uint64 {
	b := []byte(s) // does not escape, so does not allocate
	hi, lo := bits.Mul64(binary.LittleEndian.Uint64(b)^0x9e3779b97f4a7c15, binary.LittleEndian.Uint64(b[8:])^0xd6e8feb86659fd93)
	return (hi ^ lo) * 0x9e3779b97f4a7c15
}
