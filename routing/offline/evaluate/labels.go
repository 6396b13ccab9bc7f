package evaluate

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"sluice/routing/classify"
	"sluice/routing/offline/measure"
)

// LabelFigures say how well labels were given. Precision, Recall and F1 are those of the
// positive class where there is one, and otherwise means over the classes that occur.
type LabelFigures struct {
	N         int                `json:"n" col:"N"`
	Accuracy  float64            `json:"accuracy" col:"ACCURACY" ci:"accuracy"`
	MacroF1   float64            `json:"macro_f1" col:"MACRO-F1" ci:"macro_f1"`
	Precision float64            `json:"precision" col:"PRECISION" ci:"precision"`
	Recall    float64            `json:"recall" col:"RECALL" ci:"recall"`
	F1        float64            `json:"f1" col:"F1" ci:"f1"`
	Margin    float64            `json:"-" ci:"margin"` // of the accuracy, to the best constant label
	Intervals map[string]Range   `json:"intervals,omitempty"`
	Classes   []measure.Class    `json:"classes,omitempty"`
	Confusion *measure.Confusion `json:"confusion,omitempty"`
}

// NamedLabels is the figures of some of the rows, or of other labels for them.
type NamedLabels struct {
	Name string `json:"name"`
	LabelFigures
}

// LabelReport says how well a scorer labels texts.
type LabelReport struct {
	Task   string `json:"task"`
	Scorer Scorer `json:"scorer"`
	LabelFigures
	Against                 // the best constant label, by accuracy
	All       *LabelFigures `json:"all,omitempty"`   // with the rows whose label is a guess
	By        string        `json:"by,omitempty"`    // the field that Parts are told apart by
	Parts     []NamedLabels `json:"parts,omitempty"` // by name
	Baselines []NamedLabels `json:"baselines,omitempty"`
}

// labelled are the right labels of some rows, those given by a scorer and by the published
// rules, and the part that each row belongs to.
type labelled struct{ want, got, spec, part []string }

func (l *labelled) add(want, got, spec, part string) {
	l.want, l.got, l.spec, l.part = append(l.want, want), append(l.got, got), append(l.spec, spec), append(l.part, part)
}

// labelFigures returns the function that computes the figures of labels.
func labelFigures(want, got []string, positive string) func(counts []int) LabelFigures {
	labels, best := measure.NewLabels(want, got), commonest(want)
	return func(counts []int) LabelFigures {
		c := labels.Confusion(counts)
		f := LabelFigures{N: c.N(), Accuracy: c.Accuracy(), MacroF1: c.MacroF1(), Classes: c.Classes(), Confusion: &c}
		f.Margin = f.Accuracy
		n := 0
		for _, cl := range f.Classes {
			if cl.Label == best {
				f.Margin -= measure.Share(cl.Support, f.N)
			}
			if cl.Label == positive || positive == "" && cl.Support > 0 {
				f.Precision += cl.Precision
				f.Recall += cl.Recall
				f.F1 += cl.F1
				n++
			}
		}
		if n > 0 {
			f.Precision, f.Recall, f.F1 = f.Precision/float64(n), f.Recall/float64(n), f.F1/float64(n)
		}
		return f
	}
}

// named reduces the figures to those of a row of the table.
func named(name string, f LabelFigures) NamedLabels {
	f.Classes, f.Confusion, f.Margin = nil, nil, 0
	return NamedLabels{name, f}
}

// report computes the report without the baselines.
func (l *labelled) report(task string, s Scorer, positive, by string) (*LabelReport, error) {
	if len(l.want) == 0 {
		return nil, errors.New(`every label is a guess; expected lines without "strict": false`)
	}
	r := &LabelReport{Task: task, Scorer: s, By: by}
	figures := labelFigures(l.want, l.got, positive)
	r.LabelFigures, r.Intervals = estimate(len(l.want), figures)
	r.Against = against(Constant{
		Name: always(commonest(l.want)), Figure: "accuracy", Value: r.Accuracy - r.Margin, Margin: r.Margin,
	}, r.Intervals)
	for _, part := range slices.Compact(slices.Sorted(slices.Values(l.part))) {
		counts := make([]int, len(l.part))
		for i := range counts {
			counts[i] = count(l.part[i] == part)
		}
		r.Parts = append(r.Parts, named(part, figures(counts)))
	}
	return r, nil
}

// baseline adds the figures of other labels for the same rows.
func (r *LabelReport) baseline(name string, want, got []string, positive string) {
	r.Baselines = append(r.Baselines, named(name, labelFigures(want, got, positive)(measure.Once(len(want)))))
}

// constantly adds the figures of giving always the same label.
func (r *LabelReport) constantly(label string, want []string, positive string) {
	r.baseline(always(label), want, slices.Repeat([]string{label}, len(want)), positive)
}

// A labelRow is one line: a text and its right label.
type labelRow struct {
	text, want, part string
	guess            bool // the label may be wrong
}

