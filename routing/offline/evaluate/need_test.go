package evaluate

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/offline"
	"sluice/routing/pipeline"
)

// fourTiers is a configuration of the published rules, by whose words its tiers can be told,
// and of prices that are multiples of each other.
const fourTiers = `
providers: {p: {endpoint: "http://127.0.0.1:1/v1", format: openai}}
models:
  - {name: one, provider: p, tier: budget, price: {input: 0, output: 2}}
  - {name: two, provider: p, tier: standard, price: {input: 0, output: 4}}
  - {name: three, provider: p, tier: premium, price: {input: 0, output: 8}}
  - {name: four, provider: p, tier: flagship, price: {input: 0, output: 16}}
routing: {strategy: hierarchical, tiers: {standard: 0.05, premium: 0.15, flagship: 0.4}, tier_models: {budget: one, standard: two, premium: three, flagship: four}}
`

// eightNeeds are prompts of the published complexities 0 (four of them), 0.1, 0.2, 0.2 and 0.5: by the thresholds
// of four budget tiers, a standard, two premium and a flagship one.
const eightNeeds = `
{"text":"hello","need":1,"ok":[1],"topic":["general"],"lang":"en","source":"ignored"}
{"text":"good morning","need":1,"ok":[1,2],"topic":["general"],"lang":"en"}
{"text":"write a poem about the sea","need":1.5,"ok":[1,2],"topic":["writing"],"lang":"en"}
{"text":"여행 계획","need":2.5,"ok":[2,3],"topic":["code","writing"],"lang":"ko"}
{"text":"explain why","need":1,"ok":[1],"topic":["general"],"lang":"en"}
{"text":"analyze and compare","need":3,"ok":[3],"topic":["math","general"],"lang":"en"}
{"text":"compare and explain it","need":4,"ok":[3,4],"topic":["general"],"lang":"en"}
{"text":"analyze, compare and explain why: def f():","need":1,"ok":[1,2],"topic":["code"],"lang":"en"}
`

func TestNeed(t *testing.T) {
	r, err := Need(strings.NewReader(eightNeeds), build(t, fourTiers))
	if err != nil {
		t.Fatal(err)
	}
	value := func(v float64) *float64 { return &v }
	want := NeedFigures{
		N: 8,
		// The Korean prompt's tier is too weak; of "explain why" and "def f():" it is too strong, of the latter by two.
		Inside: 5. / 8, Under: 1. / 8, Over: 2. / 8, Severe: 1. / 8, Adequate: value(2. / 3),
		AUCStandard: value((1 + 1 + 3 + 3) / 16.),  // 0, 0, 0.2 and 0.2 against 0, 0, 0.1 and 0.5
		AUCPremium:  value((1.5 + 4 + 4) / 15),     // 0, 0.2 and 0.2 against 0, 0, 0, 0.1 and 0.5
		Spearman:    value(8 / math.Sqrt(36.5*37)), // ranks 6.5 6.5 6.5 6.5 4 2.5 2.5 1 and 6.5 6.5 4 3 6.5 2 1 6.5
		TopicInside: value(6. / 8),                 // no rule finds the code without "python", nor the Korean topics
		Cost:        (4*1 + 1*2 + 2*4 + 1*8) / 8.,  // 500 tokens at 2, 4, 8 and 16 dollars a million, 1,000 times
		Share:       Shares{4. / 8, 1. / 8, 2. / 8, 1. / 8},
	}
	if diff := cmp.Diff(want, unbounded(r.NeedFigures), near64); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	checkConstant(t, r.Against, Constant{Name: "always budget", Figure: "inside", Value: 5. / 8})
	checkConstant(t, r.Topic, Constant{Name: "always general", Figure: "topic_inside", Value: 5. / 8, Margin: 1. / 8})

	spec := want // the configuration is of the published rules itself
	baselines := []NamedNeed{
		{"always budget", NeedFigures{N: 8, Inside: 5. / 8, Under: 3. / 8, Severe: 2. / 8, Adequate: value(0), Share: Shares{1, 0, 0, 0}, Cost: 1}},
		{"always standard", NeedFigures{N: 8, Inside: 4. / 8, Under: 2. / 8, Over: 2. / 8, Adequate: value(1. / 3), Share: Shares{0, 1, 0, 0}, Cost: 2}},
		{"always premium", NeedFigures{N: 8, Inside: 3. / 8, Over: 5. / 8, Severe: 2. / 8, Adequate: value(1), Share: Shares{0, 0, 1, 0}, Cost: 4}},
		{"always flagship", NeedFigures{N: 8, Inside: 1. / 8, Over: 7. / 8, Severe: 5. / 8, Adequate: value(1), Share: Shares{0, 0, 0, 1}, Cost: 8}},
		{"length", NeedFigures{
			// From the shortest on: hello, Korean, "explain why", "good morning"; "analyze"; "compare", the poem; "def f():".
			N: 8, Inside: 4. / 8, Under: 2. / 8, Over: 2. / 8, Severe: 1. / 8, Adequate: value(1. / 3),
			AUCStandard: value((0.5 + 3 + 3 + 3) / 16.), AUCPremium: value((0.5 + 3 + 3) / 15), Spearman: r.Baselines[4].Spearman,
			Share: want.Share, Cost: want.Cost,
		}},
		{"spec", spec},
	}
	for i := range r.Baselines {
		r.Baselines[i].NeedFigures = unbounded(r.Baselines[i].NeedFigures)
	}
	if diff := cmp.Diff(baselines, r.Baselines, near64); diff != "" {
		t.Errorf("baselines (-want +got):\n%s", diff)
	}
	if en, ko := r.Parts[0], r.Parts[1]; en.Name != "en" || en.N != 7 || en.Inside != 5./7 || en.Cost != 3 || ko.Name != "ko" || ko.Under != 1 || ko.Spearman != nil {
		t.Errorf("parts %+v", r.Parts)
	}
	keys(t, r, "task", "scorer", "best_constant", "beats_constant", "topic", "baselines", "by", "parts",
		"n", "inside", "under", "over", "severe", "adequate", "auc_standard", "auc_premium", "spearman", "share", "topic_inside", "cost_per_1000", "intervals")
	printed(t, r.Print, "need, configured", "95 % interval", "always flagship", "lang ko", "0.50 / 0.12 / 0.25 / 0.12",
		"the choice of tiers does not beat the best constant, always budget (inside 0.625): margin +0.000",
		"the choice of topics is not shown to beat the best constant, always general (topic_inside 0.625): margin +0.125")
}

