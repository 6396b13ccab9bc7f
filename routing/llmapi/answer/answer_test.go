package answer

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
)

var answerCases = []struct {
	name   string
	format routing.Format
	body   string
	want   Response
}{
	{
		"OpenAI", routing.OpenAI,
		`{"id":"c","object":"chat.completion","model":"gpt-4o-2024-08-06","choices":[{"index":0,"message":{"role":"assistant","content":"Hi \"there\"\n","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":3,"total_tokens":13}}`,
		Response{Model: "gpt-4o-2024-08-06", Text: "Hi \"there\"\n", Finish: FinishStop, Usage: counted(10, 3, -1, -1), Choices: 1, Complete: true},
	},
	{
		"tool calls and a cached prompt", routing.OpenAI,
		`{"choices":[{"message":{"content":null,"tool_calls":[{"id":"1","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"2","function":{"name":"f","arguments":""}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":10,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":8}}}`,
		Response{ToolCalls: []ToolCall{{"f", `{"a":1}`}, {"f", ""}}, Finish: FinishTools, Usage: counted(10, 3, 8, -1), Choices: 1, Complete: true},
	},
	{
		"legacy function call", routing.OpenAI,
		`{"choices":[{"message":{"function_call":{"name":"f","arguments":"{"}},"finish_reason":"function_call"}]}`,
		Response{ToolCalls: []ToolCall{{"f", `{`}}, Finish: FinishTools, Usage: none, Choices: 1, Complete: true},
	},
	{
		"several choices, the first one last", routing.OpenAI,
		`{"choices":[{"message":{"content":"two"},"index":1,"finish_reason":"length"},{"message":{"content":"one"},"index":0}]}`,
		Response{Text: "one", Usage: none, Choices: 2, Complete: true},
	},
	{
		"Responses", routing.Responses,
		`{"id":"resp_1","object":"response","status":"completed","model":"gpt-5","error":null,"incomplete_details":null,"output":[{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"hm"}]},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[]},{"type":"output_text","text":"b"}]}],"usage":{"input_tokens":10,"output_tokens":3,"input_tokens_details":{"cached_tokens":8}}}`,
		Response{Model: "gpt-5", ID: "resp_1", Text: "ab", Reasoning: true, Finish: FinishStop, Usage: counted(10, 3, 8, -1), Choices: 1, Complete: true},
	},
	{
		"Responses: calls", routing.Responses,
		`{"status":"completed","output":[{"type":"function_call","call_id":"c1","name":"f","arguments":"{\"a\":1}"},{"type":"custom_tool_call","call_id":"c2","name":"apply_patch","input":"*** Begin Patch"}]}`,
		Response{ToolCalls: []ToolCall{{"f", `{"a":1}`}, {"apply_patch", ""}}, Finish: FinishTools, Usage: none, Complete: true},
	},
	{
		"Responses: the provider's own tools, and cut off", routing.Responses,
		`{"status":"incomplete","incomplete_details":{"reason":"content_filter"},"output":[{"type":"web_search_call","status":"completed"},{"type":"message","content":[{"type":"refusal","refusal":"No."}]}]}`,
		Response{Refusal: "No.", Others: 1, Finish: FinishPolicy, Usage: none, Complete: true},
	},
	{
		"Responses: in the background", routing.Responses, `{"status":"queued","output":[]}`,
		Response{Finish: FinishPaused, Usage: none, Complete: true},
	},
	{
		"log-probabilities", routing.OpenAI,
		`{"choices":[{"message":{"content":"ab"},"logprobs":{"refusal":[{"logprob":-1}],"content":[{"logprob":-0.6931471805599453},{"logprob":0.0001},{"logprob":null}]}}]}`,
		Response{Text: "ab", Logprobs: 2, Probability: 0.75, Usage: none, Choices: 1, Complete: true},
	},
	{
		"refusals: the model's and the provider's", routing.OpenAI,
		`{"choices":[{"message":{"content":null,"refusal":"I can't."},"finish_reason":"content_filter"}]}`,
		Response{Refusal: "I can't.", Finish: FinishPolicy, Usage: none, Choices: 1, Complete: true},
	},
	{
		"reasoning beside the text, text in blocks", routing.OpenAI,
		`{"choices":[{"message":{"reasoning_content":"hm","content":[{"type":"text","text":"a"},{"type":"thinking","thinking":[{"type":"text","text":"no"}]},{"type":"text","text":"b"}]},"finish_reason":"length"}],"usage":{"prompt_tokens":4,"prompt_cache_hit_tokens":2}}`,
		Response{Text: "ab", Reasoning: true, Finish: FinishLength, Usage: counted(4, -1, 2, -1), Choices: 1, Complete: true},
	},
	{
		"an error in a 200", routing.OpenAI, `{"error":{"message":"no capacity","code":503}}`,
		Response{Error: Error{Code: "503", Message: "no capacity"}, Usage: none, Complete: true},
	},
	{
		"an error without words", routing.OpenAI, `{"error":{"code":503,"type":"overloaded"},"choices":[]}`,
		Response{Error: Error{Code: "503", Type: "overloaded"}, Usage: none, Complete: true},
	},
	{
		"an error in a choice", routing.OpenAI, `{"error":null,"choices":[{"message":{"content":""},"error":{"message":"gone","code":502},"finish_reason":"error"}]}`,
		Response{Error: Error{Code: "502", Message: "gone"}, Finish: FinishFailed, Usage: none, Choices: 1, Complete: true},
	},
	{
		"nothing that is understood", routing.OpenAI, `{"choices":{"message":1},"usage":[1],"model":7,"error":false}`,
		Response{Usage: none, Complete: true},
	},
	{
		"counts that are none", routing.OpenAI, `{"usage":{"prompt_tokens":-5,"completion_tokens":1e99,"prompt_tokens_details":{"cached_tokens":"3"}}}`,
		Response{Usage: none, Complete: true},
	},
	{
		"Anthropic", routing.Anthropic,
		`{"id":"m","type":"message","role":"assistant","model":"claude-sonnet-4-20250514","content":[{"type":"text","text":"See "},{"type":"text","text":"below.","citations":[{"type":"x"}]}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":5,"cache_creation_input_tokens":0,"cache_read_input_tokens":null,"output_tokens":7}}`,
		Response{ID: "m", Model: "claude-sonnet-4-20250514", Text: "See below.", Finish: FinishStop, Usage: counted(5, 7, -1, 0), Choices: 1, Complete: true},
	},
	{
		"thinking, the provider's own tools and the client's", routing.Anthropic,
		`{"type":"message","model":"m","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"server_tool_use","id":"s","name":"web_search","input":{"q":"x"}},{"type":"web_search_tool_result","content":[{"type":"text","text":"no"}]},{"type":"tool_use","id":"t","name":"f","input":{ "n": 1.50 }},{"type":"tool_use","id":"u","name":"g","input":{}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"cache_creation_input_tokens":2,"cache_read_input_tokens":4,"output_tokens":8}}`,
		Response{Model: "m", Reasoning: true, Others: 2, ToolCalls: []ToolCall{{"f", `{ "n": 1.50 }`}, {"g", `{}`}}, Finish: FinishTools, Usage: counted(7, 8, 4, 2), Choices: 1, Complete: true},
	},
	{
		"a refusal by policy", routing.Anthropic, `{"type":"message","model":"m","content":[],"stop_reason":"refusal"}`,
		Response{Model: "m", Finish: FinishPolicy, Usage: none, Choices: 1, Complete: true},
	},
	{
		"the context is full", routing.Anthropic, `{"model":"m","content":[{"type":"redacted_thinking","data":"x"}],"stop_reason":"model_context_window_exceeded"}`,
		Response{Model: "m", Reasoning: true, Finish: FinishLength, Usage: none, Choices: 1, Complete: true},
	},
	{
		"Anthropic: an error in a 200", routing.Anthropic, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"}`,
		Response{Error: Error{Type: "overloaded_error", Message: "Overloaded"}, Usage: none, Complete: true},
	},
}

