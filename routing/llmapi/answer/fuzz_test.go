package answer

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/llmapi"
	"sluice/routing/llmapi/jsonscan"
)

// FuzzStream checks that a stream reads the same in any parts.
func FuzzStream(f *testing.F) {
	for _, s := range []string{openAIStream, anthropicStream, hourStream, errorStream, responsesStream, strings.ReplaceAll(openAIStream, "\n", "\r\n")} {
		f.Add([]byte(s), 3)
		f.Add([]byte(s), 1)
	}
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		if size <= 0 {
			return
		}
		for _, format := range routing.Formats() {
			whole, parts := NewStream(format), NewStream(format)
			whole.Feed(data)
			for rest := data; len(rest) > 0; {
				n := min(size, len(rest))
				parts.Feed(bytes.Clone(rest[:n]))
				rest = rest[n:]
			}
			for range 2 {
				if diff := cmp.Diff(whole.Response(), parts.Response()); diff != "" {
					t.Fatalf("whole against parts: %s", diff)
				}
				if whole.Events() != parts.Events() {
					t.Fatalf("%d events whole, %d in parts", whole.Events(), parts.Events())
				}
				whole.End()
				parts.End()
			}
		}
	})
}

// FuzzRead checks that a whole answer and the same as a stream's one event agree,
// and that an answer or an error comes, never both.
func FuzzRead(f *testing.F) {
	for _, c := range answerCases {
		f.Add([]byte(c.body))
	}
	for _, c := range usageCases {
		f.Add([]byte(c.body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, format := range routing.Formats() {
			a, err := Read(format, body)
			if (err == nil) != a.Complete {
				t.Fatalf("answer %+v with error %v", a, err)
			}
			var e *jsonscan.Error
			if errors.As(err, &e) && e.Code == jsonscan.CodeInvalidJSON && isObject(body) {
				t.Fatalf("%v, but encoding/json thinks otherwise", err)
			}
			if err == nil && (!json.Valid(body) || !utf8.ValidString(a.Text) || a.Truncated || a.Probability < 0 || a.Probability > 1) {
				t.Fatalf("impossible: %+v", a)
			}
			if u := a.Usage; u.CacheWrite1h > u.CacheWrite || u.Input >= 0 && u.CacheWrite > u.Input && format == routing.Anthropic || u.Served != routing.ParseServiceTier(string(u.Served)) {
				t.Fatalf("impossible usage: %+v", u)
			}
			ReadError(body)
			if err != nil || bytes.ContainsAny(body, "\r\n") || len(body) > maxKept/2 {
				continue
			}
			s := NewStream(format)
			s.Feed([]byte("data: " + string(body) + "\n\n"))
			s.End()
			got := s.Response()
			got.Complete = true
			if s.Events() == 1 && len(a.ToolCalls) < MaxCalls {
				if diff := cmp.Diff(a, got); diff != "" {
					t.Fatalf("body against event: %s", diff)
				}
			}
		}
	})
}

// FuzzErrorBody checks that any words make a body that its readers understand.
func FuzzErrorBody(f *testing.F) {
	f.Add(400, "invalid_json", "the \"body\" ends <here> \\", "id-1", "attempts")
	f.Add(529, "", "\xff\u2028", "", "message")
	f.Fuzz(func(t *testing.T, status int, code, message, id, extra string) {
		for _, format := range routing.Formats() {
			b := llmapi.ErrorBody(format, status, code, message, id, map[string]any{extra: []string{message}})
			if !json.Valid(b) {
				t.Fatalf("not JSON: %s", b)
			}
			got := ReadError(b)
			if !utf8.ValidString(code) || !utf8.ValidString(message) || code == "" || code[0]-'0' <= 9 || len(code) > maxWord {
				continue
			}
			want := message
			if format == routing.Anthropic && code != llmapi.CodeContextLength {
				want = code + ": " + message
			}
			if got.Name() != code || got.Message != jsonscan.Truncate(want, maxErrorText) {
				t.Fatalf("read back %q %q, want %q %q", got.Name(), got.Message, code, want)
			}
		}
	})
}

// isObject reports whether body is one JSON object that Read has to accept as such.
// Deeper nesting than Read allows has another code.
func isObject(body []byte) bool {
	return json.Valid(body) && bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{"))
}
