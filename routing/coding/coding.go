// Package coding decodes HTTP bodies by their content-encoding: gzip, deflate, br and zstd.
//
// What it reads is hostile: a few bytes can stand for gigabytes. [Decode] bounds what becomes
// of a body, and [NewReader] what a decoder holds. The package knows neither HTTP messages nor
// Envoy, whose own decompressor bounds neither: it decodes all that it has read at once, to a
// hundred times the size, and then cuts off without a word.
package coding

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// Names lists the codings that can be decoded, for messages.
const Names = "gzip, deflate, br and zstd"

const (
	maxCodings = 3       // of one body
	maxWindow  = 8 << 20 // bytes that a decoder looks back; as RFC 9659 asks of zstd, and more than the others need
	// A body beyond freeSize may have grown to maxGrowth times its size. Prose grows tenfold at most.
	freeSize  = 1 << 20
	maxGrowth = 100
)

// Errors of [Decode].
var (
	ErrUnknown  = errors.New("unknown content-encoding; expected " + Names)
	ErrTooLarge = errors.New("the decoded body is too large")
)

// Identity reports whether a content-encoding says that a body is as it is.
func Identity(encoding string) bool { return len(codings(encoding)) == 0 }

// Decode returns the body as it was before the codings of a content-encoding header. The error
// is [ErrUnknown]; [ErrTooLarge] for a body that would have more than limit bytes, or be out of
// proportion to what was sent; or it says what is wrong with the body.
func Decode(body []byte, encoding string, limit int) ([]byte, error) {
	names := codings(encoding)
	if len(names) == 0 {
		return body, nil
	}
	r, err := NewReader(bytes.NewReader(body), encoding)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	limit = min(limit, max(freeSize, maxGrowth*len(body)))
	var out bytes.Buffer
	const usual = 4 // times that JSON shrinks
	out.Grow(min(limit, usual*len(body)) + bytes.MinRead)
	switch n, err := out.ReadFrom(io.LimitReader(r, int64(limit)+1)); {
	case n > int64(limit):
		return nil, ErrTooLarge
	case err != nil:
		return nil, err
	}
	return out.Bytes(), nil
}

// NewReader returns a reader of what r is an encoded form of. The error is [ErrUnknown], or
// that of a body that does not even begin as its coding says. Close frees the decoder; it does
// not close r.
func NewReader(r io.Reader, encoding string) (io.ReadCloser, error) {
	names := codings(encoding)
	if !known(names) {
		return nil, ErrUnknown
	}
	out := &reader{Reader: r}
	for _, name := range slices.Backward(names) { // the last one was applied last
		d, err := decoders[name](out.Reader)
		if err != nil {
			_ = out.Close()
			return nil, named(name, err)
		}
		out.closers = append(out.closers, d)
		out.Reader = described{d, name}
	}
	return out, nil
}

// reader is a chain of decoders.
type reader struct {
	io.Reader
	closers []io.Closer
}

func (r *reader) Close() error {
	for _, c := range slices.Backward(r.closers) {
		_ = c.Close()
	}
	return nil
}

// described names the coding in the errors of its decoder.
type described struct {
	r    io.Reader
	name string
}

func (d described) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = named(d.name, err)
	}
	return n, err
}

func named(coding string, err error) error {
	if strings.HasPrefix(err.Error(), coding+":") {
		return err
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("%s: %w", coding, err)
}

// decoders has a decoder for each coding.
var decoders = map[string]func(io.Reader) (io.ReadCloser, error){
	"gzip": ungzip, "x-gzip": ungzip,
	"deflate": deflate,
	"br":      func(r io.Reader) (io.ReadCloser, error) { return io.NopCloser(brotli.NewReader(r)), nil },
	"zstd": func(r io.Reader) (io.ReadCloser, error) {
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	},
}

// known reports whether a body with these codings can be decoded.
func known(names []string) bool {
	return len(names) <= maxCodings && !slices.ContainsFunc(names, func(n string) bool { return decoders[n] == nil })
}

func ungzip(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) }

// deflate is zlib's format by the standard, and the bare one by many programs.
func deflate(r io.Reader) (io.ReadCloser, error) {
	b := bufio.NewReader(r)
	head, _ := b.Peek(2)
	const method, deflated = 0x0f, 8 // of the first byte; both bytes as one number are a multiple of 31
	if len(head) == 2 && head[0]&method == deflated && (int(head[0])<<8|int(head[1]))%31 == 0 {
		return zlib.NewReader(b)
	}
	return flate.NewReader(b), nil
}

// codings lists the codings of a content-encoding in their order, without identity.
func codings(encoding string) []string {
	if encoding == "" {
		return nil
	}
	var names []string
	for name := range strings.SplitSeq(encoding, ",") {
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" && name != "identity" {
			names = append(names, name)
		}
	}
	return names
}
