package e2e

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// compressed encodes pieces, each of which is flushed.
func compressed(t *testing.T, encoding string, pieces ...string) script {
	t.Helper()
	var out bytes.Buffer
	w := newEncoder(t, encoding, &out)
	var s script
	for _, p := range pieces {
		if _, err := io.WriteString(w, p); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		s = append(s, out.String())
		out.Reset()
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return append(s, out.String())
}

// TestForms: an answer is judged and billed whatever its content type and content encoding say.
func TestForms(t *testing.T) {
	p := startScripted(t)
	s := startStack(t, "LOCAL/", p.address+"/", "name: small, provider: local,", "name: small, provider: local, price: {input: 1000, output: 1000},")
	whole := func(text string) string {
		return `{"id":"c","object":"chat.completion","created":1,"model":"small","choices":[{"index":0,"message":{"role":"assistant","content":"` + text +
			`"},"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150}}`
	}
	const refusal = "I'm sorry, but I can't help with that request."
	usage := `data: {"id":"c","choices":[],"usage":{"prompt_tokens":100,"completion_tokens":50}}` + "\n\n"
	good := []string{wordsOf(scriptedWords), chunkOf("{}", "stop"), usage, "data: [DONE]\n\n"}
	refused := []string{wordsOf(refusal), chunkOf("{}", "stop"), "data: [DONE]\n\n"}
	asIs := func(pieces []string) script { return script{strings.Join(pieces, "")} }
	clean := strings.Join([]string{good[0], good[1], good[3]}, "")
	for _, tt := range []struct {
		name        string
		contentType string
		encoding    string
		script      script
		extra       string
		escalation  string
		want        string // what the client gets of a good answer
	}{
		{"refusal in gzip", "application/json", "gzip", compressed(t, "gzip", whole(refusal)), "", "refusal", ""},
		{"answer in gzip", "application/json", "gzip", compressed(t, "gzip", whole(scriptedWords)), "", "", whole(scriptedWords)},
		{"answer in br", "application/json", "br", compressed(t, "br", whole(scriptedWords)), "", "", whole(scriptedWords)},
		{"answer in zstd", "application/json", "zstd", compressed(t, "zstd", whole(scriptedWords)), "", "", whole(scriptedWords)},
		{"not in gzip after all", "application/json", "gzip", script{whole(scriptedWords)}, "", "provider_error", ""},
		{"a bomb", "application/json", "gzip", compressed(t, "gzip", strings.Repeat(" ", 16<<20)), "", "provider_error", ""},
		{"stream in gzip", "text/event-stream", "gzip", compressed(t, "gzip", good...), streamed, "", clean},
		{"stream in zstd", "text/event-stream", "zstd", compressed(t, "zstd", good...), streamed, "", clean},
		{"refusal as a stream in gzip", "text/event-stream", "gzip", compressed(t, "gzip", refused...), streamed, "refusal", ""},
		{"stream as JSON", "application/json", "", asIs(good), streamed, "", clean},
		{"refusal as a stream, as text", "text/plain", "", asIs(refused), streamed, "refusal", ""},
		{"whole answer to a request for a stream", "application/json", "", script{whole(scriptedWords)}, streamed, "", whole(scriptedWords)},
		{"whole refusal to a request for a stream", "application/json", "", script{whole(refusal)}, streamed, "refusal", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{"Content-Type": {tt.contentType}}
			if tt.encoding != "" {
				h.Set("Content-Encoding", tt.encoding)
			}
			r := post(t, s.chat(), chatBody(p.promptAs(h, tt.script), tt.extra), "accept-encoding: identity")
			if tt.escalation != "" {
				expectAnswer(t, r, "mid", "2", tt.escalation)
				return
			}
			expectAnswer(t, r, "small", "1", "")
			if string(r.body) != tt.want || r.header.Get("content-encoding") != "" {
				t.Errorf("%v\n%s\nwant %s", r.header, r.body, tt.want)
			}
			if strings.HasPrefix(tt.want, "data:") != (r.header.Get("content-type") == "text/event-stream") {
				t.Errorf("content type %s", r.header.Get("content-type"))
			}
			if cost := r.header.Get("x-sluice-cost"); tt.extra == "" && !strings.HasPrefix(cost, "0.15") {
				t.Errorf("cost %s", cost)
			}
		})
	}
}
