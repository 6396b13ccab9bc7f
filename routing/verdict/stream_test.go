package verdict

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sluice/routing"
)

// openAIEvents renders the events of a streamed chat completion: the role, then each
// piece of text, then the finish reason and [DONE] unless finish is "".
func openAIEvents(finish string, pieces ...string) []string {
	events := []string{`data: {"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}` + "\n\n"}
	for _, p := range pieces {
		events = append(events, fmt.Sprintf(`data: {"model":"m","choices":[{"index":0,"delta":{"content":%s},"finish_reason":null}]}`+"\n\n", quote(p)))
	}
	if finish != "" {
		events = append(events, fmt.Sprintf(`data: {"model":"m","choices":[{"index":0,"delta":{},"finish_reason":%q}]}`+"\n\n", finish), "data: [DONE]\n\n")
	}
	return events
}

// anthropicEvents renders the events of a streamed message likewise.
func anthropicEvents(stop string, pieces ...string) []string {
	event := func(name, data string) string { return "event: " + name + "\ndata: " + data + "\n\n" }
	events := []string{
		event("message_start", `{"type":"message_start","message":{"model":"m","role":"assistant","content":[],"usage":{"input_tokens":3,"output_tokens":1}}}`),
		event("content_block_start", `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`),
		event("ping", `{"type":"ping"}`),
	}
	for _, p := range pieces {
		events = append(events, event("content_block_delta", `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":`+quote(p)+`}}`))
	}
	if stop != "" {
		events = append(events,
			event("content_block_stop", `{"type":"content_block_stop","index":0}`),
			event("message_delta", `{"type":"message_delta","delta":{"stop_reason":`+quote(stop)+`},"usage":{"output_tokens":9}}`),
			event("message_stop", `{"type":"message_stop"}`))
	}
	return events
}

func call(pieces ...string) []string {
	events := []string{`data: {"choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"lookup","arguments":""}}]}}]}` + "\n\n"}
	for _, p := range pieces {
		events = append(events, `data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":`+quote(p)+`}}]}}]}`+"\n\n")
	}
	return append(events, `data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}`+"\n\n", "data: [DONE]\n\n")
}

func sureness(n int, logprob string) []string {
	var events []string
	for i := range n {
		events = append(events, `data: {"choices":[{"index":0,"delta":{"content":"more words`+string(rune('a'+i))+` "},"logprobs":{"content":[{"token":"a","logprob":`+logprob+`}]}}]}`+"\n\n")
	}
	return events
}

