package policy

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"sluice/routing"
)

// needed is a Scorer by which every prompt needs the same.
type needed struct {
	need     routing.Need
	language string
}

func (n needed) Describe(string) Description {
	return Description{Topic: "general", Language: n.language, Complexity: 0.5, Need: n.need}
}

// worthwhile is the strategy where every request has that need, its models of the tiers at
// those prices of an answer in thousandths of a dollar.
func worthwhile(need routing.Need, q Quality, prices [4]float64) *Auto {
	a := auto()
	a.Scorer, a.Quality, a.Domains = needed{need, "en"}, &q, &Domain{Default: mini}
	for i, t := range routing.Tiers() {
		m := model(t.String(), t, 0, 0, 0, 2*prices[i])
		a.Tiers.TierModels[t], a.Models[m.Name] = m, m
	}
	return a
}

func balanced() Quality { q, _ := Level("balanced"); return q }

// TestQuality computes the loss of every tier by hand. With balanced, w is 3.1; each case is
// shown with its losses, weakest tier first.
func TestQuality(t *testing.T) {
	far := [4]float64{0.01, 0.1, 1, 10}
	for _, tt := range []struct {
		name   string
		need   routing.Need
		prices [4]float64
		want   routing.Tier
	}{
		// 0.01+3.1×(.1×.1+.05+.1) = .501, .1+3.1×.15 = .565, 1+.31, 10
		{"easy", routing.Need{Standard: 0.1, Premium: 0.05, Flagship: 0.01}, far, routing.Budget},
		// .01+3.1×(.06+.05+.1) = .661, .1+3.1×.15 = .565, 1.31, 10
		{"standard", routing.Need{Standard: 0.6, Premium: 0.05, Flagship: 0.01}, far, routing.Standard},
		// .01+3.1×(.08+.4+.5) = 3.048, .1+3.1×.9 = 2.89, 1+3.1×.5 = 2.55, 10
		{"premium", routing.Need{Standard: 0.8, Premium: 0.4, Flagship: 0.05}, far, routing.Premium},
		// .1+3.1×(.7+5) = 17.77, 1+3.1×5 = 16.5, 10
		{"flagship", routing.Need{Standard: 0.9, Premium: 0.7, Flagship: 0.5}, far, routing.Flagship},
		{"nothing needed", routing.Need{}, far, routing.Budget},
		// The step to the standard tier at (1−.1)/3.1 = .2903.
		{"just below the step", routing.Need{Standard: 0.2902}, far, routing.Budget},
		{"just above the step", routing.Need{Standard: 0.2904}, far, routing.Standard},
		{"half as dear: the step at half of 1/3.1", routing.Need{Standard: 0.17}, [4]float64{1, 2, 20, 200}, routing.Standard},
		{"below half", routing.Need{Standard: 0.15}, [4]float64{1, 2, 20, 200}, routing.Budget},
		{"as dear: any probability", routing.Need{Standard: 1e-9}, [4]float64{1, 1, 20, 200}, routing.Standard},
		{"as dear, but for nothing", routing.Need{}, [4]float64{1, 1, 20, 200}, routing.Budget},
		{"free: any probability", routing.Need{Standard: 0.5, Premium: 0.1}, [4]float64{}, routing.Premium},
		{"the stronger tier is cheaper", routing.Need{Standard: 0.01}, [4]float64{2, 1, 20, 200}, routing.Standard},
		{"cheaper, whatever is needed", routing.Need{}, [4]float64{2, 1, 20, 200}, routing.Standard},
		// 1+3.1×(.3×8+.25×9) = 15.4, 8+3.1×2.25 = 14.975, 9: the tier between is passed over.
		{"over a tier that is dear", routing.Need{Standard: 0.3, Premium: 0.25}, [4]float64{1, 8, 9, 900}, routing.Premium},
		// 1+3.1×(.2×8+.1×9) = 8.75, 8+3.1×.9 = 10.79, 9
		{"not over it", routing.Need{Standard: 0.2, Premium: 0.1}, [4]float64{1, 8, 9, 900}, routing.Budget},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := worthwhile(tt.need, balanced(), tt.prices).Decide(&routing.Request{API: routing.OpenAIChat, Prompt: "x"})
			if d.Tier != tt.want || d.Rule != routing.ByComplexity {
				t.Errorf("tier %s by %s, want %s", d.Tier, d.Rule, tt.want)
			}
			if d.Signals.Need != tt.need || d.Complexity != 0.5 {
				t.Errorf("need %v, complexity %v", d.Signals.Need, d.Complexity)
			}
		})
	}
}

