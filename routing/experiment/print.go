package experiment

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// Print writes the report as text: a table with a column for each variant, each mean with its
// interval and the difference to the first variant, and the advice.
func (r *Report) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  by %s: %s, %s", r.Experiment, r.Unit, count(r.Units, string(r.Unit)), count(r.Requests, "request"))
	if r.Since != nil {
		fmt.Fprintf(&b, " since %s", r.Since.UTC().Format(time.DateTime+" MST"))
	}
	b.WriteString("\n\n")
	t := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	row := func(name string, cell func(a *Arm) string) {
		cells := []string{name}
		some := false
		for i := range r.Arms {
			c := cell(&r.Arms[i])
			some = some || c != ""
			cells = append(cells, c)
		}
		if some {
			fmt.Fprintln(t, strings.TrimRight(strings.Join(cells, "\t"), "\t"))
		}
	}
	row("", func(a *Arm) string { return a.Variant })
	row("model", func(a *Arm) string { return a.Model })
	row(string(r.Unit)+"s", func(a *Arm) string {
		return fmt.Sprintf("%s (%s, planned %s)", grouped(strconv.Itoa(a.Units)), percent(float64(a.Units)/float64(max(r.Units, 1))), percent(a.Planned))
	})
	row("requests", func(a *Arm) string { return grouped(strconv.Itoa(a.Requests)) })
	for i := range Metrics {
		m := &Metrics[i]
		if !slices.ContainsFunc(r.Arms, func(a Arm) bool { return a.Metrics[m.Name].Units > 0 }) {
			continue
		}
		row(m.words.row, func(a *Arm) string { return m.mean(a) })
		row("", func(a *Arm) string { return r.difference(m, a.Variant) })
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if r.Units > 0 {
		fmt.Fprintf(&b, "\n%s\n", strings.Join(r.notes(), "\n"))
	}
	fmt.Fprintf(&b, "\n→ %s\n", r.Advice)
	_, err := io.WriteString(w, b.String())
	return err
}

// mean formats a mean with half the width of its interval.
func (m *Metric) mean(a *Arm) string {
	e, ok := a.Metrics[m.Name]
	if !ok {
		return "–"
	}
	text := precise(e.Mean * m.scale)
	if e.Interval != nil {
		text += " ± " + figure((e.Interval.High-e.Mean)*m.scale)
	}
	return text
}

// difference formats the difference of a variant to the first, with a star if it is
// significant.
func (r *Report) difference(m *Metric, variant string) string {
	for i := range r.Differences {
		d := &r.Differences[i]
		if d.Variant != variant || d.Metric != m.Name {
			continue
		}
		text := signed(d.Absolute*m.scale, figure) + " points"
		if m.scale != 100 && r.Arms[0].Metrics[m.Name].Mean != 0 {
			text = signed(d.Relative, percent)
		}
		text += " " + m.bounds(d, r)
		if d.Shown {
			text += " *"
		}
		return text
	}
	return ""
}

// notes explain the table.
func (r *Report) notes() []string {
	var all []string
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	add("Means over %ss, with intervals of 95 %%; * is a significant difference; both are valid however often the report is read.\nSplit as planned: p = %s.", r.Unit, probability(r.Split.P))
	if r.Moved > 0 {
		add("%s got another variant after the weights changed; their requests with it are left out.", count(r.Moved, string(r.Unit)))
	}
	if r.Unknown > 0 {
		add("%s of variants that no longer exist are left out.", count(r.Unknown, string(r.Unit)))
	}
	if r.Dropped > 0 {
		add("%s of %ss beyond the limit are left out.", count(r.Dropped, "outcome"), r.Unit)
	}
	return all
}

// precise formats a number that is not negative with three digits, as an integer from 100 on.
func precise(v float64) string {
	if v >= 99.95 {
		return grouped(strconv.FormatFloat(v, 'f', 0, 64))
	}
	if v == 0 {
		return "0"
	}
	return strconv.FormatFloat(v, 'f', max(0, 2-int(math.Floor(math.Log10(v)))), 64)
}
