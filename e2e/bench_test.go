package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// benchConfiguration answers for every model name, so that a request can name the very
// model that it goes to.
const benchConfiguration = `
listen: 127.0.0.1:0
admin: 127.0.0.1:0
processor: unix:SOCKET
providers:
  local: {endpoint: "http://UPSTREAM/v1", format: openai, keep_alive: 50s}
models:
  - {name: small, provider: local, tier: budget, timeout: 10s}
  - {name: mid, provider: local, tier: standard, timeout: 10s, price: {input: 1, output: 2}}
  - {name: large, provider: local, tier: premium, timeout: 10s, price: {input: 2, output: 8}}
  - {name: huge, provider: local, tier: flagship, timeout: 10s, price: {input: 5, output: 25}}
routing:
  route: ["*"]
  strategy: auto
  tier_models: {budget: small, standard: mid, premium: large, flagship: huge}
  default_model: mid
  cascade: [small, mid, huge]
state: {store: memory}
envoy: {access_log: off}
`

// What is compared, in this order in every list below.
const (
	plain = iota // Envoy with a plain route and no filter
	noop         // Sluice's Envoy, and behind its three filters a server that does nothing
	whole        // Sluice
	variants
)

// cost is what one request takes in one variant.
type cost struct {
	p50 float64 // microseconds
	cpu float64 // microseconds of Envoy and of the server behind it
}

// rounds is odd, so that a median is a value that was seen.
const rounds = 21

// BenchmarkEnvoy compares whole calls through Envoy, one connection, an upstream that
// answers at once with about 1 KB, which Sluice judges whole. The variants take turns in
// short blocks, so that whatever else the machine does meets them all. What a variant
// adds is its difference to the plain Envoy of the same round: the median of all rounds
// for the latency; the mean for the CPU time, which is counted in ticks of 10 ms.
// Read the ratios: the times themselves are the machine's.
func BenchmarkEnvoy(b *testing.B) {
	bench := startBench(b)
	var rows []string
	for _, size := range []struct {
		name     string
		bytes    int
		requests int // in one block
	}{{"1KB", 1 << 10, 300}, {"160KB", 160 << 10, 150}} {
		for _, body := range []struct{ name, model, path string }{
			{"kept", bench.model(b, size.bytes), "/v1/chat/completions"},
			{"replaced", "auto", "/v1/chat/completions" + replace},
		} {
			b.Run(size.name+"/"+body.name, func(b *testing.B) {
				request := benchRequest(body.path, benchBody(body.model, size.bytes))
				var added [variants]cost
				for b.Loop() {
					added = bench.compare(b, request, size.requests)
				}
				bench.noAccessLog(b)
				latency, cpu := added[whole].p50/added[noop].p50, added[whole].cpu/added[noop].cpu
				b.ReportMetric(0, "ns/op") // the time of all rounds: says nothing
				b.ReportMetric(added[noop].p50, "noop-µs")
				b.ReportMetric(added[whole].p50, "sluice-µs")
				b.ReportMetric(latency, "latency-ratio")
				b.ReportMetric(added[noop].cpu, "noop-cpu-µs")
				b.ReportMetric(added[whole].cpu, "sluice-cpu-µs")
				b.ReportMetric(cpu, "cpu-ratio")
				rows = append(rows, fmt.Sprintf("%s\t%s\t%.0f\t%.0f\t%.2f\t%.0f\t%.0f\t%.2f\t", size.name, body.name,
					added[noop].p50, added[whole].p50, latency, added[noop].cpu, added[whole].cpu, cpu))
			})
		}
	}
	fmt.Println("Added to a plain Envoy, in µs a request: p50 latency, and CPU of Envoy and server")
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "request\tbody\tno-op p50\tSluice p50\tratio\tno-op CPU\tSluice CPU\tratio\t")
	fmt.Fprintln(w, strings.Join(rows, "\n"))
	_ = w.Flush() // the terminal may be gone
}

// A bench is one Envoy of each variant in front of one upstream.
type bench struct {
	address   [variants]string // of Envoy's listener
	processes [variants][]*process
	envoys    [variants]*envoy
}

