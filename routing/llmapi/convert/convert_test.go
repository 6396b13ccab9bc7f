package convert

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/llmapi/answer"
)

// streamOf joins the data of events to a stream; those of Anthropic's get their names.
func streamOf(api routing.API, data ...string) string {
	var b strings.Builder
	for _, d := range data {
		if api == routing.AnthropicMessages {
			var e struct{ Type string }
			_ = json.Unmarshal([]byte(d), &e)
			b.WriteString("event: " + e.Type + "\n")
		}
		b.WriteString("data: " + d + "\n\n")
	}
	if api == routing.OpenAIChat {
		b.WriteString("data: [DONE]\n\n")
	}
	return b.String()
}

// Answers in both forms. The stream is the one that the body becomes.
var convertCases = []struct {
	name   string
	api    routing.API
	body   string
	stream []string
}{
	{
		"text", routing.OpenAIChat,
		`{"id":"c1","created":1700000000,"model":"m","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hi, 세계 \u2028 <b>","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":12345678901234567890}}`,
		[]string{
			`{"object":"chat.completion.chunk","id":"c1","created":1700000000,"model":"m","choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":null}]}`,
			`{"object":"chat.completion.chunk","id":"c1","created":1700000000,"model":"m","choices":[{"index":0,"delta":{"content":"Hi, 세계 \u2028 <b>","refusal":null},"logprobs":null,"finish_reason":null}]}`,
			`{"object":"chat.completion.chunk","id":"c1","created":1700000000,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`,
			`{"object":"chat.completion.chunk","id":"c1","created":1700000000,"model":"m","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":12345678901234567890}}`,
		},
	},
	{
		"a service tier", routing.OpenAIChat,
		`{"id":"c1","service_tier":"flex","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4}}}`,
		[]string{
			`{"object":"chat.completion.chunk","id":"c1","service_tier":"flex","choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":null}]}`,
			`{"object":"chat.completion.chunk","id":"c1","service_tier":"flex","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}`,
			`{"object":"chat.completion.chunk","id":"c1","service_tier":"flex","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`,
			`{"object":"chat.completion.chunk","id":"c1","service_tier":"flex","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4}}}`,
		},
	},
	{
		"written to the cache for an hour", routing.AnthropicMessages,
		`{"id":"m1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":"end_turn","usage":{"input_tokens":3,"cache_creation_input_tokens":7,"cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":5},"output_tokens":1,"service_tier":"priority"}}`,
		[]string{
			`{"type":"message_start","message":{"id":"m1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"usage":{"input_tokens":3,"cache_creation_input_tokens":7,"cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":5},"output_tokens":0,"service_tier":"priority"}}}`,
			`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":3,"cache_creation_input_tokens":7,"cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":5},"output_tokens":1,"service_tier":"priority"}}`,
			`{"type":"message_stop"}`,
		},
	},
	{
		"two choices, tools, unknown members", routing.OpenAIChat,
		`{"id":"c2","model":"m","prompt_filter_results":[{"a":1e400}],"object":"chat.completion","choices":[` +
			`{"index":0,"message":{"role":"assistant","content":null,"reasoning_content":"hm","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\": 1.10}"},"extra_content":{"google":{"thought_signature":"s"}}},{"id":"b","type":"function","function":{"name":"g","arguments":""}}]},"native_finish_reason":"TOOL","finish_reason":"tool_calls"},` +
			`{"index":1,"message":{"role":"assistant","content":"x","annotations":[{"type":"url_citation"}]},"logprobs":{"content":[{"token":"x","logprob":-0.10}],"refusal":null},"finish_reason":"length"}]}`,
		[]string{
			`{"object":"chat.completion.chunk","id":"c2","model":"m","choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":null}]}`,
			`{"object":"chat.completion.chunk","id":"c2","model":"m","choices":[{"index":0,"delta":{"content":null,"reasoning_content":"hm","tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\": 1.10}"},"extra_content":{"google":{"thought_signature":"s"}}},{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":""}}]},"finish_reason":null}]}`,
			`{"object":"chat.completion.chunk","id":"c2","model":"m","choices":[{"index":1,"delta":{"role":"assistant"},"finish_reason":null}]}`,
			`{"object":"chat.completion.chunk","id":"c2","model":"m","choices":[{"index":1,"delta":{"content":"x","annotations":[{"type":"url_citation"}]},"logprobs":{"content":[{"token":"x","logprob":-0.10}],"refusal":null},"finish_reason":null}]}`,
			`{"object":"chat.completion.chunk","id":"c2","model":"m","choices":[{"index":0,"delta":{},"native_finish_reason":"TOOL","finish_reason":"tool_calls"}]}`,
			`{"object":"chat.completion.chunk","id":"c2","model":"m","choices":[{"index":1,"delta":{},"finish_reason":"length"}],"prompt_filter_results":[{"a":1e400}]}`,
		},
	},
	{
		"function call and refusal", routing.OpenAIChat,
		`{"id":"c3","model":"m","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":"No.","function_call":{"name":"f","arguments":"{}"}},"finish_reason":"stop"}]}`,
		[]string{
			`{"object":"chat.completion.chunk","id":"c3","model":"m","choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":null}]}`,
			`{"object":"chat.completion.chunk","id":"c3","model":"m","choices":[{"index":0,"delta":{"content":null,"refusal":"No.","function_call":{"name":"f","arguments":"{}"}},"finish_reason":null}]}`,
			`{"object":"chat.completion.chunk","id":"c3","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`,
		},
	},
	{
		"everything", routing.AnthropicMessages,
		`{"id":"m1","type":"message","role":"assistant","model":"m","content":[` +
			`{"type":"thinking","thinking":"Let me","signature":"c2ln+/=="},{"type":"redacted_thinking","data":"x"},` +
			`{"type":"text","text":"Hi, 세계","citations":[{"type":"char_location","start_char_index":0},{"type":"page_location"}]},` +
			`{"type":"tool_use","id":"t1","name":"f","input":{"x": 1.10, "y":12345678901234567890},"caller":{"type":"direct"}},` +
			`{"type":"tool_use","id":"t2","name":"g","input":{}},` +
			`{"type":"web_search_tool_result","tool_use_id":"s","content":[{"type":"web_search_result","url":"u"}]}],` +
			`"stop_reason":"tool_use","stop_sequence":null,"container":{"id":"c"},"usage":{"input_tokens":3,"cache_read_input_tokens":2,"output_tokens":17,"service_tier":"standard"},"context_management":{"applied_edits":[]}}`,
		[]string{
			`{"type":"message_start","message":{"id":"m1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"container":null,"usage":{"input_tokens":3,"cache_read_input_tokens":2,"output_tokens":0,"service_tier":"standard"}}}`,
			`{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Let me"}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln+/=="}}`,
			`{"type":"content_block_stop","index":0}`,
			`{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"x"}}`,
			`{"type":"content_block_stop","index":1}`,
			`{"type":"content_block_start","index":2,"content_block":{"type":"text","text":"","citations":[]}}`,
			`{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Hi, 세계"}}`,
			`{"type":"content_block_delta","index":2,"delta":{"type":"citations_delta","citation":{"type":"char_location","start_char_index":0}}}`,
			`{"type":"content_block_delta","index":2,"delta":{"type":"citations_delta","citation":{"type":"page_location"}}}`,
			`{"type":"content_block_stop","index":2}`,
			`{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{},"caller":{"type":"direct"}}}`,
			`{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"x\": 1.10, \"y\":12345678901234567890}"}}`,
			`{"type":"content_block_stop","index":3}`,
			`{"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"t2","name":"g","input":{}}}`,
			`{"type":"content_block_stop","index":4}`,
			`{"type":"content_block_start","index":5,"content_block":{"type":"web_search_tool_result","tool_use_id":"s","content":[{"type":"web_search_result","url":"u"}]}}`,
			`{"type":"content_block_stop","index":5}`,
			`{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null,"container":{"id":"c"}},"usage":{"input_tokens":3,"cache_read_input_tokens":2,"output_tokens":17,"service_tier":"standard"},"context_management":{"applied_edits":[]}}`,
			`{"type":"message_stop"}`,
		},
	},
}

