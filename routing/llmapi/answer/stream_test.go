package answer

import (
	_ "embed"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/llmapi/sse"
)

// Streams that other tests read too.
var (
	//go:embed testdata/openai.sse
	openAIStream string
	//go:embed testdata/anthropic.sse
	anthropicStream string

	// hourStream tells more at its beginning than at its end.
	//
	//go:embed testdata/hour.sse
	hourStream string

	//go:embed testdata/error.sse
	errorStream string

	//go:embed testdata/responses.sse
	responsesStream string
)

// none is a usage of which nothing is reported.
var none = counted(-1, -1, -1, -1)

func counted(input, output, cached, written int) routing.Usage {
	return routing.Usage{Input: input, Output: output, CachedInput: cached, CacheWrite: written, CacheWrite1h: -1}
}

// forAnHour returns the usage with a part of what was written to the cache for an hour.
func forAnHour(u routing.Usage, written int) routing.Usage {
	u.CacheWrite1h = written
	return u
}

// servedAs returns the usage with the service tier that the provider says.
func servedAs(u routing.Usage, s routing.ServiceTier) routing.Usage {
	u.Served = s
	return u
}

var streamCases = []struct {
	name   string
	format routing.Format
	data   string
	events int
	want   Response
}{
	{
		"OpenAI", routing.OpenAI, openAIStream, 9,
		Response{
			Model: "gpt-4o-mini", Text: "Hi, 세계 😀", Finish: FinishTools, Choices: 2, Complete: true,
			ToolCalls: []ToolCall{{"read", `{"path":"/"}`}, {"list", `{}`}},
			Usage:     counted(20, 9, 16, -1), Logprobs: 2, Probability: 0.5,
		},
	},
	{
		"Anthropic", routing.Anthropic, anthropicStream, 15,
		Response{
			Model: "claude-opus-4", ID: "m1", Text: "Let me see.", Reasoning: true, Finish: FinishTools, Choices: 1, Complete: true,
			ToolCalls: []ToolCall{{"read", `{"path": "/"}`}, {"list", `{}`}},
			Usage:     counted(3210, 89, 3000, 200),
		},
	},
	{
		"OpenAI: served otherwise than the first chunk says", routing.OpenAI,
		"data: {\"service_tier\":\"flex\",\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n" +
			"data: {\"service_tier\":\"default\",\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n" +
			"data: {\"service_tier\":\"auto\",\"choices\":[],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":1}}\n\ndata: [DONE]\n\n", 3,
		Response{Text: "a", Finish: FinishStop, Choices: 1, Complete: true, Usage: servedAs(counted(2, 1, -1, -1), routing.ServiceDefault)},
	},
	{
		"Anthropic: written for an hour, at priority", routing.Anthropic, hourStream, 3,
		Response{Model: "m", Finish: FinishStop, Choices: 1, Complete: true, Usage: servedAs(forAnHour(counted(910, 9, 600, 300), 200), routing.ServicePriority)},
	},
	{
		"an error in the middle", routing.Anthropic, errorStream, 2,
		Response{Model: "claude-opus-4", Choices: 1, Error: Error{Type: "overloaded_error", Message: "Overloaded"}, Usage: none},
	},
	{
		"OpenAI: an error in the middle", routing.OpenAI,
		"data: {\"choices\":[{\"delta\":{\"content\":\"Hal\"}}]}\n\ndata: {\"error\":{\"message\":\"boom\",\"type\":\"server_error\",\"code\":null}}\n\ndata: [DONE]\n\n", 2,
		Response{Text: "Hal", Choices: 1, Error: Error{Type: "server_error", Message: "boom"}, Complete: true, Usage: none},
	},
	{
		"an error in plain words", routing.OpenAI, "event: error\ndata: upstream is gone\n\n", 1,
		Response{Error: Error{Message: "upstream is gone"}, Usage: none},
	},
	{
		"cut off", routing.OpenAI, "data: {\"choices\":[{\"delta\":{\"content\":\"Once\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"conte", 2,
		Response{Text: "Once", Choices: 1, Usage: none},
	},
	{
		"no [DONE], no blank line at the end", routing.OpenAI, "data: {\"choices\":[{\"delta\":{\"content\":\"Once\"},\"finish_reason\":\"stop\"}]}", 1,
		Response{Text: "Once", Choices: 1, Finish: FinishStop, Complete: true, Usage: none},
	},
	{
		"an event in several lines, unknown fields, no space", routing.OpenAI,
		"id: 1\nretry: 5\ndata:{\"choices\":[{\"delta\":\ndata: {\"content\":\"a\"}}]}\nnonsense\n\n\n\ndata\n\n", 1,
		Response{Text: "a", Choices: 1, Usage: none},
	},
	{
		"calls without index", routing.OpenAI,
		"data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"id\":\"1\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}}]}\n\n" +
			"data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"function\":{\"name\":\"g\",\"arguments\":\"[\"}},{\"function\":{\"arguments\":\"]\"}}]}}]}\n\n", 2,
		Response{ToolCalls: []ToolCall{{"f", "{}"}, {"g", "[]"}}, Choices: 1, Usage: none},
	},
	{
		"calls with one index and different ids", routing.OpenAI,
		"data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"1\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}}]}\n\n" +
			"data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"2\",\"function\":{\"name\":\"f\",\"arguments\":\"[\"}}]}}]}\n\n" +
			"data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"]\"}}]}}]}\n\n", 3,
		Response{ToolCalls: []ToolCall{{"f", "{}"}, {"f", "[]"}}, Choices: 1, Usage: none},
	},
	{
		"Responses", routing.Responses, responsesStream, 12,
		Response{
			Model: "gpt-5-2026", ID: "resp_1", Text: "Hi, 세계", Reasoning: true, Finish: FinishTools, Choices: 1, Complete: true,
			ToolCalls: []ToolCall{{"look", `{"a":1}`}}, Usage: counted(20, 9, 8, -1),
		},
	},
	{
		"Responses, cut off by the limit", routing.Responses,
		"data: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\n" +
			"data: {\"type\":\"response.incomplete\",\"response\":{\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"max_output_tokens\"}}}\n\n", 2,
		Response{Text: "a", Finish: FinishLength, Complete: true, Usage: none},
	},
	{
		"Responses, failed", routing.Responses,
		"data: {\"type\":\"response.failed\",\"response\":{\"status\":\"failed\",\"error\":{\"code\":\"server_error\",\"message\":\"no\"}}}\n\n", 1,
		Response{Finish: FinishFailed, Error: Error{Code: "server_error", Message: "no"}, Complete: true, Usage: none},
	},
	{
		"Responses, an error", routing.Responses,
		"event: error\ndata: {\"type\":\"error\",\"code\":\"rate_limit_exceeded\",\"message\":\"slow down\",\"param\":null}\n\n", 1,
		Response{Error: Error{Code: "rate_limit_exceeded", Message: "slow down"}, Usage: none},
	},
	{
		"Responses, a refusal", routing.Responses,
		"data: {\"type\":\"response.refusal.delta\",\"delta\":\"I'm sorry\"}\n\ndata: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}\n\n", 2,
		Response{Refusal: "I'm sorry", Finish: FinishStop, Complete: true, Usage: none},
	},
	{
		"a refusal", routing.OpenAI,
		"data: {\"choices\":[{\"delta\":{\"refusal\":\"I'm \"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"refusal\":\"sorry\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n", 2,
		Response{Refusal: "I'm sorry", Finish: FinishStop, Choices: 1, Complete: true, Usage: none},
	},
}

