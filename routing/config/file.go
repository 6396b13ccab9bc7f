// Package config is the one file that describes the product: its written form ([File]), the
// only way from YAML to a running router ([Load], [Build]), and the built-in default.
//
// It is strict: an unknown key, an unknown name or a value out of range is an error with its
// place. All errors are reported at once, and nothing takes effect before the whole file is
// valid. It knows no Envoy: package bootstrap renders Envoy's configuration from a [File].
// Start with [File] and default.yaml; docs/configuration.md is the reference for operators.
package config

// File is the configuration as users write it. A field without a default in default.yaml says
// what its zero value means.
type File struct {
	Listen     string   `yaml:"listen"`      // where clients connect, host:port
	Admin      string   `yaml:"admin"`       // health and metrics of Sluice, host:port
	AdminHosts []string `yaml:"admin_hosts"` // host names that reach the admin API, besides IP addresses and localhost
	Processor  string   `yaml:"processor"`   // where Envoy connects to Sluice: host:port or unix:/path

	Providers   map[string]Provider `yaml:"providers"`
	Models      []Model             `yaml:"models"`
	Routing     Routing             `yaml:"routing"`
	Judge       Judge               `yaml:"judge"`
	Budgets     []Budget            `yaml:"budgets"`
	Experiments Experiments         `yaml:"experiments"`
	Identity    Identity            `yaml:"identity"`
	State       State               `yaml:"state"`
	Cache       *Cache              `yaml:"cache"`       // none: nothing is cached
	Compression string              `yaml:"compression"` // off or spec
	Agreement   Agreement           `yaml:"agreement"`
	CORS        CORS                `yaml:"cors"`
	Envoy       Envoy               `yaml:"envoy"`
	Telemetry   Telemetry           `yaml:"telemetry"`

	// Written lists the sections that the file itself has, in its order. The others are the
	// built-in default's.
	Written []string `yaml:"-" json:"-"`
}

// CORS says which pages browsers let call the API.
type CORS struct {
	// Origins are scheme://host:port, with *. before the host for those below it; loopback is
	// every page of this machine, "*" every page. None is off.
	Origins Words `yaml:"origins"`
}

// CacheHeaders are the request headers that providers get and that may change what a model says,
// so that they are part of the cache's keys.
func (f *File) CacheHeaders() []string {
	return append([]string{"anthropic-version", "anthropic-beta", "openai-beta"}, f.Envoy.ForwardHeaders...)
}

// Provider is where models live.
type Provider struct {
	Endpoint   string      `yaml:"endpoint"`   // base URL, as for the provider's own SDK
	Format     Words       `yaml:"format"`     // openai, anthropic, responses, or several; the first is the endpoint's own
	Credential *Credential `yaml:"credential"` // none: requests go without a key
	HTTP2      bool        `yaml:"http2"`      // for http endpoints: HTTP/2 without TLS; https negotiates it
	KeepAlive  *Duration   `yaml:"keep_alive"` // how long a connection waits for its next request; see IdleTime
	CA         string      `yaml:"ca"`         // PEM file of the authorities to trust; "" is envoy.ca

	// StreamUsage: it supports OpenAI's stream_options.include_usage. Absent is true.
	StreamUsage *bool `yaml:"stream_usage"`
}

// Credential says where Envoy finds a provider's key. The key itself is never read by Sluice.
type Credential struct {
	Env    string  `yaml:"env"`    // environment variable of the Envoy process
	File   string  `yaml:"file"`   // file that holds the key alone; read again when it is replaced
	Header string  `yaml:"header"` // "" is authorization, or x-api-key for anthropic
	Prefix *string `yaml:"prefix"` // before the key; absent is "Bearer " in authorization, else nothing
}

