package litellm

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/routing"
	"sluice/routing/config"
	"sluice/routing/offline/tree"
)

// settings are the sections of the result besides providers and models, as they are written.
type settings struct {
	route       []string
	tierModels  map[routing.Tier]string
	byDflt      string // default_model
	cascade     []string
	attempts    int
	limits      []string // key: value
	budgets     []string
	state       string
	cache       string
	logLevel    string
	ca          string
	keepRefusal bool // content policy errors escalate
}

// settings reads the other sections.
func (im *importer) settings() {
	rs, ls, gs := im.section(im.root, "router_settings", "router_settings"), im.section(im.root, "litellm_settings", "litellm_settings"), im.section(im.root, "general_settings", "general_settings")
	if v := im.section(im.root, "environment_variables", "environment_variables"); v != nil {
		for _, e := range v.Entries {
			e.Value.All()
			im.note(e.Line, tree.Join("environment_variables", e.Key), "its value is not copied: set it in the environment, for Envoy if it is a provider's key, else for Sluice")
		}
	}
	im.aliases(rs)
	im.tiers()
	slices.SortStableFunc(im.models, byPrice)
	im.route()
	im.fallbacks(rs, ls)
	im.timeLimits(rs, ls, gs)
	im.spending(ls)
	im.stores(rs, ls)
	if is, ok := ls.Get("set_verbose").Bool(); ok {
		ls.Take("set_verbose")
		if is {
			im.file.logLevel = "debug"
		}
	}
	if v := ls.Get("ssl_verify"); v.String() != "" {
		if _, isBool := v.Bool(); !isBool && printable(v.String()) {
			im.file.ca = ls.Take("ssl_verify").String()
		}
	}
}

// section takes a mapping; what is none is noted.
func (im *importer) section(of *tree.Value, key, path string) *tree.Value {
	v := of.Take(key)
	if v == nil || v.Kind == tree.Map {
		return v
	}
	v.All()
	im.note(v.Line, path, "is no mapping, and was left out")
	return nil
}

// aliases makes a model of each alias, or a routed name if it stands for a router.
func (im *importer) aliases(rs *tree.Value) {
	const path = "router_settings.model_group_alias"
	list := im.section(rs, "model_group_alias", path)
	if list == nil {
		return
	}
	for _, e := range list.Entries {
		at := tree.Join(path, e.Key)
		target := e.Value.String()
		if e.Value.Kind == tree.Map {
			target = e.Value.Take("model").String()
			if hidden, _ := e.Value.Take("hidden").Bool(); hidden {
				im.note(e.Line, at, "is listed by /v1/models like any other name")
			}
		}
		list.Take(e.Key)
		m := im.group(target)
		i := slices.IndexFunc(im.routers, func(r *router) bool { return r.name == target })
		switch {
		case im.names[e.Key] || im.group(e.Key) != nil:
			im.note(e.Line, at, "was left out: a model has this name already")
		case !modelName(e.Key):
			im.note(e.Line, at, "was left out: it is not a name that a model in Sluice can have")
		case i >= 0:
			im.routers = append(im.routers, &router{name: e.Key, line: e.Line, path: at})
		case m == nil:
			im.note(e.Line, at, "was left out: no model %s was imported", shown(target))
		default:
			alias := *m
			alias.name, alias.line = e.Key, e.Line
			alias.remarks = append(slices.Clone(m.remarks), "an alias of "+m.name)
			im.models = append(im.models, &alias)
			im.note(e.Line, at, "an alias is a model of its own in Sluice: change its price and limits together with those of %s", m.name)
		}
	}
}

