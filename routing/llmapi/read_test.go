package llmapi

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/tidwall/gjson"

	"sluice/routing"
)

// readCases are bodies as clients send them and what Read has to see in them. API,
// Bytes and the model's place are checked apart; what
// they say of an agent's work is in the cases of package agent.
var readCases = []struct {
	name string
	api  routing.API
	body string
	want routing.Request
}{
	{
		name: "one question",
		api:  routing.OpenAIChat,
		body: `{"model":"auto","messages":[{"role":"user","content":"Why is the sky blue?"}]}`,
		want: routing.Request{Model: "auto", Prompt: "Why is the sky blue?", Turns: 1},
	},
	{
		name: "model and stream behind the messages",
		api:  routing.OpenAIChat,
		body: "{ \"messages\" : [ { \"content\" : \"하늘은 왜 파래?\" , \"role\" : \"user\" } ] ,\r\n\t\"stream\" : true , \"max_tokens\" : 64 , \"model\" : \"gpt-4o\" }\n",
		want: routing.Request{Model: "gpt-4o", Prompt: "하늘은 왜 파래?", Turns: 1, Stream: true, MaxTokens: 64},
	},
	{
		name: "only the last human turn, none of the other roles",
		api:  routing.OpenAIChat,
		body: `{"model":"auto","messages":[
			{"role":"system","content":"You analyze and compare."},
			{"role":"developer","content":"Explain everything."},
			{"role":"user","content":"first"},
			{"role":"assistant","content":"answer","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},
			{"role":"tool","tool_call_id":"c1","content":"def f(): pass"},
			{"role":"user","content":"second"},
			{"role":"assistant","content":null}
		]}`,
		want: routing.Request{Model: "auto", Prompt: "second", Turns: 2, Stage: routing.Stage{Total: 1, Calls: 1}},
	},
	{
		name: "blocks are joined, blank ones left out",
		api:  routing.OpenAIChat,
		body: `{"model":"auto","messages":[{"role":"user","content":[{"type":"text","text":"one"},{"type":"text","text":" \n"},{"text":"two ","type":"text"}]}]}`,
		want: routing.Request{Model: "auto", Prompt: "one\ntwo ", Turns: 1},
	},
	{
		name: "escapes",
		api:  routing.OpenAIChat,
		body: `{"model":"a\/b","messages":[{"role":"user","content":"tab\t line\n quote\" slash\\ \b\f\r \uD55C\uae00 \ud83d\ude00 \ud83d! \ude00 \ud83d\u0041"}]}`,
		want: routing.Request{Model: "a/b", Prompt: "tab\t line\n quote\" slash\\ \b\f\r 한글 😀 \uFFFD! \uFFFD \uFFFDA", Turns: 1},
	},
	{
		name: "escaped keys and values",
		api:  routing.OpenAIChat,
		body: `{"mod\u0065l":"auto","m\u0065ssages":[{"r\u006fle":"us\u0065r","c\u006fntent":[{"typ\u0065":"t\u0065xt","text":"hi"},{"type":"im\u0061ge_url"}]}]}`,
		want: routing.Request{Model: "auto", Prompt: "hi", Turns: 1, Needs: routing.Vision},
	},
	{
		name: "bytes that are no UTF-8",
		api:  routing.OpenAIChat,
		body: "{\"model\":\"auto\",\"messages\":[{\"role\":\"user\",\"content\":\"a\xff\xfeb \xed\xa0\x80 한\xea\"}]}",
		want: routing.Request{Model: "auto", Prompt: "a\uFFFD\uFFFDb \uFFFD\uFFFD\uFFFD 한\uFFFD", Turns: 1},
	},
	{
		name: "keys given twice inside a block: the last one counts",
		api:  routing.OpenAIChat,
		body: `{"model":"auto","messages":[{"role":"user","content":[{"type":"image","type":"text","text":"two","text":"three"}]}]}`,
		want: routing.Request{Model: "auto", Prompt: "three", Turns: 1},
	},
	{
		name: "what is no text is left out, whatever it is",
		api:  routing.OpenAIChat,
		body: `{"model":"auto","messages":[null,"user",7,{"role":"user","content":{"text":"no"}},{"role":"user","content":[1,"x",null,{"type":"text","text":5},{"type":7,"text":"no"},{"text":"no type"}]},{"role":["user"],"content":"no"}]}`,
		want: routing.Request{Model: "auto"},
	},
	{
		name: "tools, JSON schema and limits",
		api:  routing.OpenAIChat,
		body: `{"model":"auto","max_completion_tokens":1e3,"max_tokens":5,"tools":[{"type":"function"}],"messages":[{"role":"user","content":"q"}],
			"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object", "properties":{}}}},"user":"u-1","safety_identifier":"s-1"}`,
		want: routing.Request{
			Model: "auto", Prompt: "q", Turns: 1, MaxTokens: 1000, Needs: routing.Tools | routing.JSON | routing.StructuredOutput,
			Schema: []byte(`{"type":"object", "properties":{}}`), Claimed: "s-1",
		},
	},
	{
		name: "JSON mode and legacy functions",
		api:  routing.OpenAIChat,
		body: `{"model":"auto","functions":[{}],"response_format":{"type":"json_object"},"user":"u-1","messages":[{"role":"user","content":"q"}]}`,
		want: routing.Request{Model: "auto", Prompt: "q", Turns: 1, Needs: routing.Tools | routing.JSON, Claimed: "u-1"},
	},
	{
		name: "nothing is needed",
		api:  routing.OpenAIChat,
		body: `{"model":"auto","tools":[ ],"functions":null,"response_format":{"type":"text"},"stream":"true","max_tokens":null,"user":5,"output_config":{"format":{"type":"json_schema"}},"messages":[{"role":"user","content":"q"}]}`,
		want: routing.Request{Model: "auto", Prompt: "q", Turns: 1, OwnEffort: true},
	},
	{
		name: "numbers beyond all bounds",
		api:  routing.OpenAIChat,
		body: `{"model":"auto","seed":123456789012345678901234567890,"max_tokens":1e999,"temperature":-0.5E-3,"messages":[{"role":"user","content":"q"}]}`,
		want: routing.Request{Model: "auto", Prompt: "q", Turns: 1, MaxTokens: 1<<31 - 1},
	},
	{
		name: "stop sequences",
		api:  routing.OpenAIChat,
		body: `{"model":"auto","stop":"\n","messages":[{"role":"user","content":"q"}]}`,
		want: routing.Request{Model: "auto", Prompt: "q", Turns: 1, Stops: true},
	},
	{
		name: "stop sequences, Anthropic",
		api:  routing.AnthropicMessages,
		body: `{"model":"auto","stop_sequences":["END"],"messages":[{"role":"user","content":"q"}]}`,
		want: routing.Request{Model: "auto", Prompt: "q", Turns: 1, Stops: true},
	},
	{
		name: "no stop sequences",
		api:  routing.AnthropicMessages,
		body: `{"model":"auto","stop_sequences":[ ],"stop":"x","messages":[{"role":"user","content":"q"}]}`,
		want: routing.Request{Model: "auto", Prompt: "q", Turns: 1},
	},
	{
		name: "negative limit",
		api:  routing.OpenAIChat,
		body: `{"model":"auto","max_tokens":-1,"messages":[{"role":"user","content":"q"}]}`,
		want: routing.Request{Model: "auto", Prompt: "q", Turns: 1},
	},
	{
		name: "image",
		api:  routing.OpenAIChat,
		body: `{"model":"auto","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"text","text":"what?"}]}]}`,
		want: routing.Request{Model: "auto", Prompt: "what?", Turns: 1, Needs: routing.Vision},
	},
	{
		name: "Cline: the state of the editor behind the task",
		api:  routing.OpenAIChat,
		body: `{"model":"auto","messages":[{"role":"user","content":[{"type":"text","text":"<task>\nfix the build\n</task>"},{"type":"text","text":"<environment_details>\n# VSCode Visible Files\nmain.go\n</environment_details>"}]}]}`,
		want: routing.Request{Model: "auto", Prompt: "<task>\nfix the build\n</task>", Turns: 1},
	},
	{
		name: "Codex over chat: context in messages of its own",
		api:  routing.OpenAIChat,
		body: `{"model":"auto","messages":[{"role":"user","content":"<user_instructions>\nrefactor\n</user_instructions>"},{"role":"user","content":"<environment_context>\n  <cwd>/repo</cwd>\n</environment_context>"},{"role":"user","content":"rename it"}]}`,
		want: routing.Request{Model: "auto", Prompt: "rename it", Turns: 1},
	},
	{
		name: "Claude Code: first turn",
		api:  routing.AnthropicMessages,
		body: `{"model":"claude-opus-4","max_tokens":32000,"stream":true,"thinking":{"type":"enabled","budget_tokens":31999},
			"metadata":{"user_id":"user_ab12_account_cd34_session_ef56"},
			"system":[{"type":"text","text":"x-anthropic-billing-header: cc_version=2"},{"type":"text","text":"analyze why","cache_control":{"type":"ephemeral"}}],
			"tools":[{"name":"Bash","description":"compare","input_schema":{"type":"object","properties":{"command":{"type":"string"}}}}],
			"messages":[{"role":"user","content":[
				{"type":"text","text":"<system-reminder>\nclass, function, import\n</system-reminder>"},
				{"type":"text","text":"<system-reminder>CLAUDE.md <b>bold</b></system-reminder>\n"},
				{"type":"text","text":"run the tests","cache_control":{"type":"ephemeral"}}]}]}`,
		want: routing.Request{
			Model: "claude-opus-4", Prompt: "run the tests", Turns: 1, Stream: true, MaxTokens: 32000,
			Needs: routing.Tools | routing.TakesThinking, ThinkBudget: 31999, Claimed: "user_ab12_account_cd34", Named: "ef56", OwnEffort: true,
		},
	},
	{
		name: "Claude Code: a tool's result with a reminder is no human turn",
		api:  routing.AnthropicMessages,
		body: `{"model":"auto","max_tokens":10,"messages":[
			{"role":"user","content":"fix it"},
			{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"tool_use","id":"t1","name":"Bash","input":{"text":"x"}}]},
			{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"Traceback"},{"type":"image","source":{"type":"base64","data":"AAAA"}}]},{"type":"text","text":"<system-reminder>todo</system-reminder>"}]},
			{"role":"assistant","content":"done"},
			{"role":"user","content":[{"type":"tool_result","tool_use_id":"t2","content":"out of memory","is_error":true}]}]}`,
		want: routing.Request{
			Model: "auto", Prompt: "fix it", Turns: 1, MaxTokens: 10, Needs: routing.Vision,
			Kind: routing.Continuation, Signed: true, Signer: "anthropic", Thought: true, Results: true, Stage: routing.Stage{Total: 1, Calls: 1, Continuing: true},
		},
	},
	{
		name: "Claude Code: a slash command",
		api:  routing.AnthropicMessages,
		body: `{"model":"auto","max_tokens":10,"messages":[{"role":"user","content":"<command-message>review is running</command-message>\n<command-name>/review</command-name>\n<command-args>the last commit</command-args>"}]}`,
		want: routing.Request{Model: "auto", Prompt: "the last commit", Turns: 1, MaxTokens: 10},
	},
	{
		name: "an envelope spelt with escapes",
		api:  routing.AnthropicMessages,
		body: `{"model":"auto","max_tokens":10,"messages":[{"role":"user","content":"\u003csystem-reminder\u003eno\u003c\/system-reminder\u003e\u0079es"}]}`,
		want: routing.Request{Model: "auto", Prompt: "yes", Turns: 1, MaxTokens: 10},
	},
	{
		name: "structured output",
		api:  routing.AnthropicMessages,
		body: `{"model":"auto","max_tokens":10,"output_config":{"effort":"low","format":{"type":"json_schema","schema":{"type":"array"}}},"response_format":{"type":"json_object"},"user":"x","messages":[{"role":"user","content":"q"}]}`,
		want: routing.Request{Model: "auto", Prompt: "q", Turns: 1, MaxTokens: 10, Needs: routing.JSON | routing.StructuredOutput | routing.TakesEffort, Schema: []byte(`{"type":"array"}`), OwnEffort: true},
	},
	{
		name: "structured output, first form, and a user id in JSON",
		api:  routing.AnthropicMessages,
		body: `{"model":"auto","output_format":{"schema":{"type":"array"},"type":"json_schema"},"metadata":{"user_id":"{\"device_id\":\"d1\",\"account_uuid\":\"a1\",\"session_id\":\"s1\"}"},"messages":[{"role":"user","content":"q"}]}`,
		want: routing.Request{Model: "auto", Prompt: "q", Turns: 1, Needs: routing.JSON | routing.StructuredOutput, Schema: []byte(`{"type":"array"}`), Claimed: "a1", Named: "s1"},
	},
	{
		name: "an Anthropic user id that is just one, and a key of OpenAI",
		api:  routing.AnthropicMessages,
		body: `{"model":"auto","user":"no","user":"no","metadata":{"user_id":"9"},"messages":[{"role":"user","content":"q"}]}`,
		want: routing.Request{Model: "auto", Prompt: "q", Turns: 1, Claimed: "9"},
	},
	{
		name: "an Anthropic user id that is none",
		api:  routing.AnthropicMessages,
		body: `{"model":"auto","metadata":{"user_id":{"account_uuid":"a"}},"messages":[{"role":"user","content":"q"}]}`,
		want: routing.Request{Model: "auto", Prompt: "q", Turns: 1},
	},
	{
		name: "counting tokens needs no messages",
		api:  routing.AnthropicCountTokens,
		body: `{"model":"claude-opus-4","tools":[{}],"messages":[]}`,
		want: routing.Request{Model: "claude-opus-4", Needs: routing.Tools, Kind: routing.Preflight},
	},
	{
		name: "Responses",
		api:  routing.OpenAIResponses,
		body: `{"model":"gpt-5","input":[{"role":"user","content":"hi"}],"stream":true,"max_output_tokens":9,"tools":[{}],"user":"u"}`,
		want: routing.Request{Model: "gpt-5", Prompt: "hi", Turns: 1, Stream: true, MaxTokens: 9, Needs: routing.Tools, Claimed: "u", Thread: true},
	},
	{
		name: "embeddings",
		api:  routing.OpenAIEmbeddings,
		body: `{"input":["a","b"],"model":"text-embedding-3-small"}`,
		want: routing.Request{Model: "text-embedding-3-small"},
	},
}

