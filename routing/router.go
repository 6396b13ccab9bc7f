package routing

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Router turns requests into decisions. It is immutable once built: a new
// configuration is a new Router, and a request keeps the one it began with.
type Router struct {
	options   Options
	models    map[string]*Model
	upstream  map[string]*Model // by the provider's name for it
	ranked    []*Model          // weakest tier first, cheapest first within a tier
	fallbacks []*Model          // those of ranked that may answer where nothing proposed can
	routed    map[string]bool
}

// Options is what a Router is built from.
type Options struct {
	Models     []*Model
	Route      []string          // requested names that are answered for; "*" is every name
	Policies   map[string]Policy // by strategy name
	Strategy   string            // the one used unless a request asks for another
	Structured *Model            // tried after an answer that should have been JSON; may be nil
	Exhausted  *Model            // answers when a budget is exhausted; may be nil
	Capped     *Model            // answers when a budget allows none of the proposed models; may be nil
	Trial      Trial             // enrols requests in experiments; may be nil
	Checker    Checker           // chooses decisions to be checked; may be nil
	Attempts   int               // bound on the candidates of one request
}

// NewRouter returns the router for validated options: names are unique, Strategy is
// one of Policies, Attempts is at least 1.
func NewRouter(o Options) *Router {
	r := &Router{
		options:  o,
		models:   make(map[string]*Model, len(o.Models)),
		upstream: make(map[string]*Model, len(o.Models)),
		ranked:   slices.Clone(o.Models),
		routed:   make(map[string]bool, len(o.Route)),
	}
	for _, m := range o.Models {
		r.models[m.Name] = m
		if m.Plain == nil {
			r.upstream[m.UpstreamName] = m
		}
	}
	for _, name := range o.Route {
		r.routed[name] = true
	}
	slices.SortStableFunc(r.ranked, func(a, b *Model) int {
		return cmp.Or(cmp.Compare(a.Tier, b.Tier), a.CompareCost(b))
	})
	r.fallbacks = filter(r.ranked, (*Model).StandsIn)
	return r
}

// CompareCost orders models by price, then by the tokens of reasoning.
func (m *Model) CompareCost(other *Model) int {
	return cmp.Or(cmp.Compare(m.Price.Input+m.Price.Output, other.Price.Input+other.Price.Output), cmp.Compare(m.Reasoning, other.Reasoning))
}

// Routes reports whether Sluice chooses the model for requests that name model.
func (r *Router) Routes(model string) bool { return r.routed["*"] || r.routed[model] }

// Model returns the configured model called name, or nil.
func (r *Router) Model(name string) *Model { return r.models[name] }

// Named returns the model that a client calls name: by its configured name, or by its
// provider's; nil if there is none.
func (r *Router) Named(name string) *Model {
	if m := r.models[name]; m != nil {
		return m
	}
	return r.upstream[name]
}

// Models lists the candidates, those at an effort included, weakest tier first.
func (r *Router) Models() []*Model { return r.ranked }

// Structured returns the model for answers that failed to be JSON, or nil.
func (r *Router) Structured() *Model { return r.options.Structured }

// ErrNoMessages is the error for a request without messages.
var ErrNoMessages = errors.New(`"messages" must be a non-empty array`)

// NoCandidateError is the error for a request that no configured model can serve.
type NoCandidateError struct {
	Format Format
	Needs  Capabilities
	Tokens int
	Room   int // tokens that the roomiest model takes which could serve a shorter prompt; 0 if the length is not what is wrong
}

func (e *NoCandidateError) Error() string {
	needs := "no configured model can serve this request: it needs the " + e.Format.String() + " format"
	if e.Needs != 0 {
		needs += ", " + strings.Join(e.Needs.Names(), " and ")
	}
	return fmt.Sprintf("%s and room for about %d tokens", needs, e.Tokens)
}

// CappedError is the error for a request that only models above the budget's cap can serve.
type CappedError struct{ Needs Capabilities }

func (e *CappedError) Error() string {
	return fmt.Sprintf("the rest of the budget allows no model above the %s tier, and none up to it can serve this request", Standard)
}

// UnknownStrategyError is the error for a requested strategy that does not exist.
type UnknownStrategyError struct {
	Strategy string
	Known    []string
}

func (e *UnknownStrategyError) Error() string {
	return fmt.Sprintf("unknown strategy %q; expected one of %s", e.Strategy, strings.Join(e.Known, ", "))
}

