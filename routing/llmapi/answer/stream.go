package answer

import (
	"iter"

	"sluice/routing"
	"sluice/routing/llmapi/jsonscan"
	"sluice/routing/llmapi/sse"
)

// A Stream reads an answer that arrives as server-sent events. It does not matter how the
// stream is cut into chunks. A Stream keeps a bounded part of the answer (see
// [Response.Truncated]) and is not safe for concurrent use.
type Stream struct {
	splitter  sse.Splitter
	collector *collector
	events    int
	scratch   []byte
}

// NewStream returns a reader of a stream in the format.
func NewStream(format routing.Format) *Stream {
	return &Stream{collector: newCollector(format, maxKept)}
}

// Feed reads the next bytes of the stream. It does not retain chunk.
func (s *Stream) Feed(chunk []byte) {
	for e := range s.splitter.Events(chunk) {
		s.read(e)
	}
}

// FeedEvents is Feed, but yields after each event, with the position in chunk where it ends. A
// caller that leaves the loop must not feed the stream again.
func (s *Stream) FeedEvents(chunk []byte) iter.Seq[int] {
	return func(yield func(int) bool) {
		for e := range s.splitter.Events(chunk) {
			if s.read(e); !yield(e.End) {
				return
			}
		}
	}
}

// End ends the stream. A provider may omit the last event of the protocol if the model gave a
// finish reason.
func (s *Stream) End() {
	if e, ok := s.splitter.End(); ok {
		s.read(e)
	}
	if a := &s.collector.answer; a.Finish != FinishUnknown {
		a.Complete = true
	}
}

// Events returns how many events were read, without keep-alives (pings, comments) and OpenAI's
// closing [DONE].
func (s *Stream) Events() int { return s.events }

// Response returns the response so far. Complete is set once the stream has ended as its
// protocol says.
func (s *Stream) Response() Response { return s.collector.result() }

func (s *Stream) read(e *sse.Event) {
	a := &s.collector.answer
	switch {
	case e.TooLong: // the last event of Responses has all of the answer
		s.events++
		a.Truncated = true
		a.Complete = a.Complete || s.collector.format == routing.Responses
		return
	case len(e.Data) == 0:
		return
	case string(e.Data) == "[DONE]":
		a.Complete = true
		return
	}
	piece, err := readEvent(s.collector.format, e.Data, &s.scratch)
	if piece.ping {
		return
	}
	s.events++
	if err == nil {
		s.collector.add(piece)
	}
	if string(e.Name) == "error" && a.Error.None() {
		if a.Error = ReadError(e.Data); a.Error.None() {
			a.Error.Message = jsonscan.Truncate(string(e.Data), maxErrorText)
		}
	}
}
