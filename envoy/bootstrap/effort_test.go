package bootstrap

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing/config"
)

// TestEfforts: a model at an effort shares its model's cluster; only the access log tells more.
func TestEfforts(t *testing.T) {
	const plain = `
providers: {local: {endpoint: "http://127.0.0.1:8000/v1", format: openai}}
models: [{name: m, provider: local, tier: budget}]
`
	text := func(yaml string) string {
		f, _, err := config.Load("x.yaml", []byte(yaml))
		if err != nil {
			t.Fatal(err)
		}
		y, err := render(t, f, Options{}).YAML()
		if err != nil {
			t.Fatal(err)
		}
		return string(y)
	}
	got := text(strings.Replace(plain, "tier: budget", "tier: budget, efforts: [low, high]", 1))
	without := regexp.MustCompile(`(?m)^ *effort: .*DYNAMIC_METADATA\(sluice:effort\).*\n`).ReplaceAllString(got, "")
	if without == got {
		t.Error("the access log does not name the effort")
	}
	if diff := cmp.Diff(text(plain), without); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
