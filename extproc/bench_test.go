package extproc

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing"
	"sluice/routing/budget"
	"sluice/routing/cache"
	"sluice/routing/config"
	"sluice/routing/llmapi"
)

var benchSizes = []struct {
	name  string
	bytes int
}{{"1KB", 1 << 10}, {"30KB", 30 << 10}, {"160KB", 160 << 10}}

// benchText is prose of about n bytes in which no two sentences are the same.
func benchText(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "In year %d the mill at bend %d of the river ground %d sacks of wheat for the town. ", 1700+i, i*31%977, i*i%1009)
	}
	return b.String()
}

// benchRequest is a chat request of about size bytes, all of it written by a person.
func benchRequest(size int) []byte {
	return []byte(`{"model":"auto","messages":[{"role":"user","content":"` + benchText(size-100) + `"}]}`)
}

func benchAnswer(size int) []byte {
	return []byte(`{"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"` + benchText(size-200) +
		`"},"finish_reason":"stop"}],"usage":{"prompt_tokens":250,"completion_tokens":200}}`)
}

// benchServer decides by the built-in default and writes its log to nowhere.
func benchServer(b *testing.B) *Server {
	b.Helper()
	rt, err := config.Build(config.Default())
	if err != nil {
		b.Fatal(err)
	}
	log := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(io.Discard), zap.InfoLevel))
	return New(rt, Stores{}, log, NewMetrics(prometheus.NewRegistry()))
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

// benchEverything is [benchServer] with everything on.
func benchEverything(b *testing.B) *Server {
	b.Helper()
	f, _, err := config.Load("bench.yaml", []byte(everything))
	if err != nil {
		b.Fatal(err)
	}
	rt, err := config.Build(f)
	if err != nil {
		b.Fatal(err)
	}
	answers, err := cache.NewMemory(64 << 20)
	if err != nil {
		b.Fatal(err)
	}
	budgets, err := budget.NewMemory(budget.Options{MaxEnded: 10_000})
	if err != nil {
		b.Fatal(err)
	}
	return New(rt, Stores{Budgets: budgets, Cache: answers}, zap.NewNop(), NewMetrics(prometheus.NewRegistry()))
}

