// Package header names the HTTP headers that Sluice reads from clients and adds to
// answers, and their values.
//
// It knows nothing of Envoy, whose own headers are in package envoy, and imports nothing.
package header

// Prefix starts every header of Sluice. What a client sends under it is dropped unless
// the configuration allows it.
const Prefix = "x-sluice-"

// On every answer: which model answered, and why. Providers never see them.
const (
	Model      = Prefix + "model"
	Effort     = Prefix + "effort" // reasoning effort that the model was asked for, where the configuration sets one
	Tier       = Prefix + "tier"
	Domain     = Prefix + "domain"
	Reason     = Prefix + "reason"
	Attempts   = Prefix + "attempts"
	Escalation = Prefix + "escalation" // why each earlier attempt was given up, in order
	RequestID  = Prefix + "request-id"
	Cost       = Prefix + "cost"        // US dollars, of all attempts, on answers that are not streamed
	CostSource = Prefix + "cost-source" // SourceUsage or SourceEstimate
	Cache      = Prefix + "cache"       // CacheHit, CacheMiss or CacheBypass, where there is a cache
	Compressed = Prefix + "compressed"  // tokens by which the prompt was shortened
	Repaired   = Prefix + "repaired"    // RepairedJSON, where something was cut out of the answer
)

// Request headers that clients may set where the configuration allows it.
const (
	Strategy   = Prefix + "strategy"
	Experiment = Prefix + "experiment"
	// User is the client's own statement of its user (identity.user.client).
	User = Prefix + "user"
	// Debug: "true" asks for the whole decision, which the answer carries under the same name.
	Debug = Prefix + "debug"
)

// Request headers that every client may set. Cache with CacheBypass keeps a request out of
// the cache; Latency with LatencyRelaxed says that the answer may take its time.
const (
	Latency        = Prefix + "latency"
	LatencyRelaxed = "relaxed"
)

// ShouldRetry is obeyed by the OpenAI and Anthropic SDKs before any other hint.
const ShouldRetry = "x-should-retry"

// Values of [CostSource]: the usage in the providers' answers, or an estimate where an attempt
// came without any.
const (
	SourceUsage    = "usage"
	SourceEstimate = "estimate"
)

// Values of [Cache].
const (
	CacheHit    = "hit"
	CacheMiss   = "miss"
	CacheBypass = "bypass"
)

// RepairedJSON as the value of [Repaired]: what stood around the JSON was cut off.
const RepairedJSON = "json"

// Keys are the headers in which clients send their API key, in the order in which one is
// looked for; in authorization it stands behind "Bearer".
var Keys = []string{"authorization", "x-api-key", "api-key", "x-goog-api-key"}
