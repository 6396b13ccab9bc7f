package simulator

import (
	"encoding/json"
	"maps"
	"math"
	"net/http"
	"strings"
	"testing"
)

var (
	cityTool = []any{map[string]any{
		"type": "function", "name": "weather", "input_schema": citySchema,
		"function": map[string]any{"name": "weather", "parameters": citySchema},
	}}
	citySchema = map[string]any{
		"type": "object", "properties": map[string]any{"city": map[string]any{"type": "string"}}, "required": []string{"city"},
	}
	cityFormat = map[string]any{
		"response_format": map[string]any{"type": "json_schema", "json_schema": map[string]any{"name": "city", "schema": citySchema}},
		"output_config":   map[string]any{"format": map[string]any{"type": "json_schema", "schema": citySchema}},
	}
)

func TestAnswers(t *testing.T) {
	_, base := start(t, Options{})
	tests := []struct {
		name, prompt, directive string
		fields                  map[string]any
		finish                  [2]string // OpenAI's, Anthropic's
		check                   func(api, said) bool
	}{
		{
			"well", "How does a leader election work?", "ok", nil,
			[2]string{"stop", "end_turn"},
			func(_ api, s said) bool {
				return strings.Contains(s.text, "m1") && strings.Contains(s.text, "leader election") && len(s.text) > 200 && !strings.Contains(s.text, "[[")
			},
		},
		{
			"Korean", "분산 합의 알고리즘을 설명해 주세요", "", nil,
			[2]string{"stop", "end_turn"},
			func(_ api, s said) bool {
				return strings.Contains(s.text, "합의") && strings.Contains(s.text, "답변")
			},
		},
		{
			"refuse", "Hello", "refuse", nil,
			[2]string{"stop", "end_turn"},
			func(_ api, s said) bool { return strings.Contains(s.text, "can't help") },
		},
		{
			"refuse in Korean", "안녕하세요", "refuse", nil,
			[2]string{"stop", "end_turn"},
			func(_ api, s said) bool {
				return strings.Contains(s.text, "할 수 없") || strings.Contains(s.text, "드릴 수 없습니다")
			},
		},
		{
			"structured refusal", "Hello", "structured-refusal", nil,
			[2]string{"stop", "end_turn"},
			func(a api, s said) bool {
				if a.openAI() {
					return s.text == "" && strings.Contains(s.refusal, "can't")
				}
				return strings.Contains(s.text, "can't")
			},
		},
		{
			"policy", "Hello", "policy", nil,
			[2]string{"content_filter", "refusal"},
			func(_ api, s said) bool { return s.text == "" },
		},
		{
			"truncate", "Hello", "truncate", nil,
			[2]string{"length", "max_tokens"},
			func(_ api, s said) bool { return len(s.text) > 50 && !strings.HasSuffix(s.text, ".") },
		},
		{
			"client's limit", "Hello", "",
			map[string]any{"max_tokens": 3},
			[2]string{"length", "max_tokens"},
			func(_ api, s said) bool { return s.output == 3 && s.text == "Simulated answer by" },
		},
		{
			"JSON", "weather in Seoul", "", cityFormat,
			[2]string{"stop", "end_turn"},
			func(_ api, s said) bool { return s.text == `{"city":"weather"}` },
		},
		{
			"broken JSON", "weather in Seoul", "broken-json", cityFormat,
			[2]string{"stop", "end_turn"},
			func(_ api, s said) bool { return strings.HasPrefix(s.text, `{"city`) && !json.Valid([]byte(s.text)) },
		},
		{
			"JSON in a fence", "weather in Seoul", "fenced-json", cityFormat,
			[2]string{"stop", "end_turn"},
			func(_ api, s said) bool {
				return strings.HasSuffix(s.text, ":\n\n```json\n{\"city\":\"weather\"}\n```")
			},
		},
		{
			"wrong JSON", "weather in Seoul", "wrong-json", cityFormat,
			[2]string{"stop", "end_turn"},
			func(_ api, s said) bool { return json.Valid([]byte(s.text)) && !strings.Contains(s.text, "city") },
		},
		{
			"tool", "weather in Seoul", "tool",
			map[string]any{"tools": cityTool},
			[2]string{"tool_calls", "tool_use"},
			func(_ api, s said) bool {
				return s.tool == "weather" && s.arguments == `{"city":"weather"}` && s.text == ""
			},
		},
		{
			"bad arguments", "weather in Seoul", "bad-arguments",
			map[string]any{"tools": cityTool},
			[2]string{"tool_calls", "tool_use"},
			func(a api, s said) bool {
				if a.openAI() || a.stream {
					return !json.Valid([]byte(s.arguments))
				}
				return strings.HasPrefix(s.arguments, `"`) // a string where an object belongs
			},
		},
		{
			"no tool to call", "weather in Seoul", "tool", nil,
			[2]string{"stop", "end_turn"},
			func(_ api, s said) bool { return s.tool == "" && len(s.text) > 100 },
		},
		{
			"empty", "Hello", "empty", nil,
			[2]string{"stop", "end_turn"},
			func(_ api, s said) bool { return s.text == "" },
		},
		{
			"short", "Hello", "short", nil,
			[2]string{"stop", "end_turn"},
			func(_ api, s said) bool { return s.text == "Yes." },
		},
		{
			"repeat", "Hello", "repeat", nil,
			[2]string{"stop", "end_turn"},
			func(_ api, s said) bool { return strings.Count(s.text, "on and on") > 50 },
		},
		{
			"big", "Hello", "big=100000", nil,
			[2]string{"stop", "end_turn"},
			func(_ api, s said) bool {
				return len(s.text) == 100000 && strings.Count(s.text, s.text[50000:50030]) == 1
			},
		},
		{
			"error in 200", "Hello", "error-in-200", nil,
			[2]string{"", ""},
			func(_ api, s said) bool { return s.failure != "" && s.text == "" },
		},
		{
			"gzip", "Hello", "gzip short", nil, // the client unpacks it
			[2]string{"stop", "end_turn"},
			func(_ api, s said) bool { return s.text == "Yes." },
		},
		{
			"thinking", "Hello", "short",
			map[string]any{"thinking": map[string]any{"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2000},
			[2]string{"stop", "end_turn"},
			func(a api, s said) bool { return a.openAI() || s.thinking == thought },
		},
	}
	for _, tt := range tests {
		for _, a := range apis {
			t.Run(tt.name+"/"+a.name, func(t *testing.T) {
				prompt := tt.prompt
				if tt.directive != "" {
					prompt += " [[other: hang]] [[m1: " + tt.directive + "]] [[*: hang]]"
				}
				s, status, err := a.ask(t, base, prompt, tt.fields)
				if err != nil || status != http.StatusOK {
					t.Fatalf("status %d, error %v, want 200", status, err)
				}
				want := tt.finish[0]
				if !a.openAI() {
					want = tt.finish[1]
				}
				if s.finish != want {
					t.Errorf("finish %q, want %q", s.finish, want)
				}
				if !tt.check(a, s) {
					t.Errorf("unexpected answer: %+v", s)
				}
				if s.failure == "" && s.output == 0 {
					t.Error("no usage reported")
				}
				if a.stream && s.failure == "" && !s.done {
					t.Error("the stream has no proper end")
				}
			})
		}
	}
}

func TestLogprobs(t *testing.T) {
	_, base := start(t, Options{})
	for _, a := range apis[:2] {
		for directive, want := range map[string]float64{"ok": 0.97, "confidence=0.3": 0.3} {
			s, _, err := a.ask(t, base, "Hello [[m1: "+directive+"]]", map[string]any{"logprobs": true})
			if err != nil || len(s.logprobs) != s.output {
				t.Fatalf("%s, %s: %d logprobs for %d tokens, error %v", a.name, directive, len(s.logprobs), s.output, err)
			}
			for _, l := range s.logprobs {
				if got := math.Exp(l); math.Abs(got-want) > 1e-9 {
					t.Fatalf("%s, %s: probability %v, want %v", a.name, directive, got, want)
				}
			}
		}
	}
}

func TestUsageChunkOnlyOnRequest(t *testing.T) {
	_, base := start(t, Options{})
	s, _, err := apis[1].ask(t, base, "Hello", map[string]any{"stream_options": nil})
	if err != nil || !s.done || s.output != 0 {
		t.Errorf("got %+v, error %v; want a whole stream without usage", s, err)
	}
}

func TestToolChoiceAndResult(t *testing.T) {
	_, base := start(t, Options{})
	tests := []struct {
		name   string
		api    api
		fields map[string]any
		want   string // tool called
	}{
		{"not asked for", apis[0], nil, ""},
		{"required", apis[0], map[string]any{"tool_choice": "required"}, "weather"},
		{"named", apis[0], map[string]any{"tool_choice": map[string]any{"type": "function", "function": map[string]any{"name": "weather"}}}, "weather"},
		{"any", apis[2], map[string]any{"tool_choice": map[string]any{"type": "any"}}, "weather"},
		{"auto", apis[2], map[string]any{"tool_choice": map[string]any{"type": "auto"}}, ""},
		{"after the result", apis[0], map[string]any{"tool_choice": "required", "messages": []any{
			map[string]any{"role": "user", "content": "weather [[m1: tool]]"}, map[string]any{"role": "tool", "content": "rain"},
		}}, ""},
		{"after Anthropic's result", apis[2], map[string]any{"messages": []any{
			map[string]any{"role": "user", "content": "weather [[m1: tool]]"},
			map[string]any{"role": "user", "content": []any{map[string]any{"type": "tool_result", "content": "rain"}}},
		}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fields := map[string]any{"tools": cityTool}
			maps.Copy(fields, tt.fields)
			s, status, err := tt.api.ask(t, base, "weather in Seoul", fields)
			if err != nil || status != http.StatusOK || s.tool != tt.want {
				t.Errorf("status %d, tool %q, error %v; want tool %q", status, s.tool, err, tt.want)
			}
		})
	}
}

// TestNamedTool: a behaviour may call any tool with any arguments, in each API.
func TestNamedTool(t *testing.T) {
	server, base := start(t, Options{})
	server.Behave(func(string, []byte) Behaviour {
		return Behaviour{Say: Given, Tool: "write_file", Text: `{"path": "a.txt"}`}
	})
	for _, a := range apis {
		s, status, err := a.ask(t, base, "Write it.", nil)
		if err != nil || status != http.StatusOK || s.tool != "write_file" || !strings.Contains(s.arguments, `a.txt`) || s.text != "" {
			t.Errorf("%s: status %d, %+v, error %v", a.name, status, s, err)
		}
	}
	for stream, want := range map[string]string{
		"false": `"name":"write_file"`,
		"true":  `"type":"response.function_call_arguments.done"`,
	} {
		r, err := send(t, http.MethodPost, base+"/v1/responses", `{"model":"m1","input":"Write it.","stream":`+stream+`}`, nil)
		if err != nil || !strings.Contains(r.body, want) || !strings.Contains(r.body, `"arguments":"{\"path\": \"a.txt\"}"`) || strings.Contains(r.body, "output_text") {
			t.Errorf("Responses, stream %s: %s (%v)", stream, r.body, err)
		}
	}
}

func TestOtherEndpoints(t *testing.T) {
	_, base := start(t, Options{Models: []string{"m1"}})
	tests := []struct{ name, path, body, want string }{
		{"completion", "/v1/completions", `{"model":"m1","prompt":"Tell a story"}`, `"text":"Simulated answer`},
		{"completion stream", "/v1/completions", `{"model":"m1","prompt":["Tell a story"],"stream":true}`, "data: [DONE]"},
		{"response", "/openai/v1/responses", `{"model":"m1","input":"Tell a story"}`, `"status":"completed"`},
		{"response to messages", "/v1/responses", `{"model":"m1","input":[{"role":"user","content":"Tell [[m1: truncate]]"}]}`, `"reason":"max_output_tokens"`},
		{"response stream", "/v1/responses", `{"model":"m1","input":"Tell a story","stream":true}`, "event: response.completed\n"},
		{"embedding", "/v1/embeddings", `{"model":"m1","input":["a","b"]}`, `"index":1`},
		{"embedding as base64", "/v1/embeddings", `{"model":"m1","input":"a","encoding_format":"base64"}`, `"embedding":"`},
		{"input tokens", "/v1/responses/input_tokens", `{"model":"m1","input":"x"}`, `"object":"response.input_tokens"`},
		{"token count", "/v1/messages/count_tokens", `{"model":"m1","messages":[{"role":"user","content":"x"}]}`, `{"input_tokens":`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := send(t, http.MethodPost, base+tt.path, tt.body, nil)
			if err != nil || r.status != http.StatusOK || !strings.Contains(r.body, tt.want) {
				t.Errorf("got %+v (%v), want %s", r, err, tt.want)
			}
		})
	}
	for header, want := range map[string]string{"accept": `"object":"list"`, "anthropic-version": `"has_more":false`} {
		r, err := send(t, http.MethodGet, base+"/v1/models", "", map[string]string{header: "2023-06-01"})
		if err != nil || !strings.Contains(r.body, want) || !strings.Contains(r.body, `"id":"m1"`) {
			t.Errorf("models: got %s (%v), want m1 and %s", r.body, err, want)
		}
	}
}
