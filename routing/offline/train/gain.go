package train

import "sluice/routing/classify"

// trainGain learns how likely the weak models are to fail, and weighs failures more that the strong ones avoid. Two things
// make it generalize to other tasks: penalties so strong that each feature counts about as much as it correlates with
// failure by itself, and a part that is set, not learned: longer questions are harder on most public sets, whichever
// models answered.
func trainGain(d *data, o Options, f *classify.Features, p *classify.Parameters) int {
	var examples []example
	for i := range d.tiers {
		r := &d.tiers[i]
		if r.Weak == nil || r.Strong == nil {
			continue
		}
		e := promptExample(f, r.Text)
		e.rows = nil // words do not transfer to other tasks: any weight that matters makes it worse
		e.target = (1 - *r.Weak) * (1 + o.GainShare**r.Strong) / (1 + o.GainShare)
		examples = append(examples, e)
	}
	if len(examples) == 0 {
		return 0
	}
	l := problem{
		lanes: 1, numRows: 0, skip: classify.LayoutFeature,
		penalty: penalty{o.Gain.SparsePenalty, o.Gain.DensePenalty}, maxIter: o.Gain.MaxIter,
	}.fit(examples)
	_, spread := deviation(len(examples), func(i int) float64 { return l.logit(&examples[i]) })
	mean, dev := deviation(len(examples), func(i int) float64 { return float64(examples[i].dense[classify.FirstLineFeature]) })
	if dev > 0 {
		w := o.LengthShare * spread / dev
		l.dense[classify.FirstLineFeature] += w
		l.bias[0] -= w * mean
	}
	// Spread the scores over 0..1.
	if spread > 0 {
		for _, weights := range [][]float64{l.dense, l.bias} {
			for i := range weights {
				weights[i] /= spread
			}
		}
	}
	place(&p.Gain, l)
	return len(examples)
}
