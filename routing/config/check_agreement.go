package config

import (
	"fmt"

	"sluice/routing"
)

// checkable is the value of agreement.when that switches it on.
const checkable = "checkable"

func (c *checker) agreement() {
	a := &c.file.Agreement
	c.oneOf("agreement.when", a.When, "off", checkable)
	for i, d := range a.Domains {
		c.oneOf(fmt.Sprintf("agreement.domains[%d]", i), d, Domains...)
	}
	if a.Probe != "" {
		c.model("agreement.probe", a.Probe)
		if m, ok := c.file.candidate(a.Probe); ok && m.tier != routing.Budget.String() && m.tier != routing.Standard.String() {
			c.fail("agreement.probe", "%q is of tier %s; expected a model of the budget or standard tier", a.Probe, m.tier)
		}
	}
	if c.written("agreement") && a.When == checkable && c.file.Routing.Limits.Attempts < 3 {
		c.warn("agreement", "has no effect: it needs routing.limits.attempts of 3, found %d", c.file.Routing.Limits.Attempts)
	}
}
