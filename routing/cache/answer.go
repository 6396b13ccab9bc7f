package cache

import (
	"slices"
	"time"

	"sluice/routing"
	"sluice/routing/llmapi/answer"
	"sluice/routing/llmapi/convert"
)

// Age returns how long ago the entry was stored, as in the header Age.
func (e *Entry) Age(now time.Time) time.Duration {
	return max(0, now.Sub(e.Stored)).Truncate(time.Second)
}

// Answer returns the answer in the form that the client wants, and the content type of it.
// usage is what the client says of stream_options.include_usage: without it the extra chunk
// of an OpenAI stream is left out. Otherwise a form that was stored comes back byte for
// byte; the other one is converted. ok is false where that would lose something that the
// client could see: then the entry does not answer its question.
func (e *Entry) Answer(stream, usage bool) (body []byte, contentType string, ok bool) {
	switch {
	case !stream && e.Stream:
		body, ok = convert.ToBody(e.API, e.Body)
	case stream && !e.Stream:
		body, ok = convert.ToStream(e.API, e.Body, usage)
	case stream && !usage && e.API == routing.OpenAIChat:
		m := answer.NewMeter(e.API, true)
		body, ok = slices.Concat(m.Feed(e.Body), m.End()), true
	default:
		body, ok = e.Body, true
	}
	if !ok {
		return nil, "", false
	}
	if stream {
		return body, "text/event-stream", true
	}
	return body, "application/json", true
}
