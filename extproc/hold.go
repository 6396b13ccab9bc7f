package extproc

import (
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// received is what Envoy sends while a stream is held.
type received struct {
	chunk *extprocv3.HttpBody
	err   error
}

// hold receives body chunks until the response is whole or larger than limit.
func (j *judgement) hold(limit int) error {
	for !j.ended && len(j.body) <= limit {
		chunk, err := j.receive()
		if err != nil {
			return err
		}
		j.take(chunk)
		if j.body == nil {
			j.body = chunk.GetBody() // most answers are one chunk: no copy
		} else {
			j.body = append(j.body, chunk.GetBody()...)
		}
	}
	return nil
}

// collect keeps what a provider streams, where the cache wants it and it is not too large.
func (j *judgement) collect(b []byte) {
	if j.st.Key == "" || j.rt.Cache == nil || j.large {
		return
	}
	if j.large = len(j.raw)+len(b) > j.rt.Cache.MaxEntry; j.large {
		j.raw = nil
		return
	}
	j.raw = append(j.raw, b...)
}

// trailers stand for the last chunk where a response ends in them: no chunk has the end
// of the body then.
var trailers = &extprocv3.HttpBody{EndOfStream: true}

func (j *judgement) receive() (*extprocv3.HttpBody, error) {
	if j.next != nil {
		select {
		case r := <-j.next:
			return r.chunk, r.err
		case <-j.stream.Context().Done():
			return nil, status.FromContextError(j.stream.Context().Err()).Err()
		}
	}
	return receive(j.stream)
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

// pump receives in the background: waiting for the next chunk and for a time to be up
// needs a receiver of its own. It ends with the conversation.
func (j *judgement) pump() {
	j.next = make(chan received)
	stream, next := j.stream, j.next
	go func() {
		for {
			chunk, err := receive(stream)
			select {
			case next <- received{chunk, err}:
			case <-stream.Context().Done():
				return
			}
			if err != nil || chunk.GetEndOfStream() {
				return
			}
		}
	}()
}
