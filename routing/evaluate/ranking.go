package evaluate

import (
	"cmp"
	"slices"
	"strconv"

	"sluice/routing/classify/measure"
)

// Ranked say how well scores order prompts by their need of a strong model.
type Ranked struct {
	N         int              `json:"n"`
	AUC       *float64         `json:"auc"` // of finding the prompts that the weak model fails at; null where it fails at all or none
	APGR      float64          `json:"apgr"`
	CPT50     float64          `json:"cpt50"`
	CPT80     float64          `json:"cpt80"`
	Intervals map[string]Range `json:"intervals,omitempty"` // 95 %, by figure
}

// outcomes are the answers of a weak and a strong model to each of some prompts.
type outcomes struct{ weak, strong []float64 }

func (o *outcomes) add(weak, strong float64) {
	o.weak, o.strong = append(o.weak, weak), append(o.strong, strong)
}

// failed reports the events that AUC is about: the weak model was more often wrong than right.
func (o *outcomes) failed() []bool {
	events := make([]bool, len(o.weak))
	for i, w := range o.weak {
		events[i] = w < 0.5
	}
	return events
}

// A ranking is prompts in the order of their scores, those that need the strong model most first.
type ranking struct {
	order  []int
	ends   []int // of the runs of equal scores, as indices of order
	failed []bool
	outcomes
}

func newRanking(scores []float64, o outcomes) *ranking {
	r := &ranking{order: make([]int, len(scores)), failed: o.failed(), outcomes: o}
	for i := range r.order {
		r.order[i] = i
	}
	slices.SortStableFunc(r.order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	for i := 1; i <= len(r.order); i++ {
		if i == len(r.order) || scores[r.order[i]] != scores[r.order[i-1]] {
			r.ends = append(r.ends, i)
		}
	}
	return r
}

// level returns values with those of equal scores replaced by their mean: what a
// random order among them gives on average.
func (r *ranking) level(values []float64) []float64 {
	out := make([]float64, len(values))
	start := 0
	for _, end := range r.ends {
		sum := 0.0
		for _, i := range r.order[start:end] {
			sum += values[i]
		}
		for _, i := range r.order[start:end] {
			out[i] = sum / float64(end-start)
		}
		start = end
	}
	return out
}

// curve is the mean of the outcomes with ever more of the prompts sent to the strong model.
func (r *ranking) curve(scores []float64, o outcomes) (measure.Curve, error) {
	return measure.NewCurve(scores, r.level(o.weak), r.level(o.strong), seed)
}

// figures computes the figures of the prompts, without intervals.
func (r *ranking) figures(scores []float64) (Ranked, error) {
	c, err := r.curve(scores, r.outcomes)
	if err != nil {
		return Ranked{}, err
	}
	out := Ranked{N: len(scores), APGR: c.APGR(), CPT50: c.CPT(0.5), CPT80: c.CPT(0.8)}
	if auc, err := measure.AUC(scores, r.failed); err == nil {
		out.AUC = &auc
	}
	return out, nil
}

// A sample is the curve and the AUC of one bootstrap draw, computed in one pass over
// prompts that are sorted already.
type sample struct {
	measure.Curve
	auc   float64
	aucOK bool // both kinds are in it
}

// drawn computes the sample that has each prompt counts[i] times.
func (r *ranking) drawn(counts []int) sample {
	var total, sum, gain float64
	for i, n := range counts {
		c := float64(n)
		total += c
		sum += c * r.weak[i]
		gain += c * (r.strong[i] - r.weak[i])
	}
	d := sample{Curve: measure.Curve{Weak: sum / total, Strong: (sum + gain) / total}}
	d.Quality = append(make([]float64, 0, len(counts)+1), d.Weak)
	var events, others, pairs float64
	start := 0
	for _, end := range r.ends {
		var e, o, delta float64
		for _, i := range r.order[start:end] {
			c := float64(counts[i])
			delta += c * (r.strong[i] - r.weak[i])
			if r.failed[i] {
				e += c
			} else {
				o += c
			}
		}
		pairs += o * (events + e/2)
		events, others = events+e, others+o
		for k := 1.0; k <= e+o; k++ { // equal scores climb by straight line
			d.Quality = append(d.Quality, (sum+delta*k/(e+o))/total)
		}
		sum += delta
		start = end
	}
	if d.aucOK = events > 0 && others > 0; d.aucOK {
		d.auc = pairs / (events * others)
	}
	return d
}

// intervals adds to the figures their 95 % intervals, and returns those of the quality
// at the shares.
func (r *ranking) intervals(f *Ranked, shares []float64) []Range {
	n := len(r.order)
	names := make([]string, len(shares))
	for k, share := range shares {
		names[k] = strconv.FormatFloat(share, 'g', -1, 64)
	}
	counts := make([]int, n)
	all := bootstrap(n, func(rows []int, put func(string, float64)) {
		clear(counts)
		for _, i := range rows {
			counts[i]++
		}
		d := r.drawn(counts)
		if d.aucOK {
			put("auc", d.auc)
		}
		put("apgr", d.APGR())
		put("cpt50", d.CPT(0.5))
		put("cpt80", d.CPT(0.8))
		for k, share := range shares {
			put(names[k], d.Weak+d.Recovered(share)*(d.Strong-d.Weak))
		}
	})
	out := make([]Range, len(shares))
	for k, name := range names {
		out[k] = all[name]
		delete(all, name)
	}
	f.Intervals = all
	return out
}
