package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"sluice/routing"
	"sluice/routing/config"
	"sluice/routing/experiment"
)

func experimentConfig(t *testing.T) *config.File {
	t.Helper()
	f, _, err := config.Load("x.yaml", []byte(`
experiments:
  cheap:
    control:   {model: gpt-4o, weight: 0.5}
    treatment: {model: gpt-4o-mini, weight: 0.5}
`))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// experimentServer serves the admin API of experiments on the store.
func experimentServer(t *testing.T, store experiment.Store) (address string) {
	t.Helper()
	rt, err := config.Build(experimentConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	reg := prometheus.NewRegistry()
	newExperimentAdmin(func() *config.Runtime { return rt }, store, zap.NewNop(), reg).register(mux)
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func memory(t *testing.T) *experiment.Memory {
	t.Helper()
	m, err := experiment.NewMemory(experiment.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// record counts a request of each of n users, at a third of the price for the treatment.
func record(t *testing.T, store experiment.Store, n int) {
	t.Helper()
	for i := range n {
		a := routing.Assignment{Experiment: "cheap", Variant: "control", Unit: fmt.Sprint("u", i)}
		o := experiment.Outcome{ID: fmt.Sprint("r", i), At: time.Unix(int64(i), 0), Cost: 0.003 + 0.001*float64(i%4), Seconds: 1, Tokens: 10}
		if i%2 == 1 {
			a.Variant, o.Cost = "treatment", o.Cost/3
		}
		if _, err := store.Record(t.Context(), a, o); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFeedback(t *testing.T) {
	store := memory(t)
	record(t, store, 2)
	address := experimentServer(t, store)
	tests := []struct {
		name, body string
		status     int
		want       string
	}{
		{"rating", `{"request_id": "r0", "rating": 0.75}`, 202, "accepted"},
		{"thumb up", `{"request_id": "r1", "thumb": "up"}`, 202, "accepted"},
		{"changed mind", ` {"thumb": "down", "request_id": "r1"} `, 202, "accepted"},
		{"unknown", `{"request_id": "r2", "rating": 1}`, 404, "no request of the last day"},
		{"empty", ``, 400, `expected {"request_id"`},
		{"no object", `[1]`, 400, `expected {"request_id"`},
		{"null", `null`, 400, "request_id: expected 1 to 256 bytes"},
		{"no id", `{"rating": 1}`, 400, "request_id: expected 1 to 256 bytes"},
		{"long id", `{"request_id": "` + strings.Repeat("x", 257) + `", "rating": 1}`, 400, "request_id: expected 1 to 256 bytes"},
		{"neither", `{"request_id": "r0"}`, 400, "expected either rating or thumb"},
		{"both", `{"request_id": "r0", "rating": 1, "thumb": "up"}`, 400, "expected either rating or thumb"},
		{"too high", `{"request_id": "r0", "rating": 1.01}`, 400, "rating 1.01 is out of range; expected 0 to 1"},
		{"too low", `{"request_id": "r0", "rating": -1}`, 400, "rating -1 is out of range; expected 0 to 1"},
		{"text", `{"request_id": "r0", "rating": "good"}`, 400, `expected {"request_id"`},
		{"sideways", `{"request_id": "r0", "thumb": "sideways"}`, 400, `unknown thumb "sideways"; expected up or down`},
		{"unknown key", `{"request_id": "r0", "rating": 1, "comment": "nice"}`, 400, `unknown field "comment"`},
		{"two", `{"request_id": "r0", "rating": 1}{}`, 400, "expected a single JSON object"},
		{"large", `{"request_id": "r0", "thumb": "` + strings.Repeat("u", 5000) + `"}`, 400, "too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, err := http.Post("http://"+address+"/feedback", "application/json", strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			var answer map[string]string
			if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
				t.Fatal(err)
			}
			key := map[bool]string{true: "status", false: "error"}[tt.status == 202]
			if res.StatusCode != tt.status || !strings.Contains(answer[key], tt.want) {
				t.Errorf("%d %v, want %d and %q", res.StatusCode, answer, tt.status, tt.want)
			}
		})
	}
	units, _, err := store.Units(t.Context(), "cheap")
	if err != nil || units[0].Rated != 1 || units[0].Rating != 0.75 || units[1].Rated != 1 || units[1].Rating != 0 {
		t.Errorf("%+v, error %v", units, err)
	}
	wantFeedback(t, address, map[string]int{"accepted": 3, "unknown": 1, "rejected": 14})
}

// wantFeedback compares sluice_feedback_total by result.
func wantFeedback(t *testing.T, address string, want map[string]int) {
	t.Helper()
	res, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]int)
	for line := range strings.Lines(string(text)) {
		var result string
		var n int
		if _, err := fmt.Sscanf(line, "sluice_feedback_total{result=%q} %d", &result, &n); err == nil {
			got[result] = n
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("feedback (-want +got):\n%s", diff)
	}
}

var errAway = errors.New("away")

// away is a store that cannot be reached.
type away struct{}

func (away) Record(context.Context, routing.Assignment, experiment.Outcome) (bool, error) {
	return false, errAway
}
func (away) Rate(context.Context, string, float64) (bool, error) { return false, errAway }
func (away) Units(context.Context, string) ([]experiment.Totals, int, error) {
	return nil, 0, errAway
}
func (away) Forget(context.Context, string) (int, error) { return 0, errAway }

// TestExperimentStoreUnavailable: every path says so, and lost feedback is counted.
func TestExperimentStoreUnavailable(t *testing.T) {
	address := experimentServer(t, away{})
	for _, tt := range []struct{ method, path, body, want string }{
		{"POST", "/feedback", `{"request_id": "r0", "rating": 1}`, "send the feedback again later"},
		{"GET", "/experiments", "", "the experiment store is unavailable"},
		{"DELETE", "/experiments/ended", "", "some outcomes may remain"},
	} {
		req, err := http.NewRequest(tt.method, "http://"+address+tt.path, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("content-type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var answer struct{ Error string }
		err = json.NewDecoder(res.Body).Decode(&answer)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != 503 || !strings.Contains(answer.Error, tt.want) {
			t.Errorf("%s %s: %s %q, %v; want 503 and %q", tt.method, tt.path, res.Status, answer.Error, err, tt.want)
		}
	}
	wantFeedback(t, address, map[string]int{"lost": 1})
}
