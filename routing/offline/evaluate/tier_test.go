package evaluate

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fivePrompts are prompts whose longest is best sent to the strong model, and one that
// no model's answers are known of.
const fivePrompts = `
{"text":"a","weak_correct":1,"strong_correct":1,"source":"one"}
{"text":"bb","weak_correct":0,"strong_correct":1,"source":"one"}
{"text":"ccc","weak_correct":1,"strong_correct":1,"source":"two"}
{"text":"unknown","weak_correct":null,"strong_correct":null,"source":"two"}
{"text":"dddd","weak_correct":0.3,"strong_correct":1.0,"source":"two"}
{"text":"eee","weak_correct":0.6,"strong_correct":0.2,"source":"two"}
`

func TestTier(t *testing.T) {
	// Gains by score: 0.7; then 0 and -0.4 in either order; 1; 0.
	r, err := Tier(strings.NewReader(fivePrompts), Length, pairOf(build(t, twoModels)))
	if err != nil {
		t.Fatal(err)
	}
	auc := (1. + 3.) / 6 // "bb" has one of the three others below it, "dddd" all
	// The gap is 1.3/5; recovered of it: 7/13, 5/13, 3/13, 1, 1.
	want := RankFigures{N: 5, AUC: &auc, APGR: (43./26 + 1) / 5, CPT50: 6.5 / 7 / 5, CPT80: (3 + (0.8-3./13)/(10./13)) / 5}
	got := r.RankFigures
	got.Intervals = nil
	if diff := cmp.Diff(want, got, near64); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r.Skipped != 1 || r.WeakFails != 0.4 {
		t.Errorf("%d skipped, weak fails %v", r.Skipped, r.WeakFails)
	}
	for _, q := range []struct{ got, want float64 }{{r.Cheap.Quality, 0.58}, {r.Strong.Quality, 0.84}, {r.Curve[curveSteps*3/5].Quality, 0.64}} {
		if diff := cmp.Diff(q.want, q.got, near64); diff != "" {
			t.Errorf("quality (-want +got):\n%s", diff)
		}
	}
	if !(0 < r.Cheap.Cost && r.Cheap.Cost*9.99 < r.Strong.Cost && r.Strong.Cost < r.Cheap.Cost*10.01) {
		t.Errorf("costs %v and %v; the strong model has ten times the price", r.Cheap.Cost, r.Strong.Cost)
	}
	if len(r.Baselines) != 3 || len(r.Sources) != 2 || r.Sources["two"].N != 3 || r.Sources["one"].Length.APGR != 0.75 {
		t.Errorf("baselines %v, sources %v", r.Baselines, r.Sources)
	}
	keys(t, r, "task", "scorer", "best_constant", "beats_constant", "n", "auc", "apgr", "cpt50", "cpt80", "intervals", "skipped", "weak_fails", "always_cheap", "always_strong", "curve", "baselines", "other_curves", "sources")
	printed(t, r.Print, "tier, length", "learned", "spec", "random", "one", "always cheap: quality 0.580, always strong: 0.840", "1 rows without answers")
}

func TestPlot(t *testing.T) {
	var first string
	for range 2 {
		r, err := Tier(strings.NewReader(fivePrompts), Length, pairOf(build(t, twoModels)))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := r.Plot(&out); err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = out.String()
		}
		if out.String() != first {
			t.Fatal("the same data give another plot")
		}
	}
	for _, part := range []string{"<svg", "length", "learned", "at random", "US cents", "5 prompts"} {
		if !strings.Contains(first, part) {
			t.Errorf("%q is not in the plot", part)
		}
	}
	for dec := xml.NewDecoder(strings.NewReader(first)); ; {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the plot is no XML: %v", err)
		}
	}
}
