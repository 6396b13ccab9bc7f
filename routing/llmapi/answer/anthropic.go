package answer

// An anthropicEvent collects the members of a message or an event: they are interpreted at its
// end, because "type" need not come first.
type anthropicEvent struct {
	kind  string
	index int
	block anthropicBlock // content_block or delta
	stop  Finish
}

// An anthropicBlock is a content block, or a delta of one.
type anthropicBlock struct {
	kind     string
	id, name string
	text     []byte
	input    []byte
	partial  []byte
}

// anthropic reads a message or one event. A message_start event contains a message without
// content, so one reader serves both.
func (r *eventReader) anthropic() {
	e := anthropicEvent{index: -1}
	var p delta
	r.Object(func(key []byte) { r.anthropicField(key, &e, &p) })
	switch e.kind {
	case "ping":
		r.event.ping = true
	case "message_stop":
		r.event.end = true
	case "content_block_start":
		p.add(e.index, e.block)
	case "content_block_delta":
		if e.block.isDelta() {
			p.add(e.index, e.block)
		}
	}
	p.finish = e.stop
	r.event.deltas = append(r.event.deltas, p)
}

func (r *eventReader) anthropicField(key []byte, e *anthropicEvent, p *delta) {
	switch string(key) {
	case "type":
		e.kind = r.text(maxWord)
	case "index":
		e.index = r.count()
	case "message": // of message_start
		r.Object(func(key []byte) {
			if string(key) == "type" {
				r.Skip() // the type of the event counts
			} else {
				r.anthropicField(key, e, p)
			}
		})
	case "id":
		r.event.id = r.text(maxWord)
	case "model":
		r.event.model = r.text(maxModel)
		r.event.choices = 1
	case "content":
		block := 0
		r.Array(func() {
			p.add(block, r.anthropicBlock())
			block++
		})
	case "content_block":
		e.block = r.anthropicBlock()
	case "delta":
		r.anthropicDelta(e)
	case "stop_reason":
		e.stop = r.finish()
	case "usage":
		r.usage()
	case "error":
		r.event.failure = r.readError()
	default:
		r.Skip()
	}
}

// add adds a content block, the one with that index of the message.
func (p *delta) add(index int, b anthropicBlock) {
	switch b.kind {
	case "text", "text_delta":
		if p.text == nil {
			p.text = b.text
		} else {
			p.text = append(p.text, b.text...)
		}
	case "thinking", "redacted_thinking", "thinking_delta":
		p.reasoning = true
	case "tool_use":
		p.calls = append(p.calls, callDelta{index: index, id: b.id, name: b.name, whole: b.input})
	case "input_json_delta":
		p.calls = append(p.calls, callDelta{index: index, arguments: b.partial})
	case "":
	default: // the provider's own tools, a compaction, and kinds that are not known yet
		p.others++
	}
}

// isDelta reports whether the delta of a content block adds to what is read of the block.
func (b *anthropicBlock) isDelta() bool {
	switch b.kind {
	case "text_delta", "thinking_delta", "input_json_delta":
		return true
	}
	return false
}

func (r *eventReader) anthropicBlock() anthropicBlock {
	var b anthropicBlock
	r.Object(func(key []byte) { r.anthropicBlockField(key, &b) })
	return b
}

// anthropicDelta reads the delta of a content block or of the message.
func (r *eventReader) anthropicDelta(e *anthropicEvent) {
	r.Object(func(key []byte) {
		if string(key) == "stop_reason" {
			e.stop = r.finish()
			return
		}
		r.anthropicBlockField(key, &e.block)
	})
}

func (r *eventReader) anthropicBlockField(key []byte, b *anthropicBlock) {
	switch string(key) {
	case "type":
		b.kind = r.text(maxWord)
	case "id":
		b.id = r.text(maxWord)
	case "name":
		b.name = r.text(maxWord)
	case "text":
		b.text = r.decoded()
	case "input":
		b.input = r.Skip()
	case "partial_json":
		b.partial = r.decoded()
	default:
		r.Skip()
	}
}
