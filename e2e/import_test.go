package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/cmd/sluice/simulator"
)

// TestImported: a LiteLLM configuration, imported as it is, serves requests through Envoy: those
// for its names by their models, those for its router by the tiers. The keys come from the
// variables that the result names.
func TestImported(t *testing.T) {
	s := &stack{
		local:     startUpstream(t, simulator.Options{}),
		openai:    startUpstream(t, simulator.Options{Header: "authorization", Credential: "Bearer " + openaiKey}),
		anthropic: startUpstream(t, simulator.Options{Header: "api-key", Credential: anthropicKey}),
	}
	dir, err := os.MkdirTemp(scratch, "import") //nolint:usetesting // its path must be short enough for a socket
	if err != nil {
		t.Fatal(err)
	}
	from := filepath.Join(dir, "config.yaml")
	text := strings.NewReplacer("FIRST", s.local.address, "SECOND", s.openai.address, "THIRD", s.anthropic.address).Replace(`
model_list:
  - model_name: own
    litellm_params: {model: ollama/qwen2.5, api_base: "http://FIRST"}
  - model_name: team/mini
    litellm_params: {model: openai/gpt-4o-mini, api_base: "http://SECOND/v1", api_key: ` + openaiKey + `}
  - model_name: large
    litellm_params: {model: azure/prod, api_base: "http://THIRD/", api_version: "2024-10-21", api_key: os.environ/AZURE_KEY}
    model_info: {base_model: azure/gpt-4o}
  - model_name: smart
    litellm_params:
      model: auto_router/complexity_router
      complexity_router_config: {tiers: {SIMPLE: own, MEDIUM: team/mini, COMPLEX: large, REASONING: large}}
router_settings: {model_group_alias: {gpt-4: large}}
general_settings: {master_key: sk-1234}
`)
	if err := os.WriteFile(from, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	// What a test needs of its own: free ports, and no state that stays.
	imported := string(s.offline(t, "config", "import", "litellm", from)) +
		"\nlisten: 127.0.0.1:0\nadmin: 127.0.0.1:0\nprocessor: unix:" + filepath.Join(dir, "sluice.sock") + "\nstate: {store: memory}\nenvoy: {access_log: off}\n"
	s.config = filepath.Join(dir, "sluice.yaml")
	if err := os.WriteFile(s.config, []byte(imported), 0o600); err != nil {
		t.Fatal(err)
	}
	s.offline(t, "check", s.config)
	s.startSluice(t)
	s.envoy = startEnvoy(t, s.offline(t, "envoy", "bootstrap", "--config", s.config), "OPENAI_API_KEY="+openaiKey, "AZURE_KEY="+anthropicKey)
	s.url = s.envoy.url(t, "llm")

	for _, c := range []struct {
		model, prompt string
		at            *upstream
		upstream      string // model that the provider is asked for
		path          string
	}{
		{"own", "Hello", s.local, "qwen2.5", "/v1/chat/completions"},
		{"team/mini", "Hello", s.openai, "gpt-4o-mini", "/v1/chat/completions"},
		{"large", "Hello", s.anthropic, "prod", "/openai/v1/chat/completions"},
		{"gpt-4", "Hello", s.anthropic, "prod", "/openai/v1/chat/completions"},
		{"smart", "What is the capital of Korea?", s.local, "qwen2.5", "/v1/chat/completions"},
		{"auto", "What is the capital of Korea?", s.local, "qwen2.5", "/v1/chat/completions"},
	} {
		before := len(c.at.received(c.upstream))
		r := post(t, s.url+"/v1/chat/completions", `{"model":"`+c.model+`","messages":[{"role":"user","content":"`+c.prompt+`"}]}`)
		got := c.at.received(c.upstream)
		if r.err != nil || r.status != 200 || len(got) != before+1 || got[before].Path != c.path {
			t.Errorf("%s: status %d, %v, %d requests at its provider (%d before)\n%s", c.model, r.status, r.err, len(got), before, r.body)
		}
	}
}
