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

func TestEachLine(t *testing.T) {
	long := strings.Repeat("y", 200_000)
	for _, tt := range []struct {
		name, in string
		most     int
		want     []string
	}{
		{"nothing", "", 9, nil},
		{"one", "a", 9, []string{"a"}},
		{"ended", "a\n", 9, []string{"a"}},
		{"blank between", "a\n\nb", 9, []string{"a", "", "b"}},
		{"just fits", "123456789\nx", 9, []string{"123456789", "x"}},
		{"too long", "1234567890\nx\n", 9, []string{"<nil>", "x"}},
		{"longer than the buffer", long + "\nx", 1 << 20, []string{long, "x"}},
		{"longer than the buffer and too long", "a\n" + long + "\nx", 100_000, []string{"a", "<nil>", "x"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			err := eachLine(strings.NewReader(tt.in), tt.most, func(n int, line []byte) error {
				if n != len(got)+1 {
					t.Errorf("line %d after %d", n, len(got))
				}
				if line == nil {
					line = []byte("<nil>")
				}
				got = append(got, string(line))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
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
