package extproc

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sluice/routing"
	"sluice/routing/llmapi"
	"sluice/routing/verdict"
)

// Metrics are what the server counts. Every label has a closed set of values: the
// configured models, the tiers, the domains, the strategies and the reasons.
type Metrics struct {
	decisions   *prometheus.CounterVec
	decide      prometheus.Histogram
	refusals    *prometheus.CounterVec
	verdicts    *prometheus.CounterVec
	escalations *prometheus.CounterVec
	attempts    *prometheus.HistogramVec
	tokens      *prometheus.CounterVec
	cost        *prometheus.CounterVec
}

// NewMetrics returns the metrics, registered with r.
func NewMetrics(r prometheus.Registerer) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "sluice", Name: name, Help: help}, labels)
	}
	m := &Metrics{
		decisions: counter("decisions_total", "Requests by strategy, rule, domain and the model and tier chosen first.", "strategy", "rule", "domain", "tier", "model"),
		decide: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "sluice", Name: "decide_seconds", Help: "Time to read a request, decide and write the plan.",
			Buckets: prometheus.ExponentialBuckets(5e-6, 4, 8),
		}),
		refusals:    counter("refused_total", "Requests that Sluice answered with an error, by its code.", "code"),
		verdicts:    counter("verdicts_total", "Answers judged, by model and verdict; good is none found.", "model", "tier", "verdict"),
		escalations: counter("escalations_total", "Attempts given up for another model, by reason.", "model", "reason"),
		attempts: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "sluice", Name: "attempt_seconds", Help: "Time from the start of an attempt to its verdict.",
			Buckets: prometheus.ExponentialBuckets(0.05, 2, 12),
		}, []string{"model"}),
		tokens: counter("tokens_total", "Tokens as the providers billed them.", "model", "direction"),
		cost:   counter("cost_usd_total", "US dollars as computed from the providers' usage figures.", "model", "tier"),
	}
	r.MustRegister(m.decisions, m.decide, m.refusals, m.verdicts, m.escalations, m.attempts, m.tokens, m.cost)
	return m
}

func (m *Metrics) routed(p *plan, first *routing.Model, took time.Duration) {
	m.decisions.WithLabelValues(p.Strategy, string(p.rule), p.Domain, first.Tier.String(), first.Name).Inc()
	m.decide.Observe(took.Seconds())
}

func (m *Metrics) refused(code string) { m.refusals.WithLabelValues(code).Inc() }

func (m *Metrics) judged(model *routing.Model, reason verdict.Reason, took time.Duration) {
	word := string(reason)
	if reason == "" {
		word = "good"
	}
	m.verdicts.WithLabelValues(model.Name, model.Tier.String(), word).Inc()
	m.attempts.WithLabelValues(model.Name).Observe(took.Seconds())
}

func (m *Metrics) escalated(list ...tried) {
	for _, t := range list {
		m.escalations.WithLabelValues(t.Model, string(t.Reason)).Inc()
	}
}

func (m *Metrics) spent(model *routing.Model, u llmapi.Usage, cost float64) {
	m.tokens.WithLabelValues(model.Name, "input").Add(float64(u.Input))
	m.tokens.WithLabelValues(model.Name, "output").Add(float64(u.Output))
	m.cost.WithLabelValues(model.Name, model.Tier.String()).Add(cost)
}
