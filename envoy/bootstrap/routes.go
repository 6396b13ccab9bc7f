package bootstrap

import (
	"cmp"
	"strings"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	priorityv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/router/cluster_specifiers/priority_group/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"sluice/envoy"
	"sluice/routing"
)

// llmPaths are the calls whose body names a model.
var llmPaths = []string{
	"/v1/chat/completions",
	"/v1/messages",
	"/v1/messages/count_tokens",
	"/v1/responses",
	"/v1/responses/input_tokens",
	"/v1/completions",
	"/v1/embeddings",
}

const modelsPath = "/v1/models"

// routes are matched twice for a request: first by its path, which decides whether Sluice
// sees it, and after Sluice's decision by the metadata, whatever the path is then.
func (r *renderer) routes(models []*routing.Model) *routev3.RouteConfiguration {
	routes := []*routev3.Route{r.streamed(models), r.whole(models)}
	for _, path := range llmPaths {
		routes = append(routes, &routev3.Route{
			Name: path,
			Match: &routev3.RouteMatch{
				PathSpecifier: &routev3.RouteMatch_Path{Path: path},
				Headers:       []*routev3.HeaderMatcher{exactly(":method", "POST")},
			},
			TypedPerFilterConfig: r.routedByBody(),
			// Reached only if there was no body to send to Sluice.
			Action: directResponse(400, "expected a JSON body"),
		})
	}
	if len(r.file.CORS.Origins) > 0 {
		routes = append(routes, preflight())
	}
	routes = append(routes,
		&routev3.Route{
			Name: modelsPath,
			Match: &routev3.RouteMatch{
				PathSpecifier: &routev3.RouteMatch_PathSeparatedPrefix{PathSeparatedPrefix: modelsPath},
				Headers:       []*routev3.HeaderMatcher{exactly(":method", "GET")},
			},
			TypedPerFilterConfig: answeredBySluice(),
			Action:               directResponse(404, "no such model"),
		},
		&routev3.Route{
			Name:   "other",
			Match:  &routev3.RouteMatch{PathSpecifier: &routev3.RouteMatch_Prefix{Prefix: "/"}},
			Action: directResponse(404, "nothing is served here; expected a POST to "+strings.Join(llmPaths, ", ")+", or a GET of "+modelsPath),
		},
	)
	return &routev3.RouteConfiguration{
		Name: "llm",
		VirtualHosts: []*routev3.VirtualHost{{
			Name:    "llm",
			Domains: []string{"*"},
			Routes:  routes,
			// A larger body could be neither routed nor sent again: Envoy replies with 413.
			RequestBodyBufferLimit:     wrapperspb.UInt64(uint64(r.limits.Request)),
			IncludeRequestAttemptCount: true, // the rewrite filter is skipped on attempt 1
		}},
	}
}

// neverToClients are headers of providers that no client gets: the marker, and what would have
// it send its request, keys included, elsewhere or again.
var neverToClients = []string{envoy.HeaderEscalate, "location", "set-cookie"}

// whole is the route of a request that Sluice has decided on and whose answer is no stream:
// the cluster bounds each attempt, total_time all of them.
func (r *renderer) whole(models []*routing.Model) *routev3.Route {
	return &routev3.Route{
		Name:                    "routed",
		Match:                   match(present(envoy.Namespace, envoy.KeyRoute)),
		Action:                  &routev3.Route_Route{Route: r.cascade(models, time.Duration(r.limits.TotalTime))},
		TypedPerFilterConfig:    decided(),
		ResponseHeadersToRemove: neverToClients,
		RequestBodyBufferLimit:  wrapperspb.UInt64(noWatermark), // also bounds the answer that the judge may hold
	}
}

// streamed is the same for a stream, which may last long but must not be silent. Sluice marks
// it by lifting the cluster's bound, and bounds the silence itself. Envoy's bound is for streams
// that nobody judges; it holds before the first byte as well, and cuts off what was released.
func (r *renderer) streamed(models []*routing.Model) *routev3.Route {
	action := r.cascade(models, time.Duration(r.limits.StreamTime))
	silence := time.Duration(r.limits.StreamIdle)
	for _, m := range models {
		silence = max(silence, cmp.Or(m.Timeout, time.Duration(r.limits.TotalTime)))
	}
	action.RetryPolicy.PerTryIdleTimeout = duration(silence + time.Second)
	return &routev3.Route{
		Name:                    "routed-stream",
		Match:                   match(present(envoy.Namespace, envoy.KeyRoute), present(envoy.HeadersNamespace, envoy.HeaderStreamDuration)),
		Action:                  &routev3.Route_Route{Route: action},
		TypedPerFilterConfig:    decided(),
		ResponseHeadersToRemove: neverToClients,
		RequestBodyBufferLimit:  wrapperspb.UInt64(noWatermark), // also bounds the answer that the judge may hold
	}
}