func TestRead(t *testing.T) {
	for _, c := range readCases {
		t.Run(c.name, func(t *testing.T) {
			got, err := Read(c.api, []byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if got.API != c.api || got.Bytes != len(c.body) {
				t.Errorf("API %v and %d bytes, want %v and %d", got.API, got.Bytes, c.api, len(c.body))
			}
			if model := stringOf([]byte(c.body[got.ModelStart:got.ModelEnd])); model != c.want.Model {
				t.Errorf("the model's place holds %q, want %q", model, c.want.Model)
			}
			limit := ""
			if c.api.Routed() && got.LimitSpan != (routing.Span{}) {
				limit = strconv.Itoa(got.MaxTokens)
			}
			if at := got.LimitSpan; c.body[at.Start:at.End] != limit {
				t.Errorf("the limit's place holds %q, want %q", c.body[at.Start:at.End], limit)
			}
			messages := 0
			if c.api.Routed() {
				messages = int(gjson.Get(c.body, "messages.#").Int() + gjson.Get(c.body, "input.#").Int())
			}
			if got.Messages != messages {
				t.Errorf("%d messages, want %d", got.Messages, messages)
			}
			ignore := cmpopts.IgnoreFields(routing.Request{}, "Tokens", "Layout", "API", "Bytes", "ModelStart", "ModelEnd", "Messages", "Opening", "System", "Offered", "LimitSpan", "LimitKey")
			if diff := cmp.Diff(c.want, got, ignore); diff != "" {
				t.Errorf("want against got: %s", diff)
			}
		})
	}
}

// TestReadAgain checks that nothing of one request shows in the next.
func TestReadAgain(t *testing.T) {
	long := chatBody(t, 10_000)
	for range 3 {
		if _, err := Read(routing.OpenAIChat, long); err != nil {
			t.Fatal(err)
		}
		got, err := Read(routing.OpenAIChat, []byte(`{"model":"m","messages":[{"role":"assistant","content":"x"}]}`))
		if err != nil || got.Prompt != "" || got.Turns != 0 {
			t.Fatalf("prompt %q, %d turns, error %v, want none", got.Prompt, got.Turns, err)
		}
	}
}

func seeds() []string {
	var all []string
	for _, c := range readCases {
		all = append(all, c.body)
	}
	for _, c := range hazards {
		if len(c.body) < 1<<10 {
			all = append(all, c.body)
		}
	}
	return all
}

// TestReadSystem: what instructs the model besides the person is noticed.
func TestReadSystem(t *testing.T) {
	for body, want := range map[string]bool{
		`{"model":"auto","messages":[{"role":"user","content":"hi"}]}`:                                            false,
		`{"model":"auto","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"hi"}]}`:    true,
		`{"model":"auto","messages":[{"role":"developer","content":"Be brief."},{"role":"user","content":"hi"}]}`: true,
	} {
		if got, err := Read(routing.OpenAIChat, []byte(body)); err != nil || got.System != want {
			t.Errorf("%s: %t, %v", body, got.System, err)
		}
	}
	for system, want := range map[string]bool{
		`"Be brief."`:                          true,
		`[{"type":"text","text":"Be brief."}]`: true,
		`[{"type":"text","text":"x-anthropic-billing-header: cc_version=1"}]`: false,
	} {
		body := `{"model":"auto","max_tokens":9,"system":` + system + `,"messages":[{"role":"user","content":"hi"}]}`
		if got, err := Read(routing.AnthropicMessages, []byte(body)); err != nil || got.System != want {
			t.Errorf("%s: %t, %v", body, got.System, err)
		}
	}
}
