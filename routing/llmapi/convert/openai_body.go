package convert

import (
	"bytes"
	"slices"
	"strconv"

	"sluice/routing/llmapi/answer"
	"sluice/routing/llmapi/sse"
)

// openAIToBody puts the chunks of a stream together.
func openAIToBody(stream []byte) ([]byte, bool) {
	var b openAIBody
	for e := range sse.All(stream) {
		if len(e.Data) > 0 && string(e.Data) != "[DONE]" && !b.add(e.Data) {
			return nil, false
		}
	}
	return b.json()
}

// An openAIBody is an answer that is put together from chunks.
type openAIBody struct {
	whole   object
	choices []*openAIChoiceBody
}

type openAIChoiceBody struct {
	choice   object // but for what follows
	message  object // but for its calls
	logprobs object
	function object // what tool calls were before there could be several
	calls    []*toolCallBody
}

type toolCallBody struct {
	index     int // -1 if the provider does not say
	call      object
	operation object // "function" or "custom"
	kind      string // which of them
}

func (b *openAIBody) add(data []byte) bool {
	chunk, ok := parseObject(data)
	if !ok {
		return false
	}
	for _, f := range chunk {
		key, how := string(f.Key), mergeSame
		switch key {
		case "choices":
			if !missing(f.Value) && !eachElement(f.Value, b.addChoice) {
				return false
			}
			continue
		case "object", "obfuscation": // what it is, and padding
			continue
		case "error":
			if !missing(f.Value) {
				return false
			}
			continue
		case "usage":
			if missing(f.Value) {
				continue
			}
			how = mergeLast
		case "service_tier":
			how = mergeLast
		case "id", "created", "model", "system_fingerprint":
			how = mergeFirst
		}
		if !b.whole.merge(key, f.Value, how) {
			return false
		}
	}
	return len(b.whole) <= maxMembers
}

func (b *openAIBody) addChoice(raw []byte) bool {
	fields, ok := parseObject(raw)
	if !ok {
		return false
	}
	n := 0
	if number := fields.take("index"); number != nil {
		if n, ok = index(number); !ok {
			return false
		}
	}
	for len(b.choices) <= n {
		b.choices = append(b.choices, &openAIChoiceBody{})
	}
	c := b.choices[n]
	for _, f := range fields {
		key, how := string(f.Key), mergeSame
		switch key {
		case "delta":
			if !missing(f.Value) && !c.addDelta(f.Value) {
				return false
			}
			continue
		case "logprobs":
			if !c.addLogprobs(f.Value) {
				return false
			}
			continue
		case "message":
			return false
		case "error":
			if !missing(f.Value) {
				return false
			}
		case "finish_reason":
			how = mergeLast
		}
		if !c.choice.merge(key, f.Value, how) {
			return false
		}
	}
	return len(c.choice) <= maxMembers
}

func (c *openAIChoiceBody) addDelta(raw []byte) bool {
	delta, ok := parseObject(raw)
	if !ok {
		return false
	}
	for _, f := range delta {
		key, how := string(f.Key), mergeSole
		switch key {
		case "tool_calls":
			if !missing(f.Value) && !eachElement(f.Value, c.addCall) {
				return false
			}
			continue
		case "function_call":
			if !missing(f.Value) && !c.function.addOperation(f.Value) {
				return false
			}
			continue
		case "audio": // comes in another form than in a body
			if !missing(f.Value) {
				return false
			}
		case "content":
			if !blank(f.Value) && f.Value[0] == '"' { // else blocks, as some providers write them
				how = mergeText
			}
		case "refusal", "reasoning_content", "reasoning":
			how = mergeText
		case "role":
			how = mergeFirst
		}
		if !c.message.merge(key, f.Value, how) {
			return false
		}
	}
	return len(c.message) <= maxMembers
}

