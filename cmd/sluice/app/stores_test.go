package app

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"sluice/routing/budget"
	"sluice/routing/config"
)

// TestStoreFailures: every failed call counts once, by operation.
func TestStoreFailures(t *testing.T) {
	f, _, err := config.Load("x.yaml", []byte("state: {store: 'redis://127.0.0.1:1/0'}\n"))
	if err != nil {
		t.Fatal(err)
	}
	reg := prometheus.NewRegistry()
	s, err := openStores(f, zap.NewNop(), reg)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := s.Budgets.Balances(t.Context(), nil); err == nil {
			t.Error("Balances succeeds without a store")
		}
	}
	if _, err := s.Experiments.Rate(t.Context(), "r1", 1); err == nil {
		t.Error("Rate succeeds without a store")
	}
	if err := s.Budgets.Settle(t.Context(), budget.Settlement{ID: "r1", Accounts: []string{"a"}, Amount: 1}); err != nil {
		t.Errorf("settle later: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]float64)
	values := make(map[string]float64)
	for _, family := range families {
		if family.GetName() != "sluice_state_failures_total" {
			m := family.GetMetric()[0]
			values[family.GetName()] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
			continue
		}
		for _, m := range family.GetMetric() {
			got[m.GetLabel()[0].GetName()+" "+m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
		}
	}
	want := map[string]float64{"operation connect": 1, "operation read balances": 2, "operation rate": 1, "operation settle": 1, "operation settle later": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
	want = map[string]float64{"sluice_store_unavailable": 1, "sluice_settlements_parked": 0, "sluice_settlements_lost_total": 1}
	if diff := cmp.Diff(want, values); diff != "" {
		t.Errorf("other metrics (-want +got):\n%s", diff)
	}
}
