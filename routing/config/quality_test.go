package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/policy"
)

// TestQuality loads each way to say what the tiers follow from, and looks at what is built.
func TestQuality(t *testing.T) {
	quality := func(weak, caught float64) *policy.Quality {
		return &policy.Quality{WeakAnswer: weak, Caught: caught}
	}
	for _, tt := range []struct {
		name, routing string
		want          *policy.Quality
		above         policy.Thresholds
	}{
		{"nothing", "", quality(4.5, 0.4), policy.Thresholds{}},
		{"a level", "quality: low", quality(2.7, 0.4), policy.Thresholds{}},
		{"the numbers", "quality: {weak_answer: 4, caught: 0.25}", quality(4, 0.25), policy.Thresholds{}},
		{"one number", "quality: {caught: 0}", quality(4.5, 0), policy.Thresholds{}},
		{"one number of a level", "quality: {level: high, caught: 1}", quality(9.3, 1), policy.Thresholds{}},
		{"an empty section", "quality:", quality(4.5, 0.4), policy.Thresholds{}},
		{"a share", "calibrate: {cheap_share: 0.8}", nil, policy.Thresholds{Standard: 0.5, Premium: 0.8, Flagship: 0.96}},
		{"thresholds", "calibrate: {thresholds: {standard: 0.1, premium: 0.2, flagship: 0.3}}", nil, policy.Thresholds{Standard: 0.1, Premium: 0.2, Flagship: 0.3}},
		{"money for the strongest", "calibrate: {cost: 1}", nil, policy.Thresholds{Flagship: 0.8}},
		{"half the money: half the requests", "calibrate: {cost: 0.0045}", nil, policy.Thresholds{Standard: 0.5, Premium: 0.8, Flagship: 0.96}},
		{"everything kept", "calibrate: {quality: 1}", nil, policy.Thresholds{Flagship: 0.8}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, _, err := Load("f", []byte(minimal+"routing:\n  strategy: auto\n  "+tt.routing+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			a := built(t, f)
			if diff := cmp.Diff(tt.want, a.Quality); diff != "" {
				t.Errorf("quality (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.above, a.Above); diff != "" {
				t.Errorf("thresholds (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a part of the quality kept", func(t *testing.T) {
		last := 1.0
		for _, kept := range []string{"0.5", "0.9", "0.99"} {
			f, _, err := Load("f", []byte("routing: {calibrate: {quality: "+kept+"}}\n"))
			if err != nil {
				t.Fatal(err)
			}
			above := built(t, f).Above.Premium
			if above <= 0 || above >= last {
				t.Errorf("%s kept: the premium tier begins at %v, after %v for less", kept, above, last)
			}
			last = above
		}
	})
}

// built returns the strategy auto of a configuration.
func built(t *testing.T, f *File) *policy.Auto {
	t.Helper()
	all := make([]*routing.Model, len(f.Models))
	byName := make(map[string]*routing.Model)
	for i := range f.Models {
		all[i] = buildModel(f, &f.Models[i], nil)
		byName[all[i].Name] = all[i]
	}
	policies, err := buildPolicies(f, all, byName, nil)
	if err != nil {
		t.Fatal(err)
	}
	return policies[policy.NameAuto].(*policy.Auto)
}

func TestQualityMistakes(t *testing.T) {
	for _, tt := range []struct{ name, routing, want string }{
		{"a level that is not there", "quality: best", `line 1: routing.quality: "best" is unknown; expected low, balanced, high or {weak_answer: 4.5, caught: 0.4}`},
		{"out of range", "quality: {weak_answer: -1, caught: 1.5}", "line 1: routing.quality.weak_answer: -1 is out of range; expected 0 to 1000 (answers of the tier that was needed)\n" +
			"f: line 1: routing.quality.caught: 1.5 is out of range; expected 0 to 1 (a share)"},
		{"an unknown number", "quality: {caugth: 1}", "line 1: routing.quality.caugth: unknown key; did you mean caught?"},
		{"both", "quality: high, calibrate: {cheap_share: 0.8}", "line 1: routing.calibrate: routing.quality sets the tiers already; expected one of the two"},
		{"an empty target", "calibrate: {}", "line 1: routing.calibrate: expected one of cheap_share, cost, quality and thresholds, found 0"},
		{"two targets", "calibrate: {cost: 1, cheap_share: 0.8}", "line 1: routing.calibrate: expected one of cheap_share, cost, quality and thresholds, found 2"},
		{"no share", "calibrate: {cheap_share: 1.5}", "line 1: routing.calibrate.cheap_share: 1.5 is out of range; expected 0 to 1 (a share)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := Load("f", []byte("routing: {"+tt.routing+"}\n"))
			if err == nil || err.Error() != "f: "+tt.want {
				t.Errorf("error %v, want f: %s", err, tt.want)
			}
		})
	}
	_, warnings, err := Load("f", []byte("routing: {scorer: spec, quality: high}\n"))
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0].String(), "routing.quality: has no effect with routing.scorer spec") {
		t.Errorf("%v, %v", warnings, err)
	}
}
