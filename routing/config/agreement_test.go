package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
)

func TestAgreementForms(t *testing.T) {
	for text, want := range map[string]Agreement{
		"":                           {When: "checkable"},
		"agreement: off":             {When: "off"},
		"agreement: checkable":       {When: "checkable"},
		"agreement: {when: off}":     {When: "off"},
		"agreement: {domains: math}": {When: "checkable", Domains: Words{"math"}},
		"agreement: {when: checkable, probe: small}": {When: "checkable", Probe: "small"},
	} {
		f, warnings, err := Load("test.yaml", []byte(minimal+text))
		if err != nil || len(warnings) > 0 {
			t.Errorf("%q: %v, %v", text, err, warnings)
			continue
		}
		if diff := cmp.Diff(want, f.Agreement); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestAgreementMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"agreement: always":             `line 7: agreement.when: "always" is unknown; expected one of off, checkable`,
		"agreement: {probe: nobody}":    `line 7: agreement.probe: unknown model "nobody"; known: small, large`,
		"agreement: {probe: large}":     `line 7: agreement.probe: "large" is of tier premium; expected a model of the budget or standard tier`,
		"agreement: {domains: [maths]}": `line 7: agreement.domains[0]: "maths" is unknown; expected one of code, math, writing, korean, rag_summary, long_context, general`,
		"agreement: {model: small}":     `line 7: agreement.model: unknown key; expected one of when, domains, probe`,
		"agreement: [off]":              `line 7: agreement: expected a mapping of keys to values`,
	} {
		if _, _, err := Load("test.yaml", []byte(minimal+text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	_, warnings, err := Load("test.yaml", []byte(minimal+"routing: {limits: {attempts: 2}}\nagreement: checkable"))
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0].String(), "routing.limits.attempts of 3, found 2") {
		t.Errorf("%v, %v", warnings, err)
	}
}

// TestAgreementByDefault: with the built-in models a question for a number is checked, and a
// model's family can be told.
func TestAgreementByDefault(t *testing.T) {
	question := "A bank pays 4.2% interest compounded quarterly. What are 12,500 dollars worth after 7 years and 3 months? Answer with a number."
	for _, tt := range []struct{ name, change, prompt, want string }{
		{"a number", "", question, "deepseek-r1 gemini-2.0-flash claude-sonnet-4"},
		{"a stream of words", "", "Tell me about rivers.", ""},
		{"off", "agreement: off", question, ""},
		{"another domain", "agreement: {domains: [code]}", question, ""},
		{"a probe by name", "agreement: {probe: gpt-4o-mini}", question, "deepseek-r1 gpt-4o-mini claude-sonnet-4"},
		{"two attempts", "routing: {limits: {attempts: 2}}", question, ""},
	} {
		f, _, err := Load("test.yaml", []byte(tt.change))
		if err != nil {
			t.Fatal(err)
		}
		rt, err := Build(f)
		if err != nil {
			t.Fatal(err)
		}
		d, err := rt.Router.Route(&routing.Request{API: routing.OpenAIChat, Messages: 1, Turns: 1, Prompt: tt.prompt, Tokens: 30})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if a := d.Agreement; a != nil {
			got = d.Model + " " + a.Probe.Name + " " + a.Strong.Name
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	f, _, err := Load("test.yaml", []byte(strings.Replace(minimal, "tier: budget", "tier: budget, family: ours", 1)))
	if err != nil {
		t.Fatal(err)
	}
	rt, err := Build(f)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := rt.Router.Model("small").Family, rt.Router.Model("large").Family; a != "ours" || b != "large" {
		t.Errorf("families %q and %q", a, b)
	}
}
