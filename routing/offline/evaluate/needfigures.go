package evaluate

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"sluice/routing/classify"
)

// NeedFigures say how well tiers were chosen. All but Adequate are shares of the prompts.
type NeedFigures struct {
	N        int      `json:"n"`
	Inside   float64  `json:"inside"`   // the tier is one of the reasonable ones
	Under    float64  `json:"under"`    // it is weaker than all of them
	Over     float64  `json:"over"`     // it is stronger than all of them
	Severe   float64  `json:"severe"`   // it is two tiers or more weaker or stronger than all of them
	Adequate *float64 `json:"adequate"` // of the demanding prompts, those of a need of 2.5 and more: the tier is not weaker than all the reasonable ones; null where there are none

	// How well the complexity finds the prompts that need the standard tier or more (a need of
	// 1.5), and the premium tier or more (2.5), and its rank correlation with the need; null
	// where there is no complexity, or nothing to tell apart.
	AUCStandard *float64 `json:"auc_standard"`
	AUCPremium  *float64 `json:"auc_premium"`
	Spearman    *float64 `json:"spearman"`

	Share       Shares           `json:"share"`               // of the prompts, by tier
	TopicInside *float64         `json:"topic_inside"`        // the topic is one of the row's; null where none is given
	Cost        float64          `json:"cost_per_1000"`       // of requests, in US dollars, estimated
	Intervals   map[string]Range `json:"intervals,omitempty"` // 95 %, by figure
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
		if c.onTopic != nil {
			onTopic += k * count(c.onTopic[i])
		}
	}
	f := NeedFigures{
		N: n, Inside: share(inside, n), Under: share(under, n), Over: share(over, n), Severe: share(severe, n),
		Cost: 1000 * cost / float64(n),
	}
	for i, k := range chosen {
		f.Share[i] = share(k, n)
	}
	if demanding > 0 {
		part := share(adequate, demanding)
		f.Adequate = &part
	}
	if c.onTopic != nil {
		part := share(onTopic, n)
		f.TopicInside = &part
	}
	if c.score.order != nil {
		f.AUCStandard, f.AUCPremium = c.score.auc(d.standard, counts), c.score.auc(d.premium, counts)
		f.Spearman = spearman(&c.score, &d.need, counts)
	}
	return f
}

// withIntervals adds the intervals to the figures of all rows; with another way of choosing
// beside it, that of the margin between their shares of reasonable choices, too.
func (d *needData) withIntervals(c, other *choices) NeedFigures {
	out := d.figures(c, d.once(nil))
	counts := make([]int, len(d.rows))
	out.Intervals = bootstrap(len(d.rows), func(rows []int, put func(string, float64)) {
		clear(counts)
		for _, i := range rows {
			counts[i]++
		}
		f := d.figures(c, counts)
		put("inside", f.Inside)
		put("under", f.Under)
		put("over", f.Over)
		put("severe", f.Severe)
		put("cost_per_1000", f.Cost)
		for name, v := range map[string]*float64{
			"adequate": f.Adequate, "auc_standard": f.AUCStandard, "auc_premium": f.AUCPremium, "spearman": f.Spearman, "topic_inside": f.TopicInside,
		} {
			if v != nil {
				put(name, *v)
			}
		}
		if other != nil {
			put(margin, f.Inside-d.inside(other.tier, counts))
		}
	})
	return out
}

// inside is the share of reasonable choices.
func (d *needData) inside(tier, counts []int) float64 {
	n, inside := 0, 0
	for i, k := range counts {
		n += k
		inside += k * count(slices.Contains(d.rows[i].OK, tier[i]))
	}
	return share(inside, n)
}

// topics compares the topics given with always the best one.
func (d *needData) topics(c *choices) Against {
	var best classify.Topic
	fits := make([]int, classify.NumTopics)
	for topic := range classify.NumTopics {
		for i := range d.rows {
			fits[topic] += count(slices.Contains(d.rows[i].Topic, topic.String()))
		}
		if fits[topic] > fits[best] {
			best = topic
		}
	}
	value := func(rows []int) (constant, given float64) {
		fits, on := 0, 0
		for _, i := range rows {
			fits += count(slices.Contains(d.rows[i].Topic, best.String()))
			on += count(c.onTopic[i])
		}
		return share(fits, len(rows)), share(on, len(rows))
	}
	all := make([]int, len(d.rows))
	for i := range all {
		all[i] = i
	}
	constant, given := value(all)
	intervals := bootstrap(len(all), func(rows []int, put func(string, float64)) {
		constant, given := value(rows)
		put(margin, given-constant)
	})
	return against(Constant{Name: always(best.String()), Figure: "topic_inside", Value: constant, Margin: given - constant}, intervals)
}

// Print writes the report as text.
func (r *NeedReport) Print(w io.Writer) error {
	t := newTable(w)
	t.row("", "N", "INSIDE", "UNDER", "OVER", "SEVERE", "ADEQUATE", "AUC STANDARD", "AUC PREMIUM", "SPEARMAN", "TOPIC", "USD PER 1000", "SHARE OF THE TIERS")
	figures := func(name string, f *NeedFigures) {
		t.row(name, f.N, f.Inside, f.Under, f.Over, f.Severe, f.Adequate, f.AUCStandard, f.AUCPremium, f.Spearman, f.TopicInside, f.Cost,
			fmt.Sprintf("%.2f / %.2f / %.2f / %.2f", f.Share[0], f.Share[1], f.Share[2], f.Share[3]))
		if i := f.Intervals; i != nil {
			cell := func(name string) any {
				if v, ok := i[name]; ok {
					return v
				}
				return ""
			}
			t.row("  95 % interval", "", cell("inside"), cell("under"), cell("over"), cell("severe"), cell("adequate"),
				cell("auc_standard"), cell("auc_premium"), cell("spearman"), cell("topic_inside"), cell("cost_per_1000"))
		}
	}
	figures(fmt.Sprintf("%s, %s", r.Task, r.Scorer), &r.NeedFigures)
	for i := range r.Baselines {
		figures(r.Baselines[i].Name, &r.Baselines[i].NeedFigures)
	}
	for i := range r.Parts {
		figures(r.By+" "+cmp.Or(r.Parts[i].Name, "not given"), &r.Parts[i].NeedFigures)
	}
	t.gap()
	fmt.Fprintf(t, "the choice of tiers %s\n", r.sentence())
	fmt.Fprintf(t, "the choice of topics %s\n", r.Topic.sentence())
	fmt.Fprintln(t, "length gives each tier, from the shortest prompts on, as many as the configuration does")
	return t.Flush()
}
