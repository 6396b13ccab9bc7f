package evaluate

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"sluice/routing"
	"sluice/routing/classify"
	"sluice/routing/config"
	"sluice/routing/offline"
	"sluice/routing/offline/measure"
	"sluice/routing/pipeline"
	"sluice/routing/policy"
)

// NeedFigures say how well tiers were chosen. All but Adequate are shares of the prompts.
type NeedFigures struct {
	N        int      `json:"n" col:"N"`
	Inside   float64  `json:"inside" col:"INSIDE" ci:"inside"`       // the tier is one of the reasonable ones
	Under    float64  `json:"under" col:"UNDER" ci:"under"`          // it is weaker than all of them
	Over     float64  `json:"over" col:"OVER" ci:"over"`             // it is stronger than all of them
	Severe   float64  `json:"severe" col:"SEVERE" ci:"severe"`       // it is two tiers or more weaker or stronger than all of them
	Adequate *float64 `json:"adequate" col:"ADEQUATE" ci:"adequate"` // of the demanding prompts, those of a need of 2.5 and more: the tier is not weaker than all the reasonable ones; null where there are none

	// How well the complexity finds the prompts that need the standard tier or more (a need of
	// 1.5), and the premium tier or more (2.5), and its rank correlation with the need; null
	// where there is no complexity, or nothing to tell apart.
	AUCStandard *float64 `json:"auc_standard" col:"AUC STANDARD" ci:"auc_standard"`
	AUCPremium  *float64 `json:"auc_premium" col:"AUC PREMIUM" ci:"auc_premium"`
	Spearman    *float64 `json:"spearman" col:"SPEARMAN" ci:"spearman"`

	TopicInside *float64 `json:"topic_inside" col:"TOPIC" ci:"topic_inside"`          // the topic is one of the row's; null where none is given
	Cost        float64  `json:"cost_per_1000" col:"USD PER 1000" ci:"cost_per_1000"` // of requests, estimated
	Share       Shares   `json:"share" col:"SHARE OF THE TIERS"`                      // of the prompts, by tier

	Intervals map[string]Range `json:"intervals,omitempty"`
}

// NamedNeed is the figures of another way of choosing, or of some of the rows.
type NamedNeed struct {
	Name string `json:"name"`
	NeedFigures
}

// NeedReport is how well a configuration finds the tier that a prompt needs and what the
// prompt is about.
type NeedReport struct {
	Task   string `json:"task"`
	Scorer Scorer `json:"scorer"`
	NeedFigures
	Against               // always the same tier, by inside
	Topic     Against     `json:"topic"` // always the same topic, by topic_inside
	Baselines []NamedNeed `json:"baselines"`
	By        string      `json:"by"`    // the field that Parts are told apart by
	Parts     []NamedNeed `json:"parts"` // by name
}

// needRow is a line of needs.jsonl.
type needRow struct {
	Text  *string  `json:"text" required:"the prompt"`
	Need  *float64 `json:"need" required:"1 to 4, the weakest tier that is good enough"`
	OK    []int    `json:"ok" required:"the tiers that are a reasonable choice, of 1 to 4"`
	Topic []string `json:"topic" required:"what the prompt is about"`
	Lang  string   `json:"lang"`
}

// tiers is the number of tiers; in the data they are called 1 to 4.
const tiers = 4

// check reports values that are out of range.
func (row *needRow) check() error {
	if *row.Need < 1 || *row.Need > tiers {
		return fmt.Errorf(`"need" is %v; expected 1 to 4`, *row.Need)
	}
	for _, tier := range row.OK {
		if tier < 1 || tier > tiers {
			return fmt.Errorf(`"ok" has %d; expected tiers of 1 to 4`, tier)
		}
	}
	for _, topic := range row.Topic {
		if _, ok := classify.ParseTopic(topic); !ok {
			return fmt.Errorf("unknown topic %q; expected code, math, writing, rag_summary or general", topic)
		}
	}
	return nil
}

// choices are what one way of choosing gives for each row.
type choices struct {
	tier    []int
	cost    []float64 // estimated, in US dollars
	score   []float64 // the complexity; nil where there is none
	order   measure.Order
	onTopic []bool // nil where no topic is given
}

// needData are the rows of a file, without their texts.
type needData struct {
	rows     []needRow
	need     measure.Order
	standard []bool // need the standard tier, or a stronger one
	premium  []bool // need the premium tier, or a stronger one: demanding prompts
	length   []float64
	tie      []uint64            // orders prompts of one length
	prices   [tiers][]float64    // of the tiers' own models for each row
	ways     map[Scorer]*choices // the configuration's and the published rules
}

// withLanguages is the configuration with the languages that it gives its models.
const withLanguages Scorer = "with languages"

