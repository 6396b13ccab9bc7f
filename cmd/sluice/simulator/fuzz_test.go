package simulator

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzServe: whatever the body, the answer is JSON or a stream of it, in the dialect
// of the endpoint where it is an error, and under a status that the API knows.
func FuzzServe(f *testing.F) {
	for i := range endpoints {
		f.Add(i, `{"model":"m","stream":false,"messages":[{"role":"user","content":"hi"}],"input":"x","prompt":"y"}`)
		f.Add(i, `{"model":"m","stream":true,"messages":[{"role":"user","content":[{"type":"text","text":"hi [[m: tool]]"}]}],"tools":[{"name":"a","function":{"name":"b"}}]}`)
		f.Add(i, `{"model":"m","messages":[{"role":"user","content":"[[m: broken-json big=9]]"}],"response_format":{"type":"json_schema","json_schema":{"schema":{"type":"array"}}}}`)
	}
	f.Add(0, `{"model":"m","messages":null,"tool_choice":[]}`)
	s := New(Options{})
	f.Fuzz(func(t *testing.T, i int, body string) {
		for _, slow := range []string{"delay", "drip", "hang", "stall", "cut", "gzip", "big"} {
			if strings.Contains(body, slow) {
				return // about the delivery, not the answer
			}
		}
		e := endpoints[uint(i)%uint(len(endpoints))]
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1"+e.suffix, strings.NewReader(body)))
		answer := w.Body.String()
		if strings.HasPrefix(w.Header().Get("content-type"), "text/event-stream") {
			for line := range strings.Lines(answer) {
				data, ok := strings.CutPrefix(strings.TrimSpace(line), "data: ")
				if ok && data != "[DONE]" && !json.Valid([]byte(data)) {
					t.Fatalf("event is no JSON: %s", line)
				}
			}
			return
		}
		var shape struct {
			Type  string
			Error *errorDetail
		}
		if err := json.Unmarshal([]byte(answer), &shape); err != nil {
			t.Fatalf("status %d, no JSON: %v\n%s", w.Code, err, answer)
		}
		if w.Code >= 400 && (shape.Error == nil || shape.Error.Message == "" || (shape.Type == "error") != (e.errors == anthropic)) {
			t.Fatalf("status %d in the wrong shape: %s", w.Code, answer)
		}
		if w.Code != http.StatusOK && (w.Code < 400 || w.Code > 599) {
			t.Fatalf("status %d", w.Code)
		}
	})
}