// cascade sends attempt n to group n. The groups here only declare the clusters; Sluice
// overrides them for each request, and again when it judges an answer.
func (r *renderer) cascade(models []*routing.Model, timeout time.Duration) *routev3.RouteAction {
	groups := make([]*priorityv3.PriorityGroup, len(models))
	for i, m := range models {
		groups[i] = &priorityv3.PriorityGroup{
			Name:     m.Name,
			Clusters: []*priorityv3.ClusterWeight{{ClusterName: m.Cluster, Weight: wrapperspb.UInt32(1)}},
		}
	}
	return &routev3.RouteAction{
		ClusterSpecifier: &routev3.RouteAction_InlineClusterSpecifierPlugin{InlineClusterSpecifierPlugin: &routev3.ClusterSpecifierPlugin{
			Extension: &corev3.TypedExtensionConfig{
				Name: "envoy.router.cluster_specifier_plugin.priority_group",
				TypedConfig: packed(&priorityv3.PriorityGroupClusterSpecifier{
					OverrideMetadataNamespace: envoy.CascadeNamespace,
					PriorityGroups:            groups,
				}),
			},
		}},
		// The first candidate's; the rewrite filter writes those of the later ones.
		PathRewrite:          appliedHeader(envoy.KeyPath),
		HostRewriteSpecifier: &routev3.RouteAction_HostRewrite{HostRewrite: appliedHeader(envoy.KeyAuthority)},

		Timeout:     duration(timeout),
		IdleTimeout: duration(0), // a model may think for long; each attempt has its own bound
		RetryPolicy: &routev3.RetryPolicy{
			// Not 5xx: the judge decides about every answer that arrives, and another attempt may
			// be more than the budget allows.
			RetryOn: "retriable-headers,reset,connect-failure,refused-stream",
			RetriableHeaders: []*routev3.HeaderMatcher{{
				Name:                 envoy.HeaderEscalate,
				HeaderMatchSpecifier: &routev3.HeaderMatcher_PresentMatch{PresentMatch: true},
			}},
			NumRetries:            wrapperspb.UInt32(uint32(max(r.limits.Attempts-1, 0))), // Sluice lowers it per request
			RefreshClusterOnRetry: true,
			// The default waits 25 ms or more before each escalation.
			RetryBackOff: &routev3.RetryPolicy_RetryBackOff{
				BaseInterval: duration(time.Millisecond), MaxInterval: duration(2 * time.Millisecond),
			},
		},
	}
}

// match selects requests of any path by the metadata, which clients cannot set.
func match(metadata ...*matcherv3.MetadataMatcher) *routev3.RouteMatch {
	return &routev3.RouteMatch{PathSpecifier: &routev3.RouteMatch_Prefix{Prefix: "/"}, DynamicMetadata: metadata}
}

func present(namespace, key string) *matcherv3.MetadataMatcher {
	return &matcherv3.MetadataMatcher{
		Filter: namespace,
		Path:   []*matcherv3.MetadataMatcher_PathSegment{{Segment: &matcherv3.MetadataMatcher_PathSegment_Key{Key: key}}},
		Value:  &matcherv3.ValueMatcher{MatchPattern: &matcherv3.ValueMatcher_PresentMatch{PresentMatch: true}},
	}
}

func exactly(header, value string) *routev3.HeaderMatcher {
	return &routev3.HeaderMatcher{
		Name: header,
		HeaderMatchSpecifier: &routev3.HeaderMatcher_StringMatch{StringMatch: &matcherv3.StringMatcher{
			MatchPattern: &matcherv3.StringMatcher_Exact{Exact: value},
		}},
	}
}

// directResponse replies with the text; localReplies gives it the shape of the client's API.
func directResponse(status uint32, text string) *routev3.Route_DirectResponse {
	return &routev3.Route_DirectResponse{DirectResponse: &routev3.DirectResponseAction{Status: status, Body: inline(text)}}
}
