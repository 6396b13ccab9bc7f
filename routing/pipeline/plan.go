package pipeline

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"sluice/routing"
	"sluice/routing/agreement"
	"sluice/routing/llmapi"
	"sluice/routing/verdict"
)

// A Plan is what the later steps must know of a request. It travels with the request through
// the proxy as JSON, so that any replica with the same models can serve any step; it holds no
// text that a person wrote. It is not changed once made: a verdict that changes the order of
// the remaining attempts makes a new one.
//
// The JSON keys are shared with replicas of other versions.
type Plan struct {
	ID             string              `json:"id"`
	Nonce          uint64              `json:"nonce,omitempty"` // names the request as no client can
	API            routing.API         `json:"api"`
	RequestedModel string              `json:"asked"` // by the client
	Path           string              `json:"path"`  // the client's own, query included
	Strategy       string              `json:"strategy,omitempty"`
	Domain         string              `json:"domain,omitempty"`
	Reason         string              `json:"reason"`
	Candidates     []string            `json:"cands"`                  // model names in order of attempt
	Passthrough    bool                `json:"untouched,omitempty"`    // sent to the model that it names, not judged
	ModelStart     int                 `json:"from,omitempty"`         // where the first candidate's name stands in its body,
	ModelEnd       int                 `json:"to,omitempty"`           // quotes included, and what is asked behind it
	Session        string              `json:"session,omitempty"`      // key of the conversation, a hash
	Home           string              `json:"home,omitempty"`         // candidate that the conversation stays with unless a verdict moves it
	Raised         int                 `json:"raised,omitempty"`       // see [routing.Past]
	Thread         string              `json:"thread,omitempty"`       // whose threads the answer belongs to, a hash; "" if it belongs to none
	Unstructured   bool                `json:"unstructured,omitempty"` // the model for structured output cannot serve the request
	Explained      string              `json:"explained,omitempty"`    // the whole decision, where the client may ask for it
	Tokens         int                 `json:"tokens,omitempty"`       // estimate of the request
	Limit          int                 `json:"limit,omitempty"`        // the client's own on the tokens of the answer
	Highest        int                 `json:"highest,omitempty"`      // see [routing.Request]
	Answers        int                 `json:"answers,omitempty"`      // the same
	Remote         bool                `json:"remote,omitempty"`       // the provider may read more than the body: what it keeps, finds or fetches
	Service        routing.ServiceTier `json:"service,omitempty"`      // asked for, by which an answer is billed that does not name one
	Ask            llmapi.Ask          `json:"ask,omitzero"`           // what Sluice asks of the providers in the body
	Structured     string              `json:"structured,omitempty"`   // the candidate after an answer that was not JSON, if that is a model at an effort
	Started        int64               `json:"start"`                  // Unix milliseconds
	Expect         verdict.Expectation `json:"expect,omitzero"`
	Check          Check               `json:"check,omitzero"` // by a second model, before the first answer is delivered
	Again          Again               `json:"again,omitzero"` // a model is asked once more, without what Sluice had added

	Charge     string             `json:"charge,omitempty"`   // the reservation to settle
	Accounts   []string           `json:"accounts,omitempty"` // of the budgets that pay
	Cache      string             `json:"cache,omitempty"`    // value of x-sluice-cache
	CacheKey   string             `json:"key,omitempty"`      // under which the answer may be stored
	Claimed    bool               `json:"claimed,omitempty"`  // identical requests wait for this answer
	Limited    bool               `json:"limited,omitempty"`  // a budget kept it from better models
	Assignment routing.Assignment `json:"part,omitzero"`      // in an experiment
	Saved      int                `json:"saved,omitempty"`    // tokens by which the prompt was shortened

	// In the process that began the request only.
	Request  *routing.Request `json:"-"`
	Decision routing.Decision `json:"-"`
	First    UpstreamRequest  `json:"-"` // what the first attempt sends
	models   []*routing.Model // the candidates
}

// Encode returns the plan as JSON.
func (p *Plan) Encode() string {
	text, err := json.Marshal(p)
	if err != nil {
		panic(fmt.Sprintf("pipeline: plan: %v", err)) // strings and numbers only
	}
	return string(text)
}

