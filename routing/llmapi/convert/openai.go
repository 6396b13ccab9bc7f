package convert

import (
	"strconv"

	"sluice/routing/llmapi/answer"
)

// inEveryChunk reports whether every chunk of a stream repeats the member.
func inEveryChunk(key []byte) bool {
	switch string(key) {
	case "id", "created", "model", "system_fingerprint", "service_tier", "provider":
		return true
	default:
		return false
	}
}

// openAIToStream sends for each choice its role, as the API does, then its content at once,
// then the finish reasons. (OpenAI's SDK for Python counts log-probabilities twice if they come
// in the first chunk of a choice.)
func openAIToStream(body []byte, includeUsage bool) ([]byte, bool) {
	whole, ok := parseObject(body)
	if !ok || !missing(whole.get("error")) {
		return nil, false
	}
	usage, choices := whole.take("usage"), whole.take("choices")
	whole.take("object")
	envelope := object{member("object", []byte(`"chat.completion.chunk"`))}
	var rest object // only in the last chunk
	for _, f := range whole {
		if inEveryChunk(f.Key) {
			envelope = append(envelope, f)
		} else {
			rest = append(rest, f)
		}
	}
	w := chunkWriter{envelope: envelope.json()}
	if len(w.envelope) > maxEnvelope {
		return nil, false
	}
	var ends []object
	ok = eachElement(choices, func(raw []byte) bool {
		start, said, end, ok := splitChoice(raw, len(ends))
		if ok {
			w.write(nil, start)
			w.write(nil, said)
			ends = append(ends, end)
		}
		return ok
	})
	if !ok || len(ends) == 0 {
		return nil, false
	}
	for i, end := range ends {
		if i < len(ends)-1 {
			w.write(nil, end)
		} else {
			w.write(rest, end)
		}
	}
	if includeUsage && !missing(usage) {
		w.write(object{member("usage", usage)}, nil)
	}
	return append(w.out, "data: [DONE]\n\n"...), true
}

// A chunkWriter writes the chunks of an OpenAI stream.
type chunkWriter struct {
	envelope []byte // an object
	out      []byte
}

// write appends a chunk with a choice, which may be nil, and other members.
func (w *chunkWriter) write(others, choice object) {
	w.out = appendEvent(w.out, "")
	w.out = append(append(w.out, w.envelope[:len(w.envelope)-1]...), `,"choices":[`...)
	if choice != nil {
		w.out = choice.append(w.out)
	}
	w.out = append(w.out, ']')
	if len(others) > 0 {
		w.out = append(w.out, ',')
		w.out = append(w.out, others.json()[1:]...)
	} else {
		w.out = append(w.out, '}')
	}
	w.out = append(w.out, "\n\n"...)
}

// splitChoice splits the n-th choice of a body into those of three chunks.
func splitChoice(raw []byte, n int) (start, said, end object, ok bool) {
	choice, ok := parseObject(raw)
	if !ok {
		return nil, nil, nil, false
	}
	message, ok := parseObject(choice.take("message"))
	if !ok || !missing(message.get("audio")) {
		return nil, nil, nil, false
	}
	if calls := message.get("tool_calls"); !missing(calls) {
		if calls, ok = numberCalls(calls); !ok {
			return nil, nil, nil, false
		}
		message.set("tool_calls", calls)
	}
	if number := choice.take("index"); number != nil || n > 0 {
		if i, ok := index(number); !ok || i != n {
			return nil, nil, nil, false
		}
	}
	finish := choice.take("finish_reason")
	if missing(finish) || choice.get("delta") != nil || !missing(choice.get("error")) {
		return nil, nil, nil, false
	}
	var role object
	if value := message.take("role"); value != nil {
		role.set("role", value)
	}
	start, said, end = choiceOf(n, role), choiceOf(n, message), choiceOf(n, nil)
	if logprobs := choice.take("logprobs"); logprobs != nil {
		said.set("logprobs", logprobs)
	}
	none := []byte("null")
	start.set("finish_reason", none)
	said.set("finish_reason", none)
	end = append(end, choice...)
	end.set("finish_reason", finish)
	return start, said, end, true
}

// choiceOf returns the n-th choice of a chunk.
func choiceOf(n int, delta object) object {
	return object{member("index", strconv.AppendInt(nil, int64(n), 10)), member("delta", delta.json())}
}

// numberCalls adds to tool calls the index by which the chunks of a stream identify them.
func numberCalls(calls []byte) ([]byte, bool) {
	out := []byte{'['}
	n := 0
	ok := eachElement(calls, func(raw []byte) bool {
		call, ok := parseObject(raw)
		if !ok {
			return false
		}
		call.take("index")
		if n > 0 {
			out = append(out, ',')
		}
		out = append(object{member("index", strconv.AppendInt(nil, int64(n), 10))}, call...).append(out)
		n++
		return n <= answer.MaxCalls
	})
	return append(out, ']'), ok
}
