package classify

import (
	"sync"
	"unicode/utf8"
)

// Features is what the heads read of one text: its sparse features as rows of a table, and its vector of
// hand-made ones. It may be used again for another text, by one goroutine at a time.
type Features struct {
	scan  scan
	vec   [numDense]float32
	grams []uint32
}

// NewFeatures returns an empty Features.
func NewFeatures() *Features {
	return &Features{scan: scan{features: make([]uint32, 0, maxFeatures)}, grams: make([]uint32, 0, maxGrams)}
}

// Prompt reads a prompt: its first 1,792 and last 768 bytes.
func (f *Features) Prompt(text string) {
	f.scan.run(text, headBytes, tailBytes)
	f.scan.dense(&f.vec)
}

// Response reads an answer, or the beginning of one: its first responseHead and last responseTail
// characters, where refusals stand.
func (f *Features) Response(text string) {
	head := runeOffset(text, responseHead)
	f.scan.run(text, head, runeOffsetBack(text[head:], responseTail))
	f.scan.dense(&f.vec)
}

// Rows are the distinct sparse features, each below NumRows. They are valid until the next text.
func (f *Features) Rows() []uint32 { return f.scan.features }

// Dense is the vector of hand-made features, NumDense long. It is valid until the next text.
func (f *Features) Dense() []float32 { return f.vec[:] }

// Sizes of the feature space, for the trainer.
const (
	NumRows  = tableRows
	NumDense = numDense
)

var featuresPool = sync.Pool{New: func() any { return NewFeatures() }}

// runeOffset returns the offset after the first n characters of text, and after at most 4n bytes: there may be no characters.
func runeOffset(text string, n int) int {
	end := min(len(text), n*utf8.UTFMax)
	for i := range end {
		if !utf8.RuneStart(text[i]) {
			continue
		}
		if n == 0 {
			return i
		}
		n--
	}
	return end
}

// runeOffsetBack returns how many bytes the last n characters of text take, at most 4n.
func runeOffsetBack(text string, n int) int {
	start := max(len(text)-n*utf8.UTFMax, 0)
	i := len(text)
	for i > start && n > 0 {
		i--
		if utf8.RuneStart(text[i]) {
			n--
		}
	}
	return len(text) - i
}
