package convert

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"

	"sluice/routing/llmapi/jsonscan"
	"sluice/routing/llmapi/sse"
)

// Where the members of a message that are only known at its end stand in a stream: inside
// the delta of message_delta, and beside it.
var (
	inDelta     = []string{"stop_reason", "stop_sequence", "stop_details", "container"}
	besideDelta = []string{"context_management", "input_transformations"}
)

// anthropicToStream sends each block as the API does: the block without its text, the text,
// its end.
func anthropicToStream(body []byte) ([]byte, bool) {
	message, ok := parseObject(body)
	if !ok || string(message.get("type")) != `"message"` {
		return nil, false
	}
	usage, ok := parseObject(message.get("usage"))
	if !ok || missing(message.get("stop_reason")) {
		return nil, false
	}
	content := message.get("content")
	var delta object
	last := object{member("type", []byte(`"message_delta"`)), member("delta", nil), member("usage", message.get("usage"))}
	for _, key := range inDelta {
		if value := message.get(key); value != nil {
			delta.set(key, value)
			message.set(key, []byte("null"))
		}
	}
	for _, key := range besideDelta {
		if value := message.take(key); value != nil {
			last.set(key, value)
		}
	}
	last.set("delta", delta.json())
	if usage.get("output_tokens") != nil {
		usage.set("output_tokens", []byte("0"))
	}
	message.set("usage", usage.json())
	message.set("content", []byte("[]"))

	var w blockWriter
	w.event("message_start", object{member("message", message.json())})
	if !eachElement(content, w.block) {
		return nil, false
	}
	w.event("message_delta", last[1:])
	w.event("message_stop", nil)
	return w.out, true
}

// A blockWriter writes the events of an Anthropic stream.
type blockWriter struct {
	out    []byte
	blocks int
}

// event appends an event; its type is its name.
func (w *blockWriter) event(name string, members object) {
	w.out = appendEvent(w.out, name)
	kind := object{member("type", strconv.AppendQuote(nil, name))}
	w.out = append(kind, members...).append(w.out)
	w.out = append(w.out, "\n\n"...)
}

// ofBlock appends an event of the current block.
func (w *blockWriter) ofBlock(name, key string, value []byte) {
	members := object{member("index", strconv.AppendInt(nil, int64(w.blocks), 10))}
	if key != "" {
		members.set(key, value)
	}
	w.event(name, members)
}

// delta appends a change to the current block.
func (w *blockWriter) delta(kind, key string, value []byte) {
	change := object{member("type", strconv.AppendQuote(nil, kind)), member(key, value)}
	w.ofBlock("content_block_delta", "delta", change.json())
}

// block appends the events of one block. Blocks of other kinds come whole, as they do from
// the API.
func (w *blockWriter) block(raw []byte) bool {
	block, ok := parseObject(raw)
	if !ok {
		return false
	}
	var deltas []jsonscan.Field // kind of delta and its value
	cut := func(key, kind, empty string) {
		if value := block.get(key); !blank(value) {
			block.set(key, []byte(empty))
			deltas = append(deltas, member(kind, value))
		}
	}
	switch string(block.get("type")) {
	case `"text"`:
		ok = isText(block.get("text"))
		cut("text", "text_delta", `""`)
		cut("citations", "citations_delta", "[]")
	case `"thinking"`:
		ok = isText(block.get("thinking"))
		cut("thinking", "thinking_delta", `""`)
		cut("signature", "signature_delta", `""`)
	case `"tool_use"`, `"server_tool_use"`, `"mcp_tool_use"`:
		cut("input", "input_json_delta", "{}")
	}
	if !ok {
		return false
	}
	w.ofBlock("content_block_start", "content_block", block.json())
	for _, d := range deltas {
		switch kind := string(d.Key); kind {
		case "citations_delta":
			ok = ok && eachElement(d.Value, func(citation []byte) bool {
				w.delta(kind, "citation", citation)
				return true
			})
		case "input_json_delta":
			w.delta(kind, "partial_json", appendString(nil, d.Value))
		default: // text_delta has "text", and so on
			w.delta(kind, string(bytes.TrimSuffix(d.Key, []byte("_delta"))), d.Value)
		}
	}
	w.ofBlock("content_block_stop", "", nil)
	w.blocks++
	return ok
}

func isText(value []byte) bool { return len(value) > 0 && value[0] == '"' }

