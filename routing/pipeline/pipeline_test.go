package pipeline

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"sluice/routing/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cascadeConfig asks a, b and c in turn.
const cascadeConfig = `
providers:
  local: {endpoint: "http://local:8000/v1", format: openai}
models:
  - {name: a, provider: local, tier: budget, timeout: 1s, price: {input: 1, output: 2}}
  - {name: b, provider: local, tier: standard, timeout: 1s, price: {input: 2, output: 4}}
  - {name: c, provider: local, tier: premium, timeout: 1s, price: {input: 4, output: 8}}
routing: {strategy: cascade, cascade: [a, b, c]}
identity: {user: {header: x-user}}
`

// testPipeline returns a pipeline for a configuration; "" is the built-in default.
func testPipeline(t testing.TB, yaml string, stores Stores) *Pipeline {
	t.Helper()
	f := config.Default()
	if yaml != "" {
		var err error
		if f, _, err = config.Load("test.yaml", []byte(yaml)); err != nil {
			t.Fatal(err)
		}
	}
	rt, err := config.Build(f)
	if err != nil {
		t.Fatal(err)
	}
	return New(rt, stores, zap.NewNop(), NewMetrics(prometheus.NewRegistry()))
}

func counterValue(t *testing.T, c prometheus.Counter) float64 {
	t.Helper()
	var m dto.Metric
	if err := c.Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.GetCounter().GetValue()
}
