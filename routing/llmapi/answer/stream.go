package answer

import (
	"bytes"

	"sluice/routing"
	"sluice/routing/llmapi/jsonscan"
)

// A Stream reads an answer that comes as server-sent events
// (https://html.spec.whatwg.org/multipage/server-sent-events.html). The parts in
// which the bytes come do not matter. It holds a bounded part of the answer, see
// [Response.Truncated], and is not safe for concurrent use.
type Stream struct {
	collector *collector
	events    int
	line      []byte // the line that has not ended yet
	data      []byte // of the event that has not ended yet
	name      string // of that event
	skipping  bool   // that event is too long to be read
	scratch   []byte
}

// NewStream returns a reader of a stream in the format.
func NewStream(format routing.Format) *Stream {
	return &Stream{collector: newCollector(format, maxKept)}
}

// Feed reads the next bytes of the stream. It keeps no part of chunk.
func (s *Stream) Feed(chunk []byte) {
	for {
		part, rest, ended := bytes.Cut(chunk, []byte{'\n'})
		if room := maxEvent - len(s.line); len(part) > room {
			part = part[:room]
			s.skipping = true
		}
		s.line = append(s.line, part...)
		if !ended {
			return
		}
		s.endLine()
		chunk = rest
	}
}

// End tells that no more bytes will come. Providers that leave out the last event of
// the protocol are forgiven if the model had given a reason to stop.
func (s *Stream) End() {
	if len(s.line) > 0 {
		s.endLine()
	}
	s.endEvent()
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

// endLine reads the line that has come to its end.
func (s *Stream) endLine() {
	line := bytes.TrimSuffix(s.line, []byte{'\r'})
	s.line = s.line[:0]
	if len(line) == 0 {
		s.endEvent()
		return
	}
	field, value, _ := bytes.Cut(line, []byte{':'})
	value = bytes.TrimPrefix(value, []byte{' '})
	switch string(field) {
	case "event":
		s.name = jsonscan.Truncate(string(value), maxWord)
	case "data":
		if s.skipping = s.skipping || len(s.data)+len(value) > maxEvent; s.skipping {
			return
		}
		if len(s.data) > 0 {
			s.data = append(s.data, '\n')
		}
		s.data = append(s.data, value...)
	}
}

// endEvent reads the event that has come to its end.
func (s *Stream) endEvent() {
	data, name, skipped := s.data, s.name, s.skipping
	s.data, s.name, s.skipping = s.data[:0], "", false
	a := &s.collector.answer
	switch {
	case skipped:
		s.events++
		a.Truncated = true
		return
	case len(data) == 0:
		return
	case string(data) == "[DONE]":
		a.Complete = true
		return
	}
	e, err := readEvent(s.collector.format, data, &s.scratch)
	if e.ping {
		return
	}
	s.events++
	if err == nil {
		s.collector.add(e)
	}
	if name == "error" && a.ErrorMessage == "" {
		a.ErrorMessage = jsonscan.Truncate(string(data), maxErrorText)
	}
}
