package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// A request is what an answer depends on, read from any dialect.
type request struct {
	model        string
	prompt       string // text of the last message in which a person says something
	stream       bool
	includeUsage bool // OpenAI: a stream ends with its usage
	logprobs     bool
	maxTokens    int // 0 is no limit
	json         bool
	schema       *schema // of the JSON; nil if none was given
	tool         *tool   // the tool that is called if one is; nil if there are none
	mustCall     bool
	thinking     bool // Anthropic: the answer thinks first
	toolResult   bool // the conversation ends with the result of a tool call
	inputs       int  // embeddings: how many texts
	base64       bool // embeddings: vectors as base64
	inputTokens  int
}

// A tool is a function that the model may call.
type tool struct {
	name   string
	schema *schema
}

// limits are the names under which the APIs limit an answer.
type limits struct {
	MaxTokens           int `json:"max_tokens"`
	MaxCompletionTokens int `json:"max_completion_tokens"`
	MaxOutputTokens     int `json:"max_output_tokens"`
}

func (l limits) tokens() int { return max(l.MaxTokens, l.MaxCompletionTokens, l.MaxOutputTokens) }

// A responseFormat is what OpenAI's APIs call the form of the answer. Chat wraps the
// schema in json_schema, Responses does not.
type responseFormat struct {
	Type       string  `json:"type"`
	Schema     *schema `json:"schema"`
	JSONSchema struct {
		Schema *schema `json:"schema"`
	} `json:"json_schema"`
}

// set notes in r what the format asks for.
func (f responseFormat) set(r *request) {
	r.json = f.Type == "json_object" || f.Type == "json_schema"
	if r.schema = f.Schema; r.schema == nil {
		r.schema = f.JSONSchema.Schema
	}
}

// A message is one turn of a conversation, in either dialect.
type message struct {
	Role    string  `json:"role"`
	Content content `json:"content"`
}

// content is the text of a message: a string, or the text parts of a list.
type content struct {
	text       string
	toolResult bool // a part is Anthropic's tool_result
}

// UnmarshalJSON accepts a string, a list of parts, and null.
func (c *content) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, &c.text) == nil {
		return nil
	}
	var parts []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	if err := json.Unmarshal(b, &parts); err != nil {
		return errors.New("content is neither a string nor a list of parts")
	}
	for _, p := range parts {
		c.text += p.Text
		c.toolResult = c.toolResult || p.Type == "tool_result"
	}
	return nil
}

// converse takes the prompt from the messages.
func (r *request) converse(messages []message) error {
	if len(messages) == 0 {
		return errors.New("messages: at least one message is required")
	}
	for _, m := range messages {
		if m.Role == "user" && m.Content.text != "" {
			r.prompt = m.Content.text
		}
	}
	last := messages[len(messages)-1]
	r.toolResult = last.Role == "tool" || last.Content.toolResult
	return nil
}

// A choice is tool_choice in either dialect.
type choice struct {
	must bool
	name string
}

// UnmarshalJSON reads "required", {"type":"any"} and the forms that name a tool.
func (c *choice) UnmarshalJSON(b []byte) error {
	var word string
	if json.Unmarshal(b, &word) == nil {
		c.must = word == "required"
		return nil
	}
	var form struct {
		Type     string `json:"type"`
		Name     string `json:"name"`
		Function struct {
			Name string `json:"name"`
		} `json:"function"`
	}
	if err := json.Unmarshal(b, &form); err != nil {
		return fmt.Errorf("tool_choice: %w", err)
	}
	c.name = form.Name + form.Function.Name
	c.must = form.Type == "any" || c.name != ""
	return nil
}

// offer takes the tool to call from those that the request has.
func (r *request) offer(tools []tool, c choice) {
	for i, t := range tools {
		if c.name == "" || c.name == t.name {
			r.tool, r.mustCall = &tools[i], c.must && !r.toolResult
			return
		}
	}
}

// decode parses a body and checks what every request must have.
func decode(body []byte, into any, model *string) error {
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("invalid JSON body: %w", err)
	}
	if *model == "" {
		return errors.New("model: field required")
	}
	return nil
}

func readChat(body []byte) (*request, error) {
	var in struct {
		limits
		Model         string         `json:"model"`
		Messages      []message      `json:"messages"`
		Stream        bool           `json:"stream"`
		Logprobs      bool           `json:"logprobs"`
		Format        responseFormat `json:"response_format"`
		Choice        choice         `json:"tool_choice"`
		StreamOptions struct {
			IncludeUsage bool `json:"include_usage"`
		} `json:"stream_options"`
		Tools []struct {
			Function struct {
				Name       string  `json:"name"`
				Parameters *schema `json:"parameters"`
			} `json:"function"`
		} `json:"tools"`
	}
	if err := decode(body, &in, &in.Model); err != nil {
		return nil, err
	}
	r := &request{
		model: in.Model, stream: in.Stream, logprobs: in.Logprobs, maxTokens: in.tokens(),
		includeUsage: in.StreamOptions.IncludeUsage, inputTokens: tokensIn(body),
	}
	in.Format.set(r)
	if err := r.converse(in.Messages); err != nil {
		return nil, err
	}
	tools := make([]tool, len(in.Tools))
	for i, t := range in.Tools {
		tools[i] = tool{t.Function.Name, t.Function.Parameters}
	}
	r.offer(tools, in.Choice)
	return r, nil
}