// TestQualityExample is the example of docs/routing.md, in US dollars for a thousand requests.
func TestQualityExample(t *testing.T) {
	need := routing.Need{Standard: 0.62, Premium: 0.21, Flagship: 0.04}
	for level, want := range map[string]struct {
		loss []float64
		tier routing.Tier
	}{
		"low":      {[]float64{6.64, 6.56, 10.61, 37.80}, routing.Standard},
		"balanced": {[]float64{10.19, 9.91, 12.25, 37.80}, routing.Standard},
		"high":     {[]float64{19.66, 18.84, 16.60, 37.80}, routing.Premium},
	} {
		a := auto()
		q, _ := Level(level)
		a.Scorer, a.Quality = needed{need, "en"}, &q
		d := a.Decide(&routing.Request{API: routing.OpenAIChat, Prompt: "x", Tokens: 20})
		if d.Tier != want.tier || d.Signals.Tokens != 20 {
			t.Errorf("%s: tier %s of %d tokens, want %s", level, d.Tier, d.Signals.Tokens, want.tier)
		}
		offers := a.offers(nil, &routing.Request{API: routing.OpenAIChat, Tokens: 20}, &d, true)
		for i := range offers {
			if got := 1000 * loss(q, offers, i); math.Abs(got-want.loss[i]) > 0.006 {
				t.Errorf("%s: tier %s has the loss %.3f, want %.2f", level, offers[i].tier, got, want.loss[i])
			}
		}
	}
}

// TestLevels has the probability at which each level steps to a tier that costs a thousand
// times as much.
func TestLevels(t *testing.T) {
	for name, want := range map[string]float64{"low": 0.50, "balanced": 0.32, "high": 0.17} {
		q, ok := Level(name)
		if !ok {
			t.Fatalf("no level %s", name)
		}
		step := 1.0
		for p := 1.0; p > 0; p -= 0.001 {
			if q.tier([]offer{{routing.Budget, 0.001, 1}, {routing.Standard, 1, p}}) == routing.Standard {
				step = p
			}
		}
		if math.Abs(step-want) > 0.006 {
			t.Errorf("%s steps at %.3f, want %.2f", name, step, want)
		}
	}
	if _, ok := Level("best"); ok {
		t.Error("there is a level best")
	}
}

// TestQualityModels has models of the tiers that cannot serve the request, or serve several tiers.
func TestQualityModels(t *testing.T) {
	far := [4]float64{0.01, 0.1, 1, 10}
	hard := routing.Need{Standard: 0.9, Premium: 0.8, Flagship: 0.02}
	incapable := func(a *Auto, tiers ...routing.Tier) {
		for _, m := range a.Tiers.TierModels {
			if m.Capabilities = routing.Tools; slices.Contains(tiers, m.Tier) {
				m.Capabilities = 0
			}
		}
	}
	standIn := func(a *Auto, price float64) {
		other := model("other", routing.Premium, 0, 0, 0, 2*price)
		other.Capabilities = routing.Tools
		a.Others = map[routing.Tier][]*routing.Model{routing.Premium: {a.Tiers.TierModels[routing.Premium], other}}
	}
	for _, tt := range []struct {
		name   string
		need   routing.Need
		change func(a *Auto)
		want   string // first candidate
	}{
		{"all can", hard, func(a *Auto) { incapable(a) }, "premium"},
		{"a tier that cannot leaves its need to the next", hard, func(a *Auto) { incapable(a, routing.Premium) }, "flagship"},
		{"where that is worth it", routing.Need{Standard: 0.9, Premium: 0.31}, func(a *Auto) { incapable(a, routing.Premium) }, "standard"},
		{"two that cannot", routing.Need{Standard: 0.9}, func(a *Auto) { incapable(a, routing.Standard, routing.Premium) }, "flagship"},
		{"the weakest cannot", routing.Need{}, func(a *Auto) { incapable(a, routing.Budget) }, "standard"},
		{"the strongest cannot", routing.Need{Standard: 1, Premium: 1, Flagship: 1}, func(a *Auto) { incapable(a, routing.Flagship) }, "premium"},
		{"another of the tier stands in", routing.Need{Standard: 0.9, Premium: 0.3}, func(a *Auto) { incapable(a, routing.Premium); standIn(a, 1) }, "other"},
		{"at its own price", routing.Need{Standard: 0.9, Premium: 0.3}, func(a *Auto) { incapable(a, routing.Premium); standIn(a, 5) }, "standard"},
		{"two tiers have one model", routing.Need{Standard: 0.9, Premium: 0.9}, func(a *Auto) {
			incapable(a)
			a.Tiers.TierModels[routing.Premium] = a.Tiers.TierModels[routing.Standard]
		}, "standard"},
		{"one model for all but the weakest", routing.Need{Standard: 0.2, Premium: 0.2, Flagship: 0.2}, func(a *Auto) {
			incapable(a)
			for _, tier := range routing.Tiers()[1:] {
				a.Tiers.TierModels[tier] = a.Tiers.TierModels[routing.Premium]
			}
		}, "budget"},
		{"one model for all", hard, func(a *Auto) {
			incapable(a)
			for _, tier := range routing.Tiers() {
				a.Tiers.TierModels[tier] = a.Tiers.TierModels[routing.Budget]
			}
		}, "budget"},
		{"not good at the language", routing.Need{}, func(a *Auto) {
			incapable(a)
			a.Tiers.TierModels[routing.Budget].Languages = []string{"fr"}
		}, "standard"},
		{"none is good at the language", hard, func(a *Auto) {
			incapable(a)
			for _, m := range a.Tiers.TierModels {
				m.Languages = []string{"fr"}
			}
		}, "premium"},
		{"none can serve it", hard, func(a *Auto) { incapable(a, routing.Tiers()...) }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := worthwhile(tt.need, balanced(), far)
			tt.change(a)
			d := a.Decide(&routing.Request{API: routing.OpenAIChat, Prompt: "x", Needs: routing.Tools})
			if d.Model != tt.want {
				t.Errorf("candidates %v, want %q first", names(d.Candidates), tt.want)
			}
		})
	}
}

