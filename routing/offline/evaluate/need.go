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
	"sluice/routing/policy"
)

// NeedReport is how well a configuration finds the tier that a prompt needs and what the
// prompt is about.
type NeedReport struct {
	Task   string `json:"task"`
	Scorer Scorer `json:"scorer"`
	NeedFigures
	Against              // always the same tier, by inside
	Topic     Against    `json:"topic"` // always the same topic, by topic_inside
	Baselines []NeedPart `json:"baselines"`
	By        string     `json:"by"`    // the field that Parts are told apart by
	Parts     []NeedPart `json:"parts"` // by name
}

// A NeedPart is the figures of another way of choosing, or of some of the rows.
type NeedPart struct {
	Name string `json:"name"`
	NeedFigures
}

// needRow is a line of needs.jsonl.
type needRow struct {
	Text  *string  `json:"text"`
	Need  *float64 `json:"need"`
	OK    []int    `json:"ok"`
	Topic []string `json:"topic"`
	Lang  string   `json:"lang"`
}

// check says what is wrong with the row.
func (row *needRow) check() error {
	switch {
	case row.Text == nil:
		return missing("text", "the prompt")
	case row.Need == nil:
		return missing("need", "1 to 4, the weakest tier that is good enough")
	case *row.Need < 1 || *row.Need > tiers:
		return fmt.Errorf(`"need" is %v; expected 1 to 4`, *row.Need)
	case len(row.OK) == 0:
		return missing("ok", "the tiers that are a reasonable choice, of 1 to 4")
	case len(row.Topic) == 0:
		return missing("topic", "what the prompt is about")
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

// tiers is the number of tiers; here they are called 1 to 4.
const tiers = 4

// choices are what one way of choosing gives for each row.
type choices struct {
	tier    []int
	cost    []float64 // estimated, in US dollars
	score   runs      // by complexity; empty where there is none
	onTopic []bool    // nil where no topic is given
}

// needData are the rows of a file, their texts forgotten.
type needData struct {
	rows     []needRow
	need     runs
	standard []bool // need the standard tier, or a stronger one
	premium  []bool // need the premium tier, or a stronger one: demanding prompts
	length   []float64
	tie      []uint64           // orders prompts of one length
	prices   [tiers][]float64   // of the tiers' own models for each row
	ways     map[Scorer]choices // the configuration's and the published rules
}

// Need measures the configuration on lines with "text", "need" (1 to 4, or a mean of several
// readers' words: the weakest tier whose answer a demanding reader accepts), "ok" (the tiers
// that are a reasonable choice) and "topic" (one or several that fit). What is measured is
// what is done with a chat request of that one message: the tier of the first candidate.
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
	chosen := d.ways[Configured]
	out := &NeedReport{Task: "need", Scorer: Configured, By: "lang"}

	var best choices
	constant := Constant{Figure: "inside"}
	for i := range tiers {
		c, name := d.constant(i+1), always(tierName(i+1))
		f := d.withIntervals(&c, nil)
		if i == 0 || f.Inside > constant.Value {
			best, constant.Name, constant.Value = c, name, f.Inside
		}
		out.Baselines = append(out.Baselines, NeedPart{name, f})
	}
	out.NeedFigures = d.withIntervals(&chosen, &best)
	constant.Margin = out.Inside - constant.Value
	out.Against = against(constant, out.Intervals)
	out.Topic = d.topics(&chosen)

	length := d.byLength(chosen.tier)
	spec := d.ways[Spec]
	out.Baselines = append(out.Baselines, NeedPart{string(Length), d.withIntervals(&length, nil)}, NeedPart{string(Spec), d.withIntervals(&spec, nil)})
	if listed, ok := d.ways[withLanguages]; ok {
		out.Baselines = append(out.Baselines, NeedPart{string(withLanguages), d.withIntervals(&listed, nil)})
	}

	langs := make(map[string][]int)
	for i := range d.rows {
		langs[d.rows[i].Lang] = append(langs[d.rows[i].Lang], i)
	}
	for _, lang := range sortedKeys(langs) {
		out.Parts = append(out.Parts, NeedPart{lang, d.figures(&chosen, d.once(langs[lang]))})
	}
	return out, nil
}

// withLanguages is the configuration with the languages that it gives its models.
const withLanguages Scorer = "with languages"

// withoutLanguages is the configuration with models that know every language, the same one
// where it gives them none.
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

// readNeeds routes every prompt, by the configuration without and with languages and by the
// published rules.
func readNeeds(r io.Reader, rt, listed *config.Runtime) (*needData, error) {
	m, err := classify.Default()
	if err != nil {
		return nil, err
	}
	topic := topics(m)
	type way struct {
		router   *routing.Router
		strategy string // "" is the configured one
		topic    func(string) string
	}
	own := topic[Spec]
	if rt.File.Learned() {
		own = topic[Learned]
	}
	ways := map[Scorer]way{
		Configured: {rt.Router, "", own},
		Spec:       {rt.Router, policy.NameHierarchical, topic[Spec]},
	}
	if listed != rt {
		ways[withLanguages] = way{listed.Router, "", own}
	}
	models := make([]*routing.Model, tiers)
	for i, t := range routing.Tiers() {
		models[i] = rt.Router.Model(rt.File.Routing.TierModels[t.String()])
	}
	d := &needData{ways: make(map[Scorer]choices)}
	scores := make(map[Scorer][]float64)
	var needs []float64
	err = rows(r, func(row *needRow) error {
		if err := row.check(); err != nil {
			return err
		}
		text := *row.Text
		body, err := chatRequest(text)
		if err != nil {
			return err
		}
		req, err := readRequest(routing.OpenAIChat, body, "")
		if err != nil {
			return fmt.Errorf("read the prompt: %w", err)
		}
		var tokens int
		for name, way := range ways {
			req.Strategy = way.strategy
			decision, err := way.router.Route(&req)
			if err != nil {
				return fmt.Errorf("route the prompt: %w", err)
			}
			tokens = decision.Signals.Tokens // of every strategy the same
			first := decision.Candidates[0]
			c := d.ways[name]
			c.tier = append(c.tier, tierNumber(first.Tier))
			c.cost = append(c.cost, first.Estimate(&req, tokens))
			c.onTopic = append(c.onTopic, slices.Contains(row.Topic, way.topic(text)))
			d.ways[name] = c
			scores[name] = append(scores[name], decision.Complexity)
		}
		for i, m := range models {
			d.prices[i] = append(d.prices[i], m.Estimate(&req, tokens))
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
	for name, c := range d.ways {
		c.score = newRuns(scores[name])
		d.ways[name] = c
	}
	d.need = newRuns(needs)
	return d, nil
}

// tierNumber is what a tier is called in the data.
func tierNumber(t routing.Tier) int { return int(t-routing.Budget) + 1 }

func tierName(number int) string { return routing.Tiers()[number-1].String() }

// constant chooses always the same tier.
func (d *needData) constant(tier int) choices {
	return choices{tier: slices.Repeat([]int{tier}, len(d.rows)), cost: d.prices[tier-1]}
}

// byLength gives the longest prompts the strongest tier, and every tier as many prompts as the
// choices have that it is compared with.
func (d *needData) byLength(like []int) choices {
	order := make([]int, len(d.rows))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(d.length[a], d.length[b]), cmp.Compare(d.tie[a], d.tie[b]))
	})
	sorted := slices.Sorted(slices.Values(like))
	c := choices{tier: make([]int, len(order)), cost: make([]float64, len(order)), score: newRuns(d.length)}
	for k, i := range order {
		c.tier[i] = sorted[k]
		c.cost[i] = d.prices[sorted[k]-1][i]
	}
	return c
}

// once counts the rows once, all of them where there is no list.
func (d *needData) once(rows []int) []int {
	counts := make([]int, len(d.rows))
	if rows == nil {
		return slices.Repeat([]int{1}, len(counts))
	}
	for _, i := range rows {
		counts[i] = 1
	}
	return counts
}
