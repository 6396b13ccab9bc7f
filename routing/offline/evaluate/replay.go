package evaluate

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"sluice/routing"
	"sluice/routing/config"
	"sluice/routing/offline/measure"
	"sluice/routing/pipeline"
	"sluice/routing/session"
)

// ReplayReport is what configurations would have chosen for the requests of a log.
type ReplayReport struct {
	Requests  int      `json:"requests"` // that were read and decided
	Skipped   Skipped  `json:"skipped"`
	Estimated int      `json:"estimated"` // requests without tokens in the log
	Logged    Logged   `json:"logged"`
	Configs   []Played `json:"configs"`
	Moves     []Move   `json:"moves,omitempty"` // between the first and the second configuration
}

// Logged is what the requests did cost, for those with a cost in the log, or with tokens and a
// model whose price is configured.
type Logged struct {
	Requests int     `json:"requests"`
	Priced   int     `json:"priced"` // of them, by a configured model's price instead of a cost in the log
	Cost     float64 `json:"cost_usd"`
}

// Played is what one configuration would have chosen. Costs are of the first candidate alone:
// whether its answer would have been escalated is unknown.
type Played struct {
	Name     string   `json:"name"`
	Cost     float64  `json:"cost_usd"`
	OfLogged float64  `json:"cost_of_logged_usd"` // of the requests whose logged cost is known
	Cheapest Fixed    `json:"always_cheapest"`
	Flagship Fixed    `json:"always_flagship"`
	Unserved int      `json:"unserved"`  // requests that no model could serve
	NotNamed int      `json:"not_named"` // requests for a model that this configuration does not route; they are routed all the same
	Models   []Chosen `json:"models"`    // weakest first
}

// Fixed is the cost of one model for every request.
type Fixed struct {
	Model string  `json:"model"`
	Cost  float64 `json:"cost_usd"`
}

// Chosen adds up the requests of one model in a tier.
type Chosen struct {
	Tier  routing.Tier `json:"tier"`
	Model string       `json:"model"`
	Count int          `json:"count"`
	Cost  float64      `json:"cost_usd"`
}

// Move counts the requests for which two configurations choose differently.
type Move struct {
	From  string  `json:"from"`
	To    string  `json:"to"`
	Count int     `json:"count"`
	Saved float64 `json:"saved_usd"` // below 0: the second costs more
}

// A NamedConfig is a configuration to replay with; Name is for the report.
type NamedConfig struct {
	Name    string
	Runtime *config.Runtime
}

// unserved stands for the model of requests that no model could serve.
const unserved = "none"

// player replays with one configuration.
type player struct {
	Played
	pipeline           *pipeline.Pipeline
	chosen             map[Chosen]*Chosen // keyed by tier and model alone
	cheapest, flagship *routing.Model
}

// newPlayer returns a player that remembers conversations as the configuration says. How long
// one was idle is not in a log, and assumed to be no time.
func newPlayer(c NamedConfig) (*player, error) {
	p := &player{
		Played: Played{Name: c.Name}, chosen: make(map[Chosen]*Chosen),
		cheapest: tierModel(c.Runtime, routing.Budget), flagship: tierModel(c.Runtime, routing.Flagship),
	}
	p.Cheapest.Model, p.Flagship.Model = p.cheapest.Name, p.flagship.Name
	var sessions session.Store
	if s := c.Runtime.File.Routing.Session; s.TTL > 0 {
		m, err := session.NewMemory(s.Most, time.Duration(s.TTL))
		if err != nil {
			return nil, err
		}
		sessions = m
	}
	p.pipeline = pipeline.NewOffline(c.Runtime, sessions)
	return p, nil
}

// logged returns what the request did cost, whether that is by a configured price, and whether
// it is known.
func (p *player) logged(e *entry) (cost float64, priced, known bool) {
	if e.Cost != nil {
		return *e.Cost, false, true
	}
	m := p.pipeline.Runtime().Router.Named(e.answered())
	if m == nil || e.estimated() {
		return 0, false, false
	}
	return m.Price.Cost(e.input, e.output), true, true
}

// play decides one request and adds up what it would have cost.
func (p *player) play(e *entry) (model string, cost float64) {
	p.NotNamed += count(!p.pipeline.Runtime().Router.Routes(e.req.Model))
	p.Cheapest.Cost += e.cost(p.cheapest)
	p.Flagship.Cost += e.cost(p.flagship)
	plan, err := e.decide(p.pipeline, e.Spent)
	if err != nil {
		p.Unserved++
		return unserved, 0
	}
	m := plan.Models()[0]
	cost = e.cost(m)
	key := Chosen{Tier: plan.Decision.Tier, Model: m.Name}
	if p.chosen[key] == nil {
		p.chosen[key] = &Chosen{Tier: key.Tier, Model: key.Model}
	}
	p.chosen[key].Count++
	p.chosen[key].Cost += cost
	p.Cost += cost
	return m.Name, cost
}

