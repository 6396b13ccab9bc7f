package evaluate

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"sluice/routing"
	"sluice/routing/config"
	"sluice/routing/session"
)

// ReplayReport is what configurations would have made of the requests of a log.
type ReplayReport struct {
	Requests  int      `json:"requests"` // that were read and decided
	Skipped   Skipped  `json:"skipped"`
	Estimated int      `json:"estimated"` // requests whose tokens the log does not tell
	Logged    Logged   `json:"logged"`
	Configs   []Played `json:"configs"`
	Moves     []Move   `json:"moves,omitempty"` // between the first and the second configuration
}

// Logged is what the requests cost as they were made. Only some have a cost, given or
// by the price of the model that answered.
type Logged struct {
	Requests int     `json:"requests"`
	Priced   int     `json:"priced"` // of them, by a configured model's price instead of a cost in the log
	Cost     float64 `json:"cost_usd"`
}

// Played is what one configuration would have chosen. Costs are of the first candidate
// alone: whether its answer would have been given up cannot be known.
type Played struct {
	Name     string   `json:"name"`
	Cost     float64  `json:"cost_usd"`
	OfLogged float64  `json:"cost_of_logged_usd"` // of the requests whose logged cost is known
	Cheapest Fixed    `json:"always_cheapest"`
	Flagship Fixed    `json:"always_flagship"`
	Unserved int      `json:"unserved"`  // requests that no model could serve
	NotNamed int      `json:"not_named"` // requests for a model that this configuration does not replace; they are decided all the same
	Models   []Chosen `json:"models"`    // weakest first
}

// Fixed is the cost of one model for every request.
type Fixed struct {
	Model string  `json:"model"`
	Cost  float64 `json:"cost_usd"`
}

// Chosen is what came to one model in a tier.
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

// A Candidate configuration is one to replay with; Name is for the report.
type Candidate struct {
	Name    string
	Runtime *config.Runtime
}

// player replays with one configuration.
type player struct {
	Candidate
	Played
	chosen             map[Chosen]*Chosen // keyed by tier and model alone
	cheapest, flagship *routing.Model
	sessions           session.Store // nil where the configuration remembers no conversations
}

