package policy

import (
	"time"

	"sluice/routing"
	"sluice/routing/budget"
	"sluice/routing/experiment"
)

// The models of the tests, as the built-in default has them.
var (
	llama    = model("llama-3.2-3b", routing.Budget, 5*time.Second, 0.8, 0, 0)
	mini     = model("gpt-4o-mini", routing.Standard, 15*time.Second, 0.6, 0.15, 0.60)
	haiku    = model("claude-haiku", routing.Standard, 15*time.Second, 0, 0.25, 1.25)
	flash    = model("gemini-2.0-flash", routing.Standard, 15*time.Second, 0, 0.10, 0.40)
	coder    = model("deepseek-coder-v2", routing.Standard, time.Minute, 0, 0.14, 0.28)
	gpt4o    = model("gpt-4o", routing.Premium, time.Minute, 0, 2.50, 10)
	sonnet   = model("claude-sonnet-4", routing.Premium, time.Minute, 0, 3, 15)
	deepseek = model("deepseek-r1", routing.Premium, time.Minute, 0, 0.55, 2.19)
	o1       = model("o1", routing.Flagship, time.Minute, 0, 15, 60)
	opus     = model("claude-opus-4", routing.Flagship, time.Minute, 0, 15, 75)
)

var provider = &routing.Provider{Name: "any", Formats: []routing.Format{routing.OpenAI, routing.Anthropic}}

func model(name string, tier routing.Tier, timeout time.Duration, confidence, input, output float64) *routing.Model {
	return &routing.Model{
		Name: name, Provider: provider, Tier: tier, Timeout: timeout, MinConfidence: confidence,
		Price: routing.Price{Input: input, Output: output, CachedInput: input},
	}
}

// daily is the budget of the published rules.
var daily = budget.Limits{{USD: 10, ExhaustedBelow: 0.5, PremiumAbove: 0.3}}

func hierarchical() *Hierarchical {
	return &Hierarchical{
		TierModels: map[routing.Tier]*routing.Model{
			routing.Budget: llama, routing.Standard: mini, routing.Premium: sonnet, routing.Flagship: opus,
		},
		Above: Thresholds{Standard: 0.2, Premium: 0.4, Flagship: 0.7},
	}
}

func domain() *Domain {
	return &Domain{
		Models: map[string][]*routing.Model{
			"code":        {sonnet, coder},
			"math":        {o1, deepseek},
			"writing":     {opus, gpt4o},
			"rag_summary": {mini, flash},
		},
		Default: mini,
	}
}

func cascade() *Cascade { return &Cascade{Steps: []*routing.Model{llama, mini, opus}} }

func trial() *Experiment {
	return &Experiment{
		Experiments: named(map[string][]arm{
			"pricing_v2": {{"control", mini, 0.5}, {"treatment", haiku, 0.5}},
			"thirds":     {{"a", llama, 0.1}, {"b", mini, 0.2}, {"c", sonnet, 0.7}},
			"gap":        {{"first", opus, 0.1}, {"second", sonnet, 0.1}},
			"over":       {{"low", llama, 0.9}, {"high", opus, 0.9}},
			"none":       {{"zero", o1, 0}, {"nothing", mini, 0}},
			"tenths": {
				{"t0", llama, 0.1},
				{"t1", mini, 0.1},
				{"t2", haiku, 0.1},
				{"t3", flash, 0.1},
				{"t4", coder, 0.1},
				{"t5", gpt4o, 0.1},
				{"t6", sonnet, 0.1},
				{"t7", deepseek, 0.1},
				{"t8", o1, 0.1},
				{"t9", opus, 0.1},
			},
			"가격 실험": {{"대조군", mini, 0.333}, {"실험군", haiku, 0.667}},
			"":      {{"empty", sonnet, 1}},
		}),
		Default: mini,
		Active:  "",
	}
}

// arm is a variant, written without its keys.
type arm struct {
	Name   string
	Model  *routing.Model
	Weight float64
}

func named(arms map[string][]arm) map[string]*experiment.Experiment {
	all := make(map[string]*experiment.Experiment, len(arms))
	for name, list := range arms {
		e := &experiment.Experiment{Name: name, Unit: experiment.ByUser}
		for _, a := range list {
			e.Variants = append(e.Variants, experiment.Variant(a))
		}
		all[name] = e
	}
	return all
}

func auto() *Auto {
	a := &Auto{Tiers: hierarchical(), Domains: domain(), Models: make(map[string]*routing.Model)}
	for _, m := range []*routing.Model{llama, mini, haiku, flash, coder, gpt4o, sonnet, deepseek, o1, opus} {
		a.Models[m.Name] = m
	}
	return a
}

func names(models []*routing.Model) []string {
	var all []string
	for _, m := range models {
		all = append(all, m.Name)
	}
	return all
}
