package evaluate

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"sluice/routing"
	"sluice/routing/config"
	"sluice/routing/policy"
)

// A Target is what thresholds are calibrated for. At most one of its pointers is set; with
// none, Tiers is the target itself.
type Target struct {
	Tiers   Shares   // how the cheap and the dear part are divided in themselves
	Cheap   *float64 // share of the budget and standard tiers, 0 to 1
	Cost    *float64 // mean of a request, in US dollars, at most
	Quality *float64 // mean of the answers, 0 to 1, at least, where the log knows it
}

// CalibrateReport is the thresholds that a log asks for and what they do.
type CalibrateReport struct {
	Turns      int        `json:"turns"`       // human turns, on which thresholds depend
	OtherTurns int        `json:"other_turns"` // requests that keep another turn's decision
	Skipped    Skipped    `json:"skipped"`
	Thresholds Thresholds `json:"thresholds"`
	YAML       string     `json:"yaml"`             // how they are written in the configuration
	Fitted     Outcome    `json:"fitted"`           // on the turns that the thresholds were taken from
	Held       Outcome    `json:"held"`             // on every fifth, held back
	Now        Outcome    `json:"now"`              // the held-back turns with the configuration as it is
	Missed     string     `json:"missed,omitempty"` // why the target is not met
}

// Outcome is where thresholds send some turns.
type Outcome struct {
	Turns   int      `json:"turns"`
	Shares  Shares   `json:"shares"`
	Cheap   float64  `json:"cheap_share"`
	Cost    float64  `json:"cost_usd"`          // mean of a request
	Quality *float64 `json:"quality,omitempty"` // mean of the answers; null where unknown
}

// turn is one human turn, decided once for every tier that its score may come to.
type turn struct {
	score    float64
	at       [4]reached
	now      reached // with the configuration as it is
	weak     float64
	strong   float64
	labelled bool
}

// reached is the tier that a decision comes to, and its cost in US dollars.
type reached struct {
	tier routing.Tier
	cost float64
}

// heldBack is one in so many turns, by the hash of its prompt.
const heldBack = 5