// Need measures the configuration on lines with "text", "need" (1 to 4, or a mean of several
// readers' labels: the weakest tier whose answer a demanding reader accepts), "ok" (the tiers
// that are a reasonable choice) and "topic" (one or several that fit). What is measured is the
// tier of the first candidate of a chat request with that one message.
//
// The labels take every model to know the prompt's language. So the languages that the
// configuration gives its models are left out; a baseline shows what they change.
func Need(r io.Reader, rt *config.Runtime) (*NeedReport, error) {
	fluent, err := withoutLanguages(rt)
	if err != nil {
		return nil, err
	}
	d, err := readNeeds(r, fluent, rt)
	if err != nil {
		return nil, err
	}
	out := &NeedReport{Task: "need", Scorer: Configured, By: "lang"}
	add := func(name string, c *choices) NeedFigures {
		f := d.estimate(c, nil)
		out.Baselines = append(out.Baselines, NamedNeed{name, f})
		return f
	}
	var best *choices
	constant := Constant{Figure: "inside"}
	for i, t := range routing.Tiers() {
		c := &choices{tier: slices.Repeat([]int{i + 1}, len(d.rows)), cost: d.prices[i]}
		if f := add(always(t.String()), c); best == nil || f.Inside > constant.Value {
			best, constant.Name, constant.Value = c, always(t.String()), f.Inside
		}
	}
	chosen := d.ways[Configured]
	out.NeedFigures = d.estimate(chosen, best)
	constant.Margin = out.Inside - constant.Value
	out.Against = against(constant, out.Intervals)
	out.Topic = d.topics(chosen)

	add(string(Length), d.byLength(chosen.tier))
	add(string(Spec), d.ways[Spec])
	if listed := d.ways[withLanguages]; listed != nil {
		add(string(withLanguages), listed)
	}
	byLang := make(map[string][]int) // counts of its rows
	for i := range d.rows {
		lang := d.rows[i].Lang
		if byLang[lang] == nil {
			byLang[lang] = make([]int, len(d.rows))
		}
		byLang[lang][i] = 1
	}
	for _, lang := range sortedKeys(byLang) {
		out.Parts = append(out.Parts, NamedNeed{lang, d.figures(chosen, byLang[lang])})
	}
	return out, nil
}

// withoutLanguages is the configuration with models that know every language. It is the same one
// if it names no languages.
func withoutLanguages(rt *config.Runtime) (*config.Runtime, error) {
	if !slices.ContainsFunc(rt.File.Models, func(m config.Model) bool { return len(m.Languages) > 0 }) {
		return rt, nil
	}
	f := *rt.File
	f.Models = slices.Clone(f.Models)
	for i := range f.Models {
		f.Models[i].Languages = nil
	}
	return config.Build(&f)
}

// readNeeds routes every prompt by the configuration, without and with languages, and by the
// published rules.
func readNeeds(r io.Reader, rt, listed *config.Runtime) (*needData, error) {
	m, err := classify.Default()
	if err != nil {
		return nil, err
	}
	topic := topics(m)
	type way struct {
		pipeline *pipeline.Pipeline
		strategy string // "" is the configured one
		topic    func(string) string
	}
	own := topic[Spec]
	if rt.File.Learned() {
		own = topic[Learned]
	}
	p := pipeline.NewOffline(rt, nil)
	ways := map[Scorer]way{
		Configured: {p, "", own},
		Spec:       {p, policy.NameHierarchical, topic[Spec]},
	}
	if listed != rt {
		ways[withLanguages] = way{pipeline.NewOffline(listed, nil), "", own}
	}
	d := &needData{ways: make(map[Scorer]*choices)}
	for name := range ways {
		d.ways[name] = &choices{}
	}
	var needs []float64
	err = rows(r, func(row *needRow) error {
		if err := row.check(); err != nil {
			return err
		}
		text := *row.Text
		var plan *pipeline.Plan
		for name, way := range ways {
			var err error
			plan, err = offline.Decide(way.pipeline, routing.OpenAIChat, offline.ChatBody("auto", text, ""), pipeline.Offline{Strategy: way.strategy, AnyModel: true})
			if err != nil {
				return fmt.Errorf("route the prompt: %w", err)
			}
			first := plan.Models()[0]
			c := d.ways[name]
			c.tier = append(c.tier, tierNumber(first.Tier))
			c.cost = append(c.cost, first.Estimate(plan.Request, plan.Tokens))
			c.score = append(c.score, plan.Decision.Complexity)
			c.onTopic = append(c.onTopic, slices.Contains(row.Topic, way.topic(text)))
		}
		for i, t := range routing.Tiers() { // the request is the same in every way
			d.prices[i] = append(d.prices[i], tierModel(rt, t).Estimate(plan.Request, plan.Tokens))
		}
		needs = append(needs, *row.Need)
		d.standard = append(d.standard, *row.Need >= 1.5)
		d.premium = append(d.premium, *row.Need >= 2.5)
		d.length = append(d.length, float64(utf8.RuneCountInString(text)))
		d.tie = append(d.tie, hash(text))
		row.Text = nil
		d.rows = append(d.rows, *row)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, c := range d.ways {
		c.order = measure.NewOrder(c.score)
	}
	d.need = measure.NewOrder(needs)
	return d, nil
}

// tierNumber is what a tier is called in the data.
func tierNumber(t routing.Tier) int { return int(t-routing.Budget) + 1 }

// tierModel is the model that the configuration names for a tier.
func tierModel(rt *config.Runtime, t routing.Tier) *routing.Model {
	return rt.Router.Model(rt.File.Routing.TierModels[t.String()])
}

// byLength gives the longest prompts the strongest tier. Each tier gets as many prompts as in the
// choices that it is compared with.
func (d *needData) byLength(like []int) *choices {
	order := make([]int, len(d.rows))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(d.length[a], d.length[b]), cmp.Compare(d.tie[a], d.tie[b]))
	})
	sorted := slices.Sorted(slices.Values(like))
	c := &choices{tier: make([]int, len(order)), cost: make([]float64, len(order)), score: d.length, order: measure.NewOrder(d.length)}
	for k, i := range order {
		c.tier[i] = sorted[k]
		c.cost[i] = d.prices[sorted[k]-1][i]
	}
	return c
}

