package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// hup tells Sluice to reload its configuration and waits for a line of its log.
func hup(t testing.TB, p *process, path, config, logged string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.printed(t, logged)
}

// TestReload: a model that Envoy has no cluster for is refused, and the running
// configuration goes on; prices and tiers change at once.
func TestReload(t *testing.T) {
	s := startStack(t)
	before, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	change := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(string(before)) }
	cost := func(model string) {
		t.Helper()
		r := post(t, s.chat(), chatBody("Tell me about rivers.", ""))
		if r.status != 200 || r.header.Get("x-sluice-model") != model {
			t.Fatalf("%d %v %s, want an answer of %s", r.status, r.header, r.body, model)
		}
	}
	cost("small")
	hup(t, s.sluice, s.config, change("models:", "models:\n  - {name: new, provider: local, tier: budget}", "cascade: [small,", "cascade: [new,"),
		`"msg":"reload refused; the running configuration stays in force","error":"[^"]*model \\"new\\" is new; render the bootstrap again`)
	cost("small")
	hup(t, s.sluice, s.config, change("cascade: [small,", "cascade: ["), `"msg":"configuration reloaded"`)
	cost("mid")
}

// TestRunReloads: `sluice run` does to a reloaded configuration what it did at the start.
func TestRunReloads(t *testing.T) {
	free := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		return l.Addr().String()
	}
	listen, path := free(), filepath.Join(t.TempDir(), "sluice.yaml")
	config := fmt.Sprintf(`
listen: %s
admin: %s
providers: {p: {endpoint: "https://provider.invalid/v1", format: openai, credential: {env: NO_SUCH_KEY}}}
models: [{name: m, provider: p, tier: budget, price: {input: 1, output: 1}}]
`, listen, free())
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	p := startSluice(t, "run", "--simulate", "--config", path)
	p.printed(t, "Sluice is up")
	answered := func() {
		t.Helper()
		if r := post(t, "http://"+listen+"/v1/chat/completions", chatBody("Tell me about rivers.", "")); r.status != 200 {
			t.Fatalf("%d %s", r.status, r.body)
		}
	}
	answered()
	hup(t, p, path, strings.Replace(config, "input: 1,", "input: 2,", 1), `"msg":"configuration reloaded"`)
	answered()
}
