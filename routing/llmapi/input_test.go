package llmapi

import (
	"strings"
	"testing"

	"sluice/routing"
)

// TestInput: what the items of a Responses request show. Each case is the value of "input".
func TestInput(t *testing.T) {
	const (
		task = `{"type":"message","role":"user","content":[{"type":"input_text","text":"Rename Store to Keeper"}]}`
		call = `{"type":"function_call","call_id":"c1","name":"exec_command","arguments":"{\"cmd\":\"go build ./...\"}"}`
	)
	for _, tt := range []struct {
		name, input string
		want        routing.Request
		calls       int // tool calls looked at
		failures    int
	}{
		{"a text", `"Rename Store to Keeper"`, routing.Request{Turns: 1, Messages: 1}, 0, 0},
		{"instructions of a developer", `[{"role":"developer","content":"Answer in French."},` + task + `]`, routing.Request{Turns: 1, Messages: 2, System: true}, 0, 0},
		{
			"a call and its result", `[` + task + `,` + call + `,{"type":"function_call_output","call_id":"c1","output":"Process exited with code 1\nOutput:\nno"}]`,
			routing.Request{Turns: 1, Messages: 1, Kind: routing.Continuation, Results: true},
			1, 1,
		},
		{
			"a result in blocks, with an image", `[` + task + `,` + call + `,{"type":"function_call_output","call_id":"c1","output":[{"type":"input_text","text":"ok"},{"type":"input_image","image_url":"data:image/png;base64,AA=="}]}]`,
			routing.Request{Turns: 1, Messages: 1, Kind: routing.Continuation, Results: true, Needs: routing.Vision},
			1, 0,
		},
		{"a call without its result", `[` + task + `,` + call + `]`, routing.Request{Turns: 1, Messages: 1, Kind: routing.Continuation, OpenCall: true}, 1, 0},
		{"a patch", `[` + task + `,{"type":"custom_tool_call","call_id":"c1","name":"apply_patch","input":"*** Begin Patch"},{"type":"custom_tool_call_output","call_id":"c1","output":"Success."}]`, routing.Request{Turns: 1, Messages: 1, Kind: routing.Continuation, Results: true}, 1, 0},
		{"encrypted reasoning", `[` + task + `,{"type":"reasoning","summary":[],"encrypted_content":"gAAA"},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Done."}]},{"role":"user","content":"Rename Store to Keeper"}]`, routing.Request{Turns: 2, Messages: 3, Signed: true}, 0, 0},
		{"open reasoning", `[` + task + `,{"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]},{"role":"user","content":"Rename Store to Keeper"}]`, routing.Request{Turns: 2, Messages: 2}, 0, 0},
		{"an item that the provider keeps", `[{"type":"item_reference","id":"msg_1"},` + task + `]`, routing.Request{Turns: 1, Messages: 1, Signed: true}, 0, 0},
		{"a search of the provider's", `[` + task + `,{"type":"web_search_call","id":"ws_1","status":"completed"},{"role":"user","content":"Rename Store to Keeper"}]`, routing.Request{Turns: 2, Messages: 2, Needs: routing.WebSearch}, 0, 0},
		{"a document", `[{"role":"user","content":[{"type":"input_text","text":"Rename Store to Keeper"},{"type":"input_file","file_data":"data:application/pdf;base64,AA=="}]}]`, routing.Request{Turns: 1, Messages: 1, Needs: routing.Documents}, 0, 0},
		{"no conversation", `7`, routing.Request{Messages: 1}, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Read(routing.OpenAIResponses, []byte(`{"model":"auto","input":`+tt.input+`}`))
			if err != nil {
				t.Fatal(err)
			}
			w := tt.want
			if got.Turns != w.Turns || got.Messages != w.Messages || got.Kind != w.Kind || got.Signed != w.Signed || got.Results != w.Results ||
				got.OpenCall != w.OpenCall || got.Needs != w.Needs || got.System != w.System || got.Stage.Calls != tt.calls || got.Stage.Failures != tt.failures {
				t.Errorf("got %+v", got)
			}
			if kept := strings.Contains(tt.input, "item_reference"); got.Layout.Remote != kept {
				t.Errorf("remote is %t, want %t", got.Layout.Remote, kept)
			}
			if w.Turns > 0 && got.Prompt != "Rename Store to Keeper" {
				t.Errorf("prompt %q", got.Prompt)
			}
		})
	}
}

// TestResponsesOptions: what the parameters of a Responses request say.
func TestResponsesOptions(t *testing.T) {
	for _, tt := range []struct {
		name, member string
		holds        func(r *routing.Request) bool
	}{
		{"kept by default", `"x":1`, func(r *routing.Request) bool { return r.Thread }},
		{"not kept", `"store":false`, func(r *routing.Request) bool { return !r.Thread }},
		{"instructions", `"instructions":"Be brief."`, func(r *routing.Request) bool { return r.System }},
		{"a schema", `"text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"}}}`, func(r *routing.Request) bool {
			return r.Needs&routing.StructuredOutput != 0 && string(r.Schema) == `{"type":"object"}`
		}},
		{"an effort", `"reasoning":{"effort":"low"}`, func(r *routing.Request) bool { return r.OwnEffort && r.Needs&routing.TakesEffort != 0 }},
		{"a summary alone", `"reasoning":{"summary":"auto"}`, func(r *routing.Request) bool { return r.OwnEffort && r.Needs&routing.TakesEffort == 0 }},
		{"a limit", `"max_output_tokens":90`, func(r *routing.Request) bool {
			return r.MaxTokens == 90 && r.LimitSpan != (routing.Span{}) && r.LimitKey == ""
		}},
		{"the limit of another API", `"max_tokens":90`, func(r *routing.Request) bool { return r.MaxTokens == 0 }},
		{"a tool", `"tools":[{"type":"function","name":"look"}]`, func(r *routing.Request) bool { return r.Needs == routing.Tools && r.Offered.Has("look") }},
		{"a namespace", `"tools":[{"type":"namespace","name":"more","tools":[{"type":"function","name":"look"}]}]`, func(r *routing.Request) bool { return r.Needs == routing.Tools && r.Offered.Has("look") }},
		{"a template of the provider's", `"prompt":{"id":"pmpt_1"}`, func(r *routing.Request) bool { return r.Needs&routing.ProviderTools != 0 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Read(routing.OpenAIResponses, []byte(`{"model":"auto","input":"Hi",`+tt.member+`}`))
			if err != nil || !tt.holds(&got) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}
