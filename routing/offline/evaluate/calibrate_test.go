package evaluate

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/config"
)

// fourModels has a model in each tier and no domains that lift prompts over them.
const fourModels = `
providers: {p: {endpoint: "http://127.0.0.1:1/v1", format: openai}}
models:
  - {name: b, provider: p, tier: budget, price: {input: 1, output: 1}}
  - {name: s, provider: p, tier: standard, price: {input: 2, output: 2}}
  - {name: p, provider: p, tier: premium, price: {input: 10, output: 10}}
  - {name: f, provider: p, tier: flagship, price: {input: 50, output: 50}}
`

// promptLog writes n lines of prompts of many kinds. One in three is hard for the weak model.
func promptLog(n int) string {
	rng := rand.New(rand.NewPCG(4, 4))
	pick := func(words string) string {
		all := strings.Split(words, "|")
		return all[rng.IntN(len(all))]
	}
	var b strings.Builder
	for i := range n {
		text := pick("What is|Tell me about|Prove the theorem on|Translate|Write a poem about|Compute the integral of|Compare|왜|설명해 줘:|Debug this function for|Summarise|List five facts on") +
			" " + pick("rivers|the sine of x|a linked list|contract law|the French revolution|바다|양자 역학|bread|tax returns|eigenvalues|cats|binary trees")
		for range rng.IntN(30) {
			text += " " + pick("and|then|with|because|number|city|step|by|the|a|value|그리고|answer|Given|case|which|not|twelve|x = 3|of these|carefully")
		}
		line, err := json.Marshal(map[string]any{
			"prompt": fmt.Sprintf("%s %d", text, i), "input_tokens": 1000, "output_tokens": 0,
			"weak_correct": min(1, i%3), "strong_correct": 1,
		})
		if err != nil {
			panic(err) // plain data
		}
		b.Write(append(line, '\n'))
	}
	return b.String()
}

// TestCalibrateShare: what is fitted on some prompts holds on others, within five points.
func TestCalibrateShare(t *testing.T) {
	log := promptLog(1500)
	for _, want := range []float64{0.7, 0.9} {
		r, err := Calibrate(strings.NewReader(log), loaded(t, fourModels), Target{Tiers: DefaultShares, Cheap: &want})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(r.Fitted.Cheap-want) > near || math.Abs(r.Held.Cheap-want) > 0.05 || r.Missed != "" {
			t.Errorf("target %v: fitted %v, held back %v; %s", want, r.Fitted.Cheap, r.Held.Cheap, r.Missed)
		}
		if split := r.Fitted.Shares[0] / r.Fitted.Cheap; math.Abs(split-0.625) > near {
			t.Errorf("target %v: the budget tier has %v of the cheap part, want 5/8", want, split)
		}
		if r.Turns != 1500 || r.Held.Turns < 250 || r.Held.Turns > 350 || r.Now.Turns != r.Held.Turns {
			t.Errorf("%d turns, %d held back", r.Turns, r.Held.Turns)
		}
	}
}

func TestCalibrateTargets(t *testing.T) {
	log := promptLog(600)
	cost, quality, tooCheap, tooGood := 0.004, 0.9, 0.0005, 1.0
	for _, tt := range []struct {
		name   string
		target Target
		check  func(r *CalibrateReport) bool
	}{
		{"the shares themselves", Target{Tiers: Shares{0.4, 0.3, 0.2, 0.1}}, func(r *CalibrateReport) bool {
			s := r.Fitted.Shares
			return math.Abs(s[0]-0.4) < near && math.Abs(s[1]-0.3) < near && math.Abs(s[2]-0.2) < near && math.Abs(s[3]-0.1) < near
		}},
		{"a cost", Target{Tiers: DefaultShares, Cost: &cost}, func(r *CalibrateReport) bool {
			return r.Fitted.Cost <= cost && r.Fitted.Cost > 0.95*cost && r.Missed == ""
		}},
		{"a quality", Target{Tiers: DefaultShares, Quality: &quality}, func(r *CalibrateReport) bool {
			return *r.Fitted.Quality >= quality && *r.Fitted.Quality < quality+0.02 && r.Missed == ""
		}},
		{"a cost below the cheapest", Target{Tiers: DefaultShares, Cost: &tooCheap}, func(r *CalibrateReport) bool {
			return r.Fitted.Cheap == 1 && strings.HasPrefix(r.Missed, "in the cheap tiers alone a request costs $0.0013") && strings.HasSuffix(r.Missed, ", more than $0.000500")
		}},
		{"perfection", Target{Tiers: DefaultShares, Quality: &tooGood}, func(r *CalibrateReport) bool {
			return r.Fitted.Cheap < near && r.Missed == ""
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Calibrate(strings.NewReader(log), loaded(t, fourModels), tt.target)
			if err != nil {
				t.Fatal(err)
			}
			if !tt.check(r) {
				t.Errorf("%+v, quality %v", r, *r.Fitted.Quality)
			}
		})
	}
}

