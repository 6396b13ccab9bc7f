package classify

import (
	_ "embed"
	"encoding/binary"
	"math"
	"sync"
)

//go:embed weights.bin
var embedded []byte

// Model holds the heads. It is immutable and safe for concurrent use.
type Model struct {
	rows       []uint64 // a row of the sparse table: NumLanes weights, each plus 128
	tableScale [NumLanes]float32
	dense      [numDense][NumLanes]float32
	bias       [NumLanes]float32

	grams     [][gramLanes / 8]uint64
	gramScale float32
	gramBias  [gramLanes]float32

	quantiles [NumQuantiles]float32
}

// Default returns the model of the embedded weights, unpacked on the first call. An error means a build whose weights
// and code do not belong together.
var Default = sync.OnceValues(func() (*Model, error) { return Load(embedded) })

// Load unpacks a weights file as train.Run writes it.
func Load(weights []byte) (*Model, error) {
	p, err := Decode(weights)
	if err != nil {
		return nil, err
	}
	return NewModel(p), nil
}

// NewModel makes a model of parameters of the sizes of NewParameters.
func NewModel(p *Parameters) *Model {
	m := &Model{
		rows:       make([]uint64, tableRows),
		tableScale: p.TableScale,
		bias:       p.Bias,
		grams:      make([][gramLanes / 8]uint64, gramRows),
		gramScale:  p.GramScale,
		gramBias:   p.GramBias,
		quantiles:  p.GainQuantiles,
	}
	pack := func(lanes []int8) uint64 {
		var b [8]byte
		for i, w := range lanes {
			b[i] = byte(w) ^ 0x80
		}
		return binary.LittleEndian.Uint64(b[:])
	}
	for i := range m.rows {
		m.rows[i] = pack(p.Table[i*NumLanes:][:NumLanes])
	}
	for i := range m.grams {
		for j := range m.grams[i] {
			m.grams[i][j] = pack(p.Grams[i*gramLanes+8*j:][:8])
		}
	}
	for lane := range NumLanes {
		for i := range numDense {
			m.dense[i][lane] = p.Dense[lane*numDense+i]
		}
	}
	return m
}

// Prompt is what the heads say of a prompt.
type Prompt struct {
	Topics   Topics
	Gain     float32 // expected gain of a stronger model over a weak one, 0..1; only its order means something
	Language Language

	Complexity float32 // share of ordinary prompts that need less, 0..1
	Need       Need
}

// Prompt reads a prompt once and asks all heads that judge prompts.
func (m *Model) Prompt(text string) Prompt {
	f := featuresPool.Get().(*Features)
	defer featuresPool.Put(f)
	f.Prompt(text)
	logits := m.logits(f)
	gain := sigmoid(logits[laneGain])
	complexity := m.complexity(gain)
	return Prompt{
		Topics:     softmax(logits[laneTopic:][:NumTopics]),
		Gain:       gain,
		Language:   m.language(f, text),
		Complexity: complexity,
		Need:       m.NeedAt(complexity),
	}
}

// Topic returns the probability of each topic for a prompt.
func (m *Model) Topic(text string) Topics { return m.Prompt(text).Topics }

// Gain returns the expected gain of a stronger model over a weak one for a prompt, 0..1.
func (m *Model) Gain(text string) float32 { return m.Prompt(text).Gain }

// Language returns the language of a text.
func (m *Model) Language(text string) Language {
	f := featuresPool.Get().(*Features)
	defer featuresPool.Put(f)
	f.Prompt(text)
	return m.language(f, text)
}

// RefusalThreshold is the probability from which an answer counts as a refusal. The trainer shifts the head so that
// precision comes first here.
const RefusalThreshold = 0.5

// Refusal returns the probability that an answer, or the beginning of one, refuses what was asked.
func (m *Model) Refusal(response string) float32 {
	f := featuresPool.Get().(*Features)
	defer featuresPool.Put(f)
	f.Response(response)
	if f.scan.tokens == 0 {
		return 0
	}
	return sigmoid(m.logits(f)[laneRefusal])
}

