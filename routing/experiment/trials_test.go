package experiment

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
)

var _ routing.Trial = (*Trials)(nil)

var (
	openai = &routing.Provider{Name: "p", Formats: []routing.Format{routing.OpenAI}}
	weak   = &routing.Model{Name: "weak", Provider: openai, Tier: routing.Standard, Context: 1000}
	strong = &routing.Model{Name: "strong", Provider: openai, Tier: routing.Premium, Context: 2000, Capabilities: routing.Tools}
)

// even shares users out between weak and strong: alice and bob get the first.
func even(name string, rule Enrolment) *Experiment {
	return &Experiment{Name: name, Unit: ByUser, Enrol: rule, Variants: []Variant{{"control", weak, 0.5}, {"treatment", strong, 0.5}}}
}

func TestEnrol(t *testing.T) {
	auto := []string{"auto"}
	all := Enrolment{Share: 1, Strategies: auto}
	alice := routing.Request{API: routing.OpenAIChat, Who: routing.Principal{User: "alice"}}
	decided := routing.Decision{Strategy: "auto", Domain: "code"}
	with := func(change func(*routing.Request)) *routing.Request {
		r := alice
		change(&r)
		return &r
	}
	tests := []struct {
		name        string
		experiments []*Experiment
		r           *routing.Request
		want        string
	}{
		{"everybody", []*Experiment{even("pricing_v2", all)}, &alice, "pricing_v2 control a4ba31a6eabe65d4 weak"},
		{"the other half", []*Experiment{even("pricing_v2", all)}, with(func(r *routing.Request) { r.Who.User = "user-677" }), "pricing_v2 treatment 51d577aeef93eb66 strong"},
		{"nobody", []*Experiment{even("pricing_v2", Enrolment{Strategies: auto})}, &alice, ""},
		{"no experiments", nil, &alice, ""},
		{"no user", []*Experiment{even("pricing_v2", all)}, with(func(r *routing.Request) { r.Who.User = "" }), ""},
		{"beyond the share", []*Experiment{even("pricing_v2", Enrolment{Share: 0.49, Strategies: auto})}, &alice, ""},
		{"within the share", []*Experiment{even("pricing_v2", Enrolment{Share: 0.5, Strategies: auto})}, &alice, "pricing_v2 control a4ba31a6eabe65d4 weak"},
		{"another strategy", []*Experiment{even("pricing_v2", Enrolment{Share: 1, Strategies: []string{"domain", "cascade"}})}, &alice, ""},
		{"another domain", []*Experiment{even("pricing_v2", Enrolment{Share: 1, Strategies: auto, Domains: []string{"math"}})}, &alice, ""},
		{"one of the domains", []*Experiment{even("pricing_v2", Enrolment{Share: 1, Strategies: auto, Domains: []string{"math", "code"}})}, &alice, "pricing_v2 control a4ba31a6eabe65d4 weak"},
		{"without the header", []*Experiment{even("pricing_v2", Enrolment{Share: 1, Strategies: auto, Header: "x-beta"})}, &alice, ""},
		{
			"with the header",
			[]*Experiment{even("pricing_v2", Enrolment{Share: 1, Strategies: auto, Header: "x-beta"})},
			with(func(r *routing.Request) { r.Headers = map[string]string{"x-beta": "anything"} }), "pricing_v2 control a4ba31a6eabe65d4 weak",
		},
		{
			"with another value",
			[]*Experiment{even("pricing_v2", Enrolment{Share: 1, Strategies: auto, Header: "x-beta", Value: "yes"})},
			with(func(r *routing.Request) { r.Headers = map[string]string{"x-beta": "no"} }), "",
		},
		{
			"with the value",
			[]*Experiment{even("pricing_v2", Enrolment{Share: 1, Strategies: auto, Header: "x-beta", Value: "yes"})},
			with(func(r *routing.Request) { r.Headers = map[string]string{"x-beta": "yes"} }), "pricing_v2 control a4ba31a6eabe65d4 weak",
		},
		{"the first of two", []*Experiment{even("other", all), even("pricing_v2", all)}, &alice, "other treatment 5d0532da452b2dc3 strong"},
		{
			"the first whose rule is met",
			[]*Experiment{even("other", Enrolment{Share: 0.2, Strategies: auto}), even("pricing_v2", all)},
			&alice, "pricing_v2 control a4ba31a6eabe65d4 weak",
		},
		{
			"the one that is named",
			[]*Experiment{even("other", all), even("pricing_v2", all)},
			with(func(r *routing.Request) { r.Experiment = "pricing_v2" }), "pricing_v2 control a4ba31a6eabe65d4 weak",
		},
		{"an unknown one is named", []*Experiment{even("other", all)}, with(func(r *routing.Request) { r.Experiment = "none" }), ""},

		// Alice's model could, but that of the others could not.
		{"a variant lacks a capability", []*Experiment{even("pricing_v2", all)}, with(func(r *routing.Request) {
			r.Who.User, r.Needs = "user-677", routing.Tools
		}), ""},
		{"a variant speaks another format", []*Experiment{even("pricing_v2", all)}, with(func(r *routing.Request) { r.API = routing.AnthropicMessages }), ""},
		{"a variant is too small", []*Experiment{even("pricing_v2", all)}, with(func(r *routing.Request) { r.MaxTokens, r.Who.User = 1500, "user-677" }), ""},
		{"a variant is beyond the budget", []*Experiment{even("pricing_v2", all)}, with(func(r *routing.Request) { r.Allowance.Capped = true }), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			part, m := NewTrials(tt.experiments).Enrol(tt.r, &decided)
			got := ""
			if m != nil {
				got = fmt.Sprint(part.Experiment, " ", part.Variant, " ", part.Unit, " ", m.Name)
			} else if part != (routing.Assignment{}) {
				t.Errorf("part %v without a model", part)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnits(t *testing.T) {
	r := &routing.Request{API: routing.OpenAIChat, Session: "s1", Who: routing.Principal{User: "u1", Key: "k1"}}
	seen := make(map[string]bool)
	for _, unit := range []Unit{ByUser, BySession, ByKey} {
		e := even("e", Enrolment{})
		e.Unit = unit
		part, v := e.Assign(r, &routing.Signals{})
		if part.Variant != v.Name || part.Experiment != "e" || len(part.Unit) != 16 || seen[part.Unit] {
			t.Errorf("%s: %+v", unit, part)
		}
		seen[part.Unit] = true
		if part, v = e.Assign(&routing.Request{API: routing.OpenAIChat}, &routing.Signals{}); part != (routing.Assignment{}) || v == nil {
			t.Errorf("%s: nobody takes part as %v, with %v", unit, part, v)
		}
	}
	for unit, want := range map[Unit]string{ByUser: "u1", BySession: "s1", ByKey: "k1"} {
		if got := unit.of(r); got != want {
			t.Errorf("%s: %q, want %q", unit, got, want)
		}
	}
}

// A larger share adds units, and moves none.
func TestSharesAreNested(t *testing.T) {
	e := even("e", Enrolment{})
	var before int
	for _, share := range []float64{0, 0.01, 0.1, 0.5, 0.9, 1} {
		in := 0
		for i := range 5000 {
			u := fmt.Sprint(i)
			e.Enrol.Share = share
			now := e.enrolled(u)
			if e.Enrol.Share = share / 2; e.enrolled(u) && !now {
				t.Fatalf("%s leaves where the share grows to %v", u, share)
			}
			if now {
				in++
			}
		}
		if in < before || share == 1 && in != 5000 {
			t.Errorf("%d of 5000 at share %v, %d before", in, share, before)
		}
		before = in
	}
}

func BenchmarkEnrol(b *testing.B) {
	t := NewTrials([]*Experiment{
		even("one", Enrolment{Share: 0.001, Strategies: []string{"auto"}}),
		even("two", Enrolment{Share: 1, Strategies: []string{"auto"}}),
	})
	r := &routing.Request{API: routing.OpenAIChat, Who: routing.Principal{User: "alice@example.com"}}
	d := &routing.Decision{Strategy: "auto"}
	b.ReportAllocs()
	for b.Loop() {
		if _, m := t.Enrol(r, d); m == nil {
			b.Fatal("not enrolled")
		}
	}
}