// Route decides which models may answer the request, in order. The policy of the strategy
// proposes candidates; those that cannot serve the request are left out, and the number of
// attempts is bounded. If none can serve it, any model that can takes their place, of the
// proposed tier or above if there is one.
//
// A request that only some models can go on with ([Binding]) gets no others.
//
// The request's allowance applies to every strategy: with an exhausted budget the model for
// that is the only candidate, and with a capped one those above the standard tier are left
// out. The built-in default budget does not apply to literal decisions.
//
// Errors are [ErrNoMessages], [*UnknownStrategyError], [*NoCandidateError] and
// [*CappedError]; clients may read all of them.
func (r *Router) Route(req *Request) (Decision, error) {
	if req.Messages == 0 && req.API != OpenAIResponses { // there the provider may have all of them
		return Decision{}, ErrNoMessages
	}
	strategy := r.options.Strategy
	if req.Strategy != "" {
		strategy = req.Strategy
	}
	policy, ok := r.options.Policies[strategy]
	if !ok {
		return Decision{}, &UnknownStrategyError{Strategy: strategy, Known: r.strategies()}
	}
	req.Binding = r.bind(req)
	d := policy.Decide(req)
	allowance := d.Restriction(req.Allowance)
	if allowance.Exhausted && d.Rule != ByBudget && r.options.Exhausted != nil {
		d.Fixed, d.Assigned = true, Assignment{}
		d.adopt(ByBudget, string(ByBudget), []*Model{r.options.Exhausted})
		d.EstimatedCost = r.options.Exhausted.Estimate(req, d.Signals.Tokens)
	}
	r.enrol(req, &d, allowance)
	if req.Explain {
		d.explainPlain(req)
	}
	d.Candidates = answering(d.Candidates, req)
	fits := func(m *Model) bool { return Unfit(m, req, &d.Signals) == "" && allowance.allows(m) }

	proposed := d.Candidates
	above := allowance.Capped && (d.Tier > Standard || len(proposed) > 0 && proposed[0].Tier > Standard)
	if d.Candidates = filter(proposed, fits); len(d.Candidates) == 0 {
		var err error
		if d.Candidates, err = r.fallback(req, &d, allowance, fits); err != nil {
			return d, err
		}
		if above && r.options.Capped != nil {
			if m := r.options.Capped.For(req); fits(m) {
				d.Candidates = []*Model{m}
			}
		}
		if d.Fixed {
			d.Candidates = d.Candidates[:1]
		}
	}
	if d.Candidates = r.settle(req, d.Candidates); req.Binding.Model != nil {
		d.Fixed, d.Candidates = true, d.Candidates[:1]
	}
	if r.options.Structured != nil && req.Needs&JSON != 0 && !d.Fixed {
		if s := r.options.Structured.For(req); fits(s) && !slices.Contains(d.Candidates, s) {
			d.Candidates = append(slices.Clone(d.Candidates), s)
		}
	}
	all := d.Candidates
	d.Candidates = all[:min(len(all), r.options.Attempts)]
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

// fallback returns the models that can serve the request where nothing proposed can.
func (r *Router) fallback(req *Request, d *Decision, allowance Allowance, fits func(*Model) bool) ([]*Model, error) {
	all := answering(r.fallbacks, req)
	able := filter(all, fits)
	if len(able) == 0 {
		if m := r.bound(req, allowance); m != nil {
			return []*Model{m}, nil
		}
		if req.Binding.Native && !req.Signed { // the provider that is chosen may keep the conversation all the same
			req.Binding = Binding{}
			return r.fallback(req, d, allowance, fits)
		}
		var err error
		if able, err = relax(all, req, d, allowance); err != nil {
			return nil, err
		}
	}
	at := slices.IndexFunc(able, func(m *Model) bool { return m.Tier >= d.Tier })
	if at < 0 { // none as strong: the strongest there is
		at = len(able) - 1
	}
	return able[at:], nil
}

// relax returns the models that can serve the request, and that the budgets allow, if as few
// as possible of the capabilities that can be done without are left out, see [relaxable].
// Better a model that is only asked for JSON, or that may not read a document, than none: the
// answer is judged.
func relax(models []*Model, req *Request, d *Decision, allowance Allowance) ([]*Model, error) {
	less, capped := *req, false
	less.ThinkBudget = 0
	for _, c := range relaxable {
		less.Needs &^= c
		some := filter(models, func(m *Model) bool { return Unfit(m, &less, &d.Signals) == "" })
		if able := filter(some, allowance.allows); len(able) > 0 {
			return able, nil
		}
		capped = capped || len(some) > 0
	}
	if capped {
		return nil, &CappedError{Needs: req.Needs}
	}
	return nil, &NoCandidateError{Format: req.API.Format(), Needs: req.Needs, Tokens: d.Signals.Tokens, Room: room(models, &less, &d.Signals)}
}

// room returns the largest context of the models that only the length of the prompt excludes.
func room(models []*Model, req *Request, s *Signals) int {
	short, most := *s, 0
	short.Tokens = 0
	for _, m := range models {
		if Unfit(m, req, &short) == "" {
			most = max(most, m.Context)
		}
	}
	return most
}

// check adds the check by a second model, if one is configured and there are attempts
// enough: for the first, the second and the strong model. The strong model is chosen among
// all candidates, those behind the last attempt included.
func (r *Router) check(req *Request, d *Decision, all []*Model, fits func(*Model) bool) {
	const least = 3
	if r.options.Checker == nil || r.options.Attempts < least {
		return
	}
	whole := *d
	whole.Candidates = all
	takes := func(m *Model) bool { return m.For(req) == m && fits(m) }
	if d.Agreement = r.options.Checker.Check(req, &whole, takes); d.Agreement != nil && req.Explain {
		a := d.Agreement
		d.Considered = append(d.Considered, Considered{
			Model: a.Probe.Name, Tier: a.Probe.Tier, Cost: a.Probe.Estimate(req, d.Signals.Tokens),
			Outcome: "checks the answer: if it gives another, " + a.Strong.Name + " answers",
		})
	}
}

// enrol assigns the request to an experiment. A conversation keeps the assignment that it
// began with, and one that began without gets none: its model stays. Decisions by the
// exhausted budget take part in none.
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
	if r.options.Trial == nil || d.Fixed || len(d.Candidates) == 0 || req.Kind == Auxiliary || req.Kind == Preflight {
		return
	}
	assigned, model := r.options.Trial.Enrol(req, d)
	if model == nil || model.For(req) != model || Unfit(model, req, &d.Signals) != "" || !allowance.allows(model) {
		return
	}
	behind := slices.DeleteFunc(slices.Clone(d.Candidates), func(m *Model) bool { return m == model || m.Tier < model.Tier })
	d.adopt(ByExperiment, "experiment_"+assigned.Variant, append([]*Model{model}, behind...))
	d.EstimatedCost = model.Estimate(req, d.Signals.Tokens)
	d.Assigned = assigned
}

