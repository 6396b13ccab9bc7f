package pipeline

import (
	"cmp"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sluice/routing"
	"sluice/routing/header"
	"sluice/routing/verdict"
)

// Metrics are what the pipeline counts. Every label has a closed set of values: the
// configured models (at an effort: MODEL@EFFORT), the tiers, the domains, the strategies and the reasons.
type Metrics struct {
	decisions    *prometheus.CounterVec
	decide       prometheus.Histogram
	localReplies *prometheus.CounterVec
	verdicts     *prometheus.CounterVec
	escalations  *prometheus.CounterVec
	denials      *prometheus.CounterVec
	checks       *prometheus.CounterVec
	abandoned    *prometheus.CounterVec
	late         *prometheus.CounterVec
	repairs      *prometheus.CounterVec
	attempts     *prometheus.HistogramVec
	tokens       *prometheus.CounterVec
	cost         *prometheus.CounterVec
	untrue       *prometheus.CounterVec
	savings      *prometheus.CounterVec
	caching      *prometheus.CounterVec
	overBudget   *prometheus.CounterVec
	exposures    *prometheus.CounterVec
	unheld       prometheus.Counter
	held         heldBytes // by all requests together
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
		localReplies: counter("refused_total", "Local replies with an error, by its code.", "code"),
		verdicts:     counter("verdicts_total", "Answers judged, by model and verdict; good is none found.", "model", "tier", "verdict"),
		escalations:  counter("escalations_total", "Attempts given up for another model, by reason.", "model", "reason"),
		denials:      counter("escalations_denied_total", "Weak answers that were delivered because no budget had money for another attempt, by model.", "model"),
		checks:       counter("agreement_total", "Answers that were checked by a second model, by both models and the result.", "first", "probe", "result"),
		abandoned:    counter("unanswered_total", "Routed requests for which no answer was released, by the model that was asked last and why.", "model", "why"),
		late:         counter("late_failures_total", "Answers that failed, or turned out to be weak, after they were released, by model and reason.", "model", "reason"),
		repairs:      counter("repaired_total", "Answers that were repaired, by model and kind of answer.", "model", "kind"),
		attempts: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "sluice", Name: "attempt_seconds", Help: "Time from the start of an attempt to its verdict.",
			Buckets: prometheus.ExponentialBuckets(0.05, 2, 12),
		}, []string{"model"}),
		tokens: counter("tokens_total", "Tokens of every attempt, by the source of the figures.", "model", "direction", "source"),
		cost:   counter("cost_usd_total", "US dollars of every attempt, those given up included, by the source of the figures.", "model", "tier", "source"),

		untrue: counter("untrue_usage_total", "Attempts of which the provider reported more tokens than there can be, by model and direction.", "model", "direction"),

		savings:    counter("saved_usd_total", "US dollars saved, by what saved them.", "by"),
		caching:    counter("cache_total", "Requests by the result of the cache lookup, and the reason of a bypass.", "result", "reason"),
		overBudget: counter("budget_refused_total", "Requests refused by a budget.", "budget"),
		exposures:  counter("experiment_exposures_total", "Units of an experiment that saw their variant for the first time.", "experiment", "variant"),

		unheld: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: "sluice", Name: "held_limit_reached_total", Help: "Answers that were released without a verdict because routing.limits.held was reached.",
		}),
	}
	held := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "sluice", Name: "held_bytes", Help: "Bytes of answers that are held to be judged, collected for the cache, or wait for a second model.",
	}, func() float64 { return float64(m.held.n.Load()) })
	r.MustRegister(m.decisions, m.decide, m.localReplies, m.verdicts, m.escalations, m.denials, m.checks, m.abandoned, m.late, m.repairs, m.attempts, m.tokens, m.cost, m.untrue,
		m.savings, m.caching, m.overBudget, m.exposures, m.unheld, held)
	return m
}

func (m *Metrics) decided(d *routing.Decision, plan *Plan, took time.Duration) {
	first := plan.models[0]
	m.decisions.WithLabelValues(plan.Strategy, string(d.Rule), plan.Domain, first.Tier.String(), first.Name).Inc()
	m.decide.Observe(took.Seconds())
}

func (m *Metrics) localReply(code string) { m.localReplies.WithLabelValues(code).Inc() }

// judged counts a verdict, and the time from the start of the attempt to it.
func (m *Metrics) judged(model *routing.Model, reason verdict.Reason, took time.Duration) {
	m.verdicts.WithLabelValues(model.Name, model.Tier.String(), cmp.Or(string(reason), "good")).Inc()
	m.attempts.WithLabelValues(model.Name).Observe(took.Seconds())
}

// escalated counts an attempt that was given up for another.
func (m *Metrics) escalated(t Tried) { m.escalations.WithLabelValues(t.Model, string(t.Reason)).Inc() }

func (m *Metrics) denied(model *routing.Model) { m.denials.WithLabelValues(model.Name).Inc() }

func (m *Metrics) failedLate(model *routing.Model, reason verdict.Reason) {
	m.late.WithLabelValues(model.Name, string(reason)).Inc()
}

func (m *Metrics) repaired(model *routing.Model) {
	m.repairs.WithLabelValues(model.Name, header.RepairedJSON).Inc()
}

func (m *Metrics) checked(first, probe, result string) {
	m.checks.WithLabelValues(first, probe, result).Inc()
}

func (m *Metrics) heldTooMuch() { m.unheld.Inc() }

// spent counts what an attempt cost.
func (m *Metrics) spent(model *routing.Model, b bill) {
	source := costSource(b.estimated)
	if b.untrue != "" {
		m.untrue.WithLabelValues(model.Name, b.untrue).Inc()
	}
	m.tokens.WithLabelValues(model.Name, "input", source).Add(float64(max(b.usage.Input, 0)))
	m.tokens.WithLabelValues(model.Name, "output", source).Add(float64(max(b.usage.Output, 0)))
	m.cost.WithLabelValues(model.Name, model.Tier.String(), source).Add(b.cost)
}

func (m *Metrics) saved(by string, usd float64) { m.savings.WithLabelValues(by).Add(usd) }

func (m *Metrics) cacheResult(result, reason string) { m.caching.WithLabelValues(result, reason).Inc() }

func (m *Metrics) budgetRefused(budget string) { m.overBudget.WithLabelValues(budget).Inc() }

func (m *Metrics) exposed(a routing.Assignment) {
	m.exposures.WithLabelValues(a.Experiment, a.Variant).Inc()
}

// finished counts how a request ended.
func (m *Metrics) finished(plan *Plan, r *Result) {
	if r.Unanswered != "" {
		m.abandoned.WithLabelValues(r.Candidate, string(r.Unanswered)).Inc()
	}
	if plan.Cache == header.CacheHit {
		m.cacheResult(header.CacheHit, "")
		m.saved("cache", r.SavedByCache)
	}
}