// TestCalibrateCannot has what the spec's score, of few values, cannot divide.
func TestCalibrateCannot(t *testing.T) {
	f := loaded(t, fourModels+"routing: {strategy: hierarchical}\n")
	share := 0.5
	r, err := Calibrate(strings.NewReader(strings.Repeat(`{"prompt":"hello"}`+"\n{\"prompt\":\"bye for now\"}\n{\"prompt\":\"good day\"}\n{\"prompt\":\"ciao\"}\n{\"prompt\":\"ahoy\"}\n{\"prompt\":\"hey\"}\n", 10)+"?\n"), f, Target{Tiers: DefaultShares, Cheap: &share})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(r.Missed, "the nearest share is ") || r.Skipped.Count != 1 || !strings.HasPrefix(r.YAML, "routing:\n  tiers: {standard: ") {
		t.Errorf("%+v", r)
	}
	printed(t, r.Print, "routing:\n  tiers: {standard: ", "held back, as it is now", "60 human turns", "the target is not met")
	out := 1.5
	for _, tt := range []struct {
		name, config, log, want string
		target                  Target
	}{
		{"no log", fourModels, "", "0 human turns are too few to calibrate by", Target{Tiers: DefaultShares}},
		{"a strategy without thresholds", fourModels + "routing: {strategy: cascade}\n", "", "strategy cascade has no thresholds; expected auto or hierarchical", Target{Tiers: DefaultShares}},
		{"shares of more than a whole", fourModels, "", "the shares add up to 1.5; expected 1", Target{Tiers: Shares{0.5, 0.5, 0.3, 0.2}}},
		{"a negative share", fourModels, "", "share -1 is out of range; expected 0 to 1", Target{Tiers: Shares{-1, 1, 1, 0}}},
		{"nothing for the strong", fourModels, "", "expected a share for one of budget and standard, and for one of premium and flagship", Target{Tiers: Shares{0.5, 0.5, 0, 0}}},
		{"more than all", fourModels, "", "target share 1.5 is out of range; expected 0 to 1", Target{Tiers: DefaultShares, Cheap: &out}},
		{"no quality in the log", fourModels, `{"prompt":"a"}`, "0 human turns are too few to calibrate by", Target{Tiers: DefaultShares, Quality: &share}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Calibrate(strings.NewReader(tt.log), loaded(t, tt.config), tt.target)
			if err == nil || err.Error() != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}

// TestQuantiles: thresholds lie between scores; turns that something else lifts count
// where they end up.
func TestQuantiles(t *testing.T) {
	turns := make([]turn, 100)
	for i := range turns {
		turns[i].score = float64(i) / 100
		for level, tier := range routing.Tiers() {
			turns[i].at[level].tier = tier
		}
	}
	shares := Shares{0.5, 0.3, 0.16, 0.04}
	if diff := cmp.Diff(config.Thresholds{Standard: 0.495, Premium: 0.795, Flagship: 0.955}, quantiles(turns, shares)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i := range 10 { // the ten of the lowest scores are premium whatever is decided
		turns[i].at[0].tier, turns[i].at[1].tier = routing.Premium, routing.Premium
	}
	if diff := cmp.Diff(config.Thresholds{Standard: 0.595, Premium: 0.895, Flagship: 0.955}, quantiles(turns, shares)); diff != "" {
		t.Errorf("ten lifted (-want +got):\n%s", diff)
	}
	if o := tierUse(turns, by(config.Thresholds{Standard: 0.595, Premium: 0.895, Flagship: 0.955})); !cmp.Equal(o.Shares, shares, near64) {
		t.Errorf("ten lifted: shares %v", o.Shares)
	}
}
