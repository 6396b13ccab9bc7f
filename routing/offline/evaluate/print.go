package evaluate

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// A table prints rows of cells in columns.
type table struct{ *tabwriter.Writer }

func newTable(w io.Writer) table {
	return table{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
}

func (t table) row(cells ...any) {
	for i, c := range cells {
		if i > 0 {
			fmt.Fprint(t, "\t")
		}
		switch v := c.(type) {
		case float64:
			fmt.Fprintf(t, "%.3f", v)
		case *float64:
			if v == nil {
				fmt.Fprint(t, "–")
			} else {
				fmt.Fprintf(t, "%.3f", *v)
			}
		case Range:
			fmt.Fprintf(t, "%.3f–%.3f", v[0], v[1])
		default:
			fmt.Fprint(t, v)
		}
	}
	fmt.Fprintln(t)
}

// gap is an empty line, behind which columns begin anew.
func (t table) gap() { fmt.Fprintln(t) }

// fewLabels is how many labels a confusion may have to be printed as a square.
const fewLabels = 8

// Print writes the report as text.
func (r *LabelReport) Print(w io.Writer) error {
	t := newTable(w)
	head := []any{"", "N", "ACCURACY", "MACRO-F1", "PRECISION", "RECALL", "F1"}
	figures := func(name string, f Figures) {
		t.row(name, f.N, f.Accuracy, f.MacroF1, f.Precision, f.Recall, f.F1)
	}
	t.row(head...)
	figures(fmt.Sprintf("%s, %s", r.Task, r.Scorer), r.Figures)
	i := r.Intervals
	t.row("  95 % interval", "", i["accuracy"], i["macro_f1"], i["precision"], i["recall"], i["f1"])
	if r.All != nil {
		figures("with guessed labels", *r.All)
	}
	for _, p := range r.Baselines {
		figures(p.Name, p.Figures)
	}
	for _, p := range r.Parts {
		figures(r.By+" "+cmp.Or(p.Name, "not given"), p.Figures)
	}
	t.gap()
	fmt.Fprintf(t, "%s %s\n", r.Scorer, r.sentence())
	t.gap()
	t.row("CLASS", "N", "PRECISION", "RECALL", "F1")
	for _, c := range r.Classes {
		t.row(c.Label, c.Support, c.Precision, c.Recall, c.F1)
	}
	t.gap()
	if len(r.Confusion.Labels) <= fewLabels {
		r.Confusion.square(t)
	} else {
		r.Confusion.worst(t)
	}
	return t.Flush()
}

func (c *Confusion) square(t table) {
	head := []any{"RIGHT ↓ GIVEN →"}
	for _, label := range c.Labels {
		head = append(head, label)
	}
	t.row(head...)
	for i, label := range c.Labels {
		cells := []any{label}
		for _, n := range c.Counts[i] {
			cells = append(cells, n)
		}
		t.row(cells...)
	}
}

// worst prints the commonest mistakes.
func (c *Confusion) worst(t table) {
	type mistake struct {
		right, given string
		n            int
	}
	var all []mistake
	for i, row := range c.Counts {
		for j, n := range row {
			if i != j && n > 0 {
				all = append(all, mistake{c.Labels[i], c.Labels[j], n})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b mistake) int { return cmp.Compare(b.n, a.n) })
	t.row("RIGHT", "GIVEN", "N")
	for _, m := range all[:min(len(all), 15)] {
		t.row(m.right, m.given, m.n)
	}
}

// Print writes the report as text.
func (r *TierReport) Print(w io.Writer) error {
	t := newTable(w)
	t.row("", "N", "AUC", "APGR", "CPT50", "CPT80")
	figures := func(name string, f Ranked) { t.row(name, f.N, f.AUC, f.APGR, f.CPT50, f.CPT80) }
	intervals := func(f Ranked) {
		i := f.Intervals
		t.row("  95 % interval", "", i["auc"], i["apgr"], i["cpt50"], i["cpt80"])
	}
	figures("tier, "+string(r.Scorer), r.Ranked)
	intervals(r.Ranked)
	for _, name := range sortedKeys(r.Baselines) {
		figures(string(name), r.Baselines[name])
		intervals(r.Baselines[name])
	}
	t.gap()
	if len(r.Sources) > 0 {
		t.row("SOURCE", "N", "AUC", "APGR", "AUC OF LENGTH", "APGR OF LENGTH")
		for _, name := range sortedKeys(r.Sources) {
			f := r.Sources[name]
			t.row(cmp.Or(name, "not given"), f.N, f.AUC, f.APGR, f.Length.AUC, f.Length.APGR)
		}
		t.gap()
	}
	t.row("TO THE STRONG MODEL", "USD PER 1000", "QUALITY", "95 % INTERVAL", "CONSTANTS, SAME COST", "LENGTH", "SPEC")
	for i, p := range r.Curve {
		if i%2 != 0 {
			continue
		}
		cells := []any{fmt.Sprintf("%.0f %%", 100*p.Share), fmt.Sprintf("%.3f", 1000*p.Cost), p.Quality, *p.Interval, p.Constant}
		for _, s := range []Scorer{Length, Spec} {
			cells = append(cells, r.of(s)[i].Quality)
		}
		t.row(cells...)
	}
	t.gap()
	fmt.Fprintf(t, "the weak model fails at %.1f %% of the prompts; always cheap: quality %.3f, always strong: %.3f\n",
		100*r.WeakFails, r.Cheap.Quality, r.Strong.Quality)
	fmt.Fprintf(t, "the curve of %s %s\n", r.Scorer, r.sentence())
	if r.Skipped > 0 {
		fmt.Fprintf(t, "%d rows without answers were left out\n", r.Skipped)
	}
	return t.Flush()
}

// of returns the curve of a scorer.
func (r *TierReport) of(s Scorer) []CurvePoint {
	if s == r.Scorer {
		return r.Curve
	}
	return r.Others[s]
}

// Print writes the report as text.
func (r *VerdictReport) Print(w io.Writer) error {
	t := newTable(w)
	t.row("", "COUNT", "FLAGGED", "PRECISION", "RECALL", "RECALL BAD", "ACCURACY", "PGR")
	figures := func(name string, f Flagged) {
		t.row(name, f.Count, f.Flagged, f.Precision, f.Recall, f.RecallBad, f.Accuracy, f.PGR)
	}
	figures("verdicts", r.Flagged)
	i := r.Intervals
	cells := []any{"  95 % interval", "", i["flagged"], i["precision"], i["recall"], i["recall_bad"], i["accuracy"]}
	if pgr, ok := i["pgr"]; ok {
		cells = append(cells, pgr)
	}
	t.row(cells...)
	figures("the shortest, as many", r.Shortest)
	figures("never flag", r.Never)
	figures("always flag", r.Always)
	for _, name := range sortedKeys(r.Reasons) {
		figures(name, r.Reasons[name])
	}
	t.gap()
	fmt.Fprintf(t, "of %d answers %.1f %% are not good and %.1f %% bad\n", r.N, 100*r.NotGood, 100*r.Bad)
	fmt.Fprintf(t, "telling the answers that are not good, the judge %s\n", r.sentence())
	return t.Flush()
}