// TestQualityTies has losses that are equal to the bit: 2 × .25 × 2 is what the second tier costs more.
func TestQualityTies(t *testing.T) {
	q := Quality{WeakAnswer: 2}
	if got := q.tier([]offer{{routing.Budget, 1, 1}, {routing.Standard, 2, 0.25}}); got != routing.Budget {
		t.Errorf("tier %s, want the weaker of equal losses", got)
	}
	if got := q.tier(nil); got != routing.Budget {
		t.Errorf("tier %s of no offers", got)
	}
}

// TestQualityOfWhoAnswers: a model that is not good at the language is no offer, even where
// it would win. From 1 neither 8 nor 9 is worth .1; from 8 the step to 9 is.
func TestQualityOfWhoAnswers(t *testing.T) {
	for language, want := range map[string]string{"en": "budget", "fr": "premium"} {
		a := worthwhile(routing.Need{Standard: 0.1, Premium: 0.1}, balanced(), [4]float64{1, 8, 9, 900})
		a.Scorer = needed{a.Scorer.(needed).need, language}
		a.Tiers.TierModels[routing.Budget].Languages = []string{"en"}
		if d := a.Decide(&routing.Request{API: routing.OpenAIChat, Prompt: "x"}); d.Model != want {
			t.Errorf("%s: model %s, want %s", language, d.Model, want)
		}
	}
}

// TestQualityMonotone draws needs, prices and qualities: more need, or a higher quality,
// never gives a weaker tier; and no tier has a smaller loss than the one chosen.
func TestQualityMonotone(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	price := func() float64 { // often equal, sometimes nothing, sometimes falling
		return []float64{0, 0.001, 0.01, rng.Float64(), 10 * rng.Float64()}[rng.IntN(5)]
	}
	rungs := map[routing.Tier]int{}
	for range 200_000 {
		q := Quality{WeakAnswer: 10 * rng.Float64(), Caught: rng.Float64()}
		offers := make([]offer, 1+rng.IntN(4))
		for i := range offers {
			offers[i] = offer{routing.Budget + routing.Tier(i), price(), rng.Float64()}
			if i > 0 {
				offers[i].need *= offers[i-1].need
			}
		}
		tier := q.tier(offers)
		rungs[tier]++
		chosen := loss(q, offers, int(tier-routing.Budget))
		for i := range offers {
			if other := loss(q, offers, i); other < chosen-1e-9 {
				t.Fatalf("%v of %v: tier %d has the loss %v, tier %s %v", q, offers, i, other, tier, chosen)
			}
		}
		better := q
		if rng.IntN(2) == 0 {
			better.WeakAnswer += rng.Float64() * []float64{1e-15, 0.01, 10}[rng.IntN(3)]
		} else if better.WeakAnswer > 1 {
			better.Caught *= rng.Float64()
		}
		if got := better.tier(offers); got < tier {
			t.Fatalf("%v of %v: %s, with the higher quality %v %s", q, offers, tier, better, got)
		}
		more := slices.Clone(offers)
		at := rng.IntN(len(more))
		more[at].need = min(1, more[at].need+rng.Float64()*[]float64{1e-15, 0.01, 1}[rng.IntN(3)])
		if got := q.tier(more); got < tier {
			t.Fatalf("%v: %s of %v, %s of %v", q, tier, offers, got, more)
		}
	}
	for _, tier := range routing.Tiers() {
		if rungs[tier] < 1000 {
			t.Errorf("only %d draws were of tier %s", rungs[tier], tier)
		}
	}
}

// loss is the definition in the documentation of [Quality].
func loss(q Quality, offers []offer, at int) float64 {
	sum := 0.0
	for _, o := range offers[at+1:] {
		sum += o.need * o.price
	}
	return offers[at].price + (q.Caught+(1-q.Caught)*q.WeakAnswer)*sum
}
