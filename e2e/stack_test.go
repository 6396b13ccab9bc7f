package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sluice/cmd/sluice/simulator"
)

// Keys of the three simulated providers. Each refuses any other.
const (
	localKey     = "local-key-1"
	openaiKey    = "openai-key-2"
	anthropicKey = "anthropic-key-3"
)

// configuration has a cascade over three providers with endpoints, formats and keys
// of their own. What differs between tests is added behind it.
const configuration = `
listen: 127.0.0.1:0
admin: 127.0.0.1:0
processor: unix:SOCKET
providers:
  local:     {endpoint: "http://LOCAL/v1", format: [openai, anthropic], credential: {env: LOCAL_KEY}}
  openai:    {endpoint: "http://OPENAI/openai/v1", format: openai, credential: {env: OPENAI_KEY}}
  anthropic: {endpoint: "http://ANTHROPIC", format: [anthropic, openai], credential: {file: KEYFILE}}
models:
  - {name: small, provider: local, tier: budget, timeout: 2s, min_confidence: 0.8, capabilities: [tools, json]}
  - {name: mid, provider: openai, tier: standard, timeout: 5s, capabilities: [tools, json], price: {input: 1, output: 2}}
  - {name: gpt, provider: openai, tier: premium, timeout: 5s, capabilities: [tools, json], price: {input: 5, output: 10}}
  - {name: claude, provider: anthropic, tier: flagship, timeout: 5s, upstream_name: claude-20250514, capabilities: [tools, json], price: {input: 3, output: 15}}
  - {name: haiku, provider: anthropic, tier: standard, timeout: 5s, capabilities: [tools, json]}
routing:
  strategy: cascade
  cascade: [small, mid, haiku, claude]
  structured_model: gpt
  limits: {attempts: 3, total_time: 20s, stream_idle: 1s}
judge: {min_characters: 20}
state: {store: memory}
envoy: {access_log: off}
`

// A stack is the whole product, one process of each kind, and its three upstreams.
type stack struct {
	local, openai, anthropic *upstream
	sluice                   *process
	replicas                 []*process // of Sluice, the first one above among them
	envoy                    *envoy
	url                      string // of Envoy's listener
	config                   string // path of the configuration
}

// startStack runs providers, Sluice and Envoy. Each pair of changes replaces text of
// the configuration.
func startStack(t testing.TB, changes ...string) *stack {
	t.Helper()
	return startReplicas(t, 1, changes...)
}

// startReplicas is the same with several processes of Sluice behind the one Envoy.
func startReplicas(t testing.TB, n int, changes ...string) *stack {
	t.Helper()
	s := &stack{
		local:     startUpstream(t, simulator.Options{Header: "authorization", Credential: "Bearer " + localKey}),
		openai:    startUpstream(t, simulator.Options{Header: "authorization", Credential: "Bearer " + openaiKey}),
		anthropic: startUpstream(t, simulator.Options{Header: "x-api-key", Credential: anthropicKey}),
	}
	dir, err := os.MkdirTemp(scratch, "stack") //nolint:usetesting // its path must be short enough for a socket
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(dir, "anthropic.key")
	if err := os.WriteFile(key, []byte(anthropicKey), 0o600); err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(changes...).Replace(configuration)
	text = strings.NewReplacer("SOCKET", filepath.Join(dir, "sluice.sock"), "KEYFILE", key,
		"LOCAL/", s.local.address+"/", "OPENAI/", s.openai.address+"/", "ANTHROPIC\"", s.anthropic.address+"\"").Replace(text)
	s.config = filepath.Join(dir, "sluice.yaml")
	if err := os.WriteFile(s.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.startSluice(t)
	s.replicas = []*process{s.sluice}
	rendered := s.offline(t, "envoy", "bootstrap", "--config", s.config, "--secrets-dir", filepath.Join(dir, "secrets"))
	for i := 1; i < n; i++ {
		socket := filepath.Join(dir, "sluice"+strconv.Itoa(i)+".sock")
		p := startSluice(t, "serve", "--config", s.config, "--listen", "unix:"+socket)
		p.printed(t, `"msg":"serving"`)
		s.replicas = append(s.replicas, p)
		rendered = withEndpoint(t, rendered, socket)
	}
	s.envoy = startEnvoy(t, rendered, "LOCAL_KEY="+localKey, "OPENAI_KEY="+openaiKey)
	s.url = s.envoy.url(t, "llm")
	return s
}

// withEndpoint adds a replica's socket to the cluster of Sluice in a rendered bootstrap.
func withEndpoint(t testing.TB, bootstrap []byte, socket string) []byte {
	t.Helper()
	var tree map[string]any
	if err := json.Unmarshal(bootstrap, &tree); err != nil {
		t.Fatal(err)
	}
	clusters := tree["static_resources"].(map[string]any)["clusters"].([]any)
	for _, c := range clusters {
		if c := c.(map[string]any); c["name"] == "sluice" {
			locality := c["load_assignment"].(map[string]any)["endpoints"].([]any)[0].(map[string]any)
			locality["lb_endpoints"] = append(locality["lb_endpoints"].([]any), map[string]any{
				"endpoint": map[string]any{"address": map[string]any{"pipe": map[string]any{"path": socket}}},
			})
		}
	}
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (s *stack) startSluice(t testing.TB) {
	t.Helper()
	s.sluice = startSluice(t, "serve", "--config", s.config)
	s.sluice.printed(t, `"msg":"serving"`)
}

// offline runs a sub-command to its end and returns what it printed.
func (s *stack) offline(t testing.TB, args ...string) []byte {
	t.Helper()
	path, err := sluice()
	if err != nil {
		t.Fatalf("build sluice: %v", err)
	}
	cmd := exec.Command(path, args...)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("sluice %s: %v\n%s", strings.Join(args, " "), err, problems.String())
	}
	return out
}

// upstreams lists the three providers.
func (s *stack) upstreams() []*upstream { return []*upstream{s.local, s.openai, s.anthropic} }

// received returns every request that any provider got, in the order of their arrival.
func (s *stack) received() []simulator.Request {
	var all []simulator.Request
	for _, u := range s.upstreams() {
		all = append(all, u.Requests()...)
	}
	for i := range all { // few: sorted by insertion
		for j := i; j > 0 && all[j].Time.Before(all[j-1].Time); j-- {
			all[j], all[j-1] = all[j-1], all[j]
		}
	}
	return all
}

func (s *stack) chat() string     { return s.url + "/v1/chat/completions" }
func (s *stack) messages() string { return s.url + "/v1/messages" }

func (s *stack) responses() string { return s.url + "/v1/responses" }

// chatBody and messagesBody are requests of the two formats; extra starts with a
// comma where it is not empty.
func chatBody(prompt, extra string) string {
	return `{"model": "auto",  "messages":[{"role":"user","content":"` + prompt + `"}], "seed": 12345678901234567890` + extra + `}`
}

func messagesBody(prompt, extra string) string {
	return `{"max_tokens":4096, "model": "auto","messages":[{"role":"user","content":[{"type":"text","text":"` + prompt + `"}]}]` + extra + `}`
}
