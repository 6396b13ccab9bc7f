package routing_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"sluice/routing"
)

// chosen is the part of a decision that a budget is about.
type chosen struct {
	candidates string
	rule       routing.Rule
	tier       routing.Tier
	variant    string
}

// enrolment enrols everybody in one variant.
type enrolment struct{ model *routing.Model }

func (e enrolment) Enrol(*routing.Request, *routing.Decision) (routing.Assignment, *routing.Model) {
	return routing.Assignment{Experiment: "x", Variant: "v", Unit: "u"}, e.model
}

// shop has a model of each tier, and a router that knows them.
type shop struct {
	free, mini, other, pro, top *routing.Model
	options                     routing.Options
}

func newShop() *shop {
	p := &routing.Provider{Name: "p", Formats: []routing.Format{routing.OpenAI}}
	model := func(name string, tier routing.Tier, price float64, needs routing.Capabilities) *routing.Model {
		return &routing.Model{Name: name, Provider: p, Tier: tier, Price: routing.Price{Input: price}, Capabilities: needs}
	}
	s := &shop{
		free:  model("free", routing.Budget, 0, 0),
		mini:  model("mini", routing.Standard, 2, routing.Tools|routing.JSON),
		other: model("other", routing.Standard, 1, routing.Tools),
		pro:   model("pro", routing.Premium, 5, routing.Tools|routing.Vision),
		top:   model("top", routing.Flagship, 20, routing.Tools|routing.Vision|routing.JSON),
	}
	s.options = routing.Options{
		Models: []*routing.Model{s.top, s.pro, s.mini, s.other, s.free}, Strategy: "p",
		Exhausted: s.free, Capped: s.mini, Attempts: 3,
	}
	return s
}

// An idea is a proposal by the names of its models.
type idea struct {
	tier   routing.Tier
	models string
	fixed  bool
}

// route asks the router what becomes of the idea.
func (s *shop) route(p idea, req routing.Request) (routing.Decision, error) {
	var models []*routing.Model
	for name := range strings.FieldsSeq(p.models) {
		at := slices.IndexFunc(s.options.Models, func(m *routing.Model) bool { return m.Name == name })
		models = append(models, s.options.Models[at])
	}
	s.options.Policies = map[string]routing.Policy{"p": proposal{tier: p.tier, models: models, fixed: p.fixed}}
	req.API, req.Messages = routing.OpenAIChat, 1
	return routing.NewRouter(s.options).Route(&req)
}

