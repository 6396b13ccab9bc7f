package evaluate

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strconv"

	"sluice/routing"
	"sluice/routing/classify"
	"sluice/routing/offline/measure"
	"sluice/routing/signal"
)

// Pair is a cheap and a strong model, whose prices turn a share of prompts into money.
type Pair struct{ Cheap, Strong *routing.Model }

// RankFigures say how well scores order prompts by their need of a strong model.
type RankFigures struct {
	N         int              `json:"n" col:"N"`
	AUC       *float64         `json:"auc" col:"AUC" ci:"auc"` // of finding the prompts that the weak model fails at; null where it fails at all or at none
	APGR      float64          `json:"apgr" col:"APGR" ci:"apgr"`
	CPT50     float64          `json:"cpt50" col:"CPT50" ci:"cpt50"`
	CPT80     float64          `json:"cpt80" col:"CPT80" ci:"cpt80"`
	Intervals map[string]Range `json:"intervals,omitempty"`
}

// TierReport says how well a scorer's order of prompts serves the choice between a weak and a
// strong model.
type TierReport struct {
	Task   string `json:"task"`
	Scorer Scorer `json:"scorer"`
	RankFigures
	Against                           // the constants at the same cost
	Skipped   int                     `json:"skipped"`    // rows without the quality of answers
	WeakFails float64                 `json:"weak_fails"` // share of the prompts that the weak model fails at
	Cheap     CurvePoint              `json:"always_cheap"`
	Strong    CurvePoint              `json:"always_strong"`
	Curve     []CurvePoint            `json:"curve"`
	Baselines map[Scorer]RankFigures  `json:"baselines"`
	Others    map[Scorer][]CurvePoint `json:"other_curves"`
	Sources   map[string]Source       `json:"sources,omitempty"` // by the field source
}

// Source is the figures of one source's prompts, beside those of their mere length.
type Source struct {
	RankFigures
	Length RankFigures `json:"length"`
}

// CurvePoint is the result of sending a share of the prompts, those of the highest score, to
// the strong model.
type CurvePoint struct {
	Share    float64 `json:"share"`
	Cost     float64 `json:"cost_usd"` // mean of a prompt
	Quality  float64 `json:"quality"`  // mean of the answers
	Constant float64 `json:"constant"` // the quality that the constants reach at this cost
	Interval *Range  `json:"interval,omitempty"`
}

// curveSteps is the number of parts that a printed curve is divided into.
const curveSteps = 20

// tierData are the prompts of a file, without their texts.
type tierData struct {
	weak, strong         []float64 // quality of the two models' answers
	weakCost, strongCost []float64
	failed               []bool // the weak model is more often wrong than right
	scores               map[Scorer][]float64
	sources              []string
	skipped              int
}

