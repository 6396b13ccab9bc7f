package config

import (
	"os"
	"strings"
	"testing"
)

// TestReadme: every configuration that the documentation shows can be loaded as it stands there.
func TestReadme(t *testing.T) {
	loadable(t, "README.md", 1)
	loadable(t, "docs/budgets.md", 1)
	loadable(t, "docs/cache.md", 1)
	loadable(t, "docs/configuration.md", 2)
	loadable(t, "docs/effort.md", 1)
	loadable(t, "docs/experiments.md", 1)
	loadable(t, "docs/routing.md", 2)
}

// loadable loads the configurations in a file, of which there are so many at least.
func loadable(t *testing.T, name string, least int) {
	t.Helper()
	text, err := os.ReadFile("../../" + name)
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
		f, warnings, err := Load(name, []byte(block))
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
	if blocks < least {
		t.Errorf("%d configurations in %s, want %d", blocks, name, least)
	}
}
