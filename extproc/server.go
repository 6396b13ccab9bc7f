// Package extproc translates between Envoy's external processing messages and package
// pipeline, which owns the life of a request.
//
// One gRPC stream is one filter of one HTTP request. Three filters speak here, and the first
// message says which: a request without a plan is the route filter (route.go), a request
// that has one is the rewrite filter of a later attempt (rewrite.go), a response is the judge
// filter (judge.go, with what Envoy waits for in buffer.go). Envoy's access log tells of
// requests that end without an answer (accesslog.go). Metadata is read and written in
// metadata.go, protobufs are built in mutation.go and localreply.go. The package knows no
// models, prices or stores.
//
// Start with [Server.Process].
package extproc

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"

	alsv3 "github.com/envoyproxy/go-control-plane/envoy/service/accesslog/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sluice/routing/pipeline"
)

// Server serves Envoy's three filters and receives its access log. It is safe for
// concurrent use.
type Server struct {
	extprocv3.UnimplementedExternalProcessorServer
	alsv3.UnimplementedAccessLogServiceServer

	pipeline atomic.Pointer[pipeline.Pipeline]
	log      *zap.Logger
	closing  chan struct{}
	close    sync.Once
}

// New returns a server for the pipeline.
func New(p *pipeline.Pipeline, log *zap.Logger) *Server {
	s := &Server{log: log, closing: make(chan struct{})}
	s.pipeline.Store(p)
	return s
}

// Pipeline returns the pipeline of requests that begin now.
func (s *Server) Pipeline() *pipeline.Pipeline { return s.pipeline.Load() }

// Swap makes p the pipeline of every request that begins from now on.
func (s *Server) Swap(p *pipeline.Pipeline) { s.pipeline.Store(p) }

// Close ends the streams of Envoy's access log, which Envoy never ends. Exchanges about
// requests go on.
func (s *Server) Close() { s.close.Do(func() { close(s.closing) }) }

// Process serves one filter of one request. It returns an error only where Envoy broke the
// protocol; whatever a client or a provider did wrong is answered.
func (s *Server) Process(stream extprocv3.ExternalProcessor_ProcessServer) error {
	p := s.pipeline.Load()
	first, err := stream.Recv()
	if err != nil {
		return ignoreClosed(err)
	}
	progress, err := decodeProgress(first.GetMetadataContext())
	if err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	switch m := first.Request.(type) {
	case *extprocv3.ProcessingRequest_ResponseHeaders:
		if progress == nil {
			return stream.Send(unchanged.responseHeaders()) // not routed: there is nothing to judge it by
		}
		a := newAttributes(first, m.ResponseHeaders.GetHeaders())
		return ignoreClosed(judge(p, stream, progress, a, m.ResponseHeaders.GetEndOfStream()))
	case *extprocv3.ProcessingRequest_RequestHeaders:
		a := newAttributes(first, m.RequestHeaders.GetHeaders())
		if m.RequestHeaders.GetEndOfStream() {
			return stream.Send(localReply(p.WithoutBody(a.call(nil))))
		}
		if err := stream.Send(unchanged.requestHeaders()); err != nil {
			return ignoreClosed(err)
		}
		next, err := stream.Recv()
		if err != nil {
			return ignoreClosed(err)
		}
		b, ok := next.Request.(*extprocv3.ProcessingRequest_RequestBody)
		if !ok {
			return status.Errorf(codes.InvalidArgument, "expected the request body after its headers, got %T", next.Request)
		}
		a.headersSent = true
		return request(p, stream, progress, a, b.RequestBody)
	case *extprocv3.ProcessingRequest_RequestBody:
		return request(p, stream, progress, newAttributes(first, nil), m.RequestBody)
	default:
		return status.Errorf(codes.InvalidArgument, "expected request headers, a request body or response headers first, got %T", first.Request)
	}
}

// request answers the one message that the route and rewrite filters wait for, and ends the
// stream: a crash of this process can then no longer touch the call.
func request(p *pipeline.Pipeline, stream extprocv3.ExternalProcessor_ProcessServer, progress *pipeline.Progress, a attributes, body *extprocv3.HttpBody) error {
	// Trailers, which nobody needs, are behind the body: it is whole, but not the end of the stream.
	if !body.GetEndOfStream() && !a.buffered {
		return status.Error(codes.InvalidArgument, "expected the whole request body in one message: request_body_mode BUFFERED")
	}
	if progress != nil {
		return stream.Send(rewrite(p, progress, a, body.GetBody()))
	}
	reply := route(stream.Context(), p, a, body.GetBody())
	if reply == nil {
		return nil
	}
	return stream.Send(reply)
}

// ignoreClosed drops the error of a stream that Envoy ended: the client is gone, or a retry
// began.
func ignoreClosed(err error) error {
	if errors.Is(err, io.EOF) || status.Code(err) == codes.Canceled {
		return nil
	}
	return err
}
