package simulator

import (
	"encoding/json"
	"fmt"
)

// Anthropic's Messages and its token counting.

type anthropicMessage struct {
	ID           string           `json:"id"`
	Type         string           `json:"type"`
	Role         string           `json:"role"`
	Model        string           `json:"model"`
	Content      []anthropicBlock `json:"content"`
	StopReason   *string          `json:"stop_reason"`
	StopSequence *string          `json:"stop_sequence"`
	Usage        anthropicUsage   `json:"usage"`
}

// An anthropicBlock is one block of content. The pointers are those of its type.
type anthropicBlock struct {
	Type      string  `json:"type"`
	Thinking  *string `json:"thinking,omitempty"`
	Signature *string `json:"signature,omitempty"`
	Text      *string `json:"text,omitempty"`
	ID        string  `json:"id,omitempty"`
	Name      string  `json:"name,omitempty"`
	Input     any     `json:"input,omitempty"`
}

type anthropicUsage struct {
	InputTokens              int `json:"input_tokens"`
	CacheCreationInputTokens int `json:"cache_creation_input_tokens"`
	CacheReadInputTokens     int `json:"cache_read_input_tokens"`
	OutputTokens             int `json:"output_tokens"`
}

// An anthropicEvent is one event of a stream; the pointers are those of its type.
type anthropicEvent struct {
	Type         string            `json:"type"`
	Message      *anthropicMessage `json:"message,omitempty"`
	Index        *int              `json:"index,omitempty"`
	ContentBlock *anthropicBlock   `json:"content_block,omitempty"`
	Delta        any               `json:"delta,omitempty"`
	Usage        *anthropicUsage   `json:"usage,omitempty"`
}

// stopReasons are Anthropic's words for each finish.
var stopReasons = [...]string{stopped: "end_turn", cutOff: "max_tokens", callsTool: "tool_use", byPolicy: "refusal"}

// The thinking of a simulated model, and its signature.
const (
	thought   = "The question is clear; a short plan will do."
	signature = "c2ltdWxhdGVkIHNpZ25hdHVyZQ=="
)

func (x *exchange) message() anthropicMessage {
	return anthropicMessage{
		ID: fmt.Sprintf("msg_sim_%06d", x.id), Type: "message", Role: "assistant", Model: x.request.model,
		Content: []anthropicBlock{},
		Usage:   anthropicUsage{InputTokens: x.request.inputTokens, OutputTokens: x.answer.output},
	}
}

func (x *exchange) toolBlock(input any) anthropicBlock {
	return anthropicBlock{Type: "tool_use", ID: fmt.Sprintf("toolu_sim_%06d", x.id), Name: x.answer.tool, Input: input}
}

func writeMessage(x *exchange) {
	a := &x.answer
	if a.failed {
		e := failure{status: 529}.object(anthropic)
		if x.request.stream {
			x.event("error", e)
			x.end()
		} else {
			x.body(e)
		}
		return
	}
	if x.request.stream {
		streamMessage(x)
		return
	}
	m := x.message()
	m.StopReason = new(stopReasons[a.finish])
	if x.request.thinking {
		m.Content = append(m.Content, anthropicBlock{Type: "thinking", Thinking: new(thought), Signature: new(signature)})
	}
	if a.tool != "" {
		// Arguments are part of the document: what is not JSON can only be a string.
		var input any = a.arguments
		if json.Valid([]byte(a.arguments)) {
			input = json.RawMessage(a.arguments)
		}
		m.Content = append(m.Content, x.toolBlock(input))
	} else if a.text != "" {
		m.Content = append(m.Content, anthropicBlock{Type: "text", Text: &a.text})
	}
	x.body(m)
}

func streamMessage(x *exchange) {
	a := &x.answer
	index := 0
	send := func(e anthropicEvent) { x.event(e.Type, e) }
	// block sends one block of content: its start, its deltas, its stop.
	block := func(start anthropicBlock, deltas ...map[string]string) {
		send(anthropicEvent{Type: "content_block_start", Index: new(index), ContentBlock: &start})
		for _, d := range deltas {
			send(anthropicEvent{Type: "content_block_delta", Index: new(index), Delta: d})
		}
		send(anthropicEvent{Type: "content_block_stop", Index: new(index)})
		index++
	}
	first := x.message()
	first.Usage.OutputTokens = 1
	send(anthropicEvent{Type: "message_start", Message: &first})
	send(anthropicEvent{Type: "ping"})
	if x.request.thinking {
		block(anthropicBlock{Type: "thinking", Thinking: new(""), Signature: new("")},
			map[string]string{"type": "thinking_delta", "thinking": thought},
			map[string]string{"type": "signature_delta", "signature": signature})
	}
	if a.tool != "" {
		block(x.toolBlock(struct{}{}), deltas("input_json_delta", "partial_json", a.pieces)...)
	} else if a.text != "" {
		block(anthropicBlock{Type: "text", Text: new("")}, deltas("text_delta", "text", a.pieces)...)
	}
	send(anthropicEvent{
		Type: "message_delta", Usage: new(x.message().Usage),
		Delta: map[string]any{"stop_reason": stopReasons[a.finish], "stop_sequence": nil},
	})
	send(anthropicEvent{Type: "message_stop"})
	x.end()
}

// deltas returns a delta of the kind for each piece, with the piece under key.
func deltas(kind, key string, pieces []string) []map[string]string {
	out := make([]map[string]string, len(pieces))
	for i, p := range pieces {
		out[i] = map[string]string{"type": kind, key: p}
	}
	return out
}

// writeInputTokens answers the token counting of OpenAI's Responses.
func writeInputTokens(x *exchange) {
	x.body(map[string]any{"object": "response.input_tokens", "input_tokens": x.request.inputTokens})
}

func writeTokenCount(x *exchange) {
	x.body(map[string]int{"input_tokens": x.request.inputTokens})
}
