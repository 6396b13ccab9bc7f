// Package extproc is the conversation with Envoy's external processing filters.
//
// One gRPC stream is one filter of one HTTP request. Three filters speak here, and
// the first message says which: a request without a plan is the *route* filter
// (route.go), a request that has one is the *rewrite* filter of a later attempt
// (rewrite.go), a response is the *judge* (judge.go). Of requests that end without a judge
// Envoy's access log tells (ended.go). What they change is built in
// mutation.go, what clients are refused with in reply.go. It is the only package that
// sees the protobufs of these conversations; decisions are made in package routing.
package extproc

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	alsv3 "github.com/envoyproxy/go-control-plane/envoy/service/accesslog/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	lru "github.com/hashicorp/golang-lru/v2"
	"go.uber.org/zap"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing/budget"
	"sluice/routing/cache"
	"sluice/routing/config"
	"sluice/routing/experiment"
	"sluice/routing/session"
)

// Server serves Envoy's three filters and takes what its access log tells. It is safe for concurrent use.
type Server struct {
	extprocv3.UnimplementedExternalProcessorServer
	alsv3.UnimplementedAccessLogServiceServer

	runtime atomic.Pointer[config.Runtime]
	stores  Stores
	log     *zap.Logger
	metrics *Metrics
	settled *lru.Cache[uint64, struct{}] // by their nonces, the last ones
	closing chan struct{}
	close   sync.Once
	now     func() time.Time

	holdings *holdings // first answers that wait for another model to agree
}

// Stores are what is kept between requests. One that is nil keeps nothing: conversations
// are not remembered, money is not counted, answers are not given again, outcomes are lost.
type Stores struct {
	Sessions    session.Store
	Budgets     budget.Store
	Cache       cache.Store
	Experiments experiment.Store
}

const mostSettled = 1 << 14 // what a replica settles in some seconds

// New returns a server that decides by rt. Metrics may be shared with nothing else.
func New(rt *config.Runtime, stores Stores, log *zap.Logger, m *Metrics) *Server {
	settled, err := lru.New[uint64, struct{}](mostSettled)
	if err != nil {
		panic(fmt.Sprintf("extproc: %v", err)) // a size above
	}
	s := &Server{holdings: newHoldings(), settled: settled, stores: stores, log: log, metrics: m, closing: make(chan struct{}), now: time.Now}
	s.runtime.Store(rt)
	return s
}

// first reports whether the request is not settled yet, and notes that it is now. A client
// may leave in the moment in which a judge lets its answer go, and then Envoy's log tells
// of it, too. Another replica does not know; budgets charge once all the same.
func (s *Server) first(p *plan) bool {
	known, _ := s.settled.ContainsOrAdd(p.Nonce, struct{}{})
	return !known || p.Nonce == 0
}

// Runtime returns the configuration in force.
func (s *Server) Runtime() *config.Runtime { return s.runtime.Load() }

// Swap makes rt the configuration of every request that begins from now on.
func (s *Server) Swap(rt *config.Runtime) { s.runtime.Store(rt) }

// Close ends the streams of Envoy's access log, which Envoy never ends. Conversations go on.
func (s *Server) Close() { s.close.Do(func() { close(s.closing) }) }

// Process holds one conversation. It returns an error only where Envoy broke the
// protocol; whatever a client or a provider did wrong is answered.
func (s *Server) Process(stream extprocv3.ExternalProcessor_ProcessServer) error {
	rt := s.runtime.Load()
	first, err := stream.Recv()
	if err != nil {
		return hungUp(err)
	}
	st, planned, err := decodeState(first.GetMetadataContext().GetFilterMetadata()[envoy.Namespace])
	if err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	switch m := first.Request.(type) {
	case *extprocv3.ProcessingRequest_ResponseHeaders:
		if !planned {
			return stream.Send(passed.responseHeaders()) // never routed: nothing to judge it by
		}
		return s.judge(rt, stream, st, newFacts(first, m.ResponseHeaders.GetHeaders()), m.ResponseHeaders.GetEndOfStream())
	case *extprocv3.ProcessingRequest_RequestHeaders:
		f := newFacts(first, m.RequestHeaders.GetHeaders())
		if m.RequestHeaders.GetEndOfStream() {
			return stream.Send(s.bodyless(rt, f))
		}
		if err := stream.Send(passed.requestHeaders()); err != nil {
			return hungUp(err)
		}
		next, err := stream.Recv()
		if err != nil {
			return hungUp(err)
		}
		b, ok := next.Request.(*extprocv3.ProcessingRequest_RequestBody)
		if !ok {
			return status.Errorf(codes.InvalidArgument, "expected the request body behind its headers, got %T", next.Request)
		}
		f.framed = true
		return s.request(rt, stream, st, f, b.RequestBody)
	case *extprocv3.ProcessingRequest_RequestBody:
		return s.request(rt, stream, st, newFacts(first, nil), m.RequestBody)
	default:
		return status.Errorf(codes.InvalidArgument, "expected request headers, a request body or response headers first, got %T", first.Request)
	}
}

