package extproc

import (
	"math"
	"testing"
	"time"

	"go.uber.org/zap"

	"sluice/routing"
	"sluice/routing/budget"
	"sluice/routing/pipeline"
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
func paying(t *testing.T) (*testServer, *envoyFake) {
	t.Helper()
	money, err := budget.NewMemory(budget.Options{MaxSettled: 1})
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, moneyConfig, pipeline.Stores{Budgets: money, Cache: memoryCache(t)}, zap.NewNop())
	return s, speakTo(t, s.Server)
}

func balanceOf(t *testing.T, s *testServer) budget.Balance {
	t.Helper()
	b, err := s.stores.Budgets.Balances(t.Context(), s.Pipeline().Runtime().Budgets.Accounts(routing.Principal{}, time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	return b[0]
}

// counted returns the value of a counter.
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
	if n := s.counted(t, "sluice_tokens_total", "output", "small", "usage"); n != 20 {
		t.Errorf("%v tokens of output, want 20", n)
	}
	if usd := s.counted(t, "sluice_cost_usd_total", "small", "usage", "budget"); math.Abs(usd-attemptCost) > 1e-12 {
		t.Errorf("cost %v, want %v", usd, attemptCost)
	}
}
