// Package envoy is the agreement between Sluice and Envoy's configuration: every
// name that both sides must spell alike, each with its meaning. It imports nothing
// of the project; package bootstrap below it renders the configuration.
package envoy

// TestedVersion is the version of Envoy that the tests run and `make envoy` downloads.
const TestedVersion = "1.40.0"

// Headers between Sluice and Envoy's routes. Neither clients nor providers see them; those
// that clients see are in package header.
const (
	// HeaderCluster names the cluster of the chosen model, for routes with
	// cluster_header or header matches.
	HeaderCluster = "x-sluice-cluster"
	// HeaderEscalate on a response makes Envoy drop it and retry on the next candidate.
	HeaderEscalate = "x-sluice-escalate"
)

// Headers of Envoy's router that the route filter sets per request.
const (
	HeaderMaxRetries     = "x-envoy-max-retries"
	HeaderTimeout        = "x-envoy-upstream-rq-timeout-ms"
	HeaderStreamDuration = "x-envoy-upstream-stream-duration-ms"
)

// In HeadersNamespace a colon would part the key, so the pseudo-headers go without.
const (
	KeyPath      = "path" // without the query: Envoy keeps the client's
	KeyAuthority = "authority"
)

// AppliedHeaders are the other request headers that HeadersNamespace may set.
var AppliedHeaders = []string{HeaderMaxRetries, HeaderTimeout, HeaderStreamDuration, "accept-encoding"}

// CredentialHeaders are removed from every attempt before Envoy injects the
// provider's own key: secrets, and names of accounts that the key does not belong to.
var CredentialHeaders = []string{
	"authorization", "x-api-key", "api-key", "x-goog-api-key", "proxy-authorization", "cookie",
	"openai-organization", "openai-project",
}

// Dynamic metadata. What later steps must know travels with the request inside
// Envoy, so that any replica can serve any step.
const (
	// Namespace holds the keys below.
	Namespace = "sluice"
	// CascadeNamespace holds priority_groups: attempt n goes to group n.
	CascadeNamespace = "sluice.cascade"
	// HeadersNamespace holds the request headers that the route filter wants, by name.
	// Where Envoy sent the body alone it drops header mutations in silence; the rendered
	// configuration takes them from here instead: AppliedHeaders, KeyPath and KeyAuthority.
	HeadersNamespace = "sluice.headers"

	KeyRoute      = "route"    // present once the route filter has decided
	KeyPlan       = "plan"     // what the rewrite and judge filters must know, JSON
	KeyTried      = "tried"    // attempts that were given up, a list, written by judge and rewrite
	KeyStarted    = "started"  // when the current attempt began, Unix milliseconds
	KeyAnswered   = "answered" // present once a judge has let an answer go, whose end it settles
	KeyFormat     = "format"   // the client's wire format, for the shape of local replies
	KeyModel      = "model"    // from here on: for access logs; the same as the headers above
	KeyEffort     = "effort"
	KeyTier       = "tier"
	KeyDomain     = "domain"
	KeyReason     = "reason"
	KeyStrategy   = "strategy"
	KeyAttempts   = "attempts"
	KeyEscalation = "escalation"

	KeyInputTokens  = "input_tokens" // of the last attempt, as KeyCostSource says
	KeyOutputTokens = "output_tokens"
	KeyCost         = "cost" // US dollars, of all attempts
	KeyCostSource   = "cost_source"
	KeyCache        = "cache"
	KeyRepaired     = "repaired"
	KeyExperiment   = "experiment"
	KeyVariant      = "variant"
)

// JWTNamespace is where Envoy's jwt_authn filter leaves the payloads of tokens that it has verified.
const JWTNamespace = "envoy.filters.http.jwt_authn"

// LogUnanswered names the entries of Envoy's access log that Sluice gets: requests with
// KeyRoute and without KeyAnswered, when they have ended.
const LogUnanswered = "sluice.unanswered"

// DetailsPrefix starts the details of every answer of Sluice's own. Envoy's configuration
// tells by it what it must not touch.
const DetailsPrefix = "sluice_"

// Attributes that Envoy sends with the first message of an exchange.
const (
	AttributePath       = "request.path"
	AttributeRequestID  = "request.id"
	AttributeTime       = "request.time"
	AttributeConnection = "connection.id"
	AttributeCluster    = "xds.cluster_name"
	AttributeAttempt    = "upstream.request_attempt_count"
)

// AttributeHeader is the attribute that carries the request header name.
func AttributeHeader(name string) string { return "request.headers['" + name + "']" }

// Names of the three filters and of the cluster through which they reach Sluice.
const (
	FilterRoute   = "sluice.route"
	FilterRewrite = "sluice.rewrite"
	FilterJudge   = "sluice.judge"
	Cluster       = "sluice"
)

// Priority groups, as the cluster specifier reads them from CascadeNamespace.
const (
	KeyGroups      = "priority_groups"
	KeyGroupName   = "name"
	KeyClusters    = "clusters"
	KeyClusterName = "cluster_name"
	KeyWeight      = "weight"
)
