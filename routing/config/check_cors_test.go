package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestCORS(t *testing.T) {
	if got := Default().CORS.Origins; !slices.Equal(got, []string{LoopbackOrigins}) {
		t.Errorf("by default %q", got)
	}
	for origin, ok := range map[string]bool{
		"loopback": true, "*": true, "https://app.example.com": true, "http://10.1.2.3:8080": true, "https://*.example.com": true,
		"https://*.example.com:8443": true, "chrome-extension://abcdef": true, "app://obsidian.md": true, "http://[::1]:3000": true,
		"": false, "example.com": false, "https://": false, "https://*": false, "https://*.": false, "https://a.*.com": false,
		"https://App.example.com": false, "https://app.example.com/": false, "https://app.example.com?x": false, "null": false,
		"https://user@example.com": false, "https://a.com,https://b.com": false, "localhost:3000": false,
	} {
		f, _, err := Load("c.yaml", fmt.Appendf(nil, "cors: {origins: [%q]}", origin))
		switch {
		case ok && (err != nil || !slices.Equal(f.CORS.Origins, []string{origin})):
			t.Errorf("%q: %v", origin, err)
		case !ok && (err == nil || !strings.Contains(err.Error(), "cors.origins[0]: ")):
			t.Errorf("%q: %v, want an error", origin, err)
		}
	}
	f, _, err := Load("c.yaml", []byte("cors: {origins: []}"))
	if err != nil || len(f.CORS.Origins) != 0 {
		t.Errorf("none: %v", err)
	}
}
