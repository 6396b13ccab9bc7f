package e2e

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
	"strings"
	"testing"
)

// adminURL returns the base URL of a Sluice's admin API.
func (p *process) adminURL(t testing.TB) string {
	t.Helper()
	return "http://" + p.printed(t, `"msg":"serving".*"admin":"([^"]+)"`)[1]
}

// metric returns the sum of a metric's series that have all the labels, given as
// name="value".
func (p *process) metric(t testing.TB, name string, labels ...string) float64 {
	t.Helper()
	r, err := client.Get(p.adminURL(t) + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	page, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	var sum float64
	lines := bufio.NewScanner(bytes.NewReader(page))
	for lines.Scan() {
		series, value, _ := strings.Cut(lines.Text(), " ")
		if series != name && !strings.HasPrefix(series, name+"{") {
			continue
		}
		matches := true
		for _, l := range labels {
			matches = matches && strings.Contains(series, l)
		}
		if !matches {
			continue
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		sum += v
	}
	return sum
}
