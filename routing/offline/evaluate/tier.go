package evaluate

import (
	"errors"
	"fmt"
	"io"

	"sluice/routing"
	"sluice/routing/classify"
	"sluice/routing/offline/measure"
	"sluice/routing/signal"
)

// Pair is a cheap and a strong model, whose prices turn a share of prompts into money.
type Pair struct{ Cheap, Strong *routing.Model }

// TierReport is what a scorer's order of prompts is worth for choosing between a weak
// and a strong model.
type TierReport struct {
	Task   string `json:"task"`
	Scorer Scorer `json:"scorer"`
	Ranked
	Against                           // the constants at the same cost
	Skipped   int                     `json:"skipped"`    // rows that no model's answers are known of
	WeakFails float64                 `json:"weak_fails"` // share of the prompts that the weak model fails at
	Cheap     CurvePoint              `json:"always_cheap"`
	Strong    CurvePoint              `json:"always_strong"`
	Curve     []CurvePoint            `json:"curve"`
	Baselines map[Scorer]Ranked       `json:"baselines"`
	Others    map[Scorer][]CurvePoint `json:"other_curves"`
	Sources   map[string]Source       `json:"sources,omitempty"` // by the field source
}

// Source is the figures of one source's prompts, beside those of their mere length.
type Source struct {
	Ranked
	Length Ranked `json:"length"`
}

// CurvePoint is what comes of sending a share of the prompts, those of the highest
// score, to the strong model.
type CurvePoint struct {
	Share    float64 `json:"share"`
	Cost     float64 `json:"cost_usd"` // mean of a prompt
	Quality  float64 `json:"quality"`  // mean of the answers
	Constant float64 `json:"constant"` // the quality that the constants reach at this cost
	Interval *Range  `json:"interval,omitempty"`
}

// curveSteps is the number of parts that a printed curve is divided into.
const curveSteps = 20

// tierRow is a line of tiers.jsonl.
type tierRow struct {
	Text   *string  `json:"text"`
	Weak   *float64 `json:"weak_correct"`
	Strong *float64 `json:"strong_correct"`
	Source string   `json:"source"`
}

// tierData are the prompts of a file, their texts forgotten.
type tierData struct {
	outcomes
	cost    outcomes // of the cheap and the strong model
	scores  map[Scorer][]float64
	sources map[string][]int
	skipped int
}

// Tier measures how well the scorer finds the prompts that need a strong model, on lines
// with "text", "weak_correct" and "strong_correct" (0 to 1). Rows where these are null
// or absent are counted and left out. Prices are those of the pair, with answers of
// the length that [policy.EstimateCost] assumes.
func Tier(r io.Reader, s Scorer, pair Pair) (*TierReport, error) {
	m, err := classify.Default()
	if err != nil {
		return nil, err
	}
	scorers := strengths(m)
	if _, err := choose(s, "tier", scorers); err != nil {
		return nil, err
	}
	d := tierData{scores: make(map[Scorer][]float64), sources: make(map[string][]int)}
	err = rows(r, func(row *tierRow) error {
		switch {
		case row.Text == nil:
			return missing("text", "the prompt")
		case row.Weak == nil || row.Strong == nil:
			d.skipped++
			return nil
		}
		for name, v := range map[string]float64{"weak_correct": *row.Weak, "strong_correct": *row.Strong} {
			if v < 0 || v > 1 {
				return fmt.Errorf("%q is %v; expected 0 to 1", name, v)
			}
		}
		d.sources[row.Source] = append(d.sources[row.Source], len(d.weak))
		d.add(*row.Weak, *row.Strong)
		req := &routing.Request{Prompt: *row.Text, Bytes: len(*row.Text)}
		tokens := signal.Describe(req).Tokens
		d.cost.add(pair.Cheap.Estimate(req, tokens), pair.Strong.Estimate(req, tokens))
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
	return d.report(s)
}

func (d *tierData) report(s Scorer) (*TierReport, error) {
	out := &TierReport{
		Task: "tier", Scorer: s, Skipped: d.skipped,
		Baselines: make(map[Scorer]Ranked), Others: make(map[Scorer][]CurvePoint), Sources: make(map[string]Source),
	}
	for name, scores := range d.scores {
		f, points, err := d.ranked(scores)
		if err != nil {
			return nil, err
		}
		if name != s {
			out.Baselines[name], out.Others[name] = f, points
			continue
		}
		out.Ranked, out.Curve = f, points
	}
	out.Against = against(constantsAt(out.Curve), out.Intervals)
	for _, f := range out.Baselines {
		delete(f.Intervals, margin)
	}
	out.Cheap, out.Strong = out.Curve[0], out.Curve[curveSteps]
	failed := 0
	for _, f := range d.failed() {
		if f {
			failed++
		}
	}
	out.WeakFails = float64(failed) / float64(len(d.weak))
	if len(d.sources) < 2 {
		return out, nil
	}
	for source, rows := range d.sources {
		o := outcomes{measure.Pick(d.weak, rows), measure.Pick(d.strong, rows)}
		figures := func(s Scorer) (Ranked, error) {
			scores := measure.Pick(d.scores[s], rows)
			return newRanking(scores, o).figures(scores)
		}
		f, err := figures(s)
		if err != nil {
			return nil, err
		}
		length, err := figures(Length)
		if err != nil {
			return nil, err
		}
		out.Sources[source] = Source{f, length}
	}
	return out, nil
}

// ranked computes the figures and the curve of one scorer.
func (d *tierData) ranked(scores []float64) (Ranked, []CurvePoint, error) {
	r := newRanking(scores, d.outcomes)
	f, err := r.figures(scores)
	if err != nil {
		return f, nil, err
	}
	quality, err := r.curve(scores, d.outcomes)
	if err != nil {
		return f, nil, err
	}
	cost, err := r.curve(scores, d.cost)
	if err != nil {
		return f, nil, err
	}
	shares := make([]float64, curveSteps+1)
	points := make([]CurvePoint, curveSteps+1)
	costs := make([]float64, curveSteps+1)
	for i, p := range cost.Points(curveSteps, 0, 0) {
		costs[i] = p.Quality
	}
	for i, p := range quality.Points(curveSteps, 0, 0) {
		shares[i] = p.Share
		points[i] = CurvePoint{Share: p.Share, Cost: costs[i], Quality: p.Quality, Constant: mixed(quality.Weak, quality.Strong, extra(costs, i))}
	}
	for i, interval := range r.intervals(&f, shares, costs) {
		points[i].Interval = &interval
	}
	return f, points, nil
}

// constantsAt compares a curve with the constants at the same costs, as means over its inner points.
func constantsAt(curve []CurvePoint) Constant {
	c := Constant{Name: "always cheap or always strong or a mix of them, at the same cost", Figure: "mean quality"}
	quality, costs := make([]float64, len(curve)), make([]float64, len(curve))
	for i, p := range curve {
		quality[i], costs[i] = p.Quality, p.Cost
		if 0 < i && i < len(curve)-1 {
			c.Value += p.Constant / float64(len(curve)-2)
		}
	}
	c.Margin = lift(quality, costs)
	return c
}
