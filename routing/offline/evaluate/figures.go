package evaluate

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"text/tabwriter"

	"sluice/routing/offline/measure"
)

// Figures are structs whose fields have tags: json is the name in JSON, col the heading of the
// column in text, and ci the name of the field's 95 % interval. A field that is a nil pointer is undefined for the rows.

// Range is a 95 % interval, low end first.
type Range = measure.Range

// estimate computes the figures of n rows, and the intervals of those with a tag ci; figures
// gets how often each row counts.
func estimate[F any](n int, figures func(counts []int) F) (F, map[string]Range) {
	intervals := measure.Bootstrap(n, func(counts []int, put func(string, float64)) { putFigures(figures(counts), put) })
	return figures(measure.Once(n)), intervals
}

// putFigures puts the figures with a tag ci that are defined.
func putFigures(figures any, put func(name string, value float64)) {
	for f, v := range reflect.ValueOf(figures).Fields() {
		if name, v := f.Tag.Get("ci"), reflect.Indirect(v); name != "" && v.IsValid() {
			put(name, v.Float())
		}
	}
}

// margin is the tag ci of the margin to the best constant.
const margin = "margin"

// A Constant is the figure of doing always the same, compared with what is measured.
type Constant struct {
	Name     string  `json:"name"`     // what is always done
	Figure   string  `json:"figure"`   // by which the two are compared
	Value    float64 `json:"value"`    // of the constant
	Margin   float64 `json:"margin"`   // by how much what is measured is better
	Interval Range   `json:"interval"` // 95 %, of the margin
}

// Against compares what is measured with the best constant. It beats the constant where the
// whole interval of the margin is above 0.
type Against struct {
	Constant Constant `json:"best_constant"`
	Beats    bool     `json:"beats_constant"`
}

// against moves the interval of the margin out of those of the figures.
func against(c Constant, intervals map[string]Range) Against {
	c.Interval = intervals[margin]
	delete(intervals, margin)
	return Against{c, c.Interval[0] > 0}
}

// always names the constant that gives one label.
func always(label string) string { return "always " + label }

// sentence says whether the constant is beaten.
func (a Against) sentence() string {
	c := a.Constant
	verb := "beats"
	switch {
	case a.Beats:
	case c.Margin > 0:
		verb = "is not shown to beat"
	default:
		verb = "does not beat"
	}
	return fmt.Sprintf("%s the best constant, %s (%s %.3f): margin %+.3f (95 %% %+.3f to %+.3f)",
		verb, c.Name, c.Figure, c.Value, c.Margin, c.Interval[0], c.Interval[1])
}

// mixed is the quality of sending always the same share of the requests, drawn at random, to
// the strong model, or none where that is worse: the best that the two constants "always
// cheap" and "always strong" reach for a share of the extra cost of the latter.
func mixed(cheap, strong, share float64) float64 {
	return cheap + max(0, min(1, share)*(strong-cheap))
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func percent(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) }

// A table prints rows of cells in aligned columns.
type table struct{ *tabwriter.Writer }

func newTable(w io.Writer) table { return table{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)} }

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

// line prints a line of text; the columns after it are aligned again.
func (t table) line(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) }

// headings prints the headings of the figures' columns, after one for their name.
func (t table) headings(name string, figures any) {
	cells := []any{name}
	for f := range reflect.TypeOf(figures).Fields() {
		if heading := f.Tag.Get("col"); heading != "" {
			cells = append(cells, heading)
		}
	}
	t.row(cells...)
}

// figures prints one row of figures, and one of their intervals where there are any.
func (t table) figures(name string, figures any, intervals map[string]Range) {
	cells, under := []any{name}, []any{"  95 % interval"}
	for f, v := range reflect.ValueOf(figures).Fields() {
		if f.Tag.Get("col") == "" {
			continue
		}
		cells = append(cells, v.Interface())
		if interval, ok := intervals[f.Tag.Get("ci")]; ok {
			under = append(under, interval)
		} else {
			under = append(under, "")
		}
	}
	t.row(cells...)
	if len(intervals) > 0 {
		t.row(under...)
	}
}
