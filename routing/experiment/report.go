package experiment

import (
	"math"
	"time"
)

// Level bounds the probability that a report of an experiment without any difference ever
// claims one, in any metric and however often it is read.
const Level = 0.05

// splitLevel is the same for the claim that the split is off.
const splitLevel = 0.01

// leastUnits is the number of units that a variant needs before anything is claimed: means of
// fewer may be far from a normal distribution.
const leastUnits = 50

// A Metric is a figure of a unit: the mean over its requests.
type Metric struct {
	Name   string
	words  words
	scale  float64 // factor for display
	better float64 // +1 if more is better, -1 if less is, 0 if neither
	spread float64 // tau, relative to the mean: models differ less in cost than in the share of failures
	of     func(*Totals) (sum float64, requests int)
}

// Metrics are the figures that are compared. Each unit counts once, whatever the number of
// its requests, since the requests of one unit are alike.
var Metrics = []Metric{
	{"cost", words{"cost, $ per 1,000 requests", "costs", "cost"}, 1000, -1, 0.25, func(t *Totals) (float64, int) { return t.Cost, t.Requests }},
	{"latency", words{"latency, seconds", "takes", "latency"}, 1, -1, 0.25, func(t *Totals) (float64, int) { return t.Seconds, t.Requests }},
	{"tokens", words{"answer, tokens", "answers with", "length of answers"}, 1, 0, 0.25, func(t *Totals) (float64, int) { return float64(t.Tokens), t.Requests }},
	{"escalation_rate", words{"escalated, %", "escalates", "escalations"}, 100, -1, 0.75, func(t *Totals) (float64, int) { return float64(t.Escalated), t.Requests }},
	{"failure_rate", words{"failed, %", "fails", "failures"}, 100, -1, 0.75, func(t *Totals) (float64, int) { return float64(t.Failed), t.Requests }},
	{"feedback", words{"feedback, 0 to 100", "is rated", "feedback"}, 100, 1, 0.25, func(t *Totals) (float64, int) { return t.Rating, t.Rated }},
}

// An Interval is a confidence interval of 95 % that is valid at all times together.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// An Estimate is a mean over units.
type Estimate struct {
	Units    int       `json:"units"`
	Mean     float64   `json:"mean"`
	Interval *Interval `json:"interval,omitempty"` // nil if there are fewer than two units
}

// An Arm is the result of a variant.
type Arm struct {
	Variant  string              `json:"variant"`
	Model    string              `json:"model"`
	Planned  float64             `json:"planned"` // share of the units, 0 to 1
	Units    int                 `json:"units"`
	Requests int                 `json:"requests"`
	Metrics  map[string]Estimate `json:"metrics"` // by name
}

// A Difference is that of a variant to the first, in one metric.
type Difference struct {
	Variant  string   `json:"variant"`
	Metric   string   `json:"metric"`
	Absolute float64  `json:"absolute"`
	Relative float64  `json:"relative"` // to the first variant's mean; 0 if that is 0
	Interval Interval `json:"interval"` // of the absolute one; valid for all comparisons of the report together
	P        float64  `json:"p"`        // always valid, times the number of comparisons
	Shown    bool     `json:"shown"`    // the difference is significant
}

// A Split is whether units are divided as planned.
type Split struct {
	P   float64 `json:"p"` // always valid
	Off bool    `json:"off"`
}

// A Report is the result of an experiment so far.
type Report struct {
	Experiment  string       `json:"experiment"`
	Unit        Unit         `json:"unit"`
	Since       *time.Time   `json:"since,omitempty"` // the first exposure
	Units       int          `json:"units"`
	Requests    int          `json:"requests"`
	Moved       int          `json:"moved"`   // units that also got another variant, after the weights changed
	Unknown     int          `json:"unknown"` // units of variants that no longer exist
	Dropped     int          `json:"dropped"` // outcomes beyond the bound on units
	Split       Split        `json:"split"`
	Arms        []Arm        `json:"variants"`
	Differences []Difference `json:"differences"`
	Advice      string       `json:"recommendation"`
}

