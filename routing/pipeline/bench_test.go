package pipeline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"sluice/routing/budget"
	"sluice/routing/cache"
)

var benchSizes = []struct {
	name  string
	bytes int
}{{"1KB", 1 << 10}, {"30KB", 30 << 10}, {"160KB", 160 << 10}}

// benchRequest is a chat request of about size bytes, prose in which no two sentences are the same.
func benchRequest(size int) []byte {
	var text strings.Builder
	for i := 0; text.Len() < size-100; i++ {
		fmt.Fprintf(&text, "In year %d the mill at bend %d of the river ground %d sacks of wheat for the town. ", 1700+i, i*31%977, i*i%1009)
	}
	return []byte(`{"model":"auto","messages":[{"role":"user","content":"` + text.String() + `"}]}`)
}

// everything is what a configuration may switch on besides; state is in memory.
const everything = `
identity: {user: {header: x-user}, team: {header: x-team}, tenant: {header: x-tenant}}
state: {store: memory}
cache: {ttl: 1h}
compression: spec
budgets:
  - {name: each-user, per: user, limit: 1000000, window: day, timezone: Asia/Seoul, exhausted_below: 1, premium_above: 0.3, on_exhausted: cheapest}
  - {name: each-team, per: team, limit: 1000000, window: week, timezone: Asia/Seoul, exhausted_below: 1, premium_above: 0.3, on_exhausted: refuse}
  - {name: everyone, per: everyone, limit: 1000000, window: month, timezone: UTC, exhausted_below: 1, premium_above: 0.3, on_exhausted: refuse}
experiments:
  half: {enrol: {share: 0.1}, a: {model: gpt-4o-mini, weight: 0.5}, b: {model: claude-haiku, weight: 0.5}}
`

// BenchmarkBegin is what a request costs before anything is written for Envoy: read the
// body, describe it, identify the client, decide, write the first attempt's body; with
// everything on also look into the cache and reserve the money. The metric scans is its time as a
// multiple of one scan of the same body by the standard library (json.Valid); times is
// that of everything as a multiple of the time without.
func BenchmarkBegin(b *testing.B) {
	answers, err := cache.NewMemory(64 << 20)
	if err != nil {
		b.Fatal(err)
	}
	budgets, err := budget.NewMemory(budget.Options{MaxSettled: 10_000})
	if err != nil {
		b.Fatal(err)
	}
	pipelines := []struct {
		name string
		*Pipeline
	}{
		{"plain", testPipeline(b, "", Stores{})},
		{"everything", testPipeline(b, everything, Stores{Budgets: budgets, Cache: answers})},
	}
	for _, size := range benchSizes {
		var without float64
		for _, v := range pipelines {
			b.Run(size.name+"/"+v.name, func(b *testing.B) {
				body := benchRequest(size.bytes)
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				const scans = 100
				began := time.Now()
				for range scans {
					if !json.Valid(body) {
						b.Fatal("the body is no JSON")
					}
				}
				scan := time.Since(began) / scans
				n := 0
				for b.Loop() {
					n++
					benchBegin(b, v.Pipeline, body, n)
					if n%settleEvery == 0 {
						b.StopTimer()
						benchSettle(b, v.Pipeline, n)
						b.StartTimer()
					}
				}
				took := float64(b.Elapsed()) / float64(b.N)
				b.ReportMetric(took/float64(scan), "scans")
				if v.name == "plain" {
					without = took
				} else if without > 0 {
					b.ReportMetric(took/without, "times")
				}
			})
		}
	}
}

// benchBegin begins one request, the n-th; a thousand users ask in turn.
func benchBegin(b *testing.B, p *Pipeline, body []byte, n int) {
	id := strconv.Itoa(n)
	headers := map[string]string{"x-user": "user " + strconv.Itoa(n%1000), "x-team": "team", "x-tenant": "tenant", "authorization": "Bearer key"}
	plan, reply, err := p.Begin(b.Context(), &Call{ID: id, Unique: id, Path: "/v1/chat/completions", Body: bytes.Clone(body), Header: func(name string) string { return headers[name] }})
	if plan == nil {
		b.Fatal(reply, err)
	}
}

// settleEvery is how many requests may be open at once.
const settleEvery = 1000

func benchSettle(b *testing.B, p *Pipeline, n int) {
	for i := n - settleEvery + 1; i <= n; i++ {
		p.charge(b.Context(), &Plan{Charge: strconv.Itoa(i)}, 0)
	}
}
