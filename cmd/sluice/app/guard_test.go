package app

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestGuard(t *testing.T) {
	mux := http.NewServeMux()
	ok := func(http.ResponseWriter, *http.Request) {}
	mux.HandleFunc("GET /budgets", ok)
	mux.HandleFunc("POST /feedback", requireJSON(ok))
	mux.HandleFunc("DELETE /experiments/{name}", ok)
	h := guard(func() []string { return []string{"Sluice.example"} }, mux)

	const json = "application/json"
	for _, tt := range []struct {
		method, target, host string
		header               map[string]string
		want                 int
	}{
		{"GET", "/budgets", "127.0.0.1:10001", nil, 200},
		{"GET", "/budgets", "[::1]:10001", nil, 200},
		{"GET", "/budgets", "[::1]", nil, 200},
		{"GET", "/budgets", "10.1.2.3", nil, 200},
		{"GET", "/budgets", "localhost:10001", nil, 200},
		{"GET", "/budgets", "sluice.example:80", nil, 200},
		{"GET", "/budgets", "evil.example", nil, 403},
		{"GET", "/budgets", "localhost.evil.example:10001", nil, 403},
		{"GET", "/budgets", "127.0.0.1.evil.example", nil, 403},
		{"GET", "/budgets", "", nil, 403},
		{"DELETE", "/experiments/a", "evil.example", nil, 403},
		{"POST", "/feedback", "localhost", map[string]string{"content-type": json}, 200},
		{"POST", "/feedback", "localhost", map[string]string{"content-type": json + "; charset=utf-8"}, 200},
		{"POST", "/feedback", "localhost", map[string]string{"content-type": "text/plain"}, 415},
		{"POST", "/feedback", "localhost", map[string]string{"content-type": "application/x-www-form-urlencoded"}, 415},
		{"POST", "/feedback", "localhost", nil, 415},
		{"POST", "/feedback", "localhost:10001", map[string]string{"content-type": json, "origin": "http://localhost:10001"}, 200},
		{"POST", "/feedback", "localhost:10001", map[string]string{"content-type": json, "origin": "http://localhost:3000"}, 403},
		{"POST", "/feedback", "127.0.0.1", map[string]string{"content-type": json, "origin": "http://evil.example"}, 403},
		{"POST", "/feedback", "127.0.0.1", map[string]string{"content-type": json, "origin": "null"}, 403},
		{"DELETE", "/experiments/a", "127.0.0.1", map[string]string{"sec-fetch-site": "cross-site"}, 403},
		{"DELETE", "/experiments/a", "127.0.0.1", map[string]string{"sec-fetch-site": "same-site"}, 403},
		{"DELETE", "/experiments/a", "127.0.0.1", map[string]string{"sec-fetch-site": "same-origin"}, 200},
	} {
		r := httptest.NewRequest(tt.method, tt.target, strings.NewReader("{}"))
		r.Host = tt.host
		for k, v := range tt.header {
			r.Header.Set(k, v)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tt.want {
			t.Errorf("%s %s, Host %q, %v: %d %s, want %d", tt.method, tt.target, tt.host, tt.header, w.Code, w.Body, tt.want)
		}
	}
}

// TestAdminHosts: the service guards its admin API, and a reload changes the names that it knows.
func TestAdminHosts(t *testing.T) {
	s := start(t)
	defer s.stop(t)
	ask := func(host string) int {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, "http://"+s.Admin().String()+"/budgets", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	if got := ask("sluice.internal"); got != http.StatusForbidden {
		t.Errorf("an unknown name: %d", got)
	}
	s.write(t, base+"admin_hosts: [sluice.internal]\n")
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	if got := ask("sluice.internal:10001"); got != http.StatusOK {
		t.Errorf("a name of the configuration: %d", got)
	}
}
