package answer

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
)

// usageCases are whole answers of every API.
var usageCases = []struct {
	name string
	api  routing.API
	body string
	want routing.Usage
	text string
}{
	{
		"chat", routing.OpenAIChat,
		`{"choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":10,"completion_tokens":3,"total_tokens":13,"prompt_tokens_details":{"cached_tokens":8,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":2}}}`,
		counted(10, 3, 8, -1), "",
	},
	{
		"DeepSeek", routing.OpenAIChat,
		`{"usage":{"prompt_tokens":10,"completion_tokens":3,"total_tokens":13,"prompt_cache_hit_tokens":8,"prompt_cache_miss_tokens":2}}`,
		counted(10, 3, 8, -1), "",
	},
	{
		"reasoning in the total alone: Google, xAI", routing.OpenAIChat,
		`{"usage":{"total_tokens":113,"prompt_tokens":10,"completion_tokens":3}}`,
		counted(10, 103, -1, -1), "",
	},
	{
		"a cache that is written: OpenRouter", routing.OpenAIChat,
		`{"usage":{"prompt_tokens":100,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":90}}}`,
		counted(100, 3, 0, 90), "",
	},
	{
		"both families of names", routing.OpenAIChat,
		`{"usage":{"prompt_tokens":10,"completion_tokens":3,"input_tokens":0,"output_tokens":0,"input_tokens_details":null}}`,
		counted(10, 3, -1, -1), "",
	},
	{
		"no usage", routing.OpenAIChat,
		`{"choices":[{"message":{"content":"caf\u00e9","tool_calls":[{"function":{"name":"f","arguments":"{\"a\":1}"}}]}},{"message":{"content":" two"}}],"usage":null}`,
		none, `caféf{"a":1} two`,
	},
	{
		"only the input", routing.OpenAICompletions, `{"choices":[{"text":"one"},{"text":" two"}],"usage":{"prompt_tokens":4}}`,
		counted(4, -1, -1, -1), "one two",
	},
	{
		"completions", routing.OpenAICompletions, `{"choices":[{"text":"one"}],"usage":{"prompt_tokens":4,"completion_tokens":1,"total_tokens":5}}`,
		counted(4, 1, -1, -1), "",
	},
	{
		"Anthropic", routing.AnthropicMessages,
		`{"type":"message","content":[{"type":"text","text":"hi"}],"usage":{"input_tokens":5,"cache_creation_input_tokens":20,"cache_read_input_tokens":300,"cache_creation":{"ephemeral_5m_input_tokens":20},"output_tokens":7,"service_tier":"standard"}}`,
		servedAs(counted(325, 7, 300, 20), routing.ServiceDefault), "",
	},
	{
		"Anthropic, written for an hour", routing.AnthropicMessages,
		`{"type":"message","content":[],"usage":{"input_tokens":5,"cache_creation_input_tokens":50,"cache_read_input_tokens":300,"cache_creation":{"ephemeral_1h_input_tokens":30,"ephemeral_5m_input_tokens":20},"output_tokens":7,"service_tier":"priority"}}`,
		servedAs(forAnHour(counted(355, 7, 300, 50), 30), routing.ServicePriority), "",
	},
	{
		"Anthropic, nothing written", routing.AnthropicMessages,
		`{"type":"message","content":[],"usage":{"cache_creation":{"ephemeral_1h_input_tokens":0,"ephemeral_5m_input_tokens":0},"input_tokens":5,"cache_creation_input_tokens":0,"output_tokens":7,"service_tier":"batch"}}`,
		servedAs(forAnHour(counted(5, 7, -1, 0), 0), routing.ServiceBatch), "",
	},
	{
		"Anthropic, the hour without the whole", routing.AnthropicMessages,
		`{"type":"message","content":[],"usage":{"input_tokens":5,"cache_creation":{"ephemeral_1h_input_tokens":30},"output_tokens":7}}`,
		forAnHour(counted(35, 7, -1, 30), 30), "",
	},
	{
		"Anthropic, no parts", routing.AnthropicMessages,
		`{"type":"message","content":[],"usage":{"input_tokens":5,"cache_creation_input_tokens":50,"cache_creation":null,"output_tokens":7,"service_tier":null}}`,
		counted(55, 7, -1, 50), "",
	},
	{
		"parts that are none", routing.AnthropicMessages,
		`{"type":"message","content":[],"usage":{"input_tokens":5,"cache_creation":[{"ephemeral_1h_input_tokens":30}],"output_tokens":7,"service_tier":{"priority":1}}}`,
		counted(5, 7, -1, -1), "",
	},
	{
		"chat, flex was not to be had", routing.OpenAIChat,
		`{"choices":[{"message":{"content":"service_tier"}}],"usage":{"prompt_tokens":10,"completion_tokens":3},"service_tier":"default"}`,
		servedAs(counted(10, 3, -1, -1), routing.ServiceDefault), "",
	},
	{
		"chat, the tier before the usage", routing.OpenAIChat,
		`{"service_tier":"fl\u0065x","usage":{"prompt_tokens":10,"completion_tokens":3},"choices":[]}`,
		servedAs(counted(10, 3, -1, -1), routing.ServiceFlex), "",
	},
	{
		"chat, a tier that says nothing", routing.OpenAIChat,
		`{"usage":{"prompt_tokens":10,"completion_tokens":3},"service_tier":"auto"}`,
		counted(10, 3, -1, -1), "",
	},
	{
		"both say a tier: OpenRouter", routing.OpenAIChat,
		`{"usage":{"prompt_tokens":10,"completion_tokens":3,"service_tier":"priority"},"service_tier":null}`,
		servedAs(counted(10, 3, -1, -1), routing.ServicePriority), "",
	},
	{
		"not the tier of something else", routing.OpenAIChat,
		`{"choices":[{"service_tier":"flex","message":{"content":"hi"}}],"metadata":{"service_tier":"flex"},"usage":{"prompt_tokens":10,"completion_tokens":3}}`,
		counted(10, 3, -1, -1), "",
	},
	{
		"Responses, at priority", routing.OpenAIResponses,
		`{"object":"response","service_tier":"priority","output":[],"tools":[{"service_tier":"flex"}],"usage":{"input_tokens":36,"output_tokens":87}}`,
		servedAs(counted(36, 87, -1, -1), routing.ServicePriority), "",
	},
	{
		"Anthropic without usage", routing.AnthropicMessages,
		`{"type":"message","content":[{"type":"thinking","thinking":"hm","signature":"x"},{"type":"text","text":" hi"},{"type":"tool_use","id":"i","name":" f","input":{"text":" t"}}]}`,
		none, "hm hi f t",
	},
	{
		"Responses", routing.OpenAIResponses,
		`{"object":"response","output":[{"type":"message","content":[{"type":"output_text","text":"hi"}]}],"tools":[{"parameters":{"usage":{"output_tokens":0}}}],"usage":{"input_tokens":36,"input_tokens_details":{"cached_tokens":30},"output_tokens":87,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":123}}`,
		counted(36, 87, 30, -1), "",
	},
	{
		"Responses without usage", routing.OpenAIResponses,
		`{"object":"response","output":[{"type":"reasoning","id":"r","summary":[{"type":"summary_text","text":"so"}]},{"type":"message","content":[{"type":"output_text","text":" hi"}]},{"type":"function_call","name":" f","arguments":"{}"}],"usage":null}`,
		none, "so hi f{}",
	},
	{
		"embeddings", routing.OpenAIEmbeddings, `{"object":"list","data":[{"embedding":[0.1,-2e-5]}],"usage":{"prompt_tokens":8,"total_tokens":8}}`,
		counted(8, 0, -1, -1), "",
	},
	{"counting", routing.AnthropicCountTokens, `{"input_tokens":2095}`, routing.Usage{}, ""},
}