// DecodePlan reads what [Plan.Encode] wrote.
func DecodePlan(text string) (*Plan, error) {
	p := &Plan{}
	if err := json.Unmarshal([]byte(text), p); err != nil {
		return nil, err
	}
	return p, nil
}

// asked is what the plan knows of the request that decides what an attempt may cost.
func (p *Plan) asked() routing.Request {
	return routing.Request{API: p.API, MaxTokens: p.Limit, Highest: p.Highest, Answers: p.Answers, Affords: p.Ask.Affords, ServiceTier: p.Service}
}

// Models returns the candidates in order of attempt: of a plan that was made in this
// process, not of one that was decoded.
func (p *Plan) Models() []*routing.Model { return p.models }

// Retries returns how many attempts may follow the first: the other candidates, or the
// probe and the strong model of a check.
func (p *Plan) Retries() int {
	if p.Check.Probe != "" {
		return max(len(p.Candidates)-1, 2)
	}
	return len(p.Candidates) - 1
}

// MaxRetries returns the retries that the proxy may make: one more where a provider may refuse
// what Sluice adds. Where the proxy makes it although nobody did, [Pipeline.Retry] ends the
// request.
func (p *Plan) MaxRetries() int {
	for _, m := range p.models {
		if !p.Passthrough && len(p.Ask.Added(m)) > 0 {
			return p.Retries() + 1
		}
	}
	return p.Retries()
}

// sentTokens is the estimate of what a provider gets: what was cut out of the prompt is not
// paid for.
func (p *Plan) sentTokens() int { return max(p.Tokens-p.Saved, 0) }

// with returns the plan with other candidates. It is nil where one is not configured here:
// the plan was made by a replica with other models, and its own order stands.
func (p *Plan) with(candidates []string, rt *routing.Router) *Plan {
	out := *p
	out.Candidates, out.models = candidates, make([]*routing.Model, len(candidates))
	for i, name := range candidates {
		if out.models[i] = rt.Model(name); out.models[i] == nil {
			return nil
		}
	}
	return &out
}

// plan makes the plan of a request that may be sent.
func (p *Pipeline) plan(d *draft) *Plan {
	dec := &d.decision
	plan := &Plan{
		ID: d.ID, Nonce: rand.Uint64(), API: d.API, RequestedModel: d.Model, Path: llmapi.ForwardedPath(d.call.Path), Started: d.began.UnixMilli(),
		Strategy: dec.Strategy, Domain: dec.Domain, Reason: dec.Reason, Candidates: names(dec.Candidates), models: dec.Candidates,
		Passthrough: d.passthrough, Tokens: dec.Signals.Tokens, Limit: d.MaxTokens, Highest: d.Highest, Answers: d.Answers, Service: d.Service(),
		Remote: d.Owner != "" || d.Layout.Remote || d.Needs&(routing.WebSearch|routing.ProviderTools|routing.Vision|routing.Documents|routing.AudioInput|routing.Video) != 0,
		Expect: verdict.Expectation{Stream: d.Stream},
		Charge: d.charge, Accounts: d.accounts, Cache: d.cached.status, CacheKey: d.cached.key, Claimed: d.cached.claimed,
		Limited: dec.Restriction(d.Allowance) != routing.Allowance{} || d.Affords > 0, Assignment: dec.Assigned, Saved: d.saved,
		Request: d.Request, Decision: *dec,
	}
	if d.inConversation() {
		plan.Session = d.sessionKey
	}
	if !d.passthrough && !d.counts() {
		plan.Expect = verdict.Expect(d.Request, dec.Signals.Language)
		plan.Check = checkOf(dec, d.Request)
		plan.Home = p.staying(d.request, dec.Candidates[0])
		switch plan.Raised = d.Past.Raised; {
		case dec.Rule == routing.ByStage:
			plan.Raised = d.Stage.Total
		case d.Stage.Total < plan.Raised: // another history
			plan.Raised = 0
		}
		if d.Thread {
			plan.Thread = threadsOf(d.Request)
		}
		if d.Explain && d.call.Offline == nil {
			plan.Explained = explained(dec)
		}
		if m := p.rt.Router.Structured(); m != nil {
			plan.Unstructured = routing.Unfit(m.For(d.Request), d.Request, &dec.Signals) != ""
			if m.Effort != "" {
				plan.Structured = m.For(d.Request).Name
			}
		}
	}
	if d.call.Offline == nil { // else nothing is sent, and the body stays as it is
		p.first(plan, d)
	}
	return plan
}

