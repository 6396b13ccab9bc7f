package answer

import "math"

// openAI reads a chat completion or one chunk of it. They differ only in whether a choice has a
// "message" or a "delta".
func (r *eventReader) openAI() {
	r.Object(func(key []byte) {
		switch string(key) {
		case "model":
			r.event.model = r.text(maxModel)
		case "choices":
			r.Array(r.openAIChoice)
		case "usage":
			r.usage()
		case "service_tier":
			r.serviceTier(&r.event.usage)
		case "error":
			r.event.failure = r.readError()
		default:
			r.Skip()
		}
	})
}

func (r *eventReader) openAIChoice() {
	var p delta
	index := 0
	r.Object(func(key []byte) {
		switch string(key) {
		case "index":
			index = max(0, r.count())
		case "message", "delta":
			r.openAIMessage(&p)
		case "finish_reason":
			p.finish = r.finish()
		case "logprobs":
			r.openAILogprobs(&p)
		case "error":
			r.event.failure = r.readError()
		default:
			r.Skip()
		}
	})
	r.event.choices = max(r.event.choices, index+1)
	if index == 0 {
		r.event.deltas = append(r.event.deltas, p)
	}
}

func (r *eventReader) openAIMessage(p *delta) {
	r.Object(func(key []byte) {
		switch string(key) {
		case "content":
			r.openAIContent(p)
		case "refusal":
			p.refusal = r.decoded()
		case "reasoning_content", "reasoning", "reasoning_text", "reasoning_details", "thinking", "thinking_blocks":
			p.reasoning = r.something() || p.reasoning
		case "audio", "images", "image", "videos", "video":
			if r.something() {
				p.others++
			}
		case "tool_calls":
			r.Array(func() { p.calls = append(p.calls, r.openAICall()) })
		case "function_call": // the predecessor of tool_calls
			if r.Peek() != '{' { // mostly null
				r.Skip()
				return
			}
			call := callDelta{index: -1}
			r.openAIFunction(&call)
			p.calls = append(p.calls, call)
		default:
			r.Skip()
		}
	})
}

// openAIContent reads a string, or the content blocks that some providers write instead.
func (r *eventReader) openAIContent(p *delta) {
	if r.Peek() == '"' {
		p.text = r.decoded()
		return
	}
	r.Array(func() {
		kind := ""
		r.Object(func(key []byte) {
			switch string(key) {
			case "type":
				kind = r.text(maxWord)
			case "text":
				p.text = append(p.text, r.decoded()...)
			case "refusal":
				p.refusal = append(p.refusal, r.decoded()...)
			case "thinking":
				r.Skip()
				p.reasoning = true
			default:
				r.Skip()
			}
		})
		switch kind {
		case "", "text", "output_text", "refusal", "thinking":
		case "reasoning", "redacted_thinking":
			p.reasoning = true
		default: // an image, audio, a part of the provider's own tools
			p.others++
		}
	})
}

// something reads a value and reports whether it is anything: not null, false or empty.
func (r *eventReader) something() bool {
	switch v := r.Skip(); string(v) {
	case "", "null", "false", "0", `""`, "[]", "{}":
		return false
	}
	return true
}

func (r *eventReader) openAICall() callDelta {
	call := callDelta{index: -1}
	r.Object(func(key []byte) {
		switch string(key) {
		case "index":
			call.index = r.count()
		case "id":
			call.id = r.text(maxWord)
		case "function", "custom":
			r.openAIFunction(&call)
		default:
			r.Skip()
		}
	})
	return call
}

func (r *eventReader) openAIFunction(call *callDelta) {
	r.Object(func(key []byte) {
		switch string(key) {
		case "name":
			call.name = r.text(maxWord)
		case "arguments":
			call.arguments = r.decoded()
		default:
			r.Skip()
		}
	})
}

func (r *eventReader) openAILogprobs(p *delta) {
	r.Object(func(key []byte) {
		if string(key) != "content" {
			r.Skip()
			return
		}
		r.Array(func() {
			r.Object(func(key []byte) {
				if string(key) != "logprob" {
					r.Skip()
				} else if v, ok := r.float(); ok {
					p.logprobs++
					p.probability += math.Exp(min(v, 0))
				}
			})
		})
	})
}