// anthropicToBody puts the events of a stream together.
func anthropicToBody(stream []byte) ([]byte, bool) {
	var b anthropicBody
	for e := range sse.All(stream) {
		if len(e.Data) > 0 && !b.add(e.Data) {
			return nil, false
		}
	}
	return b.json()
}

// An anthropicBody is a message that is put together from events.
type anthropicBody struct {
	message object
	usage   object
	blocks  []*anthropicBlockBody
	ended   bool // a message_delta has come
}

type anthropicBlockBody struct {
	block     object
	input     []byte // pieces of it, a JSON string
	citations []byte // an array
}

func (b *anthropicBody) add(data []byte) bool {
	event, ok := parseObject(data)
	if !ok {
		return false
	}
	kind := string(event.take("type"))
	if b.message == nil && kind != `"message_start"` && kind != `"ping"` {
		return false
	}
	switch kind {
	case `"message_start"`:
		return b.start(event)
	case `"content_block_start"`:
		block, ok := parseObject(event.take("content_block"))
		n, counts := index(event.take("index"))
		b.blocks = append(b.blocks, &anthropicBlockBody{block: block})
		return ok && counts && n == len(b.blocks)-1 && len(event) == 0
	case `"content_block_delta"`:
		n, counts := index(event.take("index"))
		delta, ok := parseObject(event.take("delta"))
		return ok && counts && n < len(b.blocks) && len(event) == 0 && b.blocks[n].add(delta)
	case `"message_delta"`:
		return b.end(event)
	case `"content_block_stop"`, `"message_stop"`, `"ping"`:
		return true
	default:
		return false
	}
}

func (b *anthropicBody) start(event object) (ok bool) {
	if b.message != nil {
		return false
	}
	if b.message, ok = parseObject(event.take("message")); !ok || len(event) > 0 || !isEmpty(b.message.get("content")) {
		return false
	}
	b.usage, ok = parseObject(b.message.get("usage"))
	return ok
}

// end takes over what is only known at the end; counts include those of the start.
func (b *anthropicBody) end(event object) bool {
	delta, ok := parseObject(event.take("delta"))
	if !ok {
		return false
	}
	for _, f := range slices.Concat(delta, event) {
		key := string(f.Key)
		if key == "usage" {
			usage, ok := parseObject(f.Value)
			if !ok {
				return false
			}
			for _, u := range usage {
				if !missing(u.Value) || b.usage.get(string(u.Key)) == nil {
					b.usage.set(string(u.Key), u.Value)
				}
			}
			continue
		}
		if key == "content" || key == "type" {
			return false
		}
		b.message.set(key, f.Value)
	}
	b.ended = true
	return len(b.message) <= maxMembers && len(b.usage) <= maxMembers
}

// add takes over a change to the block.
func (c *anthropicBlockBody) add(delta object) bool {
	kind := delta.take("type")
	if len(delta) != 1 {
		return false
	}
	key, value := string(delta[0].Key), delta[0].Value
	switch string(kind) + " " + key {
	case `"text_delta" text`, `"thinking_delta" thinking`:
		return c.block.merge(key, value, mergeText)
	case `"signature_delta" signature`:
		return c.block.merge(key, value, mergeLast)
	case `"citations_delta" citation`:
		c.citations = append(append(c.citations, ','), value...)
		return true
	case `"input_json_delta" partial_json`:
		if !isText(value) {
			return false
		}
		if blank(c.input) {
			c.input = value
		} else if !blank(value) {
			c.input = appendText(c.input, value)
		}
		return true
	default:
		return false
	}
}

// json returns the answer, and whether it has come to its end.
func (b *anthropicBody) json() ([]byte, bool) {
	if !b.ended {
		return nil, false
	}
	content := []byte{'['}
	for i, c := range b.blocks {
		if !c.finish() {
			return nil, false
		}
		if i > 0 {
			content = append(content, ',')
		}
		content = c.block.append(content)
	}
	b.message.set("content", append(content, ']'))
	b.message.set("usage", b.usage.json())
	return b.message.json(), true
}

// finish puts into the block what came piece by piece.
func (c *anthropicBlockBody) finish() bool {
	if len(c.citations) > 0 {
		if !blank(c.block.get("citations")) {
			return false
		}
		c.citations[0] = '['
		c.block.set("citations", append(c.citations, ']'))
	}
	if blank(c.input) {
		return true
	}
	var text string
	if err := json.Unmarshal(c.input, &text); err != nil || !json.Valid([]byte(text)) {
		return false
	}
	c.block.set("input", []byte(text))
	return true
}
