package llmapi

import "strings"

// The conversation of OpenAI's Responses API is a text, or a list of items: messages, calls of
// tools and their results, reasoning. An item is read as the message that would carry it in
// Chat Completions.

// input reads the value of "input".
func (r *reader) input() {
	if r.Peek() != '[' {
		m := message{role: roleUser, draft: r.scratch.draft[:0], ends: r.scratch.ends[:0]}
		r.scratch.plain = r.scratch.plain[:0]
		r.req.Messages++
		r.content(&m)
		r.scratch.draft, r.scratch.ends = m.draft, m.ends
		if r.Err == nil {
			r.endMessage(&m)
		}
		return
	}
	r.Array(r.item)
}

// An item is what Read keeps of one item of the input that is no message.
type item struct {
	kind   []byte
	call   step // of a tool's call or result
	sealed bool // it has content that only its provider can read
}

// item reads one element of "input".
func (r *reader) item() {
	m := message{draft: r.scratch.draft[:0], ends: r.scratch.ends[:0]}
	r.scratch.plain = r.scratch.plain[:0]
	var it item
	r.members(&m, func(key []byte) {
		switch string(key) {
		case "type":
			it.kind = r.name()
		case "role":
			r.role(key, &m)
		case "content":
			r.contentOnce(key, &m)
		case "call_id":
			it.call.id = r.name()
			r.signedID(it.call.id)
		case "name":
			it.call.tool = r.name()
		case "arguments", "input", "action":
			it.call.input = r.Skip()
		case "output":
			r.result(&it.call, &m)
		case "tools": // of additional_tools: Codex sends them with what changes
			r.tools()
		case "encrypted_content":
			it.sealed = len(r.name()) > 0
		default:
			r.attribute(key, &m)
		}
	})
	r.scratch.draft, r.scratch.ends = m.draft, m.ends
	if r.Err == nil {
		r.endItem(&it, &m)
	}
}

// endItem updates the conversation by an item that has been read.
func (r *reader) endItem(it *item, m *message) {
	switch kind := string(it.kind); {
	case kind == "", kind == "message":
		r.req.Messages++
	case kind == "additional_tools":
		return
	case kind == "reasoning", kind == "compaction":
		if it.sealed {
			r.signed("")
			r.req.Thought = true
		}
		return
	case kind == "item_reference": // of an item that the provider keeps
		r.signed("")
		r.req.Layout.Remote = true
		return
	case strings.HasSuffix(kind, "_output"):
		m.role, m.answers, m.texts = roleTool, it.call.id, it.call.texts
	case clientCalls[kind]:
		m.role, m.calls = roleAssistant, 1
		r.work.call(it.call, r.turns)
	default: // a call that the provider answered itself, and kinds that are not known yet
		r.req.Needs |= providerTool(kind)
		m.role = roleAssistant
	}
	r.endMessage(m)
}

// clientCalls are the kinds of items that call a tool which the client runs.
var clientCalls = map[string]bool{
	"function_call": true, "custom_tool_call": true, "local_shell_call": true, "shell_call": true,
	"apply_patch_call": true, "computer_call": true,
}
