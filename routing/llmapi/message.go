package llmapi

import (
	"bytes"
	"strings"
	"sync"

	"sluice/routing"
)

// A message is what Read keeps of one message: enough to know whether a person wrote
// something in it, and what.
type message struct {
	role       role
	hasContent bool
	draft      []byte   // its blocks of text, decoded, a line feed after each
	ends       []int    // where each block ends in draft, line feed included
	texts      excerpts // the same as they stand in the body
	answers    []byte   // the call whose result the whole message is
	calls      int      // tool calls in it
	results    int      // results of such calls
	media      bool     // it contains something other than text
	cached     bool     // a cache breakpoint is in it

	inline routing.Capabilities // what it takes to read the data URL in the block being read
}

// A role says whose message it is. It is roleUnknown until "role" has been read.
type role uint8

const (
	roleUnknown role = iota
	roleUser
	roleAssistant
	roleSystem
	roleTool
	roleOther
)

var roles = map[string]role{
	"user": roleUser, "assistant": roleAssistant, "system": roleSystem, "developer": roleSystem, "tool": roleTool, "function": roleTool,
}

// A scratch holds the memory in which Read collects texts and places. It is reused, so that
// reading a request allocates only what it returns.
type scratch struct {
	draft   []byte // of the message being read
	ends    []int  // of the message being read
	human   []byte // what a person wrote in the last human turn so far
	first   []byte // and in the first
	earlier [2][]byte

	members      []routing.Member
	plain, texts []routing.Span // of the message being read, and of the user's last one
}

// maxScratch bounds the memory that is kept for another request, in bytes.
const maxScratch = 1 << 20

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func (p *scratch) release() {
	const wordBytes = 8
	if cap(p.draft)+cap(p.human)+cap(p.first)+cap(p.earlier[0])+cap(p.earlier[1])+
		wordBytes*(cap(p.ends)+6*cap(p.members)+2*cap(p.plain)+2*cap(p.texts)) <= maxScratch {
		clear(p.members) // they hold the body
		p.human, p.members, p.texts = p.human[:0], p.members[:0], p.texts[:0]
		scratches.Put(p)
	}
}

// messages reads the value of "messages".
func (r *reader) messages() {
	if r.Peek() != '[' {
		r.nested(&message{})
		return
	}
	r.Array(func() {
		r.req.Messages++
		r.message()
	})
}

// message reads one element of "messages".
func (r *reader) message() {
	m := message{draft: r.scratch.draft[:0], ends: r.scratch.ends[:0]}
	r.scratch.plain = r.scratch.plain[:0]
	r.members(&m, func(key []byte) {
		switch string(key) {
		case "role":
			r.role(key, &m)
		case "content":
			r.contentOnce(key, &m)
		case "tool_calls":
			r.Array(func() { r.openAICall(&m) })
		case "tool_call_id":
			m.answers = r.name()
		case "reasoning_details": // OpenRouter
			r.Array(r.reasoning)
		case "thinking_blocks": // LiteLLM: Anthropic's blocks
			r.Array(r.thinkingBlock)
		case "extra_content", "provider_specific_fields": // Gemini, as Google and as LiteLLM send it
			r.geminiSignature(r.Skip())
		case "reasoning_opaque", "encrypted_content": // GitHub Copilot, and others that pass OpenAI's items on
			if len(r.name()) > 0 {
				r.signed("")
			}
		case "audio": // of an earlier answer, by the id that only who spoke it knows
			if r.Peek() == '{' {
				r.req.Needs |= routing.AudioOutput
			}
			r.Skip()
		default:
			r.attribute(key, &m)
		}
	})
	r.scratch.draft, r.scratch.ends = m.draft, m.ends
	if r.Err == nil {
		r.endMessage(&m)
	}
}

// role reads whose message it is.
func (r *reader) role(key []byte, m *message) {
	if m.role != roleUnknown {
		r.twice(key)
	}
	m.role = roleOther
	if known, ok := roles[string(r.name())]; ok {
		m.role = known
	}
}

// contentOnce reads the content of a message, which must not have any yet.
func (r *reader) contentOnce(key []byte, m *message) {
	if m.hasContent {
		r.twice(key)
	}
	m.hasContent = true
	r.content(m)
}