// BenchmarkDecide is what a request costs before anything is written for Envoy: read
// the body, describe it, tell who asks, decide; with everything on also look into the
// cache, reserve the money and shorten the prompt. The metric scans is its time as a
// multiple of one scan of the same body by the standard library (json.Valid); times is
// that of everything as a multiple of the time without.
func BenchmarkDecide(b *testing.B) {
	servers := []struct {
		name   string
		server *Server
	}{{"plain", benchServer(b)}, {"everything", benchEverything(b)}}
	floor := make([]byte, 64<<20) // as the program has it, for the garbage collector
	defer runtime.KeepAlive(floor)
	for _, size := range benchSizes {
		var without float64
		for _, v := range servers {
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
					benchDecide(b, v.server, body, n)
					if n%settleEvery == 0 {
						b.StopTimer()
						benchSettle(v.server, n)
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

// benchDecide decides on one request, the n-th; a thousand users ask in turn.
func benchDecide(b *testing.B, s *Server, body []byte, n int) {
	rt := s.runtime.Load()
	req, err := llmapi.Read(routing.OpenAIChat, body)
	if err != nil {
		b.Fatal(err)
	}
	id := strconv.Itoa(n)
	f := facts{headers: &corev3.HeaderMap{Headers: []*corev3.HeaderValue{
		{Key: "x-user", Value: "user " + strconv.Itoa(n%1000)},
		{Key: "x-team", Value: "team"},
		{Key: "x-tenant", Value: "tenant"},
		{Key: "authorization", Value: "Bearer key"},
	}}}
	req.ID = id
	identify(rt, f, &req)
	p := plan{ID: id, API: req.API}
	_, kept, err := s.decide(rt, f, &req, &p, body)
	if err != nil || kept != nil {
		b.Fatal(kept, err)
	}
}

// settleEvery is how many requests may be open at once.
const settleEvery = 1000

func benchSettle(s *Server, n int) {
	rt := s.runtime.Load()
	for i := n - settleEvery + 1; i <= n; i++ {
		s.charge(rt, &state{plan: plan{Charge: facts{}.unique(strconv.Itoa(i))}}, 0, true)
	}
}

// BenchmarkRoute is the whole exchange of the route filter but for gRPC: from the
// bytes of Envoy's message to those of the answer.
func BenchmarkRoute(b *testing.B) {
	s := benchServer(b)
	for _, size := range benchSizes {
		b.Run(size.name, func(b *testing.B) {
			benchProcess(b, s, size.bytes, routeMessage(b, size.bytes))
		})
	}
}

// BenchmarkJudge is the same of the judge filter, for an answer in one chunk.
func BenchmarkJudge(b *testing.B) {
	s := benchServer(b)
	for _, size := range benchSizes {
		b.Run(size.name, func(b *testing.B) {
			routed := &replay{messages: [][]byte{routeMessage(b, 1<<10)}}
			if err := s.Process(routed); err != nil {
				b.Fatal(err)
			}
			var plan extprocv3.ProcessingResponse
			if err := proto.Unmarshal(routed.sent, &plan); err != nil {
				b.Fatal(err)
			}
			headers := wire(b, &extprocv3.ProcessingRequest{
				Request: &extprocv3.ProcessingRequest_ResponseHeaders{ResponseHeaders: &extprocv3.HttpHeaders{Headers: &corev3.HeaderMap{Headers: []*corev3.HeaderValue{
					{Key: ":status", RawValue: []byte("200")},
					{Key: "content-type", RawValue: []byte("application/json")},
				}}}},
				Attributes: benchAttributes(b, map[string]any{envoy.AttributeAttempt: 1}),
				MetadataContext: &corev3.Metadata{FilterMetadata: map[string]*structpb.Struct{
					envoy.Namespace: plan.GetDynamicMetadata().GetFields()[envoy.Namespace].GetStructValue(),
				}},
			})
			chunk := wire(b, &extprocv3.ProcessingRequest{
				Request: &extprocv3.ProcessingRequest_ResponseBody{ResponseBody: &extprocv3.HttpBody{Body: benchAnswer(size.bytes), EndOfStream: true}},
			})
			benchProcess(b, s, size.bytes, headers, chunk)
		})
	}
}

func benchProcess(b *testing.B, s *Server, size int, messages ...[]byte) {
	b.Helper()
	b.SetBytes(int64(size))
	b.ReportAllocs()
	r := &replay{messages: messages}
	for b.Loop() {
		r.next = 0
		if err := s.Process(r); err != nil {
			b.Fatal(err)
		}
	}
}

// replay is a conversation in which Envoy always says the same.
type replay struct {
	grpc.ServerStream
	messages [][]byte
	next     int
	sent     []byte // the last answer
}

func (*replay) Context() context.Context { return context.Background() }

func (r *replay) Recv() (*extprocv3.ProcessingRequest, error) {
	if r.next == len(r.messages) {
		return nil, io.EOF
	}
	m := new(extprocv3.ProcessingRequest)
	err := proto.Unmarshal(r.messages[r.next], m)
	r.next++
	return m, err
}

func (r *replay) Send(m *extprocv3.ProcessingResponse) (err error) {
	r.sent, err = proto.MarshalOptions{}.MarshalAppend(r.sent[:0], m)
	return err
}

func routeMessage(b *testing.B, size int) []byte {
	b.Helper()
	return wire(b, &extprocv3.ProcessingRequest{
		Request:    &extprocv3.ProcessingRequest_RequestBody{RequestBody: &extprocv3.HttpBody{Body: benchRequest(size), EndOfStream: true}},
		Attributes: benchAttributes(b, map[string]any{envoy.AttributePath: "/v1/chat/completions", envoy.AttributeRequestID: "id-1"}),
	})
}

func benchAttributes(b *testing.B, values map[string]any) map[string]*structpb.Struct {
	b.Helper()
	s, err := structpb.NewStruct(values)
	if err != nil {
		b.Fatal(err)
	}
	return map[string]*structpb.Struct{"envoy.filters.http.ext_proc": s}
}

func wire(b *testing.B, m proto.Message) []byte {
	b.Helper()
	text, err := proto.Marshal(m)
	if err != nil {
		b.Fatal(err)
	}
	return text
}
