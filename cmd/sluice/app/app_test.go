package app

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"sluice/routing/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A service is an App in this process, with its configuration in a file.
type service struct {
	*App
	path string
	logs *observer.ObservedLogs
}

// base is a configuration on ports that the system chooses.
const base = `listen: 127.0.0.1:0
admin: 127.0.0.1:0
processor: 127.0.0.1:0
providers:
  p: {endpoint: "http://127.0.0.1:1/v1", format: openai, credential: {env: KEY}}
models:
  - {name: small, provider: p, tier: budget, price: {input: 1, output: 1}}
  - {name: large, provider: p, tier: premium}
state: {store: memory}
routing: {strategy: auto}
telemetry: {log_level: info}
`

func (s *service) write(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(s.path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// start runs a service with the base configuration. The caller stops it.
func start(t *testing.T) *service {
	t.Helper()
	core, logs := observer.New(zapcore.InfoLevel)
	s := &service{path: filepath.Join(t.TempDir(), "sluice.yaml"), logs: logs}
	s.write(t, base)
	load := func() (*config.File, error) {
		f, _, err := config.LoadFile(s.path)
		return f, err
	}
	f, err := load()
	if err != nil {
		t.Fatal(err)
	}
	s.App, err = New(f, Options{
		Load: load, Log: zap.New(core), Build: Build{"v1", "abc", "go1"},
		DryRun: func(running func() *config.Runtime) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, running().Hash) }
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	return s
}

// get returns the status and the body of a request to the admin API.
func (s *service) get(t *testing.T, method, path string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, "http://"+s.Admin().String()+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func (s *service) stop(t *testing.T) {
	t.Helper()
	http.DefaultClient.CloseIdleConnections()
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}

// TestLifecycle runs a whole service in this process. TestMain finds what it leaves behind.
func TestLifecycle(t *testing.T) {
	s := start(t)
	for _, tt := range []struct{ method, path, want string }{
		{"GET", "/healthz", "ok\n"},
		{"GET", "/readyz", "ok\n"},
		{"GET", "/metrics", `sluice_build_info{goversion="go1",revision="abc",version="v1"} 1`},
		{"GET", "/metrics", "go_goroutines"},
		{"GET", "/budgets", "[]"},
		{"GET", "/experiments", `"experiments": []`},
		{"POST", "/route", s.Runtime().Hash},
	} {
		if code, text := s.get(t, tt.method, tt.path); code != 200 || !strings.Contains(text, tt.want) {
			t.Errorf("%s %s: %d %s", tt.method, tt.path, code, text)
		}
	}
	s.stop(t)
	if c, err := http.Get("http://" + s.Admin().String() + "/readyz"); err == nil {
		_ = c.Body.Close()
		t.Error("the admin API answers after Stop")
	}
	// Both addresses are free again: the same configuration can start.
	start(t).stop(t)
}

func TestStopWithoutStart(t *testing.T) {
	f, _, err := config.Load("x.yaml", []byte(strings.Replace(base, "processor: 127.0.0.1:0", "processor: unix:"+filepath.Join(t.TempDir(), "s.sock"), 1)))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		a, err := New(f, Options{Log: zap.NewNop()})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := New(f, Options{Log: zap.NewNop()}); err == nil || !strings.HasPrefix(err.Error(), "processor: another process listens on") {
			t.Errorf("a second service at the same socket: %v", err)
		}
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
	}
}

// TestReload: a configuration that is refused changes nothing, and a metric and the log say so.
func TestReload(t *testing.T) {
	s := start(t)
	defer s.stop(t)
	change := func(old, new string) string {
		t.Helper()
		if !strings.Contains(base, old) {
			t.Fatalf("%q is not in the configuration", old)
		}
		return strings.Replace(base, old, new, 1)
	}
	const renderAgain = "render the bootstrap again, and restart Envoy and Sluice"
	for _, tt := range []struct {
		name, text, refused string
	}{
		{"price", change("input: 1,", "input: 2,"), ""},
		{"not YAML", "listen: [", "sluice.yaml"},
		{"invalid", change("strategy: auto", "strategy: magic"), "routing.strategy"},
		{"tier and strategy", strings.Replace(change("tier: premium", "tier: flagship"), "strategy: auto", "strategy: cascade", 1), ""},
		{"model removed", change("  - {name: large, provider: p, tier: premium}\n", ""), ""},
		{"model back", base, ""},
		{"path of the endpoint", change("127.0.0.1:1/v1", "127.0.0.1:1/v2"), ""},
		{"model added", change("state:", "  - {name: huge, provider: p, tier: flagship}\nstate:"), `model "huge" is new; ` + renderAgain},
		{"endpoint changed", change("127.0.0.1:1/", "127.0.0.1:2/"), `the endpoint, TLS or credential of model "large" changed, at provider "p"; ` + renderAgain},
		{"TLS", change("http://", "https://"), renderAgain},
		{"credential", change("env: KEY", "env: KEY2"), renderAgain},
		{"no credential", change(", credential: {env: KEY}", ""), renderAgain},
		{"identity", base + "identity: {user: {header: x-user}}\n", "identity changed; " + renderAgain},
		{"cut off", change("telemetry: {log_level: info}\n", ""), "the file no longer has telemetry"},
		{"empty", "", "the file is empty"},
		{"as at the start", base, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := s.Runtime()
			s.logs.TakeAll()
			s.write(t, tt.text)
			err := s.Reload()
			if (err == nil) != (tt.refused == "") || err != nil && !strings.Contains(err.Error(), tt.refused) {
				t.Fatalf("error %v, want %q", err, tt.refused)
			}
			if swapped := s.Runtime() != before; swapped != (tt.refused == "") {
				t.Errorf("swapped: %t", swapped)
			}
			success := 1
			if err != nil {
				success = 0
				if l := s.logs.FilterLevelExact(zapcore.ErrorLevel).All(); len(l) != 1 || !strings.Contains(fmt.Sprint(l[0].ContextMap()["error"]), tt.refused) {
					t.Errorf("log %v", l)
				}
			}
			if _, text := s.get(t, "GET", "/metrics"); !strings.Contains(text, fmt.Sprintf("sluice_config_last_reload_successful %d", success)) ||
				strings.Count(text, "sluice_config_info{") != 1 || !strings.Contains(text, `sluice_config_info{hash="`+s.Runtime().Hash+`"} 1`) {
				t.Errorf("metrics do not show the outcome:\n%s", text)
			}
		})
	}
}

// TestReloadWarnings: a reload says what it cannot change.
func TestReloadWarnings(t *testing.T) {
	s := start(t)
	defer s.stop(t)
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", base, ""},
		{"price", strings.Replace(base, "input: 1,", "input: 2,", 1), ""},
		{"admin", strings.Replace(base, "admin: 127.0.0.1:0", "admin: 127.0.0.1:1", 1), "these settings change only when Sluice is restarted [admin]"},
		{"state", strings.NewReplacer("{store: memory}", "{store: memory, timeout: 3s}", "log_level: info", "log_level: debug").Replace(base), "these settings change only when Sluice is restarted [state telemetry.log_level]"},
		{"time-out", strings.Replace(base, "tier: premium", "tier: premium, timeout: 3s", 1), "Envoy's configuration is not that of the file any more; time-outs, limits and headers that Envoy enforces change when it restarts with a new bootstrap"},
	} {
		s.logs.TakeAll()
		s.write(t, tt.text)
		if err := s.Reload(); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		var got []string
		for _, l := range s.logs.FilterLevelExact(zapcore.WarnLevel).All() {
			text := l.Message
			if names, ok := l.ContextMap()["settings"]; ok {
				text += fmt.Sprint(" ", names)
			}
			got = append(got, text)
		}
		if strings.Join(got, "\n") != tt.want {
			t.Errorf("%s: warnings %q, want %q", tt.name, got, tt.want)
		}
	}
}