// content reads the content of a message: a string or an array of blocks.
func (r *reader) content(m *message) {
	switch r.Peek() {
	case '"':
		if text := r.text(m); text != (routing.Span{}) {
			r.scratch.plain = append(r.scratch.plain, text)
		}
		m.endBlock()
	case '[':
		r.Array(func() { r.block(m) })
	default:
		r.nested(m)
	}
}

// text decodes a value into the draft, unless it is not a string or the role shows that no
// person wrote it. It returns where the inside of the string is, zero if it was not decoded.
func (r *reader) text(m *message) (inside routing.Span) {
	switch {
	case r.Peek() != '"':
		r.Skip()
	case m.role <= roleUser:
		start := r.Pos
		m.draft = r.AppendString(m.draft)
		m.texts.add(r.Data[start:r.Pos])
		return routing.Span{Start: start + 1, End: r.Pos - 1}
	default:
		m.texts.add(r.Skip())
	}
	return routing.Span{}
}

func (m *message) endBlock() {
	m.draft = append(m.draft, '\n')
	m.ends = append(m.ends, len(m.draft))
}

// A block is what Read keeps of one block of content.
type block struct {
	kind    []byte
	call    step // of a tool's call or result
	signed  bool
	plain   bool         // its source is text
	text    routing.Span // the inside of its text, zero if that is no string
	members int
}

// block reads one block of content.
func (r *reader) block(m *message) {
	var b block
	start := len(m.draft)
	m.inline = 0
	r.members(m, func(key []byte) {
		b.members++
		switch string(key) {
		case "type":
			b.kind = r.name()
		case "text":
			m.draft = m.draft[:start]
			b.text = r.text(m)
		case "id", "tool_use_id":
			b.call.id = r.name()
			r.signedID(b.call.id)
		case "name":
			b.call.tool = r.name()
		case "input":
			b.call.input = r.Skip()
		case "content": // of a tool's result: not written by a person, but images count
			r.result(&b.call, m)
		case "source":
			b.plain = r.source(m)
		case "is_error":
			b.call.flagged(r.Skip())
		case "signature":
			b.signed = len(r.name()) > 0
		default:
			r.attribute(key, m)
		}
	})
	switch kind := string(b.kind); {
	case kind == "text", kind == "input_text", kind == "output_text":
		if kind == "text" && b.members == 2 && b.text != (routing.Span{}) {
			r.scratch.plain = append(r.scratch.plain, b.text)
		}
		m.endBlock()
		return
	case kind == "tool_use", kind == "server_tool_use", kind == "mcp_tool_use":
		m.calls++
		r.work.call(b.call, r.turns)
		r.shows(b.kind, false, m)
	case strings.HasSuffix(kind, "tool_result"):
		m.results++
		r.serverResult(kind)
		r.work.result(b.call)
	case kind == "thinking", kind == "redacted_thinking":
		if b.signed || kind == "redacted_thinking" {
			r.signed(anthropicFamily)
			r.req.Thought = true
		}
	case kind != "":
		m.media = true
		r.shows(b.kind, b.plain, m)
	}
	m.draft = m.draft[:start]
}

// result reads the content of a tool's result in the message.
func (r *reader) result(s *step, m *message) {
	switch r.Peek() {
	case '"':
		s.texts.add(r.Skip())
	case '[':
		r.Array(func() { r.resultBlock(s, m) })
	default:
		r.nested(m)
	}
}

// resultBlock reads one block of a tool's result.
func (r *reader) resultBlock(s *step, m *message) {
	var kind []byte
	var plain bool
	m.inline = 0
	r.members(m, func(key []byte) {
		switch string(key) {
		case "type":
			kind = r.name()
		case "text":
			s.texts.add(r.Skip())
		case "source":
			plain = r.source(m)
		default:
			r.attribute(key, m)
		}
	})
	r.shows(kind, plain, m)
}

// members reads an object that is a part of the message. Other values are skipped.
func (r *reader) members(m *message, each func(key []byte)) {
	if r.Peek() == '{' {
		r.Object(each)
	} else {
		r.nested(m)
	}
}

