package routing

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Router turns requests into decisions. It is immutable once built: a new
// configuration is a new Router, and a request keeps the one it began with.
type Router struct {
	models     map[string]*Model
	upstream   map[string]*Model // by the provider's name for it
	ranked     []*Model          // weakest tier first, cheapest first within a tier
	standins   []*Model          // those of ranked that may answer where nothing proposed can
	routed     map[string]bool
	all        bool
	policies   map[string]Policy
	strategy   string
	structured *Model
	exhausted  *Model
	capped     *Model
	trial      Trial
	checker    Checker
	attempts   int
}

// Options is what a Router is built from.
type Options struct {
	Models     []*Model
	Route      []string          // requested names that are answered for; "*" is every name
	Policies   map[string]Policy // by strategy name
	Strategy   string            // the one used unless a request asks for another
	Structured *Model            // where an answer that should have been JSON is tried again; may be nil
	Exhausted  *Model            // answers once a budget is exhausted; may be nil
	Capped     *Model            // answers where a budget allows none of the proposed any more; may be nil
	Trial      Trial             // enrols requests in experiments; may be nil
	Checker    Checker           // has a second model agree; may be nil
	Attempts   int               // most candidates that one request may try
}

// NewRouter returns the router for validated options: names are unique, Strategy is
// one of Policies, Attempts is at least 1.
func NewRouter(o Options) *Router {
	r := &Router{
		models:     make(map[string]*Model, len(o.Models)),
		upstream:   make(map[string]*Model, len(o.Models)),
		ranked:     slices.Clone(o.Models),
		routed:     make(map[string]bool, len(o.Route)),
		policies:   o.Policies,
		strategy:   o.Strategy,
		structured: o.Structured,
		exhausted:  o.Exhausted,
		capped:     o.Capped,
		trial:      o.Trial,
		checker:    o.Checker,
		attempts:   o.Attempts,
	}
	for _, m := range o.Models {
		r.models[m.Name] = m
		if m.Plain == nil {
			r.upstream[m.UpstreamName] = m
		}
	}
	for _, name := range o.Route {
		r.routed[name] = true
		r.all = r.all || name == "*"
	}
	slices.SortStableFunc(r.ranked, func(a, b *Model) int {
		if a.Tier != b.Tier {
			return int(a.Tier) - int(b.Tier)
		}
		switch pa, pb := a.Price.Input+a.Price.Output, b.Price.Input+b.Price.Output; {
		case pa < pb:
			return -1
		case pa > pb:
			return 1
		}
		return a.Reasoning - b.Reasoning
	})
	r.standins = filter(r.ranked, (*Model).StandsIn)
	return r
}

// Routes reports whether Sluice chooses the model for requests that name model.
func (r *Router) Routes(model string) bool { return r.all || r.routed[model] }

// Model returns the configured model called name, or nil.
func (r *Router) Model(name string) *Model { return r.models[name] }

// Named returns the model that a client means by name: a configured model's own name
// or what its provider calls it; nil if there is none.
func (r *Router) Named(name string) *Model {
	if m := r.models[name]; m != nil {
		return m
	}
	return r.upstream[name]
}

// Models lists the configured models, and those at an effort, weakest tier first.
func (r *Router) Models() []*Model { return r.ranked }

// Structured returns the model for answers that failed to be JSON, or nil.
func (r *Router) Structured() *Model { return r.structured }

// ErrNoMessages says that a request asks nothing.
var ErrNoMessages = errors.New(`"messages" must be a non-empty array`)

// NoCandidateError says that no configured model can serve a request.
type NoCandidateError struct {
	Format Format
	Needs  Capabilities
	Tokens int
}

func (e *NoCandidateError) Error() string {
	needs := "no configured model can serve this request: it needs the " + e.Format.String() + " format"
	if e.Needs != 0 {
		needs += ", " + strings.Join(e.Needs.Names(), " and ")
	}
	return fmt.Sprintf("%s and room for about %d tokens", needs, e.Tokens)
}

// CappedError says that only models which the budget no longer allows can serve a request.
type CappedError struct{ Needs Capabilities }

