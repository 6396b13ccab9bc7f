package answer

import (
	"iter"

	"sluice/routing"
	"sluice/routing/llmapi/jsonscan"
	"sluice/routing/llmapi/sse"
)

// A Stream reads an answer that comes as server-sent events. It does not matter how they are
// cut into chunks. It holds a bounded part of the answer, see [Response.Truncated], and is not
// safe for concurrent use.
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

// Feed reads the next bytes of the stream. It keeps no part of chunk.
func (s *Stream) Feed(chunk []byte) {
	for e := range s.splitter.Events(chunk) {
		s.read(e)
	}
}

// FeedEvents is Feed, but stops behind each event to yield where in chunk it ends. The caller
// may leave the loop only if it reads nothing more of the stream.
func (s *Stream) FeedEvents(chunk []byte) iter.Seq[int] {
	return func(yield func(int) bool) {
		for e := range s.splitter.Events(chunk) {
			if s.read(e); !yield(e.End) {
				return
			}
		}
	}
}

// End tells that no more bytes will come. Providers that leave out the last event of
// the protocol are forgiven if the model had given a reason to stop.
func (s *Stream) End() {
	if e, ok := s.splitter.End(); ok {
		s.read(e)
	}
	if a := &s.collector.answer; a.Finish != FinishUnknown {
		a.Complete = true
	}
}

// Events returns how many events have been read, signs of life (pings, comments) and
// OpenAI's closing [DONE] not counted.
func (s *Stream) Events() int { return s.events }

// Response returns the answer so far. Complete is set once the stream has come to its
// proper end.
func (s *Stream) Response() Response { return s.collector.result() }

func (s *Stream) read(e *sse.Event) {
	a := &s.collector.answer
	switch {
	case e.TooLong:
		s.events++
		a.Truncated = true
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
	if string(e.Name) == "error" && a.ErrorMessage == "" {
		a.ErrorMessage = jsonscan.Truncate(string(e.Data), maxErrorText)
	}
}