// attribute skips the value of a key of a message, a block or a part of one, and looks for
// cache breakpoints and addresses in it: where the providers' formats have contents and their
// sources, not in the arguments of tool calls.
func (r *reader) attribute(key []byte, m *message) {
	switch string(key) {
	case "url", "image_url", "file_url", "video_url", "audio_url", "document_url":
		if value := r.address(m); value != nil && !isInline(value) {
			r.req.Layout.Remote = true
		}
	case "file_data":
		r.address(m)
	case "content", "source", "file", "document":
		r.nested(m)
	case "cache_control":
		m.cached = true
		r.Skip()
	default:
		r.Skip()
	}
}

// nested skips a value and reads the attributes in it.
func (r *reader) nested(m *message) {
	switch r.Peek() {
	case '[':
		r.Array(func() { r.nested(m) })
	case '{':
		r.Object(func(key []byte) { r.attribute(key, m) })
	default:
		r.Skip()
	}
}

var inline = []byte(`"data:`)

// isInline reports whether the JSON string is a data URL, which contains what it refers to.
func isInline(address []byte) bool {
	return len(address) >= len(inline) && bytes.EqualFold(address[:len(inline)], inline)
}

// openAICall reads one element of "tool_calls".
func (r *reader) openAICall(m *message) {
	var s step
	r.Object(func(key []byte) {
		switch string(key) {
		case "id":
			s.id = r.name()
			r.signedID(s.id)
		case "function", "custom":
			r.Object(func(key []byte) {
				switch string(key) {
				case "name":
					s.tool = r.name()
				case "arguments", "input":
					s.input = r.Skip()
				default:
					r.Skip()
				}
			})
		case "extra_content", "provider_specific_fields":
			r.geminiSignature(r.Skip())
		default:
			r.Skip()
		}
	})
	m.calls++
	r.work.call(s, r.turns)
}

// Families of models, by the signatures that they alone make.
const (
	anthropicFamily = "anthropic"
	googleFamily    = "google"
)

// signed records that the history carries reasoning that a model of the family signed or
// encrypted; "" is not known.
func (r *reader) signed(family string) {
	if r.req.Signed = true; family != "" {
		r.req.Signer = family
	}
}

// geminiSignature looks for a thought's signature in fields beside those of OpenAI's format.
func (r *reader) geminiSignature(extra []byte) {
	if bytes.Contains(extra, []byte(`"thought_signature"`)) || bytes.Contains(extra, []byte(`"thoughtSignature"`)) {
		r.signed(googleFamily)
	}
}

// signedID looks for a thought's signature in the id of a tool call, where LiteLLM puts it for
// clients that keep nothing else.
func (r *reader) signedID(id []byte) {
	if bytes.Contains(id, []byte("__thought__")) {
		r.signed(googleFamily)
	}
}

// reasoning reads one element of "reasoning_details".
func (r *reader) reasoning() {
	family, signed := "", false
	r.Object(func(key []byte) {
		switch string(key) {
		case "type":
			signed = bytes.HasSuffix(r.name(), []byte(".encrypted")) || signed
		case "signature":
			signed = len(r.name()) > 0 || signed
		case "format": // anthropic-claude-v1, google-gemini-v1, openai-responses-v1, xai-responses-v1, …
			maker, _, _ := bytes.Cut(r.name(), []byte{'-'})
			family = familyOf[string(maker)]
		default:
			r.Skip()
		}
	})
	if signed {
		r.signed(family)
	}
}

// familyOf maps the first word of the format that OpenRouter names.
var familyOf = map[string]string{"anthropic": anthropicFamily, "google": googleFamily, "openai": "openai", "xai": "xai"}

// thinkingBlock reads one of Anthropic's blocks of thinking beside the content.
func (r *reader) thinkingBlock() {
	r.Object(func(key []byte) {
		switch string(key) {
		case "type":
			if string(r.name()) == "redacted_thinking" {
				r.signed(anthropicFamily)
			}
		case "signature":
			if len(r.name()) > 0 {
				r.signed(anthropicFamily)
			}
		default:
			r.Skip()
		}
	})
}

// name skips a value and returns it if it is a string, nil otherwise.
func (r *reader) name() []byte {
	if r.Peek() != '"' {
		r.Skip()
		return nil
	}
	return r.Word()
}