func TestConvert(t *testing.T) {
	for _, c := range convertCases {
		stream, ok := ToStream(c.api, []byte(c.body), true)
		if diff := cmp.Diff(streamOf(c.api, c.stream...), string(stream)); !ok || diff != "" {
			t.Errorf("%s: to a stream, %v (-want +got):\n%s", c.name, ok, diff)
		}
		body, ok := ToBody(c.api, stream)
		if diff := cmp.Diff(jsonOf(t, c.body), jsonOf(t, string(body))); !ok || diff != "" {
			t.Errorf("%s: and back, %v (-want +got):\n%s", c.name, ok, diff)
		}
		m := answer.NewMeter(c.api, true)
		m.Feed(stream)
		m.End()
		if diff := cmp.Diff(answer.ReadUsage(c.api, []byte(c.body)).Usage, m.Usage()); diff != "" {
			t.Errorf("%s: billed otherwise as a stream (-want +got):\n%s", c.name, diff)
		}
	}
	without, ok := ToStream(routing.OpenAIChat, []byte(convertCases[0].body), false)
	if want := streamOf(routing.OpenAIChat, convertCases[0].stream[:3]...); !ok || string(without) != want {
		t.Errorf("without usage: %s", without)
	}
}

// TestToBodyKeepsTheBill: what only the first event of a stream tells stays.
func TestToBodyKeepsTheBill(t *testing.T) {
	body, ok := ToBody(routing.AnthropicMessages, file(t, "../answer/testdata/hour.sse"))
	want := routing.Usage{Input: 910, Output: 9, CachedInput: 600, CacheWrite: 300, CacheWrite1h: 200, Served: routing.ServicePriority}
	if got := answer.ReadUsage(routing.AnthropicMessages, body).Usage; !ok || got != want {
		t.Errorf("%v, %+v, want %+v: %s", ok, got, want, body)
	}
}

