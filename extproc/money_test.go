package extproc

import (
	"io"
	"maps"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"
	"weak"

	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing"
	"sluice/routing/budget"
	"sluice/routing/cache"
	"sluice/routing/config"
)

// moneyConfig is testConfig where the first model costs something, too.
const moneyConfig = `
providers:
  local: {endpoint: "http://local:8000/v1", format: openai}
models:
  - {name: small, provider: local, tier: budget, timeout: 5s, price: {input: 1, output: 2}}
  - {name: mid, provider: local, tier: standard, price: {input: 1, output: 2}}
routing: {strategy: cascade, cascade: [small, mid]}
identity: {user: {header: x-user}}
budgets: [{name: all, per: everyone, limit: 10, window: day, on_exhausted: refuse}]
cache: {ttl: 1h, scope: everyone}
`

// paying returns a server that counts money in memory, and what speaks to it.
func paying(t *testing.T) (*Server, *envoyFake) {
	t.Helper()
	f, _, err := config.Load("test.yaml", []byte(moneyConfig))
	if err != nil {
		t.Fatal(err)
	}
	rt, err := config.Build(f)
	if err != nil {
		t.Fatal(err)
	}
	money, err := budget.NewMemory(budget.Options{MaxEnded: 1})
	if err != nil {
		t.Fatal(err)
	}
	answers, err := cache.NewMemory(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	s := New(rt, Stores{Budgets: money, Cache: answers}, zap.NewNop(), NewMetrics(prometheus.NewRegistry()))
	return s, speakTo(t, s)
}

func balanceOf(t *testing.T, s *Server) budget.Balance {
	t.Helper()
	b, err := s.stores.Budgets.Balances(t.Context(), s.Runtime().Budgets.Accounts(routing.Principal{}, time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	return b[0]
}

// counted returns the value of a counter.
func counted(t *testing.T, c prometheus.Counter) float64 {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(c)
	families, err := r.Gather()
	if err != nil || len(families) != 1 {
		t.Fatal(families, err)
	}
	return families[0].GetMetric()[0].GetCounter().GetValue()
}

// Ten tokens in and twenty out at one and two dollars a million.
const attemptCost = (10*1 + 20*2) / 1e6

// An attempt that was given up is paid for although no other follows: Envoy does not retry,
// or the client goes before the next model says anything.
func TestGivenUpAttemptIsCharged(t *testing.T) {
	s, e := paying(t)
	_, meta := e.routed("/v1/chat/completions", chat, nil)
	c := e.judging(meta, "small", 1, ":status", "200", "content-type", "application/json").send(chunk(completion(""), true))
	if set(c.receive().GetResponseHeaders().GetResponse().GetHeaderMutation())[envoy.HeaderEscalate] == "" {
		t.Fatal("not given up")
	}
	c.receive()
	c.ended()
	if b := balanceOf(t, s); b.Reserved == 0 {
		t.Errorf("nothing is held for the next attempt: %+v", b)
	}
	s.Close()
	if b := balanceOf(t, s); math.Abs(b.Spent-attemptCost) > 1e-9 || b.Reserved != 0 {
		t.Errorf("%+v, want %v spent", b, attemptCost)
	}
}

// Where the next attempt answers, both are charged once, whatever is settled later.
func TestGivenUpAttemptIsChargedOnce(t *testing.T) {
	s, e := paying(t)
	_, meta := e.routed("/v1/chat/completions", chat, nil)
	c := e.judging(meta, "small", 1, ":status", "200", "content-type", "application/json").send(chunk(completion(""), true))
	r := c.receive()
	c.receive()
	c.ended()
	maps.Copy(meta.Fields[envoy.Namespace].GetStructValue().Fields, r.GetDynamicMetadata().Fields[envoy.Namespace].GetStructValue().Fields)
	c = e.judging(meta, "mid", 2, ":status", "200", "content-type", "application/json").send(chunk(completion(goodText), true))
	c.receive()
	c.receive()
	c.ended()
	_, other := e.routed("/v1/chat/completions", strings.Replace(chat, "rivers", "hills", 1), map[string]any{"request.id": "id-2"}) // the store remembers one
	c = e.judging(other, "small", 1, ":status", "200", "content-type", "application/json").send(chunk(completion(goodText), true))
	c.receive()
	c.receive()
	c.ended()
	s.Close()
	if b := balanceOf(t, s); math.Abs(b.Spent-3*attemptCost) > 1e-9 || b.Reserved != 0 {
		t.Errorf("%+v, want %v spent", b, 3*attemptCost)
	}
}

// The tokens of an attempt count although it was given up.
func TestGivenUpTokensAreCounted(t *testing.T) {
	s, e := paying(t)
	_, meta := e.routed("/v1/chat/completions", chat, nil)
	c := e.judging(meta, "small", 1, ":status", "200", "content-type", "application/json").send(chunk(completion(""), true))
	c.receive()
	c.receive()
	c.ended()
	if n := counted(t, s.metrics.tokens.WithLabelValues("small", "output", "provider")); n != 20 {
		t.Errorf("%v tokens of output, want 20", n)
	}
	if usd := counted(t, s.metrics.cost.WithLabelValues("small", "budget", "provider")); math.Abs(usd-attemptCost) > 1e-12 {
		t.Errorf("cost %v, want %v", usd, attemptCost)
	}
}

// gone is a conversation that Envoy has ended.
type gone struct {
	extprocv3.ExternalProcessor_ProcessServer
}

func (gone) Recv() (*extprocv3.ProcessingRequest, error) { return nil, io.EOF }

// What waits to be charged for does not keep the answer in memory.
func TestAbandonedAnswerIsNotKept(t *testing.T) {
	s, _ := paying(t)
	held := func() weak.Pointer[[1 << 20]byte] {
		body := new([1 << 20]byte)
		j := &judgement{
			Server: s, rt: s.Runtime(), stream: gone{}, body: body[:],
			st: &state{plan: plan{Charge: "x", Started: time.Now().UnixMilli(), Accounts: []string{"a"}}},
		}
		if err := j.abandon(nil); err != nil {
			t.Error(err)
		}
		return weak.Make(body)
	}()
	runtime.GC()
	if held.Value() != nil {
		t.Error("the body is kept until its request is charged for")
	}
}

// A replica without a cache serves what one with a cache has planned.
func TestClaimOfAnotherReplica(t *testing.T) {
	s, _ := paying(t)
	s.stores.Cache = nil
	s.unclaim(s.Runtime(), &plan{Claimed: true, Key: "k"})
}

// What was taken out of a prompt is not paid for.
func TestCompressedEstimate(t *testing.T) {
	s, _ := paying(t)
	j := &judgement{
		Server: s, rt: s.Runtime(), model: s.Runtime().Router.Model("small"), status: 200,
		st: &state{plan: plan{API: routing.OpenAIChat, Tokens: 1000, Saved: 400}},
	}
	if b := j.bill(); b.usage.Input != 600 || !b.estimated {
		t.Errorf("%+v, want an estimate of 600 tokens", b)
	}
}

// A hit tells its cost as every other answer does: as a number, and by whose figures.
func TestCostOfHit(t *testing.T) {
	_, e := paying(t)
	body := `{"model":"auto","temperature":0,"messages":[{"role":"user","content":"Tell me about rivers"}]}`
	_, meta := e.routed("/v1/chat/completions", body, nil)
	c := e.judging(meta, "small", 1, ":status", "200", "content-type", "application/json").send(chunk(completion(goodText), true))
	c.receive()
	c.receive()
	c.ended()
	c = e.open().send(requestBody(t, "/v1/chat/completions", body, nil))
	r := c.receive()
	if h := set(r.GetImmediateResponse().GetHeaders()); h[envoy.HeaderCache] != envoy.CacheHit {
		t.Fatalf("no hit: %v", h)
	}
	ns := r.GetDynamicMetadata().Fields[envoy.Namespace].GetStructValue().Fields
	if v, ok := ns[envoy.KeyCost].GetKind().(*structpb.Value_NumberValue); !ok || v.NumberValue != 0 {
		t.Errorf("cost %v", ns[envoy.KeyCost])
	}
	if got := ns[envoy.KeyCostSource].GetStringValue(); got != envoy.SourceProvider {
		t.Errorf("cost_source %q", got)
	}
}
