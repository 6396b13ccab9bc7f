package llmapi

import (
	"bytes"
	"sync"

	"sluice/routing"
)

// A message is what Read keeps of one message: enough to tell whether a person wrote
// something in it, and what.
type message struct {
	role       role
	hasContent bool
	draft      []byte // its blocks of text, decoded, a line feed behind each
	ends       []int  // where each block ends in draft, line feed included
}

// A role says whose message it is. roleUnknown holds until "role" has been read.
type role uint8

const (
	roleUnknown role = iota
	roleUser
	roleOther
)

// A pad is where Read puts text together. Pads are used again, so that reading a
// request allocates no more than what it returns.
type pad struct {
	draft []byte // of the message being read
	ends  []int  // of the message being read
	human []byte // what a person wrote in the last human turn so far
}

// maxPad bounds the memory of a pad that is kept for another request, in bytes.
const maxPad = 1 << 20

var pads = sync.Pool{New: func() any { return new(pad) }}

func (p *pad) release() {
	if cap(p.draft)+cap(p.human)+8*cap(p.ends) <= maxPad {
		p.human = p.human[:0]
		pads.Put(p)
	}
}

// message reads one element of "messages".
func (r *reader) message() {
	m := message{draft: r.pad.draft[:0], ends: r.pad.ends[:0]}
	r.object(func(key []byte) {
		switch string(key) {
		case "role":
			if m.role != roleUnknown {
				r.twice(key)
			}
			m.role = roleOther
			if string(r.name()) == "user" {
				m.role = roleUser
			}
		case "content":
			if m.hasContent {
				r.twice(key)
			}
			m.hasContent = true
			r.content(&m)
		default:
			r.skip()
		}
	})
	r.pad.draft, r.pad.ends = m.draft, m.ends
	if r.err == nil && m.role == roleUser && m.clean() {
		r.turns++
		r.pad.draft, r.pad.human = r.pad.human, m.draft
	}
}

// clean reduces draft to what a person wrote, its blocks joined by line feeds, and
// reports whether there is anything.
func (m *message) clean() bool {
	kept, start := 0, 0
	for _, end := range m.ends {
		human := withoutHarness(m.draft[start : end-1])
		start = end
		if len(bytes.TrimSpace(human)) > 0 {
			kept += copy(m.draft[kept:], human)
			m.draft[kept] = '\n'
			kept++
		}
	}
	if kept == 0 {
		return false
	}
	m.draft = m.draft[:kept-1]
	return true
}

// content reads the content of a message: a string or an array of blocks.
func (r *reader) content(m *message) {
	if r.peek() == '"' {
		r.text(m)
		m.endBlock()
		return
	}
	r.array(func() { r.block(m) })
}

// text reads a value into the draft, unless it is no string or it is known that no
// person wrote it.
func (r *reader) text(m *message) {
	if r.peek() != '"' || m.role == roleOther {
		r.skip()
		return
	}
	m.draft = r.appendString(m.draft)
}

func (m *message) endBlock() {
	m.draft = append(m.draft, '\n')
	m.ends = append(m.ends, len(m.draft))
}

// block reads one block of content.
func (r *reader) block(m *message) {
	var kind []byte
	start := len(m.draft)
	r.object(func(key []byte) {
		switch string(key) {
		case "type":
			kind = r.name()
		case "text":
			m.draft = m.draft[:start]
			r.text(m)
		case "content": // of a tool's result: no person wrote it, but images count
			r.array(r.resultBlock)
		default:
			r.skip()
		}
	})
	switch string(kind) {
	case "text", "input_text":
		m.endBlock()
	default:
		m.draft = m.draft[:start]
		r.image(kind)
	}
}

// resultBlock reads one block of a tool's result.
func (r *reader) resultBlock() {
	r.object(func(key []byte) {
		if string(key) == "type" {
			r.image(r.name())
		} else {
			r.skip()
		}
	})
}

// image takes note of a block of that type if it is an image.
func (r *reader) image(kind []byte) {
	switch string(kind) {
	case "image", "image_url", "input_image":
		r.req.Needs |= routing.Vision
	}
}

// name passes a value and returns it if it is a string, nil otherwise.
func (r *reader) name() []byte {
	if r.peek() != '"' {
		r.skip()
		return nil
	}
	return r.word()
}
