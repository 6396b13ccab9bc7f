// Package measure computes the figures by which classifiers and routers are compared, from
// labels, scores and qualities. It does not know files, models or printing. All functions are
// pure; random draws are seeded.
//
// Most take counts: how often each row counts. Once every row counts once; in a bootstrap
// draw, as often as it was drawn.
//
// Start at [Labels] for labels, at [Order] for scores, at [Bootstrap] for intervals.
package measure

import "slices"

// Labels are the right labels of some rows, and those given.
type Labels struct {
	names []string
	cells [][2]int // of each row: the right label and the given one, as indices of names
}

// NewLabels pairs labels; both slices have one length. Labels that are only given have a
// class, too, without support.
func NewLabels(want, got []string) Labels {
	names := slices.Concat(want, got)
	slices.Sort(names)
	l := Labels{names: slices.Compact(names), cells: make([][2]int, len(want))}
	for k := range want {
		l.cells[k][0], _ = slices.BinarySearch(l.names, want[k])
		l.cells[k][1], _ = slices.BinarySearch(l.names, got[k])
	}
	return l
}

// Confusion counts the rows.
func (l Labels) Confusion(counts []int) Confusion {
	c := Confusion{Labels: l.names, Counts: make([][]int, len(l.names))}
	for i := range c.Counts {
		c.Counts[i] = make([]int, len(l.names))
	}
	for k, cell := range l.cells {
		c.Counts[cell[0]][cell[1]] += counts[k]
	}
	return c
}

// Confusion counts how often Labels[j] was given where Labels[i] was right, in Counts[i][j].
type Confusion struct {
	Labels []string `json:"labels"`
	Counts [][]int  `json:"counts"`
}

// Class holds the figures of one label. Each is 0 where it is undefined: the precision of a
// label never given, the recall of one never right.
type Class struct {
	Label     string  `json:"label"`
	Support   int     `json:"support"` // how often the label was right
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}

// Classes returns the figures of each label, in the order of Labels.
func (c Confusion) Classes() []Class {
	out := make([]Class, len(c.Labels))
	for i, label := range c.Labels {
		support, given := 0, 0
		for j := range c.Labels {
			support += c.Counts[i][j]
			given += c.Counts[j][i]
		}
		hit := c.Counts[i][i]
		out[i] = Class{label, support, Share(hit, given), Share(hit, support), Share(2*hit, given+support)}
	}
	return out
}

// N returns the number of pairs.
func (c Confusion) N() int {
	n := 0
	for _, row := range c.Counts {
		for _, k := range row {
			n += k
		}
	}
	return n
}

// Accuracy returns the share of pairs whose labels agree, 0 if there are none.
func (c Confusion) Accuracy() float64 {
	hits := 0
	for i := range c.Counts {
		hits += c.Counts[i][i]
	}
	return Share(hits, c.N())
}

// MacroF1 returns the mean F1 of the labels that were right at least once: each label counts
// the same, however rare. Labels that were only given lower the recall of the others and have
// no F1 of their own, as in scikit-learn with labels taken from the right ones.
func (c Confusion) MacroF1() float64 {
	sum, n := 0.0, 0
	for _, cl := range c.Classes() {
		if cl.Support > 0 {
			sum += cl.F1
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

// Share is part over whole, 0 of nothing.
func Share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
