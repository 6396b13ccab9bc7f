package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"
)

// TestReload: a bad configuration never replaces a good one, and says so in a gauge.
func TestReload(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sluice.yaml")
	write := func(standard string) {
		text := fmt.Sprintf("listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nprocessor: 127.0.0.1:0\nrouting: {tiers: {standard: %s, premium: 0.4, flagship: 0.7}}\n", standard)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("0.2")
	f, err := load(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newService(f, path, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.admin.Serve(s.adminAt) // until closed
	}()
	t.Cleanup(func() {
		_ = s.admin.Close()
		_ = s.listener.Close()
		<-done
	})
	metrics := func() string {
		r, err := http.Get("http://" + s.adminAt.Addr().String() + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.Body.Close() }()
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for _, tt := range []struct {
		standard string
		taken    bool
	}{{"0.9", false}, {"0.1", true}, {"many", false}} {
		before := s.runtime()
		write(tt.standard)
		s.reload()
		if got := s.runtime() != before; got != tt.taken {
			t.Errorf("standard %s: taken up %t", tt.standard, got)
		}
		state := map[bool]string{true: "1", false: "0"}[tt.taken]
		if text := metrics(); !strings.Contains(text, "sluice_config_last_reload_successful "+state) ||
			!strings.Contains(text, `sluice_config_info{hash="`+s.runtime().Hash+`"} 1`) {
			t.Errorf("standard %s: metrics do not tell", tt.standard)
		}
	}
	for _, cut := range []string{"", "# empty\n", "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nprocessor: 127.0.0.1:0\n"} {
		before := s.runtime()
		if err := os.WriteFile(path, []byte(cut), 0o600); err != nil {
			t.Fatal(err)
		}
		s.reload()
		if s.runtime() != before || !strings.Contains(metrics(), "sluice_config_last_reload_successful 0") {
			t.Errorf("a file without the routing of the running one is taken up: %q", cut)
		}
	}
	if !strings.Contains(metrics(), "go_goroutines") {
		t.Error("no metrics of the process")
	}
}