func TestAllowance(t *testing.T) {
	capped, exhausted := routing.Allowance{Capped: true}, routing.Allowance{Exhausted: true}
	both := routing.Allowance{Capped: true, Exhausted: true}
	ladder := idea{routing.Budget, "free other top", false}
	climb := idea{routing.Premium, "pro top", false}
	for _, tt := range []struct {
		name   string
		policy idea
		req    routing.Request
		change func(*shop)
		want   chosen
	}{
		{"no restriction", climb, routing.Request{}, nil, chosen{"pro top", "", routing.Premium, ""}},
		{"capped, above what was proposed first", ladder, routing.Request{Allowance: capped}, nil, chosen{"free other", "", routing.Budget, ""}},
		{"capped, all that was proposed", climb, routing.Request{Allowance: capped}, nil, chosen{"mini", routing.ByCap, routing.Standard, ""}},
		{"capped, some of what was proposed", idea{routing.Premium, "pro other", false}, routing.Request{Allowance: capped}, nil, chosen{"other", routing.ByCap, routing.Standard, ""}},
		{"capped, a fixed one", idea{routing.Flagship, "top", true}, routing.Request{Allowance: capped}, nil, chosen{"mini", routing.ByCap, routing.Standard, ""}},
		{"capped, nothing proposed", idea{routing.Flagship, "", false}, routing.Request{Allowance: capped}, nil, chosen{"mini", routing.ByCap, routing.Standard, ""}},
		{"capped, a model of a higher tier than it stands for", idea{routing.Standard, "pro", false}, routing.Request{Allowance: capped}, nil, chosen{"mini", routing.ByCap, routing.Standard, ""}},
		{
			"capped, and the standard model cannot", climb,
			routing.Request{Allowance: capped, Needs: routing.Tools},
			func(s *shop) { s.mini.Capabilities = 0 },
			chosen{"other", routing.ByCap, routing.Standard, ""},
		},
		{"capped, without a model for it", climb, routing.Request{Allowance: capped}, func(s *shop) { s.options.Capped = nil }, chosen{"mini", routing.ByCap, routing.Standard, ""}},
		{
			"capped, JSON from a model that is only asked for it", climb,
			routing.Request{Allowance: capped, Needs: routing.JSON | routing.Tools},
			func(s *shop) { s.mini.Capabilities = routing.Tools },
			chosen{"mini", routing.ByCap, routing.Standard, ""},
		},
		{"capped, no structured model above", ladder, routing.Request{Allowance: capped, Needs: routing.JSON}, func(s *shop) { s.options.Structured = s.top }, chosen{"mini", "", routing.Standard, ""}},
		{"exhausted", climb, routing.Request{Allowance: exhausted}, nil, chosen{"free", routing.ByBudget, routing.Budget, ""}},
		{"exhausted, no way up", ladder, routing.Request{Allowance: both}, nil, chosen{"free", routing.ByBudget, routing.Budget, ""}},
		{"exhausted, and the model cannot", climb, routing.Request{Allowance: exhausted, Needs: routing.Tools}, nil, chosen{"other", routing.ByBudget, routing.Standard, ""}},
		{"exhausted, without a model for it", climb, routing.Request{Allowance: exhausted}, func(s *shop) { s.options.Exhausted = nil }, chosen{"pro top", "", routing.Premium, ""}},
		{"exhausted, images", climb, routing.Request{Allowance: exhausted, Needs: routing.Vision}, nil, chosen{"pro", routing.ByBudget, routing.Premium, ""}},

		{"enrolled", ladder, routing.Request{}, func(s *shop) { s.options.Trial = enrolment{s.pro} }, chosen{"pro top", routing.ByExperiment, routing.Premium, "v"}},
		{"enrolled below the cap", ladder, routing.Request{Allowance: capped}, func(s *shop) { s.options.Trial = enrolment{s.mini} }, chosen{"mini other", routing.ByExperiment, routing.Standard, "v"}},
		{"not above it", ladder, routing.Request{Allowance: capped}, func(s *shop) { s.options.Trial = enrolment{s.pro} }, chosen{"free other", "", routing.Budget, ""}},
		{"not with an exhausted budget", ladder, routing.Request{Allowance: exhausted}, func(s *shop) { s.options.Trial = enrolment{s.mini} }, chosen{"free", routing.ByBudget, routing.Budget, ""}},
		{"not where it cannot", ladder, routing.Request{Needs: routing.Vision}, func(s *shop) { s.options.Trial = enrolment{s.mini} }, chosen{"top", "", routing.Flagship, ""}},
		{"not where nothing else may stand in", idea{routing.Budget, "free", true}, routing.Request{}, func(s *shop) { s.options.Trial = enrolment{s.mini} }, chosen{"free", "", routing.Budget, ""}},
		{"not an auxiliary request", ladder, routing.Request{Kind: routing.Auxiliary}, func(s *shop) { s.options.Trial = enrolment{s.mini} }, chosen{"free other top", "", routing.Budget, ""}},
		{"not in the middle of a conversation", ladder, routing.Request{Past: routing.Past{Model: "free"}}, func(s *shop) { s.options.Trial = enrolment{s.mini} }, chosen{"free other top", "", routing.Budget, ""}},
		{"but as it began", ladder, routing.Request{Past: part("free")}, nil, chosen{"free other top", "", routing.Budget, "began"}},
		{"unless the budget decides", ladder, routing.Request{Past: part("free"), Allowance: both}, nil, chosen{"free", routing.ByBudget, routing.Budget, ""}},
		{"or caps it", climb, routing.Request{Past: part("pro"), Allowance: capped}, nil, chosen{"mini", routing.ByCap, routing.Standard, ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newShop()
			if tt.change != nil {
				tt.change(s)
			}
			d, err := s.route(tt.policy, tt.req)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, m := range d.Candidates {
				names = append(names, m.Name)
			}
			got := chosen{strings.Join(names, " "), d.Rule, d.Tier, d.Assigned.Variant}
			if got != tt.want || d.Model != names[0] {
				t.Errorf("%+v, model %s; want %+v", got, d.Model, tt.want)
			}
			if d.Rule != "" && d.Rule != routing.ByExperiment && d.Reason != string(d.Rule) {
				t.Errorf("reason %s of rule %s", d.Reason, d.Rule)
			}
			if want := d.Candidates[0].Estimate(&tt.req, 1000); d.Rule != "" && math.Abs(d.EstimatedCost-want) > 1e-12 {
				t.Errorf("cost %v is not that of the model, %v", d.EstimatedCost, want)
			}
		})
	}
}

// part is a conversation that began with a part in an experiment.
func part(model string) routing.Past {
	return routing.Past{Model: model, Assigned: routing.Assignment{Experiment: "x", Variant: "began"}}
}

func TestCappedError(t *testing.T) {
	s := newShop()
	climb := idea{routing.Premium, "pro top", false}
	capped := routing.Allowance{Capped: true}
	_, err := s.route(climb, routing.Request{Needs: routing.Vision, Allowance: capped})
	var cap *routing.CappedError
	if !errors.As(err, &cap) || cap.Needs != routing.Vision || !strings.Contains(err.Error(), "standard") {
		t.Errorf("error %v", err)
	}
	_, err = s.route(climb, routing.Request{Needs: routing.Vision | routing.JSON, Allowance: capped})
	if !errors.As(err, &cap) {
		t.Errorf("where JSON is only asked for: %v", err)
	}
	// What no model could serve is no matter of money.
	_, err = s.route(climb, routing.Request{Needs: routing.Logprobs, Allowance: capped})
	if _, ok := errors.AsType[*routing.NoCandidateError](err); !ok {
		t.Errorf("error %v", err)
	}
	if d, err := s.route(climb, routing.Request{Needs: routing.Vision}); err != nil || d.Model != "pro" {
		t.Errorf("without a cap: %s, error %v", d.Model, err)
	}
}
