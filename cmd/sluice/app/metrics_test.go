package app

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"sluice/routing/config"
)

// TestMetricsDocumentation compares docs/metrics.md with what the service registers, in
// both directions. Descriptors are compared instead of a scrape: a vector without
// children is missing from a scrape.
func TestMetricsDocumentation(t *testing.T) {
	f := config.Default()
	f.Listen, f.Admin, f.Processor, f.State.Store = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", "memory"
	a, err := New(f, Options{Log: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
	})
	text, err := os.ReadFile("../../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(registeredSeries(t, a.registry), documentedSeries(string(text))); diff != "" {
		t.Errorf("docs/metrics.md (+) differs from the registered series (-):\n%s", diff)
	}
	families, err := a.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		name := family.GetName()
		kind := strings.ToLower(family.GetType().String())
		if want := seriesType(name); strings.HasPrefix(name, prefix) && kind != want {
			t.Errorf("%s is a %s; by its name it should be a %s", name, kind, want)
		}
	}
}

const prefix = "sluice_"

// seriesType is the convention for names: counters end in _total, histograms, which are
// all of durations, in _seconds.
func seriesType(name string) string {
	switch {
	case strings.HasSuffix(name, "_total"):
		return "counter"
	case strings.HasSuffix(name, "_seconds"):
		return "histogram"
	default:
		return "gauge"
	}
}

// series is the type and the labels of a series.
type series struct {
	Type   string
	Labels []string // in order of their names
}

var descriptor = regexp.MustCompile(`^Desc\{fqName: "([^"]+)", .*, constLabels: \{.*\}, variableLabels: \{(.*)\}\}$`)

// registeredSeries lists Sluice's own series by their names.
func registeredSeries(t *testing.T, registry *prometheus.Registry) map[string]series {
	t.Helper()
	all := make(map[string]series)
	for _, d := range descriptions(registry) {
		m := descriptor.FindStringSubmatch(d.String())
		if m == nil {
			t.Fatalf("unknown form of a descriptor: %s", d)
		}
		if strings.HasPrefix(m[1], prefix) {
			all[m[1]] = newSeries(seriesType(m[1]), strings.Split(m[2], ","))
		}
	}
	return all
}

func descriptions(registry *prometheus.Registry) []*prometheus.Desc {
	ch := make(chan *prometheus.Desc)
	go func() {
		registry.Describe(ch)
		close(ch)
	}()
	var all []*prometheus.Desc
	for d := range ch {
		all = append(all, d)
	}
	return all
}

// documentedSeries reads the rows | `name` | type | `label`, `label` | meaning |.
func documentedSeries(text string) map[string]series {
	all := make(map[string]series)
	for line := range strings.Lines(text) {
		cells := strings.Split(line, "|")
		if len(cells) < 5 {
			continue
		}
		name := strings.Trim(cells[1], " `")
		if strings.HasPrefix(name, prefix) {
			all[name] = newSeries(strings.TrimSpace(cells[2]), strings.Split(strings.ReplaceAll(cells[3], "`", ""), ","))
		}
	}
	return all
}

func newSeries(kind string, labels []string) series {
	s := series{Type: kind}
	for _, l := range labels {
		if l = strings.TrimSpace(l); l != "" {
			s.Labels = append(s.Labels, l)
		}
	}
	slices.Sort(s.Labels)
	return s
}
