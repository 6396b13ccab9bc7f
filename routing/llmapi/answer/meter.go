package answer

import (
	"bytes"

	"sluice/routing"
	"sluice/routing/llmapi/jsonscan"
	"sluice/routing/llmapi/sse"
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

	splitter sse.Splitter
	holding  bool // nothing of the event that has not ended has passed
}

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
	held := m.splitter.Pending()[:m.Held()]
	for e := range m.splitter.Events(chunk) {
		if extra := m.read(e); m.holding && !extra {
			p.release(held)
			m.holding = false
		}
		p.next(e.End, !m.holding)
		held, m.holding = nil, m.strip
	}
	if p.at < len(chunk) {
		if m.holding && !mayBeExtra(m.splitter.Pending(), m.splitter.PendingSize()) {
			p.release(held)
			m.holding = false
		}
		p.next(len(chunk), !m.holding)
	}
	return p.bytes()
}

// Held returns how many of the last bytes are held back.
func (m *Meter) Held() int {
	if !m.holding {
		return 0
	}
	return len(m.splitter.Pending())
}

// End tells that no more bytes will come and returns what was held back.
func (m *Meter) End() []byte {
	e, ok := m.splitter.End()
	if !ok || m.read(e) || !m.holding {
		return nil
	}
	return e.Raw
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

// read reads an event and reports whether it is one to take out.
func (m *Meter) read(e *sse.Event) (extra bool) {
	m.failed = m.failed || string(e.Name) == "error"
	if string(e.Data) == "[DONE]" {
		m.done = true
		return false
	}
	telling := m.telling(e.Data)
	m.count(e.Data)
	if !telling {
		return false
	}
	r, ok := readReceipt(e.Data)
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
	return r.extra && hasCount(r.event.usage) && !failed && mayBeExtra(e.Raw, len(e.Raw))
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

// next moves on to a place in the chunk; what is before it goes on if it passes.
func (p *passage) next(to int, passes bool) {
	piece := p.chunk[p.at:to]
	switch {
	case !passes:
	case p.out != nil:
		p.out = append(p.out, piece...)
	case p.from == p.to:
		p.from, p.to = p.at, to
	case p.to == p.at:
		p.to = to
	default:
		p.out = append(bytes.Clone(p.chunk[p.from:p.to]), piece...)
	}
	p.at = to
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