var streams = []struct {
	name   string
	format routing.Format
	expect Expectation
	events []string
	after  int // events after which the state is final; one more than there are: at the end
	want   Reason
}{
	{"healthy, in one piece", routing.OpenAI, Expectation{}, openAIEvents("stop", goodText), 2, ""},
	{"healthy, in words", routing.OpenAI, Expectation{}, openAIEvents("stop", "A hash", " map", " stores its", " entries in", " buckets."), 4, ""},
	{"healthy, Anthropic", routing.Anthropic, Expectation{}, anthropicEvents("end_turn", goodText), 4, ""},
	{"healthy, Korean", routing.OpenAI, Expectation{}, openAIEvents("stop", "해시 맵은 ", "키의 해시값으로 고른 버킷에 ", "항목을 저장합니다.", " 그래서 빠릅니다."), 4, ""},
	{"healthy and short as asked", routing.OpenAI, Expectation{Short: true}, openAIEvents("stop", "Twelve.", " That is it."), 3, ""},

	{"refusal, in one piece", routing.OpenAI, Expectation{}, openAIEvents("stop", "I'm sorry, but I can't assist with that."), 2, Refusal},
	{"refusal, in tokens", routing.OpenAI, Expectation{}, openAIEvents("stop", "I", "'m", " sorry", ",", " but I", " can", "'t", " assist with", " that."), 9, Refusal},
	{"refusal, Anthropic", routing.Anthropic, Expectation{}, anthropicEvents("end_turn", "I cannot", " provide instructions", " for that."), 5, Refusal},
	{"refusal, Korean", routing.OpenAI, Expectation{}, openAIEvents("stop", "죄송하지만 ", "그 요청은 ", "도와드릴 수 ", "없습니다.", " 다른 질문이 있나요?"), 5, Refusal},
	{"begins like a refusal", routing.OpenAI, Expectation{}, openAIEvents("stop", "I can", "'t", " help", " but", " notice that the loop never ends."), 6, ""},
	{"refusal after the hold", routing.OpenAI, Expectation{}, openAIEvents("stop", "Un", "for", "tun", "ately", ",", " as", " you", " may", " know I cannot help with that."), 9, ""},

	{"empty", routing.OpenAI, Expectation{}, openAIEvents("stop"), 2, Empty},
	{"empty, Anthropic", routing.Anthropic, Expectation{}, anthropicEvents("end_turn"), 5, Empty},
	{"nothing at all", routing.OpenAI, Expectation{}, nil, 1, Empty},
	{"too short", routing.OpenAI, Expectation{}, openAIEvents("stop", "It", " depends."), 4, TooShort},
	{"cut off within the hold", routing.OpenAI, Expectation{Short: true, JSON: true}, openAIEvents("length", `{"a":`), 3, Length},
	{"cut off later", routing.OpenAI, Expectation{}, openAIEvents("length", goodText), 2, ""},
	{"broken off within the hold", routing.OpenAI, Expectation{}, openAIEvents("", "It dep"), 3, ProviderError},

	{"broken off in a call", routing.OpenAI, Expectation{}, call(`{"city":`)[:2], 3, ProviderError},
	{"broken off within a sentence, Anthropic", routing.Anthropic, Expectation{Short: true}, anthropicEvents("", "Yes."), 5, ProviderError},
	{"neither finish reason nor [DONE]", routing.OpenAI, Expectation{Short: true}, openAIEvents("", "Yes."), 3, ""},
	{"[DONE] without a finish reason", routing.OpenAI, Expectation{Short: true}, append(openAIEvents("", "Yes"), "data: [DONE]\n\n"), 3, ""},
	{"a finish reason without [DONE]", routing.OpenAI, Expectation{Short: true}, openAIEvents("eos_token", "Yes")[:3], 3, ""},
	{"a finish reason that nobody knows", routing.OpenAI, Expectation{Short: true}, openAIEvents("whatever", "Yes")[:3], 3, ""},
	{"cut off, in another word", routing.OpenAI, Expectation{}, openAIEvents("MAX_TOKENS", "It depends"), 3, Length},
	{"a fault of the provider, DeepSeek", routing.OpenAI, Expectation{}, openAIEvents("insufficient_system_resource", "It depends."), 3, ProviderError},
	{"a fault of the provider, Gemini", routing.OpenAI, Expectation{}, openAIEvents("UNEXPECTED_TOOL_CALL", "It depends."), 3, ProviderError},
	{"a fault of the provider", routing.OpenAI, Expectation{}, openAIEvents("error", "It depends."), 3, ProviderError},

	{"JSON within the hold", routing.OpenAI, Expectation{JSON: true}, openAIEvents("stop", `{"na`, `me":"A`, `da"}`), 5, ""},
	{"JSON of blanks", routing.OpenAI, Expectation{JSON: true}, openAIEvents("stop", append(append([]string{`{"a":`}, slices.Repeat([]string{"\n      "}, 10)...), strings.Repeat("\n      ", 40))...), 13, JSON},
	{"JSON of single tabs", routing.OpenAI, Expectation{JSON: true}, openAIEvents("stop", append(append([]string{`{"a":`}, slices.Repeat([]string{"\t"}, 10)...), strings.Repeat("\t", 300))...), 13, JSON},
	{"JSON with blanks beyond the hold", routing.OpenAI, Expectation{JSON: true}, openAIEvents("stop", append(append([]string{`{"a":`}, slices.Repeat([]string{"\n      "}, 9)...), "1", "}")...), 12, ""},
	{"JSON beyond the hold", routing.OpenAI, Expectation{JSON: true}, openAIEvents("stop", "[", "1", ",", "2", ",", "3", ",", "4", ",", "x"), 9, ""},
	{"fence", routing.Anthropic, Expectation{JSON: true}, anthropicEvents("end_turn", "```json\n", `{"name":"Ada"}`, "\n```"), 4, JSON},
	{"words before JSON", routing.OpenAI, Expectation{JSON: true}, openAIEvents("stop", " \n", "Here", ` {"a":1}`), 3, JSON},
	{"JSON that breaks", routing.OpenAI, Expectation{JSON: true}, openAIEvents("stop", `{"a":1,`, `b:2}`), 3, JSON},
	{"words after JSON", routing.OpenAI, Expectation{JSON: true}, openAIEvents("stop", `{"a":1}`, ` as asked`), 3, JSON},
	{"half of JSON", routing.OpenAI, Expectation{JSON: true}, openAIEvents("stop", `{"a":1`), 3, JSON},
	{"schema", routing.OpenAI, Expectation{JSON: true, Schema: json.RawMessage(`{"required":["b"]}`)}, openAIEvents("stop", `{"a":1}`), 3, Schema},

	{"tool call", routing.OpenAI, Expectation{Tools: true}, call(`{"key"`, `:"a"}`), 4, ""},
	{"tool call without arguments", routing.OpenAI, Expectation{Tools: true}, call(), 2, ""},
	{"arguments that break", routing.OpenAI, Expectation{Tools: true}, call(`{"key"`, `="a"}`), 3, ToolArguments},
	{"arguments cut off", routing.OpenAI, Expectation{Tools: true}, call(`{"key"`, `:"a`), 4, ToolArguments},

	{"sure", routing.OpenAI, Expectation{MinConfidence: 0.6}, sureness(9, "-0.1"), 8, ""},
	{"unsure", routing.OpenAI, Expectation{MinConfidence: 0.6}, sureness(9, "-2"), 8, LowConfidence},
	{"unsure from the ninth token on", routing.OpenAI, Expectation{MinConfidence: 0.6}, append(sureness(8, "-0.1"), sureness(9, "-5")...), 8, ""},
	{"confidence unknown", routing.OpenAI, Expectation{MinConfidence: 0.6}, openAIEvents("stop", goodText), 2, ""},

	{"in the language of the question", routing.OpenAI, Expectation{Language: "ko"}, openAIEvents("stop", "해시 맵은 ", "키의 해시값으로 고른 ", "버킷에 항목을 ", "저장합니다.", " 그래서 빠릅니다."), 5, ""},
	{"in another language", routing.OpenAI, Expectation{Language: "ko"}, openAIEvents("stop", "A hash map", " stores its entries in", " buckets, which", " are chosen by", " the hash of the key."), 5, WrongLanguage},
	{"in another language, Anthropic", routing.Anthropic, Expectation{Language: "en"}, anthropicEvents("end_turn", "해시 맵은 ", "키의 해시값으로 고른 버킷에 항목을 저장하고 ", "필요할 때 같은 방법으로 다시 찾아 줍니다. 그래서 빠릅니다."), 6, WrongLanguage},
	{"code before words", routing.OpenAI, Expectation{Language: "ko"}, openAIEvents("stop", "```go\n", "for i := range n {\n", "\tcount += i\n}\n```\n", "이 반복문은 ", "합을 구합니다."), 7, ""},
	{"stops in the middle within the hold", routing.OpenAI, Expectation{}, openAIEvents("stop", "Unfortunately, the list has ten entries. The first of them is called"), 3, Unfinished},
	{"stops in the middle later", routing.OpenAI, Expectation{}, openAIEvents("stop", goodText+" The first of them is called"), 2, ""},
	{"doubts within the hold", routing.OpenAI, Expectation{MinConfidence: 0.6}, openAIEvents("stop", "Unfortunately, I don't know who built that bridge."), 3, LowConfidence},

	{"thoughts, then an answer", routing.OpenAI, Expectation{Language: "en"}, openAIEvents("stop", append(strings.SplitAfter("<think>\n강은 산에서 시작해서 바다로 흘러가고, 그 사이에 물레방아가 여러 개 있으니 그것부터 하나씩 세어 보자.\n</think>\n\n", " "), "A hash", " map", " stores its", " entries in", " buckets, which are chosen by the hash.")...), 19, ""},
	{"thoughts, then a refusal", routing.OpenAI, Expectation{}, openAIEvents("stop", append(strings.SplitAfter("<think>\nWhat is to be said of this one and of the other one?\n</think>\n\n", " "), "I", "'m", " sorry", ",", " but I", " can", "'t", " assist with", " that.")...), 22, Refusal},
	{"thoughts, then JSON", routing.OpenAI, Expectation{JSON: true}, openAIEvents("stop", "<thi", "nk>Hm", "</think>", `{"a"`, `:1}`), 7, ""},
	{"thoughts, then no JSON", routing.OpenAI, Expectation{JSON: true}, openAIEvents("stop", "<thi", "nk>Hm", "</think>", `It is`), 5, JSON},
	{"long thoughts, then what begins like a mark", routing.OpenAI, Expectation{JSON: true}, openAIEvents("stop", "<think>"+strings.Repeat("Hm, which one? ", 8), "</think>", "[", "1, ", "x"), 6, JSON},
	{"thoughts without their opening mark", routing.OpenAI, Expectation{Language: "en"}, openAIEvents("stop", append(strings.SplitAfter("好的， 用户 在问 这个 水车 是 怎么 工作的， 我 应该 用 英语 回答， 首先 说明 水流， 然后 说明 齿轮， 最后 说明 石磨 和 面粉 的 关系。\n</think>\n\n", " "), "A hash", " map", " stores its", " entries in", " buckets, which are chosen by the hash.")...), 28, ""},
	{"thoughts without their opening mark, then a refusal", routing.OpenAI, Expectation{}, openAIEvents("stop", "Okay, the user", " wants this. I", " cannot help", " with that?\n</think>\n\n", "I cannot help with that."), 6, Refusal},
	{"long thoughts, then what begins like a mark", routing.OpenAI, Expectation{JSON: true}, openAIEvents("stop", "<think>"+strings.Repeat("Hm, which one? ", 8), "</think>", "[", "1, ", "x"), 6, JSON},
	{"only thoughts", routing.OpenAI, Expectation{}, openAIEvents("stop", "<think>", "Hm", ", which"), 5, Empty},
	{"only thoughts, by the client's limit", routing.OpenAI, Expectation{Limited: true}, openAIEvents("length", "<think>", "Hm", ", which"), 6, ""},
	{"reasoning beside the text used up the client's limit", routing.OpenAI, Expectation{Limited: true}, append([]string{`data: {"choices":[{"index":0,"delta":{"reasoning_content":"Hm"}}]}` + "\n\n"}, openAIEvents("length")...), 4, ""},
	{"hidden reasoning used up the client's limit", routing.OpenAI, Expectation{Limited: true}, []string{openAIEvents("length")[0], openAIEvents("length")[1], `data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":16,"completion_tokens_details":{"reasoning_tokens":16}}}` + "\n\n", "data: [DONE]\n\n"}, 4, ""},
	{"no token at all", routing.OpenAI, Expectation{Limited: true}, []string{openAIEvents("length")[0], openAIEvents("length")[1], `data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":0}}` + "\n\n", "data: [DONE]\n\n"}, 4, Empty},
	{"the provider's own tool at work", routing.Anthropic, Expectation{}, append([]string{
		anthropicEvents("")[0],
		`data: {"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"s1","name":"web_search","input":{}}}` + "\n\n",
		`data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"query\": \"mills\"}"}}` + "\n\n",
	}, anthropicEvents("pause_turn")[3:]...), 5, ""},
	{"an image", routing.OpenAI, Expectation{}, append([]string{`data: {"choices":[{"index":0,"delta":{"content":"","images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO"}}]}}]}` + "\n\n"}, openAIEvents("stop")...), 3, ""},
	{"nothing to add to a tool's result", routing.Anthropic, Expectation{Results: true}, anthropicEvents("end_turn"), 5, ""},
	{"text, then a call that breaks", routing.OpenAI, Expectation{Tools: true}, append(openAIEvents("", "I look."), call(`{"key"`, `="a"}`)...), 5, ToolArguments},
	{"text of many events, then a call that breaks", routing.OpenAI, Expectation{Tools: true}, append(openAIEvents("", strings.SplitAfter("I look at the file first, since it may say how to go on from here.", " ")...), call(`{"key"`, `="a"}`)...), 20, ToolArguments},
	{"text, then a custom tool's free text", routing.OpenAI, Expectation{Tools: true}, append(openAIEvents("", "I look."), `data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t1","type":"custom","custom":{"name":"patch","input":"*** Begin"}}]}}]}`+"\n\n", `data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}`+"\n\n"), 4, ""},

	{"error", routing.OpenAI, Expectation{}, []string{"data: {\"error\":{\"message\":\"Overloaded\",\"code\":503}}\n\n"}, 1, ProviderError},
	{"error, Anthropic", routing.Anthropic, Expectation{}, append(anthropicEvents("")[:1], "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"), 2, ProviderError},
	{"policy stop is kept", routing.OpenAI, Expectation{}, openAIEvents("content_filter"), 2, ""},
	{"policy stop is kept, Anthropic", routing.Anthropic, Expectation{}, anthropicEvents("refusal", "I"), 6, ""},
	{"loop within the hold", routing.OpenAI, Expectation{JSON: false}, openAIEvents("stop", "죄송 "+strings.Repeat("다시 또 다시 ", 60)), 2, Repetition},
	{"line endings of old", routing.OpenAI, Expectation{}, []string{strings.ReplaceAll(strings.Join(openAIEvents("stop", "It depends."), ""), "\n", "\r\n")}, 1, TooShort},
}

