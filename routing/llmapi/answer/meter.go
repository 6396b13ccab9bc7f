package answer

import (
	"bytes"
	"slices"

	"sluice/routing"
	"sluice/routing/llmapi/jsonscan"
	"sluice/routing/llmapi/sse"
)

// maxHeld bounds what a Meter holds back of a stream, in bytes; a longer event passes. The
// event with the usage is a tenth of that, and no other event is held back once its first
// choice has arrived.
const maxHeld = 16 << 10

// A Meter reads what a stream costs while it passes through, and can remove the usage event
// that Sluice asked for (see [llmapi.Ask]), or the usage of an event that carries more. It sees
// every event of every stream, so it parses only those that contain usage, an error or the end.
// It does not matter how the stream is cut into chunks. A Meter keeps a bounded part of the stream and is not safe for concurrent use.
type Meter struct {
	api    routing.API
	strip  bool
	usage  routing.Usage // as the provider reports it; see normalized
	tally  tally
	done   bool
	failed bool
	finish Finish // why the model stopped

	splitter sse.Splitter
	instead  []byte // what remains of an event that is removed
	holding  bool   // the current event has been held back so far
}

// NewMeter returns a meter for a stream of the API. With strip it removes the events of
// OpenAI's chat API that report usage and have no choices. From those that carry something else
// as well it cuts the usage out.
func NewMeter(api routing.API, strip bool) *Meter {
	strip = strip && api == routing.OpenAIChat
	return &Meter{api: api, strip: strip, holding: strip, usage: noUsage}
}

