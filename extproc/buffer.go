package extproc

import (
	"bytes"
	"errors"
	"slices"
	"time"

	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sluice/routing/coding"
	"sluice/routing/pipeline"
)

// Envoy waits for a reply to each chunk of a response that it sends, in order, and releases a
// chunk unchanged where this process ends before it has replied. So a chunk of which a part
// is withheld, since it may have to be cut out, gets no reply until that part is decided:
// then nothing is lost, whenever this process dies.

// buffer is the response of one attempt as far as Envoy has sent it.
type buffer struct {
	stream   extprocv3.ExternalProcessor_ProcessServer
	response *pipeline.ResponseAttempt
	decoder  *coding.Stream // of the body's content-encoding; nil where it has none
	inbox    *inbox         // chunks as they come; nil where they are received one by one
	timer    *time.Timer    // for the response's deadline; nil until it has one
	pending  []pendingReply
	size     int  // bytes of the body that have come, decoded
	ended    bool // the provider's last byte is here
}

// pendingReply is what a message of the response will be answered with. Envoy keeps a chunk
// that stays as it is, so its bytes are not kept here.
type pendingReply struct {
	size     int    // bytes
	same     bool   // the chunk stays as it is
	body     []byte // in place of the chunk, where it does not, or where what is withheld may follow it
	trailers bool   // it is the trailers, which stand for the end
}

// trailers stand for the last chunk where a response ends in them: no chunk has the end of
// the body then.
var trailers = &extprocv3.HttpBody{EndOfStream: true}

// next takes the next chunk, or the end of the time for it, and returns what to do where that
// decides it.
func (b *buffer) next() (*pipeline.Action, error) {
	ctx := b.stream.Context()
	r, err := b.receive()
	switch {
	case errors.Is(err, errLate):
		return b.response.Expire(ctx), nil
	case errors.Is(err, errTooLarge):
		return b.overflow(r.chunk), nil
	case err != nil:
		return nil, err
	}
	chunk := r.chunk.GetBody()
	b.ended = r.chunk.GetEndOfStream()
	plain := chunk
	if b.decoder != nil {
		var err error
		if plain, err = b.decoder.Feed(chunk, b.ended); err != nil {
			b.pending = append(b.pending, pendingReply{trailers: r.chunk == trailers})
			return b.response.Corrupt(ctx), nil //nolint:nilerr // the end of the attempt, not of the exchange
		}
	}
	if b.size += len(plain); b.size > b.limit() {
		return b.overflow(&extprocv3.HttpBody{Body: plain, EndOfStream: b.ended}), nil
	}
	body, action := b.response.Feed(ctx, plain, b.ended)
	p := pendingReply{size: len(plain), trailers: r.chunk == trailers}
	if p.same = b.decoder == nil && bytes.Equal(body, chunk); !p.same || b.response.Withheld() > 0 {
		p.body = body
	}
	// Trailers have no body: what was withheld goes with the chunk before them, which has no
	// reply yet for the same reason.
	if n := len(b.pending); p.trailers && len(body) > 0 && n > 0 {
		before := &b.pending[n-1]
		before.same, before.body = false, slices.Concat(before.body, body)
	}
	b.pending = append(b.pending, p)
	return action, nil
}

// errLate tells that the time for the next chunk is over.
var errLate = errors.New("nothing has come in time")

// receive waits for the next chunk, as long as the response allows.
func (b *buffer) receive() (received, error) {
	deadline := b.response.Deadline()
	if deadline.IsZero() && b.inbox == nil {
		chunk, err := receive(b.stream)
		return received{chunk: chunk}, err
	}
	if b.inbox == nil {
		b.inbox = newInbox(b.stream, b.limit()-b.size)
	}
	for {
		if r, ok := b.inbox.take(); ok {
			return r, r.err
		}
		select {
		case <-b.inbox.more:
		case <-b.after(deadline):
			return received{}, errLate
		case <-b.stream.Context().Done():
			return received{}, status.FromContextError(b.stream.Context().Err()).Err()
		}
	}
}

// limit is how many bytes of a body a client may get.
func (b *buffer) limit() int { return b.response.SizeLimit() }

// overflow ends an answer that is too large with the chunk.
func (b *buffer) overflow(chunk *extprocv3.HttpBody) *pipeline.Action {
	action := b.response.Overflow(b.stream.Context(), chunk.GetBody())
	b.pending = append(b.pending, pendingReply{body: action.Body, trailers: chunk == trailers})
	return action
}

func receive(stream extprocv3.ExternalProcessor_ProcessServer) (*extprocv3.HttpBody, error) {
	m, err := stream.Recv()
	if err != nil {
		return nil, err
	}
	switch b := m.Request.(type) {
	case *extprocv3.ProcessingRequest_ResponseBody:
		return b.ResponseBody, nil
	case *extprocv3.ProcessingRequest_ResponseTrailers:
		return trailers, nil
	default:
		return nil, status.Errorf(codes.InvalidArgument, "expected a chunk of the response body or its trailers, got %T", m.Request)
	}
}

// after returns a channel that tells when the deadline is over, never for the zero time.
func (b *buffer) after(deadline time.Time) <-chan time.Time {
	if deadline.IsZero() {
		return nil
	}
	left := time.Until(deadline)
	if b.timer == nil {
		b.timer = time.NewTimer(left)
	} else {
		b.timer.Reset(left)
	}
	return b.timer.C
}

// close frees what reading has taken.
func (b *buffer) close() {
	if b.decoder != nil {
		b.decoder.Close()
	}
	if b.timer != nil {
		b.timer.Stop()
	}
}

// decided returns how many of the pending replies can be sent: those before the first chunk
// of which something is withheld.
func (b *buffer) decided() int {
	n := len(b.pending)
	for withheld := b.response.Withheld(); withheld > 0 && n > 0; n-- {
		withheld -= b.pending[n-1].size
	}
	return n
}

// reply sends the replies that are decided; the last one of a stream carries its usage.
func (b *buffer) reply() error {
	n := b.decided()
	for i := range n {
		var m mutation
		if b.response.Streamed() && b.ended && i == len(b.pending)-1 {
			s := b.response.Summary()
			m.setUsage(&s)
		}
		if err := b.stream.Send(b.pending[i].message(&m)); err != nil {
			return err
		}
	}
	b.pending = slices.Delete(b.pending, 0, n)
	return nil
}

func (p *pendingReply) message(m *mutation) *extprocv3.ProcessingResponse {
	switch {
	case p.trailers:
		return m.responseTrailers()
	case p.same:
	case len(p.body) == 0:
		m.clear = true
	default:
		m.body = p.body
	}
	return m.responseBody()
}

// replyAll sends every reply: the chunks as they are, or body in their place.
func (b *buffer) replyAll(body []byte) error {
	last := b.chunks() - 1
	for i, p := range b.pending {
		switch {
		case body == nil && b.decoder != nil: // as it was decoded
		case i == last:
			p.same, p.body = body == nil, body
		default:
			p.same, p.body = body == nil, nil
		}
		if err := b.stream.Send(p.message(&mutation{})); err != nil {
			return err
		}
	}
	return nil
}

// chunks returns how many of the pending replies are to a part of the body.
func (b *buffer) chunks() int {
	n := len(b.pending)
	if n > 0 && b.pending[n-1].trailers {
		n--
	}
	return n
}