// noAccessLog fails if an Envoy sent an entry of its access log: each request was
// answered, so none may cost one.
func (s *bench) noAccessLog(b *testing.B) {
	b.Helper()
	for _, v := range []int{noop, whole} {
		if n := s.envoys[v].stat(b, "access_logs.grpc_access_log.logs_written"); n != 0 {
			b.Fatalf("variant %d: Envoy sent %d entries of its access log", v, n)
		}
	}
}

func startBench(b *testing.B) *bench {
	b.Helper()
	dir, err := os.MkdirTemp(scratch, "bench") //nolint:usetesting // its path must be short enough for a socket
	if err != nil {
		b.Fatal(err)
	}
	upstream := startInstant(b)
	s := &bench{}
	front := func(variant int, bootstrap []byte, server ...*process) {
		e := startEnvoy(b, bootstrap)
		s.address[variant] = strings.TrimPrefix(e.url(b, "llm"), "http://")
		s.processes[variant], s.envoys[variant] = append(server, e.process), e
	}
	configure := func(name string) (config string) {
		config = filepath.Join(dir, name+".yaml")
		text := strings.NewReplacer("SOCKET", filepath.Join(dir, name+".sock"), "UPSTREAM", upstream).Replace(benchConfiguration)
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
		return config
	}
	render := func(config string) []byte { return (&stack{}).offline(b, "envoy", "bootstrap", "--config", config) }

	front(plain, bootstrap(b, `"route": {"cluster": "upstream"}`, upstream))

	config := configure("noop")
	server := startNoop(b, filepath.Join(dir, "noop.sock"), upstream)
	front(noop, render(config), server)

	config = configure("sluice")
	server = startSluice(b, "serve", "--config", config)
	server.printed(b, `"msg":"serving"`)
	front(whole, render(config), server)
	return s
}

// model returns the model that Sluice chooses for a request of that size.
func (s *bench) model(b *testing.B, size int) string {
	b.Helper()
	r := post(b, "http://"+s.address[whole]+"/v1/chat/completions", string(benchBody("auto", size)))
	if r.status != 200 || r.header.Get("x-sluice-attempts") != "1" {
		b.Fatalf("Sluice answered %d %v %s", r.status, r.header, r.body)
	}
	return r.header.Get("x-sluice-model")
}

// compare lets the variants take turns and returns what each adds to the plain one.
func (s *bench) compare(b *testing.B, request []byte, requests int) [variants]cost {
	b.Helper()
	var connections [variants]*connection
	for v := range connections {
		connections[v] = dial(b, s.address[v], request)
	}
	var p50 [variants][]float64 // by round
	var cpu [variants]float64   // of all rounds
	for round := range rounds + 1 {
		var seen [variants]cost
		for i := range variants {
			v := (i + round) % variants
			if round%2 == 1 {
				v = variants - 1 - v // no variant always follows the same other
			}
			seen[v] = connections[v].block(b, requests, s.processes[v])
		}
		if round == 0 {
			continue // for warming up
		}
		for v := range variants {
			p50[v] = append(p50[v], seen[v].p50-seen[plain].p50)
			cpu[v] += seen[v].cpu - seen[plain].cpu
		}
	}
	var added [variants]cost
	for v := range variants {
		added[v] = cost{median(p50[v]), cpu[v] / rounds}
	}
	return added
}

// block sends the request again and again, and returns the median latency and the
// mean CPU time.
func (c *connection) block(b *testing.B, requests int, processes []*process) cost {
	b.Helper()
	took := make([]float64, requests)
	before := cpuTime(b, processes)
	for i := range took {
		began := time.Now()
		if err := c.ask(); err != nil {
			b.Fatal(err)
		}
		took[i] = float64(time.Since(began)) / float64(time.Microsecond)
	}
	spent := cpuTime(b, processes) - before
	return cost{median(took), float64(spent) / float64(time.Microsecond) / float64(requests)}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func dial(b *testing.B, address string, request []byte) *connection {
	b.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.Close() })
	return newConnection(c, request)
}
