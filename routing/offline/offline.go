// Package offline asks what a configuration would decide, without Envoy, clients or stores.
// It gives the pipeline what a command knows in place of a call's headers; what is decided is
// the pipeline's alone.
//
// Start with [Decide]. The packages below it are the offline work itself: batch, catalogue,
// evaluate, litellm, train and measure.
package offline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/tidwall/gjson"

	"sluice/routing"
	"sluice/routing/pipeline"
)

// Decide returns the plan for a request with this body. An error is one that a client would
// get, without its code.
func Decide(p *pipeline.Pipeline, api routing.API, body []byte, known pipeline.Offline) (*pipeline.Plan, error) {
	plan, _, err := p.Begin(context.Background(), &pipeline.Call{Path: Path(api), Body: body, Offline: &known})
	if e, ok := errors.AsType[*pipeline.ReplyError](err); ok {
		err = errors.New(e.Message)
	}
	return plan, err
}

// Path returns the path at which clients call an API that is routed.
func Path(api routing.API) string {
	switch api {
	case routing.AnthropicMessages:
		return "/v1/messages"
	case routing.OpenAIResponses:
		return "/v1/responses"
	default:
		return "/v1/chat/completions"
	}
}

// GuessAPI returns the API that a request is most likely meant for, by the members that only one
// of them has; that of Chat Completions if there are none.
func GuessAPI(body []byte) routing.API {
	has := func(path string) bool { return gjson.GetBytes(body, path).Exists() }
	switch {
	case has("messages"):
		if slices.ContainsFunc([]string{
			"system", "stop_sequences", "thinking", "tools.0.input_schema", "messages.0.content.0.cache_control", "metadata.user_id",
		}, has) {
			return routing.AnthropicMessages
		}
	case has("input"):
		return routing.OpenAIResponses
	}
	return routing.OpenAIChat
}

// ParseAPI reads the name of an API that is routed: openai, which "" stands for, anthropic or
// responses.
func ParseAPI(name string) (routing.API, error) {
	switch name {
	case "", "openai", routing.OpenAIChat.String():
		return routing.OpenAIChat, nil
	case "anthropic", routing.AnthropicMessages.String():
		return routing.AnthropicMessages, nil
	case "responses", routing.OpenAIResponses.String():
		return routing.OpenAIResponses, nil
	}
	return 0, fmt.Errorf("unknown api %q; expected openai, anthropic or responses", name)
}

// ChatBody returns the body of a chat completion that asks the model one question. The user is
// left out where it is "".
func ChatBody(model, prompt, user string) []byte {
	type message struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	}
	return Encode(struct {
		Model    string    `json:"model"`
		Messages []message `json:"messages"`
		User     string    `json:"user,omitempty"`
	}{model, []message{{"user", prompt}}, user})
}

// Encode renders plain data as JSON, as providers' SDKs do: without a line break, and without
// the escapes for HTML that [json.Marshal] adds.
func Encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("offline: encode: " + err.Error()) // plain data only
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
