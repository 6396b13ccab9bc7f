package train

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"

	"sluice/routing/classify"
)

// needFolds is the number of parts of the ordinary prompts. Each is scored by a network that was not trained on it, to
// calibrate the scores: those of prompts that were trained on are overconfident.
const needFolds = 3

// trainNetwork learns the need of prompts and their topics.
func trainNetwork(d *data, o Options, f *classify.Features, p *classify.Parameters) int {
	examples, ordinary := networkExamples(d, o, f)
	scale := standardize(examples)
	var scores []float64
	var rows []*needRow
	for fold := range needFolds {
		var known []networkExample
		for i := range examples {
			if i >= ordinary || i%needFolds != fold {
				known = append(known, examples[i])
			}
		}
		n := o.Network.fit(known, d.vectors)
		for i := fold; i < ordinary; i += needFolds {
			f.Prompt(d.needs[i].Text)
			scores = append(scores, n.score(&examples[i], &o.Network, f, &p.Gain))
			rows = append(rows, &d.needs[i])
		}
	}
	fitCurve(scores, rows, &p.Curve)
	n := o.Network.fit(examples, d.vectors)
	n.place(&p.Network, scale)
	return len(examples)
}

// networkExamples lists the prompts to learn from: the ordinary ones first, whose number it returns, then those
// written for training, those of the other files that were labelled, and those whose topic alone is known.
func networkExamples(d *data, o Options, f *classify.Features) (examples []networkExample, ordinary int) {
	add := func(text string, weight float64) *networkExample {
		f.Prompt(text)
		e := networkExample{weight: weight, rows: slices.Clone(f.Rows()), dense: make([]float64, classify.NumDense)}
		for i, x := range f.Dense() {
			e.dense[i] = float64(x)
		}
		examples = append(examples, e)
		return &examples[len(examples)-1]
	}
	for i := range d.needs {
		d.needs[i].teach(add(d.needs[i].Text, 1))
	}
	ordinary = len(examples)
	for i := range d.prompts {
		d.prompts[i].teach(add(d.prompts[i].Text, o.PromptWeight))
	}
	seen := make(map[string]bool)
	label := func(text string) {
		key := textKey(text)
		if row, ok := d.labels[key]; ok && !seen[key] {
			seen[key] = true
			row.teach(add(text, o.PromptWeight))
		}
	}
	for i := range d.domains {
		label(d.domains[i].Text)
	}
	for i := range d.tiers {
		label(d.tiers[i].Text)
	}
	for i := range d.domains {
		r := &d.domains[i]
		topic, ok := topicOf(r)
		if !ok || !r.Strict || seen[textKey(r.Text)] || o.TopicRowWeight == 0 {
			continue
		}
		add(r.Text, o.TopicRowWeight).topic[topic] = 1
	}
	if o.TopicRowWeight > 0 {
		for _, p := range patternPrompts(d, o.Patterns) {
			add(p.text, o.TopicRowWeight).topic[p.topic] = 1
		}
	}
	return examples, ordinary
}

// teach sets the targets of a labelled prompt. A tier that the label calls reasonable counts a little: the reader would
// have accepted it as well.
func (r *needRow) teach(e *networkExample) {
	e.needs = true
	const own = 3 // weight of need beside that of each tier of ok
	for k := range e.need {
		at := float64(k + 2) // the weakest tier is 1
		var sum float64
		if r.Need >= at {
			sum = own
		}
		for _, tier := range r.OK {
			if float64(tier) >= at {
				sum++
			}
		}
		e.need[k] = sum / (own + float64(len(r.OK)))
	}
	first := 1.0
	if len(r.Topic) > 1 {
		first = 0.7
	}
	for i, name := range r.Topic {
		topic, _ := classify.ParseTopic(name)
		if i == 0 {
			e.topic[topic] += first
		} else {
			e.topic[topic] += (1 - first) / float64(len(r.Topic)-1)
		}
	}
}

// scaling are the means and deviations of the dense features.
type scaling struct{ mean, inverse []float64 }

