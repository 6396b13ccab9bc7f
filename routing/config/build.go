package config

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"sluice/routing"
	"sluice/routing/budget"
	"sluice/routing/cache"
	"sluice/routing/compress"
	"sluice/routing/experiment"
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
	EnrolHeaders  []string      // by which experiments select requests
	ResponseLimit int           // bytes of an answer that are held to be judged
	StreamTime    time.Duration // bound on a streamed request
	Debug         bool          // a request may ask for its whole decision
	Listed        []string      // names for GET /v1/models: aliases, then models
	Hash          string        // of the configuration; replicas with the same hash decide alike
}

// Build turns a checked file into its running form.
func Build(f *File) (*Runtime, error) {
	models, byName, err := buildModels(f)
	if err != nil {
		return nil, err
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

// Lifetime returns the longest time that a request can take. What waits for its end may give
// up after that.
func (rt *Runtime) Lifetime(stream bool) time.Duration {
	const margin = 10 * time.Second // for the upload of the request, and clocks that differ
	if stream {
		return rt.StreamTime + margin
	}
	return time.Duration(rt.File.Routing.Limits.TotalTime) + margin
}

// Timeout returns the limit on an attempt by the model's name: on all of it, or, for a stream,
// on the time until some of the answer has come.
func (rt *Runtime) Timeout(model string) time.Duration {
	if m := rt.Router.Model(model); m != nil {
		return cmp.Or(m.Timeout, time.Duration(rt.File.Routing.Limits.TotalTime))
	}
	return 0
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

// hash identifies a configuration.
func hash(f *File) string {
	text, err := json.Marshal(f)
	if err != nil {
		panic(fmt.Sprintf("config: hash: %v", err)) // plain data only
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}
