package verdict

import (
	"strings"
	"testing"

	"sluice/routing"
	"sluice/routing/llmapi"
)

func offered(names ...string) (t routing.ToolNames) {
	for _, n := range names {
		t.Add([]byte(n))
	}
	return t
}

func TestCallText(t *testing.T) {
	const call = `{"name": "read", "arguments": {"path": "main.go"}}`
	asked := Expectation{Tools: true, Offered: offered("read", "write_file", "mcp__git__log")}
	example, document := asked, asked
	example.Example = true
	document.JSON = true
	tests := []struct {
		name   string
		expect *Expectation
		text   string
		want   bool
	}{
		{"Hermes", &asked, "<tool_call>\n" + call + "\n</tool_call>", true},
		{"Hermes, left open", &asked, "<tool_call>\n" + call[:30], true},
		{"Hermes, nothing but the mark", &asked, "<tool_call>", true},
		{"Hermes after text", &asked, "I read the file first.\n\n<tool_call>\n" + call + "\n</tool_call>", true},
		{"Hermes in one line with text", &asked, "I read the file. <tool_call>" + call + "</tool_call>", true},
		{"a tool that was not offered", &asked, "<tool_call>\n{\"name\": \"cat\", \"arguments\": {}}\n</tool_call>", true},
		{"GLM", &asked, "<tool_call>read\n<arg_key>path</arg_key>\n<arg_value>main.go</arg_value>\n</tool_call>", true},
		{"Qwen Coder", &asked, "<tool_call>\n<function=read>\n<parameter=path>\nmain.go\n</parameter>\n</function>\n</tool_call>", true},
		{"Qwen Coder without the mark around it", &asked, "I'll look.\n<function=read>\n<parameter=path>\nmain.go", true},
		{"Llama 3.1", &asked, `<function=read>{"path": "main.go"}</function>`, true},
		{"Llama's python tag", &asked, `<|python_tag|>{"name": "read", "parameters": {"path": "main.go"}}`, true},
		{"Llama's python tag, as code", &asked, `<|python_tag|>read.call(path="main.go")`, true},
		{"Llama 4", &asked, `[read(path="main.go"), read(path="go.mod")]`, true},
		{"Mistral", &asked, "[TOOL_CALLS][" + call + "]", true},
		{"Phi", &asked, "functools[" + call + "]", true},
		{"in the tags of another format", &asked, "<tool_use>\n" + call + "\n</tool_use>", true},
		{"Mistral of late", &asked, `[TOOL_CALLS]read[ARGS]{"path": "main.go"}`, true},
		{"gpt-oss", &asked, `<|channel|>commentary to=functions.read <|constrain|>json<|message|>{"path":"main.go"}<|call|>`, true},
		{"gpt-oss, the recipient first", &asked, `<|start|>assistant to=functions.read<|channel|>commentary json<|message|>{"path":"main.go"}`, true},
		{"gpt-oss, the marks left out", &asked, `We read it.commentary to=functions.read json{"path":"main.go"}`, true},
		{"DeepSeek", &asked, "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>read\n```json\n{\"path\": \"main.go\"}\n```<｜tool▁call▁end｜>", true},
		{"DeepSeek of late", &asked, "<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"read\">", true},
		{"Kimi", &asked, `<|tool_calls_section_begin|><|tool_call_begin|>functions.read:0<|tool_call_argument_begin|>{"path": "main.go"}`, true},
		{"Kimi, the marks left out", &asked, `functions.read:0{"path": "main.go"}`, true},
		{"Granite", &asked, "<|tool_call|>[" + call + "]", true},
		{"Anthropic's of old", &asked, "<function_calls>\n<invoke name=\"read\">\n<parameter name=\"path\">main.go</parameter>\n</invoke>\n</function_calls>", true},
		{"Functionary", &asked, ">>>read\n{\"path\": \"main.go\"}", true},
		{"Command", &asked, "Action: ```json\n[{\"tool_name\": \"read\", \"parameters\": {\"path\": \"main.go\"}}]\n```", true},
		{"Command after its plan", &asked, "Plan: I read the file.\nAction: ```json\n[{\"tool_name\": \"read\", \"parameters\": {\"path\": \"main.go\"}}]\n```", true},
		{"Command R7B", &asked, `<|START_ACTION|>[{"tool_call_id": "0", "tool_name": "read", "parameters": {}}]<|END_ACTION|>`, true},
		{"Gemma", &asked, "```tool_code\nprint(read(path=\"main.go\"))\n```", true},
		{"MiniMax", &asked, "<minimax:tool_call>\n<invoke name=\"read\">", true},

		{"JSON", &asked, call, true},
		{"JSON, other words", &asked, `{"tool": "read", "args": {"path": "main.go"}}`, true},
		{"JSON, the arguments first", &asked, `{"arguments": {"path": "main.go"}, "name": "read"}`, true},
		{"JSON, OpenAI's words", &asked, `{"tool_calls": [{"id": "1", "type": "function", "function": {"name": "read", "arguments": "{}"}}]}`, true},
		{"JSON, Anthropic's words", &asked, `{"type": "tool_use", "id": "t1", "name": "mcp__git__log", "input": {}}`, true},
		{"JSON, left open", &asked, `{"name": "read", "arguments": {"path": "main`, true},
		{"JSON, a list", &asked, "[" + call + ", " + call + "]", true},
		{"JSON, one after the other", &asked, call + "\n" + call, true},
		{"JSON in a fence", &asked, "```json\n" + call + "\n```", true},
		{"JSON in a plain fence", &asked, "```\n[" + call + "]\n```", true},
		{"JSON after text", &asked, "I read the file first.\n\n" + call, true},
		{"JSON in a fence after an announcement", &asked, "I'll read the file first:\n\n```json\n" + call + "\n```", true},
		{"the same in Korean", &asked, "먼저 파일을 읽어 보겠습니다.\n\n```json\n" + call + "\n```", true},

		{"prose", &asked, "It prints a line and exits. You can read main.go yourself.", false},
		{"ReAct", &asked, "Thought: I should look at it.\nAction: read\nAction Input: main.go", false},
		{"another object", &asked, `{"name": "Ada", "arguments": ["for", "against"]}`, false},
		{"an object with a tool's name", &asked, `{"name": "read", "size": 12}`, false},
		{"a description of a tool", &asked, `{"name": "read", "description": "Reads a file", "parameters": {"type": "object"}}`, false},
		{"a list of numbers", &asked, "[1, 2, 3]", false},
		{"a link", &asked, "[read](https://example.com/read) has more.", false},
		{"code", &asked, "```go\nfunc read(path string) ([]byte, error) {\n\treturn os.ReadFile(path)\n}\n```", false},
		{"a session", &asked, ">>> [read(p) for p in paths]\n[]", false},
		{"an explanation of the mark", &asked, "The model wraps a call in `<tool_call>` and `</tool_call>`, so that `read` can be found.", false},
		{"the mark as the subject", &asked, "<tool_call> is what the template puts before a call.", false},
		{"an example among prose", &asked, "A call looks like this:\n\n```json\n" + call + "\n```\n\nThe name comes first.", false},
		{"an example in Hermes's words", &asked, "A call looks like this:\n\n```\n<tool_call>\n" + call + "\n</tool_call>\n```\n\nThe name comes first.", false},
		{"an example was asked for", &example, "```json\n" + call + "\n```", false},
		{"a document was asked for", &document, call, false},
		{"a mark although a document was asked for", &document, "<tool_call>\n" + call + "\n</tool_call>", true},
		{"tags of an agent that offers no tools", &Expectation{}, "<read>\n<path>main.go</path>\n</read>", false},
		{"a mark where no tools were offered", &Expectation{}, "<tool_call>\n" + call + "\n</tool_call>", false},
		{"HTML", &asked, "<table><tr><td>read</td></tr></table>", false},
	}
	j := newJudge(t, phrases)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, text := range []string{tt.text, "\n\n" + tt.text, "<think>\nWhich file?\n</think>\n" + tt.text} {
				_, got := j.Body(routing.OpenAI, tt.expect, []byte(openAI(text, "stop")))
				if (got == ToolCallText) != tt.want {
					t.Errorf("%q: got %q", text, got)
				}
			}
			// In a stream, a call at the beginning is found however many events it takes.
			s := j.Stream(routing.OpenAI, tt.expect)
			for _, e := range openAIEvents("stop", strings.SplitAfter(tt.text, "")...) {
				s.Feed([]byte(e))
			}
			late := strings.HasPrefix(tt.text, "I") || strings.HasPrefix(tt.text, "먼저") || strings.HasPrefix(tt.text, "We") || strings.HasPrefix(tt.text, "Plan")
			if got := s.Reason() == ToolCallText; got != tt.want && (!late || got) && !tt.expect.JSON {
				t.Errorf("in a stream: got %q", s.Reason())
			}
			// Where the text comes at once, so is one behind it.
			s = j.Stream(routing.OpenAI, tt.expect)
			for _, e := range openAIEvents("stop", tt.text) {
				s.Feed([]byte(e))
			}
			if got := s.Reason() == ToolCallText; got != tt.want {
				t.Errorf("in a stream of one event: got %q", s.Reason())
			}
		})
	}
}