// readLabels gives the text of every line a label. Lines whose right label is no guess are in
// strict, too.
func readLabels[T any](
	r io.Reader, task string, s Scorer, scorers func(*classify.Model) map[Scorer]func(string) string, read func(*T) (labelRow, error),
) (strict, all labelled, err error) {
	m, err := classify.Default()
	if err != nil {
		return strict, all, err
	}
	known := scorers(m)
	score, err := choose(s, task, known)
	if err != nil {
		return strict, all, err
	}
	err = rows(r, func(line *T) error {
		row, err := read(line)
		if err != nil {
			return err
		}
		got, bySpec := score(row.text), ""
		if f := known[Spec]; f != nil {
			bySpec = f(row.text)
		}
		all.add(row.want, got, bySpec, row.part)
		if !row.guess {
			strict.add(row.want, got, bySpec, row.part)
		}
		return nil
	})
	return strict, all, err
}

// Domain measures topics on lines with "text", "topic" and, where the label may be a guess,
// "strict". The report is of the rows whose label is no guess; All has the others too. Long
// contexts count as rag_summary: the topic says what is asked, not how long it is.
func Domain(r io.Reader, s Scorer) (*LabelReport, error) {
	type domainRow struct {
		Text   *string `json:"text" required:"the prompt"`
		Topic  *string `json:"topic" required:"what the prompt is about"`
		Lang   string  `json:"lang"`
		Strict *bool   `json:"strict"`
	}
	strict, all, err := readLabels(r, "domain", s, topics, func(row *domainRow) (labelRow, error) {
		want := *row.Topic
		if want == "long_context" {
			want = classify.RAGSummary.String()
		}
		if _, ok := classify.ParseTopic(want); !ok {
			return labelRow{}, fmt.Errorf("unknown topic %q; expected code, math, writing, rag_summary, long_context or general", want)
		}
		return labelRow{*row.Text, want, row.Lang, row.Strict != nil && !*row.Strict}, nil
	})
	if err != nil {
		return nil, err
	}
	report, err := strict.report("domain", s, "", "lang")
	if err != nil {
		return nil, err
	}
	everything, intervals := estimate(len(all.want), labelFigures(all.want, all.got, ""))
	delete(intervals, margin)
	everything.Intervals = intervals
	report.All = &everything
	report.constantly(commonest(strict.want), strict.want, "")
	report.baseline(string(Spec), strict.want, strict.spec, "")
	return report, nil
}

// Refusal measures refusal detection on lines with "response" and "refusal".
func Refusal(r io.Reader, s Scorer) (*LabelReport, error) {
	type refusalRow struct {
		Response *string `json:"response" required:"the answer"`
		Refusal  *bool   `json:"refusal" required:"true or false"`
		Lang     string  `json:"lang"`
	}
	_, all, err := readLabels(r, "refusal", s, refusals, func(row *refusalRow) (labelRow, error) {
		return labelRow{text: *row.Response, want: refusalLabel(*row.Refusal), part: row.Lang}, nil
	})
	if err != nil {
		return nil, err
	}
	report, err := all.report("refusal", s, labelRefusal, "lang")
	if err != nil {
		return nil, err
	}
	report.constantly(labelAnswer, all.want, labelRefusal)
	report.constantly(labelRefusal, all.want, labelRefusal)
	report.baseline("phrases", all.want, all.spec, labelRefusal)
	return report, nil
}

// Language measures language detection on lines with "text", "lang" (ISO 639-1) and "kind".
func Language(r io.Reader, s Scorer) (*LabelReport, error) {
	type languageRow struct {
		Text *string `json:"text" required:"what is written in the language"`
		Lang string  `json:"lang" required:"an ISO 639-1 code"`
		Kind string  `json:"kind"`
	}
	_, all, err := readLabels(r, "language", s, languages, func(row *languageRow) (labelRow, error) {
		return labelRow{text: *row.Text, want: row.Lang, part: row.Kind}, nil
	})
	if err != nil {
		return nil, err
	}
	report, err := all.report("language", s, "", "kind")
	if err != nil {
		return nil, err
	}
	report.constantly(commonest(all.want), all.want, "")
	return report, nil
}

// Print writes the report as text.
func (r *LabelReport) Print(w io.Writer) error {
	t := newTable(w)
	t.headings("", r.LabelFigures)
	t.figures(fmt.Sprintf("%s, %s", r.Task, r.Scorer), r.LabelFigures, r.Intervals)
	if r.All != nil {
		t.figures("with guessed labels", *r.All, nil)
	}
	for _, p := range r.Baselines {
		t.figures(p.Name, p.LabelFigures, nil)
	}
	for _, p := range r.Parts {
		t.figures(r.By+" "+cmp.Or(p.Name, "not given"), p.LabelFigures, nil)
	}
	t.line("\n%s %s\n", r.Scorer, r.sentence())
	t.row("CLASS", "N", "PRECISION", "RECALL", "F1")
	for _, c := range r.Classes {
		t.row(c.Label, c.Support, c.Precision, c.Recall, c.F1)
	}
	t.line("")
	const fewLabels = 8 // whose confusion fits on a screen as a square
	if len(r.Confusion.Labels) <= fewLabels {
		printSquare(t, r.Confusion)
	} else {
		printWorst(t, r.Confusion)
	}
	return t.Flush()
}

func printSquare(t table, c *measure.Confusion) {
	cells := []any{"RIGHT ↓ GIVEN →"}
	for _, label := range c.Labels {
		cells = append(cells, label)
	}
	t.row(cells...)
	for i, label := range c.Labels {
		cells = []any{label}
		for _, n := range c.Counts[i] {
			cells = append(cells, n)
		}
		t.row(cells...)
	}
}

// printWorst prints the most frequent mistakes.
func printWorst(t table, c *measure.Confusion) {
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
