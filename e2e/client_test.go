package e2e

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// client is shared by all tests. It follows no proxy of the environment and leaves
// bodies as they come.
var client = &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 200}}

// A response is what a client got, read to its end.
type response struct {
	status int
	header http.Header
	body   []byte
	err    error // that ended the body early; nil if it is whole
}

// open sends a POST and returns when the response headers are there. Header fields
// are given as "name: value".
func open(t testing.TB, url, body string, fields ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("content-type", "application/json")
	for _, f := range fields {
		name, value, ok := strings.Cut(f, ": ")
		if !ok {
			t.Fatalf("header field %q is not of the form name: value", f)
		}
		req.Header.Set(name, value)
	}
	r, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// post sends a POST and reads the answer.
func post(t testing.TB, url, body string, fields ...string) response {
	t.Helper()
	r := open(t, url, body, fields...)
	defer func() { _ = r.Body.Close() }()
	b, err := io.ReadAll(r.Body)
	return response{r.StatusCode, r.Header, b, err}
}

// An event is one server-sent event.
type event struct {
	at   time.Time // when its last line had been read
	name string    // of its event line; "" if it has none
	data string
}

// A stream reads server-sent events as they arrive.
type stream struct {
	status int
	header http.Header
	raw    bytes.Buffer // every byte read so far
	lines  *bufio.Reader
}

// openStream sends a POST and returns when the response headers are there.
func openStream(t testing.TB, url, body string, fields ...string) *stream {
	t.Helper()
	r := open(t, url, body, fields...)
	t.Cleanup(func() { _ = r.Body.Close() })
	s := &stream{status: r.StatusCode, header: r.Header}
	s.lines = bufio.NewReader(io.TeeReader(r.Body, &s.raw))
	return s
}

// next waits for an event. The error is io.EOF at the proper end of the stream, and
// another one where it breaks off, within an event included.
func (s *stream) next() (event, error) {
	var e event
	for begun := false; ; begun = true {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			if errors.Is(err, io.EOF) && (begun || line != "") {
				err = io.ErrUnexpectedEOF
			}
			return event{}, err
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			e.at = time.Now()
			return e, nil
		}
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			e.name = name
		} else if data, ok := strings.CutPrefix(line, "data: "); ok {
			e.data += data
		}
	}
}

// rest reads the events until the stream ends; the error is nil at its proper end.
func (s *stream) rest() ([]event, error) {
	var events []event
	for {
		e, err := s.next()
		if errors.Is(err, io.EOF) {
			return events, nil
		}
		if err != nil {
			return events, err
		}
		events = append(events, e)
	}
}
