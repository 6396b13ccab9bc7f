package evaluate

import (
	"strconv"

	"sluice/routing/offline/measure"
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
	runs
	failed []bool
	outcomes
}

func newRanking(scores []float64, o outcomes) *ranking {
	return &ranking{newRuns(scores), o.failed(), o}
}

// level returns values with those of equal scores replaced by their mean: what a
// random order among them gives on average.
func (r *ranking) level(values []float64) []float64 {
	out := make([]float64, len(values))
	r.each(func(rows []int) {
		sum := 0.0
		for _, i := range rows {
			sum += values[i]
		}
		for _, i := range rows {
			out[i] = sum / float64(len(rows))
		}
	})
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

// drawn computes the curve of the bootstrap draw that has each prompt counts[i] times.
func (r *ranking) drawn(counts []int) measure.Curve {
	var total, sum, gain float64
	for i, n := range counts {
		c := float64(n)
		total += c
		sum += c * r.weak[i]
		gain += c * (r.strong[i] - r.weak[i])
	}
	d := measure.Curve{Weak: sum / total, Strong: (sum + gain) / total}
	d.Quality = append(make([]float64, 0, len(counts)+1), d.Weak)
	r.each(func(rows []int) {
		var n, delta float64
		for _, i := range rows {
			c := float64(counts[i])
			n += c
			delta += c * (r.strong[i] - r.weak[i])
		}
		for k := 1.0; k <= n; k++ { // equal scores climb by straight line
			d.Quality = append(d.Quality, (sum+delta*k/n)/total)
		}
		sum += delta
	})
	return d
}

// intervals adds to the figures their 95 % intervals, that of the margin included, and
// returns those of the quality at the shares.
func (r *ranking) intervals(f *Ranked, shares, costs []float64) []Range {
	n := len(r.order)
	names := make([]string, len(shares))
	for k, share := range shares {
		names[k] = strconv.FormatFloat(share, 'g', -1, 64)
	}
	counts := make([]int, n)
	quality := make([]float64, len(shares))
	all := bootstrap(n, func(rows []int, put func(string, float64)) {
		clear(counts)
		for _, i := range rows {
			counts[i]++
		}
		if auc := r.auc(r.failed, counts); auc != nil {
			put("auc", *auc)
		}
		d := r.drawn(counts)
		put("apgr", d.APGR())
		put("cpt50", d.CPT(0.5))
		put("cpt80", d.CPT(0.8))
		for k, share := range shares {
			quality[k] = d.Weak + d.Recovered(share)*(d.Strong-d.Weak)
			put(names[k], quality[k])
		}
		put(margin, lift(quality, costs))
	})
	out := make([]Range, len(shares))
	for k, name := range names {
		out[k] = all[name]
		delete(all, name)
	}
	f.Intervals = all
	return out
}

// lift is by how much a curve is above what the constants reach at the same cost, as a mean over
// its inner points.
func lift(quality, costs []float64) float64 {
	last := len(quality) - 1
	sum := 0.0
	for k := 1; k < last; k++ {
		sum += quality[k] - mixed(quality[0], quality[last], extra(costs, k))
	}
	return sum / float64(last-1)
}

// extra is how much of the extra cost of the strong model a point of the curve spends; where it
// costs nothing more, that is the share of the prompts.
func extra(costs []float64, k int) float64 {
	last := len(costs) - 1
	if costs[last] == costs[0] {
		return float64(k) / float64(last)
	}
	return (costs[k] - costs[0]) / (costs[last] - costs[0])
}
