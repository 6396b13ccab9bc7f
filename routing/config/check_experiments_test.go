package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/experiment"
)

func TestExperimentMistakes(t *testing.T) {
	const arms = "a: {model: small, weight: 0.5}, b: {model: large, weight: 0.5}"
	long := strings.Repeat("x", 65)
	tests := []struct {
		name, text string
		want       []string // line, path and text of the mistakes
	}{
		{"none", "e: {" + arms + ", unit: session, enrol: {share: 0.1, strategies: [auto, cascade], domains: code, header: x-beta, value: 'on'}}", nil},
		{"no variants", "e: {unit: user}", []string{"line 8: experiments.e: expected at least one variant"}},
		{"unit", "e: {" + arms + ", unit: team}", []string{`line 8: experiments.e.unit: "team" is unknown; expected one of user, session, key`}},
		{"share", "e: {" + arms + ", enrol: {share: 1.5}}", []string{"line 8: experiments.e.enrol.share: 1.5 is out of range; expected a share of the units from 0 to 1"}},
		{"negative share", "e: {" + arms + ", enrol: {share: -0.1}}", []string{"line 8: experiments.e.enrol.share: -0.1 is out of range; expected a share of the units from 0 to 1"}},
		{"strategy", "e: {" + arms + ", enrol: {share: 1, strategies: magic}}", []string{`line 8: experiments.e.enrol.strategies[0]: "magic" is unknown; expected one of auto, hierarchical, domain, cascade`}},
		{"its own strategy", "e: {" + arms + ", enrol: {share: 1, strategies: [auto, experiment]}}", []string{"line 8: experiments.e.enrol.strategies[1]: requests of strategy experiment always take part; expected another strategy"}},
		{"domain", "e: {" + arms + ", enrol: {share: 1, domains: [cooking]}}", []string{`line 8: experiments.e.enrol.domains[0]: "cooking" is unknown; expected one of code, math, writing, korean, rag_summary, long_context, general`}},
		{"header", "e: {" + arms + ", enrol: {share: 1, header: X-Beta}}", []string{`line 8: experiments.e.enrol.header: "X-Beta" is not a header name in lower case`}},
		{"no header", "e: {" + arms + ", enrol: {share: 1, header: 'x beta'}}", []string{`line 8: experiments.e.enrol.header: "x beta" is not a header name in lower case`}},
		{"our header", "e: {" + arms + ", enrol: {share: 1, header: x-sluice-user}}", []string{`line 8: experiments.e.enrol.header: "x-sluice-user" begins with x-sluice-; Envoy removes such headers of clients`}},
		{"value alone", "e: {" + arms + ", enrol: {share: 1, value: 'on'}}", []string{"line 8: experiments.e.enrol.value: expected a header beside it"}},
		{"unknown key", "e: {" + arms + ", enrol: {percent: 10}}", []string{"line 8: experiments.e.enrol.percent: unknown key; expected one of share, strategies, domains, header, value"}},
		{"model", "e: {a: {model: none, weight: 1}}", []string{`line 8: experiments.e.a.model: unknown model "none"; known: small, large`}},
		{"weights", "e: {a: {model: small, weight: -0.5}, b: {model: small, weight: 1.5}}", []string{
			"line 8: experiments.e.a.weight: -0.5 is out of range; expected a share from 0 to 1",
			"line 8: experiments.e.b.weight: 1.5 is out of range; expected a share from 0 to 1",
		}},
		{"a setting as a variant", "e: {" + arms + ", share: {weight: 0.1}}", []string{"line 8: experiments.e.share: cannot be the name of a variant; expected variants, unit, and enrol: {share, strategies, domains, header, value}"}},
		{"names", "{" + long + ": {a: {model: small, weight: 1}}, e: {\"a\\tb\": {model: small, weight: 1}}}", []string{
			fmt.Sprintf("line 8: experiments.%s: %q is not a name; expected 1 to 64 bytes of text without control characters", long, long),
			`line 8: experiments.e.a	b: "a\tb" is not a name; expected 1 to 64 bytes of text without control characters`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := Load("x.yaml", []byte(minimal+"experiments:\n  "+tt.text+"\n"))
			var got []string
			if mistakes, ok := errors.AsType[*Error](err); ok {
				for _, p := range mistakes.Problems {
					got = append(got, p.String())
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTooManyExperiments(t *testing.T) {
	var b strings.Builder
	for i := range maxExperiments + 1 {
		fmt.Fprintf(&b, "  e%d: {a: {model: small, weight: 1}}\n", i)
	}
	_, _, err := Load("x.yaml", []byte(minimal+"experiments:\n"+b.String()))
	if err == nil || !strings.Contains(err.Error(), "101 experiments are too many; expected up to 100") {
		t.Errorf("error %v", err)
	}
	b.Reset()
	for i := range maxVariants + 1 {
		fmt.Fprintf(&b, "    v%d: {model: small, weight: 0.01}\n", i)
	}
	_, _, err = Load("x.yaml", []byte(minimal+"experiments:\n  e:\n"+b.String()))
	if err == nil || !strings.Contains(err.Error(), "21 variants are too many; expected up to 20") {
		t.Errorf("error %v", err)
	}
}

func TestExperimentWarnings(t *testing.T) {
	for text, want := range map[string]string{
		"e: {a: {model: small, weight: 0.5}, b: {model: large, weight: 0.4}}":           "line 8: experiments.e: weights sum to 0.9, not 1; the first variant gets the rest",
		"e: {a: {model: small, weight: 1}, enrol: {domains: [code]}}":                   "line 8: experiments.e.enrol: enrols no requests; expected a share above 0",
		"e: {a: {model: small, weight: 1}, enrol: {share: 0.5, domains: [code, math]}}": "",
	} {
		_, warnings, err := Load("x.yaml", []byte(minimal+"experiments:\n  "+text+"\n"))
		if err != nil {
			t.Error(err)
		}
		got := ""
		for _, w := range warnings {
			got += w.String()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestBuildExperiments(t *testing.T) {
	f, _, err := Load("x.yaml", []byte(minimal+`
experiments:
  zebra:
    unit: key
    enrol: {share: 0.25, strategies: [domain, cascade], domains: [code], header: x-beta, value: "yes"}
    z: {model: large, weight: 0.5}
    a: {model: small, weight: 0.5}
  ant: {only: {model: small, weight: 1}}
`))
	if err != nil {
		t.Fatal(err)
	}
	rt, err := Build(f)
	if err != nil {
		t.Fatal(err)
	}
	small, large := rt.Router.Model("small"), rt.Router.Model("large")
	want := []*experiment.Experiment{
		{
			Name: "zebra", Unit: experiment.ByKey,
			Enrol:    experiment.Enrolment{Share: 0.25, Strategies: []string{"domain", "cascade"}, Domains: []string{"code"}, Header: "x-beta", Value: "yes"},
			Variants: []experiment.Variant{{Name: "z", Model: large, Weight: 0.5}, {Name: "a", Model: small, Weight: 0.5}},
		},
		{
			Name: "ant", Unit: experiment.ByUser,
			Enrol:    experiment.Enrolment{Strategies: []string{"auto"}},
			Variants: []experiment.Variant{{Name: "only", Model: small, Weight: 1}},
		},
	}
	if diff := cmp.Diff(want, rt.Experiments); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Every configured share, domain and header reaches the decision of the router.
func TestRouterEnrols(t *testing.T) {
	build := func(rule string) *Runtime {
		t.Helper()
		f, _, err := Load("x.yaml", []byte(minimal+"experiments:\n  e: {a: {model: large, weight: 1}, unit: user, enrol: "+rule+"}\n"))
		if err != nil {
			t.Fatal(err)
		}
		rt, err := Build(f)
		if err != nil {
			t.Fatal(err)
		}
		return rt
	}
	ask := func(rt *Runtime, change func(*routing.Request)) routing.Decision {
		t.Helper()
		r := routing.Request{API: routing.OpenAIChat, Messages: 1, Turns: 1, Prompt: "Hello there!", Who: routing.Principal{User: "alice"}}
		change(&r)
		d, err := rt.Router.Route(&r)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	beta := func(r *routing.Request) { r.Headers = map[string]string{"x-beta": "1"} }
	nothing := func(*routing.Request) {}
	for _, tt := range []struct {
		name, rule string
		change     func(*routing.Request)
		want       bool
	}{
		{"share", "{share: 1}", nothing, true},
		{"no share", "{share: 0}", nothing, false},
		{"header", "{share: 1, header: x-beta}", beta, true},
		{"no header", "{share: 1, header: x-beta}", nothing, false},
		{"strategy", "{share: 1, strategies: [cascade]}", func(r *routing.Request) { r.Strategy = "cascade" }, true},
		{"another strategy", "{share: 1, strategies: [cascade]}", nothing, false},
		{"unknown user", "{share: 1}", func(r *routing.Request) { r.Who.User = "" }, false},
	} {
		d := ask(build(tt.rule), tt.change)
		if (d.Assigned.Experiment == "e") != tt.want || (d.Reason == "experiment_a") != tt.want || (d.Model == "large") != tt.want {
			t.Errorf("%s: %+v, model %s because of %s", tt.name, d.Assigned, d.Model, d.Reason)
		}
	}
	// Strategy experiment takes part without being enrolled.
	rt := build("{share: 0}")
	if d := ask(rt, func(r *routing.Request) { r.Strategy, r.Experiment = "experiment", "e" }); d.Assigned.Variant != "a" || d.Assigned.Unit == "" {
		t.Errorf("%+v", d.Assigned)
	}
	if d := ask(rt, func(r *routing.Request) { r.Strategy, r.Experiment = "experiment", "unknown" }); d.Assigned != (routing.Assignment{}) {
		t.Errorf("%+v", d.Assigned)
	}
}

// TestEnrolHeaders: the headers that experiments look at reach the running form, each once.
func TestEnrolHeaders(t *testing.T) {
	f, _, err := Load("x.yaml", []byte(minimal+`
experiments:
  one: {enrol: {share: 1, header: x-beta}, a: {model: small, weight: 1}}
  two: {enrol: {share: 1, header: x-beta}, a: {model: small, weight: 1}}
  three: {enrol: {share: 1, header: x-plan}, a: {model: small, weight: 1}}
`))
	if err != nil {
		t.Fatal(err)
	}
	rt, err := Build(f)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"x-beta", "x-plan"}, rt.EnrolHeaders); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