// phrases makes the verdicts on refusals those of the phrases alone, which no training changes.
func phrases(s *Settings) { s.Refusals = Phrases{} }

func TestStream(t *testing.T) {
	j := newJudge(t, phrases)
	for _, tt := range streams {
		t.Run(tt.name, func(t *testing.T) {
			s := j.Stream(tt.format, &tt.expect)
			after := 0
			for i, event := range tt.events {
				if s.Feed([]byte(event)) != Pending {
					after = i + 1
					break
				}
			}
			if after == 0 {
				s.End()
				after = len(tt.events) + 1
			}
			if s.Reason() != tt.want || after != tt.after {
				t.Errorf("got %q after event %d, want %q after %d", s.Reason(), after, tt.want, tt.after)
			}
			if (s.progress == Reject) != (s.Reason() != "") {
				t.Errorf("state %d with reason %q", s.progress, s.Reason())
			}
		})
	}
}

// However a stream is cut into chunks, the verdict is the same, and final.
func TestStreamChunks(t *testing.T) {
	j := newJudge(t, phrases)
	for _, tt := range streams {
		t.Run(tt.name, func(t *testing.T) {
			whole := []byte(strings.Join(tt.events, ""))
			for size := 1; size <= len(whole); size++ {
				checkChunks(t, j.Stream(tt.format, &tt.expect), whole, func() int { return size }, tt.want)
			}
		})
	}
}