// Restriction returns what of the allowance restricts the decision. The built-in default
// budget does not restrict a literal one, unless that is about the exhausted budget itself.
func (d *Decision) Restriction(a Allowance) Allowance {
	if a.BuiltIn && d.Literal && d.Rule != ByBudget {
		return Allowance{}
	}
	return a
}

// allows reports whether the budgets allow the model's tier.
func (a Allowance) allows(m *Model) bool { return !a.Capped || m.Tier <= Standard }

// adopt gives the decision other candidates.
func (d *Decision) adopt(rule Rule, reason string, candidates []*Model) {
	d.Rule, d.Reason, d.Candidates = rule, reason, candidates
	d.Model, d.Tier = candidates[0].Name, candidates[0].Tier
}

// Unfit says why the model cannot answer the request at all, and "" if it can: it
// can go on with the conversation, speaks the client's format, has what the request needs, and
// its context holds the request's tokens and as much of the answer asked for as the model can
// give.
func Unfit(m *Model, req *Request, s *Signals) string {
	missing := req.Needs &^ m.Has(req.API.Format())
	if why := req.Binding.excludes(m, req.API); why != "" {
		return why
	}
	switch {
	case !m.Provider.Speaks(req.API.Format()):
		return "does not speak the " + req.API.Format().String() + " format"
	case missing != 0:
		return "lacks " + missing.String()
	case req.ThinkBudget > 0 && m.MaxOutput != 0 && m.Limit(req.MaxTokens) <= req.ThinkBudget && req.ThinkBudget < req.MaxTokens:
		return "max_output is not above the thinking budget"
	case m.Context != 0 && s.Tokens+s.Tokens/contextMargin+m.Limit(req.MaxTokens) > m.Context:
		return "context is too small"
	default:
		return ""
	}
}

// contextMargin is the part of the estimated tokens that is kept free for errors of the
// estimate: a tenth.
const contextMargin = 10

func (r *Router) strategies() []string { return slices.Sorted(maps.Keys(r.options.Policies)) }

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
