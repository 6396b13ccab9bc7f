package cache_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"sluice/routing"
	"sluice/routing/cache"
	"sluice/routing/llmapi/answer"
)

const (
	plainAnswer  = `{"id":"c1","object":"chat.completion","created":1700000000,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":"Air scatters blue light more."},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":6,"total_tokens":15}}`
	streamAnswer = ": keep alive\r\n\r\n" +
		`data: {"id":"c1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"role":"assistant","content":"Air scatters "}}],"usage":null}` + "\n\n" +
		`data:{"id":"c1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":"blue light more."},"finish_reason":"stop"}]}` + "\n\n"
	usageChunk   = `data: {"id":"c1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":6,"total_tokens":15}}` + "\n\n"
	streamEnd    = "data: [DONE]\n\n"
	plainMessage = `{"id":"m1","type":"message","role":"assistant","model":"claude-haiku","content":[{"type":"text","text":"Air scatters blue light more."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":6}}`
)

func TestAnswer(t *testing.T) {
	chat := func(stream bool, body string) *cache.Entry {
		return &cache.Entry{API: routing.OpenAIChat, Stream: stream, Body: []byte(body)}
	}
	for name, c := range map[string]struct {
		entry         *cache.Entry
		stream, usage bool
		want          string // "" is something else that says the same
	}{
		"a body as it was":              {chat(false, plainAnswer), false, false, plainAnswer},
		"a stream as it was":            {chat(true, streamAnswer+usageChunk+streamEnd), true, true, streamAnswer + usageChunk + streamEnd},
		"a stream but for its usage":    {chat(true, streamAnswer+usageChunk+streamEnd), true, false, streamAnswer + streamEnd},
		"a stream that tells no usage":  {chat(true, streamAnswer+streamEnd), true, true, streamAnswer + streamEnd},
		"and nobody wants it":           {chat(true, streamAnswer+streamEnd), true, false, streamAnswer + streamEnd},
		"a body as a stream":            {chat(false, plainAnswer), true, false, ""},
		"a body as a stream with usage": {chat(false, plainAnswer), true, true, ""},
		"a stream as a body":            {chat(true, streamAnswer+usageChunk+streamEnd), false, false, ""},
		"a message as a stream":         {&cache.Entry{API: routing.AnthropicMessages, Body: []byte(plainMessage)}, true, false, ""},
	} {
		before := bytes.Clone(c.entry.Body)
		body, kind, ok := c.entry.Answer(c.stream, c.usage)
		if !ok || c.want != "" && string(body) != c.want {
			t.Errorf("%s: %v, %s", name, ok, body)
		}
		if !bytes.Equal(before, c.entry.Body) {
			t.Errorf("%s: the entry was changed", name)
		}
		said := answer.Response{}
		format := c.entry.API.Format()
		if c.stream {
			s := answer.NewStream(format)
			s.Feed(body)
			said = s.Response()
		} else if a, err := answer.Read(format, body); err != nil {
			t.Errorf("%s: %v", name, err)
		} else {
			said = a
		}
		if wantKind := map[bool]string{true: "text/event-stream", false: "application/json"}[c.stream]; kind != wantKind {
			t.Errorf("%s: content type %q", name, kind)
		}
		told := c.entry.API == routing.AnthropicMessages || !c.stream || c.usage && !strings.HasSuffix(name, "no usage")
		if said.Text != "Air scatters blue light more." || said.Finish != answer.FinishStop || !said.Complete || told != (said.Usage.Output == 6) {
			t.Errorf("%s: it says %+v", name, said)
		}
	}
	if body, kind, ok := chat(true, usageChunk).Answer(false, true); ok || body != nil || kind != "" {
		t.Errorf("half a stream became %s", body)
	}
}

func TestAccepts(t *testing.T) {
	now := time.Unix(1000, 0)
	e := &cache.Entry{Stored: now.Add(-time.Minute - time.Millisecond)}
	for name, c := range map[string]struct {
		question cache.Question
		entry    *cache.Entry
		want     bool
	}{
		"any age":   {cache.Question{Read: true}, e, true},
		"young":     {cache.Question{Read: true, MaxAge: 2 * time.Minute}, e, true},
		"too old":   {cache.Question{Read: true, MaxAge: time.Minute}, e, false},
		"no answer": {cache.Question{Read: true}, nil, false},
		"unwanted":  {cache.Question{Write: true}, e, false},
	} {
		if got := c.question.Accepts(c.entry, now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestStorable(t *testing.T) {
	r := cache.Rules{MaxEntry: 100}
	good := func() (*cache.Question, *routing.Request, *cache.Result) {
		return &cache.Question{Write: true}, &routing.Request{}, &cache.Result{
			Status: 200, Size: 100, Accepted: true, Answer: answer.Response{Complete: true, Finish: answer.FinishStop, Text: "x"},
		}
	}
	for name, c := range map[string]struct {
		spoil func(*cache.Question, *routing.Request, *cache.Result)
		want  bool
	}{
		"good":        {func(*cache.Question, *routing.Request, *cache.Result) {}, true},
		"calls tools": {func(_ *cache.Question, _ *routing.Request, r *cache.Result) { r.Answer.Finish = answer.FinishTools }, true},
		"limit reached": {func(_ *cache.Question, q *routing.Request, r *cache.Result) {
			r.Answer.Finish, q.MaxTokens = answer.FinishLength, 5
		}, true},
		"cut off":           {func(_ *cache.Question, _ *routing.Request, r *cache.Result) { r.Answer.Finish = answer.FinishLength }, false},
		"no-store":          {func(q *cache.Question, _ *routing.Request, _ *cache.Result) { q.Write = false }, false},
		"stopped by policy": {func(_ *cache.Question, _ *routing.Request, r *cache.Result) { r.Answer.Finish = answer.FinishPolicy }, false},
		"no end":            {func(_ *cache.Question, _ *routing.Request, r *cache.Result) { r.Answer.Finish = answer.FinishUnknown }, false},
		"not whole":         {func(_ *cache.Question, _ *routing.Request, r *cache.Result) { r.Answer.Complete = false }, false},
		"not all read":      {func(_ *cache.Question, _ *routing.Request, r *cache.Result) { r.Answer.Truncated = true }, false},
		"an error inside":   {func(_ *cache.Question, _ *routing.Request, r *cache.Result) { r.Answer.Error.Message = "overloaded" }, false},
		"not accepted":      {func(_ *cache.Question, _ *routing.Request, r *cache.Result) { r.Accepted = false }, false},
		"of a tight budget": {func(_ *cache.Question, _ *routing.Request, r *cache.Result) { r.Limited = true }, false},
		"too large":         {func(_ *cache.Question, _ *routing.Request, r *cache.Result) { r.Size = 101 }, false},
		"an error":          {func(_ *cache.Question, _ *routing.Request, r *cache.Result) { r.Status = 503 }, false},
		"partial":           {func(_ *cache.Question, _ *routing.Request, r *cache.Result) { r.Status = 206 }, false},
	} {
		q, req, res := good()
		c.spoil(q, req, res)
		if got := r.Storable(q, req, res); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