// Replay decides every request of a log anew with each configuration: lines of JSON with
// "request" (a body) or "prompt", and optional "api", "user", "model", "input_tokens",
// "output_tokens", "cost_usd" and "spent". Lines that cannot be read are counted. Requests
// of one conversation must be in their order. Memory does not grow with the log.
func Replay(r io.Reader, configs ...Candidate) (*ReplayReport, error) {
	players := make([]*player, len(configs))
	for i, c := range configs {
		tiers := c.Runtime.File.Routing.TierModels
		p := &player{
			Candidate: c, chosen: make(map[Chosen]*Chosen),
			cheapest: c.Runtime.Router.Model(tiers[routing.Budget.String()]),
			flagship: c.Runtime.Router.Model(tiers[routing.Flagship.String()]),
		}
		p.Played.Name = c.Name
		if s := c.Runtime.File.Routing.Session; s.TTL > 0 {
			m, err := session.NewMemory(s.Most, time.Duration(s.TTL))
			if err != nil {
				return nil, err
			}
			p.sessions = m
		}
		p.Cheapest.Model, p.Flagship.Model = p.cheapest.Name, p.flagship.Name
		players[i] = p
	}
	report := &ReplayReport{}
	moves := make(map[[2]string]*Move)
	skipped, err := readLog(r, func(e *entry, req *routing.Request) error {
		if req.Messages == 0 {
			return routing.ErrNoMessages
		}
		report.Requests++
		models, costs := make([]string, len(players)), make([]float64, len(players))
		logged, priced, known := players[0].logged(e)
		for i, p := range players {
			models[i], costs[i] = p.play(e, req)
			if known {
				p.OfLogged += costs[i]
			}
		}
		if e.usage(req).estimated {
			report.Estimated++
		}
		if known {
			report.Logged.Requests++
			report.Logged.Cost += logged
			if priced {
				report.Logged.Priced++
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
	report.Skipped = skipped
	for _, p := range players {
		report.Configs = append(report.Configs, p.played())
	}
	report.Moves = sortedMoves(moves)
	return report, nil
}

// unserved stands for the model of requests that no model could serve.
const unserved = "none"

// logged returns what the request cost as it was made, whether that comes from a
// configured price, and whether it is known.
func (p *player) logged(e *entry) (cost float64, priced, known bool) {
	if e.Cost != nil {
		return *e.Cost, false, true
	}
	m := p.Runtime.Router.Named(e.answered())
	if m == nil || e.InputTokens == nil || e.OutputTokens == nil {
		return 0, false, false
	}
	return m.Price.Cost(*e.InputTokens, *e.OutputTokens), true, true
}

// play decides one request and adds up what it would have cost.
func (p *player) play(e *entry, req *routing.Request) (model string, cost float64) {
	u := e.usage(req)
	if !p.Runtime.Router.Routes(req.Model) {
		p.NotNamed++
	}
	p.Cheapest.Cost += p.cheapest.Price.Cost(u.input, u.output+e.reasoning(req, p.cheapest))
	p.Flagship.Cost += p.flagship.Price.Cost(u.input, u.output+e.reasoning(req, p.flagship))
	req.Allowance = p.Runtime.Budgets.At(e.Spent)
	d, err := p.route(req)
	if err != nil {
		p.Unserved++
		return unserved, 0
	}
	m := d.Candidates[0]
	cost = m.Price.Cost(u.input, u.output+e.reasoning(req, m))
	key := Chosen{Tier: d.Tier, Model: m.Name}
	if p.chosen[key] == nil {
		p.chosen[key] = &Chosen{Tier: d.Tier, Model: m.Name}
	}
	p.chosen[key].Count++
	p.chosen[key].Cost += cost
	p.Cost += cost
	return m.Name, cost
}

// route decides as the running router does: a conversation goes on where it was. How
// long it was idle is not in the log, and taken to be nothing.
func (p *player) route(req *routing.Request) (routing.Decision, error) {
	key := req.Session + "/" + req.Lane
	keeps := p.sessions != nil && req.Session != ""
	req.Past = routing.Past{}
	if keeps {
		if e, ok, _ := p.sessions.Get(context.Background(), key); ok { // memory never fails
			req.Past = routing.Past{Model: e.Model, Tokens: e.Tokens}
		}
	}
	d, err := p.Runtime.Router.Route(req)
	if err == nil && keeps && req.Kind != routing.Preflight && req.Kind != routing.Auxiliary {
		_ = p.sessions.Put(context.Background(), key, session.Entry{Model: d.Candidates[0].Name, Tokens: d.Signals.Tokens, Used: time.Now()})
	}
	return d, err
}

func (p *player) played() Played {
	for _, c := range p.chosen {
		p.Models = append(p.Models, *c)
	}
	sortChosen(p.Models)
	return p.Played
}

// Print writes the report as text.
func (r *ReplayReport) Print(w io.Writer) error {
	t := newTable(w)
	fmt.Fprintf(t, "%d requests", r.Requests)
	if r.Estimated > 0 {
		fmt.Fprintf(t, "; for %d the log has no usage: their costs are estimates (≈)", r.Estimated)
	}
	fmt.Fprintln(t)
	r.Skipped.print(t)
	about := ""
	if r.Estimated > 0 {
		about = "≈"
	}
	usd := func(v float64) string { return fmt.Sprintf("%s$%.4f", about, v) }
	for _, c := range r.Configs {
		t.gap()
		t.row(c.Name)
		t.row("TIER", "MODEL", "REQUESTS", "SHARE", "COST")
		for _, m := range c.Models {
			t.row(m.Tier, m.Model, m.Count, percent(share(m.Count, r.Requests)), usd(m.Cost))
		}
		if c.Unserved > 0 {
			t.row("", unserved, c.Unserved, percent(share(c.Unserved, r.Requests)), "")
		}
		t.row("", "all", r.Requests, "", usd(c.Cost))
		t.gap()
		t.row("COMPARED WITH", "", "COST", "HERE", "SAVED")
		saving := func(name, model string, theirs, ours float64, price func(float64) string) {
			t.row(name, model, price(theirs), usd(ours), saved(theirs, ours))
		}
		saving("always flagship", c.Flagship.Model, c.Flagship.Cost, c.Cost, usd)
		saving("always cheapest", c.Cheapest.Model, c.Cheapest.Cost, c.Cost, usd)
		if l := r.Logged; l.Requests > 0 {
			saving("the log", fmt.Sprintf("%d requests, %d by price", l.Requests, l.Priced), l.Cost, c.OfLogged,
				func(v float64) string { return fmt.Sprintf("$%.4f", v) })
		}
		if c.NotNamed > 0 {
			fmt.Fprintf(t, "%d requests name a model that this configuration leaves alone; they are decided as if they asked for auto\n", c.NotNamed)
		}
	}
	if len(r.Configs) > 1 {
		t.gap()
		t.row("FROM", "TO", "REQUESTS", "SAVED")
		for _, m := range r.Moves {
			t.row(m.From, m.To, m.Count, usd(m.Saved))
		}
	}
	return t.Flush()
}

func (s *Skipped) print(t table) {
	if s.Count == 0 {
		return
	}
	fmt.Fprintf(t, "%d lines could not be used", s.Count)
	for i, u := range s.First {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		fmt.Fprintf(t, "%sline %d: %s", sep, u.Line, u.Error)
	}
	fmt.Fprintln(t)
}

func percent(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) }

// saved is what costing ours instead of theirs saves, "" where theirs is nothing.
func saved(theirs, ours float64) string {
	if theirs == 0 {
		return "–"
	}
	return percent(1 - ours/theirs)
}

func sortChosen(all []Chosen) {
	slices.SortFunc(all, func(a, b Chosen) int {
		return cmp.Or(cmp.Compare(a.Tier, b.Tier), cmp.Compare(a.Model, b.Model))
	})
}

// sortedMoves lists the moves, the commonest first.
func sortedMoves(moves map[[2]string]*Move) []Move {
	var out []Move
	for _, m := range moves {
		out = append(out, *m)
	}
	slices.SortFunc(out, func(a, b Move) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return out
}
