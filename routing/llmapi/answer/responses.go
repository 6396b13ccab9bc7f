package answer

import "strings"

// A responsesEvent collects the members of a response of OpenAI's Responses API, or of one event
// of a stream of it: they are interpreted at the end, because "type" need not come first.
type responsesEvent struct {
	kind   string // of the event; "" for a whole response
	index  int    // of the item
	delta  []byte
	item   responsesItem
	whole  delta // what the response says, within an event or by itself
	calls  bool  // the response has calls for the client
	status Finish
	reason Finish // why it is incomplete
	fault  Error  // of an event that is an error
}

// A responsesItem is one item of the output.
type responsesItem struct {
	kind, call, name string
	arguments        []byte
	text, refusal    []byte
}

// responses reads a response or one event.
func (r *eventReader) responses() {
	e := responsesEvent{index: -1}
	r.Object(func(key []byte) {
		switch string(key) {
		case "type":
			e.kind = r.text(maxWord)
		case "output_index":
			e.index = r.count()
		case "delta":
			e.delta = r.decoded()
		case "item":
			e.item = r.responsesItem()
		case "response":
			r.Object(func(key []byte) { r.responsesMember(key, &e) })
		case "code":
			e.fault.Code = r.label()
		case "message":
			e.fault.Message = r.text(maxErrorText)
		case "param":
			e.fault.Param = r.text(maxWord)
		default:
			r.responsesMember(key, &e)
		}
	})
	r.event.deltas = append(r.event.deltas, r.responsesDelta(&e))
}

// responsesMember reads a member of a response.
func (r *eventReader) responsesMember(key []byte, e *responsesEvent) {
	switch string(key) {
	case "id":
		r.event.id = r.text(maxWord)
	case "model":
		r.event.model = r.text(maxModel)
		r.event.choices = 1
	case "status":
		e.status = responsesStatus(r.text(maxWord))
	case "incomplete_details":
		r.Object(func(key []byte) {
			if string(key) == "reason" {
				e.reason = r.finish()
			} else {
				r.Skip()
			}
		})
	case "output":
		index := 0
		r.Array(func() {
			item := r.responsesItem()
			e.calls = e.calls || item.calls()
			e.whole.item(index, &item)
			index++
		})
	case "usage":
		r.usage()
	case "service_tier":
		r.serviceTier(&r.event.usage)
	case "error":
		if f := r.readError(); !f.None() {
			r.event.failure = f
		}
	default:
		r.Skip()
	}
}

// responsesStatus reads what became of a response. In the background it has only begun.
func responsesStatus(word string) Finish {
	switch word {
	case "queued", "in_progress":
		return FinishPaused
	case "incomplete":
		return FinishLength
	case "cancelled":
		return FinishOther
	default:
		return readFinish(word)
	}
}

// responsesDelta returns what the event adds to the answer.
func (r *eventReader) responsesDelta(e *responsesEvent) delta {
	var p delta
	switch e.kind {
	case "":
		p = e.whole
		p.finish = e.finish()
	case "response.completed", "response.incomplete", "response.failed":
		r.event.end = true // what it says was streamed
		if p.finish = e.finish(); p.finish == FinishFailed && r.event.failure.None() {
			r.event.failure = Error{Type: "failed"}
		}
	case "error":
		r.event.failure = e.fault.or(r.event.failure)
	case "keepalive":
		r.event.ping = true
	case "response.output_text.delta":
		p.text = e.delta
	case "response.refusal.delta":
		p.refusal = e.delta
	case "response.function_call_arguments.delta":
		p.calls = append(p.calls, callDelta{index: e.index, arguments: e.delta})
	case "response.output_item.added", "response.output_item.done":
		e.item.text, e.item.refusal = nil, nil // in deltas of their own
		if e.kind == "response.output_item.added" || e.item.calls() {
			p.item(e.index, &e.item)
		}
	default:
		p.reasoning = strings.HasPrefix(e.kind, "response.reasoning")
	}
	return p
}

// finish says why the model has stopped.
func (e *responsesEvent) finish() Finish {
	switch {
	case e.status == FinishStop && e.calls:
		return FinishTools
	case e.status == FinishLength && e.reason != FinishUnknown:
		return e.reason
	default:
		return e.status
	}
}

// calls reports a call of a function or a custom tool, which the client runs.
func (i *responsesItem) calls() bool {
	return i.kind == "function_call" || i.kind == "custom_tool_call"
}

// item adds an item of the output.
func (p *delta) item(index int, i *responsesItem) {
	switch {
	case i.kind == "message":
		p.text = append(p.text, i.text...)
		p.refusal = append(p.refusal, i.refusal...)
	case i.kind == "reasoning":
		p.reasoning = true
	case i.calls():
		p.calls = append(p.calls, callDelta{index: index, id: i.call, name: i.name, whole: i.arguments})
	default: // the provider's own tools, a shell of the client's, a compaction, …
		p.others++
	}
}

func (r *eventReader) responsesItem() responsesItem {
	var i responsesItem
	r.Object(func(key []byte) {
		switch string(key) {
		case "type":
			i.kind = r.text(maxWord)
		case "call_id":
			i.call = r.text(maxWord)
		case "name":
			i.name = r.text(maxWord)
		case "arguments":
			i.arguments = r.decoded()
		case "content":
			r.responsesContent(&i)
		default:
			r.Skip()
		}
	})
	return i
}

// responsesContent reads the content of a message. Reasoning has content as well, which is not
// part of the answer.
func (r *eventReader) responsesContent(i *responsesItem) {
	r.Array(func() {
		kind := ""
		var text, refusal []byte
		r.Object(func(key []byte) {
			switch string(key) {
			case "type":
				kind = r.text(maxWord)
			case "text":
				text = r.decoded()
			case "refusal":
				refusal = r.decoded()
			default:
				r.Skip()
			}
		})
		if kind == "output_text" {
			i.text = append(i.text, text...)
		}
		i.refusal = append(i.refusal, refusal...)
	})
}
