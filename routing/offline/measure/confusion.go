// Package measure computes the figures by which classifiers and routers are judged, from slices of labels
// and scores. It knows no files, no models and no printing; all functions are pure, and random ones take a seed.
//
// Start at Confusion for labels, at AUC and Curve for scores.
package measure

import (
	"fmt"
	"slices"
)

// Confusion counts how often each label was given for each label that was right.
type Confusion struct {
	Labels []string
	// Counts[i][j] is how often Labels[i] was right and Labels[j] was given.
	Counts [][]int
}

// NewConfusion counts pairs of labels. Both slices must be of one length. Labels that occur only among
// the given ones are part of the result, as classes without support.
func NewConfusion(want, got []string) (Confusion, error) {
	if len(want) != len(got) {
		return Confusion{}, fmt.Errorf("confusion: %d right labels, %d given ones", len(want), len(got))
	}
	labels := slices.Concat(want, got)
	slices.Sort(labels)
	labels = slices.Compact(labels)
	c := Confusion{Labels: labels, Counts: make([][]int, len(labels))}
	for i := range c.Counts {
		c.Counts[i] = make([]int, len(labels))
	}
	for k := range want {
		i, _ := slices.BinarySearch(labels, want[k])
		j, _ := slices.BinarySearch(labels, got[k])
		c.Counts[i][j]++
	}
	return c, nil
}

// Class holds the figures of one label. Each is 0 where it is undefined: the precision of a label never given, the recall of
// one never right.
type Class struct {
	Label     string
	Precision float64
	Recall    float64
	F1        float64
	Support   int // how often the label was right
	Given     int // how often it was given
}

// Classes returns the figures of each label, in the order of Labels.
func (c Confusion) Classes() []Class {
	out := make([]Class, len(c.Labels))
	for i, label := range c.Labels {
		cl := Class{Label: label}
		for j := range c.Labels {
			cl.Support += c.Counts[i][j]
			cl.Given += c.Counts[j][i]
		}
		hit := c.Counts[i][i]
		cl.Precision = ratio(hit, cl.Given)
		cl.Recall = ratio(hit, cl.Support)
		cl.F1 = ratio(2*hit, cl.Given+cl.Support)
		out[i] = cl
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
	return ratio(hits, c.N())
}

// MacroF1 returns the mean F1 of the labels that were right at least once: each label counts the same,
// however rare. Labels that were only given lower the recall of the others and have no F1 of their own, as in
// scikit-learn with labels taken from the right ones.
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

// Binary holds the figures of a yes-or-no decision.
type Binary struct {
	N                   int
	TP, FP, FN, TN      int
	Accuracy            float64
	Precision, Recall   float64
	F1                  float64
	Flagged, Prevalence float64 // shares given as yes, and right as yes
}

// NewBinary compares decisions with what was right. Both slices must be of one length.
func NewBinary(want, got []bool) (Binary, error) {
	if len(want) != len(got) {
		return Binary{}, fmt.Errorf("binary: %d right decisions, %d given ones", len(want), len(got))
	}
	b := Binary{N: len(want)}
	for i := range want {
		switch {
		case want[i] && got[i]:
			b.TP++
		case got[i]:
			b.FP++
		case want[i]:
			b.FN++
		default:
			b.TN++
		}
	}
	b.Accuracy = ratio(b.TP+b.TN, b.N)
	b.Precision = ratio(b.TP, b.TP+b.FP)
	b.Recall = ratio(b.TP, b.TP+b.FN)
	b.F1 = ratio(2*b.TP, 2*b.TP+b.FP+b.FN)
	b.Flagged = ratio(b.TP+b.FP, b.N)
	b.Prevalence = ratio(b.TP+b.FN, b.N)
	return b, nil
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
