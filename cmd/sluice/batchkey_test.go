package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/routing/config"
)

// TestEndpoints: which header carries which key, by the configuration alone.
func TestEndpoints(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte("from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ENDPOINT_TEST_KEY", "from-env")
	none, own := "", "Key "
	openAI, anthropic := config.Words{"openai"}, config.Words{"anthropic", "openai"}
	for _, tt := range []struct {
		name              string
		p                 config.Provider
		header, key, want string
	}{
		{"OpenAI", config.Provider{Format: openAI, Credential: &config.Credential{Env: "ENDPOINT_TEST_KEY"}}, "authorization", "Bearer from-env", ""},
		{"Anthropic", config.Provider{Format: anthropic, Credential: &config.Credential{File: file}}, "x-api-key", "from-file", ""},
		{"header", config.Provider{Format: openAI, Credential: &config.Credential{File: file, Header: "api-key"}}, "api-key", "from-file", ""},
		{"header of the other", config.Provider{Format: anthropic, Credential: &config.Credential{File: file, Header: "authorization"}}, "authorization", "Bearer from-file", ""},
		{"prefix", config.Provider{Format: anthropic, Credential: &config.Credential{File: file, Prefix: &own}}, "x-api-key", "Key from-file", ""},
		{"no prefix", config.Provider{Format: openAI, Credential: &config.Credential{File: file, Prefix: &none}}, "authorization", "from-file", ""},
		{"no key", config.Provider{Format: openAI}, "", "", ""},
		{"empty variable", config.Provider{Format: openAI, Credential: &config.Credential{Env: "ENDPOINT_TEST_NONE"}}, "", "", "the environment variable ENDPOINT_TEST_NONE is empty"},
		{"empty file", config.Provider{Format: openAI, Credential: &config.Credential{File: empty}}, "", "", "is empty; expected the provider's key"},
		{"no file", config.Provider{Format: openAI, Credential: &config.Credential{File: empty + "x"}}, "", "", "no such file"},
		{"authorities", config.Provider{Endpoint: "https://x", Format: openAI, CA: file}, "", "", "key has no certificate in PEM"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rt := &config.Runtime{File: &config.File{Providers: map[string]config.Provider{"p": tt.p}}}
			e, err := endpoints(rt)("p")
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "from-") {
					t.Errorf("error %v, want %s", err, tt.want)
				}
				return
			}
			if err != nil || e.Header != tt.header || e.Key != tt.key || e.Format != tt.p.Format[0] || e.Client == nil {
				t.Errorf("%+v, %v; want %s: %s", e, err, tt.header, tt.key)
			}
		})
	}
	if _, err := endpoints(&config.Runtime{File: &config.File{}})("p"); err == nil || err.Error() != `provider "p" is not configured` {
		t.Errorf("unknown provider: %v", err)
	}
}