// Analyse compares the variants of an experiment by the totals of its units.
func Analyse(e *Experiment, units []Totals, dropped int) *Report {
	r := &Report{Experiment: e.Name, Unit: e.Unit, Dropped: dropped, Arms: make([]Arm, len(e.Variants)), Differences: []Difference{}}
	place := make(map[string]int, len(e.Variants))
	samples := make([][]sample, len(e.Variants))
	for i, v := range e.Variants {
		place[v.Name] = i
		r.Arms[i] = Arm{Variant: v.Name, Model: v.Model.Name, Metrics: make(map[string]Estimate, len(Metrics))}
		samples[i] = make([]sample, len(Metrics))
	}
	for i := range units {
		t := &units[i]
		at, ok := place[t.Variant]
		if !ok {
			r.Unknown++
			continue
		}
		if r.Since == nil || t.First.Before(*r.Since) {
			r.Since = &t.First
		}
		if t.Moved > 0 {
			r.Moved++
		}
		r.Units++
		r.Requests += t.Requests
		r.Arms[at].Units++
		r.Arms[at].Requests += t.Requests
		for j := range Metrics {
			if sum, n := Metrics[j].of(t); n > 0 {
				samples[at][j].add(sum / float64(n))
			}
		}
	}
	r.split(e)
	r.compare(samples)
	r.Advice = r.advise()
	return r
}

func (r *Report) split(e *Experiment) {
	planned := shares(e.Variants)
	counts := make([]int, len(r.Arms))
	for i := range r.Arms {
		r.Arms[i].Planned, counts[i] = planned[i], r.Arms[i].Units
	}
	r.Split.P = splitP(counts, planned)
	r.Split.Off = r.Split.P < splitLevel
}

// compare fills in the means and their differences.
func (r *Report) compare(samples [][]sample) {
	comparisons := float64(max(1, (len(r.Arms)-1)*len(Metrics)))
	for i := range r.Arms {
		for j := range Metrics {
			m := &Metrics[j]
			s := &samples[i][j]
			if s.n == 0 {
				continue
			}
			est := Estimate{Units: s.n, Mean: s.mean}
			if s.n > 1 {
				half := radius(s.error(), m.spread*s.mean, Level)
				est.Interval = &Interval{s.mean - half, s.mean + half}
			}
			r.Arms[i].Metrics[m.Name] = est
			first := &samples[0][j]
			if i == 0 || s.n < 2 || first.n < 2 {
				continue
			}
			both := float64(s.n + first.n)
			tau := m.spread * (s.mean*float64(s.n) + first.mean*float64(first.n)) / both
			d := Difference{Variant: r.Arms[i].Variant, Metric: m.Name, Absolute: s.mean - first.mean}
			if first.mean != 0 {
				d.Relative = d.Absolute / first.mean
			}
			v := differenceError(s, first)
			half := radius(v, tau, Level/comparisons)
			d.Interval = Interval{d.Absolute - half, d.Absolute + half}
			d.P = min(1, comparisons*pValue(d.Absolute, v, tau))
			d.Shown = d.P < Level && min(s.n, first.n) >= leastUnits
			r.Differences = append(r.Differences, d)
		}
	}
}

// A sample is the mean and variance of numbers, one added at a time (B. Welford, Note on
// a Method for Calculating Corrected Sums of Squares and Products, 1962).
type sample struct {
	n       int
	mean, q float64
}

func (s *sample) add(x float64) {
	s.n++
	d := x - s.mean
	s.mean += d / float64(s.n)
	s.q += d * (x - s.mean)
}

// differenceError returns the squared standard error of the difference of two means: the
// larger of Welch's, for unequal variances, and the pooled one. Figures such as costs are
// skewed, and in a small sample a mean that is too low comes with a variance that is too low;
// the pooled variance avoids that.
func differenceError(a, b *sample) float64 {
	na, nb := float64(a.n), float64(b.n)
	pooled := math.Max(a.q+b.q, 0) / (na + nb - 2) * (1/na + 1/nb)
	return math.Max(a.error()+b.error(), pooled)
}

// error returns the squared standard error of the mean; there are at least two numbers.
func (s *sample) error() float64 {
	n := float64(s.n)
	return math.Max(s.q, 0) / (n - 1) / n
}
