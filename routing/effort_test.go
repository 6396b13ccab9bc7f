package routing_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
)

var (
	openAI    = &routing.Provider{Name: "openai", Formats: []routing.Format{routing.OpenAI}}
	anthropic = &routing.Provider{Name: "anthropic", Formats: []routing.Format{routing.Anthropic, routing.OpenAI}}

	o1     = &routing.Model{Name: "o1", UpstreamName: "o1", Cluster: "o1", Provider: openAI, Tier: routing.Flagship, Price: routing.Price{Input: 15, Output: 60}, Context: 20_000}
	o1Low  = o1.At(routing.EffortLow, routing.Standard, 300)
	o1High = o1.At(routing.EffortHigh, routing.Flagship, 4000)

	opus       = &routing.Model{Name: "opus", UpstreamName: "opus", Cluster: "opus", Provider: anthropic, Tier: routing.Flagship, Price: routing.Price{Output: 75}, Context: 20_000}
	opusHigh   = opus.At(routing.EffortHigh, routing.Flagship, 4000)
	older      = &routing.Model{Name: "older", UpstreamName: "older", Cluster: "older", Provider: anthropic, Tier: routing.Flagship, Price: routing.Price{Output: 75}, Context: 12_500, Thinking: routing.ThinkBudget}
	olderHigh  = older.At(routing.EffortHigh, routing.Flagship, 4000)
	middling   = &routing.Model{Name: "middling", UpstreamName: "middling", Cluster: "middling", Provider: anthropic, Tier: routing.Flagship, Thinking: routing.ThinkAdaptive}
	middlingUp = middling.At(routing.EffortMax, routing.Flagship, 16_000)
)

func TestAt(t *testing.T) {
	if o1Low.Name != "o1@low" || o1Low.UpstreamName != "o1" || o1Low.Cluster != "o1" || o1Low.Provider != openAI || o1Low.Tier != routing.Standard || o1Low.Base() != o1 || o1.Base() != o1 {
		t.Errorf("%+v", o1Low)
	}
	if !o1.StandsIn() || !o1Low.StandsIn() || o1High.StandsIn() {
		t.Error("at an effort a model stands in for the tiers that it is not of itself")
	}
}

// TestFor: which requests take an effort.
func TestFor(t *testing.T) {
	limit := routing.Span{Start: 1, End: 4}
	chat := routing.Request{API: routing.OpenAIChat}
	messages := routing.Request{API: routing.AnthropicMessages, LimitSpan: limit}
	with := func(r routing.Request, change func(*routing.Request)) routing.Request {
		change(&r)
		return r
	}
	within := func(r *routing.Request) { r.Kind = routing.Continuation }
	for _, tt := range []struct {
		name  string
		req   routing.Request
		taken string
	}{
		{"chat", chat, "o1@high"},
		{"Responses", routing.Request{API: routing.OpenAIResponses}, "o1@high"},
		{"embeddings", routing.Request{API: routing.OpenAIEmbeddings}, ""},
		{"legacy completions", routing.Request{API: routing.OpenAICompletions}, ""},
		{"messages", messages, "opus@high older@high middling@max"},
		{"counting", routing.Request{API: routing.AnthropicCountTokens, LimitSpan: limit}, ""},
		{"the client's own", with(chat, func(r *routing.Request) { r.OwnEffort = true }), ""},
		{"the client's own of Anthropic's", with(messages, func(r *routing.Request) { r.OwnEffort = true }), ""},
		{"a preflight request", with(chat, func(r *routing.Request) { r.Kind = routing.Preflight }), ""},
		{"a temperature", with(messages, func(r *routing.Request) { r.Steered = true }), "opus@high"},
		{"a forced tool", with(messages, func(r *routing.Request) { r.Forced = true }), "opus@high"},
		{"no limit", with(messages, func(r *routing.Request) { r.LimitSpan = routing.Span{} }), "opus@high middling@max"},
		{"in a turn that did not think", with(messages, within), "opus@high middling@max"},
		{"in a turn that thought", with(messages, func(r *routing.Request) { within(r); r.Thought = true }), "opus@high older@high middling@max"},
		{"in another's turn", with(messages, func(r *routing.Request) { within(r); r.Past.Model = "other" }), "opus@high"},
		{"in its own turn", with(messages, func(r *routing.Request) { within(r); r.Past.Model = "middling@max" }), "opus@high middling@max"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var taken []string
			for _, m := range []*routing.Model{o1High, opusHigh, olderHigh, middlingUp} {
				switch got := m.For(&tt.req); got {
				case m:
					taken = append(taken, m.Name)
				case m.Plain:
				default:
					t.Errorf("%s became %s", m.Name, got.Name)
				}
			}
			if got := strings.Join(taken, " "); got != tt.taken {
				t.Errorf("taken of %q, want %q", got, tt.taken)
			}
			if got := o1.For(&tt.req); got != o1 {
				t.Errorf("the plain model became %s", got.Name)
			}
		})
	}
}