// Model is one model that may answer.
type Model struct {
	Name          string   `yaml:"name"`
	UpstreamName  string   `yaml:"upstream_name"` // what the provider calls it; "" is name
	Provider      string   `yaml:"provider"`
	Family        string   `yaml:"family"` // who made it; "" is by the name: gpt is OpenAI's, claude Anthropic's, …
	Tier          string   `yaml:"tier"`
	Timeout       Duration `yaml:"timeout"`        // of one attempt; 0 is routing.limits.total_time
	MinConfidence float64  `yaml:"min_confidence"` // 0 accepts every answer
	Context       int      `yaml:"context"`        // tokens; 0 is unknown and never filters
	MaxOutput     int      `yaml:"max_output"`     // tokens of an answer; 0 is unknown and never lowers the client's limit; budgets then assume 32,768
	LimitKey      string   `yaml:"limit_key"`      // what it calls that limit in Chat Completions; "" is by the model's name and the provider
	Price         Price    `yaml:"price"`
	Capabilities  []string `yaml:"capabilities"`
	Languages     []string `yaml:"languages"` // ISO 639-1 codes of languages that it is good at; none is all
	Efforts       Efforts  `yaml:"efforts"`   // each makes a candidate NAME@EFFORT
	Thinking      string   `yaml:"thinking"`  // how it takes an effort in Anthropic's format: effort, adaptive or budget; "" is effort
}

// Price is in US dollars per million tokens.
type Price struct {
	Input        float64  `yaml:"input"`
	Output       float64  `yaml:"output"`
	CachedInput  *float64 `yaml:"cached_input"`   // absent is the price of input
	CacheWrite   *float64 `yaml:"cache_write"`    // absent is the price of input
	CacheWrite1h *float64 `yaml:"cache_write_1h"` // for an hour; absent is the price of cache_write
	Flex         float64  `yaml:"flex"`           // part of the price, 0 to 1, for a request that can wait (service_tier: flex); 0 is no such tier
	Priority     *float64 `yaml:"priority"`       // multiple of the price, up to 100, for one that must not (service_tier: priority); absent is 1
	Batch        float64  `yaml:"batch"`          // part of the price in a batch, 0 to 1; 0 is no batches
}

// Routing says which requests are routed and how.
type Routing struct {
	Route           []string            `yaml:"route"`     // requested model names that Sluice answers for; "*" is all
	Strategy        string              `yaml:"strategy"`  // auto, hierarchical, domain, cascade or experiment
	Tiers           Thresholds          `yaml:"tiers"`     // of the spec's score
	Scorer          string              `yaml:"scorer"`    // of strategy auto: learned or spec
	Quality         *Quality            `yaml:"quality"`   // how the learned scorer's need becomes a tier
	Calibrate       *Calibrate          `yaml:"calibrate"` // instead of quality: the complexities at which tiers begin
	TierModels      map[string]string   `yaml:"tier_models"`
	Domains         map[string][]string `yaml:"domains"`
	DefaultModel    string              `yaml:"default_model"`
	Cascade         []string            `yaml:"cascade"`
	StructuredModel string              `yaml:"structured_model"` // tried after a JSON failure; "" is the next candidate
	Experiment      string              `yaml:"experiment"`       // that strategy experiment runs
	AllowHeaders    []string            `yaml:"allow_headers"`    // that clients may send: x-sluice-strategy, x-sluice-experiment
	Debug           bool                `yaml:"debug"`            // a request with x-sluice-debug: true gets the whole decision
	BudgetStatus    int                 `yaml:"budget_status"`    // HTTP status of a request that the budgets refuse: 402, 403 or 429
	Session         Session             `yaml:"session"`
	Limits          Limits              `yaml:"limits"`
}

// Thresholds are the complexities above which a tier begins.
type Thresholds struct {
	Standard float64 `yaml:"standard" json:"standard"`
	Premium  float64 `yaml:"premium" json:"premium"`
	Flagship float64 `yaml:"flagship" json:"flagship"`
}

// Quality says what a weak answer costs, see [policy.Quality]. It may be written as one word,
// its level; numbers that are absent are the level's.
type Quality struct {
	Level      string   `yaml:"level"`       // low, balanced or high; "" is balanced
	WeakAnswer *float64 `yaml:"weak_answer"` // cost of a weak answer that is not caught, in answers of the tier needed, 0 to 1000
	Caught     *float64 `yaml:"caught"`      // share of the weak answers that the verdicts catch, 0 to 1
}

