package pipeline

import (
	"strings"
	"testing"

	"sluice/routing/verdict"
)

// TestForms: the form of an answer to a request for a stream shows by its first bytes.
func TestForms(t *testing.T) {
	good := strings.Replace(wordEvent, "Rivers", "Rivers carry water from the mountains to the sea, and shape the land that they cross.", 1)
	refusal := strings.Replace(wordEvent, "Rivers", "I'm sorry, but I can't help with that.", 1)
	usage := `data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5}}` + "\n\n"
	end := strings.Replace(wordEvent, `"content":"Rivers"}`, `},"finish_reason":"stop"`, 1) + usage + "data: [DONE]\n\n"
	for _, tt := range []struct {
		name, contentType, body string
		streamed                bool
		kind                    ActionKind
		reason                  verdict.Reason
		set                     string // content type
	}{
		{"a stream", "text/event-stream", good + end, true, Deliver, "", ""},
		{"a stream as JSON", "application/json", good + end, true, Deliver, "", "text/event-stream"},
		{"a stream without a type", "", ": hello\n\n" + good + end, true, Deliver, "", "text/event-stream"},
		{"a stream as bytes, behind a byte order mark", "application/octet-stream", "\uFEFF\n" + good + end, true, Deliver, "", "text/event-stream"},
		{"a refusal as text", "text/plain", refusal + end, true, Retry, verdict.Refusal, ""},
		{"an odd beginning", "text/event-stream", "x: y\n" + good + end, true, Deliver, "", ""},
		{"a whole answer", "application/json", goodAnswer, false, Deliver, "", ""},
		{"a whole answer as a stream", "text/event-stream", "\n" + goodAnswer, false, Deliver, "", ""},
		{"a web page", "text/html", "<html>Bad gateway</html>", false, Retry, verdict.ProviderError, ""},
		{"nothing", "application/json", "", false, Retry, verdict.ProviderError, ""},
		{"nothing, as a stream", "text/event-stream", "", true, Retry, verdict.Empty, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, size := range []int{1, 3, len(tt.body) + 1} {
				p := testPipeline(t, cascadeConfig, Stores{})
				plan := begin(t, p, chatCall(strings.Replace(question, "{", `{"stream":true,`, 1)))
				r := p.Respond(&Progress{Plan: plan}, Head{Attempt: 1, Status: 200, ContentType: tt.contentType, Headers: noHeaders})
				a := r.Start(t.Context(), tt.body == "")
				var passed strings.Builder
				for rest := tt.body; rest != ""; {
					n := min(size, len(rest))
					pass, action := r.Feed(t.Context(), []byte(rest[:n]), n == len(rest))
					passed.Write(pass)
					if rest = rest[n:]; action != nil {
						a = action
					}
				}
				if a == nil || a.Kind != tt.kind || a.Reason != tt.reason || r.Streamed() != tt.streamed {
					t.Fatalf("parts of %d: action %+v, streamed %t", size, a, r.Streamed())
				}
				set := ""
				for _, f := range a.Set {
					if f.Name == "content-type" {
						set = f.Value
					}
				}
				if set != tt.set {
					t.Errorf("content type %q, want %q", set, tt.set)
				}
				if want := strings.Replace(tt.body, usage, "", 1); passed.String() != want {
					t.Errorf("parts of %d: passed %q, want %q", size, passed.String(), want)
				}
				if tt.streamed && tt.kind == Deliver && r.Summary().Usage.Input != 7 {
					t.Errorf("usage %+v", r.Summary().Usage)
				}
				r.Close()
			}
		})
	}
}

// TestPassthroughForm: a stream that is not judged is counted, whatever its content type, and
// nothing of it is held.
func TestPassthroughForm(t *testing.T) {
	for _, contentType := range []string{"text/event-stream", "text/plain"} {
		p := testPipeline(t, cascadeConfig, Stores{})
		plan := begin(t, p, chatCall(strings.NewReplacer("{", `{"stream":true,`, `"auto"`, `"b"`).Replace(question)))
		if !plan.Passthrough {
			t.Fatalf("plan %+v", plan)
		}
		r := p.Respond(&Progress{Plan: plan}, Head{Attempt: 1, Status: 200, ContentType: contentType, Headers: noHeaders})
		a := r.Start(t.Context(), false)
		for range 3 {
			if _, action := r.Feed(t.Context(), []byte(wordEvent), false); action != nil {
				a = action
			}
		}
		if n := p.metrics.held.n.Load(); a == nil || a.Kind != Deliver || !r.Streamed() || n != 0 {
			t.Errorf("%s: action %+v, streamed %t, %d bytes held", contentType, a, r.Streamed(), n)
		}
		r.Close()
	}
}
