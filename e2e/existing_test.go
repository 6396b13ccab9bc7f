package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"sluice/cmd/sluice/simulator"
)

// TestExistingEnvoy runs examples/existing-envoy as it is but for its ports: an Envoy
// with a route of its own that follows the request header x-sluice-cluster.
func TestExistingEnvoy(t *testing.T) {
	one, two := startUpstream(t, simulator.Options{}), startUpstream(t, simulator.Options{})
	ports := strings.NewReplacer("127.0.0.1:8001", one.address, "127.0.0.1:8002", two.address)

	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join("examples/existing-envoy", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	path := filepath.Join(t.TempDir(), "sluice.yaml")
	if err := os.WriteFile(path, []byte(ports.Replace(read("sluice.yaml"))), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startSluice(t, "serve", "--config", path, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0")
	processor := s.printed(t, `"processor":"([^"]+)"`)[1]

	text := read("envoy.yaml")
	for from, to := range map[string]string{"10000": "127.0.0.1:0", "10002": processor, "8001": one.address, "8002": two.address} {
		host, port, _ := strings.Cut(to, ":")
		was := "address: 127.0.0.1, port_value: " + from
		if !strings.Contains(text, was) {
			t.Fatalf("the example has no address with port %s", from)
		}
		text = strings.ReplaceAll(text, was, "address: "+host+", port_value: "+port)
	}
	var tree any
	if err := yaml.Unmarshal([]byte(text), &tree); err != nil {
		t.Fatal(err)
	}
	bootstrap, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	url := startEnvoy(t, bootstrap).url(t, "ingress")

	var models []string
	for prompt, to := range map[string]*upstream{"Tell me about rivers.": one, "Analyze and compare: def f(): return 1": two} {
		r := post(t, url+"/v1/chat/completions", chatBody(prompt, ""), "x-sluice-cluster: nowhere", "authorization: Bearer the-clients-own")
		if r.status != 200 || r.header.Get("x-sluice-model") == "" || r.header.Get("x-sluice-attempts") != "1" {
			t.Fatalf("%d %s, %v", r.status, r.body, r.header)
		}
		models = append(models, r.header.Get("x-sluice-model"))
		got := to.Requests()
		if len(got) != 1 {
			t.Fatalf("%q: %d requests, answered by %s", prompt, len(got), r.header.Get("x-sluice-model"))
		}
		if want := strings.Replace(chatBody(prompt, ""), `"auto"`, `"`+got[0].Model+`"`, 1); string(got[0].Body) != want {
			t.Errorf("received %s", got[0].Body)
		}
		for name := range got[0].Header {
			if strings.HasPrefix(strings.ToLower(name), "x-sluice-") || name == "Authorization" {
				t.Errorf("received %s: %s", name, got[0].Header.Get(name))
			}
		}
	}
	if models[0] == models[1] {
		t.Errorf("both prompts went to %s", models[0])
	}
	t.Run("stream", func(t *testing.T) {
		st := openStream(t, url+"/v1/chat/completions", chatBody("Tell me about rivers.", streamed))
		if _, err := st.rest(); err != nil || st.header.Get("x-sluice-model") == "" || !strings.HasSuffix(st.raw.String(), "data: [DONE]\n\n") {
			t.Errorf("%v: %v, %s", err, st.header, st.raw.String())
		}
	})
	t.Run("a client that leaves", func(t *testing.T) {
		leave(t, one, url+"/v1/chat/completions", chatBody("Tell me about rivers. [[*: delay=5s]]", ""), "x-anything: 1")
		s.printed(t, `"msg":"unanswered".*"why":"client_gone"`)
	})
	t.Run("other paths are as they were", func(t *testing.T) {
		if r := post(t, url+"/anything", "{}"); r.status != 200 || string(r.body) != "not an LLM call\n" {
			t.Errorf("%d %s", r.status, r.body)
		}
	})
}