// Calibrate finds the thresholds with which the log's human turns meet
// the target. It asks the configuration itself what comes of a turn at each tier, so
// that domains, capabilities and prices count as they do in service; whether the
// budget is spent does not. The log is as for [Replay]; a quality needs "weak_correct"
// and "strong_correct".
func Calibrate(r io.Reader, f *config.File, target Target) (*CalibrateReport, error) {
	if err := target.validate(f); err != nil {
		return nil, err
	}
	forced, err := forcedTiers(f)
	if err != nil {
		return nil, err
	}
	now, err := config.Build(f)
	if err != nil {
		return nil, err
	}
	report := &CalibrateReport{}
	var fit, held []turn
	report.Skipped, err = readLog(r, func(e *entry, req *routing.Request) error {
		if req.Kind != routing.HumanTurn {
			report.OtherTurns++
			return nil
		}
		req.Strategy = f.Routing.Strategy
		t, err := decide(forced, now, e, req)
		switch {
		case err != nil:
			return err
		case target.Quality != nil && !t.labelled:
			return errors.New(`expected "weak_correct" and "strong_correct", which a target quality needs`)
		}
		if hash(req.Prompt)%heldBack == 0 {
			held = append(held, t)
		} else {
			fit = append(fit, t)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	report.Turns = len(fit) + len(held)
	if len(fit) == 0 || len(held) == 0 {
		return report, fmt.Errorf("%d human turns are too few to calibrate by", report.Turns)
	}
	slices.SortStableFunc(fit, func(a, b turn) int { return cmp.Compare(a.score, b.score) })
	th := target.thresholds(fit)
	report.Thresholds, report.YAML = th, "routing:\n  "+f.ThresholdsYAML(config.Thresholds(th))+"\n"
	report.Fitted, report.Held = outcome(fit, th.reach), outcome(held, th.reach)
	report.Now = outcome(held, func(t *turn) reached { return t.now })
	report.Missed = target.missed(report.Fitted)
	return report, nil
}

func (t *Target) validate(f *config.File) error {
	if s := f.Routing.Strategy; s != policy.NameAuto && s != policy.NameHierarchical {
		return fmt.Errorf("strategy %s has no thresholds; expected %s or %s", s, policy.NameAuto, policy.NameHierarchical)
	}
	if err := t.Tiers.Validate(); err != nil {
		return err
	}
	for name, v := range map[string]*float64{"share": t.Cheap, "quality": t.Quality} {
		if v != nil && !(*v >= 0 && *v <= 1) {
			return fmt.Errorf("target %s %v is out of range; expected 0 to 1", name, *v)
		}
	}
	if t.Cost != nil && !(*t.Cost >= 0) {
		return fmt.Errorf("target cost %v is negative; expected US dollars", *t.Cost)
	}
	return nil
}

// forcedTiers builds the configuration four times, with thresholds by which every
// score is of one tier.
func forcedTiers(f *config.File) ([4]*config.Runtime, error) {
	const always, never = -1, 2 // scores are from 0 to 1
	var out [4]*config.Runtime
	for i, t := range []config.Thresholds{
		{Standard: never, Premium: never, Flagship: never},
		{Standard: always, Premium: never, Flagship: never},
		{Standard: always, Premium: always, Flagship: never},
		{Standard: always, Premium: always, Flagship: always},
	} {
		rt, err := config.Build(f.WithThresholds(t))
		if err != nil {
			return out, err
		}
		out[i] = rt
	}
	return out, nil
}

// decide asks what comes of a turn at each tier, and as things are.
func decide(forced [4]*config.Runtime, now *config.Runtime, e *entry, req *routing.Request) (turn, error) {
	var t turn
	u := e.usage(req)
	ask := func(rt *config.Runtime) (reached, error) {
		d, err := rt.Router.Route(req)
		if err != nil {
			return reached{}, err
		}
		t.score = d.Complexity
		m := d.Candidates[0]
		return reached{d.Tier, m.Price.Cost(u.input, u.output+e.reasoning(req, m))}, nil
	}
	for i, rt := range forced {
		var err error
		if t.at[i], err = ask(rt); err != nil {
			return t, err
		}
	}
	var err error
	if t.now, err = ask(now); err != nil {
		return t, err
	}
	if e.Weak != nil && e.Strong != nil {
		t.weak, t.strong, t.labelled = *e.Weak, *e.Strong, true
	}
	return t, nil
}

// outcome adds up what comes of turns, at least one.
func outcome(turns []turn, of func(*turn) reached) Outcome {
	o := Outcome{Turns: len(turns)}
	var count [len(o.Shares)]int
	cost, quality, labelled := 0.0, 0.0, 0
	for i := range turns {
		t := &turns[i]
		r := of(t)
		count[r.tier-routing.Budget]++
		cost += r.cost
		if t.labelled {
			labelled++
			if r.tier <= routing.Standard {
				quality += t.weak
			} else {
				quality += t.strong
			}
		}
	}
	for i, n := range count {
		o.Shares[i] = share(n, len(turns))
	}
	o.Cheap = share(count[0]+count[1], len(turns))
	o.Cost = cost / float64(len(turns))
	if labelled > 0 {
		mean := quality / float64(labelled)
		o.Quality = &mean
	}
	return o
}

// near is how far from a target share an outcome may be to have met it.
const near = 0.01

// missed says why the fitted outcome does not meet the target, "" if it does.
func (t *Target) missed(o Outcome) string {
	want := t.Tiers.Cheap()
	if t.Cheap != nil {
		want = *t.Cheap
	}
	switch {
	case t.Cost != nil:
		if o.Cost > *t.Cost {
			return fmt.Sprintf("in the cheap tiers alone a request costs $%.6f, more than $%.6f", o.Cost, *t.Cost)
		}
	case t.Quality != nil:
		if *o.Quality < *t.Quality {
			return fmt.Sprintf("in the strong tiers alone the quality is %.3f, less than %.3f", *o.Quality, *t.Quality)
		}
	case math.Abs(o.Cheap-want) > near:
		return fmt.Sprintf("the nearest share is %s, not %s: equal scores cannot be divided, and domains and needed capabilities send some turns to stronger tiers at any threshold",
			percent(o.Cheap), percent(want))
	}
	return ""
}

// Print writes the report as text, thresholds first as the configuration has them.
func (r *CalibrateReport) Print(w io.Writer) error {
	t := newTable(w)
	fmt.Fprintln(t, r.YAML)
	t.row("", "TURNS", "BUDGET", "STANDARD", "PREMIUM", "FLAGSHIP", "CHEAP", "USD PER 1000", "QUALITY")
	for _, o := range []struct {
		name string
		Outcome
	}{{"fitted", r.Fitted}, {"held back", r.Held}, {"held back, as it is now", r.Now}} {
		cells := []any{o.name, o.Turns}
		for _, s := range o.Shares {
			cells = append(cells, percent(s))
		}
		t.row(append(cells, percent(o.Cheap), fmt.Sprintf("%.4f", 1000*o.Cost), o.Quality)...)
	}
	t.gap()
	fmt.Fprintf(t, "%d human turns; %d other requests keep a turn's decision\n", r.Turns, r.OtherTurns)
	r.Skipped.print(t)
	if r.Missed != "" {
		fmt.Fprintf(t, "the target is not met: %s\n", r.Missed)
	}
	return t.Flush()
}
