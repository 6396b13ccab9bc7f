package pipeline

import (
	"context"
	"strconv"
	"time"

	"sluice/routing"
	"sluice/routing/budget"
	"sluice/routing/llmapi"
	"sluice/routing/policy"
)

// maxDecisions bounds the loop of reserve: as decided, without the premium tiers, with the
// budget tier only, refused.
const maxDecisions = 4

// reserve reserves what the decision may cost, and decides again for as long as the budgets
// do not grant it. Without budgets, or where their store is unavailable and the
// configuration lets requests go on, the decision stays as it is.
func (p *Pipeline) reserve(ctx context.Context, d *draft) error {
	now := p.now()
	accounts := p.rt.Budgets.Accounts(d.Who, now)
	if len(accounts) == 0 || p.stores.Budgets == nil || d.API.Counts() {
		return nil
	}
	ctx, cancel := p.mustFinish(ctx) // a reservation that was made and not heard of would have to expire
	defer cancel()
	d.charge, d.accounts = d.call.Unique, keys(accounts)
	ledger := budget.Ledger{Store: p.stores.Budgets}
	r := budget.Reservation{ID: d.charge, Expires: now.Add(p.rt.Lifetime(d.Stream))}
	grant, err := ledger.Allowance(ctx, accounts)
	for range maxDecisions {
		if err != nil {
			return p.budgetUnavailable(d.ID, err)
		}
		if grant.Refused != nil {
			return p.overBudget(grant.Refused, now, r.Amount, grant.Busy)
		}
		if !d.passthrough && grant.Allowance != d.Allowance {
			d.Allowance = grant.Allowance
			if d.decision, err = p.decide(d.request); err != nil {
				return err
			}
		}
		first := d.decision.Candidates[0]
		r.Amount, r.Most = first.Estimate(d.Request, d.sentTokens()), first.Most(d.Request, d.sentTokens())
		// Where the client chose the model, only the limit itself can refuse it.
		r.Premium = !d.passthrough && first.Tier > routing.Standard
		r.Exhausted = d.passthrough || d.Allowance.Exhausted
		r.Literal = d.decision.Literal
		if grant, err = ledger.Reserve(ctx, r, accounts); grant.OK && err == nil {
			d.shortenAnswer(first, r.Most, grant.Left)
			return nil
		}
	}
	if err != nil {
		return p.budgetUnavailable(d.ID, err)
	}
	return p.overBudget(&accounts[0], now, r.Amount, grant.Busy)
}

// shortenAnswer lowers the client's limit on the answer to what is left, if the request may cost
// more. Where it cannot be lowered, this is the one request that may exceed the budget.
func (d *draft) shortenAnswer(m *routing.Model, most, left float64) {
	if most > left && !d.passthrough && d.LimitSpan != (routing.Span{}) {
		d.Affords = m.Affords(d.Request, d.sentTokens(), left)
	}
}

// sentTokens is the estimate of what a provider gets: what was cut out of the prompt is not
// paid for.
func (d *draft) sentTokens() int { return max(d.decision.Signals.Tokens-d.saved, 0) }

func keys(accounts []budget.Account) []string {
	out := make([]string, len(accounts))
	for i, a := range accounts {
		out[i] = a.Key
	}
	return out
}

// maxRetryAfter is the longest wait that a client is told of. Agents obey any
// retry-after and would sit there for hours; the SDKs ignore those above a minute.
const maxRetryAfter = time.Minute

// refusal is the error for a request that the budgets do not allow, without its message.
func (p *Pipeline) refusal() *ReplyError {
	return &ReplyError{Status: p.rt.File.Routing.BudgetStatus, Code: llmapi.CodeBudgetExhausted}
}

// busyRetry is when a request may be asked again that was refused because others have reserved
// what is left: when some of them may have ended.
const busyRetry = time.Second

// overBudget is the error for a request, estimated to cost so many dollars, that the account
// has no money for until its window ends, or, where it is busy, until others have ended. What
// costs more than the whole limit never fits.
func (p *Pipeline) overBudget(a *budget.Account, now time.Time, usd float64, busy bool) error {
	p.metrics.budgetRefused(a.Limit.Name)
	e := p.refusal()
	if e.RetryIn = time.Duration(a.RetryAfter(now)) * time.Second; e.RetryIn > maxRetryAfter {
		e.RetryIn = 0
	}
	name, costs := strconv.Quote(a.Limit.Name), "$"+Dollars(usd)
	if usd > a.Limit.USD {
		e.RetryIn = 0
		e.Message = "this request may cost " + costs + ", more than the whole budget " + name + "; a lower limit on its answer or a cheaper model may fit"
		return e
	}
	if busy {
		e.RetryIn = busyRetry
		e.Message = "the budget " + name + " has too little left while other requests are in progress, which may cost the rest; ask again when they have ended"
		return e
	}
	e.Message = "the budget " + name + " has too little left"
	if usd > 0 {
		e.Message += " for this request, which may cost " + costs
	}
	e.Message += "; it resets at " + a.Ends.Format(time.RFC3339)
	return e
}

// budgetUnavailable says what becomes of a request whose budget cannot be read: nil lets it
// go on uncounted.
func (p *Pipeline) budgetUnavailable(id string, err error) error {
	p.storeFailed("budget", id, err)
	if p.rt.File.State.OnFailure == "closed" {
		return &ReplyError{Status: 503, Code: "budget_unavailable", Message: "the budget store is unavailable"}
	}
	return nil
}

// raise reports whether the budgets have the money for another attempt, after so many
// dollars were spent, and reserves it. Where the store is unavailable the attempt may be
// made: it was part of the decision.
func (p *Pipeline) raise(ctx context.Context, pr *Progress, next string, spent float64) bool {
	model := p.rt.Router.Model(next)
	if pr.Charge == "" || p.stores.Budgets == nil || model == nil {
		return true
	}
	accounts := p.rt.Budgets.Find(pr.Accounts)
	if len(accounts) == 0 {
		return true // the limits have changed since
	}
	ctx, cancel := p.mustFinish(ctx)
	defer cancel()
	req := pr.asked()
	grant, err := budget.Ledger{Store: p.stores.Budgets}.Reserve(ctx, budget.Reservation{
		ID:      pr.Charge,
		Amount:  spent + model.Estimate(&req, pr.sentTokens()),
		Most:    spent + model.Most(&req, pr.sentTokens()),
		Premium: model.Tier > routing.Standard,
		Literal: policy.Literal(pr.Strategy),
		Expires: time.UnixMilli(pr.Started).Add(p.rt.Lifetime(pr.Expect.Stream)),
	}, accounts)
	if err != nil {
		p.storeFailed("budget", pr.ID, err)
		return true
	}
	return grant.OK
}

// charge settles the reservation: what was spent takes the place of the estimate.
func (p *Pipeline) charge(ctx context.Context, plan *Plan, usd float64) {
	if plan.Charge == "" || p.stores.Budgets == nil {
		return
	}
	ctx, cancel := p.mustFinish(ctx)
	defer cancel()
	err := budget.Ledger{Store: p.stores.Budgets}.Settle(ctx, budget.Settlement{ID: plan.Charge, Accounts: plan.Accounts, Amount: usd})
	if err != nil {
		p.storeFailed("budget", plan.ID, err)
	}
}
