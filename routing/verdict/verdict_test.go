package verdict

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/verdict/constraint"
)

const (
	goodText   = "A hash map stores its entries in buckets, chosen by the hash of the key."
	goodKorean = "해시 맵은 키의 해시값으로 고른 버킷에 항목을 저장합니다."
)

func newJudge(t testing.TB, change func(*Settings)) *Judge {
	t.Helper()
	s := DefaultSettings()
	s.MinCharacters = 20
	if change != nil {
		change(&s)
	}
	j, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// openAI renders a chat completion with the text and finish reason, and with more
// members of the choice if they are given.
func openAI(text, finish string, more ...string) string {
	return fmt.Sprintf(`{"id":"c1","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":%s},"finish_reason":%q%s}],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}}`,
		quote(text), finish, strings.Join(more, ""))
}

func openAICall(arguments string) string {
	return fmt.Sprintf(`{"id":"c1","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"lookup","arguments":%s}}]},"finish_reason":"tool_calls"}]}`, quote(arguments))
}

func anthropic(text, stop string) string {
	return fmt.Sprintf(`{"id":"m1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":%s}],"stop_reason":%q,"usage":{"input_tokens":9,"output_tokens":12}}`, quote(text), stop)
}

func logprobs(values ...string) string {
	for i, v := range values {
		values[i] = `{"token":"a","logprob":` + v + `}`
	}
	return `,"logprobs":{"content":[` + strings.Join(values, ",") + `]}`
}

func TestBody(t *testing.T) {
	object := json.RawMessage(`{"type":"object","required":["name"],"properties":{"name":{"type":"string"}},"additionalProperties":false}`)
	loop := strings.Repeat("and then the river ran on, ", 60)
	tests := []struct {
		name   string
		format routing.Format
		expect Expectation
		body   string
		want   Reason
	}{
		{"good", routing.OpenAI, Expectation{}, openAI(goodText, "stop"), ""},
		{"good, Anthropic", routing.Anthropic, Expectation{}, anthropic(goodText, "end_turn"), ""},
		{"good, Korean", routing.OpenAI, Expectation{}, openAI(goodKorean, "stop"), ""},

		{"empty", routing.OpenAI, Expectation{}, openAI("", "stop"), Empty},
		{"white space", routing.OpenAI, Expectation{}, openAI(" \n\t", "stop"), Empty},
		{"no choices", routing.OpenAI, Expectation{}, `{"id":"c1","model":"m","choices":[]}`, Empty},
		{"no content, Anthropic", routing.Anthropic, Expectation{}, `{"id":"m1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":"end_turn"}`, Empty},
		{"empty although short was asked for", routing.OpenAI, Expectation{Short: true}, openAI("", "stop"), Empty},

		{"cut off", routing.OpenAI, Expectation{}, openAI(goodText, "length"), Length},
		{"cut off, Anthropic", routing.Anthropic, Expectation{}, anthropic(goodText, "max_tokens"), Length},
		{"cut off by the client", routing.OpenAI, Expectation{Limited: true}, openAI(goodText, "length"), ""},
		{"cut off by the client, Anthropic", routing.Anthropic, Expectation{Limited: true}, anthropic(goodText, "max_tokens"), ""},

		{"refusal", routing.OpenAI, Expectation{}, openAI("I'm sorry, but I can't assist with that request.", "stop"), Refusal},
		{"refusal, Korean", routing.Anthropic, Expectation{}, anthropic("죄송하지만 그 요청은 도와드릴 수 없습니다.", "end_turn"), Refusal},
		{"explains what cannot be", routing.OpenAI, Expectation{}, openAI("You cannot divide by zero: no number times zero is one.", "stop"), ""},
		{"explains what cannot be, Korean", routing.OpenAI, Expectation{}, openAI("어떤 수도 0으로 나눌 수 없습니다. 0을 곱해 1이 되는 수는 없기 때문입니다.", "stop"), ""},

		{"policy stop is kept", routing.OpenAI, Expectation{}, openAI("", "content_filter"), ""},
		{"policy stop is kept, Anthropic", routing.Anthropic, Expectation{}, anthropic("", "refusal"), ""},
		{"refusal field is kept", routing.OpenAI, Expectation{JSON: true}, `{"choices":[{"message":{"content":null,"refusal":"I can't help with that."},"finish_reason":"stop"}]}`, ""},

		{"JSON", routing.OpenAI, Expectation{JSON: true}, openAI(`{"name":"Ada"}`, "stop"), ""},
		{"short JSON", routing.OpenAI, Expectation{JSON: true}, openAI(`[]`, "stop"), ""},
		{"JSON and white space", routing.Anthropic, Expectation{JSON: true}, anthropic("\n{\"name\": \"Ada\"}\n", "end_turn"), ""},
		{"JSON with a comma too many", routing.OpenAI, Expectation{JSON: true}, openAI(`{"name":"Ada",}`, "stop"), JSON},
		{"JSON in a fence", routing.OpenAI, Expectation{JSON: true}, openAI("```json\n{\"name\":\"Ada\"}\n```", "stop"), JSON},
		{"JSON after words", routing.Anthropic, Expectation{JSON: true}, anthropic(`Here it is: {"name":"Ada"}`, "end_turn"), JSON},
		{"JSON before words", routing.OpenAI, Expectation{JSON: true}, openAI(`{"name":"Ada"} is the object.`, "stop"), JSON},
		{"half of JSON", routing.OpenAI, Expectation{JSON: true}, openAI(`{"name":"Ad`, "stop"), JSON},
		{"half of JSON, as the client's limit has it", routing.OpenAI, Expectation{JSON: true, Limited: true}, openAI(`{"name":"Ad`, "length"), ""},
		{"not JSON, nor asked for", routing.OpenAI, Expectation{}, openAI(`{"name":"Ada"} and so on and on`, "stop"), ""},

		{"schema satisfied", routing.OpenAI, Expectation{JSON: true, Schema: object}, openAI(`{"name":"Ada"}`, "stop"), ""},
		{"schema, wrong type", routing.OpenAI, Expectation{JSON: true, Schema: object}, openAI(`{"name":7}`, "stop"), Schema},
		{"schema, missing", routing.Anthropic, Expectation{JSON: true, Schema: object}, anthropic(`{}`, "end_turn"), Schema},
		{"schema, too much", routing.OpenAI, Expectation{JSON: true, Schema: object}, openAI(`{"name":"Ada","age":36}`, "stop"), Schema},
		{"schema and no JSON", routing.OpenAI, Expectation{JSON: true, Schema: object}, openAI(`name: Ada, of London`, "stop"), JSON},

		{"tool call", routing.OpenAI, Expectation{Tools: true}, openAICall(`{"key":"a"}`), ""},
		{"tool call without arguments", routing.OpenAI, Expectation{Tools: true}, openAICall(``), ""},
		{"tool call instead of JSON", routing.OpenAI, Expectation{Tools: true, JSON: true}, openAICall(`{}`), ""},
		{"tool call, Anthropic", routing.Anthropic, Expectation{Tools: true}, `{"type":"message","content":[{"type":"tool_use","id":"t1","name":"lookup","input":{"key":"a"}}],"stop_reason":"tool_use"}`, ""},
		{"arguments cut off", routing.OpenAI, Expectation{Tools: true}, openAICall(`{"key":"a`), ToolArguments},
		{"arguments in words", routing.OpenAI, Expectation{Tools: true}, openAICall(`key is a`), ToolArguments},

		{"too short", routing.OpenAI, Expectation{}, openAI("It depends.", "stop"), TooShort},
		{"too short, Korean", routing.Anthropic, Expectation{}, anthropic("상황에 따라 다릅니다.", "end_turn"), TooShort},
		{"nineteen characters", routing.OpenAI, Expectation{}, openAI(strings.Repeat("가나 ", 6)+"다", "stop"), TooShort},
		{"twenty characters", routing.OpenAI, Expectation{}, openAI(strings.Repeat("가나 ", 6)+"다라", "stop"), ""},
		{"short as asked", routing.OpenAI, Expectation{Short: true}, openAI("42", "stop"), ""},
		{"short from an agent", routing.OpenAI, Expectation{Tools: true}, openAI("Done.", "stop"), ""},

		{"loop", routing.OpenAI, Expectation{}, openAI("Once upon a time "+loop, "stop"), Repetition},
		{"loop, Korean", routing.Anthropic, Expectation{}, anthropic("옛날에 "+strings.Repeat("강물이 흐르고 또 흘러서 ", 40), "end_turn"), Repetition},

		{"sure", routing.OpenAI, Expectation{MinConfidence: 0.6}, openAI(goodText, "stop", logprobs("-0.1", "-0.2")), ""},
		{"unsure", routing.OpenAI, Expectation{MinConfidence: 0.6}, openAI(goodText, "stop", logprobs("-0.1", "-2", "-3")), LowConfidence},
		{"unsure, all are accepted", routing.OpenAI, Expectation{}, openAI(goodText, "stop", logprobs("-2", "-3")), ""},
		{"nothing known of its confidence", routing.OpenAI, Expectation{MinConfidence: 0.9}, openAI(goodText, "stop"), ""},
		{"words that do not add up", routing.OpenAI, Expectation{MinConfidence: 0.6}, openAI("Each box holds 12 eggs, so there are 12 * 7 = 94 eggs.", "stop"), LowConfidence},
		{"the same, all are accepted", routing.OpenAI, Expectation{}, openAI("Each box holds 12 eggs, so there are 12 * 7 = 94 eggs.", "stop"), ""},
		{"the same, and sure", routing.OpenAI, Expectation{MinConfidence: 0.6}, openAI("Each box holds 12 eggs, so there are 12 * 7 = 94 eggs.", "stop", logprobs("-0.1")), ""},

		{"unfinished", routing.OpenAI, Expectation{}, openAI(goodText+" The key is turned into a number and", "stop"), Unfinished},
		{"unfinished, Anthropic and Korean", routing.Anthropic, Expectation{}, anthropic(goodKorean+" 그래서 키를", "end_turn"), Unfinished},
		{"unfinished, as the client's limit has it", routing.OpenAI, Expectation{Limited: true}, openAI(goodText+" The key is turned into a number and", "length"), ""},
		{"unfinished, as the client's stop sequences have it", routing.OpenAI, Expectation{Stops: true}, openAI(goodText+" The key is turned into a number and", "stop"), ""},
		{"in another language", routing.OpenAI, Expectation{Language: "ko"}, openAI(goodText, "stop"), WrongLanguage},
		{"in another language, JSON", routing.OpenAI, Expectation{Language: "ko", JSON: true}, openAI(`{"text":`+quote(goodText)+`}`, "stop"), ""},
		{"in its language", routing.Anthropic, Expectation{Language: "ko"}, anthropic(goodKorean, "end_turn"), ""},

		{"error in a 200", routing.OpenAI, Expectation{}, `{"error":{"message":"The server had an error","type":"server_error"}}`, ProviderError},
		{"error in a 200, Anthropic", routing.Anthropic, Expectation{}, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`, ProviderError},
		{"a page in a 200", routing.OpenAI, Expectation{}, `<html><body>Bad gateway</body></html>`, ProviderError},
		{"half a body", routing.OpenAI, Expectation{}, openAI(goodText, "stop")[:90], ProviderError},
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

// badAnswers has an answer for each reason that an answer can have, and what is made
// of it where that reason is kept.
var badAnswers = []struct {
	reason Reason
	expect Expectation
	body   string
	kept   Reason
}{
	{ProviderError, Expectation{}, `{"error":{"message":"The server had an error"}}`, Empty},
	{PolicyRefusal, Expectation{}, openAI("", "content_filter"), ""},
	{Empty, Expectation{}, openAI("", "stop"), ""},
	{Length, Expectation{}, openAI(goodText, "length"), ""},
	{ToolArguments, Expectation{Tools: true}, openAICall(`{"a":`), ""},
	{ToolCallText, Expectation{Tools: true, Offered: offered("read")}, openAI(`<tool_call>{"name":"read","arguments":{}}</tool_call>`, "stop"), ""},
	{Refusal, Expectation{}, openAI("I cannot help with that, whatever you say.", "stop"), ""},
	{JSON, Expectation{JSON: true}, openAI("name: Ada Lovelace, London", "stop"), ""},
	{Schema, Expectation{JSON: true, Schema: json.RawMessage(`{"type":"object"}`)}, openAI("[1,2,3]", "stop"), ""},
	{Repetition, Expectation{}, openAI(strings.Repeat("round and round ", 100), "stop"), ""},
	{Unfinished, Expectation{}, openAI(goodText+" The key is turned into a number and", "stop"), ""},
	{WrongLanguage, Expectation{Language: "ko"}, openAI(goodText, "stop"), ""},
	{TooShort, Expectation{}, openAI("Hm.", "stop"), ""},
	{Constraint, Expectation{Constraints: constraint.Read("How many buckets has it? Reply with just the number.", "")}, openAI(goodText, "stop"), ""},
	{LowConfidence, Expectation{MinConfidence: 0.9}, openAI(goodText, "stop", logprobs("-1")), ""},
}

func TestActions(t *testing.T) {
	for _, tt := range badAnswers {
		t.Run(string(tt.reason), func(t *testing.T) {
			escalate := newJudge(t, func(s *Settings) { s.Actions[tt.reason] = Escalate })
			if _, got := escalate.Body(routing.OpenAI, &tt.expect, []byte(tt.body)); got != tt.reason {
				t.Errorf("escalate: got %q", got)
			}
			keep := newJudge(t, func(s *Settings) { s.Actions[tt.reason] = Keep })
			if _, got := keep.Body(routing.OpenAI, &tt.expect, []byte(tt.body)); got != tt.kept {
				t.Errorf("keep: got %q, want %q", got, tt.kept)
			}
		})
	}
}

func TestMinCharactersAndMaxBody(t *testing.T) {
	long := newJudge(t, func(s *Settings) { s.MinCharacters = 200 })
	if _, got := long.Body(routing.OpenAI, &Expectation{}, []byte(openAI(goodText, "stop"))); got != TooShort {
		t.Errorf("72 characters where 200 are wanted: got %q", got)
	}
	off := newJudge(t, func(s *Settings) { s.MinCharacters = 0 })
	if _, got := off.Body(routing.OpenAI, &Expectation{}, []byte(openAI("A", "stop"))); got != "" {
		t.Errorf("one character where none are wanted: got %q", got)
	}
	small := newJudge(t, func(s *Settings) { s.MaxBody = 50 })
	if _, got := small.Body(routing.OpenAI, &Expectation{}, []byte(openAI("", "stop"))); got != "" {
		t.Errorf("larger than what is judged: got %q", got)
	}
}

func TestNewNamesEveryMistake(t *testing.T) {
	_, err := New(Settings{
		MinCharacters: -1,
		Actions:       map[Reason]Action{"rudeness": Keep},
		Hold:          Hold{Events: 0, Time: -time.Second},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"min_characters: -1", `"rudeness"`, "stream_hold.events: 0", "stream_hold.time: -1s", "max_body: 0"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
}

func TestReasons(t *testing.T) {
	seen := map[Reason]bool{}
	for _, r := range reasons {
		if r == "" || seen[r] || strings.ToLower(string(r)) != string(r) || strings.ContainsAny(string(r), " -") {
			t.Errorf("%q is no label, or there twice", r)
		}
		seen[r] = true
		if want := r == JSON || r == Schema; r.Structured() != want {
			t.Errorf("%q: Structured is %v", r, !want)
		}
	}
	for _, bad := range badAnswers {
		delete(seen, bad.reason)
	}
	want := map[Reason]bool{
		RateLimited: true, ServerError: true, ContextLength: true, ModelNotFound: true, Unsupported: true, Account: true, Redirect: true,
		Timeout: true, Unreachable: true,
	}
	for r := range want {
		if !r.Failed() {
			t.Errorf("%q is no failure", r)
		}
		if lasts := r == ContextLength || r == Unsupported; r.Transient() == lasts {
			t.Errorf("%q: Transient is %v", r, !lasts)
		}
	}
	if Refusal.Failed() || Agreement.Failed() || Refusal.Transient() {
		t.Error("a weak answer is an answer")
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("reasons that no answer has (-want +got):\n%s", diff)
	}
}

func TestParseAction(t *testing.T) {
	for _, a := range []Action{Keep, Escalate} {
		if got, ok := ParseAction(a.String()); !ok || got != a {
			t.Errorf("%v: got %v, %v", a, got, ok)
		}
	}
	if _, ok := ParseAction("retry"); ok {
		t.Error("retry is an action")
	}
}

func TestExpect(t *testing.T) {
	tests := []struct {
		name string
		in   routing.Request
		want Expectation
	}{
		{"nothing asked", routing.Request{Prompt: "Explain how a hash map works."}, Expectation{Language: "en"}},
		{"all asked", routing.Request{
			Prompt: "Calculate it, and answer with only the number.", Stream: true, MaxTokens: 300, Stops: true, Needs: routing.JSON | routing.Tools, Schema: []byte("{ \"type\":\n\"object\" }"),
		}, Expectation{Stream: true, JSON: true, Schema: json.RawMessage(`{"type":"object"}`), Limited: true, Stops: true, Tools: true, Short: true, Figure: true, Language: "en"}},
		{"a figure, Korean", routing.Request{Prompt: "사과가 모두 몇 개인지 이유와 함께 설명해 주세요."}, Expectation{Figure: true, Language: "ko"}},
		{"broken schema", routing.Request{Prompt: "그것을 설명해 주세요.", Schema: []byte(`{"type":`)}, Expectation{JSON: true, Language: "ko"}},
		{"huge schema", routing.Request{Prompt: "그것을 설명해 주세요.", Schema: []byte(`{"title":"` + strings.Repeat("x", maxSchema) + `"}`)}, Expectation{JSON: true, Language: "ko"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Expect(&tt.in, "")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			text, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			var back Expectation
			if err := json.Unmarshal(text, &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, back); diff != "" {
				t.Errorf("through JSON (-want +got):\n%s", diff)
			}
		})
	}
}