// Calibrate says at which complexities the tiers of the learned scorer begin, whatever they
// cost: by one of three targets, or by thresholds, such as those of `sluice calibrate`.
type Calibrate struct {
	CheapShare float64     `yaml:"cheap_share"` // of ordinary traffic, for the budget and standard tiers, 0 to 1
	Cost       float64     `yaml:"cost"`        // US dollars that an ordinary request may cost on average
	Quality    float64     `yaml:"quality"`     // share of requests that need a premium model or stronger and get one, 0 to 1
	Thresholds *Thresholds `yaml:"thresholds"`  // complexities above which a tier begins
}

// Session says how long conversations are kept, so that they stay with their models.
type Session struct {
	TTL  Duration `yaml:"ttl"`  // since its last request; 0 is off
	Most int      `yaml:"most"` // conversations that are kept; the least recently used go first
}

// Limits bound what one request may use.
type Limits struct {
	Attempts   int      `yaml:"attempts"`    // most models that one request may try
	TotalTime  Duration `yaml:"total_time"`  // of a request that is not streamed, all attempts together
	StreamTime Duration `yaml:"stream_time"` // the same for a stream
	StreamIdle Duration `yaml:"stream_idle"` // longest silence of an attempt after its first words
	Request    Size     `yaml:"request"`     // largest request body

	// RequestTime bounds the time from a request's first byte until it has a first attempt.
	RequestTime Duration `yaml:"request_time"`

	Response Size `yaml:"response"` // largest response body that is judged; larger ones pass unjudged
	Answer   Size `yaml:"answer"`   // largest answer that a client gets, streams included
	Held     Size `yaml:"held"`     // of all answers that are held to be judged at one time; beyond it answers pass unjudged
}

// Judge says what is done about each kind of weak answer: escalate or keep.
type Judge struct {
	MinCharacters int    `yaml:"min_characters"` // shorter answers escalate where none was asked for; 0 is off
	Empty         string `yaml:"empty"`
	Length        string `yaml:"length"`
	Refusal       string `yaml:"refusal"`
	PolicyRefusal string `yaml:"policy_refusal"`
	JSON          string `yaml:"json"`
	ToolArguments string `yaml:"tool_arguments"`
	ToolCallText  string `yaml:"tool_call_text"`
	Repetition    string `yaml:"repetition"`
	Unfinished    string `yaml:"unfinished"`
	WrongLanguage string `yaml:"wrong_language"`
	LowConfidence string `yaml:"low_confidence"`
	ProviderError string `yaml:"provider_error"`
	Constraint    string `yaml:"constraint"`
	Repair        string `yaml:"repair"` // json: JSON is cut out of the words around it; or off
	StreamHold    Hold   `yaml:"stream_hold"`
}

// Hold bounds how much of a stream is judged before it is let go.
type Hold struct {
	Events int      `yaml:"events"`
	Time   Duration `yaml:"time"`
}

// Budget is a limit on spending.
type Budget struct {
	Name           string  `yaml:"name"`
	Per            string  `yaml:"per"`
	Limit          float64 `yaml:"limit"` // US dollars in a window
	Window         string  `yaml:"window"`
	Timezone       string  `yaml:"timezone"`
	ExhaustedBelow float64 `yaml:"exhausted_below"` // US dollars left, below which the budget is exhausted
	PremiumAbove   float64 `yaml:"premium_above"`   // share left, 0 to 1, above which tiers above standard are allowed
	OnExhausted    string  `yaml:"on_exhausted"`    // cheapest, or refuse
}

// Identity says who makes a request, for budgets, the cache and experiments. The hash of the
// API key is the key, and also the user if no source names one.
type Identity struct {
	User   Source `yaml:"user"`
	Team   Source `yaml:"team"`
	Tenant Source `yaml:"tenant"`
	JWT    *JWT   `yaml:"jwt"` // Envoy verifies tokens; absent if the mesh does, or there are none
}

