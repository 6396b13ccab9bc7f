package llmapi

import "math"

// openAI reads a chat completion or one chunk of it. They differ only in whether a
// choice has a "message" or a "delta".
func (r *eventReader) openAI() {
	r.object(func(key []byte) {
		switch string(key) {
		case "model":
			r.event.model = r.text(maxModel)
		case "choices":
			r.array(r.openAIChoice)
		case "usage":
			r.usage()
		case "service_tier":
			r.served(&r.event.usage)
		case "error":
			r.event.failure = r.failure()
		default:
			r.skip()
		}
	})
}

func (r *eventReader) openAIChoice() {
	var p piece
	index := 0
	r.object(func(key []byte) {
		switch string(key) {
		case "index":
			index = max(0, r.count())
		case "message", "delta":
			r.openAIMessage(&p)
		case "finish_reason":
			p.finish = openAIFinish(r.text(maxWord))
		case "logprobs":
			r.openAILogprobs(&p)
		case "error":
			r.event.failure = r.failure()
		default:
			r.skip()
		}
	})
	r.event.choices = max(r.event.choices, index+1)
	if index == 0 {
		r.event.pieces = append(r.event.pieces, p)
	}
}

func openAIFinish(word string) Finish {
	switch word {
	case "stop":
		return FinishStop
	case "length":
		return FinishLength
	case "tool_calls", "function_call":
		return FinishTools
	case "content_filter":
		return FinishPolicy
	default:
		return FinishUnknown
	}
}

func (r *eventReader) openAIMessage(p *piece) {
	r.object(func(key []byte) {
		switch string(key) {
		case "content":
			r.openAIContent(p)
		case "refusal":
			p.refusal = r.decoded()
		case "reasoning_content", "reasoning":
			p.reasoning = len(r.decoded()) > 0 || p.reasoning
		case "tool_calls":
			r.array(func() { p.calls = append(p.calls, r.openAICall()) })
		case "function_call": // what tool_calls were before there could be several
			if r.peek() != '{' { // mostly null
				r.skip()
				return
			}
			call := callPiece{index: -1}
			r.openAIFunction(&call)
			p.calls = append(p.calls, call)
		default:
			r.skip()
		}
	})
}

// openAIContent reads text, or the blocks that some providers write instead.
func (r *eventReader) openAIContent(p *piece) {
	if r.peek() == '"' {
		p.text = r.decoded()
		return
	}
	r.array(func() {
		r.object(func(key []byte) {
			switch string(key) {
			case "text":
				p.text = append(p.text, r.decoded()...)
			case "thinking":
				r.skip()
				p.reasoning = true
			default:
				r.skip()
			}
		})
	})
}

func (r *eventReader) openAICall() callPiece {
	call := callPiece{index: -1}
	r.object(func(key []byte) {
		switch string(key) {
		case "index":
			call.index = r.count()
		case "id":
			call.id = r.text(maxWord)
		case "function":
			r.openAIFunction(&call)
		default:
			r.skip()
		}
	})
	return call
}

func (r *eventReader) openAIFunction(call *callPiece) {
	r.object(func(key []byte) {
		switch string(key) {
		case "name":
			call.name = r.text(maxWord)
		case "arguments":
			call.arguments = r.decoded()
		default:
			r.skip()
		}
	})
}

func (r *eventReader) openAILogprobs(p *piece) {
	r.object(func(key []byte) {
		if string(key) != "content" {
			r.skip()
			return
		}
		r.array(func() {
			r.object(func(key []byte) {
				if string(key) != "logprob" {
					r.skip()
				} else if v, ok := r.float(); ok {
					p.logprobs++
					p.probability += math.Exp(min(v, 0))
				}
			})
		})
	})
}
