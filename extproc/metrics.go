package extproc

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sluice/routing"
	"sluice/routing/header"
	"sluice/routing/verdict"
)

// Metrics are what the server counts. Every label has a closed set of values: the
// configured models (at an effort: MODEL@EFFORT), the tiers, the domains, the strategies and the reasons.
type Metrics struct {
	decisions   *prometheus.CounterVec
	decide      prometheus.Histogram
	refusals    *prometheus.CounterVec
	verdicts    *prometheus.CounterVec
	escalations *prometheus.CounterVec
	denials     *prometheus.CounterVec
	checks      *prometheus.CounterVec
	abandoned   *prometheus.CounterVec
	repairs     *prometheus.CounterVec
	attempts    *prometheus.HistogramVec
	tokens      *prometheus.CounterVec
	cost        *prometheus.CounterVec
	savings     *prometheus.CounterVec
	caching     *prometheus.CounterVec
	overspends  *prometheus.CounterVec
	exposures   *prometheus.CounterVec
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
		denials:     counter("escalations_denied_total", "Weak answers that were kept because no budget had money for another attempt, by model.", "model"),
		checks:      counter("agreement_total", "Answers that another model was to agree with, by both models and what became of it.", "first", "probe", "result"),
		abandoned:   counter("unanswered_total", "Routed requests to which no judge let an answer go, by the model that was asked last and why.", "model", "why"),
		repairs:     counter("repaired_total", "Answers of which something was cut off so that they are what was asked for, by model and what is left.", "model", "kind"),
		attempts: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "sluice", Name: "attempt_seconds", Help: "Time from the start of an attempt to its verdict.",
			Buckets: prometheus.ExponentialBuckets(0.05, 2, 12),
		}, []string{"model"}),
		tokens: counter("tokens_total", "Tokens of every attempt, by whose figures.", "model", "direction", "source"),
		cost:   counter("cost_usd_total", "US dollars of every attempt, those given up included, by whose figures.", "model", "tier", "source"),

		savings:    counter("saved_usd_total", "US dollars not spent, by what saved them.", "by"),
		caching:    counter("cache_total", "Requests by what the cache did, and why it was passed by.", "result", "reason"),
		overspends: counter("budget_refused_total", "Requests refused by a budget.", "budget"),
		exposures:  counter("experiment_exposures_total", "Units that met their variant for the first time.", "experiment", "variant"),
	}
	r.MustRegister(m.decisions, m.decide, m.refusals, m.verdicts, m.escalations, m.denials, m.checks, m.abandoned, m.repairs, m.attempts, m.tokens, m.cost,
		m.savings, m.caching, m.overspends, m.exposures)
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

func (m *Metrics) escalated(t tried) {
	m.escalations.WithLabelValues(t.Model, string(t.Reason)).Inc()
}

func (m *Metrics) denied(model *routing.Model) { m.denials.WithLabelValues(model.Name).Inc() }

func (m *Metrics) repaired(model *routing.Model) {
	m.repairs.WithLabelValues(model.Name, header.RepairedJSON).Inc()
}

func (m *Metrics) checked(first, probe, result string) {
	m.checks.WithLabelValues(first, probe, result).Inc()
}

func (m *Metrics) unanswered(model string, why verdict.Reason) {
	m.abandoned.WithLabelValues(model, string(why)).Inc()
}

// spent counts what an attempt cost.
func (m *Metrics) spent(model *routing.Model, b bill) {
	from := source(b.estimated)
	m.tokens.WithLabelValues(model.Name, "input", from).Add(float64(max(b.usage.Input, 0)))
	m.tokens.WithLabelValues(model.Name, "output", from).Add(float64(max(b.usage.Output, 0)))
	m.cost.WithLabelValues(model.Name, model.Tier.String(), from).Add(b.cost)
}

func (m *Metrics) saved(by string, usd float64) { m.savings.WithLabelValues(by).Add(usd) }

func (m *Metrics) cached(result, reason string) { m.caching.WithLabelValues(result, reason).Inc() }

func (m *Metrics) overspent(budget string) { m.overspends.WithLabelValues(budget).Inc() }

func (m *Metrics) exposed(a routing.Assignment) {
	m.exposures.WithLabelValues(a.Experiment, a.Variant).Inc()
}
