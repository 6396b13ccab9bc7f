package routing_test

import (
	"math"
	"testing"

	"sluice/routing"
)

func TestParseServiceTier(t *testing.T) {
	for word, want := range map[string]routing.ServiceTier{
		"default":       routing.ServiceDefault,
		"standard":      routing.ServiceDefault,
		"standard_only": routing.ServiceDefault,
		"on_demand":     routing.ServiceDefault,
		"scale":         routing.ServiceDefault,
		"flex":          routing.ServiceFlex,
		"priority":      routing.ServicePriority,
		"fast":          routing.ServicePriority,
		"batch":         routing.ServiceBatch,
		"auto":          "",
		"":              "",
		"Flex":          "",
		"new":           "",
	} {
		if got := routing.ParseServiceTier(word); got != want {
			t.Errorf("%q is %q, want %q", word, got, want)
		}
	}
}

// TestPriceBill: every token has one price.
func TestPriceBill(t *testing.T) {
	price := routing.Price{Input: 1, Output: 10, CachedInput: 100, CacheWrite: 1000, CacheWrite1h: 10000}
	for _, tt := range []struct {
		name  string
		usage routing.Usage
		want  float64 // for a million tokens
	}{
		{"nothing", routing.Usage{}, 0},
		{"nothing reported", routing.Usage{Input: -1, Output: -1, CachedInput: -1, CacheWrite: -1, CacheWrite1h: -1}, 0},
		{"nothing of the cache reported", routing.Usage{Input: 3, Output: 4, CachedInput: -1, CacheWrite: -1, CacheWrite1h: -1}, 43},
		{"no hour reported", routing.Usage{Input: 9, Output: 4, CachedInput: 2, CacheWrite: 3, CacheWrite1h: -1}, 3244},
		{"no hour", routing.Usage{Input: 9, Output: 4, CachedInput: 2, CacheWrite: 3}, 3244},
		{"a part for an hour", routing.Usage{Input: 9, Output: 4, CachedInput: 2, CacheWrite: 3, CacheWrite1h: 1}, 12244},
		{"all for an hour", routing.Usage{Input: 9, Output: 4, CachedInput: 2, CacheWrite: 3, CacheWrite1h: 3}, 30244},
		{"more than there is", routing.Usage{Input: 9, Output: 4, CachedInput: 2, CacheWrite: 3, CacheWrite1h: 8}, 30244},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := price.Bill(tt.usage) * 1e6; math.Abs(got-tt.want) > 1e-6 {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

// TestModelBill: what was served counts, what was asked for only where the provider does not
// say, and a tier without a rate costs the price itself.
func TestModelBill(t *testing.T) {
	price := routing.Price{Input: 1, Output: 10, CachedInput: 1, CacheWrite: 1, CacheWrite1h: 2}
	rated := &routing.Model{Price: price, FlexRate: 0.5, PriorityRate: 2.5, BatchRate: 0.25}
	plain := &routing.Model{Price: price}
	for _, tt := range []struct {
		name          string
		model         *routing.Model
		served, asked routing.ServiceTier
		want          float64 // times the price
	}{
		{"nobody says", rated, "", "", 1},
		{"asked for flex", rated, "", routing.ServiceFlex, 0.5},
		{"asked for priority", rated, "", routing.ServicePriority, 2.5},
		{"asked for the default", rated, "", routing.ServiceDefault, 1},
		{"served as asked", rated, routing.ServiceFlex, routing.ServiceFlex, 0.5},
		{"flex was not to be had", rated, routing.ServiceDefault, routing.ServiceFlex, 1},
		{"priority was not to be had", rated, routing.ServiceDefault, routing.ServicePriority, 1},
		{"priority of the account's own", rated, routing.ServicePriority, "", 2.5},
		{"batch", rated, routing.ServiceBatch, "", 0.25},
		{"asked for flex, no rate", plain, "", routing.ServiceFlex, 1},
		{"served flex, no rate", plain, routing.ServiceFlex, "", 1},
		{"served priority, no rate", plain, routing.ServicePriority, "", 1},
		{"batch, no rate", plain, routing.ServiceBatch, "", 1},
		{"a tier of nobody's", rated, "gold", routing.ServiceFlex, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			usage := routing.Usage{Input: 1000, Output: 100, CacheWrite: 100, CacheWrite1h: 50, Served: tt.served}
			const list = (950*1 + 50*2 + 100*10) / 1e6
			if got, want := tt.model.Bill(usage, tt.asked), list*tt.want; math.Abs(got-want) > 1e-12 {
				t.Errorf("%v, want %v", got, want)
			}
		})
	}
}

// TestEstimate: what is reserved is what the client asks for, at its rate.
func TestEstimate(t *testing.T) {
	model := &routing.Model{Price: routing.Price{Input: 1, Output: 10}, FlexRate: 0.5, PriorityRate: 2}
	for _, tt := range []struct {
		name string
		req  routing.Request
		want float64 // for a million tokens
	}{
		{"no tier", routing.Request{}, 1000 + 5000},
		{"a short answer", routing.Request{MaxTokens: 7}, 1000 + 70},
		{"flex", routing.Request{ServiceTier: routing.ServiceFlex, Relaxed: true}, 3000},
		{"relaxed", routing.Request{Relaxed: true}, 3000},
		{"priority", routing.Request{ServiceTier: routing.ServicePriority}, 12000},
		{"the default", routing.Request{ServiceTier: routing.ServiceDefault}, 6000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := model.Estimate(&tt.req, 1000) * 1e6; math.Abs(got-tt.want) > 1e-6 {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}
