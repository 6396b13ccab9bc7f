package app

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"sluice/routing/config"
	"sluice/routing/pipeline"
	"sluice/routing/state"
)

// stores hold what outlives a request. They are opened once: a reload changes neither where
// they are nor how long they keep things.
type stores struct {
	pipeline.Stores
	kept *state.Stores
}

// openStores opens the stores that the configuration names. Later failures are logged and counted.
func openStores(f *config.File, log *zap.Logger, reg prometheus.Registerer) (*stores, error) {
	failures := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "sluice", Name: "state_failures_total", Help: "Reads and writes of a store that failed, by operation.",
	}, []string{"operation"})
	reg.MustRegister(failures)
	kept, err := state.Open(state.Config{
		Store: f.State.Store, Path: f.State.Path, Timeout: time.Duration(f.State.Timeout),
		Sessions: f.Routing.Session.Most, SessionTTL: time.Duration(f.Routing.Session.TTL),
		Failed: func(op string, err error) {
			failures.WithLabelValues(op).Inc()
			if !errors.Is(err, state.ErrUnavailable) { // logged when it began
				log.Warn("store failed", zap.String("operation", op), zap.Error(err))
			}
		},
	})
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	s := &stores{kept: kept}
	s.Budgets, s.Experiments, s.Sessions = kept.Budgets, kept.Experiments, kept.Sessions
	reg.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: "sluice", Name: "store_unavailable", Help: "1 while a Redis that something is kept in does not answer.",
		}, func() float64 {
			if kept.Unavailable() {
				return 1
			}
			return 0
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: "sluice", Name: "settlements_parked", Help: "Settlements of budgets that Redis rejects; they are tried again every minute.",
		}, func() float64 {
			parked, _ := kept.Settlements()
			return float64(parked)
		}),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Namespace: "sluice", Name: "settlements_lost_total", Help: "Settlements of budgets that were never charged, since too many wait for Redis.",
		}, func() float64 {
			_, lost := kept.Settlements()
			return float64(lost)
		}),
	)
	if c := f.Cache; c != nil {
		if s.Cache, err = kept.Cache(c.Store, int64(c.MaxSize)); err != nil {
			return nil, errors.Join(fmt.Errorf("cache.store: %w", err), kept.Close())
		}
	}
	return s, nil
}

func (s *stores) Close() error { return s.kept.Close() }
