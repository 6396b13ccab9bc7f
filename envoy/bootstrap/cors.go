package bootstrap

import (
	"regexp"
	"strings"

	xdsmatcherv3 "github.com/cncf/xds/go/xds/type/matcher/v3"
	mutationv3 "github.com/envoyproxy/go-control-plane/envoy/config/common/mutation_rules/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	matchingv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/common/matching/v3"
	headermutationv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/header_mutation/v3"

	"sluice/routing/config"
	"sluice/routing/header"
)

// Envoy's cors filter does nothing on routes with a direct_response, and every LLM call begins
// on one. So a route answers the preflights, and a filter adds what lets a page read answers.

// A browser that does not know "*" takes the names before it, which the providers' SDKs send
// or read. "*" never includes authorization.
const (
	corsRequestHeaders = "authorization, content-type, x-api-key, anthropic-version, anthropic-beta, " +
		"anthropic-dangerous-direct-browser-access, openai-organization, openai-project, *"
	corsResponseHeaders = headerOpenAIRequest + ", " + headerAnthropicRequest + ", retry-after, " + header.ShouldRetry + ", " +
		header.RequestID + ", " + header.Model + ", *"
	corsMaxAge = "600" // seconds for which a browser keeps the answer to a preflight
)

// preflight is the route of the requests in which browsers ask what a page may do. The answer
// counts only with allow-origin, which is added for the configured origins alone.
func preflight() *routev3.Route {
	return &routev3.Route{
		Name: "preflight",
		Match: &routev3.RouteMatch{
			PathSpecifier: &routev3.RouteMatch_Prefix{Prefix: "/"},
			Headers: []*routev3.HeaderMatcher{exactly(":method", "OPTIONS"), {
				Name:                 "access-control-request-method",
				HeaderMatchSpecifier: &routev3.HeaderMatcher_PresentMatch{PresentMatch: true},
			}},
		},
		ResponseHeadersToAdd: []*corev3.HeaderValueOption{
			set("access-control-allow-methods", "GET, POST"),
			set("access-control-allow-headers", corsRequestHeaders),
			set("access-control-allow-private-network", "true"), // Sluice usually has a private address
			set("access-control-max-age", corsMaxAge),
		},
		Action: &routev3.Route_DirectResponse{DirectResponse: &routev3.DirectResponseAction{Status: 204}},
	}
}

// allowOrigin lets pages of the configured origins read the answers. They get no credentials
// of the browser's, such as cookies: a page must have a key of its own.
func (r *renderer) allowOrigin() *matchingv3.ExtensionWithMatcher {
	add := &headermutationv3.HeaderMutation{Mutations: &headermutationv3.Mutations{ResponseMutations: []*mutationv3.HeaderMutation{
		setHeader("access-control-allow-origin", filterState(stateOrigin)),
		setHeader("access-control-expose-headers", corsResponseHeaders),
		setHeader("vary", "origin"),
	}}}
	var origins []*xdsmatcherv3.Matcher_MatcherList_Predicate
	for _, o := range r.file.CORS.Origins {
		origins = append(origins, originIs(o))
	}
	any := origins[0]
	if len(origins) > 1 {
		any = &xdsmatcherv3.Matcher_MatcherList_Predicate{MatchType: &xdsmatcherv3.Matcher_MatcherList_Predicate_OrMatcher{
			OrMatcher: &xdsmatcherv3.Matcher_MatcherList_Predicate_PredicateList{Predicate: origins},
		}}
	}
	return &matchingv3.ExtensionWithMatcher{
		ExtensionConfig: &corev3.TypedExtensionConfig{Name: "envoy.filters.http.header_mutation", TypedConfig: packed(add)},
		XdsMatcher: &xdsmatcherv3.Matcher{MatcherType: &xdsmatcherv3.Matcher_MatcherList_{MatcherList: &xdsmatcherv3.Matcher_MatcherList{
			Matchers: []*xdsmatcherv3.Matcher_MatcherList_FieldMatcher{{
				Predicate: &xdsmatcherv3.Matcher_MatcherList_Predicate{MatchType: &xdsmatcherv3.Matcher_MatcherList_Predicate_NotMatcher{NotMatcher: any}},
				OnMatch:   skipFilter(),
			}},
		}}},
	}
}

// originIs matches requests whose origin is one of those that the configuration calls so.
func originIs(origin string) *xdsmatcherv3.Matcher_MatcherList_Predicate {
	is := &xdsmatcherv3.StringMatcher{}
	scheme, domain, wild := strings.Cut(origin, "://*.")
	switch {
	case origin == config.LoopbackOrigins:
		is.MatchPattern = wholly(`https?://(([a-z0-9-]+\.)*localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?`)
	case origin == "*":
		is.MatchPattern = wholly(`.+`)
	case wild:
		is.MatchPattern = wholly(regexp.QuoteMeta(scheme) + `://([a-z0-9-]+\.)+` + regexp.QuoteMeta(domain))
	default:
		is.MatchPattern = &xdsmatcherv3.StringMatcher_Exact{Exact: origin}
	}
	return headerIs("origin", is)
}
