package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"sluice/routing/config"
	"sluice/routing/experiment"
)

// experimentAdmin is what the admin server says of experiments and takes for them.
type experimentAdmin struct {
	current  func() *config.Runtime
	store    experiment.Store
	log      *zap.Logger
	feedback *prometheus.CounterVec // by result
}

func newExperimentAdmin(current func() *config.Runtime, store experiment.Store, log *zap.Logger, reg prometheus.Registerer) *experimentAdmin {
	feedback := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "sluice", Name: "feedback_total", Help: "Feedback taken in, by what became of it.",
	}, []string{"result"})
	reg.MustRegister(feedback)
	return &experimentAdmin{current: current, store: store, log: log, feedback: feedback}
}

// handle adds POST /feedback, GET /experiments and DELETE /experiments/NAME.
func (a *experimentAdmin) handle(mux *http.ServeMux) {
	mux.HandleFunc("POST /feedback", a.takeFeedback)
	mux.HandleFunc("GET /experiments", a.report)
	mux.HandleFunc("DELETE /experiments/{name}", a.forget)
}

func (a *experimentAdmin) report(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), outcomesTime)
	defer cancel()
	reports, err := analyse(ctx, a.current().Experiments, a.store)
	if err != nil {
		sayError(w, http.StatusServiceUnavailable, "the outcomes of experiments cannot be read now")
		return
	}
	w.Header().Set("content-type", "application/json")
	_ = writeReports(w, reports) // the client is gone
}

func (a *experimentAdmin) forget(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), outcomesTime)
	defer cancel()
	name := r.PathValue("name")
	switch units, err := forget(ctx, a.current(), a.store, name); {
	case errors.Is(err, errConfigured):
		sayError(w, http.StatusConflict, err.Error())
	case errors.Is(err, errNoOutcomes):
		sayError(w, http.StatusNotFound, err.Error())
	case err != nil:
		sayError(w, http.StatusServiceUnavailable, "the outcomes cannot all be removed now; ask again later")
	default:
		a.log.Info("experiment forgotten", zap.String("experiment", name), zap.Int("units", units))
		say(w, http.StatusOK, map[string]int{"forgotten": units})
	}
}

func say(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("content-type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // the client is gone
}

func sayError(w http.ResponseWriter, status int, text string) {
	say(w, status, map[string]string{"error": text})
}

func analyse(ctx context.Context, experiments []*experiment.Experiment, store experiment.Store) ([]*experiment.Report, error) {
	reports := make([]*experiment.Report, len(experiments))
	for i, e := range experiments {
		units, dropped, err := store.Units(ctx, e.Name)
		if err != nil {
			return nil, fmt.Errorf("experiment %s: %w", e.Name, err)
		}
		reports[i] = experiment.Analyse(e, units, dropped)
	}
	return reports, nil
}

// Why an experiment is not forgotten.
var (
	errConfigured = errors.New("still in the configuration; take it out before its outcomes")
	errNoOutcomes = errors.New("no outcomes are kept")
)

// forget removes the outcomes of an experiment that has ended, and says of how many units.
func forget(ctx context.Context, rt *config.Runtime, store experiment.Store, name string) (int, error) {
	for _, e := range rt.Experiments {
		if e.Name == name {
			return 0, fmt.Errorf("experiment %q: %w", name, errConfigured)
		}
	}
	units, err := store.Forget(ctx, name)
	if err == nil && units == 0 {
		err = errNoOutcomes
	}
	if err != nil {
		return 0, fmt.Errorf("experiment %q: %w", name, err)
	}
	return units, nil
}

func writeReports(w io.Writer, reports []*experiment.Report) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(map[string][]*experiment.Report{"experiments": reports})
}