// TestReasoningCosts: the tokens of reasoning count as output, within the client's limit.
func TestReasoningCosts(t *testing.T) {
	short := &routing.Model{Name: "short", Provider: openAI, MaxOutput: 400}
	shortHigh := &routing.Model{}
	*shortHigh = *olderHigh
	shortHigh.MaxOutput = 10_000
	for _, tt := range []struct {
		model      *routing.Model
		limit      int
		length, at int // of the answer, and the limit that the model is given
	}{
		{o1, 0, 500, 0},
		{o1, 100, 100, 100},
		{o1Low, 0, 800, 0},
		{o1High, 0, 4500, 0},
		{o1High, 1000, 1000, 1000},
		{opusHigh, 1000, 1000, 1000},
		{olderHigh, 1000, 4500, 9000},
		{olderHigh, 100, 4100, 8100},
		{olderHigh, 9000, 4500, 12096},
		{olderHigh, 32000, 4500, 32000},
		{olderHigh, 0, 4500, 0},
		{older, 100, 100, 100},
		{short, 0, 500, 0},
		{short, 100, 100, 100},
		{short, 300, 300, 300},
		{short, 32000, 400, 400},
		{shortHigh, 1000, 4500, 9000},
		{shortHigh, 32000, 4500, 10_000},
	} {
		if got := tt.model.AssumedLength(tt.limit); got != tt.length {
			t.Errorf("%s, limit %d: %d tokens, want %d", tt.model.Name, tt.limit, got, tt.length)
		}
		if got := tt.model.Limit(tt.limit); got != tt.at {
			t.Errorf("%s, limit %d: asked with %d, want %d", tt.model.Name, tt.limit, got, tt.at)
		}
	}
	if got, want := o1High.Estimate(&routing.Request{}, 1000), (1000*15+4500*60)/1e6; got != want {
		t.Errorf("estimate %v, want %v", got, want)
	}
}

