package pipeline

import (
	"context"
	"errors"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"sluice/routing/budget"
	"sluice/routing/verdict"
)

// A client may leave before the proxy has the plan of its request. Then nobody is asked, no
// later step knows the plan, and what was reserved and claimed for it is given back here.

// ErrClientGone is the error of [Pipeline.Begin] where the proxy has said that the client left.
var ErrClientGone = errors.New("the client has left")

// begun remembers the last plans that were handed to the proxy, for as long as it may not have
// them, and the last requests of which the proxy said so before there was a plan. It is safe for
// concurrent use.
type begun struct {
	mu    sync.Mutex
	plans *simplelru.LRU[string, *Plan]
	gone  *simplelru.LRU[string, struct{}]
}

// maxBegun bounds either, at half a kilobyte for each plan: the requests of a moment.
const maxBegun = 1 << 12

func newBegun() *begun {
	// NewLRU fails only if the size is below 1.
	plans, _ := simplelru.NewLRU[string, *Plan](maxBegun, nil)
	gone, _ := simplelru.NewLRU[string, struct{}](maxBegun, nil)
	return &begun{plans: plans, gone: gone}
}

// add remembers what it takes to settle the plan. It returns false if its client has left.
func (b *begun) add(plan *Plan, unique string) bool {
	if unique == "" || plan.Charge == "" && !plan.Claimed {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.gone.Remove(unique) {
		return false
	}
	b.plans.Add(unique, &Plan{
		ID: plan.ID, Nonce: plan.Nonce, API: plan.API, RequestedModel: plan.RequestedModel, Strategy: plan.Strategy, Domain: plan.Domain,
		Reason: plan.Reason, Candidates: plan.Candidates, Started: plan.Started, Expect: verdict.Expectation{Stream: plan.Expect.Stream},
		Charge: plan.Charge, Accounts: plan.Accounts, Cache: plan.Cache, CacheKey: plan.CacheKey, Claimed: plan.Claimed, Assignment: plan.Assignment,
	})
	return true
}

// take returns the plan of a request whose client has left, nil if there is none yet.
func (b *begun) take(unique string) *Plan {
	b.mu.Lock()
	defer b.mu.Unlock()
	plan, ok := b.plans.Peek(unique)
	if !ok {
		b.gone.Add(unique, struct{}{})
		return nil
	}
	b.plans.Remove(unique)
	return plan
}

// Unsent settles a request of which nothing was sent, since its client has left.
func (p *Pipeline) Unsent(ctx context.Context, plan *Plan) {
	p.Unanswered(ctx, &Progress{Plan: plan}, &Ending{ClientGone: true, Ended: p.now()})
}

// Unheard settles the request of that [Call.Unique], whose client left before the proxy had
// its plan. Where another replica made the plan, that one's cache claim has to expire.
func (p *Pipeline) Unheard(ctx context.Context, unique string) {
	if plan := p.begun.take(unique); plan != nil {
		p.Unsent(ctx, plan)
		return
	}
	if p.stores.Budgets == nil || len(p.rt.Budgets) == 0 {
		return
	}
	ctx, cancel := p.mustFinish(ctx)
	defer cancel()
	if err := (budget.Ledger{Store: p.stores.Budgets}).Settle(ctx, budget.Settlement{ID: unique}); err != nil {
		p.storeFailed("budget", "", err)
	}
}
