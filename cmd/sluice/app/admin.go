package app

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
)

// adminHandler serves the admin API. It has no authentication, so its address must be
// reachable by operators only; see [guard] for those who read web pages.
func (a *App) adminHandler(reg *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	ok := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }
	mux.HandleFunc("GET /healthz", ok)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		res, err := a.health.Check(r.Context(), &healthv1.HealthCheckRequest{})
		if err != nil || res.GetStatus() != healthv1.HealthCheckResponse_SERVING {
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
		ok(w, r)
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	if a.options.DryRun != nil {
		mux.HandleFunc("POST /route", a.options.DryRun(a.Runtime))
	}
	mux.HandleFunc("GET /budgets", budgets(a.Runtime, a.stores.Budgets))
	newExperimentAdmin(a.Runtime, a.stores.Experiments, a.log, reg).register(mux)
	return guard(func() []string { return a.Runtime().File.AdminHosts }, mux)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("content-type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}

func writeError(w http.ResponseWriter, status int, text string) {
	writeJSON(w, status, map[string]string{"error": text})
}
