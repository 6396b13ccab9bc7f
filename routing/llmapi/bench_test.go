package llmapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"sluice/routing"
)

// prose returns n bytes of English text, a line break every 60 bytes or so.
func prose(n int) string {
	const lines = "The gateway reads a request once and decides; later it judges.\n" +
		"What the person wrote counts, `code` and figures (3.14) included\n" +
		"and nothing else; as they say: \"garbage in, garbage out\".\n"
	return strings.Repeat(lines, n/len(lines)+1)[:n]
}

// encode renders v as a client would.
func encode(tb testing.TB, v any) []byte {
	tb.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// chatBody returns an OpenAI request of about size bytes, nearly all of it one message.
func chatBody(tb testing.TB, size int) []byte {
	tb.Helper()
	type message struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	}
	return encode(tb, struct {
		Model    string    `json:"model"`
		Messages []message `json:"messages"`
		Stream   bool      `json:"stream"`
	}{"auto", []message{{"user", prose(size)}}, true})
}

// agentBody returns an Anthropic request in the proportions of a coding agent's first
// turn: half tool definitions, a third reminders, little system prompt, and 30 bytes
// that a person typed.
func agentBody(tb testing.TB, size int) []byte {
	tb.Helper()
	type object = map[string]any
	var tools []any
	const perTool = 3500
	for i := range max(1, size/2/perTool) {
		properties := object{}
		for j := range 6 {
			properties[fmt.Sprintf("argument_%d", j)] = object{"type": "string", "description": prose(120)}
		}
		tools = append(tools, object{
			"name": fmt.Sprintf("Tool%d", i), "description": prose(perTool - 1300),
			"input_schema": object{"type": "object", "properties": properties, "required": []string{"argument_0"}},
		})
	}
	reminder := "<system-reminder>\n" + prose(size*35/100) + "</system-reminder>"
	return encode(tb, struct {
		Model     string `json:"model"`
		Messages  []any  `json:"messages"`
		System    []any  `json:"system"`
		Tools     []any  `json:"tools"`
		Metadata  object `json:"metadata"`
		MaxTokens int    `json:"max_tokens"`
		Stream    bool   `json:"stream"`
	}{
		"auto",
		[]any{object{"role": "user", "content": []any{
			object{"type": "text", "text": reminder},
			object{"type": "text", "text": "run the tests and fix the bug."},
		}}},
		[]any{object{"type": "text", "text": prose(size * 8 / 100)}},
		tools,
		object{"user_id": "user_0a1b_account_2c3d_session_4e5f"},
		32000,
		true,
	})
}

// loopBody returns an Anthropic request of about size bytes in the middle of a coding
// agent's work: a task, then calls that edit, read and test, with their results.
func loopBody(tb testing.TB, size int) []byte {
	tb.Helper()
	type object = map[string]any
	messages := []any{object{"role": "user", "content": "Move the scheduler to a work-stealing design and keep it fair"}}
	log := strings.Repeat("ok  \tsluice/routing/signal\t0.12s\n=== RUN   TestScan/line_17\n    scan_test.go:41: read 17 of 42 lines\n", 40) +
		"--- FAIL: TestFair (0.03s)\n    fair_test.go:88: worker 3 of 8 starved\nFAIL\n"
	for i := 0; size > 0; i++ {
		call := []object{
			{"name": "Edit", "input": object{"file_path": "sched.go", "old_string": prose(300), "new_string": prose(300)}},
			{"name": "Read", "input": object{"file_path": fmt.Sprintf("file_%d.go", i)}},
			{"name": "Bash", "input": object{"command": "cd /repo && go test ./... 2>&1 | tail -n 120"}},
		}[i%3]
		call["type"], call["id"] = "tool_use", fmt.Sprintf("toolu_%06d", i)
		result := []string{"The file has been updated.", prose(4000), log}[i%3]
		messages = append(messages,
			object{"role": "assistant", "content": []any{object{"type": "text", "text": "Next step."}, call}},
			object{"role": "user", "content": []any{object{"type": "tool_result", "tool_use_id": call["id"], "is_error": false, "content": result}}})
		size -= len(result) + 400
	}
	return encode(tb, object{"model": "auto", "max_tokens": 32000, "stream": true, "messages": messages, "tools": []any{object{"name": "Bash"}}})
}

type shape struct {
	name string
	api  routing.API
	body []byte
}

func shapes(tb testing.TB) []shape {
	tb.Helper()
	var all []shape
	for _, kb := range []int{1, 30, 160} {
		all = append(all,
			shape{fmt.Sprintf("chat-%dKB", kb), routing.OpenAIChat, chatBody(tb, kb<<10)},
			shape{fmt.Sprintf("agent-%dKB", kb), routing.AnthropicMessages, agentBody(tb, kb<<10)},
			shape{fmt.Sprintf("loop-%dKB", kb), routing.AnthropicMessages, loopBody(tb, kb<<10)})
	}
	return all
}

func BenchmarkRead(b *testing.B) {
	for _, s := range shapes(b) {
		b.Run(s.name, func(b *testing.B) {
			b.SetBytes(int64(len(s.body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Read(s.api, s.body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkGJSON reads the same facts by gjson alone, without envelopes, turns or
// places: what Read's own scanner is measured against.
func BenchmarkGJSON(b *testing.B) {
	for _, s := range shapes(b) {
		b.Run(s.name, func(b *testing.B) {
			b.SetBytes(int64(len(s.body)))
			b.ReportAllocs()
			for b.Loop() {
				if !gjson.ValidBytes(s.body) || readByGJSON(s.body) == "" {
					b.Fatal("not read")
				}
			}
		})
	}
}

func readByGJSON(body []byte) (prompt string) {
	gjson.ParseBytes(body).ForEach(func(key, value gjson.Result) bool {
		if key.Str != "messages" {
			return true
		}
		value.ForEach(func(_, m gjson.Result) bool {
			if m.Get("role").Str != "user" {
				return true
			}
			content := m.Get("content")
			if content.Type == gjson.String {
				prompt = content.Str
				return true
			}
			content.ForEach(func(_, block gjson.Result) bool {
				if block.Get("type").Str == "text" {
					prompt = block.Get("text").Str
				}
				return true
			})
			return true
		})
		return true
	})
	return prompt
}
