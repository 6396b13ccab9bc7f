package evaluate

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"sluice/routing"
	"sluice/routing/agreement"
	"sluice/routing/offline/measure"
	"sluice/routing/tokens"
)

// Trio names the models of an agreement: two cheap ones, and who answers where they differ.
type Trio struct{ First, Second, Strong string }

// AgreementFigures say what agreement is worth on some requests. Shares are of all of them,
// Agree of those that are checkable, Precision of those that agree. Costs are US dollars,
// estimated; null where a price is unknown.
type AgreementFigures struct {
	Task          string   `json:"task"`
	N             int      `json:"n" col:"N"`
	Checkable     float64  `json:"checkable" col:"CHECKABLE"`
	Agree         float64  `json:"agree" col:"AGREE" ci:"agree"`
	Precision     float64  `json:"precision_agree" col:"PRECISION" ci:"precision_agree"` // how often the answer is right where they agree
	QualityFirst  float64  `json:"quality_first" col:"FIRST"`
	QualityStrong float64  `json:"quality_strong" col:"STRONG"`
	Quality       float64  `json:"quality" col:"QUALITY" ci:"quality"`
	Gap           *float64 `json:"gap_recovered" col:"GAP RECOVERED"` // between the first's and the strong one's quality; null where there is none
	StrongShare   float64  `json:"strong_share" col:"STRONG SHARE" ci:"strong_share"`
	Cost          *float64 `json:"cost" col:"COST $"`
	CostFirst     *float64 `json:"cost_first" col:"FIRST $"`
	CostStrong    *float64 `json:"cost_strong" col:"STRONG $"`

	// What to expect where as many requests are escalated, drawn at random.
	RandomQuality float64  `json:"random_quality"`
	RandomGap     *float64 `json:"random_gap_recovered"`
	RandomCost    *float64 `json:"random_cost"`

	Gain float64 `json:"-" ci:"gain"` // of quality over the first model

	// Always the first model, always the strong one, or a mix of them that costs as much as the
	// agreement; where prices are unknown, one that asks the strong model as often.
	Against
	Margin float64 `json:"-" ci:"margin"`

	Intervals map[string]Range `json:"intervals"` // 95 %, by figure
}

// AgreementReport is what [Agreement] finds, of all requests and by task.
type AgreementReport struct {
	Task   string `json:"eval"`
	First  string `json:"first"`
	Second string `json:"second"`
	Strong string `json:"strong"`
	AgreementFigures
	Tasks    []AgreementFigures `json:"tasks"`
	PricedAs map[string]string  `json:"priced_as,omitempty"` // models that are not configured, and whose price was taken
}

// agreementRow is a line of agreement.jsonl.
type agreementRow struct {
	Task    string  `json:"task"`
	Prompt  *string `json:"prompt" required:"the question"`
	Want    *string `json:"want"` // the right answer; required by [Repair]
	Answers map[string]struct {
		Output  string `json:"output"`
		Correct bool   `json:"correct"`
	} `json:"answers"`
}

// compared is one request and how its answers compare.
type compared struct {
	task             string
	checkable, agree bool
	found            bool // the first answer has a final answer to compare
	first, strong    bool // right
	costs            [3]float64
}

// Agreement compares the answers of lines with "task", "prompt" and "answers", by model
// "output" and "correct", as the judge does: by the same forms and the same final answers.
// price returns the configured model whose price counts for a name; nil is none.
func Agreement(r io.Reader, trio Trio, price func(name string) *routing.Model) (*AgreementReport, error) {
	names := [3]string{trio.First, trio.Second, trio.Strong}
	out := &AgreementReport{Task: "agreement", First: trio.First, Second: trio.Second, Strong: trio.Strong, PricedAs: make(map[string]string)}
	var models [3]*routing.Model
	priced := true
	for i, name := range names {
		if name == "" {
			return nil, errors.New("expected the names of three models: --first, --second and --strong")
		}
		if models[i] = price(name); models[i] == nil {
			priced = false
		} else if models[i].Name != name {
			out.PricedAs[name] = models[i].Name
		}
	}
	var all []compared
	err := rows(r, func(row *agreementRow) error {
		for _, name := range names {
			if _, ok := row.Answers[name]; !ok {
				return fmt.Errorf("no answer of %q; there are those of %q", name, sortedKeys(row.Answers))
			}
		}
		c, err := compare(row, names)
		if err != nil {
			return err
		}
		for i, m := range models {
			if priced {
				c.costs[i] = m.Price.Cost(tokens.Estimate(*row.Prompt), tokens.Estimate(row.Answers[names[i]].Output))
			}
		}
		all = append(all, c)
		return nil
	})
	if err != nil {
		return nil, err
	}
	out.AgreementFigures = agreementFigures("all", all, priced)
	var tasks []string
	for i := range all {
		if t := all[i].task; !slices.Contains(tasks, t) {
			tasks = append(tasks, t)
		}
	}
	for _, t := range tasks {
		part := slices.DeleteFunc(slices.Clone(all), func(c compared) bool { return c.task != t })
		out.Tasks = append(out.Tasks, agreementFigures(t, part, priced))
	}
	return out, nil
}

