// Package sse splits a stream of server-sent events
// (https://html.spec.whatwg.org/multipage/server-sent-events.html) into its events.
//
// The stream arrives in chunks that may be cut anywhere. Lines end with LF, CRLF or CR, a byte
// order mark at the beginning is ignored, and so are comments. It does not know what the events
// mean. Start with [Splitter].
package sse

import (
	"bytes"
	"iter"
	"slices"
)

// MaxEvent is the size in bytes beyond which a [Splitter] does not keep an event.
const MaxEvent = 1 << 20

// maxSpare bounds the buffer that is kept for the next event, in bytes.
const maxSpare = 16 << 10

// An Event is one event of a stream, up to and including the blank line that ends it. It is
// valid until the next event is read.
type Event struct {
	Raw     []byte // all of its bytes
	Name    []byte // the value of its last "event" field
	Data    []byte // the values of its "data" fields, joined by line feeds; nil if there is none
	End     int    // where in the chunk it ends
	TooLong bool   // it exceeds the limit: Raw, Name and Data are nil
}

// A Splitter splits one stream. The zero value is ready for use. It keeps at most [MaxEvent]
// bytes, none of which are the caller's, and is not safe for concurrent use.
type Splitter struct {
	limit   int // instead of MaxEvent, if not 0
	pending []byte
	size    int // of the event that has not ended, also where pending is dropped
	line    lineState
	anyCR   bool // there is a CR in this stream
	bareCR  bool // one that has ended a line
	started bool
	joined  []byte // data of several lines
	event   Event
}

// A lineState says what has come of the current line.
type lineState uint8

const (
	lineEmpty   lineState = iota
	lineText              // something
	lineCR                // its CR, of which the LF may follow
	lineBlankCR           // the same, and nothing before
	lineAfterCR           // nothing, but an LF would still belong to the line before
)

// Events yields the events that end in chunk, the next part of the stream. The caller may stop
// early only if it needs no event any more.
func (s *Splitter) Events(chunk []byte) iter.Seq[*Event] {
	return func(yield func(*Event) bool) {
		s.anyCR = s.anyCR || bytes.IndexByte(chunk, '\r') >= 0
		for at := 0; at < len(chunk); {
			n, ended := s.extent(chunk[at:])
			s.take(chunk[at:at+n], ended)
			at += n
			if s.event.End = at; ended && !yield(&s.event) {
				return
			}
		}
	}
}

// End returns the event that the end of the stream cuts off, and whether there is one.
// Providers often omit the last blank line.
func (s *Splitter) End() (*Event, bool) {
	if s.size == 0 {
		return nil, false
	}
	s.take(nil, true)
	return &s.event, true
}

// Pending returns the bytes that have come of the event that has not ended, nil if it is too
// long to be kept. They remain valid until the next event has ended.
func (s *Splitter) Pending() []byte { return s.pending }

// PendingSize returns how many bytes have come of the event that has not ended.
func (s *Splitter) PendingSize() int { return s.size }

// All yields the events of a whole stream, including one that its end cuts off. Their slices
// remain valid as long as stream.
func All(stream []byte) iter.Seq[*Event] {
	return func(yield func(*Event) bool) {
		s := Splitter{limit: len(stream)}
		for e := range s.Events(stream) {
			if !yield(e) {
				return
			}
			s.joined = nil
		}
		if e, ok := s.End(); ok {
			e.End = len(stream)
			yield(e)
		}
	}
}

// extent returns how many bytes of b belong to the current event, and whether it ends there.
func (s *Splitter) extent(b []byte) (n int, ended bool) {
	for n < len(b) {
		if s.line >= lineCR {
			was := s.line
			s.line = lineEmpty
			if b[n] == '\n' {
				n++
			} else {
				s.bareCR = true
			}
			if was == lineBlankCR {
				return n, true
			}
			continue
		}
		line, end := b[n:], byte(0)
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line, end = line[:i], '\n'
		}
		if s.anyCR {
			if i := bytes.IndexByte(line, '\r'); i >= 0 {
				line, end = line[:i], '\r'
			}
		}
		if n += len(line); len(line) > 0 {
			s.line = lineText
		}
		if end == 0 {
			break
		}
		n++
		blank := s.line == lineEmpty
		switch {
		case end == '\r' && blank && s.bareCR:
			// Where lines have ended with CR alone, the event does not wait for an LF. One that
			// comes after all begins the next event, however the stream is cut into chunks.
			s.line = lineAfterCR
			return n, true
		case end == '\r' && blank:
			s.line = lineBlankCR
		case end == '\r':
			s.line = lineCR
		case blank:
			return n, true
		default:
			s.line = lineEmpty
		}
	}
	return n, false
}

// take adds piece to the current event, and reads it if it has ended. One that comes in one
// piece is not copied.
func (s *Splitter) take(piece []byte, ended bool) {
	limit := s.limit
	if limit == 0 {
		limit = MaxEvent
	}
	raw := piece
	s.size += len(piece)
	switch {
	case s.size > limit:
		s.pending, raw = nil, nil
	case len(s.pending) > 0 || !ended:
		s.pending = append(s.pending, piece...)
		raw = s.pending
	}
	if !ended {
		return
	}
	if s.event = (Event{Raw: raw, TooLong: s.size > limit}); !s.event.TooLong {
		s.parse()
	}
	s.started = true
	s.size = 0
	if s.pending = s.pending[:0]; cap(s.pending) > maxSpare {
		s.pending = nil
	}
}

// parse reads the fields of the event.
func (s *Splitter) parse() {
	e, raw := &s.event, s.event.Raw
	if !s.started {
		raw = bytes.TrimPrefix(raw, []byte("\uFEFF"))
	}
	several := false
	for len(raw) > 0 {
		var line []byte
		line, raw = s.cutLine(raw)
		name, value, found := bytes.Cut(line, []byte{':'})
		if !found {
			value = line[len(line):] // empty, but there
		}
		value = bytes.TrimPrefix(value, []byte{' '})
		switch {
		case string(name) == "event":
			e.Name = value
		case string(name) != "data":
		case e.Data == nil:
			e.Data = slices.Clip(value)
		default:
			if !several {
				several = true
				s.joined = append(s.joined[:0], e.Data...)
			}
			s.joined = append(append(s.joined, '\n'), value...)
			e.Data = s.joined
		}
	}
}

// cutLine returns the first line of b without its end, and what follows it.
func (s *Splitter) cutLine(b []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(b, []byte{'\n'})
	if !s.anyCR {
		return line, rest
	}
	if i := bytes.IndexByte(line, '\r'); i >= 0 {
		if rest = b[i+1:]; i+1 == len(line) {
			rest = bytes.TrimPrefix(rest, []byte{'\n'})
		}
		line = line[:i]
	}
	return line, rest
}

// Begins reports whether a body that begins with these bytes is a stream of events, whatever
// its content type says, and whether they are enough to tell.
func Begins(body []byte) (stream, sure bool) {
	const bom = "\uFEFF"
	if len(body) < len(bom) && bytes.HasPrefix([]byte(bom), body) {
		return false, false
	}
	body = bytes.TrimLeft(bytes.TrimPrefix(body, []byte(bom)), " \t\r\n")
	for _, field := range []string{"data", "event", "id", "retry", ""} {
		field += ":"
		if bytes.HasPrefix(body, []byte(field)) {
			return true, true
		}
		if bytes.HasPrefix([]byte(field), body) {
			return false, false
		}
	}
	return false, true
}
