package evaluate

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFigures: the tags say which figures are printed and which have intervals; an undefined
// figure has none.
func TestFigures(t *testing.T) {
	type figures struct {
		N     int      `col:"N"`
		Ratio float64  `col:"RATIO" ci:"ratio"`
		None  *float64 `col:"NONE" ci:"none"`
		Other float64  `ci:"other"`
	}
	f, intervals := estimate(10, func(counts []int) figures {
		n := 0
		for _, k := range counts {
			n += k
		}
		return figures{N: n, Ratio: 0.5, Other: 2}
	})
	if diff := cmp.Diff(map[string]Range{"ratio": {0.5, 0.5}, "other": {2, 2}}, intervals); diff != "" {
		t.Errorf("intervals (-want +got):\n%s", diff)
	}
	var out bytes.Buffer
	table := newTable(&out)
	table.headings("NAME", f)
	table.figures("all", f, intervals)
	if err := table.Flush(); err != nil {
		t.Fatal(err)
	}
	want := []string{"NAME", "N", "RATIO", "NONE", "all", "10", "0.500", "–", "95", "%", "interval", "0.500–0.500"}
	if diff := cmp.Diff(want, strings.Fields(out.String())); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

// checkConstant checks a comparison but for its interval, which must lie around the margin.
func checkConstant(t *testing.T, a Against, want Constant) {
	t.Helper()
	got := a.Constant
	if i := got.Interval; !(i[0] <= got.Margin+1e-12 && got.Margin-1e-12 <= i[1]) || a.Beats != (i[0] > 0) {
		t.Errorf("interval %v of a margin of %v; beats: %v", i, got.Margin, a.Beats)
	}
	got.Interval = Range{}
	if diff := cmp.Diff(want, got, near64); diff != "" {
		t.Errorf("best constant (-want +got):\n%s", diff)
	}
}

func TestAgainst(t *testing.T) {
	for _, tt := range []struct {
		name     string
		margin   float64
		interval Range
		beats    bool
		want     string
	}{
		{"better", 0.25, Range{0.125, 0.375}, true, "beats the best constant, always x (accuracy 0.500): margin +0.250 (95 % +0.125 to +0.375)"},
		{"perhaps better", 0.25, Range{-0.125, 0.5}, false, "is not shown to beat the best constant, always x (accuracy 0.500): margin +0.250 (95 % -0.125 to +0.500)"},
		{"as good", 0, Range{0, 0}, false, "does not beat the best constant, always x (accuracy 0.500): margin +0.000 (95 % +0.000 to +0.000)"},
		{"worse", -0.25, Range{-0.5, -0.125}, false, "does not beat the best constant, always x (accuracy 0.500): margin -0.250 (95 % -0.500 to -0.125)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			intervals := map[string]Range{margin: tt.interval, "accuracy": {0, 1}}
			a := against(Constant{Name: always("x"), Figure: "accuracy", Value: 0.5, Margin: tt.margin}, intervals)
			if a.Beats != tt.beats || a.sentence() != tt.want {
				t.Errorf("beats: %v, %q; want %v, %q", a.Beats, a.sentence(), tt.beats, tt.want)
			}
			if len(intervals) != 1 {
				t.Errorf("left among the figures: %v", intervals)
			}
		})
	}
}

// TestTierConstants has a score that is right about every prompt, one that says nothing, and one
// that is wrong about every prompt.
func TestTierConstants(t *testing.T) {
	weak, strong := []string{"1", "0"}, "1"
	data := func(fails int) string { // the prompts of one length, of two, fail
		var b strings.Builder
		for range 20 {
			b.WriteString(`{"text":"a","weak_correct":` + weak[1-fails] + `,"strong_correct":` + strong + "}\n")
			b.WriteString(`{"text":"b c","weak_correct":` + weak[fails] + `,"strong_correct":` + strong + "}\n")
		}
		return b.String()
	}
	pair := pairOf(build(t, twoModels))
	for _, tt := range []struct {
		name   string
		fails  int
		margin float64
		beats  bool
	}{
		// The quality of half the prompts climbs from 0.5 to 1 in the first ten steps of twenty; at the
		// same cost the constants are at 0.5 + share/2. The cost of the two prompts differs by
		// less than a thousandth.
		{"right", 1, (2*(0.025+0.05+0.075+0.1+0.125+0.15+0.175+0.2+0.225) + 0.25) / 19, true},
		{"wrong", 0, -(2*(0.025+0.05+0.075+0.1+0.125+0.15+0.175+0.2+0.225) + 0.25) / 19, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Tier(strings.NewReader(data(tt.fails)), Length, pair)
			if err != nil {
				t.Fatal(err)
			}
			if d := r.Constant.Margin - tt.margin; d < -1e-3 || d > 1e-3 || r.Beats != tt.beats {
				t.Errorf("margin %v, beats %v; want %v, %v", r.Constant.Margin, r.Beats, tt.margin, tt.beats)
			}
			if f, ok := r.Baselines[Random].Intervals[margin]; ok {
				t.Errorf("the margin of a baseline is left: %v", f)
			}
		})
	}
	// A strong model that is worse: the best constant is the cheap one at any cost.
	if got := lift([]float64{1, 0.75, 0}, []float64{0, 5, 10}); got != -0.25 {
		t.Errorf("lift %v, want -0.25", got)
	}
	// Half the extra cost for a quarter of the gap.
	if got := lift([]float64{0, 0.25, 1}, []float64{2, 6, 10}); got != -0.25 {
		t.Errorf("lift %v, want -0.25", got)
	}
	// Models that cost nothing: the share counts.
	if got := lift([]float64{0, 0.75, 1}, []float64{0, 0, 0}); got != 0.25 {
		t.Errorf("lift %v, want 0.25", got)
	}
}

func TestAgreementConstants(t *testing.T) {
	cost := func(v float64) *float64 { return &v }
	for _, tt := range []struct {
		name  string
		f     AgreementFigures
		want  string
		value float64
	}{
		{"no prices", AgreementFigures{QualityFirst: 0.5, QualityStrong: 0.75, StrongShare: 0.5}, "50 % always strong and the others always first, which costs as much", 0.625},
		{"as dear as the strong model", AgreementFigures{QualityFirst: 0.5, QualityStrong: 0.75, Cost: cost(9), CostFirst: cost(1), CostStrong: cost(5)}, "always strong", 0.75},
		{"the strong model is worse", AgreementFigures{QualityFirst: 0.5, QualityStrong: 0.25, StrongShare: 0.5}, "always first", 0.5},
		{"nothing more is spent", AgreementFigures{QualityFirst: 0.5, QualityStrong: 0.75, Cost: cost(1), CostFirst: cost(1), CostStrong: cost(5)}, "always first", 0.5},
	} {
		if c := tt.f.constants(); c.Name != tt.want || c.Value != tt.value {
			t.Errorf("%s: %s, %v; want %s, %v", tt.name, c.Name, c.Value, tt.want, tt.value)
		}
	}
}