// checkChunks feeds the stream in chunks of the given sizes.
func checkChunks(t *testing.T, s *Stream, whole []byte, size func() int, want Reason) {
	t.Helper()
	final, reason := Pending, Reason("")
	settled := func(state Progress) {
		if final != Pending && (state != final || s.Reason() != reason) {
			t.Fatalf("was %d (%q), is %d (%q)", final, reason, state, s.Reason())
		}
		final, reason = state, s.Reason()
	}
	for len(whole) > 0 {
		n := min(max(1, size()), len(whole))
		settled(s.Feed(whole[:n]))
		whole = whole[n:]
	}
	settled(s.End())
	settled(s.Expire())
	if final == Pending || reason != want {
		t.Fatalf("state %d with %q, want %q", final, reason, want)
	}
}

func TestStreamExpires(t *testing.T) {
	j := newJudge(t, nil)
	s := j.Stream(routing.OpenAI, &Expectation{})
	if got := s.Feed([]byte(openAIEvents("stop", "I'm sorry")[1])); got != Pending {
		t.Fatalf("after an apology: state %d", got)
	}
	if got := s.Expire(); got != Accept {
		t.Errorf("when the time is up: state %d", got)
	}
	if got := s.Feed([]byte(openAIEvents("stop", ", but I can't help with that.")[1])); got != Accept || s.Reason() != "" {
		t.Errorf("afterwards: state %d, reason %q", got, s.Reason())
	}
}

