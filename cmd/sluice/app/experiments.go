package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"sluice/routing/config"
	"sluice/routing/experiment"
)

// ReportTimeout bounds the reading of all outcomes for a report, and their removal.
const ReportTimeout = 10 * time.Second

// experimentAdmin serves feedback on answers and the reports of experiments.
type experimentAdmin struct {
	running  func() *config.Runtime
	store    experiment.Store
	log      *zap.Logger
	feedback *prometheus.CounterVec // by result
}

func newExperimentAdmin(running func() *config.Runtime, store experiment.Store, log *zap.Logger, reg prometheus.Registerer) *experimentAdmin {
	feedback := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "sluice", Name: "feedback_total", Help: "Feedback received, by result.",
	}, []string{"result"})
	reg.MustRegister(feedback)
	return &experimentAdmin{running: running, store: store, log: log, feedback: feedback}
}

func (a *experimentAdmin) register(mux *http.ServeMux) {
	mux.HandleFunc("POST /feedback", requireJSON(a.takeFeedback))
	mux.HandleFunc("GET /experiments", a.report)
	mux.HandleFunc("DELETE /experiments/{name}", a.forget)
}

func (a *experimentAdmin) report(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), ReportTimeout)
	defer cancel()
	reports, err := Reports(ctx, a.running(), a.store)
	if err != nil {
		writeError(w, http.StatusServiceUnavailable, "the experiment store is unavailable")
		return
	}
	w.Header().Set("content-type", "application/json")
	_ = WriteReports(w, reports) // the client may be gone
}

func (a *experimentAdmin) forget(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), ReportTimeout)
	defer cancel()
	name := r.PathValue("name")
	switch units, err := Forget(ctx, a.running(), a.store, name); {
	case errors.Is(err, ErrConfigured):
		writeError(w, http.StatusConflict, err.Error())
	case errors.Is(err, ErrNoOutcomes):
		writeError(w, http.StatusNotFound, err.Error())
	case err != nil:
		writeError(w, http.StatusServiceUnavailable, "the experiment store is unavailable; some outcomes may remain, try again later")
	default:
		a.log.Info("experiment forgotten", zap.String("experiment", name), zap.Int("units", units))
		writeJSON(w, http.StatusOK, map[string]int{"forgotten": units})
	}
}

// Reports analyses every experiment of the configuration.
func Reports(ctx context.Context, rt *config.Runtime, store experiment.Store) ([]*experiment.Report, error) {
	reports := make([]*experiment.Report, len(rt.Experiments))
	for i, e := range rt.Experiments {
		units, dropped, err := store.Units(ctx, e.Name)
		if err != nil {
			return nil, fmt.Errorf("experiment %s: %w", e.Name, err)
		}
		reports[i] = experiment.Analyse(e, units, dropped)
	}
	return reports, nil
}

// WriteReports writes the reports as JSON, as GET /experiments answers.
func WriteReports(w io.Writer, reports []*experiment.Report) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(map[string][]*experiment.Report{"experiments": reports})
}

// Why [Forget] removes nothing.
var (
	ErrConfigured = errors.New("still in the configuration; remove it there first")
	ErrNoOutcomes = errors.New("there are no outcomes")
)

// Forget removes the outcomes of an experiment that is no longer in the configuration, and
// returns the number of its units.
func Forget(ctx context.Context, rt *config.Runtime, store experiment.Store, name string) (int, error) {
	for _, e := range rt.Experiments {
		if e.Name == name {
			return 0, fmt.Errorf("experiment %q: %w", name, ErrConfigured)
		}
	}
	units, err := store.Forget(ctx, name)
	if err == nil && units == 0 {
		err = ErrNoOutcomes
	}
	if err != nil {
		return 0, fmt.Errorf("experiment %q: %w", name, err)
	}
	return units, nil
}
