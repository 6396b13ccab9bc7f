package llmapi

import "testing"

func TestForwardedPath(t *testing.T) {
	for path, want := range map[string]string{
		"/v1/messages":                                  "/v1/messages",
		"/v1/messages?":                                 "/v1/messages",
		"/v1/messages?beta=true":                        "/v1/messages?beta=true",
		"/v1/messages?beta=true&key=secret":             "/v1/messages?beta=true",
		"/v1/messages?key=secret&beta=true&api_key=a":   "/v1/messages?beta=true",
		"/v1/messages?api-version=2025-01-01&beta=true": "/v1/messages?api-version=2025-01-01&beta=true",
		"/v1/messages?access_token=secret":              "/v1/messages",
		"/v1/messages?%62eta=true&ke%79=secret":         "/v1/messages?%62eta=true",
		"/v1/messages?beta=true;key=secret":             "/v1/messages?beta=true;key=secret",
		"/v1/messages?%zz=secret":                       "/v1/messages",
		"/v1/messages?secret":                           "/v1/messages",
		"/v1/messages?beta=true#secret":                 "/v1/messages?beta=true",
	} {
		if got := ForwardedPath(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
