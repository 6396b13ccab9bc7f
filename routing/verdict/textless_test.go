package verdict

import (
	"strings"
	"testing"

	"sluice/routing"
	"sluice/routing/verdict/constraint"
)

// chatMessage renders a chat completion with the members of its message.
func chatMessage(members, finish, usage string) string {
	return `{"id":"c1","model":"m","choices":[{"index":0,"message":{"role":"assistant",` + members + `},"finish_reason":` + quote(finish) + `}],"usage":` + usage + `}`
}

func blocks(stop string, blocks ...string) string {
	return `{"id":"m1","type":"message","role":"assistant","model":"m","content":[` + strings.Join(blocks, ",") + `],"stop_reason":` + quote(stop) + `,"usage":{"input_tokens":9,"output_tokens":12}}`
}

const (
	someUsage    = `{"prompt_tokens":9,"completion_tokens":16,"total_tokens":25}`
	noOutput     = `{"prompt_tokens":9,"completion_tokens":0,"total_tokens":9}`
	hiddenTokens = `{"prompt_tokens":9,"completion_tokens":16,"completion_tokens_details":{"reasoning_tokens":16}}`
	search       = `{"type":"server_tool_use","id":"s1","name":"web_search","input":{"query":"mills"}}`
	thoughtBlock = `{"type":"thinking","thinking":"Which mill?","signature":"s"}`
)

