package pipeline

import (
	"bytes"
	"context"
	"errors"
	"strconv"

	"sluice/routing/coding"
)

// byteOrderMark, in UTF-8, is what some editors and .NET programs begin a text with. It is not
// part of the JSON behind it, and providers refuse it.
const byteOrderMark = "\ufeff"

// plainBody makes the body of a call plain JSON: decoded, and without a byte order mark. It
// reports whether that changed it.
func (p *Pipeline) plainBody(ctx context.Context, c *Call) (changed bool, _ error) {
	encoding := c.header("content-encoding")
	changed = !coding.Identity(encoding)
	if changed {
		if err := p.decode(ctx, c, encoding); err != nil {
			return false, err
		}
	}
	body, marked := bytes.CutPrefix(c.Body, []byte(byteOrderMark))
	c.Body = body
	return changed || marked, nil
}

// decode replaces the body by what it is an encoded form of. Only as many bodies as there are
// processors are decoded at once: one may grow to the limit of all requests.
func (p *Pipeline) decode(ctx context.Context, c *Call, encoding string) error {
	select {
	case p.decoders <- struct{}{}:
		defer func() { <-p.decoders }()
	case <-ctx.Done():
		return ctx.Err()
	}
	limit := int(p.rt.File.Routing.Limits.Request)
	body, err := coding.Decode(c.Body, encoding, limit)
	switch {
	case errors.Is(err, coding.ErrUnknown):
		return &ReplyError{
			Status: 415, Code: "unsupported_encoding",
			Message: "request body: cannot read content-encoding " + strconv.Quote(clip(encoding, 100)) + "; expected none, or " + coding.Names,
		}
	case errors.Is(err, coding.ErrTooLarge):
		return &ReplyError{
			Status: 413, Code: "request_too_large", // as the proxy says it of a body that is not encoded
			Message: "the request body, decoded, is larger than " + strconv.Itoa(limit) + " bytes, or more than a hundred times as large as it was sent",
		}
	case err != nil:
		return &ReplyError{Status: 400, Code: "invalid_encoding", Message: "the request body cannot be decoded: " + err.Error()}
	}
	c.Body = body
	return nil
}
