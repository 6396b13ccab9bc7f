package evaluate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"sluice/routing"
	"sluice/routing/agent"
	"sluice/routing/llmapi"
	"sluice/routing/signal"
)

// entry is one line of a request log. A prompt, or text, stands for a request with one
// message; so the labelled prompts of [Tier] are a log as well.
type entry struct {
	Request json.RawMessage `json:"request"`
	Prompt  *string         `json:"prompt"`
	Text    *string         `json:"text"`
	API     string          `json:"api"` // openai or anthropic; "" is openai
	User    string          `json:"user"`
	Spent   float64         `json:"spent"` // US dollars in the budget's window before this request

	Model        string   `json:"model"`  // who answered,
	Effort       string   `json:"effort"` // and at which effort; "" is none
	InputTokens  *int     `json:"input_tokens"`
	OutputTokens *int     `json:"output_tokens"`
	Cost         *float64 `json:"cost_usd"`

	Weak   *float64 `json:"weak_correct"` // how good a cheap and a strong model's answers are, 0 to 1
	Strong *float64 `json:"strong_correct"`
}

// Unread is a line that could not be read.
type Unread struct {
	Line  int    `json:"line"`
	Error string `json:"error"`
}

// shownUnread is how many unreadable lines a report names.
const shownUnread = 3

// Skipped counts the lines of a log that nothing was learned from.
type Skipped struct {
	Count int      `json:"count"`
	First []Unread `json:"first,omitempty"`
}

func (s *Skipped) add(line int, err error) {
	s.Count++
	if len(s.First) < shownUnread {
		s.First = append(s.First, Unread{line, err.Error()})
	}
}

// readLog calls each for every request of a log; what it cannot read, and what each
// gives an error for, is counted. Its own error is of r.
func readLog(r io.Reader, each func(e *entry, req *routing.Request) error) (Skipped, error) {
	var skipped Skipped
	err := lines(r, MaxLine, func(n int, line []byte) error {
		e, req, err := readEntry(line)
		if err == nil {
			err = each(e, &req)
		}
		if err != nil {
			skipped.add(n, err)
		}
		return nil
	})
	return skipped, err
}

func readEntry(line []byte) (*entry, routing.Request, error) {
	if line == nil {
		return nil, routing.Request{}, errTooLong
	}
	var e entry
	if err := json.Unmarshal(line, &e); err != nil {
		return nil, routing.Request{}, err
	}
	api := routing.OpenAIChat
	switch e.API {
	case "", "openai", routing.OpenAIChat.String():
	case "anthropic", routing.AnthropicMessages.String():
		api = routing.AnthropicMessages
	default:
		return nil, routing.Request{}, fmt.Errorf("unknown api %q; expected openai or anthropic", e.API)
	}
	for _, n := range []*int{e.InputTokens, e.OutputTokens} {
		if n != nil && *n < 0 {
			return nil, routing.Request{}, errors.New("a number of tokens is negative")
		}
	}
	body := []byte(e.Request)
	if len(body) == 0 || bytes.Equal(body, []byte("null")) {
		prompt := e.Prompt
		if prompt == nil {
			prompt = e.Text
		}
		if prompt == nil {
			return nil, routing.Request{}, errors.New(`expected "request" or "prompt"`)
		}
		var err error
		if body, err = chatRequest(*prompt); err != nil {
			return nil, routing.Request{}, err
		}
	}
	req, err := readRequest(api, body, e.User)
	if err != nil {
		return nil, routing.Request{}, err
	}
	return &e, req, nil
}

// answered is the candidate that gave the answer.
func (e *entry) answered() string {
	if e.Effort == "" {
		return e.Model
	}
	return e.Model + "@" + e.Effort
}

// reasoning returns the tokens that an answer of the model is taken to have besides those
// of [entry.usage]: none where the model itself gave the answer of the log.
func (e *entry) reasoning(req *routing.Request, m *routing.Model) int {
	if e.OutputTokens != nil && e.answered() == m.Name {
		return 0
	}
	return m.AssumedLength(req.MaxTokens) - routing.AssumedLength(req.MaxTokens)
}

// readRequest reads a body as it is read in service, but for the headers, of which there are none
// here. The user is who asks, "" for whom the body names.
func readRequest(api routing.API, body []byte, user string) (routing.Request, error) {
	req, err := llmapi.Read(api, body)
	if err != nil {
		return routing.Request{}, err
	}
	if user != "" {
		req.Who.User = user
	}
	agent.Identify(&req, func(string) string { return "" })
	return req, nil
}

// usage is what a call took, or is taken to have taken.
type usage struct {
	input, output int
	estimated     bool // one of them is not from the log
}

// usage returns the tokens of the request, estimated where the log has none: for the
// answer, the length that [routing.Model.Estimate] assumes.
func (e *entry) usage(req *routing.Request) usage {
	u := usage{estimated: e.InputTokens == nil || e.OutputTokens == nil}
	if e.InputTokens != nil {
		u.input = *e.InputTokens
	} else {
		u.input = signal.Describe(req).Tokens
	}
	u.output = routing.AssumedAnswer
	if req.MaxTokens > 0 {
		u.output = min(u.output, req.MaxTokens)
	}
	if e.OutputTokens != nil {
		u.output = *e.OutputTokens
	}
	return u
}