// GainQuantile returns the gain below which the share q (0..1) of the prompts of the training data lie.
func (m *Model) GainQuantile(q float64) float32 {
	x := min(max(q, 0), 1) * (NumQuantiles - 1)
	i := min(int(x), NumQuantiles-2)
	part := float32(x - float64(i))
	return m.quantiles[i]*(1-part) + m.quantiles[i+1]*part
}

const evenBytes = 0x00FF00FF00FF00FF

// logits adds up all lanes at once. Sparse features count as one over the root of their number.
//
// A row's eight weights are bytes from 0 to 255; their sums are kept in the 16-bit halves of two words and emptied
// before they can overflow, at 256 rows.
func (m *Model) logits(f *Features) (out [NumLanes]float32) {
	var sums [NumLanes]int
	rows := f.scan.features
	for start := 0; start < len(rows); start += 256 {
		var even, odd uint64
		chunk := rows[start:min(start+256, len(rows))]
		for _, row := range chunk {
			w := m.rows[row&(tableRows-1)]
			even += w & evenBytes
			odd += w >> 8 & evenBytes
		}
		for i := 0; i < NumLanes; i += 2 {
			sums[i] += int(even>>(8*i)&0xFFFF) - 128*len(chunk)
			sums[i+1] += int(odd>>(8*i)&0xFFFF) - 128*len(chunk)
		}
	}
	norm := float32(1 / math.Sqrt(float64(max(len(rows), 1))))
	for lane := range out {
		out[lane] = m.bias[lane] + float32(sums[lane])*m.tableScale[lane]*norm
	}
	for i, x := range f.vec {
		if x == 0 {
			continue
		}
		w := &m.dense[i]
		for lane := range out {
			out[lane] += x * w[lane]
		}
	}
	return out
}

// language asks the script first, and the n-grams where several languages share it.
func (m *Model) language(f *Features, text string) Language {
	sc, share := f.scan.dominant()
	if !sc.gramLanguage() {
		code := scriptLanguage[sc]
		if code == "" {
			return Language{Code: Unknown}
		}
		return Language{Code: code, Confidence: share}
	}
	first, end := scriptLanes(sc)
	more := f.collectGrams(text, sc, fewLetters)
	best, p := m.gramLanguage(f.grams, first, end)
	if more && p < sureEnough {
		f.collectGrams(text, sc, maxLetters)
		best, p = m.gramLanguage(f.grams, first, end)
	}
	return Language{Code: gramLanguages[best].code, Confidence: share * p}
}

// gramLanguage returns the most probable of the languages from first to before end, and its probability.
func (m *Model) gramLanguage(rows []uint32, first, end int) (best int, p float32) {
	var sums [gramLanes]int
	for start := 0; start < len(rows); start += 256 {
		var even, odd [gramLanes / 8]uint64
		chunk := rows[start:min(start+256, len(rows))]
		for _, row := range chunk {
			w := &m.grams[row&(gramRows-1)]
			for j := range w {
				even[j] += w[j] & evenBytes
				odd[j] += w[j] >> 8 & evenBytes
			}
		}
		for j := range even {
			for i := 0; i < 8; i += 2 {
				sums[8*j+i] += int(even[j]>>(8*i)&0xFFFF) - 128*len(chunk)
				sums[8*j+i+1] += int(odd[j]>>(8*i)&0xFFFF) - 128*len(chunk)
			}
		}
	}
	norm := m.gramScale / float32(math.Sqrt(float64(max(len(rows), 1))))
	var logits [gramLanes]float32
	best = first
	for i := first; i < end; i++ {
		logits[i] = m.gramBias[i] + float32(sums[i])*norm
		if logits[i] > logits[best] {
			best = i
		}
	}
	var sum float64
	for i := first; i < end; i++ {
		sum += math.Exp(float64(logits[i] - logits[best]))
	}
	return best, float32(1 / sum)
}

func sigmoid(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }

func softmax(logits []float32) (p Topics) {
	top := logits[0]
	for _, x := range logits {
		top = max(top, x)
	}
	var sum float32
	for i, x := range logits {
		p[i] = float32(math.Exp(float64(x - top)))
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}