// What a request says of its tools decides whether a call is looked for.
func TestOfferedTools(t *testing.T) {
	const ask = `,"messages":[{"role":"user","content":"Read main.go and tell me what it does."}]}`
	const message, call = `{"model":"auto"`, `{"name": "read", "arguments": {"path": "main.go"}}`
	const tools = `,"tools":[{"type":"function","function":{"description":"d","name":"read","parameters":{"type":"object"}}}]`
	tests := []struct {
		name string
		api  routing.API
		body string
		want Reason
	}{
		{"tools", routing.OpenAIChat, message + tools + ask, ToolCallText},
		{"functions", routing.OpenAIChat, message + `,"functions":[{"name":"read","parameters":{}}]` + ask, ToolCallText},
		{"a custom tool", routing.OpenAIChat, message + `,"tools":[{"type":"custom","custom":{"name":"read"}}]` + ask, ToolCallText},
		{"Anthropic's tools", routing.AnthropicMessages, message + `,"tools":[{"name":"read","input_schema":{"type":"object"}}]` + ask, ToolCallText},
		{"other tools", routing.AnthropicMessages, message + `,"tools":[{"name":"write","input_schema":{"type":"object"}}]` + ask, ""},
		{"no tools", routing.OpenAIChat, message + ask, ""},
		{"none may be called", routing.OpenAIChat, message + `,"tool_choice":"none"` + tools + ask, ""},
		{"none may be called, Anthropic", routing.AnthropicMessages, message + `,"tools":[{"name":"read"}],"tool_choice":{"type":"none"}` + ask, ""},
		{"one must be called", routing.OpenAIChat, message + `,"tool_choice":"required"` + tools + ask, ToolCallText},
		{"calls are the subject", routing.OpenAIChat, message + tools + `,"messages":[{"role":"user","content":"Show me an example of a tool call."}]}`, ""},
		{"calls are the subject, in Korean", routing.OpenAIChat, message + tools + `,"messages":[{"role":"user","content":"도구 호출 예시를 보여줘"}]}`, ""},
	}
	j := newJudge(t, phrases)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, err := llmapi.Read(tt.api, []byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			e := Expect(&req, "en")
			if _, got := j.Body(routing.OpenAI, &e, []byte(openAI(call, "stop"))); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzCallText(f *testing.F) {
	for _, text := range []string{
		`{"name": "read", "arguments": {"path": "main.go"}}`, "[read(", "<tool_call>read", "```json\n[{\"tool\":", "functions.read:0{", ">>>read\n", "Action: ```json\n{",
		"I read.\n{\"tool_calls\":[{\"function\":{\"name\":\"read\"", "to=functions.read", "<", "[", "{", "a",
	} {
		f.Add(text)
	}
	e := Expectation{Offered: offered("read")}
	f.Fuzz(func(t *testing.T, text string) {
		if callText(&e, text, true) == Open {
			t.Fatalf("%q: undecided, though it is whole", text)
		}
		for i := range min(len(text), 64) {
			callText(&e, text[:i], false)
		}
		if none := (Expectation{Offered: offered("zz")}); !strings.ContainsAny(text, "<[z`t{>f") && callText(&none, text, true) == Refuses && !strings.Contains(strings.ToLower(text), "commentary to=") {
			t.Fatalf("%q: a call without a mark", text)
		}
	})
}