// tiers takes the tiers of models from the first router that names them; the others' are those
// of their prices.
func (im *importer) tiers() {
	first := slices.IndexFunc(im.routers, func(r *router) bool { return len(r.tiers) > 0 })
	if first < 0 {
		return
	}
	r := im.routers[first]
	chosen := make(map[routing.Tier]string)
	placed := make(map[*model]bool)
	for _, t := range routerTiers {
		at := r.path + ".litellm_params.complexity_router_config.tiers." + t.name
		var pool []*model
		for _, name := range r.tiers[t.tier] {
			m := im.group(name)
			if m == nil {
				im.note(r.line, at, "%s was left out: no such model was imported", shown(name))
				continue
			}
			if !placed[m] {
				m.tier, placed[m] = t.tier, true
			}
			pool = append(pool, m)
		}
		if len(pool) == 0 {
			continue
		}
		slices.SortStableFunc(pool, func(a, b *model) int { return cmp.Compare(blended(a.price), blended(b.price)) })
		chosen[t.tier] = pool[0].name
		if len(pool) > 1 {
			im.note(r.line, at, "a tier has one model in Sluice: %s, the cheapest; the others of the tier stand in where it cannot serve a request", pool[0].name)
		}
	}
	for i, other := range im.routers {
		for _, t := range routerTiers {
			if i != first && len(other.tiers[t.tier]) > 0 {
				im.note(other.line, other.path+".litellm_params.complexity_router_config.tiers."+t.name, "has no counterpart: Sluice has one set of tiers, that of %s", r.name)
			}
		}
	}
	if len(chosen) > 0 {
		im.file.tierModels = filled(chosen)
		im.rising(r)
	}
	for _, r := range im.routers {
		if m := im.group(r.byDflt); m != nil && im.file.byDflt == "" {
			im.file.byDflt = m.name
		} else if r.byDflt != "" && m == nil {
			im.note(r.line, r.path, "the default model %s was left out: no such model was imported", shown(r.byDflt))
		}
	}
}

// filled gives tiers without a model that of the next stronger tier, or else of the next
// weaker.
func filled(chosen map[routing.Tier]string) map[routing.Tier]string {
	out := make(map[routing.Tier]string)
	tiers := routing.Tiers()
	for i, t := range tiers {
		order := slices.Clone(tiers[i:])
		for j := i - 1; j >= 0; j-- {
			order = append(order, tiers[j])
		}
		for _, o := range order {
			if chosen[o] != "" {
				out[t] = chosen[o]
				break
			}
		}
	}
	return out
}

// rising notes where a stronger tier's model costs less than a weaker tier's.
func (im *importer) rising(r *router) {
	var before *model
	for _, t := range routing.Tiers() {
		m := im.group(im.file.tierModels[t])
		if before != nil && m.price != nil && before.price != nil && blended(m.price) < blended(before.price) {
			im.note(r.line, r.path, "%s of the %s tier costs less than %s of a weaker tier: Sluice never asks a model that costs more and is weaker, so check the tiers", m.name, t, before.name)
		}
		before = m
	}
}

// route lists the names that Sluice routes: those of routers, and its own unless a model has
// them.
func (im *importer) route() {
	for _, r := range im.routers {
		if im.group(r.name) == nil && !slices.Contains(im.file.route, r.name) {
			im.file.route = append(im.file.route, r.name)
		} else if im.group(r.name) != nil {
			im.note(r.line, r.path, "%s is also the name of a model, which requests that name it get", shown(r.name))
		}
	}
	for _, name := range []string{"auto", "sluice/auto"} {
		if im.group(name) == nil && !slices.Contains(im.file.route, name) {
			im.file.route = append(im.file.route, name)
		} else if m := im.group(name); m != nil {
			im.note(m.line, "model_list", "the model %s keeps its name, which is the usual name of what Sluice routes: clients ask for one of routing.route instead", name)
		}
	}
	if len(im.file.route) == 0 {
		im.file.route = []string{"sluice/route"}
	}
}

// both takes a key of router_settings, or else of litellm_settings.
func (im *importer) both(rs, ls *tree.Value, key string) (v *tree.Value, path string) {
	first, second := rs.Take(key), ls.Take(key)
	if first == nil {
		return second, "litellm_settings." + key
	}
	if second != nil {
		second.All()
		im.note(second.Line, "litellm_settings."+key, "does not count: router_settings.%s does", key)
	}
	return first, "router_settings." + key
}

// chains calls f for each mapping of a model to its fallbacks.
func (im *importer) chains(v *tree.Value, path string, f func(at string, line int, from string, to []string)) {
	if v == nil {
		return
	}
	items := v.Items
	if v.Kind != tree.List {
		items = []*tree.Value{v}
	}
	for i, item := range items {
		at := fmt.Sprintf("%s[%d]", path, i)
		if item.Kind != tree.Map {
			im.note(item.Line, at, "is no mapping of a model to its fallbacks, and was left out")
		}
		for _, e := range item.Entries {
			e.Value.All()
			to := e.Value.Strings()
			for _, one := range e.Value.Items { // a fallback with parameters of its own
				if name := one.Get("model").String(); name != "" {
					to = append(to, name)
					im.note(one.Line, tree.Join(at, e.Key), "what %s gets besides the request has no counterpart", shown(name))
				} else if one.Kind != tree.Scalar {
					im.note(one.Line, tree.Join(at, e.Key), "has a fallback that names no model, which was left out")
				}
			}
			f(tree.Join(at, e.Key), e.Line, e.Key, to)
		}
	}
}

