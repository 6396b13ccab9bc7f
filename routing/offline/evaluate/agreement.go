package evaluate

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"sluice/routing"
	"sluice/routing/agreement"
	"sluice/routing/llmapi"
	"sluice/routing/tokens"
)

// Trio names the models of an agreement: two cheap ones, and who answers where they differ.
type Trio struct{ First, Second, Strong string }

// AgreementFigures say what agreement is worth on some requests. Shares are of all of them,
// Agree of those that are checkable, Precision of those that agree.
type AgreementFigures struct {
	Task          string   `json:"task"`
	N             int      `json:"n"`
	Checkable     float64  `json:"checkable"`
	Agree         float64  `json:"agree"`
	Precision     float64  `json:"precision_agree"` // how often the answer is right where they agree
	QualityFirst  float64  `json:"quality_first"`
	QualityStrong float64  `json:"quality_strong"`
	Quality       float64  `json:"quality"`
	Gap           *float64 `json:"gap_recovered"` // between the first's and the strong one's quality; null where there is none
	StrongShare   float64  `json:"strong_share"`
	Cost          *float64 `json:"cost"` // US dollars, estimated; null where a price is unknown
	CostFirst     *float64 `json:"cost_first"`
	CostStrong    *float64 `json:"cost_strong"`

	// As many requests escalated as StrongShare says, drawn at random: what to expect.
	RandomQuality float64  `json:"random_quality"`
	RandomGap     *float64 `json:"random_gap_recovered"`
	RandomCost    *float64 `json:"random_cost"`

	// Always the first model, always the strong one, or a mix of them that costs as much as
	// the agreement; where prices are unknown, one that asks the strong model as often.
	Against

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

// compared is one request and what became of it.
type compared struct {
	task             string
	checkable, agree bool
	found            bool // the first answer has an end to compare
	first, strong    bool // right
	costs            [3]float64
}

// escalated reports whether the strong model is asked.
func (c *compared) escalated() bool { return c.checkable && !c.agree }

func (c *compared) right() bool {
	if c.escalated() {
		return c.strong
	}
	return c.first
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
		if row.Prompt == nil {
			return missing("prompt", "the question")
		}
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
	body, err := chatRequest(*row.Prompt)
	if err != nil {
		return c, err
	}
	req, err := llmapi.Read(routing.OpenAIChat, body)
	if err != nil {
		return c, fmt.Errorf("read the prompt: %w", err)
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

func agreementFigures(task string, all []compared, priced bool) AgreementFigures {
	f := comparedFigures(task, all, priced)
	constant := f.constants()
	drawn := make([]compared, len(all))
	f.Intervals = bootstrap(len(all), func(rows []int, put func(string, float64)) {
		for i, row := range rows {
			drawn[i] = all[row]
		}
		d := comparedFigures(task, drawn, priced)
		put("agree", d.Agree)
		put("precision_agree", d.Precision)
		put("quality", d.Quality)
		put("strong_share", d.StrongShare)
		put("gain", d.Quality-d.QualityFirst)
		put(margin, d.constants().Margin)
	})
	f.Against = against(constant, f.Intervals)
	return f
}

// constants compares with always the first model, always the strong one, and what lies
// between them at the same cost.
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

func comparedFigures(task string, all []compared, priced bool) AgreementFigures {
	var checkable, agree, agreeRight, first, strong, right, escalated int
	var cost, costFirst, costStrong float64
	for i := range all {
		c := &all[i]
		checkable += count(c.checkable)
		agree += count(c.agree)
		agreeRight += count(c.agree && c.first)
		first += count(c.first)
		strong += count(c.strong)
		right += count(c.right())
		escalated += count(c.escalated())
		cost += c.costs[0]
		costFirst += c.costs[0]
		costStrong += c.costs[2]
		if c.found { // else the strong model is asked at once
			cost += c.costs[1]
		}
		if c.escalated() {
			cost += c.costs[2]
		}
	}
	n := len(all)
	f := AgreementFigures{
		Task: task, N: n, Checkable: share(checkable, n), Agree: share(agree, checkable), Precision: share(agreeRight, agree),
		QualityFirst: share(first, n), QualityStrong: share(strong, n), Quality: share(right, n), StrongShare: share(escalated, n),
	}
	f.RandomQuality = f.QualityFirst + f.StrongShare*(f.QualityStrong-f.QualityFirst)
	if gap := f.QualityStrong - f.QualityFirst; gap > 0 {
		recovered, random := (f.Quality-f.QualityFirst)/gap, f.StrongShare
		f.Gap, f.RandomGap = &recovered, &random
	}
	if priced {
		random := costFirst + f.StrongShare*costStrong
		f.Cost, f.CostFirst, f.CostStrong, f.RandomCost = &cost, &costFirst, &costStrong, &random
	}
	return f
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Print writes the report as text.
func (r *AgreementReport) Print(w io.Writer) error {
	t := newTable(w)
	t.row("", "N", "CHECKABLE", "AGREE", "PRECISION", "FIRST", "STRONG", "QUALITY", "GAP RECOVERED", "STRONG SHARE", "COST $", "FIRST $", "STRONG $")
	row := func(f *AgreementFigures) {
		t.row(f.Task, f.N, f.Checkable, f.Agree, f.Precision, f.QualityFirst, f.QualityStrong, f.Quality, f.Gap, f.StrongShare, f.Cost, f.CostFirst, f.CostStrong)
		i := f.Intervals
		t.row("  95 % interval", "", "", i["agree"], i["precision_agree"], "", "", i["quality"], "", i["strong_share"])
		t.row("  as many at random", "", "", "", "", "", "", f.RandomQuality, f.RandomGap, f.StrongShare, f.RandomCost)
	}
	row(&r.AgreementFigures)
	for i := range r.Tasks {
		row(&r.Tasks[i])
	}
	t.gap()
	fmt.Fprintf(t, "the agreement %s\n", r.sentence())
	t.row("first " + r.First + ", second " + r.Second + ", where they differ " + r.Strong)
	for _, name := range sortedKeys(r.PricedAs) {
		t.row(name + " is not configured; it has the price of " + r.PricedAs[name])
	}
	return t.Flush()
}

// Alike returns the configured model called name, or else the one of the same family whose
// name has most parts in common with it, the cheapest of several; nil if there is none.
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
