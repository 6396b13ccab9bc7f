package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"sluice/routing"
	"sluice/routing/classify"
	"sluice/routing/header"
	"sluice/routing/policy"
	"sluice/routing/verdict"
)

// Domains are the names that a domain may have.
var Domains = []string{"code", "math", "writing", "korean", "rag_summary", "long_context", "general"}

// allowable are the headers that clients may be allowed to send.
var allowable = []string{header.Strategy, header.Experiment}

// checker looks at the whole tree for what one value alone cannot show.
type checker struct {
	file     *File
	lines    map[string]int
	problems []Problem
	warnings []Problem
}

func (c *checker) fail(path, format string, args ...any) {
	c.problems = append(c.problems, Problem{c.line(path), path, fmt.Sprintf(format, args...)})
}

func (c *checker) warn(path, format string, args ...any) {
	c.warnings = append(c.warnings, Problem{c.line(path), path, fmt.Sprintf(format, args...)})
}

// line returns where path, or the nearest thing around it that is written, stands.
func (c *checker) line(path string) int {
	for path != "" {
		if n, ok := c.lines[path]; ok {
			return n
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return 0
}

func (c *checker) check() {
	c.address("listen", c.file.Listen)
	c.address("admin", c.file.Admin)
	if path, unix := strings.CutPrefix(c.file.Processor, "unix:"); !unix {
		c.address("processor", c.file.Processor)
	} else if path == "" {
		c.fail("processor", "expected a path behind unix:")
	}
	if c.file.Envoy.Admin != "" {
		c.address("envoy.admin", c.file.Envoy.Admin)
	}
	for _, name := range sortedKeys(c.file.Providers) {
		c.provider("providers."+name, c.file.Providers[name])
	}
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

func (c *checker) address(path, value string) {
	host, port, err := net.SplitHostPort(value)
	n, perr := strconv.Atoi(port)
	if err != nil || perr != nil || n < 0 || n > 65535 {
		c.fail(path, "%q is not an address; expected host:port", value)
		return
	}
	if host != "" && host != "localhost" && net.ParseIP(host) == nil && path != "processor" {
		c.fail(path, "%q is not an IP address; expected one such as 127.0.0.1 or 0.0.0.0", host)
	}
}

func (c *checker) oneOf(path, value string, known ...string) {
	if !slices.Contains(known, value) {
		c.fail(path, "%q is unknown; expected one of %s", value, strings.Join(known, ", "))
	}
}

func (c *checker) provider(path string, p Provider) {
	u, err := url.Parse(p.Endpoint)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.RawQuery != "" || u.User != nil {
		c.fail(path+".endpoint", "%q is not a base URL; expected one such as https://api.example.com/v1", p.Endpoint)
	} else if u.Scheme == "http" && p.CA != "" {
		c.fail(path+".ca", "an http endpoint has no certificate to check")
	} else if u.Scheme == "https" && p.HTTP2 {
		c.fail(path+".http2", "https endpoints negotiate HTTP/2; the key is for http endpoints")
	}
	if len(p.Format) == 0 {
		c.fail(path+".format", "is missing; expected openai, anthropic or a list of both")
	}
	for i, f := range p.Format {
		if _, ok := routing.ParseFormat(f); !ok {
			c.fail(fmt.Sprintf("%s.format[%d]", path, i), "%q is unknown; expected openai or anthropic", f)
		}
	}
	if k := p.Credential; k != nil {
		if (k.Env == "") == (k.File == "") {
			c.fail(path+".credential", "expected either env or file")
		}
		if k.Header != strings.ToLower(k.Header) || strings.ContainsAny(k.Header, " :\r\n") {
			c.fail(path+".credential.header", "%q is not a header name in lower case", k.Header)
		}
	}
}

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
			c.fail(path+".name", "is the name of the router's own cluster")
		}
		seen[m.Name] = true
		c.efforts(path, &m)
		if _, ok := c.file.Providers[m.Provider]; !ok {
			c.fail(path+".provider", "unknown provider %q; known: %s", m.Provider, strings.Join(sortedKeys(c.file.Providers), ", "))
		}
		if _, ok := routing.ParseTier(m.Tier); !ok {
			c.fail(path+".tier", "%q is not a tier; expected budget, standard, premium or flagship", m.Tier)
		}
		if m.MinConfidence < 0 || m.MinConfidence > 1 {
			c.fail(path+".min_confidence", "%v is out of range; expected 0 to 1", m.MinConfidence)
		}
		if m.Context < 0 {
			c.fail(path+".context", "%d is negative; expected tokens, or 0 for unknown", m.Context)
		}
		for name, price := range map[string]*float64{"input": &m.Price.Input, "output": &m.Price.Output, "cached_input": m.Price.CachedInput, "cache_write": m.Price.CacheWrite, "cache_write_1h": m.Price.CacheWrite1h} {
			if price != nil && *price < 0 {
				c.fail(path+".price."+name, "%v is negative; expected US dollars per million tokens", *price)
			}
		}
		for name, rate := range map[string]float64{"flex": m.Price.Flex, "batch": m.Price.Batch} {
			if rate < 0 || rate > 1 {
				c.fail(path+".price."+name, "%v is out of range; expected a part of the price, 0 to 1", rate)
			}
		}
		if rate := m.Price.Priority; rate != nil && (*rate <= 0 || *rate > 100) {
			c.fail(path+".price.priority", "%v is out of range; expected times the price, more than 0 and up to 100", *rate)
		}
		for j, code := range m.Languages {
			if !slices.Contains(classify.Languages(), code) {
				c.fail(fmt.Sprintf("%s.languages[%d]", path, j), "%q is unknown; expected one of %s", code, strings.Join(classify.Languages(), ", "))
			}
		}
		for j, name := range m.Capabilities {
			if _, ok := routing.ParseCapability(name); !ok {
				c.fail(fmt.Sprintf("%s.capabilities[%d]", path, j), "%q is unknown; expected one of %s", name, strings.Join((routing.Tools|routing.Vision|routing.JSON|routing.Logprobs).Names(), ", "))
			}
		}
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
	if t := r.Tiers; t.Standard < 0 || t.Standard > t.Premium || t.Premium > t.Flagship || t.Flagship > 1 {
		c.fail("routing.tiers", "expected 0 ≤ standard ≤ premium ≤ flagship ≤ 1, found %v, %v, %v", t.Standard, t.Premium, t.Flagship)
	}
	c.oneOf("routing.scorer", r.Scorer, "learned", "spec")
	c.quality(r)
	if r.Session.TTL > 0 && (r.Session.Most < 1 || r.Session.Most > 10_000_000) {
		c.fail("routing.session.most", "%d is out of range; expected 1 to 10000000 conversations", r.Session.Most)
	}
	for _, tier := range routing.Tiers() {
		if name, ok := r.TierModels[tier.String()]; !ok {
			c.fail("routing.tier_models", "no model for tier %s", tier)
		} else {
			c.model("routing.tier_models."+tier.String(), name)
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
	if r.DefaultModel == "" {
		c.fail("routing.default_model", "is missing")
	} else {
		c.model("routing.default_model", r.DefaultModel)
	}
	if len(r.Cascade) == 0 {
		c.fail("routing.cascade", "expected at least one model")
	}
	c.modelList("routing.cascade", r.Cascade)
	if r.StructuredModel != "" {
		c.model("routing.structured_model", r.StructuredModel)
	}
	for i, h := range r.AllowHeaders {
		c.oneOf(fmt.Sprintf("routing.allow_headers[%d]", i), h, allowable...)
	}
	c.limits(&r.Limits)
}

func (c *checker) limits(l *Limits) {
	if l.Attempts < 1 || l.Attempts > 10 {
		c.fail("routing.limits.attempts", "%d is out of range; expected 1 to 10", l.Attempts)
	}
	for name, d := range map[string]Duration{"total_time": l.TotalTime, "stream_time": l.StreamTime, "stream_idle": l.StreamIdle} {
		if d <= 0 {
			c.fail("routing.limits."+name, "expected more than 0")
		}
	}
	for name, s := range map[string]Size{"request": l.Request, "response": l.Response} {
		if s < 1<<10 || s > 1<<30 {
			c.fail("routing.limits."+name, "%d bytes is out of range; expected 1KiB to 1GiB", s)
		}
	}
	for i, m := range c.file.Models {
		if m.Timeout > l.TotalTime {
			c.warn(fmt.Sprintf("models[%d].timeout", i), "%v is longer than routing.limits.total_time, which ends the request first", time.Duration(m.Timeout))
		}
	}
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

func (c *checker) judge() {
	j := &c.file.Judge
	for _, a := range j.actions() {
		c.oneOf("judge."+a.name, *a.value, "escalate", "keep")
	}
	c.oneOf("judge.repair", j.Repair, verdict.RepairJSON.String(), verdict.RepairOff.String())
	if j.MinCharacters < 0 {
		c.fail("judge.min_characters", "%d is negative; 0 is off", j.MinCharacters)
	}
	if j.StreamHold.Events < 1 || j.StreamHold.Events > 1000 {
		c.fail("judge.stream_hold.events", "%d is out of range; expected 1 to 1000", j.StreamHold.Events)
	}
	if j.StreamHold.Time <= 0 {
		c.fail("judge.stream_hold.time", "expected more than 0")
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
