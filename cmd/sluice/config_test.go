package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write puts a file into a folder of the test and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConfigPrices(t *testing.T) {
	file := write(t, "sluice.yaml", `
providers: {p: {endpoint: "http://127.0.0.1:1/v1", format: openai}}
models:
  - {name: small, provider: p, tier: standard, price: {input: 0.15, output: 0.60}}
  - {name: own, provider: p, tier: budget}
`)
	list := write(t, "prices.yaml", "- {model: small, input: 0.15, output: 0.50}\n")
	out, problems, err := run(t, "", "config", "prices", "--config", file, "--catalogue", list)
	const want = "MODEL  KEY           FILE  CATALOGUE\nsmall  price.output  0.6   0.5\n"
	if err != errSaid || out != want || problems != "own: not in the catalogue\n" { //nolint:errorlint // it is never wrapped
		t.Errorf("%v\n%s\n%s", err, out, problems)
	}
	same := write(t, "prices.yaml", "- {model: small, input: 0.15, output: 0.60}\n")
	if out, _, err := run(t, "", "config", "prices", "--config", file, "--catalogue", same); err != nil || out != "" {
		t.Errorf("%v\n%s", err, out)
	}
	other := write(t, "prices.yaml", "- {model: large, input: 0.15, output: 0.60}\n")
	if _, _, err := run(t, "", "config", "prices", "--config", file, "--catalogue", other); err == nil || !strings.Contains(err.Error(), "has none of the 2 models") {
		t.Errorf("a list with none of the models: %v", err)
	}
	if _, _, err := run(t, "", "config", "prices", "--config", file); err == nil {
		t.Error("no catalogue is accepted")
	}
}

// TestConfigImport runs the commands of docs/migrate-litellm.md: the result of an import passes
// the check, keys come from the environment, and what was left out is said with its line.
func TestConfigImport(t *testing.T) {
	from := write(t, "config.yaml", `model_list:
  - {model_name: fast, litellm_params: {model: openai/gpt-4o-mini, api_key: sk-literal, rpm: 5}}
  - {model_name: strong, litellm_params: {model: acme/one}}
  - {model_name: large, litellm_params: {model: mistral/large, api_key: os.environ/MISTRAL_KEY}}
`)
	out, problems, err := run(t, "", "config", "import", "litellm", from)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"line 2: model_list[0].litellm_params.rpm: ", "line 3: model_list[1]: ", "line 4: model_list[2]: the price of "} {
		if !strings.Contains(problems, from+": "+want) {
			t.Errorf("no %s in\n%s", want, problems)
		}
	}
	if strings.Contains(out+problems, "sk-literal") {
		t.Errorf("the key is printed:\n%s\n%s", out, problems)
	}
	file := write(t, "sluice.yaml", out)
	if out, _, err := run(t, "", "check", file); err != nil || !strings.Contains(out, "ok: 2 models of 2 providers") {
		t.Errorf("check: %v %s", err, out)
	}
	list := write(t, "prices.yaml", "- {model: large, input: 2, output: 6}\n")
	out, _, err = run(t, "", "config", "import", "litellm", from, "--catalogue", list)
	if err != nil || !strings.Contains(out, "price: {input: 2, output: 6}") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, _, err := run(t, "model_list: []", "config", "import", "litellm", "-"); err == nil || !strings.Contains(err.Error(), "none of its models") {
		t.Errorf("an empty list: %v", err)
	}
}