func compare(row *agreementRow, names [3]string) (compared, error) {
	first, second, strong := row.Answers[names[0]], row.Answers[names[1]], row.Answers[names[2]]
	c := compared{task: row.Task, first: first.Correct, strong: strong.Correct}
	req, err := promptRequest(*row.Prompt)
	if err != nil {
		return c, err
	}
	form := agreement.Of(&req)
	c.checkable = form.Checkable()
	a, ok := form.Text(first.Output)
	if c.found = ok; ok {
		b, ok := form.Text(second.Output)
		c.agree = ok && a == b
	}
	return c, nil
}

// agreementFigures computes the figures with their intervals, and compares them with the
// constants.
func agreementFigures(task string, all []compared, priced bool) AgreementFigures {
	f, intervals := estimate(len(all), func(counts []int) AgreementFigures {
		f := comparedFigures(all, counts, priced)
		f.Margin = f.constants().Margin
		return f
	})
	f.Task, f.Intervals = task, intervals
	f.Against = against(f.constants(), intervals)
	return f
}

func comparedFigures(all []compared, counts []int, priced bool) AgreementFigures {
	var n, checkable, agree, agreeRight, first, strong, right, escalated int
	var cost, costFirst, costStrong float64
	for i, k := range counts {
		c, times := &all[i], float64(k)
		escalate := c.checkable && !c.agree
		n += k
		checkable += k * count(c.checkable)
		agree += k * count(c.agree)
		agreeRight += k * count(c.agree && c.first)
		first += k * count(c.first)
		strong += k * count(c.strong)
		escalated += k * count(escalate)
		right += k * count(escalate && c.strong || !escalate && c.first)
		cost += times * c.costs[0]
		costFirst += times * c.costs[0]
		costStrong += times * c.costs[2]
		if c.found { // else the strong model is asked at once
			cost += times * c.costs[1]
		}
		if escalate {
			cost += times * c.costs[2]
		}
	}
	f := AgreementFigures{
		N: n, Checkable: measure.Share(checkable, n), Agree: measure.Share(agree, checkable), Precision: measure.Share(agreeRight, agree),
		QualityFirst: measure.Share(first, n), QualityStrong: measure.Share(strong, n), Quality: measure.Share(right, n), StrongShare: measure.Share(escalated, n),
	}
	f.Gain = f.Quality - f.QualityFirst
	gap := f.QualityStrong - f.QualityFirst
	f.RandomQuality = f.QualityFirst + f.StrongShare*gap
	if gap > 0 {
		f.Gap, f.RandomGap = new(f.Gain/gap), new(f.StrongShare)
	}
	if priced {
		f.Cost, f.CostFirst, f.CostStrong, f.RandomCost = &cost, &costFirst, &costStrong, new(costFirst+f.StrongShare*costStrong)
	}
	return f
}

// constants compares with always the first model, always the strong one, and what lies between
// them at the same cost.
func (f *AgreementFigures) constants() Constant {
	strong := f.StrongShare
	if f.Cost != nil && *f.CostStrong > *f.CostFirst {
		strong = min(1, (*f.Cost-*f.CostFirst)/(*f.CostStrong-*f.CostFirst))
	}
	c := Constant{Name: "always first", Figure: "quality", Value: mixed(f.QualityFirst, f.QualityStrong, strong)}
	switch {
	case f.QualityStrong <= f.QualityFirst || strong == 0:
	case strong == 1:
		c.Name = "always strong"
	default:
		c.Name = fmt.Sprintf("%.0f %% always strong and the others always first, which costs as much", 100*strong)
	}
	c.Margin = f.Quality - c.Value
	return c
}

// Print writes the report as text.
func (r *AgreementReport) Print(w io.Writer) error {
	t := newTable(w)
	t.headings("", r.AgreementFigures)
	for _, f := range append([]AgreementFigures{r.AgreementFigures}, r.Tasks...) {
		t.figures(f.Task, f, f.Intervals)
		t.row("  as many at random", "", "", "", "", "", "", f.RandomQuality, f.RandomGap, f.StrongShare, f.RandomCost, "", "")
	}
	t.line("\nthe agreement %s", r.sentence())
	t.line("first %s, second %s, where they differ %s", r.First, r.Second, r.Strong)
	for _, name := range sortedKeys(r.PricedAs) {
		t.line("%s is not configured; it has the price of %s", name, r.PricedAs[name])
	}
	return t.Flush()
}

// Alike returns the configured model called name, or else the one of the same family whose name
// has most parts in common with it, the cheapest of several; nil if there is none.
func Alike(name string, models []*routing.Model) *routing.Model {
	parts := strings.Split(name, "-")
	var best *routing.Model
	most := 0
	for _, m := range models {
		if m.Name == name {
			return m
		}
		if m.Family != routing.Family(name) {
			continue
		}
		common := 0
		for p := range strings.SplitSeq(m.Name, "-") {
			common += count(slices.Contains(parts, p))
		}
		price := m.Price.Input + m.Price.Output
		if best == nil || common > most || common == most && price < best.Price.Input+best.Price.Output {
			best, most = m, common
		}
	}
	return best
}