// fallbacks makes the cascade of all models that have or are fallbacks, by price.
func (im *importer) fallbacks(rs, ls *tree.Value) {
	in := make(map[*model]bool)
	add := func(at string, line int, names ...string) {
		for _, name := range names {
			if m := im.group(name); m != nil {
				in[m] = true
			} else {
				im.note(line, at, "%s was left out of the cascade: no such model was imported", shown(name))
			}
		}
	}
	v, path := im.both(rs, ls, "fallbacks")
	im.chains(v, path, func(at string, line int, from string, to []string) {
		im.note(line, at, "its models are in routing.cascade, by price. Sluice falls back for requests under a name of routing.route, to stronger models (strategy auto) or along the cascade (strategy cascade), on errors and on weak answers; a request that names %s is answered by it or fails", shown(from))
		if from != "*" {
			add(at, line, from)
		}
		add(at, line, to...)
	})
	if v, path := im.both(rs, ls, "default_fallbacks"); v != nil {
		v.All()
		im.note(v.Line, path, "its models are in routing.cascade, by price")
		add(path, v.Line, v.Strings()...)
	}
	for _, m := range im.models { // in the order of tiers and prices
		if in[m] {
			im.file.cascade = append(im.file.cascade, m.name)
		}
	}
	const most = 10 // attempts of a request
	if len(im.file.cascade) < 2 {
		im.file.cascade = nil
	}
	im.file.attempts = min(len(im.file.cascade), most)

	v, path = im.both(rs, ls, "context_window_fallbacks")
	im.chains(v, path, func(at string, line int, from string, to []string) {
		im.note(line, at, "needs no counterpart: a prompt that is too long goes to models with more room, by context%s", im.withoutContext(append(to, from)))
	})
	v, path = im.both(rs, ls, "content_policy_fallbacks")
	im.chains(v, path, func(at string, line int, _ string, _ []string) {
		im.file.keepRefusal = true
		im.note(line, at, "became judge.policy_refusal: escalate, for all models: the next candidate answers, whichever it is")
	})
	if v, path := im.both(rs, ls, "num_retries"); v != nil {
		n, ok := v.Number()
		if !ok || n < 0 || n > 1000 {
			im.note(v.Line, path, "is no number of retries, and was left out")
			return
		}
		im.file.attempts = min(max(im.file.attempts, int(n)+1), most)
		im.note(v.Line, path, "became routing.limits.attempts: %d, the models that one request may try; Sluice tries another model, not the same one again", im.file.attempts)
	}
}

// withoutContext names the models whose context is not known.
func (im *importer) withoutContext(names []string) string {
	var unknown []string
	for _, name := range names {
		if m := im.group(name); m != nil && m.context == 0 {
			unknown = append(unknown, m.name)
		}
	}
	if len(unknown) == 0 {
		return ""
	}
	slices.Sort(unknown)
	return "; write that of " + strings.Join(slices.Compact(unknown), ", ")
}

// timeLimits reads time-outs and sizes.
func (im *importer) timeLimits(rs, ls, gs *tree.Value) {
	limit := func(v *tree.Value, path, key string) {
		if v == nil {
			return
		}
		d := seconds(v)
		if d == 0 {
			im.note(v.Line, path, "is no number of seconds, and was left out")
			return
		}
		im.file.limits = append(im.file.limits, key+": "+duration(d))
	}
	timeout, path := rs.Take("timeout"), "router_settings.timeout"
	if all := ls.Take("request_timeout"); timeout == nil {
		timeout, path = all, "litellm_settings.request_timeout"
	} else if all != nil {
		im.note(all.Line, "litellm_settings.request_timeout", "does not count: router_settings.timeout does")
	}
	limit(timeout, path, "total_time")
	if timeout != nil {
		im.note(timeout.Line, path, "became routing.limits.total_time: it bounds all attempts of a request that is not streamed together; streams have stream_time and stream_idle")
	}
	if timeout == nil && len(im.models) > 0 {
		m := slices.MaxFunc(im.models, func(a, b *model) int { return cmp.Compare(a.timeout, b.timeout) })
		if m.timeout > time.Duration(config.Default().Routing.Limits.TotalTime) {
			im.file.limits = append(im.file.limits, "total_time: "+duration(m.timeout))
			im.note(m.line, "model_list", "routing.limits.total_time is raised to %s, the longest timeout of a deployment", duration(m.timeout))
		}
	}
	limit(rs.Take("stream_idle_timeout"), "router_settings.stream_idle_timeout", "stream_idle")
	if v := gs.Take("max_request_size_mb"); v != nil {
		if n, ok := v.Number(); ok && n >= 1 && n <= 1024 {
			im.file.limits = append(im.file.limits, fmt.Sprintf("request: %dMiB", int(n)))
		} else {
			im.note(v.Line, "general_settings.max_request_size_mb", "is out of range for routing.limits.request, and was left out")
		}
	}
}