func TestReadUsage(t *testing.T) {
	for _, c := range usageCases {
		t.Run(c.name, func(t *testing.T) {
			want := Response{Usage: c.want, Text: c.text, Complete: true}
			if diff := cmp.Diff(want, ReadUsage(c.api, []byte(c.body))); diff != "" {
				t.Errorf("want against got: %s", diff)
			}
		})
	}
	for _, body := range []string{"", "null", "[]", "<html>", `{"usage":{"prompt_tokens":1`, `{} {}`} {
		for _, api := range []routing.API{routing.OpenAIChat, routing.AnthropicCountTokens} {
			if diff := cmp.Diff(Response{Usage: none}, ReadUsage(api, []byte(body))); diff != "" {
				t.Errorf("%q: want against got: %s", body, diff)
			}
		}
	}
}

// TestBill: what is cached is billed once, at its own price, in every format.
func TestBill(t *testing.T) {
	price := routing.Price{Input: 10, Output: 100, CachedInput: 1, CacheWrite: 20, CacheWrite1h: 40}
	for _, c := range []struct {
		api  routing.API
		body string
	}{
		{routing.OpenAIChat, `{"usage":{"prompt_tokens":111000,"completion_tokens":1000,"prompt_tokens_details":{"cached_tokens":100000,"cache_write_tokens":10000}}}`},
		{routing.AnthropicMessages, `{"usage":{"input_tokens":1000,"output_tokens":1000,"cache_read_input_tokens":100000,"cache_creation_input_tokens":10000}}`},
		{routing.AnthropicMessages, `{"usage":{"input_tokens":1000,"output_tokens":1000,"cache_read_input_tokens":100000,"cache_creation_input_tokens":5000,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":5000}}}`},
	} {
		const want = 0.01 + 0.1 + 0.1 + 0.2
		if got := price.Bill(ReadUsage(c.api, []byte(c.body)).Usage); got < want-1e-9 || got > want+1e-9 {
			t.Errorf("%s: %f USD, want %f", c.api, got, want)
		}
	}
}
