package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sluice/routing"
	"sluice/routing/header"
	"sluice/routing/policy"
)

// Domains are the names that a domain may have.
var Domains = []string{"code", "math", "writing", "korean", "rag_summary", "long_context", "general"}

// allowable are the headers that clients may be allowed to send.
var allowable = []string{header.Strategy, header.Experiment}

// checker looks at the whole file for what one value alone cannot show.
type checker struct {
	file     *File
	at       map[string]place // where each path is written
	problems []Problem
	warnings []Problem
}

func (c *checker) fail(path, format string, args ...any) {
	c.problems = append(c.problems, c.problem(path, format, args...))
}

func (c *checker) warn(path, format string, args ...any) {
	c.warnings = append(c.warnings, c.problem(path, format, args...))
}

func (c *checker) problem(path, format string, args ...any) Problem {
	return Problem{c.place(path).line, path, fmt.Sprintf(format, args...)}
}

// place returns where the path, or the nearest thing around it that is written, stands.
func (c *checker) place(path string) place {
	for path != "" {
		if p, ok := c.at[path]; ok {
			return p
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return place{}
}

// written reports whether the file itself has the path.
func (c *checker) written(path string) bool { return c.at[path].line > 0 }

// checkAll checks what was decoded. It leaves out what only follows from mistakes that the
// decoder has found.
func (c *checker) checkAll() {
	decoding := c.problems
	broken := make([]string, len(decoding))
	for i, p := range decoding {
		broken[i] = p.Path
		if strings.HasSuffix(p.Path, "]") { // an element is missing, and those behind it have moved
			broken[i] = p.Path[:strings.LastIndexByte(p.Path, '[')]
		}
		if slices.Contains([]string{"", "providers", "models"}, broken[i]) {
			return // nearly everything else depends on these
		}
	}
	derive(c.file)
	c.problems = nil
	c.check()
	follows := func(p Problem) bool {
		return slices.ContainsFunc(broken, func(path string) bool {
			rest, below := strings.CutPrefix(p.Path, path)
			return below && (rest == "" || rest[0] == '.' || rest[0] == '[')
		})
	}
	c.problems = append(decoding, slices.DeleteFunc(c.problems, follows)...)
}

func (c *checker) check() {
	c.addresses()
	c.cors()
	for _, name := range sortedKeys(c.file.Providers) {
		c.provider("providers."+name, c.file.Providers[name])
	}
	c.forwardHeaders()
	c.models()
	c.routing()
	c.judge()
	c.budgets()
	c.experiments()
	c.oneOf("telemetry.log_level", c.file.Telemetry.LogLevel, "debug", "info", "warn", "error")
	if c.file.Compression == "safe" {
		c.fail("compression", `"safe" was removed, it saved next to nothing; write "off", or "spec" for the published rule`)
	} else {
		c.oneOf("compression", c.file.Compression, "off", "spec")
	}
	c.agreement()
	c.identity()
	c.state()
	c.cache()
}

func (c *checker) oneOf(path, value string, known ...string) {
	if !slices.Contains(known, value) {
		c.fail(path, "%q is unknown; expected one of %s", value, strings.Join(known, ", "))
	}
}

// inRange reports a number that is not from 0 to most.
func (c *checker) inRange(path string, value, most float64, unit string) {
	if value < 0 || value > most {
		c.fail(path, "%v is out of range; expected 0 to %v (%s)", value, most, unit)
	}
}

func (c *checker) model(path, name string) {
	if _, ok := c.file.candidate(name); !ok {
		c.unknownModel(path, name)
	}
}

func (c *checker) routing() {
	r := &c.file.Routing
	if len(r.Route) == 0 {
		c.fail("routing.route", `expected at least one name, or "*"`)
	}
	c.oneOf("routing.strategy", r.Strategy, policy.NameAuto, policy.NameHierarchical, policy.NameDomain, policy.NameCascade, policy.NameExperiment)
	if c.written("routing.strategy") && policy.Literal(r.Strategy) && r.Strategy != policy.NameHierarchical && len(c.file.Budgets) > 0 && c.file.builtInBudgets() {
		c.warn("routing.strategy", "%s is not restricted by the built-in budget; expected budgets of your own to limit what it spends", r.Strategy)
	}
	c.thresholds("routing.tiers", &r.Tiers)
	c.oneOf("routing.scorer", r.Scorer, "learned", "spec")
	c.quality(r)
	if r.Session.TTL > 0 && (r.Session.Most < 1 || r.Session.Most > 10_000_000) {
		c.fail("routing.session.most", "%d is out of range; expected 1 to 10000000 conversations", r.Session.Most)
	}
	for _, tier := range routing.Tiers() {
		path := "routing.tier_models"
		if name, ok := r.TierModels[tier.String()]; ok {
			c.model(path+"."+tier.String(), name)
		} else if c.written(path) { // it is derived otherwise: then no model has a tier, which is said there
			c.fail(path, "no model for tier %s", tier)
		}
	}
	for _, key := range sortedKeys(r.TierModels) {
		if _, ok := routing.ParseTier(key); !ok {
			c.fail("routing.tier_models."+key, "is not a tier; expected budget, standard, premium or flagship")
		}
	}
	for _, domain := range sortedKeys(r.Domains) {
		path := "routing.domains." + domain
		if !slices.Contains(Domains, domain) {
			c.fail(path, "is not a domain; expected one of %s", strings.Join(Domains, ", "))
		}
		if len(r.Domains[domain]) == 0 {
			c.fail(path, "expected at least one model")
		}
		c.modelList(path, r.Domains[domain])
	}
	if r.DefaultModel != "" {
		c.model("routing.default_model", r.DefaultModel)
	}
	c.modelList("routing.cascade", r.Cascade)
	if c.written("routing.cascade") && len(r.Cascade) > r.Limits.Attempts && r.Limits.Attempts > 0 {
		c.warn("routing.cascade", "only the first %d of %d models can be tried; expected routing.limits.attempts of %d", r.Limits.Attempts, len(r.Cascade), len(r.Cascade))
	}
	if r.StructuredModel != "" {
		c.model("routing.structured_model", r.StructuredModel)
		if m, ok := c.file.candidate(r.StructuredModel); ok && !slices.ContainsFunc(m.model.Capabilities, asksForJSON) {
			c.warn("routing.structured_model", "%s does not have the capability json: it is left out where JSON is asked for", r.StructuredModel)
		}
	}
	for i, h := range r.AllowHeaders {
		c.oneOf(fmt.Sprintf("routing.allow_headers[%d]", i), h, allowable...)
	}
	c.limits(&r.Limits)
}

func (c *checker) modelList(path string, names []string) {
	for i, name := range names {
		at := fmt.Sprintf("%s[%d]", path, i)
		c.model(at, name)
		if slices.Contains(names[:i], name) {
			c.fail(at, "model %q is given twice", name)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
