package evaluate

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"sluice/routing"
	"sluice/routing/llmapi"
	"sluice/routing/offline"
	"sluice/routing/offline/jsonl"
	"sluice/routing/pipeline"
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

	api           routing.API
	body          []byte
	req           routing.Request // read from the body
	input, output int             // tokens, of the log or estimated
}

// Skipped counts the lines of a log that could not be used, and says why of the first.
type Skipped struct {
	Count int        `json:"count"`
	First []BadEntry `json:"first,omitempty"`
}

// BadEntry is a line of a log that could not be used.
type BadEntry struct {
	Line  int    `json:"line"`
	Error string `json:"error"`
}

func (s *Skipped) add(line int, err error) {
	const named = 3
	s.Count++
	if len(s.First) < named {
		s.First = append(s.First, BadEntry{line, err.Error()})
	}
}

func (s *Skipped) print(t table) {
	if s.Count == 0 {
		return
	}
	first := make([]string, len(s.First))
	for i, bad := range s.First {
		first[i] = fmt.Sprintf("line %d: %s", bad.Line, bad.Error)
	}
	t.line("%d lines could not be used: %s", s.Count, strings.Join(first, "; "))
}

// readLog calls f for every request of a log; lines that cannot be read, or that f returns an
// error for, are counted. The error of readLog itself is of r.
func readLog(r io.Reader, f func(e *entry) error) (Skipped, error) {
	var skipped Skipped
	err := jsonl.Each(r, jsonl.MaxLine, func(n int, line []byte) error {
		if line != nil && len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
		e, err := readEntry(line)
		if err == nil {
			err = f(e)
		}
		if err != nil {
			skipped.add(n, err)
		}
		return nil
	})
	return skipped, err
}

func readEntry(line []byte) (*entry, error) {
	if line == nil {
		return nil, jsonl.ErrTooLong
	}
	e := &entry{}
	err := json.Unmarshal(line, e)
	if err != nil {
		return nil, err
	}
	if e.api, err = offline.ParseAPI(e.API); err != nil {
		return nil, err
	}
	for _, n := range []*int{e.InputTokens, e.OutputTokens} {
		if n != nil && *n < 0 {
			return nil, errors.New("a number of tokens is negative")
		}
	}
	e.body = e.Request
	if len(e.body) == 0 || bytes.Equal(e.body, []byte("null")) {
		prompt := cmp.Or(e.Prompt, e.Text)
		if prompt == nil {
			return nil, errors.New(`expected "request" or "prompt"`)
		}
		e.body = offline.ChatBody("auto", *prompt, "")
	}
	if e.req, err = llmapi.Read(e.api, e.body); err != nil {
		return nil, err
	}
	if e.req.Messages == 0 {
		return nil, routing.ErrNoMessages
	}
	if e.InputTokens != nil {
		e.input = *e.InputTokens
	} else {
		e.input = signal.Describe(&e.req).Tokens
	}
	if e.OutputTokens != nil {
		e.output = *e.OutputTokens
	} else {
		e.output = routing.AssumedLength(e.req.MaxTokens)
	}
	return e, nil
}

// decide returns the plan for the request, routed whatever model it names.
func (e *entry) decide(p *pipeline.Pipeline, spent float64) (*pipeline.Plan, error) {
	return offline.Decide(p, e.api, e.body, pipeline.Offline{User: e.User, Spent: spent, AnyModel: true})
}

// answered is the candidate that answered.
func (e *entry) answered() string {
	if e.Effort == "" {
		return e.Model
	}
	return e.Model + "@" + e.Effort
}

// estimated reports whether the log lacks the request's usage.
func (e *entry) estimated() bool { return e.InputTokens == nil || e.OutputTokens == nil }

// cost is what the request would cost with the model. Unless the log has the tokens of this very
// model's answer, the model's expected reasoning tokens are added.
func (e *entry) cost(m *routing.Model) float64 {
	output := e.output
	if e.OutputTokens == nil || e.answered() != m.Name {
		output += m.AssumedLength(e.req.MaxTokens) - routing.AssumedLength(e.req.MaxTokens)
	}
	return m.Price.Cost(e.input, output)
}

// promptRequest reads a chat request with one message.
func promptRequest(prompt string) (routing.Request, error) {
	req, err := llmapi.Read(routing.OpenAIChat, offline.ChatBody("auto", prompt, ""))
	if err != nil {
		return req, fmt.Errorf("read the prompt: %w", err)
	}
	return req, nil
}
