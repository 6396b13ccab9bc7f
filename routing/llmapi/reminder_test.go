package llmapi

import (
	"encoding/json"
	"strings"
	"testing"

	"sluice/routing"
)

// TestReminder: the end of the system prompt behind a person's words is not theirs.
func TestReminder(t *testing.T) {
	const rules = "# Rules of edits\n\nWrite every edit as a block.\n"
	long := "Rules.\n\n" + strings.Repeat("Write every edit as a block. ", 10)
	for _, tt := range []struct {
		name, system string
		content      any
		want         string
	}{
		{"none", "You help.", "Name a river", "Name a river"},
		{"repeated", "You help.\n" + rules, "Name a river\n\n" + rules, "Name a river"},
		{"the same last words before it", "People name a river\n\n" + rules, "Now name a river\n\n" + rules, "Now name a river"},
		{"words in several paragraphs", "You help.\n" + rules, "Name\n\na river\n\n" + rules, "Name\n\na river"},
		{"a part of it", "You help.\n" + rules, "Name a river\n\nWrite every edit as a block.\n", "Name a river"},
		{"within a line of the system prompt", "You always Write every edit as a block.", "Name a river\n\nWrite every edit as a block.", "Name a river\n\nWrite every edit as a block."},
		{"within a line of the message", "You help.\nWrite every edit as a block.", "Explain: Write every edit as a block.", "Explain: Write every edit as a block."},
		{"too short to be one", "You help.\nBe brief.", "Name a river\n\nBe brief.", "Name a river\n\nBe brief."},
		{"nothing else", "You help.\n" + rules, rules, rules},
		{"the whole system prompt", rules, "Name a river\n\n" + rules, "Name a river"},
		{"a block of its own", "You help.\n" + long, []map[string]string{{"type": "text", "text": "Name a river"}, {"type": "text", "text": long}}, "Name a river"},
		{"in Korean", "도와 줘.\n# 규칙\n\n모든 변경을 블록으로 쓴다.\n", "강 이름을 하나 대 줘\n\n# 규칙\n\n모든 변경을 블록으로 쓴다.\n", "강 이름을 하나 대 줘"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			encode := func(v any) string {
				b, err := json.Marshal(v)
				if err != nil {
					t.Fatal(err)
				}
				return string(b)
			}
			user := `{"role":"user","content":` + encode(tt.content) + `}`
			for api, body := range map[routing.API]string{
				routing.OpenAIChat:        `{"model":"auto","messages":[{"role":"system","content":` + encode(tt.system) + `},` + user + `]}`,
				routing.AnthropicMessages: `{"model":"auto","messages":[` + user + `],"system":` + encode(tt.system) + `}`,
			} {
				if r, err := Read(api, []byte(body)); err != nil || r.Prompt != tt.want {
					t.Errorf("%s: %q, %v; want %q", api, r.Prompt, err, tt.want)
				}
			}
		})
	}
}
