package simulator

import "fmt"

// OpenAI's Chat Completions, and the legacy completions beside them.

// A completion is a chat completion, a chunk of one, or a legacy completion.
type completion struct {
	ID      string       `json:"id"`
	Object  string       `json:"object"`
	Created int64        `json:"created"`
	Model   string       `json:"model"`
	Choices []chatChoice `json:"choices"`
	Usage   *chatUsage   `json:"usage,omitempty"`
}

type chatChoice struct {
	Index        int          `json:"index"`
	Message      *chatMessage `json:"message,omitempty"`
	Delta        *chatMessage `json:"delta,omitempty"`
	Text         *string      `json:"text,omitempty"` // legacy
	Logprobs     *logprobs    `json:"logprobs"`
	FinishReason *string      `json:"finish_reason"`
}

type chatMessage struct {
	Role      string     `json:"role,omitempty"`
	Content   *string    `json:"content,omitempty"`
	Refusal   *string    `json:"refusal,omitempty"`
	ToolCalls []chatCall `json:"tool_calls,omitempty"`
}

type chatCall struct {
	Index    *int         `json:"index,omitempty"` // in streams only
	ID       string       `json:"id,omitempty"`
	Type     string       `json:"type,omitempty"`
	Function chatFunction `json:"function"`
}

type chatFunction struct {
	Name      string `json:"name,omitempty"`
	Arguments string `json:"arguments"`
}

type chatUsage struct {
	PromptTokens        int `json:"prompt_tokens"`
	CompletionTokens    int `json:"completion_tokens"`
	TotalTokens         int `json:"total_tokens"`
	PromptTokensDetails struct {
		CachedTokens int `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
}

type logprobs struct {
	Content []logprob `json:"content"`
}

type logprob struct {
	Token       string    `json:"token"`
	Logprob     float64   `json:"logprob"`
	Bytes       []int     `json:"bytes"`
	TopLogprobs []logprob `json:"top_logprobs"`
}

// finishReasons are OpenAI's words for each finish.
var finishReasons = [...]string{stopped: "stop", cutOff: "length", callsTool: "tool_calls", byPolicy: "content_filter"}

func (x *exchange) completion(id, object string, c ...chatChoice) completion {
	return completion{ID: fmt.Sprintf("%s-sim-%06d", id, x.id), Object: object, Created: x.created, Model: x.request.model, Choices: c}
}

func (x *exchange) chatUsage() *chatUsage {
	in, out := x.request.inputTokens, x.answer.output
	return &chatUsage{PromptTokens: in, CompletionTokens: out, TotalTokens: in + out}
}

// logprobs returns the tokens' probabilities, or nil if they were not requested.
func (x *exchange) logprobs(tokens ...string) *logprobs {
	if !x.request.logprobs {
		return nil
	}
	l := &logprobs{Content: []logprob{}}
	for _, t := range tokens {
		bytes := make([]int, len(t))
		for i := range len(t) {
			bytes[i] = int(t[i])
		}
		l.Content = append(l.Content, logprob{Token: t, Logprob: x.answer.logprob, Bytes: bytes, TopLogprobs: []logprob{}})
	}
	return l
}

// textMessage puts a text into the content or the refusal.
func (x *exchange) textMessage(role, text string) *chatMessage {
	if x.answer.refusal {
		return &chatMessage{Role: role, Refusal: &text}
	}
	return &chatMessage{Role: role, Content: &text}
}

func writeChat(x *exchange) {
	a := &x.answer
	if a.failed {
		x.failedOpenAI()
		return
	}
	if x.request.stream {
		streamChat(x)
		return
	}
	choice := chatChoice{FinishReason: new(finishReasons[a.finish]), Message: x.textMessage("assistant", a.text)}
	if a.tool != "" {
		choice.Message = &chatMessage{Role: "assistant", ToolCalls: []chatCall{{
			ID: fmt.Sprintf("call_sim_%06d", x.id), Type: "function", Function: chatFunction{a.tool, a.arguments},
		}}}
	} else {
		choice.Logprobs = x.logprobs(a.pieces...)
	}
	c := x.completion("chatcmpl", "chat.completion", choice)
	c.Usage = x.chatUsage()
	x.body(c)
}

func streamChat(x *exchange) {
	a := &x.answer
	send := func(c chatChoice) { x.event("", x.completion("chatcmpl", "chat.completion.chunk", c)) }
	if a.tool != "" {
		send(chatChoice{Delta: &chatMessage{Role: "assistant", ToolCalls: []chatCall{{
			Index: new(0), ID: fmt.Sprintf("call_sim_%06d", x.id), Type: "function", Function: chatFunction{Name: a.tool},
		}}}})
		for _, t := range a.pieces {
			send(chatChoice{Delta: &chatMessage{ToolCalls: []chatCall{{Index: new(0), Function: chatFunction{Arguments: t}}}}})
		}
	} else {
		send(chatChoice{Delta: x.textMessage("assistant", "")})
		for _, t := range a.pieces {
			send(chatChoice{Delta: x.textMessage("", t), Logprobs: x.logprobs(t)})
		}
	}
	send(chatChoice{Delta: &chatMessage{}, FinishReason: new(finishReasons[a.finish])})
	if x.request.includeUsage {
		c := x.completion("chatcmpl", "chat.completion.chunk")
		c.Choices, c.Usage = []chatChoice{}, x.chatUsage()
		x.event("", c)
	}
	x.event("", "[DONE]")
	x.end()
}

// failedOpenAI sends an error object under status 200.
func (x *exchange) failedOpenAI() {
	e := failure{status: 500, message: "The upstream model is temporarily unavailable."}.object(openAI)
	if !x.request.stream {
		x.body(e)
		return
	}
	x.event("", e)
	x.event("", "[DONE]")
	x.end()
}

func writeCompletion(x *exchange) {
	a := &x.answer
	if a.failed {
		x.failedOpenAI()
		return
	}
	if !x.request.stream {
		c := x.completion("cmpl", "text_completion", chatChoice{Text: &a.text, FinishReason: new(finishReasons[a.finish])})
		c.Usage = x.chatUsage()
		x.body(c)
		return
	}
	for _, t := range a.pieces {
		x.event("", x.completion("cmpl", "text_completion", chatChoice{Text: &t}))
	}
	x.event("", x.completion("cmpl", "text_completion", chatChoice{Text: new(""), FinishReason: new(finishReasons[a.finish])}))
	x.event("", "[DONE]")
	x.end()
}
