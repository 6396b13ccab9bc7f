package classify

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"hash/fnv"
	"math"
)

// The weights file, all numbers little-endian:
//
//	magic     8 bytes  "SLUICECL"
//	version   uint32   formatVersion
//	features  uint32   fingerprint of the features the weights were trained for
//	sections  in the fixed order of the Parameters fields: uint32 length in bytes, then the data
//	checksum  uint32   CRC-32 (IEEE) of all before it
//
// Tables are int8, the rest float32.
const (
	magic         = "SLUICECL"
	formatVersion = 1
	headerBytes   = len(magic) + 8

	// MaxBytes bounds a weights file.
	MaxBytes = 2 << 20
)

// Lanes of the sparse table: one column of weights for each output of the heads that share it.
const (
	laneTopic   = 0 // NumTopics lanes
	laneGain    = int(NumTopics)
	laneRefusal = laneGain + 1
	NumLanes    = 8
)

// NumQuantiles is the length of the table of gain quantiles: 0 %, 1 %, ... 100 %.
const NumQuantiles = 101

// Parameters are the weights before they are packed. Row-major: Table[row*NumLanes+lane],
// Dense[lane*NumDense+feature], Grams[row*NumGramLanes+lane]. A table's weight is its entry times its lane's scale.
type Parameters struct {
	Table      []int8
	TableScale [NumLanes]float32
	Dense      []float32
	Bias       [NumLanes]float32
	Grams      []int8
	GramScale  float32
	GramBias   [NumGramLanes]float32
	// GainQuantiles are the gains of training prompts at 0 %, 1 %, ... 100 %, ascending.
	GainQuantiles [NumQuantiles]float32
}

// NewParameters returns parameters of the right sizes, all zero.
func NewParameters() *Parameters {
	return &Parameters{
		Table: make([]int8, tableRows*NumLanes),
		Dense: make([]float32, NumLanes*numDense),
		Grams: make([]int8, gramRows*NumGramLanes),
	}
}

// fingerprint changes with everything that would make weights trained before the change meaningless: sizes,
// bounds and keyword lists. Changes of the scanner's code must raise formatVersion.
func fingerprint() uint32 {
	h := fnv.New32a()
	fmt.Fprintln(h, tableRows, numDense, gramRows, NumGramLanes, headBytes, tailBytes, headTokens, tailTokens,
		zoneTokens, prefixRunes, maxFeatures, responseHead, responseTail, maxLetters, gramLanguages)
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
	table := func(t []int8) {
		b = le.AppendUint32(b, uint32(len(t)))
		for _, w := range t {
			b = append(b, byte(w))
		}
	}
	floats := func(t []float32) {
		b = le.AppendUint32(b, uint32(4*len(t)))
		for _, w := range t {
			b = le.AppendUint32(b, math.Float32bits(w))
		}
	}
	table(p.Table)
	floats(p.TableScale[:])
	floats(p.Dense)
	floats(p.Bias[:])
	table(p.Grams)
	floats([]float32{p.GramScale})
	floats(p.GramBias[:])
	floats(p.GainQuantiles[:])
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
	section := func(name string, want int) ([]byte, error) {
		if len(rest) < 4 || int64(le.Uint32(rest)) != int64(want) || len(rest)-4 < want {
			return nil, fmt.Errorf("classify weights: section %s is not %d bytes long", name, want)
		}
		data := rest[4 : 4+want]
		rest = rest[4+want:]
		return data, nil
	}
	p := NewParameters()
	table := func(name string, t []int8) error {
		data, err := section(name, len(t))
		for i := range data {
			t[i] = int8(data[i])
		}
		return err
	}
	floats := func(name string, t []float32) error {
		data, err := section(name, 4*len(t))
		if err != nil {
			return err
		}
		for i := range t {
			t[i] = math.Float32frombits(le.Uint32(data[4*i:]))
			if t[i] != t[i] || math.IsInf(float64(t[i]), 0) {
				return fmt.Errorf("classify weights: section %s: entry %d is %v", name, i, t[i])
			}
		}
		return nil
	}
	gramScale := make([]float32, 1)
	for _, err := range []error{
		table("table", p.Table),
		floats("table scale", p.TableScale[:]),
		floats("dense", p.Dense),
		floats("bias", p.Bias[:]),
		table("grams", p.Grams),
		floats("gram scale", gramScale),
		floats("gram bias", p.GramBias[:]),
		floats("gain quantiles", p.GainQuantiles[:]),
	} {
		if err != nil {
			return nil, err
		}
	}
	if len(rest) != 0 {
		return nil, fmt.Errorf("classify weights: %d bytes after the last section", len(rest))
	}
	p.GramScale = gramScale[0]
	return p, nil
}
