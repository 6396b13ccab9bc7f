package llmapi

import (
	"strings"
	"testing"

	"sluice/routing"
)

// TestNeeds: what a request needs is read from its blocks, tools and parameters, in each
// format and at each place where they may stand.
func TestNeeds(t *testing.T) {
	const (
		chat     = routing.OpenAIChat
		messages = routing.AnthropicMessages
		pdf      = `{"type":"base64","media_type":"application/pdf","data":"JVBERi0="}`
	)
	said := func(blocks string) string {
		return `"messages":[{"role":"user","content":[` + blocks + `]},{"role":"assistant","content":"yes"},{"role":"user","content":"and?"}]`
	}
	result := func(blocks string) string {
		return `"messages":[{"role":"user","content":"read"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"Read","input":{"type":"document"}}]},
			{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[` + blocks + `]}]}]`
	}
	const hi = `"messages":[{"role":"user","content":"hi"}]`
	for _, tt := range []struct {
		name string
		api  routing.API
		body string
		want routing.Capabilities
	}{
		{"words", chat, hi, 0},
		{"image_url", chat, said(`{"type":"image_url","image_url":{"url":"https://x/y.png"}}`), routing.Vision},
		{"file", chat, said(`{"type":"file","file":{"filename":"x.pdf","file_data":"data:application/pdf;base64,JVBERi0="}}`), routing.Documents},
		{"file by its id", chat, said(`{"file":{"file_id":"file-1"},"type":"file"}`), routing.Documents},
		{"an image in a file", chat, said(`{"type":"file","file":{"file_data":"data:image/png;base64,AAAA"}}`), routing.Vision},
		{"a PDF in an image_url", chat, said(`{"image_url":{"url":"DATA:application/pdf;base64,JVBERi0="},"type":"image_url"}`), routing.Documents},
		{"an image behind a PDF", chat, said(`{"type":"file","file":{"file_data":"data:application/pdf;base64,JVBERi0="}},{"type":"image_url","image_url":{"url":"https://x/y.png"}}`), routing.Documents | routing.Vision},
		{"input_audio", chat, said(`{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}`), routing.AudioInput},
		{"audio_url", chat, said(`{"type":"audio_url","audio_url":{"url":"https://x/y.mp3"}}`), routing.AudioInput},
		{"video_url", chat, said(`{"type":"video_url","video_url":{"url":"https://x/y.mp4"}}`), routing.Video},
		{"document_url", chat, said(`{"type":"document_url","document_url":"https://x/y.pdf"}`), routing.Documents},
		{"a tool's image", chat, `"messages":[{"role":"user","content":"see"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"shot","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]`, routing.Vision},
		{"spoken before", chat, `"messages":[{"role":"user","content":"hi"},{"role":"assistant","audio":{"id":"audio_1"}},{"role":"user","content":"again"}]`, routing.AudioOutput},
		{"never spoken", chat, `"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"yes","audio":null},{"role":"user","content":"again"}]`, 0},
		{"modalities", chat, hi + `,"modalities":["text","audio"]`, routing.AudioOutput},
		{"images out", chat, hi + `,"modalities":["image","text"]`, routing.ImageOutput},
		{"text out", chat, hi + `,"modalities":["text"],"audio":{"voice":"x"}`, 0},
		{"a schema", chat, hi + `,"response_format":{"type":"json_schema","json_schema":{"schema":{}}}`, routing.JSON | routing.StructuredOutput},
		{"any JSON", chat, hi + `,"response_format":{"type":"json_object"}`, routing.JSON},
		{"an effort", chat, hi + `,"reasoning_effort":"low"`, routing.TakesEffort},
		{"no effort", chat, hi + `,"reasoning_effort":null`, 0},
		{"an effort, OpenRouter", chat, hi + `,"reasoning":{"effort":"high"}`, routing.TakesEffort},
		{"web_search_options", chat, hi + `,"web_search_options":{}`, routing.WebSearch},
		{"functions", chat, hi + `,"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"web_search"}}},{"type":"custom"}]`, routing.Tools},
		{"a provider's search", chat, hi + `,"tools":[{"type":"web_search","web_search":{}}]`, routing.Tools | routing.WebSearch},
		{"a provider's other tool", chat, hi + `,"tools":[{"type":"code_interpreter"}]`, routing.Tools | routing.ProviderTools},
		{"another router's search", chat, hi + `,"tools":[{"type":"openrouter:web_search"}]`, routing.Tools | routing.WebSearch},

		{"image, Anthropic", messages, said(`{"type":"image","source":{"type":"url","url":"https://x/y"}}`), routing.Vision},
		{"document", messages, said(`{"type":"document","source":` + pdf + `}`), routing.Documents},
		{"document, its type last", messages, said(`{"source":` + pdf + `,"title":"x","type":"document"}`), routing.Documents},
		{"document by its address", messages, said(`{"type":"document","source":{"type":"url","url":"https://x/y.pdf"}}`), routing.Documents},
		{"document of text", messages, said(`{"type":"document","source":{"type":"text","media_type":"text/plain","data":"hello"}}`), 0},
		{"document of text blocks", messages, said(`{"type":"document","source":{"content":[{"type":"text","text":"hello"}],"type":"content"}}`), 0},
		{"document of text and an image", messages, said(`{"type":"document","source":{"type":"content","content":[{"type":"image","source":{"type":"base64","data":"AA"}}]}}`), routing.Vision},
		{"a tool's document", messages, result(`{"type":"document","source":` + pdf + `}`), routing.Documents},
		{"a tool's text", messages, result(`{"type":"text","text":"document"},{"type":"document","source":{"type":"text","data":"hello"}}`), 0},
		{"a tool's image and document", messages, result(`{"type":"image","source":{"type":"base64","data":"AA"}},{"type":"document","source":` + pdf + `}`), routing.Vision | routing.Documents},
		{"a search before", messages, `"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"server_tool_use","id":"s","name":"web_search","input":{}},{"type":"web_search_tool_result","tool_use_id":"s","content":[]}]},{"role":"user","content":"more"}]`, routing.WebSearch},
		{"code run before", messages, `"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"bash_code_execution_tool_result","tool_use_id":"s","content":{}}]},{"role":"user","content":"more"}]`, routing.ProviderTools},
		{"thinking", messages, hi + `,"thinking":{"type":"adaptive"},"output_config":{"effort":"high"}`, routing.TakesThinking | routing.TakesEffort},
		{"no thinking", messages, hi + `,"thinking":{"type":"disabled"},"output_config":{}`, 0},
		{"a schema, Anthropic", messages, hi + `,"output_config":{"format":{"type":"json_schema","schema":{}}}`, routing.JSON | routing.StructuredOutput},
		{"a schema, first form", messages, hi + `,"output_format":{"type":"json_schema","schema":{}}`, routing.JSON | routing.StructuredOutput},
		{"tools of one's own", messages, hi + `,"tools":[{"name":"Bash","input_schema":{"type":"object"}},{"type":"custom","name":"x"}]`, routing.Tools},
		{"search", messages, hi + `,"tools":[{"type":"web_search_20250305","name":"web_search"}]`, routing.Tools | routing.WebSearch},
		{"fetch", messages, hi + `,"tools":[{"name":"web_fetch","type":"web_fetch_20250910"}]`, routing.Tools | routing.WebSearch},
		{"code execution", messages, hi + `,"tools":[{"type":"code_execution_20250522","name":"code_execution"}]`, routing.Tools | routing.ProviderTools},
		{"tools without a schema", messages, hi + `,"tools":[{"type":"bash_20250124","name":"bash"},{"type":"text_editor_20250728","name":"e"},{"type":"computer_20250124","name":"c"}]`, routing.Tools | routing.ProviderTools},
		{"MCP", messages, hi + `,"mcp_servers":[{"type":"url","url":"https://x","name":"x"}]`, routing.ProviderTools},
		{"no MCP", messages, hi + `,"mcp_servers":[ ]`, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req, err := Read(tt.api, []byte(`{"model":"auto",`+tt.body+`}`))
			if err != nil {
				t.Fatal(err)
			}
			if req.Needs != tt.want {
				t.Errorf("needs %q, want %q", req.Needs, tt.want)
			}
			if remote := strings.Contains(tt.body, "https://x/y"); req.Layout.Remote != remote {
				t.Errorf("shows something by its address: %t, want %t", req.Layout.Remote, remote)
			}
		})
	}
}
