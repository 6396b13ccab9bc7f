package config

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"sluice/routing"
	"sluice/routing/budget"
	"sluice/routing/cache"
	"sluice/routing/compress"
	"sluice/routing/experiment"
	"sluice/routing/policy"
	"sluice/routing/verdict"
)

// Runtime is the running form of a configuration. It never changes once built: a
// reload swaps the whole of it, and a request keeps the one it began with.
type Runtime struct {
	File   *File
	Router *routing.Router
	Judge  *verdict.Judge

	Budgets       budget.Limits
	Experiments   []*experiment.Experiment // in the order of the file
	Cache         *cache.Rules             // nil where nothing is cached
	Compression   compress.Mode
	Identity      Identity
	AllowHeaders  []string
	EnrolHeaders  []string      // that experiments look at
	ResponseLimit int           // bytes of an answer that are held to be judged
	StreamTime    time.Duration // bound on a streamed request
	Debug         bool          // a request may ask for its whole decision
	Listed        []string      // names that GET /v1/models shows: aliases, then models
	Hash          string        // of the configuration, for metrics and comparing replicas
}

// Build turns a checked file into its running form.
func Build(f *File) (*Runtime, error) {
	byName := make(map[string]*routing.Model, len(f.Models))
	providers, err := buildProviders(f)
	if err != nil {
		return nil, err
	}
	candidates := f.candidates()
	models := make([]*routing.Model, len(candidates))
	for i, c := range candidates {
		if c.effort == nil {
			models[i] = buildModel(f, c.model, providers)
		} else {
			models[i] = c.build(byName[c.model.Name])
		}
		byName[c.name] = models[i]
	}
	experiments := buildExperiments(f, byName)
	policies, err := buildPolicies(f, models, byName, experiments)
	if err != nil {
		return nil, err
	}
	judge, err := verdict.New(f.judgeSettings())
	if err != nil {
		return nil, fmt.Errorf("judge: %w", err)
	}
	rt := &Runtime{
		File: f,
		Router: routing.NewRouter(routing.Options{
			Models:     models,
			Route:      f.Routing.Route,
			Policies:   policies,
			Strategy:   f.Routing.Strategy,
			Structured: byName[f.Routing.StructuredModel],
			Exhausted:  byName[f.Routing.TierModels[routing.Budget.String()]],
			Capped:     byName[f.Routing.TierModels[routing.Standard.String()]],
			Trial:      experiment.NewTrials(experiments),
			Checker:    buildAgreement(f, models, byName),
			Attempts:   f.Routing.Limits.Attempts,
		}),
		Judge:         judge,
		Budgets:       buildLimits(f),
		Experiments:   experiments,
		Cache:         buildCache(f.Cache),
		Compression:   compress.Mode(f.Compression),
		Identity:      f.Identity,
		AllowHeaders:  f.Routing.AllowHeaders,
		EnrolHeaders:  f.Experiments.Headers(),
		ResponseLimit: int(f.Routing.Limits.Response),
		StreamTime:    time.Duration(f.Routing.Limits.StreamTime),
		Debug:         f.Routing.Debug,
		Hash:          hash(f),
	}
	for _, alias := range f.Routing.Route {
		if alias != "*" {
			rt.Listed = append(rt.Listed, alias)
		}
	}
	for _, m := range models {
		if !slices.Contains(rt.Listed, m.Name) {
			rt.Listed = append(rt.Listed, m.Name)
		}
	}
	return rt, nil
}

// Lapse returns how long a request can last at most: after that nobody will settle it.
func (rt *Runtime) Lapse(stream bool) time.Duration {
	const margin = 10 * time.Second // the upload of the request and clocks that differ
	if stream {
		return rt.StreamTime + margin
	}
	return time.Duration(rt.File.Routing.Limits.TotalTime) + margin
}

// Timeout returns the bound on an attempt of a model by name: its own for a plain
// request, the longest silence for a stream.
func (rt *Runtime) Timeout(stream bool) func(model string) time.Duration {
	return func(model string) time.Duration {
		if stream {
			return time.Duration(rt.File.Routing.Limits.StreamIdle)
		}
		if m := rt.Router.Model(model); m != nil {
			return m.Timeout
		}
		return 0
	}
}

func buildProviders(f *File) (map[string]*routing.Provider, error) {
	out := make(map[string]*routing.Provider, len(f.Providers))
	for name, p := range f.Providers {
		u, err := url.Parse(p.Endpoint)
		if err != nil {
			return nil, fmt.Errorf("providers.%s.endpoint: %w", name, err)
		}
		provider := &routing.Provider{
			Name: name, Host: u.Host, Base: strings.TrimRight(u.EscapedPath(), "/"),
			StreamUsage: p.StreamUsage == nil || *p.StreamUsage,
		}
		for _, word := range p.Format {
			if format, ok := routing.ParseFormat(word); ok {
				provider.Formats = append(provider.Formats, format)
			}
		}
		out[name] = provider
	}
	return out, nil
}