// TestStream feeds each stream whole and in two parts, cut at every byte, with both
// kinds of line ends.
func TestStream(t *testing.T) {
	for _, c := range streamCases {
		t.Run(c.name, func(t *testing.T) {
			for _, data := range []string{c.data, strings.ReplaceAll(c.data, "\n", "\r\n")} {
				for cut := range data {
					s := NewStream(c.format)
					s.Feed([]byte(data[:cut]))
					s.Feed([]byte(data[cut:]))
					s.End()
					if diff := cmp.Diff(c.want, s.Response()); diff != "" || s.Events() != c.events {
						t.Fatalf("cut at %d: %d events, want %d; want against got: %s", cut, s.Events(), c.events, diff)
					}
				}
			}
		})
	}
}

// TestStreamSoFar looks at a stream while it comes.
func TestStreamSoFar(t *testing.T) {
	s := NewStream(routing.Anthropic)
	var texts []string
	for _, b := range []byte(anthropicStream) {
		s.Feed([]byte{b})
		if a := s.Response(); len(texts) == 0 || texts[len(texts)-1] != a.Text {
			texts = append(texts, a.Text)
		}
		if s.Response().Complete && s.Events() < 15 {
			t.Fatal("complete before its end")
		}
	}
	if diff := cmp.Diff([]string{"", "Let me ", "Let me see."}, texts); diff != "" {
		t.Errorf("texts on the way: %s", diff)
	}
	if !s.Response().Complete {
		t.Error("not complete at its end")
	}
}

