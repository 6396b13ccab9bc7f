package evaluate

import (
	"cmp"
	"math"
	"slices"
)

// runs are rows in the order of their scores, the highest first, with equal scores
// together. They are sorted once; figures of a bootstrap draw then take one pass, with
// counts that say how often each row was drawn.
type runs struct {
	order []int
	ends  []int // of the runs of equal scores, as indices of order
}

func newRuns(scores []float64) runs {
	r := runs{order: make([]int, len(scores))}
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

// each calls f for the rows of every run.
func (r *runs) each(f func(rows []int)) {
	start := 0
	for _, end := range r.ends {
		f(r.order[start:end])
		start = end
	}
}

// auc is how well the scores find the events, and nil where there are only events or none.
func (r *runs) auc(events []bool, counts []int) *float64 {
	var found, others, pairs float64
	r.each(func(rows []int) {
		var e, o float64
		for _, i := range rows {
			if events[i] {
				e += float64(counts[i])
			} else {
				o += float64(counts[i])
			}
		}
		pairs += o * (found + e/2)
		found, others = found+e, others+o
	})
	if found == 0 || others == 0 {
		return nil
	}
	auc := pairs / (found * others)
	return &auc
}

// ranks gives each row its rank from the highest score on; equal scores share the mean of theirs.
func (r *runs) ranks(counts []int) []float64 {
	out := make([]float64, len(r.order))
	before := 0.0
	r.each(func(rows []int) {
		n := 0.0
		for _, i := range rows {
			n += float64(counts[i])
		}
		for _, i := range rows {
			out[i] = before + (n+1)/2
		}
		before += n
	})
	return out
}

// spearman is the rank correlation of two scores of the same rows, and nil where one of them is
// the same for all.
func spearman(a, b *runs, counts []int) *float64 {
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
	rho := xy / math.Sqrt(xx*yy)
	return &rho
}
