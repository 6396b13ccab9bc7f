package simulator

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// A request is what an answer depends on, read from any dialect.
type request struct {
	model        string
	prompt       string // text of the last user message that has any
	stream       bool
	includeUsage bool // OpenAI: the stream ends with its usage
	logprobs     bool
	maxTokens    int // 0 is no limit
	json         bool
	schema       *schema // of the JSON; nil if none was given
	tool         *tool   // the tool to call if one is called; nil if there are none
	mustCall     bool
	thinking     bool // Anthropic: the answer starts with thinking
	toolResult   bool // the conversation ends with the result of a tool call
	inputs       int  // embeddings: number of texts
	base64       bool // embeddings: vectors as base64
	inputTokens  int
}

// A tool is a function that the model may call.
type tool struct {
	name   string
	schema *schema
}

// A body is a request of any endpoint, which uses some of the fields.
type body struct {
	Model               string         `json:"model"`
	Messages            []message      `json:"messages"`
	Stream              bool           `json:"stream"`
	Logprobs            bool           `json:"logprobs"`
	MaxTokens           int            `json:"max_tokens"`
	MaxCompletionTokens int            `json:"max_completion_tokens"`
	MaxOutputTokens     int            `json:"max_output_tokens"`
	ResponseFormat      responseFormat `json:"response_format"` // chat completions
	Text                formatted      `json:"text"`            // responses
	OutputConfig        formatted      `json:"output_config"`   // messages
	StreamOptions       struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	ToolChoice choice `json:"tool_choice"`
	Tools      []struct {
		Name        string  `json:"name"` // messages; chat completions have it in the function
		InputSchema *schema `json:"input_schema"`
		Parameters  *schema `json:"parameters"` // responses
		Function    struct {
			Name       string  `json:"name"`
			Parameters *schema `json:"parameters"`
		} `json:"function"`
	} `json:"tools"`
	Thinking       thinking        `json:"thinking"`
	Temperature    json.RawMessage `json:"temperature"`
	Prompt         json.RawMessage `json:"prompt"` // completions
	Input          json.RawMessage `json:"input"`  // responses and embeddings
	EncodingFormat string          `json:"encoding_format"`
}

// formatted is where two of the APIs have the format of the answer.
type formatted struct {
	Format responseFormat `json:"format"`
}

// A responseFormat asks for JSON. Chat completions wrap the schema in json_schema.
type responseFormat struct {
	Type       string  `json:"type"`
	Schema     *schema `json:"schema"`
	JSONSchema struct {
		Schema *schema `json:"schema"`
	} `json:"json_schema"`
}

// A message is one turn of a conversation, in either dialect.
type message struct {
	Type    string  `json:"type"` // responses: of the item
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

// thinking is Anthropic's setting for whether the answer starts with thinking.
type thinking struct {
	Type   string `json:"type"`
	Budget int    `json:"budget_tokens"`
}

func (t thinking) on() bool { return t.Type == "enabled" || t.Type == "adaptive" }

// check rejects what Anthropic rejects together with thinking.
func (t thinking) check(maxTokens int, temperature json.RawMessage) error {
	switch one := string(temperature); {
	case t.Type == "enabled" && t.Budget < 1024:
		return errors.New("thinking.budget_tokens: must be at least 1024")
	case t.Type == "enabled" && t.Budget >= maxTokens:
		return errors.New("max_tokens: must be greater than thinking.budget_tokens")
	case t.on() && one != "" && one != "null" && one != "1" && one != "1.0":
		return errors.New("temperature: may only be 1 when thinking is on")
	}
	return nil
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

// decode reads what the endpoints have in common.
func decode(text []byte) (*request, *body, error) {
	var in body
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, nil, fmt.Errorf("invalid JSON body: %w", err)
	}
	if in.Model == "" {
		return nil, nil, errors.New("model: field required")
	}
	return &request{
		model: in.Model, stream: in.Stream, logprobs: in.Logprobs,
		maxTokens:   max(in.MaxTokens, in.MaxCompletionTokens, in.MaxOutputTokens),
		inputTokens: len(text)/4 + 1, // an estimate
	}, &in, nil
}

func (r *request) setFormat(f responseFormat) {
	r.json = f.Type == "json_object" || f.Type == "json_schema"
	if r.schema = f.Schema; r.schema == nil {
		r.schema = f.JSONSchema.Schema
	}
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
	r.toolResult = last.Role == "tool" || last.Content.toolResult || strings.HasSuffix(last.Type, "_output")
	return nil
}

// chooseTool takes the first tool that the request's choice allows.
func (r *request) chooseTool(in *body) {
	for _, t := range in.Tools {
		name, s := t.Name, cmp.Or(t.InputSchema, t.Parameters)
		if t.Function.Name != "" {
			name, s = t.Function.Name, t.Function.Parameters
		}
		if c := in.ToolChoice; c.name == "" || c.name == name {
			r.tool, r.mustCall = &tool{name, s}, c.must && !r.toolResult
			return
		}
	}
}

func readChat(text []byte) (*request, error) {
	r, in, err := decode(text)
	if err == nil {
		r.includeUsage = in.StreamOptions.IncludeUsage
		r.setFormat(in.ResponseFormat)
		err = r.converse(in.Messages)
	}
	if err != nil {
		return nil, err
	}
	r.chooseTool(in)
	return r, nil
}

func readMessages(text []byte) (*request, error) {
	r, in, err := decode(text)
	if err == nil {
		r.thinking = in.Thinking.on()
		r.setFormat(in.OutputConfig.Format)
		err = in.Thinking.check(r.maxTokens, in.Temperature)
	}
	if err == nil {
		err = r.converse(in.Messages)
	}
	if err != nil {
		return nil, err
	}
	r.chooseTool(in)
	return r, nil
}

func readResponse(text []byte) (*request, error) {
	r, in, err := decode(text)
	if err != nil {
		return nil, err
	}
	r.setFormat(in.Text.Format)
	if json.Unmarshal(in.Input, &r.prompt) != nil {
		var messages []message
		if err := json.Unmarshal(in.Input, &messages); err != nil {
			return nil, fmt.Errorf("input: %w", err)
		}
		if err := r.converse(messages); err != nil {
			return nil, err
		}
	}
	r.chooseTool(in)
	return r, nil
}

func readCompletion(text []byte) (*request, error) {
	r, in, err := decode(text)
	if err != nil {
		return nil, err
	}
	_, err = r.join("prompt", in.Prompt)
	return r, err
}

func readEmbedding(text []byte) (*request, error) {
	r, in, err := decode(text)
	if err != nil {
		return nil, err
	}
	r.base64 = in.EncodingFormat == "base64"
	r.inputs, err = r.join("input", in.Input)
	return r, err
}

// join takes the prompt from one text or several, and returns their number.
func (r *request) join(field string, value json.RawMessage) (int, error) {
	var all texts
	if value != nil {
		if err := json.Unmarshal(value, &all); err != nil {
			return 0, fmt.Errorf("%s: %w", field, err)
		}
	}
	r.prompt = strings.Join(all, "\n")
	return len(all), nil
}
