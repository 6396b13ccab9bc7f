package extproc

import (
	"slices"
	"time"

	"sluice/routing"
	"sluice/routing/agreement"
	"sluice/routing/header"
	"sluice/routing/llmapi/answer"
	"sluice/routing/verdict"
)

// Agreement: a good first answer is held, and the attempt given up for the probe, a cheap
// model of another family. The hash of the first final answer travels in the plan, so that
// any replica can compare. Where the probe agrees, the first answer is delivered, or the
// probe's own where the first is not here; where it does not, the next attempt is the strong
// model's. A probe that fails is an attempt that failed, for its own reason: the strong model
// is next, too, for nothing confirms the first answer. And a first answer in which the one
// that was asked for cannot be found is given up at once: 31 of 33 such answers to school
// problems were wrong. Where there is no money or no model
// left, the first answer is delivered.

// check is the part of a plan that says how an answer is checked.
type check struct {
	Probe  string         `json:"p,omitempty"` // "" is not at all
	Strong string         `json:"s,omitempty"`
	Form   agreement.Form `json:"f,omitzero"`
	Hash   string         `json:"h,omitempty"` // of the first final answer, once the probe is asked
}

// checks returns the plan's part for a decision.
func checks(d *routing.Decision, req *routing.Request) check {
	if d.Agreement == nil {
		return check{}
	}
	return check{Probe: d.Agreement.Probe.Name, Strong: d.Agreement.Strong.Name, Form: agreement.Of(req)}
}

// asked adds the models that the check may lead to.
func (c *check) asked(rt *routing.Router, models []*routing.Model) []*routing.Model {
	for _, name := range []string{c.Probe, c.Strong} {
		if m := rt.Model(name); m != nil && !slices.Contains(models, m) {
			models = append(slices.Clip(models), m)
		}
	}
	return models
}

// retries is how many attempts may follow the first: the other candidates, or the probe and
// the strong model.
func (p *plan) retries() int {
	if p.Check.Probe != "" {
		return max(len(p.Candidates)-1, 2)
	}
	return len(p.Candidates) - 1
}

// behind is the order of attempts once the probe is asked: it, the strong model, and what is
// stronger than that, no more than were planned.
func (p *plan) behind(tier func(name string) routing.Tier) []string {
	next := []string{p.Check.Probe, p.Check.Strong}
	for _, name := range p.Candidates[1:] {
		if !slices.Contains(next, name) && tier(name) > tier(p.Check.Strong) {
			next = append(next, name)
		}
	}
	return next[:min(len(next), p.retries())]
}

// What became of a check: a closed set, fit for a metric label.
const (
	agreed      = "agreed"
	disagreed   = "disagreed"
	noAnswer    = "no_answer"    // the first has none to compare: the strong model is asked at once
	probeFailed = "probe_failed" // the probe gave no answer, or a weak one
	probeDenied = "denied"       // no budget had money for the probe
	probeLate   = "late"         // too much of the time was gone for two more attempts
)

// probing reports whether the attempt is the probe's.
func (p *plan) probing(attempt int) bool { return p.Check.Hash != "" && attempt == 2 }

// accept lets go an answer that no verdict speaks against, unless another model is to agree
// with it first.
func (j *judgement) accept() error {
	c := &j.st.Check
	switch {
	case j.st.Untouched, c.Probe == "":
		return j.release()
	case j.attempt == 1 && c.Hash == "":
		return j.probe()
	case j.st.probing(j.attempt):
		return j.compare()
	default:
		return j.release()
	}
}

// pass lets go an attempt that no verdict was given on, unless a held answer waits for it: what
// cannot be compared confirms nothing, and the client does not get a provider's error in the
// place of a good answer.
func (j *judgement) pass() error {
	if j.model != nil && j.st.Check.Hash != "" && (j.st.probing(j.attempt) || j.status >= 400) {
		return j.reject(verdict.ProviderError)
	}
	return j.release()
}

// probe holds the answer and has Envoy ask the second model.
func (j *judgement) probe() error {
	if j.st.Candidates[0] != j.model.Name {
		return j.release()
	}
	p := j.st.plan
	final, ok := p.Check.Form.Final(&j.answer)
	if !ok {
		j.checked(noAnswer)
		return j.reject(verdict.NoAnswer)
	}
	p.Check.Hash = final.Hash(p.Nonce)
	p.Candidates = append([]string{j.model.Name}, p.behind(j.tier)...)
	if !j.knows(p.Candidates) {
		return j.release() // planned by a replica with other models
	}
	const attempts = 3
	if total := time.Duration(j.rt.File.Routing.Limits.TotalTime); since(p.Started, j.now()) > total/attempts {
		j.checked(probeLate)
		return j.release()
	}
	if !j.affordable(p.Check.Probe) {
		j.denied = true
		j.metrics.denied(j.model)
		j.checked(probeDenied)
		return j.release()
	}
	j.holdings.put(p.Nonce, &held{
		model: j.model, body: j.raw, mended: j.mended != nil, headers: ownHeaders(j.headers, j.mended != nil), lapses: j.now().Add(j.rt.Lapse(false)),
	}, j.now())
	b := j.bill()
	return j.giveUp(tried{Model: j.model.Name, Reason: verdict.Agreement, Cost: b.cost, Estimated: b.estimated}, &p)
}

// compare delivers the first answer where the second agrees with it.
func (j *judgement) compare() error {
	c := &j.st.Check
	if final, ok := c.Form.Final(&j.answer); !ok || final.Hash(j.st.Nonce) != c.Hash {
		j.checked(disagreed)
		j.st.tried[0].Reason = verdict.Disagreement
		return j.reject(verdict.Disagreement)
	}
	j.checked(agreed)
	if first := j.holdings.take(j.st.Nonce); first != nil {
		return j.deliver(first)
	}
	return j.release()
}

// fallback returns the held answer where the attempt was given up and no other follows.
func (j *judgement) fallback() *held {
	if j.st.Check.Hash == "" {
		return nil
	}
	return j.holdings.take(j.st.Nonce)
}

// deliver gives the client the held answer in place of this attempt's.
func (j *judgement) deliver(first *held) error {
	defer j.settle()
	j.instead, j.mended = first, nil
	m := j.answered()
	first.replaceHeaders(&m, j.headers)
	if first.mended {
		j.mended = first.body
		j.repaired(&m)
	}
	m.header(":status", "200")
	cost, estimated := j.spent()
	m.header(header.Cost, dollars(cost))
	m.header(header.CostSource, source(estimated))
	j.tell(&m)
	return j.substitute(&m, first.body)
}

// checked notes what became of the check.
func (j *judgement) checked(result string) {
	j.check = result
	j.metrics.checked(j.st.Candidates[0], j.st.Check.Probe, result)
}

// knows reports whether every model of a plan is configured here.
func (j *judgement) knows(names []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return j.rt.Router.Model(name) == nil })
}

// heldAnswer reads the answer that is delivered in this one's place.
func (j *judgement) heldAnswer() answer.Response {
	held, _ := answer.Read(j.st.API.Format(), j.instead.body) // it was read before
	return held
}
