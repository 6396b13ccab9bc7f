package batch

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/tidwall/gjson"

	"sluice/routing"
	"sluice/routing/llmapi/answer"
	"sluice/routing/offline"
)

// chat is the part of a chat completion request that has an equivalent in Anthropic's Messages:
// text, and the common settings. A request with anything else keeps its format.
type chat struct {
	Model       string        `json:"model"`
	Messages    []chatMessage `json:"messages"`
	MaxTokens   int           `json:"max_tokens,omitempty"`
	MaxAnswer   int           `json:"max_completion_tokens,omitempty"`
	Temperature *float64      `json:"temperature,omitempty"`
	TopP        *float64      `json:"top_p,omitempty"`
	Stop        words         `json:"stop,omitempty"`
	User        string        `json:"user,omitempty"`
	Stream      bool          `json:"stream,omitempty"`
	N           *int          `json:"n,omitempty"`
}

type chatMessage struct {
	Role    string `json:"role"`
	Content text   `json:"content"`
}

// messages is a request of Anthropic's Messages API.
type messages struct {
	Model       string        `json:"model"`
	MaxTokens   int           `json:"max_tokens"`
	System      string        `json:"system,omitempty"`
	Messages    []chatMessage `json:"messages"`
	Temperature *float64      `json:"temperature,omitempty"`
	TopP        *float64      `json:"top_p,omitempty"`
	Stop        words         `json:"stop_sequences,omitempty"`
	Metadata    *metadata     `json:"metadata,omitempty"`
}

type metadata struct {
	User string `json:"user_id"`
}

// text is a string, or a list of nothing but text parts.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, (*string)(t)) == nil {
		return nil
	}
	var parts []struct {
		Type string  `json:"type"`
		Text *string `json:"text"`
	}
	if err := strict(b, &parts); err != nil {
		return err
	}
	var whole []string
	for _, p := range parts {
		if p.Type != "text" || p.Text == nil {
			return errors.New("a content part is not text")
		}
		whole = append(whole, *p.Text)
	}
	*t = text(strings.Join(whole, "\n"))
	return nil
}

// words is one string or a list of them.
type words []string

func (w *words) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		if one != "" {
			*w = words{one}
		}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(w))
}

// strict decodes, and rejects fields that v does not have.
func strict(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// assumedMax is the max_tokens of a converted request without a limit, since Anthropic requires
// one: the maximum of the smallest of its models.
const assumedMax = 4096

// toMessages converts a chat completion request to an equivalent one of Anthropic's Messages. It
// is false if there is none.
func toMessages(body []byte) ([]byte, bool) {
	var c chat
	if strict(body, &c) != nil || c.Stream || c.N != nil && *c.N != 1 || c.Temperature != nil && *c.Temperature > 1 {
		return nil, false
	}
	m := messages{Model: c.Model, MaxTokens: assumedMax, Temperature: c.Temperature, TopP: c.TopP, Stop: c.Stop}
	if limit := max(c.MaxTokens, c.MaxAnswer); limit > 0 {
		m.MaxTokens = limit
	}
	if c.User != "" {
		m.Metadata = &metadata{c.User}
	}
	var system []string
	for _, said := range c.Messages {
		switch {
		case strings.TrimSpace(string(said.Content)) == "":
			return nil, false
		case said.Role == "system" || said.Role == "developer":
			if len(m.Messages) > 0 {
				return nil, false
			}
			system = append(system, string(said.Content))
		case said.Role == "user", said.Role == "assistant":
			m.Messages = append(m.Messages, said)
		default:
			return nil, false
		}
	}
	// In Messages the first message is the user's, and a last one of the assistant's is continued.
	if n := len(m.Messages); n == 0 || m.Messages[0].Role != "user" || m.Messages[n-1].Role != "user" {
		return nil, false
	}
	m.System = strings.Join(system, "\n\n")
	return offline.Encode(m), true
}

// chatFinish has OpenAI's names of finish reasons.
var chatFinish = map[answer.Finish]string{
	answer.FinishUnknown: "stop", answer.FinishOther: "stop", answer.FinishStop: "stop", answer.FinishSequence: "stop", answer.FinishLength: "length",
	answer.FinishTools: "tool_calls", answer.FinishPolicy: "content_filter",
}

// toChat converts Anthropic's answer to a chat completion, for a request that toMessages made:
// it has text and nothing else. Any other body is returned unchanged.
func toChat(body []byte) []byte {
	a, err := answer.Read(routing.Anthropic, body)
	if err != nil || !a.Error.None() || len(a.ToolCalls) > 0 {
		return body
	}
	type said struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	}
	type choice struct {
		Index   int    `json:"index"`
		Message said   `json:"message"`
		Finish  string `json:"finish_reason"`
	}
	type usage struct {
		Input  int `json:"prompt_tokens"`
		Output int `json:"completion_tokens"`
		Total  int `json:"total_tokens"`
	}
	c := struct {
		ID      string   `json:"id"`
		Object  string   `json:"object"`
		Model   string   `json:"model"`
		Choices []choice `json:"choices"`
		Usage   *usage   `json:"usage,omitempty"`
	}{
		ID: gjson.GetBytes(body, "id").Str, Object: "chat.completion", Model: a.Model,
		Choices: []choice{{Message: said{"assistant", a.Text}, Finish: chatFinish[a.Finish]}},
	}
	if u := a.Usage; u.Reported() {
		c.Usage = &usage{u.Input, u.Output, u.Input + u.Output}
	}
	return offline.Encode(c)
}