// unbounded leaves the figures without their intervals.
func unbounded(f NeedFigures) NeedFigures {
	f.Intervals = nil
	return f
}

// TestNeedBeats has a configuration that is always right, where no constant is.
func TestNeedBeats(t *testing.T) {
	const two = `{"text":"hello","need":1,"ok":[1],"topic":["general"]}
{"text":"analyze and compare","need":3,"ok":[3],"topic":["general"]}
`
	r, err := Need(strings.NewReader(strings.Repeat(two, 20)), build(t, fourTiers))
	if err != nil {
		t.Fatal(err)
	}
	checkConstant(t, r.Against, Constant{Name: "always budget", Figure: "inside", Value: 0.5, Margin: 0.5})
	if !r.Beats || r.Topic.Beats || *r.Spearman != 1 || *r.Adequate != 1 {
		t.Errorf("beats %v, topic beats %v, %+v", r.Beats, r.Topic.Beats, r.NeedFigures)
	}
	printed(t, r.Print, "lang not given", "the choice of tiers beats the best constant, always budget (inside 0.500): margin +0.500",
		"the choice of topics does not beat the best constant, always general (topic_inside 1.000)")
}

// TestNeedConfigured: the built-in configuration chooses as it does in service, and the topic
// is what the prompt is about where its domain is its language or its length.
func TestNeedConfigured(t *testing.T) {
	const text = "안녕하세요, 오늘 기분이 어떠세요?"
	rt := build(t, "")
	r, err := Need(strings.NewReader(`{"text":"`+text+`","need":1,"ok":[1],"topic":["general"],"lang":"ko"}`), rt)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := offline.Decide(pipeline.NewOffline(rt, nil), routing.OpenAIChat, offline.ChatBody("auto", text, ""), pipeline.Offline{})
	if err != nil {
		t.Fatal(err)
	}
	d := plan.Decision
	first := d.Candidates[0]
	if d.Domain != "korean" || *r.TopicInside != 1 {
		t.Errorf("domain %s, topic inside %v", d.Domain, *r.TopicInside)
	}
	listed := r.Baselines[len(r.Baselines)-1]
	if listed.Name != "with languages" || listed.Share[tierNumber(first.Tier)-1] != 1 || listed.Cost != 1000*first.Estimate(plan.Request, d.Signals.Tokens) {
		t.Errorf("%s: shares %v and cost %v; want those of %s", listed.Name, listed.Share, listed.Cost, first.Name)
	}
	// The labels take every model to know Korean; the budget model's languages do not name it.
	if first.Tier == routing.Budget || r.Share[0] != 1 {
		t.Errorf("%s in service, shares %v; want the budget tier here and a stronger one in service", first.Name, r.Share)
	}
}
