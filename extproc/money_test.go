package extproc

import (
	"math"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

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
  - {name: small, provider: local, tier: budget, timeout: 5s, price: {input: 1, output: 2, flex: 0.5, priority: 2}}
  - {name: mid, provider: local, tier: standard, price: {input: 1, output: 2, flex: 0.5, priority: 2}}
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
	money, err := budget.NewMemory(budget.Options{MaxSettled: 1})
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
