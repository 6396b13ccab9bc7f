package measure

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var approx = cmpopts.EquateApprox(0, 1e-9)

func TestConfusion(t *testing.T) {
	// a: 2 of 3 found, once given wrongly; b: 1 of 2 found, once given wrongly; c: never right, given once.
	want := []string{"a", "a", "a", "b", "b"}
	got := []string{"a", "a", "b", "b", "c"}
	c, err := NewConfusion(want, got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]int{{2, 1, 0}, {0, 1, 1}, {0, 0, 0}}, c.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	classes := []Class{
		{Label: "a", Precision: 1, Recall: 2. / 3, F1: 0.8, Support: 3, Given: 2},
		{Label: "b", Precision: 0.5, Recall: 0.5, F1: 0.5, Support: 2, Given: 2},
		{Label: "c", Given: 1},
	}
	if diff := cmp.Diff(classes, c.Classes(), approx); diff != "" {
		t.Errorf("classes (-want +got):\n%s", diff)
	}
	if got := c.Accuracy(); math.Abs(got-0.6) > 1e-9 {
		t.Errorf("Accuracy() = %v, want 0.6", got)
	}
	if got := c.MacroF1(); math.Abs(got-0.65) > 1e-9 {
		t.Errorf("MacroF1() = %v, want 0.65", got)
	}
	if c.N() != 5 {
		t.Errorf("N() = %d, want 5", c.N())
	}
	if _, err := NewConfusion([]string{"a"}, nil); err == nil {
		t.Error("NewConfusion of slices of two lengths: no error")
	}
	if empty, _ := NewConfusion(nil, nil); empty.Accuracy() != 0 || empty.MacroF1() != 0 {
		t.Error("figures of no rows are not 0")
	}
}

func TestBinary(t *testing.T) {
	want := []bool{true, true, true, false, false, false}
	got := []bool{true, true, false, true, false, false}
	b, err := NewBinary(want, got)
	if err != nil {
		t.Fatal(err)
	}
	expect := Binary{
		N: 6, TP: 2, FP: 1, FN: 1, TN: 2, Accuracy: 4. / 6, Precision: 2. / 3, Recall: 2. / 3, F1: 2. / 3,
		Flagged: 0.5, Prevalence: 0.5,
	}
	if diff := cmp.Diff(expect, b, approx); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := NewBinary(want, got[:1]); err == nil {
		t.Error("NewBinary of slices of two lengths: no error")
	}
}

func TestAUC(t *testing.T) {
	for _, tt := range []struct {
		name    string
		scores  []float64
		events  []bool
		want    float64
		wantErr bool
	}{
		{name: "in order", scores: []float64{1, 2, 3, 4}, events: []bool{false, false, true, true}, want: 1},
		{name: "reversed", scores: []float64{4, 3, 2, 1}, events: []bool{false, false, true, true}, want: 0},
		{name: "one tie", scores: []float64{0.1, 0.4, 0.4, 0.8}, events: []bool{false, true, false, true}, want: 0.875},
		{name: "all tied", scores: []float64{1, 1, 1}, events: []bool{true, false, false}, want: 0.5},
		{name: "no events", scores: []float64{1, 2}, events: []bool{false, false}, wantErr: true},
		{name: "lengths differ", scores: []float64{1}, events: nil, wantErr: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := AUC(tt.scores, tt.events)
			if (err != nil) != tt.wantErr {
				t.Fatalf("error %v, want one: %v", err, tt.wantErr)
			}
			if math.Abs(got-tt.want) > 1e-9 {
				t.Errorf("AUC = %v, want %v", got, tt.want)
			}
		})
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
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := NewCurve(tt.scores, tt.weak, tt.strong, 1)
			if err != nil {
				t.Fatal(err)
			}
			got := []float64{c.APGR(), c.CPT(0.5), c.CPT(0.8)}
			if diff := cmp.Diff([]float64{tt.apgr, tt.cpt50, tt.cpt80}, got, approx); diff != "" {
				t.Errorf("APGR, CPT50, CPT80 (-want +got):\n%s", diff)
			}
		})
	}
	if _, err := NewCurve([]float64{1}, nil, nil, 1); err == nil {
		t.Error("NewCurve of slices of two lengths: no error")
	}
	if _, err := NewCurve(nil, nil, nil, 1); err == nil {
		t.Error("NewCurve of nothing: no error")
	}
}

func TestCurvePoints(t *testing.T) {
	c, err := NewCurve([]float64{3, 1, 2}, []float64{0, 1, 0}, []float64{1, 1, 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := []Point{
		{Share: 0, Cost: 1, Quality: 1. / 3},
		{Share: 1. / 3, Cost: 4, Quality: 2. / 3},
		{Share: 2. / 3, Cost: 7, Quality: 1},
		{Share: 1, Cost: 10, Quality: 1},
	}
	if diff := cmp.Diff(want, c.Points(3, 1, 10), approx); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := c.Recovered(0.5); math.Abs(got-0.75) > 1e-9 {
		t.Errorf("Recovered(0.5) = %v, want 0.75", got)
	}
}

// Ties are broken at random: constant scores must do as a random order does, whatever the order of the rows.
func TestCurveTies(t *testing.T) {
	n := 2000
	scores, weak, strong := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		strong[i] = 1
		if i >= n/2 {
			weak[i] = 1
		}
	}
	a, err := NewCurve(scores, weak, strong, 7)
	if err != nil {
		t.Fatal(err)
	}
	if got := a.APGR(); math.Abs(got-0.5) > 0.03 {
		t.Errorf("APGR of constant scores = %v, want about 0.5", got)
	}
	b, _ := NewCurve(scores, weak, strong, 7)
	if a.APGR() != b.APGR() {
		t.Error("the same seed gave two curves")
	}
}

func TestBootstrap(t *testing.T) {
	n := 400
	values := make([]float64, n)
	for i := range values {
		values[i] = float64(i % 2)
	}
	mean := func(rows []int) (float64, bool) {
		var sum float64
		for _, v := range Pick(values, rows) {
			sum += v
		}
		return sum / float64(n), true
	}
	got := Bootstrap(n, 400, 1, mean)
	// The standard error of a half over 400 rows is 0.025.
	if got.Low < 0.43 || got.Low > 0.47 || got.High < 0.53 || got.High > 0.57 {
		t.Errorf("interval %v, want about 0.45..0.55", got)
	}
	if again := Bootstrap(n, 400, 1, mean); again != got {
		t.Errorf("the same seed gave %v and %v", got, again)
	}
	if got := Bootstrap(n, 10, 1, func([]int) (float64, bool) { return 0, false }); got != (Interval{}) {
		t.Errorf("interval of no values %v, want none", got)
	}
}