// jsonOf decodes a text with its numbers as they are written, and its members in no order.
func jsonOf(t *testing.T, text string) (v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Errorf("%v: %s", err, text)
	}
	return v
}

// TestToBody joins streams as providers really send them.
func TestToBody(t *testing.T) {
	const chat, messages = routing.OpenAIChat, routing.AnthropicMessages
	cases := []struct {
		name   string
		api    routing.API
		stream []string
		want   string
	}{
		{
			"OpenAI", chat,
			[]string{
				`{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","service_tier":"auto","system_fingerprint":null,"choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"xy"}`,
				`{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","service_tier":"default","system_fingerprint":"f","choices":[{"index":0,"delta":{"content":"He"},"logprobs":{"content":[{"token":"He"}],"refusal":[]},"finish_reason":null}],"usage":null}`,
				`{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","service_tier":"default","system_fingerprint":"f","choices":[{"index":0,"delta":{"content":"l\"lo"},"logprobs":{"content":[{"token":"llo"}],"refusal":[]},"finish_reason":null}],"usage":null}`,
				`{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","service_tier":"default","system_fingerprint":"f","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}`,
				`{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","service_tier":"default","system_fingerprint":"f","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}`,
			},
			`{"id":"c","object":"chat.completion","created":1,"model":"m","service_tier":"default","system_fingerprint":"f","choices":[{"index":0,"message":{"role":"assistant","content":"Hel\"lo","refusal":null},"logprobs":{"content":[{"token":"He"},{"token":"llo"}],"refusal":[]},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}`,
		},
		{
			"Azure, choices turn about, a character in halves", chat,
			[]string{
				`{"id":"","object":"","created":0,"model":"","choices":[],"prompt_filter_results":[{"prompt_index":0}]}`,
				`{"id":"c","created":7,"model":"m","choices":[{"index":1,"delta":{"role":"assistant","content":"\ud83d"}}]}`,
				`{"id":"c","created":7,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"a"}}]}`,
				`{"id":"c","created":7,"model":"m","choices":[{"index":1,"delta":{"content":"\ude00"},"finish_reason":"stop"},{"index":0,"delta":{"content":"b"},"finish_reason":"stop"}]}`,
			},
			`{"id":"c","object":"chat.completion","created":7,"model":"m","prompt_filter_results":[{"prompt_index":0}],"choices":[{"index":0,"message":{"role":"assistant","content":"ab"},"finish_reason":"stop"},{"index":1,"message":{"role":"assistant","content":"😀"},"finish_reason":"stop"}]}`,
		},
		{
			"tool calls in pieces", chat,
			[]string{
				`{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}}]}`,
				`{"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\""}}]}}]}`,
				`{"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":"[]"}},{"index":0,"function":{"arguments":":1}"}}]}}]}`,
				`{"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"id":"d","type":"function","function":{"name":"h","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}`,
			},
			`{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},{"id":"b","type":"function","function":{"name":"g","arguments":"[]"}},{"id":"d","type":"function","function":{"name":"h","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}`,
		},
		{
			"Anthropic", messages,
			[]string{
				`{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":1}}}`,
				`{"type":"ping"}`,
				`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"","citations":null}}`,
				`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"He"}}`,
				`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"llo"}}`,
				`{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{"n":1}}}`,
				`{"type":"content_block_stop","index":0}`,
				`{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}`,
				`{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}`,
				`{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\": \"\\u00"}}`,
				`{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"e9\"}"}}`,
				`{"type":"content_block_stop","index":1}`,
				`{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":null,"output_tokens":20}}`,
				`{"type":"message_stop"}`,
			},
			`{"id":"m","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hello","citations":[{"n":1}]},{"type":"tool_use","id":"t","name":"f","input":{"a": "é"}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":20}}`,
		},
	}
	for _, c := range cases {
		for _, lines := range []string{"\n", "\r\n"} {
			stream := strings.ReplaceAll(": keep alive\n\n"+streamOf(c.api, c.stream...), "\n", lines)
			got, ok := ToBody(c.api, []byte(stream))
			if diff := cmp.Diff(jsonOf(t, c.want), jsonOf(t, string(got))); !ok || diff != "" {
				t.Errorf("%s, %v (-want +got):\n%s", c.name, ok, diff)
			}
		}
	}
}

