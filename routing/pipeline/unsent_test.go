package pipeline

import (
	"context"
	"errors"
	"testing"

	"sluice/routing/budget"
)

// leaving is a budget store whose client leaves while money is reserved.
type leaving struct {
	budget.Store
	leave func()
}

func (l leaving) Reserve(ctx context.Context, r budget.Reservation, accounts []budget.Account) (bool, []budget.Balance, error) {
	defer l.leave()
	return l.Store.Reserve(ctx, r, accounts)
}

// TestUnsent: a client that leaves before the proxy has its plan gives back what was reserved
// and claimed, whichever way the news comes.
func TestUnsent(t *testing.T) {
	for _, tt := range []struct {
		name  string
		leave func(t *testing.T, p *Pipeline) error // what Begin says
	}{
		{"during Begin", func(t *testing.T, p *Pipeline) error {
			ctx, cancel := context.WithCancel(t.Context())
			p.stores.Budgets = leaving{p.stores.Budgets, cancel}
			_, _, err := p.Begin(ctx, chatCall(question))
			if !errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		}},
		{"the proxy says so after Begin", func(t *testing.T, p *Pipeline) error {
			plan := begin(t, p, chatCall(question))
			if !plan.Claimed || balance(t, p).Reserved == 0 {
				t.Fatalf("claimed %t, %+v", plan.Claimed, balance(t, p))
			}
			p.Unheard(t.Context(), chatCall("").Unique)
			return nil
		}},
		{"the proxy says so before the plan is made", func(t *testing.T, p *Pipeline) error {
			p.Unheard(t.Context(), chatCall("").Unique)
			_, _, err := p.Begin(t.Context(), chatCall(question))
			if !errors.Is(err, ErrClientGone) {
				return err
			}
			return nil
		}},
		{"another replica made the plan", func(t *testing.T, p *Pipeline) error {
			begin(t, p, chatCall(question, "cache-control: no-store"))
			p.begun.plans.Purge()
			p.Unheard(t.Context(), chatCall("").Unique)
			return nil
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := testPipeline(t, budgetConfig, memoryStores(t))
			if err := tt.leave(t, p); err != nil {
				t.Fatal(err)
			}
			if b := balance(t, p); b.Spent != 0 || b.Reserved != 0 {
				t.Errorf("the books say %+v", b)
			}
			next := chatCall(question)
			next.Unique = "id-2"
			if plan := begin(t, p, next); !plan.Claimed {
				t.Error("the claim of the request whose client has left is still there")
			}
		})
	}
}
