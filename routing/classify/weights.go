package classify

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"hash/fnv"
	"math"
	"slices"
)

// The weights file, all numbers little-endian:
//
//	magic     8 bytes  "SLUICECL"
//	version   uint32   formatVersion
//	features  uint32   fingerprint of the features the weights were trained for
//	sections  the tables of Parameters.bytes, then of numbers: uint32 length in bytes, then the data
//	checksum  uint32   CRC-32 (IEEE) of all before it
//
// Tables are int8, the rest float32.
const (
	magic         = "SLUICECL"
	formatVersion = 2
	headerBytes   = len(magic) + 8

	// MaxBytes bounds a weights file.
	MaxBytes = 2 << 20
)

// NumQuantiles is the length of the tables of quantiles: 0 %, 1 %, ... 100 %.
const NumQuantiles = 101

// Parameters are the weights before they are packed. Grams are row-major: Grams[row*NumGramLanes+lane].
type Parameters struct {
	Network   Network
	Curve     Curve
	Gain      Head // without a table
	Refusal   Head
	Grams     []int8
	GramScale [1]float32
	GramBias  [NumGramLanes]float32
}

// NewParameters returns parameters of the right sizes, all zero.
func NewParameters() *Parameters {
	return &Parameters{
		Network: newNetwork(),
		Refusal: Head{Table: make([]int8, tableRows)},
		Grams:   make([]int8, gramRows*NumGramLanes),
	}
}

// bytes and numbers list the tables in the order of the weights file: first those of bytes.
func (p *Parameters) bytes() [][]int8 {
	return [][]int8{p.Network.Vectors, p.Refusal.Table, p.Grams}
}

func (p *Parameters) numbers() [][]float32 {
	out := slices.Concat(p.Network.floats(), p.Curve.floats())
	for _, h := range []*Head{&p.Gain, &p.Refusal} {
		out = append(out, h.Scale[:], h.Dense[:], h.Bias[:])
	}
	return append(out, p.GramScale[:], p.GramBias[:])
}

// fingerprint changes with everything that would make weights trained before the change meaningless: sizes,
// bounds and keyword lists. Changes of the scanner's code must raise formatVersion.
func fingerprint() uint32 {
	h := fnv.New32a()
	fmt.Fprintln(h, tableRows, numDense, gramRows, NumGramLanes, headBytes, tailBytes, headTokens, tailTokens,
		zoneTokens, prefixRunes, maxFeatures, responseHead, responseTail, maxLetters, gramLanguages,
		vectorLanes, networkUnits, networkOutputs)
	for _, list := range keywordLists {
		fmt.Fprintln(h, list)
	}
	return h.Sum32()
}

// Encode packs parameters into a weights file.
func (p *Parameters) Encode() []byte {
	le := binary.LittleEndian
	b := le.AppendUint32([]byte(magic), formatVersion)
	b = le.AppendUint32(b, fingerprint())
	for _, t := range p.bytes() {
		b = le.AppendUint32(b, uint32(len(t)))
		for _, w := range t {
			b = append(b, byte(w))
		}
	}
	for _, t := range p.numbers() {
		b = le.AppendUint32(b, uint32(4*len(t)))
		for _, w := range t {
			b = le.AppendUint32(b, math.Float32bits(w))
		}
	}
	return le.AppendUint32(b, crc32.ChecksumIEEE(b))
}

// Decode unpacks a weights file. Any damage is an error that says what was expected.
func Decode(b []byte) (*Parameters, error) {
	le := binary.LittleEndian
	if len(b) < headerBytes+4 || string(b[:len(magic)]) != magic {
		return nil, fmt.Errorf("classify weights: %d bytes that do not begin with %q", len(b), magic)
	}
	if len(b) > MaxBytes {
		return nil, fmt.Errorf("classify weights: %d bytes, at most %d expected", len(b), MaxBytes)
	}
	body, sum := b[:len(b)-4], le.Uint32(b[len(b)-4:])
	if got := crc32.ChecksumIEEE(body); got != sum {
		return nil, fmt.Errorf("classify weights: checksum %08x, file says %08x", got, sum)
	}
	if v := le.Uint32(b[len(magic):]); v != formatVersion {
		return nil, fmt.Errorf("classify weights: version %d, this build reads %d", v, formatVersion)
	}
	if f, want := le.Uint32(b[len(magic)+4:]), fingerprint(); f != want {
		return nil, fmt.Errorf("classify weights: trained for features %08x, this build has %08x; train them again", f, want)
	}
	rest := body[headerBytes:]
	sections := 0
	section := func(want int) ([]byte, error) {
		sections++
		if len(rest) < 4 || int64(le.Uint32(rest)) != int64(want) || len(rest)-4 < want {
			return nil, fmt.Errorf("classify weights: section %d is not %d bytes long", sections, want)
		}
		data := rest[4 : 4+want]
		rest = rest[4+want:]
		return data, nil
	}
	p := NewParameters()
	for _, t := range p.bytes() {
		data, err := section(len(t))
		if err != nil {
			return nil, err
		}
		for i := range data {
			t[i] = int8(data[i])
		}
	}
	for _, t := range p.numbers() {
		data, err := section(4 * len(t))
		if err != nil {
			return nil, err
		}
		for i := range t {
			t[i] = math.Float32frombits(le.Uint32(data[4*i:]))
			if t[i] != t[i] || math.IsInf(float64(t[i]), 0) {
				return nil, fmt.Errorf("classify weights: section %d: entry %d is %v", sections, i, t[i])
			}
		}
	}
	if len(rest) != 0 {
		return nil, fmt.Errorf("classify weights: %d bytes after the last section", len(rest))
	}
	return p, nil
}
