package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"sluice/routing"
)

// mostBudget is the largest limit in US dollars, which are counted in billionths.
const mostBudget = 1e9

func (c *checker) budgets() {
	if s := c.file.Routing.BudgetStatus; !slices.Contains([]int{402, 403, 429}, s) {
		c.fail("routing.budget_status", "%d is unknown; expected 402, 403 or 429", s)
	}
	for i, b := range c.file.Budgets {
		path := fmt.Sprintf("budgets[%d]", i)
		switch {
		case b.Name == "":
			c.fail(path+".name", "is missing")
		case len(b.Name) > 64 || strings.ContainsFunc(b.Name, unicode.IsControl):
			c.fail(path+".name", "%q is not a name; expected up to 64 bytes on one line", b.Name)
		case slices.ContainsFunc(c.file.Budgets[:i], func(o Budget) bool { return o.Name == b.Name }):
			c.fail(path+".name", "budget %q is given twice", b.Name)
		}
		switch {
		case b.Limit <= 0 || b.Limit > mostBudget:
			c.fail(path+".limit", "%v is out of range; expected US dollars, more than 0 and up to a billion", b.Limit)
		case b.ExhaustedBelow < 0 || b.ExhaustedBelow > b.Limit:
			c.fail(path+".exhausted_below", "%v is out of range; expected US dollars from 0 to the limit", b.ExhaustedBelow)
		}
		c.inRange(path+".premium_above", b.PremiumAbove, 1, "a share")
		c.oneOf(path+".per", b.Per, "everyone", "user", "key", "team", "tenant")
		c.oneOf(path+".window", b.Window, "hour", "day", "week", "month")
		c.oneOf(path+".on_exhausted", b.OnExhausted, "cheapest", "refuse")
		if _, err := time.LoadLocation(b.Timezone); err != nil || b.Timezone == "Local" {
			c.fail(path+".timezone", "%q is not an IANA time zone such as Asia/Seoul", b.Timezone)
		}
		c.unknownPrincipal(path, &b)
		if b.OnExhausted == "cheapest" {
			c.cheapest(path)
		}
	}
}

// unknownPrincipal warns where no request has the principal of the budget. A user without a
// name is known by the API key.
func (c *checker) unknownPrincipal(path string, b *Budget) {
	source, ok := map[string]Source{"team": c.file.Identity.Team, "tenant": c.file.Identity.Tenant}[b.Per]
	if ok && source == (Source{}) {
		c.warn(path+".per", "identity.%s is not configured: all requests share one budget", b.Per)
	}
}

// cheapest warns where the model that answers for an exhausted budget may not be allowed to.
func (c *checker) cheapest(path string) {
	name := c.file.Routing.TierModels[routing.Budget.String()]
	cheapest, ok := c.file.candidate(name)
	if !ok {
		return // reported at routing.tier_models
	}
	m := cheapest.model
	if t, ok := routing.ParseTier(cheapest.tier); ok && t > routing.Standard {
		c.warn(path+".on_exhausted", "%s, which answers then, is of the %s tier: where premium_above forbids that tier, requests are refused", name, t)
	} else if m.Price.Input > 0 || m.Price.Output > 0 {
		c.warn(path+".on_exhausted", "%s, which answers then, has a price: requests that cost more than the rest of the budget are refused", name)
	}
}
