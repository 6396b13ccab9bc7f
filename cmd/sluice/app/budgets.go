package app

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sluice/routing"
	"sluice/routing/budget"
	"sluice/routing/config"
)

// storeTimeout bounds a read or write of a store for one admin request.
const storeTimeout = time.Second

// balance is one budget as GET /budgets shows it. Amounts are in US dollars.
type balance struct {
	Name      string     `json:"name"`
	Per       budget.Per `json:"per"`
	Limit     float64    `json:"limit"`
	Spent     float64    `json:"spent"`
	Reserved  float64    `json:"reserved"` // that requests in progress are expected to cost
	Most      float64    `json:"at_most"`  // that they may cost
	Left      float64    `json:"left"`
	Ends      time.Time  `json:"ends"`      // of the window
	Exhausted bool       `json:"exhausted"` // at most the budget tier is allowed
	Capped    bool       `json:"capped"`    // nothing above the standard tier is allowed
}

// budgets serves GET /budgets: the balance of each budget, for the principal that the
// query names by user, key, team and tenant.
func budgets(running func() *config.Runtime, store budget.Store) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		who := routing.Principal{User: q.Get("user"), Key: q.Get("key"), Team: q.Get("team"), Tenant: q.Get("tenant")}
		accounts := running().Budgets.Accounts(who, time.Now())
		ctx, cancel := context.WithTimeout(r.Context(), storeTimeout)
		defer cancel()
		balances, err := store.Balances(ctx, accounts)
		if err != nil {
			writeError(w, http.StatusServiceUnavailable, "the budget store is unavailable")
			return
		}
		list := make([]balance, len(accounts))
		for i, a := range accounts {
			used := balances[i].Used()
			allowance := a.Limit.Allowance(used)
			list[i] = balance{
				Name: a.Limit.Name, Per: a.Limit.Per, Limit: a.Limit.USD, Spent: rounded(balances[i].Spent), Reserved: rounded(balances[i].Reserved), Most: rounded(balances[i].Most),
				Left: rounded(a.Limit.USD - used), Ends: a.Ends, Exhausted: allowance.Exhausted, Capped: allowance.Capped,
			}
		}
		writeJSON(w, http.StatusOK, list)
	}
}

// rounded is the amount to a billionth of a dollar, the unit in which stores count.
func rounded(usd float64) float64 { return math.Round(usd*1e9) / 1e9 }

// budgetGauge reads at each scrape what is left of the budgets for everyone. Budgets per
// user, key, team or tenant are left out: the number of their series has no bound.
type budgetGauge struct {
	running func() *config.Runtime
	store   budget.Store
	left    *prometheus.Desc
}

func newBudgetGauge(running func() *config.Runtime, store budget.Store) *budgetGauge {
	return &budgetGauge{running, store, prometheus.NewDesc("sluice_budget_left_usd",
		"US dollars that are neither spent nor reserved, of the budgets for everyone.", []string{"budget"}, nil)}
}

// Describe implements [prometheus.Collector].
func (g *budgetGauge) Describe(ch chan<- *prometheus.Desc) { ch <- g.left }

// Collect implements [prometheus.Collector]. It yields nothing while the store is unavailable.
func (g *budgetGauge) Collect(ch chan<- prometheus.Metric) {
	var limits budget.Limits
	for _, l := range g.running().Budgets {
		if l.Per == budget.Everyone {
			limits = append(limits, l)
		}
	}
	if len(limits) == 0 {
		return
	}
	accounts := limits.Accounts(routing.Principal{}, time.Now())
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	balances, err := g.store.Balances(ctx, accounts)
	if err != nil {
		return
	}
	for i, a := range accounts {
		ch <- prometheus.MustNewConstMetric(g.left, prometheus.GaugeValue, rounded(a.Limit.USD-balances[i].Used()), a.Limit.Name)
	}
}
