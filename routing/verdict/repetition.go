package verdict

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"

	"sluice/routing/lexicon"
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

// A short unit that is repeated without any change is a loop much sooner than the pieces above
// show. How soon depends on what is repeated: figures, hexadecimal and base64 data, rules and
// drawings have long runs of their own.
const (
	maxUnit     = 256  // bytes of a unit
	maxRun      = 2048 // bytes that are looked at
	runOfSame   = 96   // times that one character is a loop: "!!!!", "ㅋㅋㅋㅋ"
	runOfWords  = 20   // times that words are a loop, if they have runBytes together
	runOfLines  = 12   // times that a line is a loop, if they have linesBytes together
	runOfData   = 1024 // bytes of figures and drawings that are a loop
	runBytes    = 100
	linesBytes  = 240
	beginsAsRun = 2 // times that a unit makes up the beginning of a text that may become a loop
)

// A run is the end of a text that consists of one unit, repeated.
type run struct {
	unit  string
	bytes int
}

// endRun returns the run at the end of the text with the shortest unit that makes it a loop, or
// the longest run if none is.
func endRun(text string) (longest run, loop bool) {
	for p := 1; p <= min(maxUnit, len(text)/2); p++ {
		i, end := len(text)-1-p, max(0, len(text)-maxRun)
		for i >= end && text[i] == text[i+p] {
			i--
		}
		r := run{text[len(text)-p:], len(text) - 1 - i}
		if r.bytes < 2*p {
			continue
		}
		if r.loops() {
			return r, true
		}
		if r.bytes > longest.bytes {
			longest = r
		}
	}
	return longest, false
}

// loops reports whether the run is so long that it is a loop.
func (r run) loops() bool {
	if r.bytes < runOfSame {
		return false
	}
	times := r.bytes / len(r.unit)
	words, data, lines := kindOfUnit(r.unit)
	switch {
	case data:
		return r.bytes >= runOfData
	case lines:
		return times >= runOfLines && r.bytes >= linesBytes
	case !words && utf8.RuneCountInString(r.unit) > 1:
		return r.bytes >= runOfData
	case utf8.RuneCountInString(r.unit) == 1:
		return times >= runOfSame
	}
	return times >= runOfWords && r.bytes >= runBytes
}

// kindOfUnit reports whether a unit contains words, is only what figures, data, rules and drawings
// consist of, or is a line with words.
func kindOfUnit(unit string) (words, data, lines bool) {
	data = true
	for _, c := range unit {
		switch {
		case unicode.IsLetter(c) && (c < 'A' || c > 'F') && (c < 'a' || c > 'f'):
			words, data = true, false
		case c == '\n':
			lines = true
		case unicode.IsLetter(c), unicode.IsDigit(c), unicode.IsSpace(c), strings.ContainsRune("-=*_#~.+|/\\<>:,;()[]{}'\"^", c),
			c >= 0x2010 && c <= 0x2026, c >= 0x2500 && c <= 0x25ff, c == utf8.RuneError:
		default:
			data = false
		}
	}
	return words, data, lines && words
}

// runs reports whether the text ends in a loop of one unit, or, if it is only the beginning of an
// answer, may become one: so far it is nothing but one unit.
func runs(text string, whole bool) Finding {
	r, loop := endRun(text)
	switch {
	case loop && !inFence(text):
		return Refuses
	case !whole && r.bytes == len(text) && len(text) >= beginsAsRun*len(r.unit) && r.bytes < runOfData:
		return Open
	}
	return Complies
}

// inFence reports whether the end of the text is in a block of code.
func inFence(text string) bool { return strings.Count(text, fence)%2 == 1 }

// asksRepetition reports whether a part of a prompt asks for something many times: "write it 50
// times", "100번 써 줘", "'ab' * 40".
func asksRepetition(part string) bool {
	for i := 0; i < len(part); i++ {
		if part[i] < '0' || part[i] > '9' {
			continue
		}
		start := i
		for i < len(part) && part[i] >= '0' && part[i] <= '9' {
			i++
		}
		if i-start < 2 {
			continue // up to nine times is no loop
		}
		if strings.HasSuffix(strings.TrimRight(part[:start], " "), "*") {
			return true
		}
		rest := strings.TrimLeft(part[i:], " ")
		for _, unit := range timesWords {
			if lexicon.HasPrefixFold(rest, unit) {
				return true
			}
		}
	}
	return false
}

// timesWords follow a number that says how often something shall be written.
var timesWords = []string{"times", "x ", "copies", "dashes", "stars", "asterisks", "repetitions", "번", "회", "次", "遍", "回", "veces", "fois", "mal ", "vezes", "volte", "раз"}

// repetitionWords ask for something that repeats itself.
var repetitionWords = []string{
	"repeat the", "repeat this", "repeat that", "repeat it", "repeat after", "repeat your", "repeat \"", "repeat '", "repeat `", "repeatedly", "repeating", "over and over", "ten times", "twenty times", "thirty times", "fifty times", "hundred", "thousand times", "forever", "infinite loop", "scream",
	"ascii", "base64", "hex dump", "hexdump", "zeros", "zeroes", "matrix", "divider", "separator", "lyrics",
	"반복", "되풀이", "백 번", "백번", "천 번", "무한", "가사", "후렴", "구분선", "重复", "重複", "繰り返", "一百遍", "repit", "répèt", "répét", "wiederhol", "повтор", "ripeti",
}