func TestRead(t *testing.T) {
	for _, c := range answerCases {
		t.Run(c.name, func(t *testing.T) {
			got, err := Read(c.format, []byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("want against got: %s", diff)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	for _, body := range []string{"", "null", "[]", "<html>", `{"choices":[`, `{"a":1}}`, "{\"a\":\"\x01\"}"} {
		for _, format := range []routing.Format{routing.OpenAI, routing.Anthropic} {
			if a, err := Read(format, []byte(body)); err == nil || cmp.Diff(a, Response{}) != "" {
				t.Errorf("%s %q: %+v and error %v, want only an error", format, body, a, err)
			}
		}
	}
}

func TestReadError(t *testing.T) {
	for _, c := range []struct{ name, body, code, message string }{
		{"OpenAI", `{"error":{"message":"No such model","type":"invalid_request_error","param":null,"code":"model_not_found"}}`, "model_not_found", "No such model"},
		{"OpenAI without a code", `{"error":{"message":"Slow down","type":"rate_limit_error","param":null,"code":null}}`, "rate_limit_error", "Slow down"},
		{"Anthropic", `{"type":"error","error":{"type":"not_found_error","message":"model: claude-x"},"request_id":"r"}`, "not_found_error", "model: claude-x"},
		{"Google", `[{"error":{"code":404,"message":"not found","status":"NOT_FOUND"}}]`, "NOT_FOUND", "not found"},
		{"OpenRouter", `{"error":{"code":429,"message":"Rate limited","metadata":{}}}`, "429", "Rate limited"},
		{"vLLM", `{"object":"error","message":"too long","type":"BadRequestError","param":null,"code":400}`, "BadRequestError", "too long"},
		{"Ollama", `{"error":"model 'x' not found"}`, "", "model 'x' not found"},
		{"FastAPI", `{"detail":"Not Found"}`, "", "Not Found"},
		{"cut off", `{"error":{"code":"context_length_exceeded","message":"This mod`, "context_length_exceeded", ""},
		{"no JSON", `<html>502 Bad Gateway</html>`, "", ""},
		{"nothing", ``, "", ""},
		{"something else", `{"ok":true,"error":null}`, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := ReadError([]byte(c.body))
			if e.Name() != c.code || e.Message != c.message {
				t.Errorf("%q %q, want %q %q", e.Name(), e.Message, c.code, c.message)
			}
		})
	}
}
