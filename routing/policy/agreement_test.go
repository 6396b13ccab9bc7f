package policy

import (
	"testing"

	"sluice/routing"
)

func TestAgreement(t *testing.T) {
	provider := &routing.Provider{Name: "p", Formats: []routing.Format{routing.OpenAI}}
	model := func(name, family string, tier routing.Tier, in, out float64) *routing.Model {
		return &routing.Model{Name: name, Family: family, Tier: tier, Provider: provider, Price: routing.Price{Input: in, Output: out}}
	}
	small := model("small", "a", routing.Budget, 0, 0)
	mini := model("mini", "b", routing.Standard, 0.15, 0.6)
	flash := model("flash", "c", routing.Standard, 0.1, 0.4)
	midi := model("midi", "b", routing.Standard, 0.01, 0.01)
	large := model("large", "b", routing.Premium, 2.5, 10)
	huge := model("huge", "c", routing.Flagship, 15, 75)
	ask := func(change func(*routing.Request)) routing.Request {
		r := routing.Request{API: routing.OpenAIChat, Messages: 1, Turns: 1, Prompt: "12 cars have 30 seats each. How many seats are there?"}
		if change != nil {
			change(&r)
		}
		return r
	}
	all := []*routing.Model{small, midi, flash, mini}
	for _, tt := range []struct {
		name       string
		candidates []*routing.Model
		a          Agreement
		r          routing.Request
		d          func(*routing.Decision)
		want       string // probe and strong model; "" is no check
	}{
		{"the cheapest of another family that is not weaker", []*routing.Model{mini, large, huge}, Agreement{Models: all}, ask(nil), nil, "flash large"},
		{"a weaker one differs more often, and pays only where nothing else is there", []*routing.Model{mini, large}, Agreement{Models: []*routing.Model{small, midi}}, ask(nil), nil, "small large"},
		{"the strong one is stronger than both", []*routing.Model{small, mini, huge}, Agreement{Models: []*routing.Model{flash}}, ask(nil), nil, ""},
		{"the probe that is configured", []*routing.Model{flash, mini, large}, Agreement{Models: []*routing.Model{mini}}, ask(nil), nil, "mini large"},
		{"none of another family", []*routing.Model{mini, large}, Agreement{Models: []*routing.Model{midi, mini}}, ask(nil), nil, ""},
		{"nothing stronger", []*routing.Model{mini, flash}, Agreement{Models: all}, ask(nil), nil, ""},
		{"it starts at a strong one", []*routing.Model{large, huge}, Agreement{Models: all}, ask(nil), nil, ""},
		{"the next tier costs hardly more", []*routing.Model{mini, model("cheap", "b", routing.Premium, 0.2, 0.8)}, Agreement{Models: all}, ask(nil), nil, ""},
		{"a domain of the list", []*routing.Model{mini, large}, Agreement{Models: all, Domains: []string{"math"}}, ask(nil), func(d *routing.Decision) { d.Domain = "math" }, "flash large"},
		{"another domain", []*routing.Model{mini, large}, Agreement{Models: all, Domains: []string{"math"}}, ask(nil), func(d *routing.Decision) { d.Domain = "code" }, ""},
		{"another strategy", []*routing.Model{mini, large}, Agreement{Models: all}, ask(nil), func(d *routing.Decision) { d.Strategy = NameCascade }, ""},
		{"an experiment", []*routing.Model{mini, large}, Agreement{Models: all}, ask(nil), func(d *routing.Decision) { d.Assigned.Experiment = "x" }, ""},
		{"the only one that may answer", []*routing.Model{mini, large}, Agreement{Models: all}, ask(nil), func(d *routing.Decision) { d.Fixed = true }, ""},
		{"a stream", []*routing.Model{mini, large}, Agreement{Models: all}, ask(func(r *routing.Request) { r.Stream = true }), nil, ""},
		{"a continuation", []*routing.Model{mini, large}, Agreement{Models: all}, ask(func(r *routing.Request) { r.Kind = routing.Continuation }), nil, ""},
		{"signed history", []*routing.Model{mini, large}, Agreement{Models: all}, ask(func(r *routing.Request) { r.Signed = true }), nil, ""},
		{"a chat", []*routing.Model{mini, large}, Agreement{Models: all}, ask(func(r *routing.Request) { r.Prompt = "Tell me about 12 rivers and 30 lakes." }), nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := routing.Decision{Strategy: NameAuto, Candidates: tt.candidates}
			if tt.d != nil {
				tt.d(&d)
			}
			got := ""
			a := tt.a.Check(&tt.r, &d, func(*routing.Model) bool { return true })
			if a != nil {
				got = a.Probe.Name + " " + a.Strong.Name
				if a.Cost >= a.Instead || a.Instead <= 0 {
					t.Errorf("%v instead of %v", a.Cost, a.Instead)
				}
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	r := ask(nil)
	d := routing.Decision{Strategy: NameAuto, Candidates: []*routing.Model{mini, large}}
	if a := (&Agreement{Models: all}).Check(&r, &d, func(m *routing.Model) bool { return m != flash && m != small }); a != nil {
		t.Errorf("asks %s, which cannot serve it", a.Probe.Name)
	}
}
