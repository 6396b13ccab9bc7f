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