// Feed reads the next bytes of the stream and returns the bytes to forward to the client now:
// chunk itself, a part of it or a copy. Without strip that is all of chunk. With strip, an
// incomplete event is held back as long as it may have to be removed. Feed does not retain
// chunk.
func (m *Meter) Feed(chunk []byte) []byte {
	p := output{chunk: chunk}
	held := m.splitter.Pending()[:m.Held()]
	for e := range m.splitter.Events(chunk) {
		extra := m.read(e)
		if m.holding && !extra {
			p.release(held)
			m.holding = false
		}
		p.next(e.End, !m.holding)
		if extra && m.holding {
			p.insert(m.instead)
		}
		held, m.holding = nil, m.strip
	}
	if p.at < len(chunk) {
		if m.holding && !mayBeUsageOnly(m.splitter.Pending(), m.splitter.PendingSize()) {
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

// End ends the stream and returns the bytes that were held back. A stream may end without the
// last event of its protocol if the model gave a finish reason.
func (m *Meter) End() []byte {
	e, ok := m.splitter.End()
	var rest []byte
	switch {
	case !ok:
	case m.read(e) && m.holding:
		rest = m.instead
	case m.holding:
		rest = e.Raw
	}
	m.done = m.done || m.finish != FinishUnknown
	return rest
}

// Cut ends the stream for the client within chunk, the next part, and returns what the client
// still gets: the rest of the event that has begun, or, where chunk has no end of it, all of
// chunk and a blank line. The meter is of no use afterwards, except for its counts.
func (m *Meter) Cut(chunk []byte) []byte {
	if m.splitter.PendingSize() == 0 {
		return nil
	}
	rest := slices.Clone(m.splitter.Pending()[:m.Held()])
	for e := range m.splitter.Events(chunk) {
		if m.read(e) && m.holding {
			return slices.Clone(m.instead)
		}
		return append(rest, chunk[:e.End]...)
	}
	return append(append(rest, chunk...), "\n\n"...)
}

// Usage returns the counts that the provider has reported so far. A stream that breaks off may
// have reported only the input, or nothing.
func (m *Meter) Usage() routing.Usage { return normalized(m.api.Format(), m.usage) }

// OutputTokens estimates the output tokens so far from the text, including tool calls and
// visible reasoning. The estimate depends on the script of each character and is at least one
// per event with text. TestTally shows how accurate it is.
func (m *Meter) OutputTokens() int { return m.tally.tokens() }

// Complete reports whether the stream has ended as its protocol says: with [DONE],
// message_stop, response.completed or response.incomplete, or has ended after a finish reason.
func (m *Meter) Complete() bool { return m.done }

// Failed reports whether the provider has sent an error within the stream.
func (m *Meter) Failed() bool { return m.failed }

// Finish says why the model has stopped, in Chat Completions, Completions and Messages.
func (m *Meter) Finish() Finish { return m.finish }

// read reads an event and reports whether it has to be removed; instead is then what remains of
// it.
func (m *Meter) read(e *sse.Event) (extra bool) {
	m.failed = m.failed || string(e.Name) == "error"
	if string(e.Data) == "[DONE]" {
		m.done = true
		return false
	}
	m.readFinish(e.Data)
	telling := m.relevant(e.Data)
	m.count(e.Data)
	if !telling {
		return false
	}
	r, ok := readCost(e.Data)
	if !ok {
		return false
	}
	m.usage = mergeUsage(m.usage, r.event.usage)
	failed := !r.event.failure.None()
	switch r.kind {
	case "message_stop", "response.completed", "response.incomplete":
		m.done = true
	case "error", "response.failed":
		failed = true
	}
	m.failed = m.failed || failed
	extra = r.noChoices && hasCount(r.event.usage) && !failed && mayBeUsageOnly(e.Raw, len(e.Raw))
	if m.instead = nil; extra && r.more {
		if m.instead, ok = withoutUsage(e); !ok {
			return false
		}
	}
	return extra
}

// readFinish reads the finish reason in an event. Most have none, or null.
func (m *Meter) readFinish(data []byte) {
	key := keyFinish
	switch m.api {
	case routing.OpenAIResponses:
		return
	case routing.AnthropicMessages:
		key = keyStop
	default:
	}
	for {
		var ok bool
		if data, ok = key.after(data); !ok {
			return
		}
		r := eventReader{Scanner: jsonscan.Scanner{Data: data}}
		if r.Peek() != ':' {
			continue
		}
		if r.Pos++; r.Peek() == '"' {
			if f := readFinish(r.text(maxWord)); f != FinishUnknown {
				m.finish = f
				m.failed = m.failed || f == FinishFailed
			}
		}
	}
}

// withoutUsage returns an event without the member usage of its data, and whether it could be
// cut out. There is such a member.
func withoutUsage(e *sse.Event) ([]byte, bool) {
	at := bytes.Index(e.Raw, e.Data)
	if at < 0 {
		return nil, false // in several lines
	}
	s := jsonscan.Scanner{Data: e.Data}
	if s.Peek() != '{' {
		return nil, false
	}
	out := bytes.Clone(e.Raw[:at])
	kept, from := 0, 0 // members so far; what follows the last cut
	end := s.Pos + 1   // of the member before, or the bracket
	for more := s.Enter(); more; more = s.More() {
		start := s.Pos
		usage := string(s.Key()) == "usage"
		s.Skip()
		switch {
		case usage: // with the comma before it
			out, from = append(out, e.Data[from:end]...), s.Pos
		case kept == 0 && from > 0: // what was cut out was first: its comma is here
			from = start
			fallthrough
		default:
			kept++
		}
		end = s.Pos
	}
	if s.Err != nil || kept == 0 {
		return nil, false
	}
	return append(out, e.Raw[at+from:]...), true
}

// relevant reports whether an event may contain usage, an error or the end.
func (m *Meter) relevant(data []byte) bool {
	switch {
	case keyError.present(data):
		return true
	case m.api == routing.OpenAIResponses:
		return keyResponse.present(data)
	case keyUsage.present(data):
		return true
	case m.api == routing.AnthropicMessages:
		_, ok := keyMessageStop.after(data)
		return ok
	default:
		// The event with the usage may never come, but if a provider names the service tier,
		// each chunk does: look for it until the first text.
		return m.tally.pieces == 0 && keyServiceTier.present(data)
	}
}

// mayBeUsageOnly reports whether an event that begins with raw may have to be removed: it is
// short and has no choice so far.
func mayBeUsageOnly(raw []byte, size int) bool {
	if size > maxHeld {
		return false
	}
	for {
		var ok bool
		if raw, ok = keyChoices.after(raw); !ok {
			return true
		}
		list, ok := bytes.CutPrefix(bytes.TrimLeft(raw, ": \t\r\n"), []byte{'['})
		if list = bytes.TrimLeft(list, " \t\r\n"); ok && len(list) > 0 && list[0] != ']' {
			return false
		}
	}
}

// count adds the text of an event to the estimate.
func (m *Meter) count(data []byte) {
	key := keyDelta
	if m.api == routing.OpenAICompletions {
		key = keyText
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

// An output collects the parts of a chunk that are forwarded. It copies only if they are not
// contiguous.
type output struct {
	chunk    []byte
	at       int // the current position
	from, to int // forwarded, unless there is out
	out      []byte
}

// next advances to a position in the chunk. The bytes up to it are forwarded if pass is true.
func (p *output) next(to int, pass bool) {
	piece := p.chunk[p.at:to]
	switch {
	case !pass:
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

// insert forwards bytes that are not in the chunk.
func (p *output) insert(b []byte) {
	if len(b) == 0 {
		return
	}
	if p.out == nil {
		p.out = bytes.Clone(p.chunk[p.from:p.to])
	}
	p.out = append(p.out, b...)
}

// release forwards bytes that were held back from earlier chunks.
func (p *output) release(held []byte) {
	if len(held) > 0 {
		p.out = append(make([]byte, 0, len(held)+len(p.chunk)), held...)
	}
}

func (p *output) bytes() []byte {
	if p.out != nil {
		return p.out
	}
	return p.chunk[p.from:p.to]
}
