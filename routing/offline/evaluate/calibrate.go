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
	"sluice/routing/offline/measure"
	"sluice/routing/pipeline"
	"sluice/routing/policy"
)

// A Target is what thresholds are calibrated for. At most one of its pointers is set; if none
// is, Tiers is the target itself.
type Target struct {
	Tiers   Shares   // the proportions within the two cheap and the two strong tiers
	Cheap   *float64 // share of the budget and standard tiers, 0 to 1
	Cost    *float64 // mean of a request, in US dollars, at most
	Quality *float64 // mean of the answers, 0 to 1, at least, where the log knows it
}

// CalibrateReport is the thresholds derived from a log and their effect.
type CalibrateReport struct {
	Turns      int               `json:"turns"`       // human turns, on which thresholds depend
	OtherTurns int               `json:"other_turns"` // requests that keep another turn's decision
	Skipped    Skipped           `json:"skipped"`
	Thresholds config.Thresholds `json:"thresholds"`
	YAML       string            `json:"yaml"`             // how they are written in the configuration
	Fitted     TierUse           `json:"fitted"`           // of the turns that the thresholds were taken from
	Held       TierUse           `json:"held"`             // of every fifth, held back
	Now        TierUse           `json:"now"`              // of the held-back turns with the configuration as it is
	Missed     string            `json:"missed,omitempty"` // why the target is not met
}

// TierUse is which tiers some turns are sent to, and what that costs.
type TierUse struct {
	Turns   int      `json:"turns"`
	Shares  Shares   `json:"shares"`
	Cheap   float64  `json:"cheap_share"`
	Cost    float64  `json:"cost_usd"`          // mean of a request
	Quality *float64 `json:"quality,omitempty"` // mean of the answers; null where unknown
}

// turn is one human turn, decided once for every tier that its score may come to.
type turn struct {
	score        float64
	at           [tiers]reached
	now          reached // with the configuration as it is
	weak, strong *float64
}

// reached is the tier that a decision comes to, and its cost in US dollars.
type reached struct {
	tier routing.Tier
	cost float64
}

// heldBack: one in so many turns is held back, by the hash of its prompt.
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
	rt, err := config.Build(f)
	if err != nil {
		return nil, err
	}
	now := pipeline.NewOffline(rt, nil)
	report := &CalibrateReport{}
	var fit, held []turn
	report.Skipped, err = readLog(r, func(e *entry) error {
		if e.req.Kind != routing.HumanTurn {
			report.OtherTurns++
			return nil
		}
		t, err := decideTurn(forced, now, e)
		switch {
		case err != nil:
			return err
		case target.Quality != nil && !t.labelled():
			return errors.New(`expected "weak_correct" and "strong_correct", which a target quality needs`)
		}
		if hash(e.req.Prompt)%heldBack == 0 {
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
	report.Thresholds, report.YAML = th, "routing:\n  "+f.ThresholdsYAML(th)+"\n"
	report.Fitted, report.Held = tierUse(fit, by(th)), tierUse(held, by(th))
	report.Now = tierUse(held, func(t *turn) reached { return t.now })
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

// forcedTiers builds the configuration four times, with thresholds by which every score is of
// one tier.
func forcedTiers(f *config.File) (out [tiers]*pipeline.Pipeline, err error) {
	const always, never = -1, 2 // scores are from 0 to 1
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
		out[i] = pipeline.NewOffline(rt, nil)
	}
	return out, nil
}

// decideTurn decides a turn at each tier, and with the configuration as it is.
func decideTurn(forced [tiers]*pipeline.Pipeline, now *pipeline.Pipeline, e *entry) (turn, error) {
	t := turn{weak: e.Weak, strong: e.Strong}
	decide := func(p *pipeline.Pipeline) (reached, error) {
		plan, err := e.decide(p, 0)
		if err != nil {
			return reached{}, err
		}
		t.score = plan.Decision.Complexity
		return reached{plan.Decision.Tier, e.cost(plan.Models()[0])}, nil
	}
	var err error
	for i, p := range forced {
		if t.at[i], err = decide(p); err != nil {
			return t, err
		}
	}
	t.now, err = decide(now)
	return t, err
}

// labelled reports whether the quality of both models' answers is known.
func (t *turn) labelled() bool { return t.weak != nil && t.strong != nil }

// tierUse adds up where turns, at least one, are sent.
func tierUse(turns []turn, of func(*turn) reached) TierUse {
	u := TierUse{Turns: len(turns)}
	var n [tiers]int
	cost, quality, labelled := 0.0, 0.0, 0
	for i := range turns {
		t := &turns[i]
		r := of(t)
		n[r.tier-routing.Budget]++
		cost += r.cost
		if !t.labelled() {
			continue
		}
		labelled++
		if r.tier <= routing.Standard {
			quality += *t.weak
		} else {
			quality += *t.strong
		}
	}
	for i, k := range n {
		u.Shares[i] = measure.Share(k, len(turns))
	}
	u.Cheap = measure.Share(n[0]+n[1], len(turns))
	u.Cost = cost / float64(len(turns))
	if labelled > 0 {
		u.Quality = new(quality / float64(labelled))
	}
	return u
}

// near is how far from a target share the result may be to have met it.
const near = 0.01

// missed says why the fitted turns does not meet the target, "" if it does.
func (t *Target) missed(u TierUse) string {
	want := t.Tiers.Cheap()
	if t.Cheap != nil {
		want = *t.Cheap
	}
	switch {
	case t.Cost != nil:
		if u.Cost > *t.Cost {
			return fmt.Sprintf("in the cheap tiers alone a request costs $%.6f, more than $%.6f", u.Cost, *t.Cost)
		}
	case t.Quality != nil:
		if *u.Quality < *t.Quality {
			return fmt.Sprintf("in the strong tiers alone the quality is %.3f, less than %.3f", *u.Quality, *t.Quality)
		}
	case math.Abs(u.Cheap-want) > near:
		return fmt.Sprintf("the nearest share is %s, not %s: equal scores cannot be divided, and domains and needed capabilities send some turns to stronger tiers at any threshold",
			percent(u.Cheap), percent(want))
	}
	return ""
}

// Print writes the report as text, thresholds first as the configuration has them.
func (r *CalibrateReport) Print(w io.Writer) error {
	t := newTable(w)
	t.line("%s", r.YAML)
	t.row("", "TURNS", "BUDGET", "STANDARD", "PREMIUM", "FLAGSHIP", "CHEAP", "USD PER 1000", "QUALITY")
	row := func(name string, u TierUse) {
		s := u.Shares
		t.row(name, u.Turns, percent(s[0]), percent(s[1]), percent(s[2]), percent(s[3]), percent(u.Cheap), fmt.Sprintf("%.4f", 1000*u.Cost), u.Quality)
	}
	row("fitted", r.Fitted)
	row("held back", r.Held)
	row("held back, as it is now", r.Now)
	t.line("\n%d human turns; %d other requests keep a turn's decision", r.Turns, r.OtherTurns)
	r.Skipped.print(t)
	if r.Missed != "" {
		t.line("the target is not met: %s", r.Missed)
	}
	return t.Flush()
}
