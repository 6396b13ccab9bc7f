package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"sluice/routing"
	"sluice/routing/classify"
)

func (c *checker) models() {
	if len(c.file.Models) == 0 {
		c.fail("models", "expected at least one model")
	}
	seen := make(map[string]bool)
	for i, m := range c.file.Models {
		path := fmt.Sprintf("models[%d]", i)
		switch {
		case m.Name == "":
			c.fail(path+".name", "is missing")
		case seen[m.Name]:
			c.fail(path+".name", "model %q is given twice", m.Name)
		case strings.IndexFunc(m.Name, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' }) >= 0 || len(m.Name) > 128:
			c.fail(path+".name", "%q is not a name; expected up to 128 visible ASCII characters", m.Name)
		}
		if m.Name == "sluice" {
			c.fail(path+".name", "\"sluice\" is reserved for the cluster of the router")
		}
		seen[m.Name] = true
		c.efforts(path, &m)
		if _, ok := c.file.Providers[m.Provider]; !ok && !c.written("providers."+m.Provider) {
			c.fail(path+".provider", "unknown provider %q; known: %s", m.Provider, strings.Join(sortedKeys(c.file.Providers), ", "))
		}
		c.tier(path+".tier", m.Tier)
		c.inRange(path+".min_confidence", m.MinConfidence, 1, "a probability")
		if m.Context < 0 {
			c.fail(path+".context", "%d is negative; expected tokens, or 0 for unknown", m.Context)
		}
		c.maxOutput(path, &m)
		if strings.ContainsFunc(m.UpstreamName, unicode.IsControl) {
			c.fail(path+".upstream_name", "%q has control characters, such as line breaks", m.UpstreamName)
		}
		c.price(path+".price", &m.Price)
		for j, code := range m.Languages {
			if !slices.Contains(classify.Languages(), code) {
				c.fail(fmt.Sprintf("%s.languages[%d]", path, j), "%q is unknown; expected one of %s", code, strings.Join(classify.Languages(), ", "))
			}
		}
		for j, name := range m.Capabilities {
			if _, ok := routing.ParseCapability(name); !ok {
				c.fail(fmt.Sprintf("%s.capabilities[%d]", path, j), "%q is unknown; expected one of %s", name, strings.Join(routing.CapabilityNames(), ", "))
			}
		}
	}
}

// asksForJSON reports whether a model with the capability can be asked for JSON.
func asksForJSON(name string) bool {
	return name == routing.JSON.String() || name == routing.StructuredOutput.String()
}

// anyLimitKey is the limit_key of models that know both names of the limit.
const anyLimitKey = "any"

// maxOutput checks the longest answer of a model and what it calls that.
func (c *checker) maxOutput(path string, m *Model) {
	at := path + ".max_output"
	switch {
	case m.MaxOutput < 0:
		c.fail(at, "%d is negative; expected tokens, or 0 for unknown", m.MaxOutput)
	case m.MaxOutput > 0 && m.Context > 0 && m.MaxOutput > m.Context:
		c.fail(at, "%d is more than the context of the model, %d", m.MaxOutput, m.Context)
	}
	if thinking, _ := routing.ParseThinking(m.Thinking); m.MaxOutput > 0 && thinking == routing.ThinkBudget {
		for i := range m.Efforts {
			e := &m.Efforts[i]
			at := routing.Model{Reasoning: valueOr(e.Tokens, routing.Effort(e.Level).Expected())}
			if n := at.BudgetTokens(); n >= m.MaxOutput {
				c.fail(path+".efforts."+e.Level, "thinks for up to %d tokens, which leaves no room for an answer in max_output, %d", n, m.MaxOutput)
			}
		}
	}
	switch m.LimitKey {
	case "", anyLimitKey, string(routing.MaxTokens), string(routing.MaxCompletionTokens):
	default:
		c.fail(path+".limit_key", "%q is unknown; expected %s, %s or %s", m.LimitKey, routing.MaxTokens, routing.MaxCompletionTokens, anyLimitKey)
	}
}

func (c *checker) tier(path, name string) {
	if _, ok := routing.ParseTier(name); !ok {
		c.fail(path, "%q is not a tier; expected budget, standard, premium or flagship", name)
	}
}

// Bounds of believable prices, in US dollars per million tokens. The dearest models cost a few
// hundred, the cheapest a cent.
const (
	leastPrice  = 0.001
	mostPrice   = 10_000
	outputShare = 10 // output that costs less than this part of input is hardly meant so
)

// price checks what a model costs. Prices are easily given per token or per thousand.
func (c *checker) price(path string, p *Price) {
	for _, x := range []struct {
		name string
		is   *float64
	}{
		{"input", &p.Input}, {"output", &p.Output}, {"cached_input", p.CachedInput}, {"cache_write", p.CacheWrite}, {"cache_write_1h", p.CacheWrite1h},
	} {
		switch at := path + "." + x.name; {
		case x.is == nil:
		case *x.is < 0:
			c.fail(at, "%v is negative; expected US dollars per million tokens", *x.is)
		case *x.is > mostPrice:
			c.warn(at, "%v is very high; expected US dollars per million tokens", *x.is)
		case *x.is > 0 && *x.is < leastPrice:
			c.warn(at, "%v is very low; expected US dollars per million tokens, not per token", *x.is)
		}
	}
	if p.Input > 0 && p.Output < p.Input/outputShare {
		c.warn(path+".output", "%v is far below the price of input, %v; answers usually cost more", p.Output, p.Input)
	}
	if p.CachedInput != nil && *p.CachedInput > p.Input && p.Input >= 0 {
		c.warn(path+".cached_input", "%v is above the price of input, %v; what is read from a cache usually costs less", *p.CachedInput, p.Input)
	}
	c.inRange(path+".flex", p.Flex, 1, "a part of the price")
	c.inRange(path+".batch", p.Batch, 1, "a part of the price")
	if rate := p.Priority; rate != nil && (*rate <= 0 || *rate > 100) {
		c.fail(path+".priority", "%v is out of range; expected a multiple of the price, more than 0 and up to 100", *rate)
	}
}
