package batch

import (
	"math"
	"testing"

	"sluice/routing"
)

// TestAnswerCost: in a batch the batch's price counts, whatever the body says; elsewhere what
// the body says was served.
func TestAnswerCost(t *testing.T) {
	m := &routing.Model{Price: routing.Price{Input: 1, Output: 2, CachedInput: 1, CacheWrite: 1, CacheWrite1h: 4}, FlexRate: 0.25, PriorityRate: 3, BatchRate: 0.5}
	for _, tt := range []struct {
		name    string
		format  routing.Format
		body    string
		service routing.ServiceTier
		want    float64 // for a million tokens
	}{
		{"batch", routing.OpenAI, `{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5}}`, routing.ServiceBatch, 10},
		{"batch, says default", routing.OpenAI, `{"choices":[],"service_tier":"default","usage":{"prompt_tokens":10,"completion_tokens":5}}`, routing.ServiceBatch, 10},
		{"batch of Anthropic's", routing.Anthropic, `{"type":"message","usage":{"input_tokens":10,"output_tokens":5,"service_tier":"batch"}}`, routing.ServiceBatch, 10},
		{"batch, written for an hour", routing.Anthropic, `{"type":"message","usage":{"input_tokens":8,"cache_creation_input_tokens":2,"cache_creation":{"ephemeral_1h_input_tokens":2},"output_tokens":5}}`, routing.ServiceBatch, 13},
		{"sent", routing.OpenAI, `{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5}}`, "", 20},
		{"sent, served by flex", routing.OpenAI, `{"choices":[],"service_tier":"flex","usage":{"prompt_tokens":10,"completion_tokens":5}}`, "", 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var a Response
			a.take(tt.format, 200, []byte(tt.body), m, tt.service)
			if a.Error != nil || a.Source != sourceUsage || math.Abs(a.Cost*1e6-tt.want) > 1e-6 {
				t.Errorf("%v by %q, %v; want %v", a.Cost*1e6, a.Source, a.Error, tt.want)
			}
		})
	}
}

// TestDecideService: a routed line asks for the service tier that may take its time where its
// API has one, and keeps the tier that it names.
func TestDecideService(t *testing.T) {
	d := newDecider(runtimeAt(t, "http://127.0.0.1:1"), "")
	const messages = `"messages":[{"role":"user","content":"x"}]`
	for _, tt := range []struct {
		name string
		api  routing.API
		body string
		want routing.ServiceTier
	}{
		{"a named model is sent as it is", routing.OpenAIChat, `{"model":"mini",` + messages + `}`, ""},
		{"a routed one", routing.OpenAIChat, `{"model":"auto",` + messages + `}`, routing.ServiceFlex},
		{"flex", routing.OpenAIChat, `{"model":"mini","service_tier":"flex",` + messages + `}`, routing.ServiceFlex},
		{"priority", routing.OpenAIChat, `{"model":"mini","service_tier":"priority",` + messages + `}`, routing.ServicePriority},
		{"left open", routing.OpenAIChat, `{"model":"mini","service_tier":"auto",` + messages + `}`, ""},
		{"Anthropic has no way to say it", routing.AnthropicMessages, `{"model":"opus","max_tokens":5,` + messages + `}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := d.decide(&Line{Number: 1, API: tt.api, Body: []byte(tt.body)})
			if err != nil || c.Service != tt.want {
				t.Errorf("%q, %v; want %q", c.Service, err, tt.want)
			}
		})
	}
}
