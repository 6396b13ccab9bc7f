package state

import (
	"context"
	_ "embed" // the scripts
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"sluice/routing/budget"
)

var (
	//go:embed lua/budget.lua
	budgetShared string
	//go:embed lua/balances.lua
	budgetBalances string
	//go:embed lua/reserve.lua
	budgetReserve string
	//go:embed lua/settle.lua
	budgetSettle string
)

// slot is a key in the cluster's slot of the budgets; nothing is stored under it.
const slot = "sluice:{budget}:"

// Budgets is a [budget.Store] that the replicas on one Redis share. Each call is one
// script, so it is atomic over its accounts, and one round trip. Its times are those of
// the callers' clocks, which must agree to about a second.
//
// A settlement that Redis did not take is kept and tried again until it does. Settle fails
// only if there is no room for it; then it is lost. Every key expires: accounts a minute
// after their window, reservations a minute after their own time or their settlement.
type Budgets struct {
	redis    *Redis
	now      func() time.Time
	balances *redis.Script
	reserve  *redis.Script
	settle   *redis.Script
	backlog  *backlog
}

// Budgets returns the budgets in this Redis. They must be closed before it.
func (r *Redis) Budgets(now func() time.Time) *Budgets {
	b := &Budgets{
		redis:    r,
		now:      now,
		balances: redis.NewScript(budgetShared + budgetBalances),
		reserve:  redis.NewScript(budgetShared + budgetReserve),
		settle:   redis.NewScript(budgetShared + budgetSettle),
	}
	b.backlog = newBacklog(r, b.send)
	return b
}

// Close tries once more to settle what Redis has not taken yet.
func (b *Budgets) Close() { b.backlog.close() }

// Balances is one round trip.
func (b *Budgets) Balances(ctx context.Context, accounts []budget.Account) ([]budget.Balance, error) {
	args := append(make([]any, 0, 1+len(accounts)), b.now().UnixMilli())
	for _, a := range accounts {
		args = append(args, a.Key)
	}
	reply, err := b.run(ctx, "read balances", b.balances, args)
	if err != nil {
		return nil, err
	}
	balances, err := parseBalances(reply, len(accounts))
	return balances, b.redis.misread("read balances", err)
}

// Reserve is one round trip.
func (b *Budgets) Reserve(ctx context.Context, r budget.Reservation, accounts []budget.Account) (bool, []budget.Balance, error) {
	// Lua's numbers do not hold nanoseconds; rounded up, nothing expires early.
	expires := r.Expires.Add(time.Millisecond - 1).UnixMilli()
	amount, most := r.Amounts()
	args := append(make([]any, 0, 5+3*len(accounts)), b.now().UnixMilli(), r.ID, amount, most, expires)
	for _, a := range accounts {
		args = append(args, a.Key, a.Limit.Ceiling(r), a.Limit.Room(r))
	}
	reply, err := b.run(ctx, "reserve", b.reserve, args)
	if err != nil {
		return false, nil, err
	}
	if len(reply) == 0 {
		return false, nil, b.redis.misread("reserve", errReply)
	}
	before, err := parseBalances(reply[1:], len(accounts))
	return reply[0] == "1", before, b.redis.misread("reserve", err)
}

// Settle is one round trip.
func (b *Budgets) Settle(ctx context.Context, s budget.Settlement) error {
	if err := b.send(ctx, s); err != nil {
		return b.backlog.add(s)
	}
	return nil
}

func (b *Budgets) send(ctx context.Context, s budget.Settlement) error {
	args := append(make([]any, 0, 3+len(s.Accounts)), b.now().UnixMilli(), s.ID, budget.Nanos(s.Amount))
	for _, key := range s.Accounts {
		args = append(args, key)
	}
	_, err := b.run(ctx, "settle", b.settle, args)
	return err
}

// run returns the script's reply, which may be empty.
func (b *Budgets) run(ctx context.Context, op string, script *redis.Script, args []any) ([]string, error) {
	var reply []string
	err := b.redis.call(ctx, op, func(ctx context.Context) (err error) {
		reply, err = script.Run(ctx, b.redis.client, []string{slot}, args...).StringSlice()
		return err
	})
	if err == redis.Nil { //nolint:errorlint // an empty reply, never wrapped
		err = nil
	}
	return reply, err
}

var errReply = errors.New("unexpected reply of a script")

func parseBalances(texts []string, n int) ([]budget.Balance, error) {
	if len(texts) != 3*n {
		return nil, errReply
	}
	balances := make([]budget.Balance, n)
	for i := range balances {
		var nanos [3]int64
		for j := range nanos {
			var err error
			if nanos[j], err = strconv.ParseInt(texts[3*i+j], 10, 64); err != nil {
				return nil, errReply
			}
		}
		balances[i] = budget.Balance{Spent: budget.Dollars(nanos[0]), Reserved: budget.Dollars(nanos[1]), Most: budget.Dollars(nanos[2])}
	}
	return balances, nil
}
