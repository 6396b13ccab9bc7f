package train

import "sluice/routing/classify"

// trainRefusal learns refusals from whole answers, from their beginnings and from the answers of the patterns.
func trainRefusal(d *data, o Options, f *classify.Features, p *classify.Parameters) int {
	var examples []example
	add := func(text string, refusal bool, weight float64) {
		f.Response(text)
		e := example{rows: append([]uint32(nil), f.Rows()...), dense: append([]float32(nil), f.Dense()...), weight: weight}
		if refusal {
			e.target = 1
		}
		examples = append(examples, e)
	}
	for i := range d.refusals {
		r := &d.refusals[i]
		weight := 1.0
		if r.Lang == "en" {
			weight = o.EnglishWeight
		}
		add(r.Response, r.Refusal, weight)
		// The first events of a stream show the beginning only.
		if prefix := beginning(r.Response, 160); o.PrefixWeight > 0 && len(prefix) < len(r.Response) {
			add(prefix, r.Refusal, weight*o.PrefixWeight)
		}
	}
	if o.PatternAnswers > 0 {
		texts, refuses, _ := patternAnswers()
		for i, text := range texts {
			add(text, refuses[i], o.PatternAnswers)
		}
	}
	l := problem{
		lanes: 1, numRows: classify.NumRows, minCount: o.Refusal.MinCount,
		penalty: penalty{o.Refusal.SparsePenalty, o.Refusal.DensePenalty}, maxIter: o.Refusal.MaxIter,
	}.fit(examples)
	l.bias[0] -= o.RefusalShift
	place(&p.Refusal, l)
	return len(examples)
}

// beginning returns about the first n characters of a text.
func beginning(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}
