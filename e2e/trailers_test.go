package e2e

import (
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sluice/cmd/sluice/simulator"
)

// TestTrailers: a stream that ends in HTTP/2 trailers is read to its end, too: its usage is
// removed again, and its cost is in the log and in Envoy's access log.
func TestTrailers(t *testing.T) {
	p := simulator.New(simulator.Options{Header: "authorization", Credential: "Bearer " + openaiKey})
	trailers := make(chan http.Header, 2) // of the requests
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.ServeHTTP(w, r)
		trailers <- r.Trailer
		w.Header().Set(http.TrailerPrefix+"x-late", "yes")
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	dir := t.TempDir()
	ca, access := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "access.log")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startStack(t, `"http://OPENAI/openai/v1"`, `"`+srv.URL+`/v1", ca: `+ca, "cascade: [small, mid, haiku, claude]", "cascade: [mid]", "access_log: off", "access_log: "+access)

	r := post(t, s.chat(), chatBody("Tell me about rivers.", `,"stream":true`))
	if r.status != 200 || r.err != nil || !strings.HasSuffix(string(r.body), "data: [DONE]\n\n") || r.header.Get("x-sluice-model") != "mid" {
		t.Fatalf("%d %v %v\n%s", r.status, r.err, r.header, r.body)
	}
	if strings.Contains(string(r.body), `"usage":{`) {
		t.Errorf("the client did not ask for the usage:\n%s", r.body)
	}
	s.sluice.printed(t, `"msg":"answered".*"stream":true,"whole":true.*"cost_source":"usage"`)
	eventually(t, func() error {
		text, err := os.ReadFile(access)
		if err == nil && !regexp.MustCompile(`"cost":0\.\d+,"cost_source":"usage"`).Match(text) {
			err = errors.New("no cost in the access log: " + string(text))
		}
		return err
	})

	t.Run("those of a request are dropped", func(t *testing.T) {
		<-trailers
		if r := postWithTrailers(t, s.chat(), chatBody("Tell me about rivers.", `,"stream":true`)); r.status != 200 {
			t.Fatalf("%d %s", r.status, r.body)
		}
		if got := <-trailers; len(got) > 0 {
			t.Errorf("the provider got %v", got)
		}
	})
}

// postWithTrailers sends a POST over HTTP/2 that ends in trailers.
func postWithTrailers(t *testing.T, url, body string) response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, io.NopCloser(strings.NewReader(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Trailer = http.Header{"X-Checksum": {"1"}}
	two := &http.Transport{Protocols: new(http.Protocols)}
	two.Protocols.SetUnencryptedHTTP2(true)
	defer two.CloseIdleConnections()
	r, err := (&http.Client{Transport: two}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	answer, err := io.ReadAll(r.Body)
	return response{r.StatusCode, r.Header, answer, err}
}