// spending reads limits of money.
func (im *importer) spending(ls *tree.Value) {
	zone := ls.Take("timezone")
	place := ""
	if zone != nil {
		if _, err := time.LoadLocation(zone.String()); err == nil && zone.String() != "Local" && zone.String() != "" && printable(zone.String()) {
			place = ", timezone: " + quoted(zone.String())
		} else {
			im.note(zone.Line, "litellm_settings.timezone", "is no IANA time zone, and was left out")
		}
	}
	for _, b := range []struct{ amount, duration, name, per string }{
		{"max_budget", "budget_duration", "everyone", "everyone"},
		{"max_internal_user_budget", "internal_user_budget_duration", "each-user", "user"},
	} {
		amount := ls.Take(b.amount)
		if amount == nil {
			continue
		}
		path := "litellm_settings." + b.amount
		limit, ok := amount.Number()
		if !ok || limit < 0 || limit > 1e9 {
			im.note(amount.Line, path, "is no sum, and was left out")
			continue
		}
		if limit == 0 {
			im.note(amount.Line, path, "0 is no limit")
			ls.Take(b.duration)
			continue
		}
		duration := ls.Take(b.duration)
		window, factor, why := windowOf(duration.String())
		limit *= factor
		if why != "" {
			line := amount.Line
			if duration != nil {
				line = duration.Line
			}
			im.note(line, "litellm_settings."+b.duration, "%s: the limit is %s a %s", why, number(limit), window)
		}
		im.note(amount.Line, path, "became the budget %s: requests beyond it are refused with routing.budget_status, 402 unless written", b.name)
		if b.per == "user" {
			im.note(amount.Line, path, "a user is the hash of the API key that the client sends, until identity.user says otherwise")
		}
		im.file.budgets = append(im.file.budgets, fmt.Sprintf("{name: %s, per: %s, limit: %s, window: %s%s, on_exhausted: refuse}", b.name, b.per, number(limit), window, place))
	}
	if len(im.file.budgets) == 0 && zone != nil && place != "" {
		im.note(zone.Line, "litellm_settings.timezone", "has no counterpart without a budget")
	}
}

