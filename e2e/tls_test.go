package e2e

import (
	"crypto/tls"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/cmd/sluice/simulator"
)

// TestTLS: a provider behind TLS is reached by HTTP/2, under its own name, and only
// if its certificate is from a trusted authority.
func TestTLS(t *testing.T) {
	p := simulator.New(simulator.Options{Record: 10, Header: "x-api-key", Credential: anthropicKey})
	var names []string
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.ServeHTTP(w, r) }))
	srv.EnableHTTP2 = true
	srv.TLS = &tls.Config{GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		names = append(names, h.ServerName)
		return nil, nil //nolint:nilnil // keeps the configuration of the server
	}}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	// The certificate of httptest is its own authority and good for example.com.
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	port := srv.Listener.Addr().String()[strings.LastIndex(srv.Listener.Addr().String(), ":"):]

	s := startStack(t, `"http://ANTHROPIC"`, `"https://127.0.0.1`+port+`/base", ca: `+ca, "cascade: [small, mid, haiku, claude]", "cascade: [claude]")
	body := messagesBody("Tell me about rivers.", "")
	expectAnswer(t, post(t, s.messages(), body), "claude", "1", "")
	got := p.Requests()
	if len(got) != 1 || got[0].Proto != "HTTP/2.0" || got[0].Host != "127.0.0.1"+port || got[0].Path != "/base/v1/messages" ||
		string(got[0].Body) != strings.Replace(body, `"auto"`, `"claude-20250514"`, 1) {
		t.Errorf("received %+v", got)
	}
	t.Run("an authority that is not trusted", func(t *testing.T) {
		s := startStack(t, `"http://ANTHROPIC"`, `"https://127.0.0.1`+port+`"`, "cascade: [small, mid, haiku, claude]", "cascade: [claude]")
		r := post(t, s.messages(), body)
		if r.status != 502 || !strings.Contains(string(r.body), "all_tiers_failed") {
			t.Errorf("%d %s", r.status, r.body)
		}
		if n := len(p.Requests()); n != 1 {
			t.Errorf("%d requests went through", n-1)
		}
	})
}