// figures computes the figures with every row counted so many times.
func (d *needData) figures(c *choices, counts []int) NeedFigures {
	var n, inside, under, over, severe, demanding, adequate, onTopic int
	var chosen [tiers]int
	var cost float64
	for i, k := range counts {
		if k == 0 {
			continue
		}
		tier, ok := c.tier[i], d.rows[i].OK
		least, most := slices.Min(ok), slices.Max(ok)
		n += k
		inside += k * count(slices.Contains(ok, tier))
		under += k * count(tier < least)
		over += k * count(tier > most)
		severe += k * count(tier <= least-2 || tier >= most+2)
		demanding += k * count(d.premium[i])
		adequate += k * count(d.premium[i] && tier >= least)
		chosen[tier-1] += k
		cost += float64(k) * c.cost[i]
		onTopic += k * count(c.onTopic != nil && c.onTopic[i])
	}
	f := NeedFigures{
		N: n, Inside: measure.Share(inside, n), Under: measure.Share(under, n), Over: measure.Share(over, n), Severe: measure.Share(severe, n),
		Cost: 1000 * cost / float64(n),
	}
	for i, k := range chosen {
		f.Share[i] = measure.Share(k, n)
	}
	if demanding > 0 {
		f.Adequate = new(measure.Share(adequate, demanding))
	}
	if c.onTopic != nil {
		f.TopicInside = new(measure.Share(onTopic, n))
	}
	if c.score != nil {
		f.AUCStandard, f.AUCPremium = c.order.AUC(d.standard, counts), c.order.AUC(d.premium, counts)
		f.Spearman = measure.Spearman(c.order, d.need, counts)
	}
	return f
}

// estimate computes the figures of all rows with their intervals; with another way of choosing
// beside it, that of the margin between their shares of reasonable choices, too.
func (d *needData) estimate(c, other *choices) NeedFigures {
	out := d.figures(c, measure.Once(len(d.rows)))
	out.Intervals = measure.Bootstrap(len(d.rows), func(counts []int, put func(string, float64)) {
		f := d.figures(c, counts)
		putFigures(f, put)
		if other != nil {
			put(margin, f.Inside-d.share(counts, func(i int) bool { return slices.Contains(d.rows[i].OK, other.tier[i]) }))
		}
	})
	return out
}

// share is the share of the rows that is reports.
func (d *needData) share(counts []int, is func(row int) bool) float64 {
	n, hits := 0, 0
	for i, k := range counts {
		n += k
		hits += k * count(is(i))
	}
	return measure.Share(hits, n)
}

// topics compares the topics given with always the best one.
func (d *needData) topics(c *choices) Against {
	once := measure.Once(len(d.rows))
	given := func(counts []int) float64 { return d.share(counts, func(i int) bool { return c.onTopic[i] }) }
	best, constant := Constant{Figure: "topic_inside"}, func([]int) float64 { return -1 }
	for topic := range classify.NumTopics {
		fits := func(counts []int) float64 {
			return d.share(counts, func(i int) bool { return slices.Contains(d.rows[i].Topic, topic.String()) })
		}
		if v := fits(once); best.Name == "" || v > best.Value {
			best.Name, best.Value, constant = always(topic.String()), v, fits
		}
	}
	best.Margin = given(once) - best.Value
	return against(best, measure.Bootstrap(len(d.rows), func(counts []int, put func(string, float64)) {
		put(margin, given(counts)-constant(counts))
	}))
}

// Print writes the report as text.
func (r *NeedReport) Print(w io.Writer) error {
	t := newTable(w)
	t.headings("", r.NeedFigures)
	t.figures(fmt.Sprintf("%s, %s", r.Task, r.Scorer), r.NeedFigures, r.Intervals)
	for _, b := range r.Baselines {
		t.figures(b.Name, b.NeedFigures, b.Intervals)
	}
	for _, p := range r.Parts {
		t.figures(r.By+" "+cmp.Or(p.Name, "not given"), p.NeedFigures, nil)
	}
	t.line("\nthe choice of tiers %s", r.sentence())
	t.line("the choice of topics %s", r.Topic.sentence())
	t.line("length gives each tier, from the shortest prompts on, as many as the configuration does")
	return t.Flush()
}
