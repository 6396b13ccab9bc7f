package simulator

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// parts is the number of events of a body that is not streamed.
const parts = 8

// An exchange is one answer on its way to the client.
type exchange struct {
	ctx       context.Context
	w         http.ResponseWriter
	behaviour Behaviour
	request   *request
	answer    answer
	id        int64 // unique at this server
	created   int64 // Unix seconds

	events int
	zip    *gzip.Writer // of a stream that is compressed
}

// body sends v as JSON, in one write unless the behaviour concerns its parts.
func (x *exchange) body(v any) {
	b := encode(v)
	h := x.w.Header()
	h.Set("content-type", "application/json")
	if x.behaviour.Gzip {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = z.Write(b) // to memory
		_ = z.Close()
		b = packed.Bytes()
		h.Set("content-encoding", "gzip")
	}
	h.Set("content-length", strconv.Itoa(len(b)))
	size := len(b)
	if d := &x.behaviour; d.Drip > 0 || d.Stall > 0 || d.Cut > 0 || d.Gate != nil {
		size = (len(b) + parts - 1) / parts
	}
	for len(b) > 0 {
		n := min(size, len(b))
		x.write(b[:n])
		b = b[n:]
	}
}

// event sends one server-sent event, without an event line if name is "".
func (x *exchange) event(name string, data any) {
	if x.events == 0 {
		x.w.Header().Set("content-type", "text/event-stream; charset=utf-8")
		x.w.Header().Set("cache-control", "no-cache")
		if x.behaviour.Gzip {
			x.w.Header().Set("content-encoding", "gzip")
			x.zip = gzip.NewWriter(x.w)
		}
	}
	var line []byte
	if name != "" {
		line = append(append(append(line, "event: "...), name...), '\n')
	}
	line = append(line, "data: "...)
	if text, raw := data.(string); raw {
		line = append(line, text...)
	} else {
		line = append(line, encode(data)...)
	}
	x.write(append(line, "\n\n"...))
}

// end finishes a stream.
func (x *exchange) end() {
	if x.zip != nil {
		_ = x.zip.Close() // the client may be gone
	}
}

// write sends the bytes of one event at its time, or closes the connection.
func (x *exchange) write(b []byte) {
	x.events++
	if cut := x.behaviour.Cut; cut > 0 && x.events > cut || !await(x.ctx, x.behaviour, x.events) {
		panic(http.ErrAbortHandler)
	}
	var err error
	if x.zip == nil {
		_, err = x.w.Write(b)
	} else if _, err = x.zip.Write(b); err == nil {
		err = x.zip.Flush()
	}
	if err == nil {
		err = http.NewResponseController(x.w).Flush()
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
}

// encode renders v, which is made of types of this package.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("an answer must encode: %v", err))
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
