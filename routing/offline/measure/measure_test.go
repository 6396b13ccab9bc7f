package measure

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var approx = cmpopts.EquateApprox(0, 1e-9)

func TestConfusion(t *testing.T) {
	// a: 2 of 3 found, once given wrongly; b: 1 of 2 found, once given wrongly; c: never right, given once.
	l := NewLabels([]string{"a", "a", "a", "b", "b"}, []string{"a", "a", "b", "b", "c"})
	c := l.Confusion(Once(5))
	if diff := cmp.Diff([][]int{{2, 1, 0}, {0, 1, 1}, {0, 0, 0}}, c.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	classes := []Class{
		{Label: "a", Precision: 1, Recall: 2. / 3, F1: 0.8, Support: 3},
		{Label: "b", Precision: 0.5, Recall: 0.5, F1: 0.5, Support: 2},
		{Label: "c"},
	}
	if diff := cmp.Diff(classes, c.Classes(), approx); diff != "" {
		t.Errorf("classes (-want +got):\n%s", diff)
	}
	if got := []float64{c.Accuracy(), c.MacroF1(), float64(c.N())}; !cmp.Equal(got, []float64{0.6, 0.65, 5}, approx) {
		t.Errorf("accuracy, macro-F1 and N: %v", got)
	}
	// The first row twice, the second and third not at all.
	if diff := cmp.Diff([][]int{{2, 0, 0}, {0, 1, 1}, {0, 0, 0}}, l.Confusion([]int{2, 0, 0, 1, 1}).Counts); diff != "" {
		t.Errorf("counts of a draw (-want +got):\n%s", diff)
	}
	if empty := NewLabels(nil, nil).Confusion(nil); empty.Accuracy() != 0 || empty.MacroF1() != 0 {
		t.Error("figures of no rows are not 0")
	}
}

func TestAUC(t *testing.T) {
	for _, tt := range []struct {
		name   string
		scores []float64
		events []bool
		want   float64 // -1 is none
	}{
		{"in order", []float64{1, 2, 3, 4}, []bool{false, false, true, true}, 1},
		{"reversed", []float64{4, 3, 2, 1}, []bool{false, false, true, true}, 0},
		{"one tie", []float64{0.1, 0.4, 0.4, 0.8}, []bool{false, true, false, true}, 0.875},
		{"all tied", []float64{1, 1, 1}, []bool{true, false, false}, 0.5},
		{"no events", []float64{1, 2}, []bool{false, false}, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := -1.0
			if auc := NewOrder(tt.scores).AUC(tt.events, Once(len(tt.scores))); auc != nil {
				got = *auc
			}
			if math.Abs(got-tt.want) > 1e-9 {
				t.Errorf("AUC = %v, want %v", got, tt.want)
			}
		})
	}
	o := NewOrder([]float64{1, 2, 2, 4})
	// The event is above one of the others, and level with another.
	if got := o.AUC([]bool{false, true, false, false}, []int{1, 1, 1, 0}); *got != 0.75 {
		t.Errorf("AUC of a draw %v, want 0.75", *got)
	}
	if got := o.AUC([]bool{false, true, false, false}, []int{1, 0, 1, 1}); got != nil {
		t.Errorf("AUC of a draw without events %v", *got)
	}
}

func TestSpearman(t *testing.T) {
	a, b := NewOrder([]float64{1, 2, 2, 4}), NewOrder([]float64{10, 30, 20, 20})
	if diff := cmp.Diff([]float64{4, 2.5, 2.5, 1}, a.ranks(Once(4))); diff != "" {
		t.Errorf("ranks (-want +got):\n%s", diff)
	}
	// Ranks 4, 2.5, 2.5, 1 and 4, 1, 2.5, 2.5: of deviations 1.5, 0, 0, -1.5 and 1.5, -1.5, 0, 0.
	if got := Spearman(a, b, Once(4)); *got != 0.5 {
		t.Errorf("correlation %v, want 0.5", *got)
	}
	// Without the last row and with the first twice: ranks 3.5, 3.5, 1.5, 1.5 and 3.5, 3.5, 1, 2.
	twice := []int{2, 1, 1, 0}
	if diff := cmp.Diff([]float64{3.5, 1.5, 1.5, 0.5}, a.ranks(twice)); diff != "" {
		t.Errorf("ranks of a draw (-want +got):\n%s", diff)
	}
	if got := Spearman(a, b, twice); math.Abs(*got-4/math.Sqrt(4*4.5)) > 1e-12 { // deviations 1, 1, -1, -1 and 1, 1, -1.5, -0.5
		t.Errorf("correlation of a draw %v", *got)
	}
	if got := Spearman(a, b, []int{0, 1, 1, 0}); got != nil {
		t.Errorf("correlation of equal scores %v", *got)
	}
}

