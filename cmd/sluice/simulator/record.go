package simulator

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// A Request is one request as a [Server] received it.
type Request struct {
	Time   time.Time // when its body had been read
	Number int       // running number at this server, from 1
	Method string
	Path   string // with its query
	Host   string
	Proto  string // "HTTP/1.1" or "HTTP/2.0"
	Header http.Header
	Body   []byte // as far as it was read
	Model  string // in the body; "" if it could not be read
}

// record keeps the latest requests.
type record struct {
	limit int

	mu   sync.Mutex
	last []Request
	seen int // requests received in all
}

// add records r and returns its number.
func (rec *record) add(r *http.Request, body []byte) int {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.seen++
	if rec.limit <= 0 {
		return rec.seen
	}
	if len(rec.last) == rec.limit {
		rec.last = slices.Delete(rec.last, 0, 1)
	}
	rec.last = append(rec.last, Request{
		Time: time.Now(), Number: rec.seen, Method: r.Method, Path: r.URL.RequestURI(),
		Host: r.Host, Proto: r.Proto, Header: r.Header.Clone(), Body: body,
	})
	return rec.seen
}

// setModel sets the model of request number n, if it is still kept.
func (rec *record) setModel(n int, model string) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if i := len(rec.last) - 1 - (rec.seen - n); i >= 0 && i < len(rec.last) {
		rec.last[i].Model = model
	}
}

// Requests returns the latest requests, at most Options.Record, oldest first. Their headers
// and bodies must not be changed.
func (s *Server) Requests() []Request {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	return slices.Clone(s.record.last)
}
