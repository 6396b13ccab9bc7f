package pipeline

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"strings"
	"testing"
)

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestPlainBody: an encoding and a byte order mark are no part of the body, neither here nor at
// the provider, whether a model is chosen for the client or not.
func TestPlainBody(t *testing.T) {
	p := testPipeline(t, cascadeConfig, Stores{})
	for _, model := range []string{"auto", "b"} {
		body := strings.Replace(question, "auto", model, 1)
		plain := begin(t, p, chatCall(body))
		want := string(plain.First.Body)
		if want == "" {
			want = body
		}
		for name, c := range map[string]*Call{
			"mark":            chatCall(byteOrderMark + body),
			"gzip":            chatCall(gzipped(t, body), "content-encoding: gzip"),
			"gzip and a mark": chatCall(gzipped(t, byteOrderMark+body), "content-encoding: gzip"),
			"gzip twice":      chatCall(gzipped(t, gzipped(t, body)), "content-encoding: gzip, x-gzip"),
		} {
			plan := begin(t, p, c)
			if got := string(plan.First.Body); got != want || plan.ModelStart != plain.ModelStart || plan.ModelEnd != plain.ModelEnd {
				t.Errorf("%s, %s: sent %q, model at %d to %d; want %q, %d to %d", model, name, got, plan.ModelStart, plan.ModelEnd, want, plain.ModelStart, plain.ModelEnd)
			}
		}
		if plan := begin(t, p, chatCall(body, "content-encoding: identity")); string(plan.First.Body) != string(plain.First.Body) {
			t.Errorf("%s, identity: sent %q", model, plan.First.Body)
		}
	}
}

func TestUndecodedBody(t *testing.T) {
	p := testPipeline(t, cascadeConfig+"\n", Stores{})
	for _, tt := range []struct {
		name, body, encoding string
		status               int
		code, message        string
	}{
		{"unknown", question, "exi", 415, "unsupported_encoding", `request body: cannot read content-encoding "exi"; expected none, or gzip, deflate, br and zstd`},
		{"not what it says", question, "gzip", 400, "invalid_encoding", "the request body cannot be decoded: gzip: invalid header"},
		{"cut off", gzipped(t, question)[:40], "gzip", 400, "invalid_encoding", "the request body cannot be decoded: gzip: unexpected EOF"},
		{"a bomb", gzipped(t, strings.Repeat("a", 8<<20)), "gzip", 413, "request_too_large", "the request body, decoded, is larger than 33554432 bytes, or more than a hundred times as large as it was sent"},
	} {
		_, _, err := p.Begin(t.Context(), chatCall(tt.body, "content-encoding: "+tt.encoding))
		e, ok := errors.AsType[*ReplyError](err)
		if !ok || e.Status != tt.status || e.Code != tt.code || e.Message != tt.message {
			t.Errorf("%s: %+v", tt.name, err)
		}
	}
	t.Run("the client leaves while others are decoded", func(t *testing.T) {
		for range cap(p.decoders) {
			p.decoders <- struct{}{}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := p.Begin(ctx, chatCall(gzipped(t, question), "content-encoding: gzip")); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
}
