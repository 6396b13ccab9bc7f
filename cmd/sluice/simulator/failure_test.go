package simulator

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestErrors(t *testing.T) {
	_, base := start(t, Options{})
	tests := []struct {
		directive      string
		status         int
		openAI, claude string // in the body
	}{
		{"400", 400, `"code":"invalid_request"`, `"invalid_request_error"`},
		{"context", 400, `"code":"context_length_exceeded"`, `prompt is too long`},
		{"401", 401, `"code":"invalid_api_key"`, `"authentication_error"`},
		{"403", 403, `"invalid_request_error"`, `"permission_error"`},
		{"404", 404, `"code":"model_not_found"`, `"not_found_error"`},
		{"413", 413, `"invalid_request_error"`, `"request_too_large"`},
		{"429", 429, `"code":"rate_limit_exceeded"`, `"rate_limit_error"`},
		{"500", 500, `"server_error"`, `"api_error"`},
		{"503", 503, `"server_error"`, `"overloaded_error"`},
		{"529", 529, `"server_error"`, `"overloaded_error"`},
		{"refused", 400, `unknown word`, `unknown word`},
		{"big=-1", 400, `is not from 0`, `is not from 0`},
		{"confidence=NaN", 400, `is not above 0`, `is not above 0`},
		{"drip=soon", 400, `invalid duration`, `invalid duration`},
	}
	for _, tt := range tests {
		for _, a := range apis {
			t.Run(tt.directive+"/"+a.name, func(t *testing.T) {
				body := `{"model":"m1","stream":` + map[bool]string{true: "true", false: "false"}[a.stream] +
					`,"messages":[{"role":"user","content":[{"type":"text","text":"Hi [[m*: ` + tt.directive + `]]"}]}]}`
				r, err := send(t, http.MethodPost, base+a.path, body, nil)
				if err != nil {
					t.Fatal(err)
				}
				want := tt.openAI
				if !a.openAI() {
					want = tt.claude
				}
				if r.status != tt.status || !strings.Contains(r.body, want) {
					t.Errorf("got %d %s, want %d with %s", r.status, r.body, tt.status, want)
				}
				if isAnthropic := strings.HasPrefix(r.body, `{"type":"error","error":{`); isAnthropic == a.openAI() {
					t.Errorf("error in the wrong dialect: %s", r.body)
				}
			})
		}
	}
}

func TestBadRequests(t *testing.T) {
	_, base := start(t, Options{Models: []string{"m1"}, Header: "authorization", Credential: "Bearer key"})
	tests := []struct {
		name, method, path, credential, body string
		status                               int
	}{
		{"no JSON", "POST", "/v1/chat/completions", "Bearer key", `{"model":`, 400},
		{"no model", "POST", "/v1/messages", "Bearer key", `{"messages":[{"role":"user","content":"x"}]}`, 400},
		{"no messages", "POST", "/v1/chat/completions", "Bearer key", `{"model":"m1","messages":[]}`, 400},
		{"odd content", "POST", "/v1/chat/completions", "Bearer key", `{"model":"m1","messages":[{"role":"user","content":7}]}`, 400},
		{"unknown model", "POST", "/v1/messages", "Bearer key", `{"model":"m2","messages":[{"role":"user","content":"x"}]}`, 404},
		{"unknown path", "POST", "/v1/audio", "Bearer key", `{}`, 404},
		{"wrong method", "PUT", "/v1/messages", "Bearer key", `{}`, 404},
		{"unknown GET", "GET", "/v1/threads", "Bearer key", ``, 404},
		{"unknown model's description", "GET", "/v1/models/m2", "Bearer key", ``, 404},
		{"no credential", "POST", "/v1/messages", "", `{"model":"m1"}`, 401},
		{"wrong credential", "GET", "/v1/models", "Bearer other", ``, 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := send(t, tt.method, base+tt.path, tt.body, map[string]string{"authorization": tt.credential})
			if err != nil {
				t.Fatal(err)
			}
			var e errorObject
			if err := json.Unmarshal([]byte(r.body), &e); err != nil || r.status != tt.status || e.Error.Message == "" {
				t.Errorf("got %d %s (%v), want %d with a message", r.status, r.body, err, tt.status)
			}
		})
	}
}
