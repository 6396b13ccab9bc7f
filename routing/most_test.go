package routing_test

import (
	"math"
	"testing"

	"sluice/routing"
)

// TestMost: what a request can be billed at most. A token of input costs a dollar in a million,
// ten written to the cache, one of output a hundred.
func TestMost(t *testing.T) {
	price := routing.Price{Input: 1, Output: 100}
	for _, tt := range []struct {
		name  string
		model routing.Model
		req   routing.Request
		want  float64 // dollars a million
	}{
		{"the client's limit", routing.Model{Price: price}, routing.Request{MaxTokens: 16_000}, 1000 + 1_600_000},
		{"the highest limit", routing.Model{Price: price}, routing.Request{MaxTokens: 1, Highest: 16_000}, 1000 + 1_600_000},
		{"above the model's", routing.Model{Price: price, MaxOutput: 4000}, routing.Request{MaxTokens: 16_000}, 1000 + 400_000},
		{"several answers", routing.Model{Price: price}, routing.Request{MaxTokens: 50, Answers: 100}, 1000 + 500_000},
		{"no limit", routing.Model{Price: price, MaxOutput: 8000}, routing.Request{}, 1000 + 800_000},
		{"no limit, and no maximum", routing.Model{Price: price}, routing.Request{}, 1000 + 100*routing.LongestAnswer},
		{"the rest of the context", routing.Model{Price: price, Context: 5000}, routing.Request{}, 1000 + 400_000},
		{"what the budgets afford", routing.Model{Price: price}, routing.Request{MaxTokens: 16_000, Affords: 700}, 1000 + 70_000},
		{"no answer", routing.Model{Price: routing.Price{Input: 1}}, routing.Request{API: routing.OpenAIEmbeddings}, 1000},
		{"written to the cache", routing.Model{Price: routing.Price{Input: 1, CacheWrite: 10, Output: 100}}, routing.Request{MaxTokens: 10}, 10_000 + 1000},
		{"flex, served as default", routing.Model{Price: price, FlexRate: 0.5}, routing.Request{MaxTokens: 10, ServiceTier: routing.ServiceFlex}, 1000 + 1000},
		{"priority", routing.Model{Price: price, PriorityRate: 2}, routing.Request{MaxTokens: 10, ServiceTier: routing.ServicePriority}, 2000 + 2000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.model.Most(&tt.req, 1000) * 1e6; math.Abs(got-tt.want) > 1e-6 {
				t.Errorf("%v, want %v", got, tt.want)
			}
			if least := tt.model.Estimate(&tt.req, 1000) * 1e6; tt.req.API != routing.OpenAIEmbeddings && least > tt.want {
				t.Errorf("the estimate is %v", least)
			}
		})
	}
	m := routing.Model{Price: price}
	for _, tt := range []struct {
		usd  float64
		req  routing.Request
		want int
	}{
		{1, routing.Request{MaxTokens: 16_000}, 9990},
		{1, routing.Request{MaxTokens: 16_000, Answers: 4}, 2497},
		{10, routing.Request{MaxTokens: 16_000}, 0},
		{0.01, routing.Request{MaxTokens: 16_000}, 500},
		{0.01, routing.Request{MaxTokens: 20}, 0},
	} {
		if got := m.Affords(&tt.req, 1000, tt.usd); got != tt.want {
			t.Errorf("$%v afford %d tokens, want %d", tt.usd, got, tt.want)
		}
	}
}
