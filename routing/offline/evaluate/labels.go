package evaluate

import (
	"slices"

	"sluice/routing/offline/measure"
)

// Figures say how well labels were given. Precision, Recall and F1 are those of the
// positive class where there is one, and otherwise means over the classes that occur.
type Figures struct {
	N         int              `json:"n"`
	Accuracy  float64          `json:"accuracy"`
	MacroF1   float64          `json:"macro_f1"`
	Precision float64          `json:"precision"`
	Recall    float64          `json:"recall"`
	F1        float64          `json:"f1"`
	Intervals map[string]Range `json:"intervals,omitempty"` // 95 %, by figure
	Classes   []Class          `json:"classes,omitempty"`
	Confusion *Confusion       `json:"confusion,omitempty"`
}

// Class holds the figures of one label.
type Class struct {
	Label     string  `json:"label"`
	Support   int     `json:"support"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}

// Confusion counts how often Labels[j] was given where Labels[i] was right, in Counts[i][j].
type Confusion struct {
	Labels []string `json:"labels"`
	Counts [][]int  `json:"counts"`
}

// A Part is the figures of some of the rows.
type Part struct {
	Name string `json:"name"`
	Figures
}

// LabelReport is what a scorer's labels are worth.
type LabelReport struct {
	Task   string `json:"task"`
	Scorer Scorer `json:"scorer"`
	Figures
	Against            // the best constant label, by accuracy
	All       *Figures `json:"all,omitempty"`   // with the rows whose label is a guess
	By        string   `json:"by,omitempty"`    // the field that Parts are told apart by
	Parts     []Part   `json:"parts,omitempty"` // by name
	Baselines []Part   `json:"baselines,omitempty"`
}

// labelled are the right labels of some rows and those given.
type labelled struct{ want, got []string }

func (l *labelled) add(want, got string) {
	l.want, l.got = append(l.want, want), append(l.got, got)
}

// figures computes the figures; positive is the class that Precision, Recall and F1
// are of, "" for their means.
func (l *labelled) figures(positive string) (Figures, Against, error) {
	c, err := measure.NewConfusion(l.want, l.got)
	if err != nil {
		return Figures{}, Against{}, err
	}
	f := figuresOf(c, positive)
	f.Confusion = &Confusion{c.Labels, c.Counts}
	for _, cl := range c.Classes() {
		f.Classes = append(f.Classes, Class{cl.Label, cl.Support, cl.Precision, cl.Recall, cl.F1})
	}
	best := commonest(l.want)
	f.Intervals = labelIntervals(l, c, positive, best)
	value := supported(c, best)
	constant := Constant{Name: always(best), Figure: "accuracy", Value: value, Margin: f.Accuracy - value}
	return f, against(constant, f.Intervals), nil
}

// supported is the share of the rows for which the label is right.
func supported(c measure.Confusion, label string) float64 {
	i, _ := slices.BinarySearch(c.Labels, label)
	n := 0
	for _, k := range c.Counts[i] {
		n += k
	}
	return share(n, c.N())
}

func figuresOf(c measure.Confusion, positive string) Figures {
	f := Figures{N: c.N(), Accuracy: c.Accuracy(), MacroF1: c.MacroF1()}
	n := 0
	for _, cl := range c.Classes() {
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

// labelIntervals estimates the 95 % intervals of the figures, and of the margin to giving
// always the label best.
func labelIntervals(l *labelled, c measure.Confusion, positive, best string) map[string]Range {
	cells := make([][2]int, len(l.want))
	for k := range cells {
		i, _ := slices.BinarySearch(c.Labels, l.want[k])
		j, _ := slices.BinarySearch(c.Labels, l.got[k])
		cells[k] = [2]int{i, j}
	}
	drawn := measure.Confusion{Labels: c.Labels, Counts: make([][]int, len(c.Labels))}
	for i := range drawn.Counts {
		drawn.Counts[i] = make([]int, len(c.Labels))
	}
	return bootstrap(len(cells), func(rows []int, put func(string, float64)) {
		for _, row := range drawn.Counts {
			clear(row)
		}
		for _, k := range rows {
			drawn.Counts[cells[k][0]][cells[k][1]]++
		}
		f := figuresOf(drawn, positive)
		put("accuracy", f.Accuracy)
		put("macro_f1", f.MacroF1)
		put("precision", f.Precision)
		put("recall", f.Recall)
		put("f1", f.F1)
		put(margin, f.Accuracy-supported(drawn, best))
	})
}

// parts returns the figures of each part, by name, without their intervals and confusions.
func parts(of map[string]*labelled, positive string) ([]Part, error) {
	var out []Part
	for _, name := range sortedKeys(of) {
		c, err := measure.NewConfusion(of[name].want, of[name].got)
		if err != nil {
			return nil, err
		}
		out = append(out, Part{name, figuresOf(c, positive)})
	}
	return out, nil
}

// into returns the part called name, a new one where there is none.
func into(parts map[string]*labelled, name string) *labelled {
	if parts[name] == nil {
		parts[name] = &labelled{}
	}
	return parts[name]
}

// commonest returns the label that is right most often, the first by name of several.
func commonest(want []string) string {
	count := make(map[string]int)
	for _, w := range want {
		count[w]++
	}
	best := ""
	for _, label := range sortedKeys(count) {
		if count[label] > count[best] {
			best = label
		}
	}
	return best
}

// always names the constant that gives one label.
func always(label string) string { return "always " + label }

// always gives the label everywhere.
func (l *labelled) always(label string) *labelled {
	return &labelled{l.want, slices.Repeat([]string{label}, len(l.want))}
}
