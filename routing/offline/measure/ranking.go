package measure

import (
	"cmp"
	"math"
	"slices"
)

// An Order is rows in the order of their scores, the highest first, with equal scores
// together. The rows are sorted once; each figure then takes one pass.
type Order struct {
	rows []int
	ends []int // of the runs of equal scores, as indices of rows
}

// NewOrder sorts rows by their scores.
func NewOrder(scores []float64) Order {
	o := Order{rows: make([]int, len(scores))}
	for i := range o.rows {
		o.rows[i] = i
	}
	slices.SortStableFunc(o.rows, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	for i := 1; i <= len(o.rows); i++ {
		if i == len(o.rows) || scores[o.rows[i]] != scores[o.rows[i-1]] {
			o.ends = append(o.ends, i)
		}
	}
	return o
}

// runs yields the rows of every run of equal scores.
func (o Order) runs(yield func(rows []int) bool) {
	start := 0
	for _, end := range o.ends {
		if !yield(o.rows[start:end]) {
			return
		}
		start = end
	}
}

// AUC returns the area under the ROC curve: the probability that an event has a higher score
// than a non-event, equal scores counting half (the Mann-Whitney statistic). It is nil where
// either kind is missing.
//
// Example: scores 0.1, 0.4, 0.4, 0.8 with events no, yes, no, yes: of the four pairs three are
// in order and one is equal, so AUC = 3.5/4.
func (o Order) AUC(events []bool, counts []int) *float64 {
	var found, others, pairs float64
	for rows := range o.runs {
		var e, n float64
		for _, i := range rows {
			if events[i] {
				e += float64(counts[i])
			} else {
				n += float64(counts[i])
			}
		}
		pairs += n * (found + e/2)
		found, others = found+e, others+n
	}
	if found == 0 || others == 0 {
		return nil
	}
	return new(pairs / (found * others))
}

// ranks gives each row its rank from the highest score on; equal scores share the mean of theirs.
func (o Order) ranks(counts []int) []float64 {
	out := make([]float64, len(o.rows))
	before := 0.0
	for rows := range o.runs {
		n := 0.0
		for _, i := range rows {
			n += float64(counts[i])
		}
		for _, i := range rows {
			out[i] = before + (n+1)/2
		}
		before += n
	}
	return out
}

// Spearman returns the rank correlation of two scores of the same rows, nil where one of them
// is the same for all.
func Spearman(a, b Order, counts []int) *float64 {
	x, y := a.ranks(counts), b.ranks(counts)
	var n, sx, sy float64
	for i, c := range counts {
		n, sx, sy = n+float64(c), sx+float64(c)*x[i], sy+float64(c)*y[i]
	}
	var xx, yy, xy float64
	for i, c := range counts {
		dx, dy := x[i]-sx/n, y[i]-sy/n
		xx, yy, xy = xx+float64(c)*dx*dx, yy+float64(c)*dy*dy, xy+float64(c)*dx*dy
	}
	if xx == 0 || yy == 0 {
		return nil
	}
	return new(xy / math.Sqrt(xx*yy))
}

// Curve says what quality a router reaches for the share of prompts that it sends to the
// strong model. Prompts go there in the order of their scores, highest first.
type Curve struct {
	Weak, Strong float64 // mean quality of all prompts on one model
	// Quality[k] is the mean quality with the k highest scores sent to the strong model, k
	// from 0 to the number of prompts.
	Quality []float64
}

// Curve adds up the qualities of the model that each prompt gets; weak and strong are those of
// the two models' answers to each prompt. Between equal scores the quality goes by a straight
// line, which is what a random order gives on average.
func (o Order) Curve(weak, strong []float64, counts []int) Curve {
	var total, sum, gain float64
	for i, n := range counts {
		c := float64(n)
		total += c
		sum += c * weak[i]
		gain += c * (strong[i] - weak[i])
	}
	c := Curve{Weak: sum / total, Strong: (sum + gain) / total}
	c.Quality = append(make([]float64, 0, int(total)+1), c.Weak)
	for rows := range o.runs {
		var n, delta float64
		for _, i := range rows {
			k := float64(counts[i])
			n += k
			delta += k * (strong[i] - weak[i])
		}
		for k := 1.0; k <= n; k++ {
			c.Quality = append(c.Quality, (sum+delta*k/n)/total)
		}
		sum += delta
	}
	return c
}

// recovered is the share of the gap between the models that the k highest scores recover, 0
// where there is no gap.
func (c Curve) recovered(k int) float64 {
	if c.Strong == c.Weak {
		return 0
	}
	return (c.Quality[k] - c.Weak) / (c.Strong - c.Weak)
}

// At returns the quality with the top share (0 to 1) of the prompts sent to the strong model,
// between two prompts by a straight line.
func (c Curve) At(share float64) float64 {
	x := min(max(share, 0), 1) * float64(len(c.Quality)-1)
	k := min(int(x), len(c.Quality)-2)
	part := x - float64(k)
	return c.Quality[k]*(1-part) + c.Quality[k+1]*part
}

// APGR returns the average performance gap recovered: the area under the share of the gap
// recovered over the shares 0 to 1, by the trapezoid rule. A random order gives 0.5 on
// average. (Ong et al., RouteLLM, 2024.) It is 0 where there is no gap.
//
// Example: qualities weak 0, 1, 0 and strong 1, 1, 1, scores 3, 1, 2: the gap is 2/3; after
// 0, 1, 2, 3 prompts 0, 1/2, 1, 1 of it are recovered, so APGR = (0.25 + 0.75 + 1)/3.
func (c Curve) APGR() float64 {
	var area float64
	for k := 1; k < len(c.Quality); k++ {
		area += (c.recovered(k-1) + c.recovered(k)) / 2
	}
	return area / float64(len(c.Quality)-1)
}

// CPT returns the call-performance threshold: the smallest share of prompts (0 to 1) that must
// go to the strong model to recover that share of the gap, more than 0. CPT50 is CPT(0.5). It
// is 1 if no smaller share does, and 0 where there is no gap.
func (c Curve) CPT(wanted float64) float64 {
	if c.Strong == c.Weak {
		return 0
	}
	before := 0.0
	for k := 1; k < len(c.Quality); k++ {
		r := c.recovered(k)
		if r >= wanted {
			return (float64(k-1) + (wanted-before)/(r-before)) / float64(len(c.Quality)-1)
		}
		before = r
	}
	return 1
}
