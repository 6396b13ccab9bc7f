package simulator

import (
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a server until the test ends and returns it with its base URL.
func start(t *testing.T, o Options) (*Server, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(o)
	s.Start(l)
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s, "http://" + l.Addr().String()
}

// A reply is a response read to its end, or as far as it came.
type reply struct {
	status int
	header http.Header
	body   string
}

// send makes a request and reads the answer.
func send(t *testing.T, method, url, body string, header map[string]string) (reply, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = r.Body.Close() }()
	b, err := io.ReadAll(r.Body)
	return reply{r.StatusCode, r.Header, string(b)}, err
}

// said is what a client reads from an answer of either dialect.
type said struct {
	text, refusal, thinking, tool, arguments, finish, failure string
	output                                                    int // tokens; 0 if not reported
	logprobs                                                  []float64
	done                                                      bool // a stream came to its proper end
}

// chatReply is a chat completion or a chunk of one.
type chatReply struct {
	Choices []struct {
		Message, Delta struct {
			Content, Refusal string
			ToolCalls        []struct {
				Function struct{ Name, Arguments string }
			} `json:"tool_calls"`
		}
		Logprobs struct {
			Content []struct{ Logprob float64 }
		}
		FinishReason string `json:"finish_reason"`
	}
	Usage struct {
		CompletionTokens int `json:"completion_tokens"`
	}
	Error struct{ Message string }
}

// messagesReply is an Anthropic message or an event of a stream of one.
type messagesReply struct {
	Type         string
	Content      []messagesBlock
	ContentBlock messagesBlock `json:"content_block"`
	Delta        messagesBlock
	StopReason   string `json:"stop_reason"`
	Usage        struct {
		OutputTokens int `json:"output_tokens"`
	}
	Error struct{ Message string }
}

type messagesBlock struct {
	Text, Thinking, Name string
	Input                json.RawMessage
	PartialJSON          string `json:"partial_json"`
	StopReason           string `json:"stop_reason"`
}

// chat adds one document of OpenAI's to what was said.
func (s *said) chat(t *testing.T, data string) {
	t.Helper()
	if data == "[DONE]" {
		s.done = true
		return
	}
	var c chatReply
	parse(t, data, &c)
	for _, choice := range c.Choices {
		for _, m := range []struct {
			Content, Refusal string
			ToolCalls        []struct {
				Function struct{ Name, Arguments string }
			} `json:"tool_calls"`
		}{choice.Message, choice.Delta} {
			s.text += m.Content
			s.refusal += m.Refusal
			for _, call := range m.ToolCalls {
				s.tool += call.Function.Name
				s.arguments += call.Function.Arguments
			}
		}
		for _, l := range choice.Logprobs.Content {
			s.logprobs = append(s.logprobs, l.Logprob)
		}
		s.finish += choice.FinishReason
	}
	s.output += c.Usage.CompletionTokens
	s.failure += c.Error.Message
}

// messages adds one document of Anthropic's to what was said.
func (s *said) messages(t *testing.T, data string) {
	t.Helper()
	var m messagesReply
	parse(t, data, &m)
	for _, b := range append(m.Content, m.ContentBlock, m.Delta) {
		s.text += b.Text
		s.thinking += b.Thinking
		s.tool += b.Name
		if len(m.Content) > 0 {
			s.arguments += string(b.Input)
		}
		s.arguments += b.PartialJSON
		s.finish += b.StopReason
	}
	s.finish += m.StopReason
	s.failure += m.Error.Message
	s.done = s.done || m.Type == "message_stop"
	if m.Type == "message" || m.Type == "message_delta" {
		s.output += m.Usage.OutputTokens
	}
}

func parse(t *testing.T, data string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(data), into); err != nil {
		t.Fatalf("no JSON: %v\n%s", err, data)
	}
}

// An api is one way of asking.
type api struct {
	name, path string
	stream     bool
	read       func(*said, *testing.T, string)
}

var apis = []api{
	{"chat", "/v1/chat/completions", false, (*said).chat},
	{"chat stream", "/v1/chat/completions", true, (*said).chat},
	{"messages", "/v1/messages", false, (*said).messages},
	{"messages stream", "/v1/messages", true, (*said).messages},
}

func (a api) openAI() bool { return strings.Contains(a.path, "chat") }

// ask sends the prompt with whatever fields it is given besides, and reads the answer.
func (a api) ask(t *testing.T, base, prompt string, fields map[string]any) (said, int, error) {
	t.Helper()
	body := map[string]any{"model": "m1", "max_tokens": 100_000, "messages": []any{map[string]any{"role": "user", "content": prompt}}}
	if a.stream {
		body["stream"] = true
		if a.openAI() {
			body["stream_options"] = map[string]any{"include_usage": true}
		}
	}
	maps.Copy(body, fields)
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := send(t, http.MethodPost, base+a.path, string(b), nil)
	if err != nil {
		return said{}, 0, err
	}
	var s said
	if !strings.HasPrefix(r.header.Get("content-type"), "text/event-stream") {
		a.read(&s, t, r.body)
		return s, r.status, nil
	}
	for line := range strings.Lines(r.body) {
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			a.read(&s, t, strings.TrimSpace(data))
		}
	}
	return s, r.status, nil
}
