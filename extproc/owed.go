package extproc

import (
	"bytes"
	"slices"

	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
)

// Envoy waits for a reply to each chunk of a response that it sends, in order, and lets a
// chunk go as it is where this process is gone before it has replied. So a chunk of
// which a part is held back, since it may have to be taken out, gets no reply until that
// part is decided on: then nothing is lost, whenever this process dies.

// owed is a message of the response that has no reply yet.
type owed struct {
	size     int    // bytes
	pass     []byte // what goes on to the client in their place
	same     bool   // that is what came
	trailers bool   // it is the trailers, which stand for the end
}

// take looks at the next chunk and notes what its reply will be.
func (j *judgement) take(chunk *extprocv3.HttpBody) {
	b := chunk.GetBody()
	j.ended = chunk.GetEndOfStream()
	o := owed{size: len(b), pass: b, same: true, trailers: chunk == trailers}
	if j.meter != nil {
		j.collect(b)
		o.pass = j.meter.Feed(b)
		if j.ended {
			j.finish(&o)
		}
		o.same = bytes.Equal(o.pass, b)
	}
	j.owed = append(j.owed, o)
}

// finish lets go what was still held back at the end of the stream. Trailers have no body:
// it goes with the chunk before them, which has no reply yet, for the same reason.
func (j *judgement) finish(last *owed) {
	rest := j.meter.End()
	switch n := len(j.owed); {
	case len(rest) == 0:
	case !last.trailers:
		last.pass = slices.Concat(last.pass, rest)
	case n > 0:
		before := &j.owed[n-1]
		before.pass, before.same = slices.Concat(before.pass, rest), false
	}
}

// decided returns how many of the messages owed a reply can get it: those before the first
// of which something is held back.
func (j *judgement) decided() int {
	n := len(j.owed)
	if j.meter == nil || j.ended {
		return n
	}
	for held := j.meter.Held(); held > 0 && n > 0; n-- {
		held -= j.owed[n-1].size
	}
	return n
}

// reply sends the replies that are decided on; the last one of the stream carries what
// it cost.
func (j *judgement) reply() error {
	n := j.decided()
	for i, o := range j.owed[:n] {
		var m mutation
		if j.meter != nil && j.ended && i == len(j.owed)-1 {
			j.tell(&m)
		}
		if err := j.stream.Send(o.message(&m)); err != nil {
			return err
		}
	}
	j.owed = j.owed[:copy(j.owed, j.owed[n:])]
	return nil
}

func (o *owed) message(m *mutation) *extprocv3.ProcessingResponse {
	switch {
	case o.trailers:
		return m.responseTrailers()
	case o.same:
	case len(o.pass) == 0:
		m.clear = true
	default:
		m.body = o.pass
	}
	return m.responseBody()
}

// replyAs sends all replies at once: the chunks as they are, or body in their place.
func (j *judgement) replyAs(body []byte) error {
	last := j.chunks() - 1
	for i, o := range j.owed {
		o.same, o.pass = body == nil, nil
		if i == last {
			o.pass = body
		}
		if err := j.stream.Send(o.message(&mutation{})); err != nil {
			return err
		}
	}
	return nil
}

// chunks returns how many of the messages owed a reply have a part of the body.
func (j *judgement) chunks() int {
	n := len(j.owed)
	if n > 0 && j.owed[n-1].trailers {
		n--
	}
	return n
}