// An answer without text is right where there is something else in it, where the client's own
// limit was used up by thinking, and where a tool's result left nothing to say.
func TestWithoutText(t *testing.T) {
	limited, after := Expectation{Limited: true}, Expectation{Results: true, Tools: true}
	tests := []struct {
		name   string
		format routing.Format
		expect Expectation
		body   string
		want   Reason
	}{
		{"thinking used up the limit", routing.OpenAI, limited, chatMessage(`"content":"","reasoning_content":"Which mill?"`, "length", someUsage), ""},
		{"the same, in other words", routing.OpenAI, limited, chatMessage(`"content":null,"reasoning":"Which mill?"`, "length", someUsage), ""},
		{"the same, in details", routing.OpenAI, limited, chatMessage(`"content":null,"reasoning_details":[{"type":"reasoning.encrypted","data":"x"}]`, "length", someUsage), ""},
		{"the same, only counted", routing.OpenAI, limited, chatMessage(`"content":""`, "length", hiddenTokens), ""},
		{"the same, not even that", routing.OpenAI, limited, chatMessage(`"content":""`, "length", someUsage), ""},
		{"the same, within the text", routing.OpenAI, limited, openAI("<think>\nWhich mill?", "length"), ""},
		{"the same, Anthropic", routing.Anthropic, limited, blocks("max_tokens", thoughtBlock), ""},
		{"no token at all", routing.OpenAI, limited, chatMessage(`"content":""`, "length", noOutput), Empty},
		{"nothing but blanks", routing.OpenAI, limited, openAI("\n\n\n\n", "length"), Empty},
		{"thinking that the provider cut off", routing.OpenAI, Expectation{}, chatMessage(`"content":"","reasoning_content":"Which mill?"`, "length", someUsage), Empty},
		{"thinking and no answer", routing.OpenAI, limited, chatMessage(`"content":"","reasoning_content":"Which mill?"`, "stop", hiddenTokens), Empty},
		{"thinking and no answer, Anthropic", routing.Anthropic, limited, blocks("end_turn", thoughtBlock), Empty},
		{"a thought that does not end", routing.OpenAI, limited, openAI("<think>\nWhich mill? The one at the bend.", "stop"), Empty},
		{"a thought and no answer", routing.OpenAI, Expectation{}, openAI("<think>\nWhich mill?\n</think>\n\n", "stop"), Empty},

		{"paused", routing.Anthropic, Expectation{}, blocks("pause_turn", search), ""},
		{"paused before anything", routing.Anthropic, Expectation{}, blocks("pause_turn"), ""},
		{"a stop sequence before anything", routing.Anthropic, Expectation{}, blocks("stop_sequence"), ""},
		{"paused in a sentence", routing.Anthropic, Expectation{}, blocks("pause_turn", `{"type":"text","text":"I look for mills at the river, which are"}`, search), ""},
		{"the provider's own tools", routing.Anthropic, limited, blocks("end_turn", search, `{"type":"web_search_tool_result","tool_use_id":"s1","content":[]}`), ""},
		{"tools of an MCP server", routing.Anthropic, limited, blocks("end_turn", `{"type":"mcp_tool_use","id":"u1","name":"save","input":{}}`, `{"type":"mcp_tool_result","tool_use_id":"u1","content":[]}`), ""},
		{"a compaction", routing.Anthropic, limited, blocks("compaction", `{"type":"compaction","content":"So far the mills were counted."}`), ""},
		{"a kind that is not known yet", routing.Anthropic, limited, blocks("end_turn", `{"type":"hologram","data":"x"}`), ""},

		{"nothing to add to a tool's result", routing.Anthropic, after, blocks("end_turn"), ""},
		{"the same, OpenAI", routing.OpenAI, after, openAI("", "stop"), ""},
		{"the same after thinking", routing.Anthropic, after, blocks("end_turn", thoughtBlock), ""},
		{"the same after a thought in the text", routing.OpenAI, after, openAI("<think>\nAll is done.\n</think>\n\n", "stop"), ""},
		{"a question after tools were offered", routing.OpenAI, Expectation{Tools: true}, openAI("", "stop"), Empty},

		{"an image", routing.OpenAI, Expectation{}, chatMessage(`"content":"","images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO"}}]`, "stop", someUsage), ""},
		{"an image and its announcement", routing.OpenAI, Expectation{}, chatMessage(`"content":"Here it is:","images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO"}}]`, "stop", someUsage), ""},
		{"an image among blocks", routing.OpenAI, Expectation{}, chatMessage(`"content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO"}}]`, "stop", someUsage), ""},
		{"audio", routing.OpenAI, Expectation{}, chatMessage(`"content":null,"audio":{"id":"a1","data":"UklG","transcript":"Hello"}`, "stop", someUsage), ""},
		{"neither audio nor images", routing.OpenAI, Expectation{}, chatMessage(`"content":"","audio":null,"images":[]`, "stop", someUsage), Empty},
		{"a custom tool's free text", routing.OpenAI, Expectation{Tools: true}, chatMessage(`"content":null,"tool_calls":[{"id":"t1","type":"custom","custom":{"name":"patch","input":"*** Begin\n+ a line"}}]`, "tool_calls", someUsage), ""},
		{"a refusal stays one", routing.OpenAI, limited, chatMessage(`"content":[{"type":"refusal","refusal":"I can't."}]`, "stop", someUsage), ""},
	}
	j := newJudge(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := j.Body(tt.format, &tt.expect, []byte(tt.body)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Thoughts at the beginning of the text are not judged, and what follows them is.
func TestThoughtsAreNotJudged(t *testing.T) {
	const thoughts = "<think>\nHm, I don't know. I can't help with that, or can I? 2 + 2 = 5. Wait, no. 그 강은 어디에서 시작해서 어디로 흘러가는지 먼저 생각해 보자. It is\n</think>\n\n"
	unsure := Expectation{Language: "en", MinConfidence: 0.8, Figure: true}
	yes := Expectation{Short: true, Constraints: constraint.Read("Is it a mill? Answer yes or no.", "")}
	tests := []struct {
		name   string
		expect Expectation
		text   string
		want   Reason
	}{
		{"good", unsure, thoughts + goodText, ""},
		{"good, the opening mark is in the prompt", unsure, strings.TrimPrefix(thoughts, "<think>\n") + goodText, ""},
		{"the thoughts are a loop", unsure, "<think>\n" + strings.Repeat("or not, ", 200) + "\n</think>\n\n" + goodText, ""},
		{"as short as asked", yes, thoughts + "Yes", ""},
		{"longer than asked", yes, thoughts + goodText, Constraint},
		{"JSON", Expectation{JSON: true}, thoughts + `{"name":"Ada"}`, ""},
		{"broken JSON", Expectation{JSON: true}, thoughts + `{"name":`, JSON},
		{"a refusal", unsure, thoughts + "I'm sorry, but I can't assist with that request.", Refusal},
		{"another language", unsure, thoughts + longKorean, WrongLanguage},
		{"a wrong sum", unsure, thoughts + "Each box holds 12 eggs, so there are 12 * 7 = 94 eggs.", LowConfidence},
		{"stops in the middle", unsure, thoughts + goodText + " The key is turned into a number and", Unfinished},
		{"too short", Expectation{}, thoughts + "Hm.", TooShort},
		{"not at the beginning", Expectation{MinConfidence: 0.8}, "Let me see.\n\n<think>\nI don't know who built that bridge.\n</think>", LowConfidence},
	}
	j := newJudge(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := j.Body(routing.OpenAI, &tt.expect, []byte(openAI(tt.text, "stop"))); got != tt.want {
				t.Errorf("whole: got %q, want %q", got, tt.want)
			}
		})
	}
}
