package experiment

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// words name a metric in text.
type words struct {
	row  string // in the table
	does string // "costs" 31 % less
	noun string
}

// advise describes in words what may be concluded.
func (r *Report) advise() string {
	switch {
	case r.Units == 0:
		return "keep running: no unit has taken part yet."
	case len(r.Arms) < 2:
		return "nothing to conclude: there is only one variant."
	case r.Split.Off:
		return "do not conclude: " + r.offSplit()
	}
	if missing := r.missing(); missing != "" {
		return "keep running: " + missing
	}
	var all []string
	for _, a := range r.Arms[1:] {
		all = append(all, r.adviseOn(a.Variant))
	}
	return strings.Join(all, " ")
}

// offSplit describes how the split is off, and where to look for the cause.
func (r *Report) offSplit() string {
	var got, plan []string
	for _, a := range r.Arms {
		got = append(got, fmt.Sprintf("%s %s", a.Variant, percent(float64(a.Units)/float64(r.Units))))
		plan = append(plan, percent(a.Planned))
	}
	why := "look for requests of one variant that never end or are answered elsewhere"
	if r.Moved > 0 || r.Unknown > 0 {
		why = "the variants or their weights were changed during the experiment: start again under another name"
	}
	return fmt.Sprintf("the split is off: %s where %s was planned (p = %s); %s.", strings.Join(got, ", "), strings.Join(plan, " : "), probability(r.Split.P), why)
}

// missing names the first variant with too few units, "" if there is none.
func (r *Report) missing() string {
	for _, a := range r.Arms {
		if a.Units < leastUnits && a.Planned > 0 {
			return fmt.Sprintf("%s has %s of at least %d.", a.Variant, count(a.Units, string(r.Unit)), leastUnits)
		}
	}
	return ""
}

// adviseOn compares one variant with the first.
func (r *Report) adviseOn(variant string) string {
	var better, worse, other, open []string
	for _, d := range r.Differences {
		if d.Variant != variant {
			continue
		}
		m := metric(d.Metric)
		switch gain := d.Absolute * m.better; {
		case !d.Shown && m.better != 0 && (d.Interval != Interval{}):
			open = append(open, m.words.noun+" "+m.bounds(&d, r))
		case !d.Shown:
		case gain > 0:
			better = append(better, m.sentence(&d))
		case gain < 0:
			worse = append(worse, m.sentence(&d))
		default:
			other = append(other, m.sentence(&d))
		}
	}
	first := r.Arms[0].Variant
	still := ""
	if len(open) > 0 {
		still = " Still open: " + strings.Join(open, ", ") + "."
	}
	sentence := func(parts ...[]string) string {
		return variant + " " + strings.Join(slices.Concat(parts...), ", ") + " than " + first
	}
	switch {
	case len(better) > 0 && len(worse) > 0:
		return "weigh up: " + sentence(better) + "; but it " + strings.Join(append(worse, other...), ", ") + "." + still
	case len(better) > 0:
		return "prefer " + variant + ": " + sentence(better, other) + "." + still
	case len(worse) > 0:
		return "stay with " + first + ": " + sentence(worse, other) + "." + still
	case len(other) > 0:
		return "keep running: " + sentence(other) + ", and no other difference is significant." + still
	default:
		return "keep running: no difference is significant between " + variant + " and " + first + "." + still
	}
}

func metric(name string) *Metric {
	for i := range Metrics {
		if Metrics[i].Name == name {
			return &Metrics[i]
		}
	}
	return nil
}

// sentence describes a difference that is shown: "costs 31 % less".
func (m *Metric) sentence(d *Difference) string {
	more := map[bool]string{true: "more", false: "less"}[d.Absolute > 0]
	switch m.Name {
	case "latency":
		more = map[bool]string{true: "longer", false: "less long"}[d.Absolute > 0]
	case "tokens":
		more += " tokens"
	case "escalation_rate", "failure_rate":
		more += " often"
	case "feedback":
		more = map[bool]string{true: "better", false: "worse"}[d.Absolute > 0]
	}
	return m.words.does + " " + m.size(d) + " " + more
}

// size returns that of a difference: relative to the first variant's mean, or in points.
func (m *Metric) size(d *Difference) string {
	if m.scale == 100 || d.Relative == 0 {
		return figure(math.Abs(d.Absolute)*m.scale) + " points"
	}
	return percent(math.Abs(d.Relative))
}

// bounds returns the interval of a difference that is not shown.
func (m *Metric) bounds(d *Difference, r *Report) string {
	base := r.Arms[0].Metrics[m.Name].Mean
	if m.scale == 100 || base == 0 {
		return fmt.Sprintf("(%s to %s points)", signed(d.Interval.Low*m.scale, figure), signed(d.Interval.High*m.scale, figure))
	}
	return fmt.Sprintf("(%s to %s)", signed(d.Interval.Low/base, percent), signed(d.Interval.High/base, percent))
}

func signed(v float64, show func(float64) string) string {
	if v < 0 {
		return "−" + show(-v)
	}
	return "+" + show(v)
}

// percent formats a share that is not negative.
func percent(share float64) string { return figure(share*100) + " %" }

// figure formats a number that is not negative with two digits, as an integer from 10 on.
func figure(v float64) string {
	if v >= 9.95 {
		return grouped(strconv.FormatFloat(v, 'f', 0, 64))
	}
	return strconv.FormatFloat(v, 'g', 2, 64)
}

func probability(p float64) string {
	if p < 0.001 {
		return "below 0.001"
	}
	return strconv.FormatFloat(p, 'g', 2, 64)
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(strconv.Itoa(n)) + " " + noun + "s"
}

// grouped formats the digits 1234567 as 1,234,567.
func grouped(s string) string {
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
