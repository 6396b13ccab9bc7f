package classify

import (
	_ "embed"
	"math"
	"sync"
)

//go:embed weights.bin
var embedded []byte

// Model holds the heads. It is immutable and safe for concurrent use.
type Model struct {
	network *network
	curve   Curve
	gain    Head // expected gain of a stronger model over a weak one
	refusal Head

	grams     table
	gramScale float32
	gramBias  [gramLanes]float32
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
	return &Model{
		network:   p.Network.pack(),
		curve:     p.Curve,
		gain:      p.Gain,
		refusal:   p.Refusal,
		grams:     newTable(p.Grams),
		gramScale: p.GramScale[0],
		gramBias:  p.GramBias,
	}
}

// Prompt is what the heads say of a prompt.
type Prompt struct {
	Topics     Topics
	Complexity float32 // share of ordinary prompts that need less, 0..1
	Need       Need
	Language   Language
}

// Prompt reads a prompt once and asks all heads that judge prompts.
func (m *Model) Prompt(text string) Prompt {
	f := featuresPool.Get().(*Features)
	defer featuresPool.Put(f)
	return m.prompt(f, text)
}

func (m *Model) prompt(f *Features, text string) Prompt {
	score, topics := m.read(f, text)
	complexity := m.curve.complexity(score)
	return Prompt{
		Topics:     topics,
		Complexity: complexity,
		Need:       m.curve.at(complexity),
		Language:   m.language(f, text),
	}
}

// Score returns how much a prompt needs. Only its order means something; Prompt tells what it amounts to.
func (m *Model) Score(text string) float32 {
	f := featuresPool.Get().(*Features)
	defer featuresPool.Put(f)
	score, _ := m.read(f, text)
	return score
}

// read runs the network on a prompt.
func (m *Model) read(f *Features, text string) (score float32, topics Topics) {
	f.Prompt(text)
	z := m.network.outputs(f)
	topics = softmax(z[numNeeds:])
	return needScore(&z, &topics, f, &m.gain), topics
}

// Topic returns the probability of each topic for a prompt.
func (m *Model) Topic(text string) Topics { return m.Prompt(text).Topics }

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
	return sigmoid(m.refusal.logit(f))
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
	sums := m.grams.sum(rows)
	norm := m.gramScale * inverseRoot(len(rows))
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
