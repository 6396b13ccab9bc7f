package extproc

import (
	"context"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/cespare/xxhash/v2"
	"go.uber.org/zap"

	"sluice/routing"
	"sluice/routing/budget"
	"sluice/routing/config"
	"sluice/routing/llmapi"
	"sluice/routing/policy"
)

// What a request may cost is asked of the budgets twice: what is left shapes the decision,
// and then the money for it is reserved. In between others may have spent it, so a
// reservation that is denied leads to a more modest decision.

// modesty bounds how often: as decided, capped, exhausted, refused.
const modesty = 4

// afford reserves what the choice is estimated to cost, and chooses again for as long as
// the budgets do not allow it.
func (s *Server) afford(rt *config.Runtime, f facts, req *routing.Request, p *plan, models []*routing.Model) ([]*routing.Model, error) {
	now := s.now()
	accounts := rt.Budgets.Accounts(req.Who, now)
	if len(accounts) == 0 || s.stores.Budgets == nil || free(req.API) {
		return models, nil
	}
	ctx, cancel := s.bounded(rt)
	defer cancel()
	p.account(f.unique(req.ID), accounts)
	ledger := budget.Ledger{Store: s.stores.Budgets}
	grant, err := ledger.Allowance(ctx, accounts)
	if err != nil {
		return models, s.unaccounted(rt, req.ID, err)
	}
	r := budget.Reservation{ID: p.Charge, Lapses: now.Add(rt.Lapse(req.Stream))}
	r.Twin, r.Retry = twin(f, req)
	for range modesty {
		if grant.Refused != nil {
			return nil, s.overspent(grant.Refused, now, r.Amount)
		}
		if !p.Untouched && grant.Allowance != req.Allowance {
			req.Allowance = grant.Allowance
			if models, err = s.choose(rt, req, p); err != nil {
				return nil, err
			}
		}
		r.Amount = models[0].Estimate(req, p.sent())
		// Where the client chose the model, only the limit itself can refuse it.
		r.Premium = !p.Untouched && models[0].Tier > routing.Standard
		r.Exhausted = p.Untouched || req.Allowance.Exhausted
		r.Literal = policy.Literal(p.Strategy)
		if grant, err = ledger.Reserve(ctx, r, accounts); err != nil {
			return models, s.unaccounted(rt, req.ID, err)
		}
		if grant.OK {
			p.Charge = grant.ID
			return models, nil
		}
	}
	return nil, s.overspent(&accounts[0], now, r.Amount)
}

// account notes who pays.
func (p *plan) account(charge string, accounts []budget.Account) {
	p.Charge = charge
	p.Accounts = make([]string, len(accounts))
	for i, a := range accounts {
		p.Accounts[i] = a.Key
	}
}

// free reports endpoints that cost nothing.
func free(a routing.API) bool { return a == routing.AnthropicCountTokens }

// twin tells the client's own retries of one request apart from new requests that read
// the same: an SDK counts them in a header, or the client gives them one key.
func twin(f facts, req *routing.Request) (name string, retry bool) {
	var h xxhash.Digest
	h.Reset()
	write := func(parts ...string) {
		for _, part := range parts { // never fails
			_, _ = h.WriteString(strconv.Itoa(len(part)))
			_, _ = h.WriteString(":")
			_, _ = h.WriteString(part)
		}
	}
	write(req.Who.User, req.Who.Key, req.Who.Team, req.Who.Tenant)
	key, count := f.header("idempotency-key"), f.header("x-stainless-retry-count")
	write(key, req.Model, ends(req.Prompt), ends(req.Before), strconv.Itoa(req.Bytes), strconv.Itoa(req.Messages), strconv.FormatUint(req.Opening, 36))
	retry = key != "" || count != "" && count != "0"
	return hex.EncodeToString(h.Sum(nil)), retry
}

// ends returns the beginning and the end of a long text: with its length, which is that of
// the body, enough to tell requests of one principal apart.
func ends(text string) string {
	const most = 1 << 10
	if len(text) <= 2*most {
		return text
	}
	return text[:most] + text[len(text)-most:]
}

// overspent refuses a request, which is estimated to cost so many dollars, until the
// account's window ends. What costs more than the whole limit never fits.
func (s *Server) overspent(a *budget.Account, now time.Time, usd float64) error {
	s.metrics.overspent(a.Limit.Name)
	r := refusal{status: 429, code: llmapi.CodeBudgetExhausted, after: a.RetryAfter(now)}
	name, costs := strconv.Quote(a.Limit.Name), "$"+dollars(usd)
	if usd > a.Limit.USD {
		r.after = 0
		r.message = "this request may cost " + costs + ", more than the whole budget " + name + "; a lower limit on its answer or a cheaper model may fit"
		return r
	}
	r.message = "the budget " + name + " has too little left"
	if usd > 0 {
		r.message += " for this request, which may cost " + costs
	}
	r.message += "; it begins anew at " + a.Ends.Format(time.RFC3339)
	return r
}

// unaccounted says what becomes of a request whose budget cannot be asked: nil lets it go
// on uncounted.
func (s *Server) unaccounted(rt *config.Runtime, id string, err error) error {
	s.failed("budget", id, err)
	if rt.File.State.OnFailure == "closed" {
		return refusal{status: 503, code: "budget_unavailable", message: "the budget cannot be asked at the moment"}
	}
	return nil
}

// affordable reports whether the budgets have the money for another attempt, and reserves
// it. Where they cannot be asked the attempt may be made: it was part of the decision.
func (j *judgement) affordable(next string) bool {
	model := j.rt.Router.Model(next)
	if j.st.Charge == "" || j.stores.Budgets == nil || model == nil {
		return true
	}
	accounts := j.rt.Budgets.Find(j.st.Accounts)
	if len(accounts) == 0 {
		return true // the limits have changed since
	}
	ctx, cancel := j.bounded(j.rt)
	defer cancel()
	spent, _ := j.spent()
	req := routing.Request{MaxTokens: j.st.Limit, ServiceTier: j.st.Service}
	grant, err := budget.Ledger{Store: j.stores.Budgets}.Reserve(ctx, budget.Reservation{
		ID:      j.st.Charge,
		Amount:  spent + model.Estimate(&req, j.st.sent()),
		Premium: model.Tier > routing.Standard,
		Literal: policy.Literal(j.st.Strategy),
		Lapses:  time.UnixMilli(j.st.Started).Add(j.rt.Lapse(j.st.Expect.Stream)),
	}, accounts)
	if err != nil {
		j.failed("budget", j.st.ID, err)
		return true
	}
	return grant.OK
}

// charge settles the reservation: what was spent takes the place of the estimate.
func (s *Server) charge(rt *config.Runtime, st *state, amount float64, delivered bool) {
	if st.Charge == "" || s.stores.Budgets == nil {
		return
	}
	ctx, cancel := s.bounded(rt)
	defer cancel()
	err := budget.Ledger{Store: s.stores.Budgets}.Settle(ctx, budget.Settlement{ID: st.Charge, Accounts: st.Accounts, Amount: amount, Delivered: delivered})
	if err != nil {
		s.failed("budget", st.ID, err)
	}
}

// bounded is the time that a look into a store may take.
func (*Server) bounded(rt *config.Runtime) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), time.Duration(rt.File.State.Timeout))
}

// failed notes which request a store failed; it goes on. The store itself counts it, and
// tells what is wrong once, not for every request.
func (s *Server) failed(store, id string, err error) {
	s.log.Debug("store failed", zap.String("store", store), zap.String("request_id", id), zap.Error(err))
}