func readMessages(body []byte) (*request, error) {
	var in struct {
		limits
		Model    string    `json:"model"`
		Messages []message `json:"messages"`
		Stream   bool      `json:"stream"`
		Choice   choice    `json:"tool_choice"`
		Output   struct {
			Format responseFormat `json:"format"`
		} `json:"output_config"`
		Thinking    thinking `json:"thinking"`
		Temperature *float64 `json:"temperature"`
		Tools       []struct {
			Name        string  `json:"name"`
			InputSchema *schema `json:"input_schema"`
		} `json:"tools"`
	}
	if err := decode(body, &in, &in.Model); err != nil {
		return nil, err
	}
	r := &request{
		model: in.Model, stream: in.Stream, maxTokens: in.tokens(), includeUsage: true,
		thinking: in.Thinking.on(), inputTokens: tokensIn(body),
	}
	if err := in.Thinking.check(r.maxTokens, in.Temperature); err != nil {
		return nil, err
	}
	in.Output.Format.set(r)
	if err := r.converse(in.Messages); err != nil {
		return nil, err
	}
	tools := make([]tool, len(in.Tools))
	for i, t := range in.Tools {
		tools[i] = tool{t.Name, t.InputSchema}
	}
	r.offer(tools, in.Choice)
	return r, nil
}

// thinking is Anthropic's word on whether the answer thinks first.
type thinking struct {
	Type   string `json:"type"`
	Budget int    `json:"budget_tokens"`
}

func (t thinking) on() bool { return t.Type == "enabled" || t.Type == "adaptive" }

// check refuses what Anthropic does beside thinking.
func (t thinking) check(maxTokens int, temperature *float64) error {
	switch {
	case t.Type == "enabled" && t.Budget < 1024:
		return errors.New("thinking.budget_tokens: must be at least 1024")
	case t.Type == "enabled" && t.Budget >= maxTokens:
		return errors.New("max_tokens: must be greater than thinking.budget_tokens")
	case t.on() && temperature != nil && *temperature != 1:
		return errors.New("temperature: may only be 1 when thinking is on")
	}
	return nil
}

func readResponse(body []byte) (*request, error) {
	var in struct {
		limits
		Model  string          `json:"model"`
		Input  json.RawMessage `json:"input"`
		Stream bool            `json:"stream"`
		Text   struct {
			Format responseFormat `json:"format"`
		} `json:"text"`
	}
	if err := decode(body, &in, &in.Model); err != nil {
		return nil, err
	}
	r := &request{model: in.Model, stream: in.Stream, maxTokens: in.tokens(), inputTokens: tokensIn(body)}
	in.Text.Format.set(r)
	if json.Unmarshal(in.Input, &r.prompt) == nil {
		return r, nil
	}
	var messages []message
	if err := json.Unmarshal(in.Input, &messages); err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	return r, r.converse(messages)
}

func readCompletion(body []byte) (*request, error) {
	var in struct {
		limits
		Model  string `json:"model"`
		Prompt texts  `json:"prompt"`
		Stream bool   `json:"stream"`
	}
	if err := decode(body, &in, &in.Model); err != nil {
		return nil, err
	}
	return &request{
		model: in.Model, stream: in.Stream, maxTokens: in.tokens(),
		prompt: strings.Join(in.Prompt, "\n"), inputTokens: tokensIn(body),
	}, nil
}

func readEmbedding(body []byte) (*request, error) {
	var in struct {
		Model    string `json:"model"`
		Input    texts  `json:"input"`
		Encoding string `json:"encoding_format"`
	}
	if err := decode(body, &in, &in.Model); err != nil {
		return nil, err
	}
	return &request{
		model: in.Model, prompt: strings.Join(in.Input, "\n"), inputs: len(in.Input),
		base64: in.Encoding == "base64", inputTokens: tokensIn(body),
	}, nil
}

// texts is one string or a list of them.
type texts []string

// UnmarshalJSON accepts both forms.
func (t *texts) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*t = texts{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(t))
}

// tokensIn estimates the tokens of a body: one per four bytes.
func tokensIn(body []byte) int { return len(body)/4 + 1 }
