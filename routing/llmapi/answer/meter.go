package answer

import (
	"bytes"

	"sluice/routing"
	"sluice/routing/llmapi/jsonscan"
)

// maxHeld bounds what a Meter holds back of a stream, in bytes: a longer event passes.
// The one with the usage is a tenth of that, and no other is held back once its first
// choice has come.
const maxHeld = 16 << 10

// A Meter reads what a stream costs while it passes, and can take out the event that
// Sluice asked for (see [llmapi.Ask]). It sees every event of every stream, so it decodes only
// those that tell of the cost or the end. The parts in which the bytes come do not matter.
// It keeps a bounded part of the stream and is not safe for concurrent use.
type Meter struct {
	api    routing.API
	strip  bool
	usage  routing.Usage // as it stands there; see billed
	tally  tally
	done   bool
	failed bool

	line    lineState
	part    []byte // of the event that has not ended, unless it is longer than maxEvent
	size    int    // of that event
	holding bool   // nothing of that event has passed
	joined  []byte // the data of an event in several lines
}

// A lineState is what has come of a line.
type lineState uint8

const (
	lineEmpty lineState = iota
	lineReturn
	lineText
)

// NewMeter returns a meter for a stream of the API. With strip it takes out of OpenAI's
// chat every event that tells the usage and has no choices.
func NewMeter(api routing.API, strip bool) *Meter {
	strip = strip && api == routing.OpenAIChat
	return &Meter{api: api, strip: strip, holding: strip, usage: unreported}
}

// Feed reads the next bytes of the stream and returns what goes on to the client now:
// chunk itself, or a part of it, or a copy. Without strip that is all of chunk. With it, an
// event whose end has not come is held back while it may be one to take out. Feed keeps no
// part of chunk.
func (m *Meter) Feed(chunk []byte) []byte {
	p := passage{chunk: chunk}
	for p.at < len(chunk) {
		n, ended := m.extent(chunk[p.at:])
		m.take(&p, chunk[p.at:p.at+n], ended)
		p.at += n
	}
	return p.bytes()
}

// Held returns how many of the last bytes are held back.
func (m *Meter) Held() int {
	if !m.holding {
		return 0
	}
	return len(m.part)
}

// End tells that no more bytes will come and returns what was held back.
func (m *Meter) End() []byte {
	whole := m.part
	extra := m.size <= maxEvent && m.read(whole)
	m.part, m.size = nil, 0
	if !m.holding || extra {
		return nil
	}
	return whole
}

// Usage returns the counts that the provider has told so far. A stream that breaks off may
// tell only the input, or nothing.
func (m *Meter) Usage() routing.Usage { return billed(m.api.Format(), m.usage) }

// OutputTokens estimates the tokens of the answer so far from its text, that of tool calls
// and visible reasoning included: by the script that each character belongs to, but at least
// one for each event that has any. TestTally says how far off it is.
func (m *Meter) OutputTokens() int { return m.tally.tokens() }

// Complete reports whether the stream has come to its proper end: [DONE], message_stop,
// response.completed or response.incomplete.
func (m *Meter) Complete() bool { return m.done }

// Failed reports whether the provider has told of an error within the stream.
func (m *Meter) Failed() bool { return m.failed }

// extent returns how many bytes of b belong to the event that comes, and whether it ends
// there: with a blank line.
func (m *Meter) extent(b []byte) (n int, ended bool) {
	for {
		i := bytes.IndexByte(b[n:], '\n')
		if i < 0 {
			m.line = m.line.and(b[n:])
			return len(b), false
		}
		blank := m.line.and(b[n:n+i]) != lineText
		m.line = lineEmpty
		n += i + 1
		if blank {
			return n, true
		}
	}
}

// and returns the state of the line once b has come.
func (l lineState) and(b []byte) lineState {
	switch {
	case len(b) == 0:
		return l
	case l == lineEmpty && len(b) == 1 && b[0] == '\r':
		return lineReturn
	default:
		return lineText
	}
}

// take reads the next piece of an event, which passes unless it may have to be taken out.
func (m *Meter) take(p *passage, piece []byte, ended bool) {
	before, whole := m.part, piece // mostly an event comes at once: no copy
	m.size += len(piece)
	switch {
	case m.size > maxEvent:
		m.part, whole = nil, nil
	case len(before) > 0 || !ended:
		m.part = append(before, piece...)
		whole = m.part
	}
	extra := ended && m.read(whole)
	switch {
	case !m.holding:
		p.pass(piece)
	case extra: // and what was held of it
	case ended || !mayBeExtra(whole, m.size):
		p.release(before)
		p.pass(piece)
		m.holding = false
	}
	if ended {
		m.size, m.holding = 0, m.strip
		if m.part = m.part[:0]; cap(m.part) > maxHeld {
			m.part = nil
		}
	}
}