// standardize gives the dense features of the examples mean 0 and variance 1.
func standardize(examples []networkExample) scaling {
	s := scaling{make([]float64, classify.NumDense), make([]float64, classify.NumDense)}
	for j := range s.mean {
		mean, dev := deviation(len(examples), func(i int) float64 { return examples[i].dense[j] })
		s.mean[j], s.inverse[j] = mean, 1/math.Max(dev, 0.05)
	}
	for i := range examples {
		for j := range examples[i].dense {
			examples[i].dense[j] = (examples[i].dense[j] - s.mean[j]) * s.inverse[j]
		}
	}
	return s
}

// score is the score that package classify computes from the outputs for the example, whose text f has read.
func (n *net) score(e *networkExample, o *NetworkOptions, f *classify.Features, gain *classify.Head) float64 {
	var factor [inputs]float64
	n.forward(e, o, nil, nil, &factor)
	var z [outputs]float32
	floats(z[:], n.z[:])
	return float64(classify.Score(&z, f, gain))
}

// place puts the network into the parameters, for dense features that are not standardized.
func (n *net) place(p *classify.Network, s scaling) {
	for lane := range lanes {
		p.VectorScale[lane] = quantize(n.vectors.w, lanes, lane, p.Vectors, lanes, lane)
	}
	bias := append([]float64(nil), n.denseBias.w...)
	for i := range classify.NumDense {
		for j := range columns {
			w := n.dense.w[i*columns+j] * s.inverse[i]
			p.Dense[i*columns+j] = float32(w)
			bias[j] -= w * s.mean[i]
		}
	}
	floats(p.DenseBias[:], bias)
	floats(p.Hidden, n.hidden.w)
	floats(p.HiddenBias[:], n.hiddenBias.w)
	floats(p.Out, n.out.w)
}

func floats(dst []float32, src []float64) {
	for i, x := range src {
		dst[i] = float32(x)
	}
}

// fitCurve calibrates scores, from those of ordinary prompts by networks that were not trained on them.
func fitCurve(scores []float64, rows []*needRow, c *classify.Curve) {
	for k := range needs {
		at := float64(k + 2)
		a, b := logistic(scores, func(i int) float64 {
			if rows[i].Need >= at {
				return 1
			}
			return 0
		})
		sorted := append([]float64(nil), scores...)
		sort.Float64s(sorted)
		for q := range classify.NumQuantiles {
			s := sorted[q*(len(sorted)-1)/(classify.NumQuantiles-1)]
			c.Score[q] = float32(s)
			c.Need[k][q] = float32(1 / (1 + math.Exp(-a*s-b)))
			if k > 0 {
				c.Need[k][q] = min(c.Need[k][q], c.Need[k-1][q])
			}
		}
	}
}

// logistic fits the probability of an event by a x + b, by Newton's method with a little shrinkage.
func logistic(x []float64, event func(i int) float64) (a, b float64) {
	const steps, shrink = 50, 1e-3
	for range steps {
		ga, gb, haa, hab, hbb := shrink*a, shrink*b, shrink, 0.0, shrink
		for i := range x {
			p := 1 / (1 + math.Exp(-a*x[i]-b))
			d, w := p-event(i), p*(1-p)
			ga, gb = ga+d*x[i], gb+d
			haa, hab, hbb = haa+w*x[i]*x[i], hab+w*x[i], hbb+w
		}
		det := haa*hbb - hab*hab
		if det <= 0 {
			break
		}
		a, b = a-(ga*hbb-gb*hab)/det, b-(gb*haa-ga*hab)/det
	}
	return a, b
}

// readVectors reads the table that the network's vectors start from: VectorLanes scales (float32, little-endian), then
// NumRows times VectorLanes bytes.
func readVectors(dir string) ([]float64, error) {
	path := filepath.Join(dir, "vectors.bin")
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read training data: %w", err)
	}
	const want = 4*lanes + classify.NumRows*lanes
	if len(b) != want {
		return nil, fmt.Errorf("%s: %d bytes, expected %d", path, len(b), want)
	}
	out := make([]float64, classify.NumRows*lanes)
	for i := range out {
		scale := math.Float32frombits(binary.LittleEndian.Uint32(b[4*(i%lanes):]))
		out[i] = float64(int8(b[4*lanes+i])) * float64(scale)
	}
	return out, nil
}
