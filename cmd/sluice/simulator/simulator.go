// Package simulator simulates the providers of large language models, so that a router can
// be run, shown and tested without keys and without a network. One [Server] speaks the wire
// formats of OpenAI and Anthropic, streamed and not, gives plausible answers, and fails on
// request: a [Behaviour] says how.
//
// Its answers are canned, and its token counts are estimates. It does not know Sluice. Start
// with [New]; behaviour.go lists the behaviours.
package simulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// maxBody bounds a request body, in bytes.
const maxBody = 64 << 20

// Options configure a [Server]. The zero value serves any model to anyone and records nothing.
type Options struct {
	// Models are the models that exist; others are not found. Nil accepts every name.
	Models []string
	// Header and Credential must be in each request, such as "authorization" and "Bearer
	// secret"; other requests get 401. An empty Header accepts everyone.
	Header, Credential string
	// Record is how many of the latest requests [Server.Requests] returns.
	Record int
	Batch  Batch
}

// A Server is one simulated provider. Its methods may be called from many goroutines.
type Server struct {
	options Options
	http    *http.Server
	served  sync.WaitGroup
	answers atomic.Int64 // for the ids in answers
	behave  atomic.Pointer[func(model string, body []byte) Behaviour]
	record  record
	batches batches
}

// New returns a server, to be used as an [http.Handler] or started on a listener.
func New(o Options) *Server {
	s := &Server{options: o, record: record{limit: o.Record}}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	s.http = &http.Server{Handler: s, Protocols: &protocols, ReadHeaderTimeout: 10 * time.Second}
	return s
}

// Start serves HTTP/1.1 and HTTP/2 without TLS on l until [Server.Close], which
// closes l too. It returns at once.
func (s *Server) Start(l net.Listener) {
	s.served.Go(func() { _ = s.http.Serve(l) })
}

// Close ends every connection, including answers in progress, and stops serving.
func (s *Server) Close() error {
	err := s.http.Close()
	s.served.Wait()
	return err
}

// Behave makes f decide how each request is answered, instead of the directives in its
// prompt; f must be safe for concurrent use. Nil restores the directives.
func (s *Server) Behave(f func(model string, body []byte) Behaviour) {
	if f == nil {
		s.behave.Store(nil)
		return
	}
	s.behave.Store(&f)
}

// An endpoint serves one path of a provider's API.
type endpoint struct {
	suffix string // the path after the base URL
	read   func(body []byte) (*request, error)
	write  func(*exchange)
	errors dialect
}

// endpoints is ordered: a path belongs to the first entry whose suffix it has.
var endpoints = []endpoint{
	{"/chat/completions", readChat, writeChat, openAI},
	{"/completions", readCompletion, writeCompletion, openAI},
	{"/responses/input_tokens", readResponse, writeInputTokens, openAI},
	{"/responses", readResponse, writeResponse, openAI},
	{"/embeddings", readEmbedding, writeEmbedding, openAI},
	{"/messages/count_tokens", readMessages, writeTokenCount, anthropic},
	{"/messages", readMessages, writeMessage, anthropic},
}

// ServeHTTP answers one request. Only the end of the path counts, so a base URL may have any prefix.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _, _, batched := batchPath(r.URL.Path)
	most := int64(maxBody)
	if batched {
		most = maxBatch
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	seen := s.record.add(r, body)
	wire := dialectOf(r)
	if err != nil {
		status, text := http.StatusBadRequest, fmt.Sprintf("read body: %v", err)
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			status, text = http.StatusRequestEntityTooLarge, fmt.Sprintf("body is longer than %d bytes", tooLarge.Limit)
		}
		writeError(w, wire, failure{status: status, message: text})
		return
	}
	if s.options.Header != "" && r.Header.Get(s.options.Header) != s.options.Credential {
		writeError(w, wire, failure{status: http.StatusUnauthorized})
		return
	}
	if batched {
		s.serveBatches(w, r, body)
		return
	}
	if r.Method == http.MethodGet {
		s.serveModels(w, r, wire)
		return
	}
	for _, e := range endpoints {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, e.suffix) {
			s.serve(w, r, &e, body, seen)
			return
		}
	}
	writeError(w, wire, failure{status: http.StatusNotFound, message: fmt.Sprintf("unknown path %s %s", r.Method, r.URL.Path)})
}

// serve answers a request at an endpoint.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, e *endpoint, body []byte, seen int) {
	req, b, f := s.consider(e, body, seen)
	if f != nil {
		writeError(w, e.errors, *f)
		return
	}
	if !await(r.Context(), b, 0) {
		panic(http.ErrAbortHandler) // the client is gone or the server closes
	}
	if b.Status != 0 {
		writeError(w, e.errors, failure{status: b.Status, model: req.model, context: b.ContextLength})
		return
	}
	x := s.exchange(w, req, b)
	x.ctx = r.Context()
	e.write(x)
}

// consider reads a request and returns how to answer it, or why it is rejected. seen is its
// number in the record.
func (s *Server) consider(e *endpoint, body []byte, seen int) (*request, Behaviour, *failure) {
	req, err := e.read(body)
	if err != nil {
		return nil, Behaviour{}, &failure{status: http.StatusBadRequest, message: err.Error()}
	}
	s.record.setModel(seen, req.model)
	if s.options.Models != nil && !slices.Contains(s.options.Models, req.model) {
		return nil, Behaviour{}, &failure{status: http.StatusNotFound, model: req.model}
	}
	if f := s.behave.Load(); f != nil {
		return req, (*f)(req.model, body), nil
	}
	b, err := Directed(req.model, req.prompt)
	if err != nil {
		return nil, b, &failure{status: http.StatusBadRequest, message: err.Error()}
	}
	return req, b, nil
}

// exchange starts an answer.
func (s *Server) exchange(w http.ResponseWriter, req *request, b Behaviour) *exchange {
	return &exchange{
		ctx: context.Background(), w: w, behaviour: b, request: req,
		id: s.answers.Add(1), created: time.Now().Unix(), answer: compose(req, b),
	}
}

// await delays an answer before its event n, where 0 is its headers, and reports whether the
// client still waits.
func await(ctx context.Context, b Behaviour, n int) bool {
	pause := b.Drip
	if n == 0 {
		pause = b.Delay
	}
	if pause > 0 {
		t := time.NewTimer(pause)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
		}
	}
	if b.Gate != nil {
		b.Gate(ctx, n)
	}
	if b.Hang && n == 0 || b.Stall > 0 && n == b.Stall+1 {
		<-ctx.Done()
	}
	return ctx.Err() == nil
}