// TestSilentStream: what is no part of an answer is never let go; thoughts are.
func TestSilentStream(t *testing.T) {
	thought := `data: {"choices":[{"index":0,"delta":{"reasoning":"Well"}}]}` + "\n\n"
	for _, tt := range []struct {
		name, chunk string
		words       bool
		expired     Progress
	}{
		{"nothing", "", false, Reject},
		{"comments", ": still there\n\n", false, Reject},
		{"a role", openAIEvents("")[0], false, Reject},
		{"blank text", openAIEvents("", " \n")[1], false, Reject},
		{"a thought", thought, false, Accept},
		{"a thought in the text", openAIEvents("", "<think>\nWell, the user")[1], false, Accept},
		{"a word", openAIEvents("", "I")[1], true, Accept},
		{"a tool call", call()[0], true, Accept},
	} {
		s := newJudge(t, nil).Stream(routing.OpenAI, &Expectation{})
		if got := s.Feed([]byte(tt.chunk)); got != Pending || s.Words() != tt.words {
			t.Errorf("%s: state %d, words %t", tt.name, got, s.Words())
		}
		if got := s.Expire(); got != tt.expired || got == Reject && s.Reason() != Timeout {
			t.Errorf("%s: state %d for %q when the time is up", tt.name, got, s.Reason())
		}
	}
	s := newJudge(t, nil).Stream(routing.OpenAI, &Expectation{})
	s.Feed([]byte(thought))
	if got := s.Stall(); got != Reject || s.Reason() != Timeout {
		t.Errorf("a stream that went silent: state %d for %q", got, s.Reason())
	}
}