// Source is where a name comes from: the first of these that a request has.
type Source struct {
	Header string `yaml:"header"` // set by the mesh, which must drop the client's
	Claim  string `yaml:"claim"`  // of a JWT that Envoy has verified; dots lead into objects
	Client bool   `yaml:"client"` // user only: the client names it, by x-sluice-user or in the body
}

// JWT says which tokens Envoy accepts. Requests without a valid one are refused with 401.
type JWT struct {
	Issuer    string   `yaml:"issuer"`
	Audiences []string `yaml:"audiences"` // none is any
	JWKS      string   `yaml:"jwks"`      // file with the issuer's public keys
	Header    string   `yaml:"header"`    // that carries the token; "" is authorization, with "Bearer "
}

// State says where budgets, experiments and sessions are kept.
type State struct {
	Store     string   `yaml:"store"`      // disk, memory, or redis://host:6379/0 for several replicas
	Path      string   `yaml:"path"`       // file of store disk; "" is sluice/state.db in the user's state folder
	Timeout   Duration `yaml:"timeout"`    // longest wait for the store
	OnFailure string   `yaml:"on_failure"` // without the store: open lets requests go on uncounted, closed refuses those with a budget
}

// Experiments are in the order of the file.
type Experiments []Experiment

// Experiment is one A/B test: a mapping of its variants, in the order of the file, with unit
// and enrol beside them.
type Experiment struct {
	Name     string    `yaml:"-"`
	Unit     string    `yaml:"unit"` // user, session or key; "" is user
	Enrol    Enrol     `yaml:"enrol"`
	Variants []Variant `yaml:"-"`
}

// Enrol says which requests take part without asking for it. The zero value is none.
type Enrol struct {
	Share      float64 `yaml:"share"`      // of the units, 0 to 1
	Strategies Words   `yaml:"strategies"` // none is auto
	Domains    Words   `yaml:"domains"`    // none is all
	Header     string  `yaml:"header"`     // a request header; "" asks for none
	Value      string  `yaml:"value"`      // what it must be; "" is anything
}

// Variant is one arm of an experiment.
type Variant struct {
	Name   string  `yaml:"-"`
	Model  string  `yaml:"model"`
	Weight float64 `yaml:"weight"`
}

// Words is a list that may be written as one word.
type Words []string

// Envoy is what the rendered Envoy configuration needs beyond the above.
type Envoy struct {
	Admin     string `yaml:"admin"`      // Envoy's own admin address; "" is off
	AccessLog string `yaml:"access_log"` // file, or off
	CA        string `yaml:"ca"`         // PEM file of the authorities to trust for https endpoints

	Memory      Size `yaml:"memory"`      // of its heap; as it fills, Envoy gives up more and more
	Connections int  `yaml:"connections"` // of clients, at one time

	ForwardHeaders []string `yaml:"forward_headers"` // request headers that providers get, besides those that Sluice knows
}

// Agreement says which requests two cheap models answer, to be escalated if they differ. It
// may be written as one word, its when.
type Agreement struct {
	When    string `yaml:"when"`    // off, or checkable: answers that can be compared, if it costs less than the next tier
	Domains Words  `yaml:"domains"` // none is all
	Probe   string `yaml:"probe"`   // the second model; "" is the cheapest of another family in the budget and standard tiers
}

// Telemetry says what Sluice logs.
type Telemetry struct {
	LogLevel string `yaml:"log_level"` // debug, info, warn or error
}

// Cache says which answers are cached.
type Cache struct {
	TTL         Duration `yaml:"ttl"`
	MaxSize     Size     `yaml:"max_size"`    // of store memory
	MaxEntry    Size     `yaml:"max_entry"`   // larger answers are not cached
	Store       string   `yaml:"store"`       // memory, or redis://host:6379/0
	Scope       string   `yaml:"scope"`       // who shares answers: user, key, team, tenant, or everyone
	Temperature string   `yaml:"temperature"` // of cached requests: zero, unset (or zero), any
	Tools       bool     `yaml:"tools"`       // requests with tools are cached, too
	Wait        Duration `yaml:"wait"`        // how long a request waits for an identical one before it; 0 is not at all
}