func (e *CappedError) Error() string {
	return fmt.Sprintf("what is left of the budget allows no model above the %s tier, and none of those can serve this request", Standard)
}

// UnknownStrategyError says that a request asked for a strategy that does not exist.
type UnknownStrategyError struct {
	Strategy string
	Known    []string
}

func (e *UnknownStrategyError) Error() string {
	return fmt.Sprintf("unknown strategy %q; expected one of %s", e.Strategy, strings.Join(e.Known, ", "))
}

// Route decides which models may answer the request, in order. The policy of the
// strategy proposes; candidates that cannot serve the request are left out, and the
// number of attempts is capped. Where nothing proposed can serve it, any model that
// can stands in, the proposed tier and those above it first.
//
// The request's allowance applies to every strategy: with an exhausted budget the model for
// that is the only candidate, and with a capped one those above the standard tier are left
// out. The built-in default budget does not apply to literal decisions.
//
// Errors are [ErrNoMessages], [*UnknownStrategyError], [*NoCandidateError] and
// [*CappedError]; all are the client's to read.
func (r *Router) Route(req *Request) (Decision, error) {
	if req.Messages == 0 {
		return Decision{}, ErrNoMessages
	}
	strategy := r.strategy
	if req.Strategy != "" {
		strategy = req.Strategy
	}
	policy, ok := r.policies[strategy]
	if !ok {
		return Decision{}, &UnknownStrategyError{Strategy: strategy, Known: r.strategies()}
	}
	d := policy.Decide(req)
	allowance := req.Allowance
	if d.Literal && allowance.BuiltIn {
		allowance = Allowance{}
	}
	if allowance.Exhausted && d.Rule != ByBudget && r.exhausted != nil {
		d.Fixed, d.Assigned = true, Assignment{}
		d.adopt(ByBudget, string(ByBudget), []*Model{r.exhausted})
		d.EstimatedCost = r.exhausted.Estimate(req, d.Signals.Tokens)
	}
	r.enrol(req, &d, allowance)
	if req.Explain {
		d.explainPlain(req)
	}
	d.Candidates = answering(d.Candidates, req)
	fits := func(m *Model) bool { return Unfit(m, req, &d.Signals) == "" && allowance.allows(m) }

	proposed := d.Candidates
	above := allowance.Capped && (d.Tier > Standard || len(proposed) > 0 && proposed[0].Tier > Standard)
	d.Candidates = filter(proposed, fits)
	if len(d.Candidates) == 0 {
		standins := answering(r.standins, req)
		able := filter(standins, fits)
		if len(able) == 0 {
			// Better a model that is only asked for JSON than none; the judge looks at the answer.
			asked := *req
			asked.Needs &^= JSON
			some := filter(standins, func(m *Model) bool { return Unfit(m, &asked, &d.Signals) == "" })
			able = filter(some, allowance.allows)
			switch {
			case len(some) == 0:
				return d, &NoCandidateError{Format: req.API.Format(), Needs: req.Needs, Tokens: d.Signals.Tokens}
			case len(able) == 0:
				return d, &CappedError{Needs: req.Needs}
			}
		}
		at := slices.IndexFunc(able, func(m *Model) bool { return m.Tier >= d.Tier })
		d.Candidates = able[max(at, 0):]
		if at < 0 {
			d.Candidates = able[len(able)-1:] // nothing as strong: the strongest there is
		}
		if above && r.capped != nil {
			if m := r.capped.For(req); fits(m) {
				d.Candidates = []*Model{m}
			}
		}
		if d.Fixed {
			d.Candidates = d.Candidates[:1]
		}
	}
	if r.structured != nil && req.Needs&JSON != 0 && !d.Fixed {
		if s := r.structured.For(req); fits(s) && !slices.Contains(d.Candidates, s) {
			d.Candidates = append(slices.Clone(d.Candidates), s)
		}
	}
	all := d.Candidates
	d.Candidates = all[:min(len(all), r.attempts)]
	first := d.Candidates[0]
	if first.Name != d.Model {
		if above && d.Rule != ByBudget {
			d.Rule, d.Reason = ByCap, string(ByCap)
		}
		d.Model, d.Tier, d.Assigned = first.Name, first.Tier, Assignment{}
		d.EstimatedCost = first.Estimate(req, d.Signals.Tokens)
	}
	r.check(req, &d, all, fits)
	d.Model, d.Effort = first.Base().Name, first.Effort
	return d, nil
}