func names(models []*routing.Model) []string {
	out := make([]string, len(models))
	for i, m := range models {
		out[i] = m.Name
	}
	return out
}

// explained is the whole decision as one header value, which is bounded.
func explained(d *routing.Decision) string {
	const most = 6 << 10
	text, err := json.Marshal(d)
	if err != nil || len(text) > most {
		return `{"error":"the decision does not fit a header"}`
	}
	return string(text)
}

// Tried is one attempt that was given up, why, and what it cost nevertheless.
type Tried struct {
	Model     string
	Reason    verdict.Reason
	Status    int     // HTTP status; 0 if there was none
	Cost      float64 // US dollars
	Estimated bool    // the provider did not say what it cost

	// What the provider's error says, where it does.
	Cause        verdict.Reason // of an error in a body of status 200 or a stream
	Stands       int            // the HTTP status that such an error stands for
	Ready        int64          // when the same request may succeed there, in Unix milliseconds
	Tokens, Most int            // that a prompt has which is too long, and that the model takes
}

// why is the reason for which the attempt failed.
func (t *Tried) why() verdict.Reason { return cmp.Or(t.Cause, t.Reason) }

// status is the HTTP status of the error; 0 if there was none.
func (t *Tried) status() int { return cmp.Or(t.Status, t.Stands) }

// Progress is a plan and how far it has come.
type Progress struct {
	*Plan
	Tried          []Tried
	AttemptStarted int64 // Unix milliseconds; 0 for the first attempt
}

// attemptStart is when the current attempt began, in Unix milliseconds.
func (pr *Progress) attemptStart() int64 { return max(pr.AttemptStarted, pr.Started) }

// triedCost is what the attempts that were given up cost, in US dollars, and whether some of
// it is estimated.
func (pr *Progress) triedCost() (usd float64, estimated bool) {
	for _, t := range pr.Tried {
		usd, estimated = usd+t.Cost, estimated || t.Estimated
	}
	return usd, estimated
}

// Escalation joins why each attempt was given up, in order.
func Escalation(list []Tried) string {
	var text []byte
	for i, t := range list {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, t.Reason...)
	}
	return string(text)
}

// completeTried adds the attempts before this one that no answer was judged of: they ended
// by a time-out of the candidate's cluster or reached nobody. It reports whether there were
// any. A provider that was too slow has read the request, and bills for that.
func (p *Pipeline) completeTried(pr *Progress, attempt int, now time.Time) bool {
	known := len(pr.Tried)
	for n := known; n < attempt-1 && n < len(pr.Candidates); n++ {
		t := Tried{Model: pr.Candidates[n], Reason: verdict.Unreachable}
		m := p.rt.Router.Model(t.Model)
		// Envoy's timers may fire a little early.
		if limit := p.rt.Timeout(t.Model); limit > 0 && since(pr.attemptStart(), now) >= limit-limit/10 {
			t.Reason = verdict.Timeout
			if m != nil {
				b := assumedBill(pr.Plan, m, 0)
				t.Cost, t.Estimated = b.cost, b.estimated
				p.metrics.spent(m, b)
			}
		}
		p.metrics.escalated(t)
		if pr.Check.Hash != "" && t.Model == pr.Check.Probe {
			p.metrics.checked(pr.Candidates[0], t.Model, probeFailed)
		}
		pr.Tried = append(slices.Clip(pr.Tried), t)
	}
	return len(pr.Tried) > known
}

// since is the time from a Unix millisecond to now, never negative: the clocks of replicas
// may differ.
func since(ms int64, now time.Time) time.Duration {
	return max(now.Sub(time.UnixMilli(ms)), 0)
}

// checkOf returns the plan's part for a decision.
func checkOf(d *routing.Decision, req *routing.Request) Check {
	if d.Agreement == nil {
		return Check{}
	}
	return Check{Probe: d.Agreement.Probe.Name, Strong: d.Agreement.Strong.Name, Form: agreement.Of(req)}
}
