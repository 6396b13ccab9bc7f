package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"sluice/routing/coding"
	"sluice/routing/llmapi"
	"sluice/routing/llmapi/answer"
	"sluice/routing/llmapi/sse"
	"sluice/routing/verdict"
)

// eventStream is the content type of a stream.
const eventStream = "text/event-stream"

// maxUnclear bounds the bytes by which the form of a body is recognised.
const maxUnclear = 64

func isEventStream(contentType string) bool {
	if kind, _, err := mime.ParseMediaType(contentType); err == nil {
		return kind == eventStream
	}
	return strings.HasPrefix(contentType, eventStream)
}

// json reports whether the body may be JSON that can be read.
func (h *Head) json() bool {
	if !coding.Identity(h.ContentEncoding) {
		return false // a coding that cannot be decoded
	}
	kind, _, _ := strings.Cut(h.ContentType, ";")
	return kind == "" || strings.Contains(strings.ToLower(kind), "json") || isEventStream(h.ContentType)
}

// recognise tells by the first bytes of an answer to a request for a stream whether it is one:
// servers send streams as JSON, text or bytes, and whole answers as streams. It returns the
// part to go on with, and false where it takes more to tell.
func (r *ResponseAttempt) recognise(part []byte) ([]byte, bool) {
	body := slices.Concat(r.body, part)
	stream, sure := sse.Begins(body)
	if !sure && !r.ended && len(body) < maxUnclear {
		r.body = body
		return nil, false
	}
	r.body = nil
	named := isEventStream(r.head.ContentType)
	if named && !stream { // an event may begin in any way, a whole answer in one
		first := bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\uFEFF")), " \t\r\n")
		stream = len(first) == 0 || first[0] != '{' && first[0] != '['
	}
	if !stream {
		r.reading, r.limit = wholeBody, r.rt.ResponseLimit
		return body, true
	}
	r.unnamed = !named
	r.meter = answer.NewMeter(r.API, r.Ask.Strips(r.model))
	r.reading = events
	if !r.Passthrough {
		r.stream = r.rt.Judge.Stream(r.API.Format(), r.expect())
	}
	return body, true
}

// Corrupt tells that the rest of the body cannot be read.
func (r *ResponseAttempt) Corrupt(ctx context.Context) *Action {
	if r.decided {
		return r.abort(verdict.ProviderError, detailsCorrupt)
	}
	r.lost = true
	return r.reject(ctx, verdict.ProviderError)
}

// SizeLimit is how many bytes of the body a client may get.
func (r *ResponseAttempt) SizeLimit() int { return int(r.rt.File.Routing.Limits.Answer) }

// Overflow tells that the body is larger than the limit; part is the next of it, which was not
// fed. What a client got of a stream ends with an error of its API, behind a whole event.
func (r *ResponseAttempt) Overflow(ctx context.Context, part []byte) *Action {
	if !r.decided {
		r.lost = true
		return r.reject(ctx, verdict.ProviderError)
	}
	a := r.abort(verdict.ProviderError, detailsTooLarge)
	if r.meter != nil {
		message := fmt.Sprintf("the answer is larger than %d bytes", r.SizeLimit())
		a.Body = append(r.meter.Cut(part), llmapi.ErrorEvent(r.API, http.StatusBadGateway, "answer_too_large", message, r.ID)...)
	}
	return a
}
