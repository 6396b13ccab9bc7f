package e2e

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// TestCallers: what clients of all kinds send around an LLM call, such as encodings of the
// body, older and other protocols, and what browsers ask first.
func TestCallers(t *testing.T) {
	s := startStack(t, "admin: 127.0.0.1:0", "admin: 127.0.0.1:0\ncors: {origins: [loopback, 'https://*.example.com']}")
	const prompt = "Tell me about rivers."
	chat := chatBody(prompt, "")

	t.Run("encodings", func(t *testing.T) {
		for _, call := range []struct{ path, body, sent string }{
			{"/v1/chat/completions", chat, strings.Replace(chat, `"auto"`, `"small"`, 1)},
			{"/v1/messages?beta=true", messagesBody(prompt, ""), strings.Replace(messagesBody(prompt, ""), `"auto"`, `"small"`, 1)},
			{"/v1/responses", `{"model":"small","input":"hi"}`, `{"model":"small","input":"hi"}`},
		} {
			for _, encoding := range []string{"gzip", "br", "zstd", "mark"} {
				body, fields := "\ufeff"+call.body, []string{"x-caller: " + encoding}
				if encoding != "mark" {
					body, fields = encoded(t, encoding, call.body), append(fields, "content-encoding: "+encoding)
				}
				before := len(s.received())
				r := post(t, s.url+call.path, body, fields...)
				got := s.received()[before:]
				if len(got) != 1 || string(got[0].Body) != call.sent || got[0].Header.Get("content-encoding") != "" || r.header.Get("x-sluice-model") != "small" {
					t.Fatalf("%s, %s: %d %s; %d were sent: %+v", call.path, encoding, r.status, r.body, len(got), got)
				}
			}
		}
		r := post(t, s.chat(), encoded(t, "gzip", strings.Repeat("a", 64<<20)), "content-encoding: gzip")
		expectError(t, r, 413, "request_too_large")
		expectError(t, post(t, s.messages(), chat, "content-encoding: exi"), 415, "unsupported_encoding")
		expectError(t, post(t, s.messages(), chat, "content-encoding: br"), 400, "invalid_encoding")
	})

	t.Run("another attempt after an encoded body", func(t *testing.T) {
		before := len(s.openai.Requests())
		body := chatBody(prompt+" [[small: refuse]]", "")
		r := post(t, s.chat(), encoded(t, "zstd", body), "content-encoding: zstd")
		expectAnswer(t, r, "mid", "2", "refusal")
		got := s.openai.Requests()[before:]
		if len(got) != 1 || got[0].Header.Get("content-encoding") != "" || string(got[0].Body) != strings.Replace(body, `"auto"`, `"mid"`, 1) {
			t.Errorf("sent %+v", got)
		}
	})

	t.Run("HTTP/1.0", func(t *testing.T) {
		for _, body := range []string{chat, chatBody(prompt, `,"stream":true`)} {
			r := raw(t, s.url, fmt.Sprintf("POST /v1/chat/completions HTTP/1.0\r\ncontent-length: %d\r\n\r\n%s", len(body), body))
			if r.status != 200 || r.header.Get("x-sluice-model") != "small" || r.header.Get("transfer-encoding") != "" || !bytes.Contains(r.body, []byte(`"choices"`)) {
				t.Errorf("%d %v %s", r.status, r.header, r.body)
			}
		}
	})

	t.Run("WebSocket", func(t *testing.T) {
		for _, path := range []string{"/v1/responses", "/v1/messages"} {
			r := raw(t, s.url, "GET "+path+" HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
			expectError(t, r, 426, "upgrade_not_supported")
			if path == "/v1/messages" && !bytes.Contains(r.body, []byte(`"request_id":"`+r.header.Get("request-id"))) {
				t.Errorf("%s", r.body)
			}
		}
	})

	t.Run("trailers of a request", func(t *testing.T) {
		r := postWithTrailers(t, s.chat(), chat)
		expectAnswer(t, r, "small", "1", "")
	})

	t.Run("pages", func(t *testing.T) {
		ask := func(origin, path string) response {
			return raw(t, s.url, "OPTIONS "+path+" HTTP/1.1\r\nhost: x\r\nconnection: close\r\norigin: "+origin+
				"\r\naccess-control-request-method: POST\r\naccess-control-request-headers: authorization,content-type,x-stainless-os\r\n\r\n")
		}
		for origin, allowed := range map[string]string{
			"http://localhost:3000":      "http://localhost:3000",
			"https://app.localhost":      "https://app.localhost",
			"http://127.0.0.1":           "http://127.0.0.1",
			"http://[::1]:8080":          "http://[::1]:8080",
			"https://chat.example.com":   "https://chat.example.com",
			"https://a.chat.example.com": "https://a.chat.example.com",
			"https://example.com":        "",
			"http://chat.example.com":    "",
			"https://chat.example.com.x": "",
			"http://localhost.evil.test": "",
			"http://127.0.0.1.evil.test": "",
			"null":                       "",
		} {
			for _, path := range []string{"/v1/chat/completions", "/v1/messages", "/v1/models"} {
				r := ask(origin, path)
				if got := r.header.Get("access-control-allow-origin"); r.status != 204 || got != allowed || r.header.Get("access-control-allow-credentials") != "" {
					t.Errorf("%s %s: %d, allowed %q", origin, path, r.status, got)
				}
				if h := r.header.Get("access-control-allow-headers"); !strings.HasPrefix(h, "authorization, ") || !strings.HasSuffix(h, ", *") {
					t.Errorf("headers %q", h)
				}
			}
			for _, body := range []string{chat, `{}`} {
				r := post(t, s.chat(), body, "origin: "+origin)
				if got := r.header.Get("access-control-allow-origin"); got != allowed || (allowed != "") != (r.header.Get("vary") == "origin") {
					t.Errorf("%s: %d, allowed %q, vary %q", origin, r.status, got, r.header.Get("vary"))
				}
			}
		}
		if r := post(t, s.chat(), chat); r.header.Get("access-control-allow-origin") != "" || r.header.Get("access-control-expose-headers") != "" {
			t.Errorf("no page: %v", r.header)
		}
	})

	t.Run("a routed name elsewhere", func(t *testing.T) {
		for _, path := range []string{"/v1/embeddings", "/v1/completions"} {
			r := post(t, s.url+path+"?x=1", `{"model":"auto","input":"hi","prompt":"hi"}`)
			expectError(t, r, 404, "model_not_found")
			if want := `routed on /v1/chat/completions, /v1/messages, /v1/responses only, not on ` + path + `; there, name one of: small, `; !bytes.Contains(r.body, []byte(want)) {
				t.Errorf("%s", r.body)
			}
		}
		r := post(t, s.url+"/v1/images/generations", `{"model":"auto"}`)
		expectError(t, r, 404, "unknown_path")
		if !bytes.Contains(r.body, []byte("/v1/chat/completions")) {
			t.Errorf("%s", r.body)
		}
	})
}

// expectError expects an error with the code, and the ids under which both SDKs look for it.
func expectError(t *testing.T, r response, status int, code string) {
	t.Helper()
	var shape struct {
		Error struct{ Type, Message, Code string }
	}
	if err := json.Unmarshal(r.body, &shape); err != nil || r.status != status || shape.Error.Code != code || shape.Error.Type == "" || shape.Error.Message == "" {
		t.Errorf("%d %s, %v; want %d %s", r.status, r.body, err, status, code)
	}
	id := r.header.Get("x-sluice-request-id")
	if id == "" || r.header.Get("x-request-id") != id || r.header.Get("request-id") != id || r.header.Get("x-should-retry") != "false" {
		t.Errorf("headers %v", r.header)
	}
}

// raw sends bytes over a connection of their own, and reads one answer.
func raw(t *testing.T, url, text string) response {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://")) //nolint:noctx // on this machine
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	return response{r.StatusCode, r.Header, body, err}
}

// An encoder compresses what is written to it.
type encoder interface {
	io.WriteCloser
	Flush() error
}

func newEncoder(t *testing.T, encoding string, out io.Writer) encoder {
	t.Helper()
	switch encoding {
	case "gzip":
		return gzip.NewWriter(out)
	case "br":
		return brotli.NewWriter(out)
	case "zstd":
		z, err := zstd.NewWriter(out)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	t.Fatalf("no encoder for %q", encoding)
	return nil
}

func encoded(t *testing.T, encoding, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := newEncoder(t, encoding, &out)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