// read reads an event and reports whether it is one to take out.
func (m *Meter) read(raw []byte) (extra bool) {
	data := m.data(raw)
	if string(data) == "[DONE]" {
		m.done = true
		return false
	}
	telling := m.telling(data)
	m.count(data)
	if !telling {
		return false
	}
	r, ok := readReceipt(data)
	if !ok {
		return false
	}
	m.usage = most(m.usage, r.event.usage)
	failed := r.event.failure.String() != ""
	switch r.kind {
	case "message_stop", "response.completed", "response.incomplete":
		m.done = true
	case "error", "response.failed":
		failed = true
	}
	m.failed = m.failed || failed
	return r.extra && hasCount(r.event.usage) && !failed && mayBeExtra(raw, len(raw))
}

// data returns the data of an event. An event by the name of error is taken note of.
func (m *Meter) data(raw []byte) (data []byte) {
	several := false
	for len(raw) > 0 {
		var line []byte
		line, raw, _ = bytes.Cut(raw, []byte{'\n'})
		line = bytes.TrimSuffix(line, []byte{'\r'})
		name, value, _ := bytes.Cut(line, []byte{':'})
		value = bytes.TrimPrefix(value, []byte{' '})
		switch {
		case string(name) == "event":
			m.failed = m.failed || string(value) == "error"
		case string(name) != "data":
		case data == nil:
			data = value
		default:
			if !several {
				several = true
				m.joined = append(m.joined[:0], data...)
			}
			m.joined = append(append(m.joined, '\n'), value...)
			data = m.joined
		}
	}
	return data
}

// telling reports whether an event may tell of the cost, an error or the end.
func (m *Meter) telling(data []byte) bool {
	switch {
	case markError.given(data):
		return true
	case m.api == routing.OpenAIResponses:
		return markResponse.given(data)
	case markUsage.given(data):
		return true
	case m.api == routing.AnthropicMessages:
		_, ok := markStop.after(data)
		return ok
	default:
		// The one with the usage may never come, but each chunk says by which service tier, if
		// any does: it is enough to look until the first words.
		return m.tally.pieces == 0 && markService.given(data)
	}
}

// mayBeExtra reports whether an event, of which raw has come, may be one to take out: it is
// short and shows no choice.
func mayBeExtra(raw []byte, size int) bool {
	if size > maxHeld {
		return false
	}
	for {
		var ok bool
		if raw, ok = markChoices.after(raw); !ok {
			return true
		}
		list, ok := bytes.CutPrefix(bytes.TrimLeft(raw, ": \t\r\n"), []byte{'['})
		if list = bytes.TrimLeft(list, " \t\r\n"); ok && len(list) > 0 && list[0] != ']' {
			return false
		}
	}
}

// count counts the text that an event adds to the answer.
func (m *Meter) count(data []byte) {
	key := markDelta
	if m.api == routing.OpenAICompletions {
		key = markText
	}
	for {
		var ok bool
		if data, ok = key.after(data); !ok {
			return
		}
		s := jsonscan.Scanner{Data: data}
		if s.Peek() != ':' {
			continue
		}
		s.Pos++
		m.tally.read(&s)
		data = data[s.Pos:]
	}
}

// A passage is what goes on of a chunk: a part of it where that is enough.
type passage struct {
	chunk    []byte
	at       int // what comes next
	from, to int // what goes on, unless there is
	out      []byte
}

// pass lets a piece of the chunk go on, which starts at p.at.
func (p *passage) pass(piece []byte) {
	switch {
	case p.out != nil:
		p.out = append(p.out, piece...)
	case p.from == p.to:
		p.from, p.to = p.at, p.at+len(piece)
	case p.to == p.at:
		p.to += len(piece)
	default:
		p.out = append(bytes.Clone(p.chunk[p.from:p.to]), piece...)
	}
}

// release lets what was held of earlier chunks go on.
func (p *passage) release(held []byte) {
	if len(held) > 0 {
		p.out = append(make([]byte, 0, len(held)+len(p.chunk)), held...)
	}
}

func (p *passage) bytes() []byte {
	if p.out != nil {
		return p.out
	}
	return p.chunk[p.from:p.to]
}