func (p *player) played() Played {
	for _, c := range p.chosen {
		p.Models = append(p.Models, *c)
	}
	slices.SortFunc(p.Models, func(a, b Chosen) int {
		return cmp.Or(cmp.Compare(a.Tier, b.Tier), cmp.Compare(a.Model, b.Model))
	})
	return p.Played
}

// Replay decides every request of a log again with each configuration: lines of JSON with
// "request" (a body) or "prompt", and optional "api", "user", "model", "input_tokens",
// "output_tokens", "cost_usd" and "spent". Lines that cannot be read are counted. Requests
// of one conversation must be in their order. Memory does not grow with the log.
func Replay(r io.Reader, configs ...NamedConfig) (*ReplayReport, error) {
	players := make([]*player, len(configs))
	for i, c := range configs {
		var err error
		if players[i], err = newPlayer(c); err != nil {
			return nil, err
		}
	}
	report := &ReplayReport{}
	moves := make(map[[2]string]*Move)
	var err error
	report.Skipped, err = readLog(r, func(e *entry) error {
		report.Requests++
		report.Estimated += count(e.estimated())
		logged, priced, known := players[0].logged(e)
		if known {
			report.Logged.Requests++
			report.Logged.Cost += logged
			report.Logged.Priced += count(priced)
		}
		models, costs := make([]string, len(players)), make([]float64, len(players))
		for i, p := range players {
			models[i], costs[i] = p.play(e)
			if known {
				p.OfLogged += costs[i]
			}
		}
		if len(players) > 1 && models[0] != models[1] {
			key := [2]string{models[0], models[1]}
			if moves[key] == nil {
				moves[key] = &Move{From: models[0], To: models[1]}
			}
			moves[key].Count++
			moves[key].Saved += costs[0] - costs[1]
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, p := range players {
		report.Configs = append(report.Configs, p.played())
	}
	for _, m := range moves {
		report.Moves = append(report.Moves, *m)
	}
	slices.SortFunc(report.Moves, func(a, b Move) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return report, nil
}

// Print writes the report as text.
func (r *ReplayReport) Print(w io.Writer) error {
	t := newTable(w)
	about, note := "", ""
	if r.Estimated > 0 {
		about, note = "≈", fmt.Sprintf("; for %d the log has no usage: their costs are estimates (≈)", r.Estimated)
	}
	usd := func(v float64) string { return fmt.Sprintf("%s$%.4f", about, v) }
	t.line("%d requests%s", r.Requests, note)
	r.Skipped.print(t)
	for _, c := range r.Configs {
		t.line("\n%s", c.Name)
		t.row("TIER", "MODEL", "REQUESTS", "SHARE", "COST")
		for _, m := range c.Models {
			t.row(m.Tier, m.Model, m.Count, percent(measure.Share(m.Count, r.Requests)), usd(m.Cost))
		}
		if c.Unserved > 0 {
			t.row("", unserved, c.Unserved, percent(measure.Share(c.Unserved, r.Requests)), "")
		}
		t.row("", "all", r.Requests, "", usd(c.Cost))
		t.line("")
		t.row("COMPARED WITH", "", "COST", "HERE", "SAVED")
		t.row("always flagship", c.Flagship.Model, usd(c.Flagship.Cost), usd(c.Cost), saved(c.Flagship.Cost, c.Cost))
		t.row("always cheapest", c.Cheapest.Model, usd(c.Cheapest.Cost), usd(c.Cost), saved(c.Cheapest.Cost, c.Cost))
		if l := r.Logged; l.Requests > 0 {
			t.row("the log", fmt.Sprintf("%d requests, %d by price", l.Requests, l.Priced), fmt.Sprintf("$%.4f", l.Cost), usd(c.OfLogged), saved(l.Cost, c.OfLogged))
		}
		if c.NotNamed > 0 {
			t.line("%d requests name a model that this configuration does not route; they are decided as if they asked for auto", c.NotNamed)
		}
	}
	if len(r.Configs) > 1 {
		t.line("")
		t.row("FROM", "TO", "REQUESTS", "SAVED")
		for _, m := range r.Moves {
			t.row(m.From, m.To, m.Count, usd(m.Saved))
		}
	}
	return t.Flush()
}

// saved is the share of the cost that is saved.
func saved(theirs, ours float64) string {
	if theirs == 0 {
		return "–"
	}
	return percent(1 - ours/theirs)
}
