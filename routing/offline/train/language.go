package train

import (
	"math/rand/v2"
	"sort"
	"strings"

	"sluice/routing/classify"
)

// trainLanguage learns to tell the languages of a script apart, one script at a time, from sentences and from a few words
// of them: the shorter a text, the more depends on single n-grams.
func trainLanguage(d *data, o Options, f *classify.Features, p *classify.Parameters) int {
	rng := rand.New(rand.NewPCG(1, 2))
	byFirst, ends := make(map[int][]example), make(map[int]int)
	n := 0
	add := func(text, lang string, weight float64) {
		lane, ok := classify.GramLane(lang)
		if !ok {
			return
		}
		f.Prompt(text)
		rows, first, end := f.LanguageRows(text)
		if len(rows) == 0 || lane < first || lane >= end {
			return // the text is mostly in another script
		}
		ends[first] = end
		byFirst[first] = append(byFirst[first], example{rows: append([]uint32(nil), rows...), class: lane - first, weight: weight})
		n++
	}
	for i := range d.languages {
		r := &d.languages[i]
		add(r.Text, r.Lang, 1)
		words := strings.Fields(r.Text)
		for _, size := range []int{1, 1, 2, 2, 4, 8} {
			if len(words) > size {
				at := rng.IntN(len(words) - size)
				add(strings.Join(words[at:at+size], " "), r.Lang, 0.5)
			}
		}
	}
	var firsts []int
	for first := range byFirst {
		firsts = append(firsts, first)
	}
	sort.Ints(firsts)
	lanes := classify.NumGramLanes
	table := make([]float64, classify.NumGramRows*lanes)
	for _, first := range firsts {
		l := problem{
			lanes: ends[first] - first, numRows: classify.NumGramRows, minCount: o.Language.MinCount, skip: func(int) bool { return true },
			penalty: penalty{sparse: o.Language.SparsePenalty}, maxIter: o.Language.MaxIter,
		}.fit(byFirst[first])
		for row := range classify.NumGramRows {
			copy(table[row*lanes+first:][:l.lanes], l.table[row*l.lanes:][:l.lanes])
		}
		for c := range l.lanes {
			p.GramBias[first+c] = float32(l.bias[c])
		}
	}
	p.GramScale[0] = quantize(table, 1, 0, p.Grams, 1, 0)
	return n
}
