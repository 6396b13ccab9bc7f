package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	envoyprocess "sluice/envoy/process"
)

// envoy is a running Envoy.
type envoy struct {
	*process
	admin string // base URL
}

// startEnvoy runs the real Envoy with a bootstrap, whose listeners should have port
// 0, and returns when it is live. Its admin address is put in place by this function.
func startEnvoy(t testing.TB, bootstrap []byte, env ...string) *envoy {
	t.Helper()
	path, err := envoyprocess.Find()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config, address := filepath.Join(dir, "envoy.json"), filepath.Join(dir, "admin")
	if err := os.WriteFile(config, bootstrap, 0o600); err != nil {
		t.Fatal(err)
	}
	e := &envoy{process: start(
		t, "envoy", path, env, "-c", config,
		"--config-yaml", "admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}",
		"--admin-address-path", address, "--use-dynamic-base-id", "--concurrency", "2", "--log-level", "warning",
	)}
	e.until(t, func() error {
		b, err := os.ReadFile(address)
		if err != nil {
			return err
		}
		e.admin = "http://" + string(b)
		_, err = e.ask("/ready")
		return err
	})
	return e
}

// ask gets a page of Envoy's admin interface.
func (e *envoy) ask(path string) ([]byte, error) {
	r, err := client.Get(e.admin + path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Body.Close() }()
	b, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("envoy's %s: %s: %s", path, r.Status, b)
	}
	return b, err
}

// url returns the base URL of the listener with that name.
func (e *envoy) url(t testing.TB, listener string) string {
	t.Helper()
	b, err := e.ask("/listeners?format=json")
	if err != nil {
		t.Fatal(err)
	}
	var page struct {
		Statuses []struct {
			Name    string `json:"name"`
			Address struct {
				Socket struct {
					Address string `json:"address"`
					Port    int    `json:"port_value"`
				} `json:"socket_address"`
			} `json:"local_address"`
		} `json:"listener_statuses"`
	}
	if err := json.Unmarshal(b, &page); err != nil {
		t.Fatal(err)
	}
	for _, l := range page.Statuses {
		if l.Name == listener {
			return fmt.Sprintf("http://%s:%d", l.Address.Socket.Address, l.Address.Socket.Port)
		}
	}
	t.Fatalf("envoy has no listener %q: %s", listener, b)
	return ""
}

// stat returns the value of one of Envoy's counters or gauges.
func (e *envoy) stat(t testing.TB, name string) int {
	t.Helper()
	b, err := e.ask("/stats?format=json&filter=" + url.QueryEscape("^"+regexp.QuoteMeta(name)+"$"))
	if err != nil {
		t.Fatal(err)
	}
	var page struct {
		Stats []struct {
			Name  string `json:"name"`
			Value int    `json:"value"`
		} `json:"stats"`
	}
	if err := json.Unmarshal(b, &page); err != nil {
		t.Fatal(err)
	}
	for _, s := range page.Stats {
		if s.Name == name {
			return s.Value
		}
	}
	t.Fatalf("envoy has no statistic %q", name)
	return 0
}
