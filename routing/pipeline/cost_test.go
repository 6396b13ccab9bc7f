package pipeline

import (
	"math"
	"strings"
	"testing"
)

// TestUsageThatCannotBeTrue: figures beyond what was asked for and sent are lowered to the most
// that can be, are marked as an estimate, and are counted.
func TestUsageThatCannotBeTrue(t *testing.T) {
	const yaml = `
providers: {p: {endpoint: "http://p/v1", format: openai}}
models: [{name: a, provider: p, tier: budget, context: 100000, price: {input: 1, output: 100, cached_input: 1, cache_write: 2, batch: 0.5}}]
routing: {strategy: cascade, cascade: [a]}
budgets: [{name: all, per: everyone, limit: 1000, window: day, on_exhausted: refuse}]
`
	limited := strings.Replace(question, "{", `{"max_tokens":30,`, 1)
	for _, tt := range []struct {
		name, body, usage string
		most              float64 // dollars a million
		untrue            string
	}{
		{"as it should be", limited, `{"prompt_tokens":10,"completion_tokens":20}`, 2010, ""},
		{"more than the client's limit", limited, `{"prompt_tokens":10,"completion_tokens":2147483647}`, 3010, "output"},
		{"by the total", limited, `{"prompt_tokens":10,"completion_tokens":20,"total_tokens":2000000000}`, 3010, "output"},
		{"several answers", strings.Replace(limited, "{", `{"n":4,`, 1), `{"prompt_tokens":10,"completion_tokens":2147483647}`, 12_010, "output"},
		{"no limit", question, `{"prompt_tokens":10,"completion_tokens":2147483647}`, 10_000_010, "output"},
		{"more than was sent", limited, `{"prompt_tokens":2147483647,"completion_tokens":20}`, 10_500, "input"},
		{"more of it cached", limited, `{"prompt_tokens":10,"completion_tokens":20,"prompt_tokens_details":{"cached_tokens":2000000000}}`, 2010, ""},
		{"written to the cache", limited, `{"prompt_tokens":10,"completion_tokens":20,"cache_creation_input_tokens":2000000000}`, 2020, ""},
		{"below 0", limited, `{"prompt_tokens":-10,"completion_tokens":-20}`, 2600, ""},
		{"no number", limited, `{"prompt_tokens":NaN,"completion_tokens":1e999}`, 3100, ""},
		{"a batch", limited, `{"prompt_tokens":10,"completion_tokens":20,"service_tier":"batch"}`, 2010, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := testPipeline(t, yaml, memoryStores(t))
			plan := begin(t, p, chatCall(tt.body))
			r := p.Respond(&Progress{Plan: plan}, jsonHead(1, 200))
			defer r.Close()
			r.Start(t.Context(), false)
			body := strings.Replace(goodAnswer, `{"prompt_tokens":10,"completion_tokens":20}`, tt.usage, 1)
			r.Feed(t.Context(), []byte(body), true)
			source := r.Summary().CostSource
			r.Finish(t.Context())
			spent := balance(t, p).Spent * 1e6
			if spent > tt.most+0.01 || math.IsNaN(spent) || tt.untrue == "" && strings.HasPrefix(tt.usage, `{"prompt_tokens":10,`) && spent < tt.most-0.01 {
				t.Errorf("%v spent, want %v", spent, tt.most)
			}
			if tt.untrue != "" && (source != "estimate" || counterValue(t, p.metrics.untrue.WithLabelValues("a", tt.untrue)) != 1) {
				t.Errorf("source %s, and not counted once as %s", source, tt.untrue)
			}
		})
	}
}
