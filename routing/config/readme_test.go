package config

import (
	"os"
	"strings"
	"testing"
)

// TestReadme: every configuration that the README shows can be loaded as it stands there.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for _, rest := range strings.Split(string(text), "```yaml\n")[1:] {
		block, _, ok := strings.Cut(rest, "```")
		if !ok {
			t.Fatal("a block has no end")
		}
		blocks++
		f, warnings, err := Load("README.md", []byte(block))
		if err != nil {
			t.Errorf("%v in\n%s", err, block)
			continue
		}
		for _, w := range warnings {
			t.Logf("%s", w)
		}
		if _, err := Build(f); err != nil {
			t.Errorf("%v in\n%s", err, block)
		}
	}
	if blocks < 2 {
		t.Errorf("%d configurations in the README", blocks)
	}
}