// Tier measures how well the scorer finds the prompts that need a strong model, on lines with
// "text", "weak_correct" and "strong_correct" (0 to 1). Rows where these are null or absent are
// counted and left out. Prices are those of the pair, with answers of the length that
// [routing.Model.Estimate] assumes.
func Tier(r io.Reader, s Scorer, pair Pair) (*TierReport, error) {
	m, err := classify.Default()
	if err != nil {
		return nil, err
	}
	scorers := strengths(m)
	if _, err := choose(s, "tier", scorers); err != nil {
		return nil, err
	}
	type tierRow struct {
		Text   *string  `json:"text" required:"the prompt"`
		Weak   *float64 `json:"weak_correct"`
		Strong *float64 `json:"strong_correct"`
		Source string   `json:"source"`
	}
	d := tierData{scores: make(map[Scorer][]float64)}
	err = rows(r, func(row *tierRow) error {
		if row.Weak == nil || row.Strong == nil {
			d.skipped++
			return nil
		}
		for name, v := range map[string]float64{"weak_correct": *row.Weak, "strong_correct": *row.Strong} {
			if v < 0 || v > 1 {
				return fmt.Errorf("%q is %v; expected 0 to 1", name, v)
			}
		}
		req := &routing.Request{Prompt: *row.Text, Bytes: len(*row.Text)}
		tokens := signal.Describe(req).Tokens
		d.weak, d.strong = append(d.weak, *row.Weak), append(d.strong, *row.Strong)
		d.weakCost = append(d.weakCost, pair.Cheap.Estimate(req, tokens))
		d.strongCost = append(d.strongCost, pair.Strong.Estimate(req, tokens))
		d.failed = append(d.failed, *row.Weak < 0.5)
		d.sources = append(d.sources, row.Source)
		for name, score := range scorers {
			d.scores[name] = append(d.scores[name], score(*row.Text))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(d.weak) == 0 {
		return nil, errors.New(`no line has both "weak_correct" and "strong_correct"`)
	}
	return d.report(s), nil
}

func (d *tierData) report(s Scorer) *TierReport {
	out := &TierReport{
		Task: "tier", Scorer: s, Skipped: d.skipped,
		Baselines: make(map[Scorer]RankFigures), Others: make(map[Scorer][]CurvePoint), Sources: make(map[string]Source),
	}
	for name, scores := range d.scores {
		f, curve, a := d.ranked(scores)
		if name == s {
			out.RankFigures, out.Curve, out.Against = f, curve, a
		} else {
			out.Baselines[name], out.Others[name] = f, curve
		}
	}
	out.Cheap, out.Strong = out.Curve[0], out.Curve[curveSteps]
	failed := 0
	bySource := make(map[string][]int) // counts of its rows
	for i, source := range d.sources {
		failed += count(d.failed[i])
		if bySource[source] == nil {
			bySource[source] = make([]int, len(d.sources))
		}
		bySource[source][i] = 1
	}
	out.WeakFails = measure.Share(failed, len(d.failed))
	if len(bySource) < 2 {
		return out
	}
	order, length := measure.NewOrder(d.scores[s]), measure.NewOrder(d.scores[Length])
	for source, counts := range bySource {
		f, _ := d.figures(order, counts)
		byLength, _ := d.figures(length, counts)
		out.Sources[source] = Source{f, byLength}
	}
	return out
}

// figures computes the figures of an order of the prompts, and its curve of quality.
func (d *tierData) figures(o measure.Order, counts []int) (RankFigures, measure.Curve) {
	c := o.Curve(d.weak, d.strong, counts)
	return RankFigures{N: len(c.Quality) - 1, AUC: o.AUC(d.failed, counts), APGR: c.APGR(), CPT50: c.CPT(0.5), CPT80: c.CPT(0.8)}, c
}

// ranked computes the figures and the curve of one scorer, and compares the curve with the
// constants at the same costs.
func (d *tierData) ranked(scores []float64) (RankFigures, []CurvePoint, Against) {
	order, once := measure.NewOrder(scores), measure.Once(len(scores))
	f, curve := d.figures(order, once)
	cost := order.Curve(d.weakCost, d.strongCost, once)
	points := make([]CurvePoint, curveSteps+1)
	costs := make([]float64, len(points))
	quality := make([]float64, len(points))
	for i := range points {
		share := float64(i) / curveSteps
		costs[i], quality[i] = cost.At(share), curve.At(share)
		points[i] = CurvePoint{Share: share, Cost: costs[i], Quality: quality[i]}
	}
	constant := Constant{Name: "always cheap or always strong or a mix of them, at the same cost", Figure: "mean quality", Margin: lift(quality, costs)}
	for i := range points {
		points[i].Constant = mixed(curve.Weak, curve.Strong, extra(costs, i))
		if 0 < i && i < curveSteps {
			constant.Value += points[i].Constant / (curveSteps - 1)
		}
	}
	f.Intervals = measure.Bootstrap(len(scores), func(counts []int, put func(string, float64)) {
		f, curve := d.figures(order, counts)
		putFigures(f, put)
		for i := range points {
			quality[i] = curve.At(points[i].Share)
			put(strconv.Itoa(i), quality[i])
		}
		put(margin, lift(quality, costs))
	})
	for i := range points {
		interval := f.Intervals[strconv.Itoa(i)]
		points[i].Interval = &interval
		delete(f.Intervals, strconv.Itoa(i))
	}
	return f, points, against(constant, f.Intervals)
}

// lift is by how much a curve is above what the constants reach at the same cost, as a mean
// over its inner points.
func lift(quality, costs []float64) float64 {
	last := len(quality) - 1
	sum := 0.0
	for k := 1; k < last; k++ {
		sum += quality[k] - mixed(quality[0], quality[last], extra(costs, k))
	}
	return sum / float64(last-1)
}

// extra is the share of the extra cost of the strong model that a point of the curve spends;
// where that is nothing, the share of the prompts.
func extra(costs []float64, k int) float64 {
	last := len(costs) - 1
	if costs[last] == costs[0] {
		return float64(k) / float64(last)
	}
	return (costs[k] - costs[0]) / (costs[last] - costs[0])
}

// Print writes the report as text.
func (r *TierReport) Print(w io.Writer) error {
	t := newTable(w)
	t.headings("", r.RankFigures)
	t.figures("tier, "+string(r.Scorer), r.RankFigures, r.Intervals)
	for _, name := range sortedKeys(r.Baselines) {
		t.figures(string(name), r.Baselines[name], r.Baselines[name].Intervals)
	}
	t.line("")
	if len(r.Sources) > 0 {
		t.row("SOURCE", "N", "AUC", "APGR", "AUC OF LENGTH", "APGR OF LENGTH")
		for _, name := range sortedKeys(r.Sources) {
			f := r.Sources[name]
			t.row(cmp.Or(name, "not given"), f.N, f.AUC, f.APGR, f.Length.AUC, f.Length.APGR)
		}
		t.line("")
	}
	of := func(s Scorer) []CurvePoint {
		if s == r.Scorer {
			return r.Curve
		}
		return r.Others[s]
	}
	length, spec := of(Length), of(Spec)
	t.row("TO THE STRONG MODEL", "USD PER 1000", "QUALITY", "95 % INTERVAL", "CONSTANTS, SAME COST", "LENGTH", "SPEC")
	for i := 0; i <= curveSteps; i += 2 {
		p := r.Curve[i]
		t.row(fmt.Sprintf("%.0f %%", 100*p.Share), 1000*p.Cost, p.Quality, *p.Interval, p.Constant, length[i].Quality, spec[i].Quality)
	}
	t.line("\nthe weak model fails at %.1f %% of the prompts; always cheap: quality %.3f, always strong: %.3f",
		100*r.WeakFails, r.Cheap.Quality, r.Strong.Quality)
	t.line("the curve of %s %s", r.Scorer, r.sentence())
	if r.Skipped > 0 {
		t.line("%d rows without answers were left out", r.Skipped)
	}
	return t.Flush()
}
