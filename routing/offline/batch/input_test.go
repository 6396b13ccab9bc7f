package batch

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
)

func TestReadLine(t *testing.T) {
	chat := routing.OpenAIChat
	for _, tt := range []struct {
		name, in string
		want     Line
		wantErr  string
	}{
		{"OpenAI", `{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"m", "n" : 1.50}}`, Line{ID: "a", API: chat, Body: []byte(`{"model":"m", "n" : 1.50}`)}, ""},
		{"messages by url", `{"body":{},"url":"/v1/messages","method":"POST","custom_id":"a"}`, Line{ID: "a", API: routing.AnthropicMessages, Body: []byte(`{}`)}, ""},
		{"Anthropic", `{"custom_id":"b","params":{"model":"m","max_tokens":5}}`, Line{ID: "b", API: routing.AnthropicMessages, Body: []byte(`{"model":"m","max_tokens":5}`)}, ""},
		{"prompt", `{"prompt":"Hi \"you\" <3","id":"c","user":"u"}`, Line{ID: "c", API: chat, User: "u", Body: []byte(`{"model":"auto","messages":[{"role":"user","content":"Hi \"you\" <3"}],"user":"u"}`)}, ""},
		{"string", ` "안녕" `, Line{API: chat, Body: []byte(`{"model":"auto","messages":[{"role":"user","content":"안녕"}]}`)}, ""},
		{"no JSON", `{"prompt":`, Line{}, "not JSON; " + forms},
		{"two values", `"a" "b"`, Line{}, "not JSON; " + forms},
		{"number", `7`, Line{}, "neither an object nor a string; " + forms},
		{"unknown key", `{"promt":"x"}`, Line{}, `unknown key "promt"; ` + forms},
		{"key in another case", `{"Prompt":"x"}`, Line{}, `unknown key "Prompt"; ` + forms},
		{"key twice", `{"prompt":"x","prompt":"y"}`, Line{}, `"prompt" is given twice`},
		{"two forms", `{"prompt":"x","params":{}}`, Line{}, forms},
		{"nothing", `{}`, Line{}, forms},
		{"empty prompt", `{"prompt":""}`, Line{}, `"prompt" is empty; expected a question`},
		{"prompt of a wrong type", `{"prompt":7}`, Line{}, `"prompt" is 7; expected a string`},
		{"no id", `{"method":"POST","url":"/v1/messages","body":{}}`, Line{}, `"custom_id" is missing; it must be a string that is not empty`},
		{"method", `{"custom_id":"a","method":"GET","url":"/v1/messages","body":{}}`, Line{ID: "a"}, `"method" is "GET"; expected "POST"`},
		{"url", `{"custom_id":"a","method":"POST","url":"/v1/embeddings","body":{}}`, Line{ID: "a"}, `"url" is "/v1/embeddings"; expected "/v1/chat/completions" or "/v1/messages"`},
		{"long id", `{"custom_id":"` + strings.Repeat("x", maxID+1) + `","params":{}}`, Line{}, "an id is longer than 512 bytes"},
		{"deep", strings.Repeat("[", 1<<20), Line{}, "not JSON; " + forms},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readLine([]byte(tt.in), "auto")
			message := ""
			if err != nil {
				message, got.API, got.Body = err.Error(), 0, nil
			}
			if message != tt.wantErr {
				t.Errorf("error %q, want %q", message, tt.wantErr)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
	if _, err := readLine(nil, "auto"); err == nil || err.Error() != "longer than 33554432 bytes" {
		t.Errorf("a line that was too long: %v", err)
	}
}

// FuzzReadLine: a line is read or refused, and a body that was given is handed on as it stands.
func FuzzReadLine(f *testing.F) {
	f.Add([]byte(`{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"m"}}`))
	f.Add([]byte(`{"custom_id":"a","params":{"model": "m"}}`))
	f.Add([]byte(`{"prompt":"x","user":"u"}`))
	f.Add([]byte(`"x"`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		l, err := readLine(raw, "auto")
		if err != nil {
			return
		}
		if !l.API.Routed() || !json.Valid(l.Body) {
			t.Errorf("%q: api %v, body %q", raw, l.API, l.Body)
		}
		made := bytes.HasPrefix(l.Body, []byte(`{"model":"auto","messages":[{"role":"user","content":`))
		if !made && !bytes.Contains(raw, l.Body) {
			t.Errorf("%q: the body %q is another", raw, l.Body)
		}
		if len(l.ID) > maxID {
			t.Errorf("an id of %d bytes", len(l.ID))
		}
	})
}
