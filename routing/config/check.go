package config

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

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

func (c *checker) addresses() {
	f := c.file
	c.address("listen", f.Listen)
	c.private("admin", f.Admin, "metrics, budgets and dry runs")
	if path, unix := strings.CutPrefix(f.Processor, "unix:"); !unix {
		c.private("processor", f.Processor, "the filters, which see every prompt,")
	} else if path == "" {
		c.fail("processor", "expected a path behind unix:")
	}
	if f.Envoy.Admin != "" {
		c.private("envoy.admin", f.Envoy.Admin, "Envoy's settings")
	}
	names := []string{"listen", "admin", "processor", "envoy.admin"}
	for i, a := range []string{f.Listen, f.Admin, f.Processor, f.Envoy.Admin} {
		all := []string{f.Listen, f.Admin, f.Processor, f.Envoy.Admin}[:i]
		if at := slices.Index(all, a); at >= 0 && a != "" && !strings.HasSuffix(a, ":0") {
			c.fail(names[i], "%q is the address of %s already", a, names[at])
		}
	}
}

func (c *checker) address(path, value string) (host string) {
	host, port, err := net.SplitHostPort(value)
	n, perr := strconv.Atoi(port)
	if err != nil || perr != nil || n < 0 || n > 65535 {
		c.fail(path, "%q is not an address; expected host:port", value)
		return "localhost"
	}
	if host != "" && host != "localhost" && net.ParseIP(host) == nil && path != "processor" {
		c.fail(path, "%q is not an IP address; expected one such as 127.0.0.1 or 0.0.0.0", host)
	}
	return host
}

// private checks an address that clients must not reach.
func (c *checker) private(path, value, serves string) {
	if host := c.address(path, value); host == "" || net.ParseIP(host).IsUnspecified() {
		c.warn(path, "%q listens on all interfaces: %s are open to the whole network; expected one interface, such as 127.0.0.1", value, serves)
	}
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
	if p.Credential != nil {
		c.credential(path+".credential", p.Credential)
	}
}

// notForCredentials are headers that Envoy or HTTP itself sets: a key in one of them would
// break the request or be lost on its way.
var notForCredentials = []string{
	"host", "content-length", "content-type", "content-encoding", "accept-encoding", "expect",
	"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
}

func (c *checker) credential(path string, k *Credential) {
	if (k.Env == "") == (k.File == "") {
		c.fail(path, "expected either env or file")
	}
	switch h := k.Header; {
	case h == "":
	case strings.HasPrefix(h, ":"):
		c.fail(path+".header", "%q is a pseudo-header; expected one such as authorization", h)
	case !headerName(h):
		c.fail(path+".header", "%q is not a header name in lower case", h)
	case slices.Contains(notForCredentials, h), strings.HasPrefix(h, header.Prefix), strings.HasPrefix(h, "x-envoy-"):
		c.fail(path+".header", "%q cannot carry a credential: the proxy sets or removes it; expected one such as authorization", h)
	}
	for name, value := range map[string]*string{"prefix": k.Prefix, "env": &k.Env, "file": &k.File} {
		if value != nil && strings.ContainsFunc(*value, unicode.IsControl) {
			c.fail(path+"."+name, "%q has control characters, such as line breaks", *value)
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
				c.fail(fmt.Sprintf("%s.capabilities[%d]", path, j), "%q is unknown; expected one of %s", name, strings.Join((routing.Tools|routing.Vision|routing.JSON|routing.Logprobs).Names(), ", "))
			}
		}
	}
}

func (c *checker) tier(path, name string) {
	if _, ok := routing.ParseTier(name); !ok {
		c.fail(path, "%q is not a tier; expected budget, standard, premium or flagship", name)
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
		if m, ok := c.file.candidate(r.StructuredModel); ok && !slices.Contains(m.model.Capabilities, routing.JSON.String()) {
			c.warn("routing.structured_model", "%s does not have the capability json: it is left out where JSON is asked for", r.StructuredModel)
		}
	}
	for i, h := range r.AllowHeaders {
		c.oneOf(fmt.Sprintf("routing.allow_headers[%d]", i), h, allowable...)
	}
	c.limits(&r.Limits)
}

func (c *checker) limits(l *Limits) {
	const path = "routing.limits."
	if l.Attempts < 1 || l.Attempts > 10 {
		c.fail(path+"attempts", "%d is out of range; expected 1 to 10", l.Attempts)
	}
	for _, d := range []struct {
		name string
		is   Duration
	}{{"total_time", l.TotalTime}, {"stream_time", l.StreamTime}, {"stream_idle", l.StreamIdle}} {
		if d.is <= 0 {
			c.fail(path+d.name, "expected more than 0")
		}
	}
	for _, s := range []struct {
		name string
		is   Size
	}{{"request", l.Request}, {"response", l.Response}} {
		if s.is < 1<<10 || s.is > 1<<30 {
			c.fail(path+s.name, "%d bytes is out of range; expected 1KiB to 1GiB", s.is)
		}
	}
	if l.Held < l.Response {
		c.fail("routing.limits.held", "%d bytes is less than routing.limits.response, %d bytes: no answer of that size could be judged", l.Held, l.Response)
	}
	if l.StreamIdle > l.StreamTime {
		c.warn(path+"stream_idle", "%v has no effect: routing.limits.stream_time, %v, ends the stream first", time.Duration(l.StreamIdle), time.Duration(l.StreamTime))
	}
	for i, m := range c.file.Models {
		if m.Timeout > l.TotalTime {
			c.warn(fmt.Sprintf("models[%d].timeout", i), "%v has no effect: routing.limits.total_time, %v, ends the request first", time.Duration(m.Timeout), time.Duration(l.TotalTime))
		}
	}
	// A held stream is silence to Envoy's router, which gives up the attempt after stream_idle,
	// though its model answers.
	if hold := c.file.Judge.StreamHold.Time; hold >= l.StreamIdle && l.StreamIdle > 0 {
		c.fail("judge.stream_hold.time", "%v is not below routing.limits.stream_idle, %v: attempts would be given up while their streams are held", time.Duration(hold), time.Duration(l.StreamIdle))
	}
	if t := c.file.State.Timeout; t >= l.TotalTime && l.TotalTime > 0 {
		c.fail("state.timeout", "%v is not below routing.limits.total_time, %v: requests would end while they wait for the store", time.Duration(t), time.Duration(l.TotalTime))
	}
	if k := c.file.Cache; k != nil && k.Wait >= l.TotalTime && l.TotalTime > 0 {
		c.fail("cache.wait", "%v is not below routing.limits.total_time, %v: requests would end while they wait for the same one", time.Duration(k.Wait), time.Duration(l.TotalTime))
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

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