func TestCurve(t *testing.T) {
	for _, tt := range []struct {
		name         string
		scores       []float64
		weak, strong []float64
		apgr         float64
		cpt50, cpt80 float64
	}{
		{ // recovered after 0..3 prompts: 0, .5, 1, 1
			name: "best order", scores: []float64{3, 1, 2}, weak: []float64{0, 1, 0}, strong: []float64{1, 1, 1},
			apgr: 2. / 3, cpt50: 1. / 3, cpt80: 1.6 / 3,
		},
		{ // recovered: 0, 0, .5, 1
			name: "worst order", scores: []float64{1, 3, 2}, weak: []float64{0, 1, 0}, strong: []float64{1, 1, 1},
			apgr: 1. / 3, cpt50: 2. / 3, cpt80: 2.6 / 3,
		},
		{ // recovered: 0, 2, 1: the strong model is worse on the second prompt
			name: "over the top", scores: []float64{2, 1}, weak: []float64{0, 1}, strong: []float64{2, 0},
			apgr: 1.25, cpt50: 0.125, cpt80: 0.2,
		},
		{name: "no gap", scores: []float64{2, 1}, weak: []float64{1, 1}, strong: []float64{1, 1}},
		{ // as good as at random, whatever the order of the rows
			name: "equal scores", scores: []float64{0, 0, 0, 0}, weak: []float64{0, 0, 1, 1}, strong: []float64{1, 1, 1, 1},
			apgr: 0.5, cpt50: 0.5, cpt80: 0.8,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := NewOrder(tt.scores).Curve(tt.weak, tt.strong, Once(len(tt.scores)))
			got := []float64{c.APGR(), c.CPT(0.5), c.CPT(0.8)}
			if diff := cmp.Diff([]float64{tt.apgr, tt.cpt50, tt.cpt80}, got, approx); diff != "" {
				t.Errorf("APGR, CPT50, CPT80 (-want +got):\n%s", diff)
			}
		})
	}
	c := NewOrder([]float64{3, 1, 2}).Curve([]float64{0, 1, 0}, []float64{1, 1, 1}, Once(3))
	if got := []float64{c.At(0), c.At(1. / 3), c.At(0.5), c.At(1)}; !cmp.Equal(got, []float64{1. / 3, 2. / 3, 5. / 6, 1}, approx) {
		t.Errorf("qualities %v", got)
	}
}

// TestDraw compares the figures of a draw by its counts with those of its rows.
func TestDraw(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const n = 60
	type columns struct {
		scores, weak, strong []float64
		failed               []bool
	}
	var all, drawn columns
	add := func(c *columns, score, weak, strong float64) {
		c.scores, c.weak, c.strong, c.failed = append(c.scores, score), append(c.weak, weak), append(c.strong, strong), append(c.failed, weak < 0.5)
	}
	for i := range n {
		add(&all, float64(i*7%n), float64(rng.IntN(3))/2, float64(rng.IntN(3))/2+1)
	}
	counts := make([]int, n)
	for range n {
		k := rng.IntN(n)
		counts[k]++
		add(&drawn, all.scores[k], all.weak[k], all.strong[k])
	}
	byCounts, byRows := NewOrder(all.scores), NewOrder(drawn.scores)
	if diff := cmp.Diff(byRows.Curve(drawn.weak, drawn.strong, Once(n)), byCounts.Curve(all.weak, all.strong, counts), approx); diff != "" {
		t.Errorf("curve (-by rows +by counts):\n%s", diff)
	}
	if diff := cmp.Diff(byRows.AUC(drawn.failed, Once(n)), byCounts.AUC(all.failed, counts), approx); diff != "" {
		t.Errorf("AUC (-by rows +by counts):\n%s", diff)
	}
}

func TestBootstrap(t *testing.T) {
	const n = 400
	mean := func(counts []int, put func(string, float64)) {
		sum := 0
		for i, k := range counts {
			sum += k * (i % 2)
		}
		put("mean", float64(sum)/n)
		if sum > n {
			put("never", 1)
		}
	}
	got := Bootstrap(n, mean)
	// The standard error of a half over 400 rows is 0.025.
	if i := got["mean"]; i[0] < 0.43 || i[0] > 0.47 || i[1] < 0.53 || i[1] > 0.57 {
		t.Errorf("interval %v, want about 0.45 to 0.55", i)
	}
	if diff := cmp.Diff(got, Bootstrap(n, mean)); diff != "" {
		t.Errorf("another call gave others:\n%s", diff)
	}
	if len(got) != 1 {
		t.Errorf("intervals of figures that are never defined: %v", got)
	}
}