// check has the decision checked by a second model where the configuration wants that and
// there are attempts enough: the first, the second and the strong one. The strong one is
// looked for among all candidates, those behind the last attempt included.
func (r *Router) check(req *Request, d *Decision, all []*Model, fits func(*Model) bool) {
	const least = 3
	if r.checker == nil || r.attempts < least {
		return
	}
	whole := *d
	whole.Candidates = all
	takes := func(m *Model) bool { return m.For(req) == m && fits(m) }
	if d.Agreement = r.checker.Check(req, &whole, takes); d.Agreement != nil && req.Explain {
		a := d.Agreement
		d.Considered = append(d.Considered, Considered{
			Model: a.Probe.Name, Tier: a.Probe.Tier, Cost: a.Probe.Estimate(req, d.Signals.Tokens),
			Fate: "asked, too: where its answer is another one, " + a.Strong.Name + " answers",
		})
	}
}

// enrol gives the request its part in an experiment. A conversation keeps the part that
// it began with, and one that began without has none: its model stays. What the exhausted
// budget decides is no part of any.
func (r *Router) enrol(req *Request, d *Decision, allowance Allowance) {
	if d.Rule == ByBudget {
		return
	}
	if req.Past.Model != "" {
		if d.Assigned.Experiment == "" {
			d.Assigned = req.Past.Assigned
		}
		return
	}
	if r.trial == nil || d.Fixed || len(d.Candidates) == 0 || req.Kind == Auxiliary || req.Kind == Preflight {
		return
	}
	part, model := r.trial.Enrol(req, d)
	if model == nil || model.For(req) != model || Unfit(model, req, &d.Signals) != "" || !allowance.allows(model) {
		return
	}
	behind := slices.DeleteFunc(slices.Clone(d.Candidates), func(m *Model) bool { return m == model || m.Tier < model.Tier })
	d.adopt(ByExperiment, "experiment_"+part.Variant, append([]*Model{model}, behind...))
	d.EstimatedCost = model.Estimate(req, d.Signals.Tokens)
	d.Assigned = part
}

// allows reports whether the budgets allow the model, as far as its tier goes.
func (a Allowance) allows(m *Model) bool { return !a.Capped || m.Tier <= Standard }

// adopt gives the decision other candidates.
func (d *Decision) adopt(rule Rule, reason string, candidates []*Model) {
	d.Rule, d.Reason, d.Candidates = rule, reason, candidates
	d.Model, d.Tier = candidates[0].Name, candidates[0].Tier
}

// Unfit says why the model cannot answer the request at all, and "" if it can: it
// speaks the client's format, has what the request needs, and its context holds the
// request's tokens and the answer asked for.
func Unfit(m *Model, req *Request, s *Signals) string {
	missing := req.Needs &^ m.Capabilities
	switch {
	case !m.Provider.Speaks(req.API.Format()):
		return "does not speak the " + req.API.Format().String() + " format"
	case missing != 0:
		return "lacks " + missing.String()
	case m.Context != 0 && s.Tokens+s.Tokens/contextMargin+m.Limit(req.MaxTokens) > m.Context:
		return "context is too small"
	default:
		return ""
	}
}

// contextMargin is the part of a request's estimated tokens that is kept free
// besides, since the estimate is one: a tenth.
const contextMargin = 10

func (r *Router) strategies() []string {
	names := make([]string, 0, len(r.policies))
	for name := range r.policies {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// filter returns the models that fit, sharing the slice where all do.
func filter(models []*Model, fits func(*Model) bool) []*Model {
	for i, m := range models {
		if fits(m) {
			continue
		}
		kept := slices.Clone(models[:i])
		for _, m := range models[i+1:] {
			if fits(m) {
				kept = append(kept, m)
			}
		}
		return kept
	}
	return models
}