func buildModel(f *File, m *Model, providers map[string]*routing.Provider) *routing.Model {
	tier, _ := routing.ParseTier(m.Tier)
	out := &routing.Model{
		Name:          m.Name,
		UpstreamName:  m.UpstreamName,
		Provider:      providers[m.Provider],
		Cluster:       m.Name,
		Family:        cmp.Or(m.Family, routing.Family(m.Name)),
		Tier:          tier,
		Timeout:       time.Duration(m.Timeout),
		MinConfidence: m.MinConfidence,
		Context:       m.Context,
		Languages:     m.Languages,
		FlexRate:      m.Price.Flex,
		BatchRate:     m.Price.Batch,
		Price: routing.Price{
			Input: m.Price.Input, Output: m.Price.Output,
			CachedInput: m.Price.Input, CacheWrite: m.Price.Input,
		},
	}
	if out.UpstreamName == "" {
		out.UpstreamName = m.Name
	}
	if out.Timeout == 0 {
		out.Timeout = time.Duration(f.Routing.Limits.TotalTime)
	}
	if p := m.Price.CachedInput; p != nil {
		out.Price.CachedInput = *p
	}
	if p := m.Price.CacheWrite; p != nil {
		out.Price.CacheWrite = *p
	}
	out.Price.CacheWrite1h = out.Price.CacheWrite
	if p := m.Price.CacheWrite1h; p != nil {
		out.Price.CacheWrite1h = *p
	}
	if p := m.Price.Priority; p != nil {
		out.PriorityRate = *p
	}
	out.Thinking, _ = routing.ParseThinking(m.Thinking)
	for _, name := range m.Capabilities {
		c, _ := routing.ParseCapability(name)
		out.Capabilities |= c
	}
	return out
}

// buildLimits turns the budgets into their running form.
func buildLimits(f *File) budget.Limits {
	limits := make(budget.Limits, len(f.Budgets))
	for i, b := range f.Budgets {
		zone, err := time.LoadLocation(b.Timezone)
		if err != nil {
			zone = time.UTC // checked before
		}
		limits[i] = budget.Limit{
			Name: b.Name, Per: budget.Per(b.Per), USD: b.Limit,
			Window:         budget.Window{Period: budget.Period(b.Window), Zone: zone},
			ExhaustedBelow: b.ExhaustedBelow, PremiumAbove: b.PremiumAbove,
			Refuse: b.OnExhausted == "refuse", BuiltIn: f.builtInBudgets(),
		}
	}
	return limits
}

func buildCache(c *Cache) *cache.Rules {
	if c == nil {
		return nil
	}
	return &cache.Rules{
		TTL: time.Duration(c.TTL), MaxEntry: int(c.MaxEntry), Wait: time.Duration(c.Wait),
		Scope: cache.Scope(c.Scope), Temperature: cache.Temperature(c.Temperature), Tools: c.Tools,
	}
}

// buildPolicies lists the strategies; there is no other register of them.
func buildPolicies(f *File, all []*routing.Model, byName map[string]*routing.Model, experiments []*experiment.Experiment) (map[string]routing.Policy, error) {
	r := &f.Routing
	pick := func(names []string) []*routing.Model {
		models := make([]*routing.Model, len(names))
		for i, name := range names {
			models[i] = byName[name]
		}
		return models
	}
	tierModels := make(map[routing.Tier]*routing.Model)
	for _, t := range routing.Tiers() {
		tierModels[t] = byName[r.TierModels[t.String()]]
	}
	hierarchical := &policy.Hierarchical{
		TierModels: tierModels,
		Above:      policy.Thresholds(r.Tiers),
	}
	domains := make(map[string][]*routing.Model, len(r.Domains))
	for name, list := range r.Domains {
		domains[name] = pick(list)
	}
	domain := &policy.Domain{Models: domains, Default: byName[r.DefaultModel]}
	named := make(map[string]*experiment.Experiment, len(experiments))
	for _, e := range experiments {
		named[e.Name] = e
	}
	auto := &policy.Auto{Tiers: hierarchical, Domains: domain, Models: byName, Others: make(map[routing.Tier][]*routing.Model)}
	for _, m := range all {
		if m.StandsIn() {
			auto.Others[m.Tier] = append(auto.Others[m.Tier], m)
		}
	}
	for _, models := range auto.Others {
		slices.SortStableFunc(models, func(a, b *routing.Model) int {
			return cmp.Or(cmp.Compare(a.Price.Input+a.Price.Output, b.Price.Input+b.Price.Output), cmp.Compare(a.Reasoning, b.Reasoning))
		})
	}
	if r.Scorer == "learned" {
		learned, err := policy.NewLearned()
		if err != nil {
			return nil, err
		}
		auto.Scorer = learned
		if r.Calibrate != nil {
			auto.Above = buildCalibration(r.Calibrate, learned, tierModels)
		} else {
			auto.Quality = buildQuality(r.Quality)
		}
	}
	return map[string]routing.Policy{
		policy.NameAuto:         auto,
		policy.NameHierarchical: hierarchical,
		policy.NameDomain:       domain,
		policy.NameCascade:      &policy.Cascade{Steps: pick(r.Cascade)},
		policy.NameExperiment:   &policy.Experiment{Experiments: named, Default: byName[r.DefaultModel], Active: r.Experiment},
	}, nil
}

func (f *File) judgeSettings() verdict.Settings {
	j := &f.Judge
	s := verdict.Settings{
		MinCharacters: j.MinCharacters,
		Actions:       make(map[verdict.Reason]verdict.Action),
		Hold:          verdict.Hold{Events: j.StreamHold.Events, Time: time.Duration(j.StreamHold.Time)},
		MaxBody:       int(f.Routing.Limits.Response),
	}
	if j.Repair == verdict.RepairOff.String() {
		s.Repair = verdict.RepairOff
	}
	for _, a := range j.actions() {
		act, _ := verdict.ParseAction(*a.value)
		s.Actions[verdict.Reason(a.name)] = act
	}
	s.Actions[verdict.Schema] = s.Actions[verdict.JSON]
	return s
}

// hash names a configuration: two replicas with the same hash decide alike.
func hash(f *File) string {
	text, err := json.Marshal(f)
	if err != nil {
		panic(fmt.Sprintf("config: hash: %v", err)) // plain data only
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}
