package coding

import (
	"errors"
	"io"
)

// A Stream decodes a body that comes in parts. What of a part can be decoded, is: a server that
// flushes its encoder loses no time. It must be closed, and is not safe for concurrent use.
//
// Decoders pull and parts are pushed, so the decoder has a goroutine of its own; it runs only
// while Feed waits for it.
type Stream struct {
	parts   chan []byte   // for the decoder; closed where none follows
	result  chan result   // when the decoder wants another part, or has ended
	closed  chan struct{} // nobody waits any more
	part    []byte        // what is left of the one that the decoder reads
	plain   []byte        // since the last result
	read    int           // bytes that have come
	wrote   int           // bytes that became of them
	started bool          // the decoder has had a part
	ended   bool          // the decoder
	err     error
}

type result struct {
	plain []byte
	ended bool
	err   error
}

// NewStream returns a decoder of bodies with the content-encoding. The error is [ErrUnknown].
func NewStream(encoding string) (*Stream, error) {
	if !known(codings(encoding)) {
		return nil, ErrUnknown
	}
	s := &Stream{parts: make(chan []byte), result: make(chan result), closed: make(chan struct{})}
	go s.decode(encoding)
	return s, nil
}

// Feed decodes the next part of the body; last reports that none follows. It keeps no part
// after it has returned. A body that ends early is what it is so far. The error is
// [ErrTooLarge], or says what is wrong with the body; there is no more to come then.
func (s *Stream) Feed(part []byte, last bool) ([]byte, error) {
	var plain []byte
	if len(part) > 0 {
		plain = s.exchange(part)
	}
	if last && s.err == nil {
		close(s.parts)
		plain = append(plain, s.exchange(nil)...)
		if errors.Is(s.err, io.ErrUnexpectedEOF) {
			s.err = nil
		}
	}
	return plain, s.err
}

// Close frees the decoder.
func (s *Stream) Close() { close(s.closed) }

// exchange gives the decoder a part, if there is one, and takes what becomes of it.
func (s *Stream) exchange(part []byte) []byte {
	if s.ended {
		return nil // what follows the end of an encoded body is no part of it
	}
	if part != nil {
		s.read += len(part)
		s.parts <- part
	}
	r := <-s.result
	s.ended, s.err = r.ended, r.err
	return r.plain
}

// decode is the goroutine of the decoder.
func (s *Stream) decode(encoding string) {
	r, err := NewReader((*source)(s), encoding)
	if err == nil {
		defer func() { _ = r.Close() }()
		buf := make([]byte, 16<<10)
		for err == nil {
			var n int
			n, err = r.Read(buf)
			s.plain = append(s.plain, buf[:n]...)
			if s.wrote += n; s.wrote > max(freeSize, maxGrowth*s.read) {
				err = ErrTooLarge
			}
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	select {
	case s.result <- result{s.plain, true, err}:
	case <-s.closed:
	}
}

// A source is what the decoder of a [Stream] reads.
type source Stream

func (s *source) Read(p []byte) (int, error) {
	if len(s.part) == 0 {
		if !s.next() {
			return 0, io.EOF
		}
	}
	n := copy(p, s.part)
	s.part = s.part[n:]
	return n, nil
}

// next waits for a part, having told that there is none left.
func (s *source) next() bool {
	if s.started {
		select {
		case s.result <- result{plain: s.plain}:
			s.plain = nil
		case <-s.closed:
			return false
		}
	}
	s.started = true
	select {
	case part, more := <-s.parts:
		s.part = part
		return more
	case <-s.closed:
		return false
	}
}