// TestRouteByEffort: where a request does not take the effort that was proposed, the plain
// model answers, once, in its own tier and at its own price.
func TestRouteByEffort(t *testing.T) {
	small := &routing.Model{Name: "small", UpstreamName: "small", Provider: openAI, Tier: routing.Budget}
	models := []*routing.Model{small, o1, o1Low, o1High, opus, opusHigh, older, olderHigh}
	for _, tt := range []struct {
		name       string
		proposed   []*routing.Model
		req        routing.Request
		structured *routing.Model
		want       string
		model      string
		effort     routing.Effort
		tier       routing.Tier
	}{
		{name: "as proposed", proposed: []*routing.Model{o1Low, o1High}, want: "o1@low o1@high", model: "o1", effort: "low", tier: routing.Standard},
		{name: "the client's own", proposed: []*routing.Model{o1Low, o1High}, req: routing.Request{OwnEffort: true}, want: "o1", model: "o1", tier: routing.Flagship},
		{name: "the plain model is there already", proposed: []*routing.Model{o1, small, o1High}, req: routing.Request{OwnEffort: true}, want: "o1 small", model: "o1", tier: routing.Flagship},
		{name: "nothing above standard", proposed: []*routing.Model{o1Low, o1High}, req: routing.Request{Allowance: routing.Allowance{Capped: true}}, want: "o1@low", model: "o1", effort: "low", tier: routing.Standard},
		{name: "the plain model is above standard", proposed: []*routing.Model{o1Low}, req: routing.Request{OwnEffort: true, Allowance: routing.Allowance{Capped: true}}, want: "small", model: "small", tier: routing.Budget},
		{name: "in an imitated format", proposed: []*routing.Model{opusHigh}, want: "opus", model: "opus", tier: routing.Flagship},
		{name: "a structured model", proposed: []*routing.Model{small}, req: routing.Request{Needs: routing.JSON}, structured: o1High, want: "small o1@high", model: "small", tier: routing.Budget},
		{name: "a structured model, the client's own", proposed: []*routing.Model{small}, req: routing.Request{Needs: routing.JSON, OwnEffort: true}, structured: o1High, want: "small o1", model: "small", tier: routing.Budget},
		{name: "standing in", proposed: nil, want: "small o1@low o1 opus older", model: "small", tier: routing.Budget},
		{name: "no room behind a raised limit", proposed: []*routing.Model{olderHigh, opusHigh}, req: routing.Request{API: routing.AnthropicMessages, MaxTokens: 9_000, LimitSpan: routing.Span{Start: 1, End: 2}}, want: "opus@high", model: "opus", effort: "high", tier: routing.Flagship},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, m := range models {
				m.Capabilities = routing.JSON
			}
			if tt.req.API == 0 {
				tt.req.API = routing.OpenAIChat
			}
			tt.req.Messages = 1
			tier := routing.Budget
			if len(tt.proposed) > 0 {
				tier = tt.proposed[0].Tier
			}
			d, err := routing.NewRouter(routing.Options{
				Models: models, Policies: map[string]routing.Policy{"p": proposal{tier: tier, models: tt.proposed}}, Strategy: "p", Structured: tt.structured, Attempts: 9,
			}).Route(&tt.req)
			if err != nil {
				t.Fatal(err)
			}
			if got := candidates(&d); got != tt.want || d.Model != tt.model || d.Effort != tt.effort || d.Tier != tt.tier {
				t.Errorf("%s, model %s at %q of tier %s; want %s, %s at %q of %s", got, d.Model, d.Effort, d.Tier, tt.want, tt.model, tt.effort, tt.tier)
			}
			if first := d.Candidates[0]; first.Plain == nil && len(tt.proposed) > 0 && tt.proposed[0].Plain == first && d.EstimatedCost != first.Estimate(&tt.req, 1000) {
				t.Errorf("estimate %v", d.EstimatedCost)
			}
		})
	}
	t.Run("once the budget allows none of the proposed", func(t *testing.T) {
		r := routing.NewRouter(routing.Options{
			Models: models, Policies: map[string]routing.Policy{"p": proposal{tier: routing.Flagship, models: []*routing.Model{o1High}}}, Strategy: "p", Capped: o1Low, Attempts: 3,
		})
		for own, want := range map[bool]string{false: "o1@low", true: "small"} {
			d, err := r.Route(&routing.Request{API: routing.OpenAIChat, Messages: 1, OwnEffort: own, Allowance: routing.Allowance{Capped: true}})
			if err != nil || d.Candidates[0].Name != want || d.Rule != routing.ByCap {
				t.Errorf("own effort %t: %s by %s, want %s; %v", own, d.Candidates[0].Name, d.Rule, want, err)
			}
		}
	})
	t.Run("explained", func(t *testing.T) {
		r := routing.NewRouter(routing.Options{Models: models, Policies: map[string]routing.Policy{"p": proposal{models: []*routing.Model{o1High}}}, Strategy: "p", Attempts: 3})
		d, err := r.Route(&routing.Request{API: routing.OpenAIChat, Messages: 1, OwnEffort: true, Explain: true})
		if err != nil {
			t.Fatal(err)
		}
		want := []routing.Considered{{Model: "o1", Tier: routing.Flagship, Cost: (1000*15 + 500*60) / 1e6, Outcome: "in place of o1@high: the client sets the effort itself"}}
		if diff := cmp.Diff(want, d.Considered); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("by its provider's name a model has no effort", func(t *testing.T) {
		r := routing.NewRouter(routing.Options{Models: []*routing.Model{o1High, o1Low, o1}, Attempts: 1})
		if r.Named("o1") != o1 || r.Named("o1@high") != o1High || len(r.Models()) != 3 {
			t.Errorf("%v, %v", r.Named("o1"), r.Named("o1@high"))
		}
	})
}

// TestPartAtAnEffort: who cannot get the effort of a variant takes no part.
func TestPartAtAnEffort(t *testing.T) {
	r := routing.NewRouter(routing.Options{
		Models: []*routing.Model{o1, o1High, o1Low}, Policies: map[string]routing.Policy{"p": proposal{tier: routing.Standard, models: []*routing.Model{o1Low}}}, Strategy: "p",
		Trial: enrolment{o1High}, Attempts: 3,
	})
	for own, want := range map[bool]string{false: "o1@high", true: "o1"} {
		d, err := r.Route(&routing.Request{API: routing.OpenAIChat, Messages: 1, OwnEffort: own})
		if err != nil || d.Candidates[0].Name != want || (d.Assigned.Experiment == "") != own || (d.Rule == routing.ByExperiment) == own {
			t.Errorf("own effort %t: %v, %+v, %v", own, d.Candidates[0].Name, d.Assigned, err)
		}
	}
}

// probes is a checker that would have the model asked, too, where it fits.
type probes struct{ model *routing.Model }

func (p probes) Check(_ *routing.Request, d *routing.Decision, fits func(*routing.Model) bool) *routing.Agreement {
	if !fits(p.model) {
		return nil
	}
	return &routing.Agreement{Probe: p.model, Strong: d.Candidates[0]}
}

// TestProbeAtAnEffort: a second model is not asked at an effort that the request does not take.
func TestProbeAtAnEffort(t *testing.T) {
	r := routing.NewRouter(routing.Options{
		Models: []*routing.Model{o1, o1Low}, Policies: map[string]routing.Policy{"p": proposal{tier: routing.Flagship, models: []*routing.Model{o1}}}, Strategy: "p",
		Checker: probes{o1Low}, Attempts: 3,
	})
	for _, own := range []bool{false, true} {
		d, err := r.Route(&routing.Request{API: routing.OpenAIChat, Messages: 1, OwnEffort: own})
		if err != nil || (d.Agreement == nil) != own {
			t.Errorf("own effort %t: %+v, %v", own, d.Agreement, err)
		}
	}
}

// candidates lists the names of a decision's candidates in their order.
func candidates(d *routing.Decision) string {
	names := make([]string, len(d.Candidates))
	for i, m := range d.Candidates {
		names[i] = m.Name
	}
	return strings.Join(names, " ")
}