// TestNotConverted has what one form cannot say, or what is no whole answer.
func TestNotConverted(t *testing.T) {
	const chat, messages = routing.OpenAIChat, routing.AnthropicMessages
	choice := func(c string) string { return `{"id":"c","choices":[{"index":0,` + c + `}]}` }
	start := `{"type":"message_start","message":{"id":"m","type":"message","content":[],"usage":{"output_tokens":1}}}`
	block := `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`
	end := `{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}`
	for name, c := range map[string]struct {
		api   routing.API
		parts []string
	}{
		"nothing":                  {chat, nil},
		"not JSON":                 {chat, []string{`{`}},
		"an error":                 {chat, []string{`{"error":{"message":"x"},"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`}},
		"an error in a choice":     {chat, []string{choice(`"delta":{},"error":{"code":502},"finish_reason":"stop"`)}},
		"no end":                   {chat, []string{choice(`"delta":{"content":"x"}`)}},
		"one of two ends":          {chat, []string{choice(`"delta":{"content":"x"},"finish_reason":"stop"`), `{"choices":[{"index":1,"delta":{"content":"y"}}]}`}},
		"a choice is missing":      {chat, []string{`{"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}`}},
		"an index out of bounds":   {chat, []string{`{"choices":[{"index":1000000000,"delta":{},"finish_reason":"stop"}]}`}},
		"a key twice":              {chat, []string{choice(`"delta":{"content":"x","content":"y"},"finish_reason":"stop"`)}},
		"audio":                    {chat, []string{choice(`"delta":{"audio":{"data":"x"}},"finish_reason":"stop"`)}},
		"unknown pieces":           {chat, []string{choice(`"delta":{"thoughts":"ha"}`), choice(`"delta":{"thoughts":"ha"},"finish_reason":"stop"`)}},
		"unknown and different":    {chat, []string{choice(`"delta":{},"seen":1`), choice(`"delta":{},"seen":2,"finish_reason":"stop"`)}},
		"text, then blocks":        {chat, []string{choice(`"delta":{"content":"x"}`), choice(`"delta":{"content":[{}]},"finish_reason":"stop"`)}},
		"blocks, then text":        {chat, []string{choice(`"delta":{"content":[{}]}`), choice(`"delta":{"content":"x"},"finish_reason":"stop"`)}},
		"no text":                  {chat, []string{choice("\"delta\":{\"content\":\"\xff\"},\"finish_reason\":\"stop\"")}},
		"a number as text":         {chat, []string{choice(`"delta":{"refusal":1},"finish_reason":"stop"`)}},
		"no start":                 {messages, []string{block, end}},
		"no message_delta":         {messages, []string{start, block}},
		"two starts":               {messages, []string{start, start, end}},
		"an error event":           {messages, []string{start, `{"type":"error","error":{"type":"overloaded_error"}}`, end}},
		"an unknown event":         {messages, []string{start, `{"type":"content_block_replace","index":0}`, end}},
		"an unknown delta":         {messages, []string{start, block, `{"type":"content_block_delta","index":0,"delta":{"type":"smell_delta","smell":"x"}}`, end}},
		"more than a delta":        {messages, []string{start, block, `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x","more":1}}`, end}},
		"a delta of no block":      {messages, []string{start, `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}`, end}},
		"blocks out of order":      {messages, []string{start, strings.Replace(block, "0", "1", 1), end}},
		"text where there is none": {messages, []string{start, strings.Replace(block, `"text":""`, `"text":7`, 1), `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}`, end}},
		"input cut off":            {messages, []string{start, `{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","input":{}}}`, `{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a"}}`, end}},
	} {
		if got, ok := ToBody(c.api, []byte(streamOf(c.api, c.parts...))); ok || got != nil && !json.Valid(got) {
			t.Errorf("%s became %s", name, got)
		}
	}
	for name, c := range map[string]struct {
		api  routing.API
		body string
	}{
		"nothing":                   {chat, ``},
		"an array":                  {chat, `[]`},
		"no choice":                 {chat, `{"choices":[]}`},
		"an error":                  {chat, `{"error":{},"choices":[{"index":0,"message":{},"finish_reason":"stop"}]}`},
		"no message":                {chat, choice(`"text":"x","finish_reason":"stop"`)},
		"no end":                    {chat, choice(`"message":{"content":"x"},"finish_reason":null`)},
		"audio":                     {chat, choice(`"message":{"content":"x","audio":{"id":"a"}},"finish_reason":"stop"`)},
		"choices out of order":      {chat, `{"choices":[{"index":1,"message":{},"finish_reason":"stop"},{"index":0,"message":{},"finish_reason":"stop"}]}`},
		"a choice without an index": {chat, `{"choices":[{"message":{},"finish_reason":"stop"},{"message":{},"finish_reason":"stop"}]}`},
		"a long name in each chunk": {chat, `{"id":"` + strings.Repeat("x", maxEnvelope) + `","choices":[{"index":0,"message":{},"finish_reason":"stop"}]}`},
		"an error of Anthropic's":   {messages, `{"type":"error","error":{"type":"overloaded_error"}}`},
		"no usage":                  {messages, `{"type":"message","content":[],"stop_reason":"end_turn"}`},
		"no stop_reason":            {messages, `{"type":"message","content":[],"usage":{}}`},
		"no content":                {messages, `{"type":"message","stop_reason":"end_turn","usage":{}}`},
		"content that is no text":   {messages, `{"type":"message","content":[{"type":"text","text":1}],"stop_reason":"end_turn","usage":{}}`},
		"no text":                   {chat, choice("\"message\":{\"content\":\"\xff\"},\"finish_reason\":\"stop\"")},
		"another endpoint":          {routing.OpenAIResponses, `{"output":[]}`},
	} {
		if got, ok := ToStream(c.api, []byte(c.body), true); ok {
			t.Errorf("%s became %s", name, got)
		}
	}
	if got, ok := ToBody(routing.OpenAIResponses, nil); ok {
		t.Errorf("a stream of another endpoint became %s", got)
	}
}