// A stream is not held for what is switched off, nor for more than is allowed.
func TestStreamHold(t *testing.T) {
	off := newJudge(t, keepAll)
	if got := off.Stream(routing.OpenAI, &Expectation{JSON: true}).Feed([]byte(openAIEvents("", "I")[1])); got != Accept {
		t.Errorf("nothing is looked for: state %d", got)
	}
	two := newJudge(t, func(s *Settings) { s.Hold.Events = 2 })
	s := two.Stream(routing.OpenAI, &Expectation{})
	for i, want := range []Progress{Pending, Pending, Accept} { // the role does not count
		if got := s.Feed([]byte(openAIEvents("", "I'm", " sorry")[i])); got != want {
			t.Errorf("event %d: state %d, want %d", i, got, want)
		}
	}
	s = newJudge(t, nil).Stream(routing.OpenAI, &Expectation{})
	if got := s.Feed([]byte(strings.Repeat(": still there\n\n", maxHeld/10))); got != Reject || s.Reason() != ProviderError {
		t.Errorf("more comments than are held: state %d", got)
	}
	s = newJudge(t, nil).Stream(routing.OpenAI, &Expectation{})
	s.Feed([]byte(openAIEvents("", "I'm")[1]))
	if got := s.Feed([]byte(strings.Repeat(": still there\n\n", maxHeld/10))); got != Accept {
		t.Errorf("more bytes than are held: state %d", got)
	}
}

// What shows only after the release is told in hindsight.
func TestHindsight(t *testing.T) {
	j := newJudge(t, phrases)
	late := append(openAIEvents("", goodText+" It is fast."), call(`{"key"`, `="a"}`)...)
	tests := []struct {
		name   string
		expect Expectation
		events []string
		want   Reason
	}{
		{"good", Expectation{}, openAIEvents("stop", goodText, " It is fast."), ""},
		{"stops in the middle", Expectation{}, openAIEvents("stop", goodText, " The first of them is called"), Unfinished},
		{"cut off", Expectation{}, openAIEvents("length", goodText, " The first"), Length},
		{"a loop", Expectation{}, openAIEvents("stop", append([]string{goodText}, strings.SplitAfter(strings.Repeat(" and so on,", 80), ",")...)...), Repetition},
		{"arguments that break", Expectation{}, late, ToolArguments},
		{"broken off", Expectation{}, openAIEvents("", goodText, " The first"), ""},
		{"too long", Expectation{}, append(openAIEvents("", goodText), openAIEvents("stop", strings.Repeat("and so on, ", maxFollowed/8))...), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			whole := []byte(strings.Join(tt.events, ""))
			for _, size := range []int{1 << 10, 1 << 12, len(whole)} {
				s := j.Stream(routing.OpenAI, &tt.expect)
				for at := 0; at < len(whole); at += size {
					s.Feed(whole[at:min(at+size, len(whole))])
				}
				if s.End() != Accept {
					t.Fatalf("rejected for %q", s.Reason())
				}
				if got := s.Hindsight(); got != tt.want {
					t.Errorf("in chunks of %d bytes: got %q, want %q", size, got, tt.want)
				}
			}
		})
	}
}
