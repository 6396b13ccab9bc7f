package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"sluice/routing/config"
)

// configMetrics say which configuration is in force and how the last reload went.
type configMetrics struct {
	info    *prometheus.GaugeVec
	success prometheus.Gauge
}

func newConfigMetrics(reg prometheus.Registerer) configMetrics {
	m := configMetrics{
		info: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: "sluice", Name: "config_info", Help: "1 for the hash of the configuration in force.",
		}, []string{"hash"}),
		success: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "sluice", Name: "config_last_reload_successful", Help: "1 if the last reload succeeded, 0 if it was refused.",
		}),
	}
	reg.MustRegister(m.info, m.success)
	return m
}

func (m configMetrics) reloaded(rt *config.Runtime) {
	m.info.Reset()
	m.info.WithLabelValues(rt.Hash).Set(1)
	m.success.Set(1)
}

func (m configMetrics) refused() { m.success.Set(0) }

func buildInfo(b Build) prometheus.Collector {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: "sluice", Name: "build_info", Help: "1 for the version of this program.",
	}, []string{"version", "revision", "goversion"})
	g.WithLabelValues(b.Version, b.Revision, b.GoVersion).Set(1)
	return g
}