// windowOf returns the window of a budget for LiteLLM's duration, and by what the limit is
// multiplied where none is as long.
func windowOf(duration string) (window string, factor float64, why string) {
	windows := []struct {
		name    string
		seconds float64
	}{{"hour", 3600}, {"day", 86400}, {"week", 7 * 86400}, {"month", 30 * 86400}}
	if duration == "" {
		return "month", 1, "there is none, so that LiteLLM never begins anew; Sluice's windows are hour, day, week and month"
	}
	number := strings.TrimRight(duration, "abcdefghijklmnopqrstuvwxyz")
	unit := map[string]float64{"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "mo": 30 * 86400}[duration[len(number):]]
	n, err := strconv.ParseFloat(number, 64)
	all := n * unit
	if err != nil || !(all >= 1 && all <= 10*365*86400) {
		return "month", 1, "it is no duration such as 30d"
	}
	nearest := windows[0]
	for _, w := range windows {
		if w.seconds == all {
			return w.name, 1, ""
		}
		if math.Abs(math.Log(w.seconds/all)) < math.Abs(math.Log(nearest.seconds/all)) {
			nearest = w
		}
	}
	return nearest.name, nearest.seconds / all, "Sluice's windows are hour, day, week and month"
}

// number writes a number of dollars, at least a billionth and at most what a budget may be.
func number(v float64) string {
	return strconv.FormatFloat(min(max(math.Round(v*1e6)/1e6, 1e-6), 1e9), 'f', -1, 64)
}

// stores reads where state and cached answers are kept.
func (im *importer) stores(rs, ls *tree.Value) {
	if address, why := im.redis(rs, "redis_"); address != "" {
		im.file.state = address
	} else if why != "" {
		im.note(rs.Line, "router_settings", "%s: state stays on disk, which one replica alone can use", why)
	}
	on, isBool := ls.Get("cache").Bool()
	if isBool {
		ls.Take("cache")
	}
	if !on {
		if params := ls.Take("cache_params"); params != nil {
			params.All()
			im.note(params.Line, "litellm_settings.cache_params", "does not count: there is no cache: true")
		}
		return
	}
	line, params := ls.Get("cache").Line, im.section(ls, "cache_params", "litellm_settings.cache_params")
	if mode := params.Take("mode"); mode.String() == "default_off" {
		params.All()
		im.note(mode.Line, "litellm_settings.cache_params.mode", "the cache was left out: in Sluice clients cannot ask for it, only decline it")
		return
	}
	kind := cmp.Or(params.Take("type").String(), "redis")
	store := "memory"
	switch kind {
	case "local":
	case "redis":
		address, why := im.redis(params, "")
		if address == "" && why == "" { // LiteLLM takes it from the environment
			maps.Copy(im.samples, map[string]string{"REDIS_HOST": "127.0.0.1", "REDIS_PORT": "6379", "REDIS_PASSWORD": "x"})
			address = "redis://:${REDIS_PASSWORD}@${REDIS_HOST}:${REDIS_PORT}/0"
		}
		if why != "" {
			im.note(params.Line, "litellm_settings.cache_params", "%s: answers are kept in memory", why)
		} else {
			store = address
		}
	default:
		im.note(params.Get("type").Line, "litellm_settings.cache_params.type", "%s has no counterpart: answers are kept in memory, and found again by the exact request only", shown(kind))
	}
	im.file.cache = "{store: " + quoted(store)
	if v := params.Take("ttl"); v != nil {
		if ttl := seconds(v); ttl > 0 {
			im.file.cache += ", ttl: " + duration(ttl)
		} else {
			im.note(v.Line, "litellm_settings.cache_params.ttl", "is out of range, and was left out")
		}
	}
	im.file.cache += "}"
	im.note(line, "litellm_settings.cache", "answers are shared within a user, not among all (cache.scope: everyone), and only those of requests without a temperature or with 0 are kept (cache.temperature: any)")
}

// part of the address of a Redis.
var part = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// redis reads the address of a Redis from keys with a prefix; why says that there is one that
// cannot be used. A password in the file becomes a variable.
func (im *importer) redis(v *tree.Value, prefix string) (address, why string) {
	host := v.Get(prefix + "host")
	if host.String() == "" {
		return "", ""
	}
	read := func(key, sample, otherwise string) (string, bool) {
		w := v.Take(prefix + key)
		if name, ok := variable(w); ok {
			im.samples[name] = sample
			return "${" + name + "}", true
		}
		text := cmp.Or(w.String(), otherwise)
		return text, part.MatchString(text)
	}
	name, nameOK := read("host", "127.0.0.1", "")
	port, portOK := read("port", "6379", "6379")
	db, dbOK := read("db", "0", "0")
	if n, err := strconv.ParseUint(port, 10, 16); !strings.HasPrefix(port, "$") && (err != nil || n == 0) {
		portOK = false
	}
	if _, err := strconv.ParseUint(db, 10, 16); !strings.HasPrefix(db, "$") && err != nil {
		dbOK = false
	}
	scheme, password := "redis://", v.Take(prefix+"password")
	if tls, _ := v.Take(prefix + "ssl").Bool(); tls {
		scheme = "rediss://"
	}
	if !nameOK || !portOK || !dbOK {
		return "", "the address of the Redis is not one"
	}
	login := ""
	if variable, ok := variable(password); ok {
		login = ":${" + variable + "}@"
		im.samples[variable] = "x"
	} else if password.String() != "" {
		variable := im.invent(password.String(), "REDIS_PASSWORD")
		login = ":${" + variable + "}@"
		im.samples[variable] = "x"
		im.note(password.Line, "redis password", "it is not copied: set the environment variable %s of Sluice to it", variable)
	}
	return scheme + login + name + ":" + port + "/" + db, ""
}
