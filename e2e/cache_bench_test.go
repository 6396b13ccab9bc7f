package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"sluice/cmd/sluice/simulator"
)

// BenchmarkCache compares a hit with a miss through Envoy, one client, a provider on the
// same machine that answers at once. Hits and misses take turns. A miss is judged and,
// streamed, followed event by event; a hit is one exchange with the router, whatever the
// answer's form and size.
func BenchmarkCache(b *testing.B) {
	s := caching(b, "")
	say := simulator.Behaviour{Say: simulator.Big}
	s.local.Behave(func(string, []byte) simulator.Behaviour { return say })
	var rows []string
	for _, answer := range []struct {
		name, extra string
		bytes       int
	}{
		{"1 KB, a body", "", 1 << 10},
		{"100 KB, a body", "", 100 << 10},
		{"1 KB, a stream", streamed, 1 << 10},
		{"100 KB, a stream", streamed, 100 << 10},
		{"400 words, a stream", streamed, 0},
	} {
		b.Run(answer.name, func(b *testing.B) {
			say = simulator.Behaviour{Say: simulator.Big, Bytes: answer.bytes}
			if answer.bytes == 0 {
				say = simulator.Behaviour{}
			}
			body := chatBody("Tell me about rivers. "+answer.name, answer.extra)
			var hits, misses []float64
			for b.Loop() {
				hits, misses = nil, nil
				for range 300 {
					misses = append(misses, s.timed(b, body, "miss", "cache-control: no-cache"))
					hits = append(hits, s.timed(b, body, "hit", alice))
				}
			}
			hit, miss := median(hits), median(misses)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(hit, "hit-µs")
			b.ReportMetric(miss, "miss-µs")
			b.ReportMetric(hit/miss, "ratio")
			rows = append(rows, fmt.Sprintf("%s\t%.0f\t%.0f\t%.2f\t", answer.name, hit, miss, hit/miss))
		})
	}
	fmt.Println("A hit beside a miss through Envoy, p50 in µs")
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "answer\thit\tmiss\tratio\t")
	fmt.Fprintln(w, strings.Join(rows, "\n"))
	_ = w.Flush() // the terminal may be gone
}

// timed sends a request and returns how long its answer took, in microseconds.
func (s *stack) timed(b *testing.B, body, result string, fields ...string) float64 {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, s.chat(), strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range append(fields, alice) {
		name, value, _ := strings.Cut(f, ": ")
		req.Header.Set(name, value)
	}
	began := time.Now()
	r, err := client.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	_, err = io.Copy(io.Discard, r.Body)
	_ = r.Body.Close()
	took := float64(time.Since(began)) / float64(time.Microsecond)
	if err != nil || r.StatusCode != 200 || r.Header.Get("x-sluice-cache") != result {
		b.Fatalf("%d, cache %q, want %q: %v", r.StatusCode, r.Header.Get("x-sluice-cache"), result, err)
	}
	return took
}