// TestStreamLimits checks that a stream's memory is bounded while its counts go on.
func TestStreamLimits(t *testing.T) {
	chunk := func(text string) string {
		return fmt.Sprintf(`data: {"choices":[{"delta":{"content":%q},"logprobs":{"content":[{"logprob":0}]}}]}`+"\n\n", text)
	}
	const piece = 3*10_000 + 1 // so that the limit falls into a character
	s := NewStream(routing.OpenAI)
	for range 2 * maxKept / piece {
		s.Feed([]byte(chunk("x" + strings.Repeat("한", piece/3))))
	}
	s.Feed([]byte(`data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{}"}}]},"finish_reason":"stop"}],"usage":{"completion_tokens":7}}` + "\n\n"))
	a := s.Response()
	if len(a.Text) > maxKept || len(a.Text) < maxKept-3 || strings.HasSuffix(a.Text, "\uFFFD") || !a.Truncated {
		t.Errorf("%d bytes of text kept, truncated %t; want just below %d", len(a.Text), a.Truncated, maxKept)
	}
	if want := 2 * maxKept / piece; a.Logprobs != want || s.Events() != want+1 {
		t.Errorf("%d log-probabilities in %d events, want %d in %d", a.Logprobs, s.Events(), want, want+1)
	}
	if a.Usage.Output != 7 || a.Finish != FinishStop || a.ToolCalls[0].Arguments != "" {
		t.Errorf("%+v, want the counts and an empty call", a)
	}
}

// TestStreamLongEvent checks that an event beyond the limit is passed over, however it
// comes, and the next one read.
func TestStreamLongEvent(t *testing.T) {
	long := `{"choices":[{"delta":{"content":"` + strings.Repeat("x", sse.MaxEvent) + `"}}]}`
	half := strings.Repeat("x", sse.MaxEvent/2)
	for name, event := range map[string]string{
		"one line":      "data: " + long + "\n\n",
		"many lines":    "data: " + half + "\ndata: " + half + "\ndata: " + half + "\n\n",
		"a comment":     ":" + strings.Repeat(" ", 2*sse.MaxEvent) + "\ndata: {}\n\n",
		"an event name": "event: " + half + half + "\ndata: {}\n\n",
	} {
		for _, size := range []int{len(event), 4 << 10} {
			s := NewStream(routing.OpenAI)
			for rest := event + `data: {"choices":[{"delta":{"content":"next"}}]}` + "\n\n"; rest != ""; {
				n := min(size, len(rest))
				s.Feed([]byte(rest[:n]))
				rest = rest[n:]
			}
			if a := s.Response(); a.Text != "next" || !a.Truncated || s.Events() != 2 {
				t.Errorf("%s in parts of %d: text of %d bytes, truncated %t, %d events", name, size, len(a.Text), a.Truncated, s.Events())
			}
			if cap(s.splitter.Pending())+cap(s.scratch) > 4*sse.MaxEvent {
				t.Errorf("%s: %d bytes held", name, cap(s.splitter.Pending())+cap(s.scratch))
			}
		}
	}
}

func TestStreamManyCalls(t *testing.T) {
	s := NewStream(routing.OpenAI)
	for i := range 2 * MaxCalls {
		s.Feed(fmt.Appendf(nil, "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":%d,\"function\":{\"name\":\"f\"}}]}}]}\n\n", i))
	}
	if a := s.Response(); len(a.ToolCalls) != MaxCalls || !a.Truncated {
		t.Errorf("%d calls, truncated %t; want %d, true", len(a.ToolCalls), a.Truncated, MaxCalls)
	}
}
