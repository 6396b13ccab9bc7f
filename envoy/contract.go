// Package envoy is the contract between Sluice and Envoy's configuration: every name that
// both sides must spell alike, with its meaning. It imports nothing of the project and does
// nothing; package bootstrap below it renders the configuration.
package envoy

// TestedVersion is the version of Envoy that the tests run and `make envoy` downloads.
const TestedVersion = "1.40.0"

// Headers between Sluice and Envoy's routes. Neither clients nor providers see them; the
// headers that clients see are in package header.
const (
	// HeaderCluster is the cluster of the chosen model, for routes with cluster_header or
	// header matches.
	HeaderCluster = "x-sluice-cluster"
	// HeaderEscalate on a response makes Envoy drop it and retry with the next candidate.
	HeaderEscalate = "x-sluice-escalate"
	// HeaderRewritten on a request of a later attempt says that the rewrite filter wrote it.
	HeaderRewritten = "x-sluice-rewritten"
)

// Prefix starts the headers by which Envoy itself is controlled.
const Prefix = "x-envoy-"

// Headers of Envoy's router that the route filter sets per request.
const (
	HeaderMaxRetries     = "x-envoy-max-retries"
	HeaderTimeout        = "x-envoy-upstream-rq-timeout-ms"
	HeaderStreamDuration = "x-envoy-upstream-stream-duration-ms"
	HeaderTryTimeout     = "x-envoy-upstream-rq-per-try-timeout-ms"
)

// Pseudo-headers in HeadersNamespace, without their colon: it would split the key.
const (
	KeyPath      = "path" // without the query: Envoy keeps that of the client
	KeyAuthority = "authority"
)

// AppliedHeaders are the other request headers that HeadersNamespace may set.
var AppliedHeaders = []string{HeaderMaxRetries, HeaderTimeout, HeaderStreamDuration, HeaderTryTimeout, "accept-encoding"}

// Dynamic metadata. What later steps need travels with the request inside Envoy, so that
// any replica can serve any step.
const (
	// Namespace holds the keys below.
	Namespace = "sluice"
	// CascadeNamespace holds priority_groups: Envoy sends attempt n to group n.
	CascadeNamespace = "sluice.cascade"
	// HeadersNamespace holds the request headers that the route filter sets, by name. Envoy
	// silently ignores header mutations if it sent the body alone, so the rendered
	// configuration takes them from here: AppliedHeaders, KeyPath and KeyAuthority.
	HeadersNamespace = "sluice.headers"

	KeyRoute      = "route"    // present once the route filter has decided
	KeyPlan       = "plan"     // the plan for the rewrite and judge filters, JSON
	KeyTried      = "tried"    // list of the failed attempts, written by judge and rewrite
	KeyStarted    = "started"  // start of the current attempt, Unix milliseconds
	KeyAnswered   = "answered" // present once a judge has accepted an answer; it settles the request
	KeyFormat     = "format"   // the client's wire format, for the shape of local replies
	KeyModel      = "model"    // this and the following: for access logs
	KeyEffort     = "effort"
	KeyTier       = "tier"
	KeyDomain     = "domain"
	KeyReason     = "reason"
	KeyStrategy   = "strategy"
	KeyAttempts   = "attempts"
	KeyEscalation = "escalation"

	KeyInputTokens  = "input_tokens" // of the last attempt, from the source that KeyCostSource names
	KeyOutputTokens = "output_tokens"
	KeyCost         = "cost" // US dollars, of all attempts
	KeyCostSource   = "cost_source"
	KeyCache        = "cache"
	KeyRepaired     = "repaired"
	KeyExperiment   = "experiment"
	KeyVariant      = "variant"
)

// JWTNamespace is where Envoy's jwt_authn filter stores the payloads of verified tokens.
const JWTNamespace = "envoy.filters.http.jwt_authn"

// LogUnanswered is the log name of the access log entries that Envoy sends to Sluice: one
// for each request that ended with KeyRoute but without KeyAnswered, and one for each whose
// client left before there was a KeyRoute.
const LogUnanswered = "sluice.unanswered"

// TagConnection is the custom tag of those entries with the value of AttributeConnection.
const TagConnection = "connection"

// DetailsPrefix starts the response code details of every local reply of Sluice. Envoy's
// configuration leaves those as they are.
const DetailsPrefix = "sluice_"

// Attributes that Envoy sends with the first message of a stream.
const (
	AttributePath       = "request.path"
	AttributeRequestID  = "request.id"
	AttributeTime       = "request.time"
	AttributeConnection = "connection.id"
	AttributeCluster    = "xds.cluster_name"
	AttributeAttempt    = "upstream.request_attempt_count"
)

// AttributeHeader returns the attribute of a request header.
func AttributeHeader(name string) string { return "request.headers['" + name + "']" }

// Names of the three filters, and of the cluster through which they reach Sluice.
const (
	FilterRoute   = "sluice.route"
	FilterRewrite = "sluice.rewrite"
	FilterJudge   = "sluice.judge"
	Cluster       = "sluice"
)

// Keys of the priority groups in CascadeNamespace, as Envoy's cluster specifier reads them.
const (
	KeyGroups      = "priority_groups"
	KeyGroupName   = "name"
	KeyClusters    = "clusters"
	KeyClusterName = "cluster_name"
	KeyWeight      = "weight"
)