// addLogprobs joins the log-probabilities of tokens.
func (c *openAIChoiceBody) addLogprobs(raw []byte) bool {
	if missing(raw) {
		return c.choice.merge("logprobs", raw, mergeFirst)
	}
	fields, ok := parseObject(raw)
	for _, f := range fields {
		ok = ok && c.logprobs.merge(string(f.Key), f.Value, mergeList)
	}
	return ok && len(c.logprobs) <= maxMembers
}

// addOperation joins the name of a function with pieces of what it is called with.
func (o *object) addOperation(raw []byte) bool {
	fields, ok := parseObject(raw)
	for _, f := range fields {
		how := mergeSole
		switch string(f.Key) {
		case "name":
			how = mergeFirst
		case "arguments", "input":
			how = mergeText
		}
		ok = ok && o.merge(string(f.Key), f.Value, how)
	}
	return ok && len(*o) <= maxMembers
}

func (c *openAIChoiceBody) addCall(raw []byte) bool {
	fields, ok := parseObject(raw)
	if !ok {
		return false
	}
	t := c.call(fields)
	if t == nil {
		return false
	}
	for _, f := range fields {
		key, how := string(f.Key), mergeSole
		switch key {
		case "index":
			continue
		case "function", "custom":
			if t.kind != "" && t.kind != key || !t.operation.addOperation(f.Value) {
				return false
			}
			t.kind = key
			continue
		case "id", "type":
			how = mergeFirst
		}
		if !t.call.merge(key, f.Value, how) {
			return false
		}
	}
	return len(t.call) <= maxMembers
}

// call returns the call that the fields continue or begin, nil if there are too many. It
// agrees with package answer when it reads a stream.
func (c *openAIChoiceBody) call(fields object) *toolCallBody {
	n, ok := index(fields.get("index"))
	if !ok {
		n = -1
	}
	id := fields.get("id")
	function, _ := parseObject(fields.get("function"))
	for _, have := range slices.Backward(c.calls) {
		other := have.call.get("id")
		if n < 0 && !blank(function.get("name")) || n == have.index && !blank(id) && !blank(other) && !bytes.Equal(id, other) {
			break
		}
		if n < 0 || n == have.index {
			return have
		}
	}
	if len(c.calls) == answer.MaxCalls {
		return nil
	}
	c.calls = append(c.calls, &toolCallBody{index: n})
	return c.calls[len(c.calls)-1]
}

// json returns the answer, and whether it has come to its end.
func (b *openAIBody) json() ([]byte, bool) {
	choices := []byte{'['}
	for i, c := range b.choices {
		raw, ok := c.json(i)
		if !ok {
			return nil, false
		}
		if i > 0 {
			choices = append(choices, ',')
		}
		choices = append(choices, raw...)
	}
	b.whole.set("object", []byte(`"chat.completion"`))
	usage := b.whole.take("usage")
	b.whole.set("choices", append(choices, ']'))
	if usage != nil {
		b.whole.set("usage", usage)
	}
	return b.whole.json(), len(b.choices) > 0
}

func (c *openAIChoiceBody) json(n int) ([]byte, bool) {
	message := object{member("role", []byte(`"assistant"`)), member("content", []byte("null"))}
	for _, f := range c.message {
		if string(f.Key) != "role" || !blank(f.Value) {
			message.set(string(f.Key), f.Value)
		}
	}
	if len(c.calls) > 0 {
		calls := []byte{'['}
		for i, t := range c.calls {
			if i > 0 {
				calls = append(calls, ',')
			}
			if t.kind != "" {
				t.call.set(t.kind, t.operation.json())
			}
			calls = t.call.append(calls)
		}
		message.set("tool_calls", append(calls, ']'))
	}
	if c.function != nil {
		message.set("function_call", c.function.json())
	}
	choice := object{member("index", strconv.AppendInt(nil, int64(n), 10)), member("message", message.json())}
	choice = append(choice, c.choice...)
	if c.logprobs != nil {
		choice.set("logprobs", c.logprobs.json())
	}
	return choice.json(), !missing(c.choice.get("finish_reason"))
}