// request answers the one message that the route and rewrite filters wait for, and
// ends the stream: a crash of this process can then no longer touch the call.
func (s *Server) request(rt *config.Runtime, stream extprocv3.ExternalProcessor_ProcessServer, st *state, f facts, body *extprocv3.HttpBody) error {
	if !body.GetEndOfStream() {
		return status.Error(codes.InvalidArgument, "expected the whole request body in one message: request_body_mode BUFFERED")
	}
	if st != nil {
		return stream.Send(s.rewrite(rt, st, f, body.GetBody()))
	}
	return stream.Send(s.route(rt, f, body.GetBody()))
}

// hungUp drops the errors of a stream that Envoy ended: the client is gone, or a retry began.
func hungUp(err error) error {
	if errors.Is(err, io.EOF) || status.Code(err) == codes.Canceled {
		return nil
	}
	return err
}

// facts are what Envoy tells of a request beside its body: as attributes where the
// headers were not sent, as headers where they were.
type facts struct {
	attributes []*structpb.Struct
	headers    *corev3.HeaderMap
	framed     bool             // the request's headers were sent, so its content-length is ours to keep right
	claims     *structpb.Struct // payloads of the tokens that Envoy has verified, by name
}

func newFacts(m *extprocv3.ProcessingRequest, h *corev3.HeaderMap) facts {
	f := facts{headers: h, claims: m.GetMetadataContext().GetFilterMetadata()[envoy.JWTNamespace]}
	for _, a := range m.GetAttributes() {
		f.attributes = append(f.attributes, a)
	}
	return f
}

// header returns the request or response header called name, "" if there is none.
func (f facts) header(name string) string {
	for _, h := range f.headers.GetHeaders() {
		if h.GetKey() == name {
			if raw := h.GetRawValue(); raw != nil {
				return string(raw)
			}
			return h.GetValue()
		}
	}
	return f.attribute(envoy.AttributeHeader(name)).GetStringValue()
}

func (f facts) attribute(name string) *structpb.Value {
	for _, a := range f.attributes {
		if v, ok := a.GetFields()[name]; ok {
			return v
		}
	}
	return nil
}

// path returns the path that the client called, query included.
func (f facts) path() string {
	if p := f.attribute(envoy.AttributePath).GetStringValue(); p != "" {
		return p
	}
	return f.header(":path")
}

func (f facts) requestID() string {
	if id := f.attribute(envoy.AttributeRequestID).GetStringValue(); id != "" {
		return id
	}
	return f.header("x-request-id")
}

// unique names a request as no client can: it may choose the request id, and use one again.
func (f facts) unique(id string) string {
	return id + " " + scalar(f.attribute(envoy.AttributeConnection)) + " " + scalar(f.attribute(envoy.AttributeTime))
}

func (f facts) cluster() string { return f.attribute(envoy.AttributeCluster).GetStringValue() }

// attempt returns the number of the attempt, counted from 1.
func (f facts) attempt() int {
	if n := f.attribute(envoy.AttributeAttempt).GetNumberValue(); n >= 1 {
		return int(n)
	}
	var n int
	for _, c := range f.header("x-envoy-attempt-count") {
		if c < '0' || c > '9' || n > 1000 {
			return 1
		}
		n = 10*n + int(c-'0')
	}
	return max(n, 1)
}
