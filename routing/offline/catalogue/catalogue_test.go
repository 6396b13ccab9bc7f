package catalogue

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing/config"
)

const litellm = `{
  "sample_spec": {"input_cost_per_token": 0.0, "max_tokens": "legacy, see max_output_tokens"},
  "gpt-4o-mini": {"input_cost_per_token": 1.5e-07, "output_cost_per_token": 6e-07, "cache_read_input_token_cost": 7.5e-08,
    "input_cost_per_token_batches": 7.5e-08, "output_cost_per_token_batches": 3e-07,
    "max_input_tokens": 128000, "max_output_tokens": 16384, "max_tokens": 16384, "mode": "chat",
    "supports_function_calling": true, "supports_vision": true, "supports_response_schema": true, "litellm_provider": "openai"},
  "gemini/gemini-2.0-flash": {"input_cost_per_token": 1e-07, "output_cost_per_token": 4e-07, "max_input_tokens": 1048576, "mode": "chat"},
  "gemini-2.0-flash": {"input_cost_per_token": 1.5e-07, "output_cost_per_token": 6e-07},
  "text-embedding-3-small": {"input_cost_per_token": 2e-08, "output_cost_per_token": 0.0, "mode": "embedding"}
}`

const file = `
providers:
  openai: {endpoint: "https://api.openai.com/v1", format: openai}
  google: {endpoint: "https://generativelanguage.googleapis.com/v1beta/openai", format: openai}
models:
  - {name: mini, upstream_name: gpt-4o-mini, provider: openai, tier: standard, context: 128000, max_output: 4096, price: {input: 0.15, output: 0.75, batch: 0.5}}
  - {name: gemini-2.0-flash, provider: google, tier: standard, context: 1048576, price: {input: 0.1, output: 0.4}}
  - {name: own, provider: openai, tier: budget}
`

func load(t *testing.T, text string) *config.File {
	t.Helper()
	f, _, err := config.Load("test", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestCompare(t *testing.T) {
	want := &Report{
		Compared: 2,
		Differences: []Difference{
			{"mini", "price.output", "0.75", "0.6"},
			{"mini", "price.cached_input", "-", "0.075"},
			{"mini", "max_output", "4096", "16384"},
		},
		Unknown: []string{"own"},
	}
	c, err := Read([]byte(litellm))
	if err != nil {
		t.Fatal(err)
	}
	if c.Len() != 4 {
		t.Errorf("%d models", c.Len())
	}
	r := Compare(load(t, file), c)
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	var table strings.Builder
	if err := r.Print(&table); err != nil {
		t.Fatal(err)
	}
	const printed = `MODEL  KEY                 FILE  CATALOGUE
mini   price.output        0.75  0.6
mini   price.cached_input  -     0.075
mini   max_output          4096  16384
`
	if diff := cmp.Diff(printed, table.String()); diff != "" {
		t.Error(diff)
	}
}

// TestForms: the same list in each of the forms that are read.
func TestForms(t *testing.T) {
	for _, text := range []string{
		"- {model: gpt-4o-mini, input: 0.15, output: 0.60}\n",
		`[{"model": "gpt-4o-mini", "input": 0.15, "output": 0.60}]`,
		"- {name: gpt-4o-mini, price: {input: 0.15, output: 0.60}}\n",
		"models:\n- {name: mini, upstream_name: gpt-4o-mini, provider: openai, tier: standard, price: {input: 0.15, output: 0.60}}\n",
		"gpt-4o-mini: {input_cost_per_token: 1.5e-07, output_cost_per_token: 6.0e-07}\n",
	} {
		c, err := Read([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		r := Compare(load(t, file), c)
		if diff := cmp.Diff([]Difference{{"mini", "price.output", "0.75", "0.6"}}, r.Differences); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

// TestDefault: the built-in configuration agrees with itself.
func TestDefault(t *testing.T) {
	c, err := Read(config.DefaultYAML())
	if err != nil {
		t.Fatal(err)
	}
	if r := Compare(config.Default(), c); len(r.Differences) > 0 || len(r.Unknown) > 0 {
		t.Errorf("%+v", r)
	}
}

func TestMistakes(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", "no models"},
		{"just text", "no models"},
		{"- {input: 1}\n", "line 1: [0]: no name"},
		{"- {model: m, input: cheap, output: 1}\n", `"m": input is no price`},
		{"- {model: m, input: 1, output: -1}\n", `"m": output is no price`},
		{"- {model: m, context: large}\n", `"m": context is no number of tokens`},
		{"a: [", "line "},
	} {
		if _, err := Read([]byte(c.in)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.in, err, c.want)
		}
	}
}
