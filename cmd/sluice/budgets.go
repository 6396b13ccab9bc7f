package main

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sluice/routing"
	"sluice/routing/budget"
	"sluice/routing/config"
)

// balance is one budget as GET /budgets shows it. Amounts are in US dollars.
type balance struct {
	Name      string     `json:"name"`
	Per       budget.Per `json:"per"`
	Limit     float64    `json:"limit"`
	Spent     float64    `json:"spent"`
	Reserved  float64    `json:"reserved"` // by requests that have not ended
	Left      float64    `json:"left"`
	Ends      time.Time  `json:"ends"`      // when the window does
	Exhausted bool       `json:"exhausted"` // only the budget tier is left, or nothing
	Capped    bool       `json:"capped"`    // nothing above the standard tier
}

// balances serves GET /budgets: what is spent and left under each budget, of the
// principal that ?user=, ?key=, ?team= and ?tenant= name as the configuration tells it.
func balances(current func() *config.Runtime, store budget.Store) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		who := routing.Principal{User: q.Get("user"), Key: q.Get("key"), Team: q.Get("team"), Tenant: q.Get("tenant")}
		accounts := current().Budgets.Accounts(who, time.Now())
		ctx, cancel := context.WithTimeout(r.Context(), time.Second)
		defer cancel()
		state, err := store.Balances(ctx, accounts)
		w.Header().Set("content-type", "application/json")
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			_ = json.NewEncoder(w).Encode(map[string]string{"error": "the store of budgets cannot be reached"})
			return
		}
		list := make([]balance, len(accounts))
		for i, a := range accounts {
			left := a.Limit.Allowance(state[i].Used())
			list[i] = balance{
				Name: a.Limit.Name, Per: a.Limit.Per, Limit: a.Limit.USD, Spent: rounded(state[i].Spent), Reserved: rounded(state[i].Reserved),
				Left: rounded(a.Limit.USD - state[i].Used()), Ends: a.Ends, Exhausted: left.Exhausted, Capped: left.Capped,
			}
		}
		_ = json.NewEncoder(w).Encode(list) // the client is gone
	}
}

// rounded is the amount to a billionth of a dollar, which is what is counted.
func rounded(usd float64) float64 { return math.Round(usd*1e9) / 1e9 }

// budgetGauge tells at each scrape what is left of the budgets for everyone: the ones whose
// number is bounded by the configuration.
type budgetGauge struct {
	current func() *config.Runtime
	store   budget.Store
	left    *prometheus.Desc
}

func newBudgetGauge(current func() *config.Runtime, store budget.Store) *budgetGauge {
	return &budgetGauge{current, store, prometheus.NewDesc("sluice_budget_left_usd",
		"US dollars that are neither spent nor reserved, of the budgets for everyone.", []string{"budget"}, nil)}
}

// Describe implements [prometheus.Collector].
func (g *budgetGauge) Describe(ch chan<- *prometheus.Desc) { ch <- g.left }

// Collect implements [prometheus.Collector]. A store that cannot be reached tells nothing.
func (g *budgetGauge) Collect(ch chan<- prometheus.Metric) {
	var limits budget.Limits
	for _, l := range g.current().Budgets {
		if l.Per == budget.Everyone {
			limits = append(limits, l)
		}
	}
	if len(limits) == 0 {
		return
	}
	accounts := limits.Accounts(routing.Principal{}, time.Now())
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	balances, err := g.store.Balances(ctx, accounts)
	if err != nil {
		return
	}
	for i, a := range accounts {
		ch <- prometheus.MustNewConstMetric(g.left, prometheus.GaugeValue, rounded(a.Limit.USD-balances[i].Used()), a.Limit.Name)
	}
}
