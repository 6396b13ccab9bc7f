package bootstrap

import (
	"time"

	xdscorev3 "github.com/cncf/xds/go/xds/core/v3"
	xdsmatcherv3 "github.com/cncf/xds/go/xds/type/matcher/v3"
	mutationv3 "github.com/envoyproxy/go-control-plane/envoy/config/common/mutation_rules/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	matchingv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/common/matching/v3"
	commonfaultv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/common/fault/v3"
	actionv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/common/matcher/action/v3"
	setstatev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/common/set_filter_state/v3"
	bufferv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/buffer/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ext_proc/v3"
	faultv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/fault/v3"
	headermutationv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/header_mutation/v3"
	routerv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	setstatefilterv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/set_filter_state/v3"
	codecv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/upstream_codec/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	previoushostsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/retry/host/previous_hosts/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"sluice/envoy"
	"sluice/routing/config"
	"sluice/routing/header"
)

// messageTimeout bounds Sluice's response to a message. Deciding takes microseconds; the rest
// is for a body of many megabytes on a busy machine.
const messageTimeout = 5 * time.Second

// againDelay is for Envoy to take a replica that has died out of rotation: a request that is sent
// again at once goes to the same one, on the connection that is just being closed.
const againDelay = 100 * time.Millisecond

const (
	filterHold      = "sluice.hold"
	filterWait      = "sluice.wait"
	filterAgain     = "sluice.route_again"
	filterHoldAgain = "sluice.hold_again"

	filterHoldRewrite  = "sluice.hold_rewrite"
	filterRewriteAgain = "sluice.rewrite_again"
	headerAttempt      = "x-envoy-attempt-count" // set by Envoy for each attempt
)

// Filter state: the request before anything was rewritten, for local replies and the access log.
const (
	stateRequestID = "sluice.request_id"
	statePath      = "sluice.path"
	stateOrigin    = "sluice.origin"
)

// downstreamFilters run once per request, before it has a route.
func (r *renderer) downstreamFilters() []*hcmv3.HttpFilter {
	route := filter(envoy.FilterRoute, r.route())
	route.Disabled = true // the routes of LLM calls enable it
	// The route filter does not delay the headers; it decides when it has the body. A buffer
	// holds them until then, or Envoy's router would select the route too early.
	hold := filter(filterHold, r.buffer())
	wait := filter(filterWait, &faultv3.HTTPFault{})
	again := filter(filterAgain, r.routeAgain())
	holdAgain := filter(filterHoldAgain, r.buffer())
	for _, f := range []*hcmv3.HttpFilter{hold, wait, again, holdAgain} {
		f.Disabled = true
	}
	filters := []*hcmv3.HttpFilter{
		filter("sluice.strip_client_headers", &headermutationv3.HeaderMutation{Mutations: &headermutationv3.Mutations{
			RequestMutations:         append(cleanHeaders(r.allowed()), remove("trailer")), // which announces those below
			RequestTrailersMutations: []*mutationv3.HeaderMutation{removeAll()},
			ResponseMutations:        requestIDs(),
		}}),
		filter("sluice.remember", &setstatefilterv3.Config{OnRequestHeaders: []*setstatev3.FilterStateValue{
			stateValue(stateRequestID, "%REQ(x-request-id)%"),
			stateValue(statePath, "%PATH(NQ:PATH)%"),
			stateValue(stateOrigin, "%REQ(origin)%"),
		}}),
	}
	if len(r.file.CORS.Origins) > 0 {
		filters = append(filters, filter("sluice.cors", r.allowOrigin()))
	}
	if j := r.file.Identity.JWT; j != nil {
		filters = append(filters, filter("sluice.jwt", verifyTokens(j)))
	}
	return append(filters,
		route,
		hold,
		wait,
		again,
		holdAgain,
		filter("sluice.apply", headerMutation(applied()...)),
		filter("envoy.filters.http.router", &routerv3.Router{SuppressEnvoyHeaders: true}),
	)
}

// Headers in which the SDKs look for the id of a request, to show it to their users.
const (
	headerOpenAIRequest    = "x-request-id"
	headerAnthropicRequest = "request-id"
)

// requestIDs adds Sluice's id to answers that have none of a provider's.
func requestIDs() []*mutationv3.HeaderMutation {
	var out []*mutationv3.HeaderMutation
	for _, name := range []string{headerOpenAIRequest, headerAnthropicRequest} {
		o := set(name, filterState(stateRequestID))
		o.AppendAction = corev3.HeaderValueOption_ADD_IF_ABSENT
		out = append(out, &mutationv3.HeaderMutation{Action: &mutationv3.HeaderMutation_Append{Append: o}})
	}
	return out
}

// applied copies headers from the metadata into the request. A header without metadata is not set.
func applied() []*mutationv3.HeaderMutation {
	var out []*mutationv3.HeaderMutation
	for _, name := range envoy.AppliedHeaders {
		out = append(out, setHeader(name, appliedHeader(name)))
	}
	return out
}

// cleanHeaders removes a client's headers with Envoy's prefix, which could change retries and
// time-outs, and with Sluice's prefix except for the allowed names. Neither Envoy nor RE2 can
// express "all except", so the allowed ones are copied to names that no client can have used,
// and back.
func cleanHeaders(allowed []string) []*mutationv3.HeaderMutation {
	const aside = envoy.Prefix + "aside-"
	out := []*mutationv3.HeaderMutation{removePrefix(envoy.Prefix)}
	for _, name := range allowed {
		out = append(out, copyHeader(name, aside+name))
	}
	out = append(out, removePrefix(header.Prefix))
	for _, name := range allowed {
		out = append(out, copyHeader(aside+name, name), remove(aside+name))
	}
	return out
}

// upstreamFilters run for each attempt, in the chain of the candidate's cluster. Their changes
// to the request's headers are still there on the next attempt, so each attempt removes or
// sets all that another attempt may have set.
func (r *renderer) upstreamFilters(name string, p config.Provider) []*hcmv3.HttpFilter {
	filters := []*hcmv3.HttpFilter{
		filter(envoy.FilterRewrite, exceptPlainFirstAttempt(r.rewrite(), nil)),
		filter(filterHoldRewrite, exceptPlainFirstAttempt(&bufferv3.Buffer{MaxRequestBytes: wrapperspb.UInt32(noWatermark)}, nil)),
		filter(filterRewriteAgain, exceptPlainFirstAttempt(r.rewriteAgain(), skipRewritten())),
		filter(envoy.FilterJudge, r.judge()),
		// Behind the two, for they read what providers need not see; a response passes it first.
		filter("sluice.forward", &headermutationv3.HeaderMutation{Mutations: &headermutationv3.Mutations{
			RequestMutations: []*mutationv3.HeaderMutation{r.onlyForwarded()},
			// Which pages may call is the operator's decision, and not a provider's.
			ResponseMutations: []*mutationv3.HeaderMutation{removePrefix(header.Prefix), remove(header.ShouldRetry), removePrefix("access-control-")},
		}}),
	}
	if p.Credential != nil {
		filters = append(filters, filter("envoy.filters.http.credential_injector", r.injector(name, p)))
	}
	return append(filters, filter("envoy.filters.http.upstream_codec", &codecv3.UpstreamCodec{}))
}

// route is the filter that decides. It sends one message, the body with the headers that are
// needed as attributes: half the cost of sending headers and body. It fails open where there is
// another, [renderer.routeAgain], behind it.
func (r *renderer) route() *extprocv3.ExternalProcessor {
	metadata := &extprocv3.MetadataOptions{ReceivingNamespaces: namespaces(envoy.Namespace, envoy.CascadeNamespace, envoy.HeadersNamespace)}
	if r.file.Identity.Claims() {
		metadata.ForwardingNamespaces = namespaces(envoy.JWTNamespace)
	}
	return &extprocv3.ExternalProcessor{
		GrpcService:       service(),
		ProcessingMode:    requestBody(),
		RequestAttributes: r.attributes(),
		MessageTimeout:    duration(messageTimeout),
		StatusOnError:     &typev3.HttpStatus{Code: typev3.StatusCode_ServiceUnavailable},
		MetadataOptions:   metadata,
	}
}

// routeAgain sends the request once more, to another replica, if the one that it went to has
// died with it: Envoy's own retry of a gRPC call stops at 64 KiB. It fails closed, since a request
// without a decision has no model. The route that a decided request gets disables it.
func (r *renderer) routeAgain() *extprocv3.ExternalProcessor { return r.route() }

// rewrite is the filter that writes the request of a later attempt. It fails open, for
// [renderer.rewriteAgain] is behind it. Unlike route it gets the headers too, since no
// other filter of its chain can write the path.
func (r *renderer) rewrite() *extprocv3.ExternalProcessor {
	mode := requestBody()
	mode.RequestHeaderMode = extprocv3.ProcessingMode_SEND
	return &extprocv3.ExternalProcessor{
		GrpcService:       service(),
		ProcessingMode:    mode,
		RequestAttributes: []string{envoy.AttributeCluster, envoy.AttributeAttempt},
		MessageTimeout:    duration(messageTimeout),
		StatusOnError:     &typev3.HttpStatus{Code: typev3.StatusCode_ServiceUnavailable},
		FailureModeAllow:  true,
		MutationRules:     &mutationv3.HeaderMutationRules{AllowAllRouting: wrapperspb.Bool(true), AllowEnvoy: wrapperspb.Bool(true)},
		MetadataOptions: &extprocv3.MetadataOptions{
			ForwardingNamespaces: namespaces(envoy.Namespace),
			ReceivingNamespaces:  namespaces(envoy.Namespace, envoy.CascadeNamespace),
		},
	}
}

// rewriteAgain asks once more, if the replica that was asked has died with the request. It fails
// closed: the body would name another model than the cluster's.
func (r *renderer) rewriteAgain() *extprocv3.ExternalProcessor {
	f := r.rewrite()
	f.FailureModeAllow = false
	return f
}

// judge is the filter that holds the response headers until the answer, or the beginning of a
// stream, has been judged, and then reads a stream to its end for the usage. It fails open: an
// answer that was not judged is better than none. Its time-out runs while an answer is held,
// so it covers the longest call.
func (r *renderer) judge() *extprocv3.ExternalProcessor {
	return &extprocv3.ExternalProcessor{
		GrpcService: service(),
		ProcessingMode: &extprocv3.ProcessingMode{
			RequestHeaderMode:   extprocv3.ProcessingMode_SKIP,
			RequestBodyMode:     extprocv3.ProcessingMode_NONE,
			RequestTrailerMode:  extprocv3.ProcessingMode_SKIP,
			ResponseHeaderMode:  extprocv3.ProcessingMode_SEND,
			ResponseBodyMode:    extprocv3.ProcessingMode_STREAMED,
			ResponseTrailerMode: extprocv3.ProcessingMode_SEND, // if there are any, nothing else marks the end of the body
		},
		SendBodyWithoutWaitingForHeaderResponse: true,
		ResponseAttributes:                      []string{envoy.AttributeCluster, envoy.AttributeAttempt},
		MessageTimeout:                          duration(max(time.Duration(r.limits.TotalTime), time.Duration(r.limits.StreamTime)) + messageTimeout),
		FailureModeAllow:                        true,
		MetadataOptions: &extprocv3.MetadataOptions{
			ForwardingNamespaces: namespaces(envoy.Namespace),
			ReceivingNamespaces:  namespaces(envoy.Namespace, envoy.CascadeNamespace),
		},
	}
}

// requestBody sends the whole request body and nothing else.
func requestBody() *extprocv3.ProcessingMode {
	return &extprocv3.ProcessingMode{
		RequestHeaderMode:   extprocv3.ProcessingMode_SKIP,
		RequestBodyMode:     extprocv3.ProcessingMode_BUFFERED,
		RequestTrailerMode:  extprocv3.ProcessingMode_SKIP,
		ResponseHeaderMode:  extprocv3.ProcessingMode_SKIP,
		ResponseBodyMode:    extprocv3.ProcessingMode_NONE,
		ResponseTrailerMode: extprocv3.ProcessingMode_SKIP,
	}
}

// service is how the filters reach Sluice. A call that a dead replica did not take, or did not
// answer, goes to another at once, if Envoy still has all of it: at most 64 KiB.
func service() *corev3.GrpcService { return serviceRetrying("connect-failure,refused-stream,reset") }

// serviceRetrying has calls sent again where one of the conditions holds. The policy must stand
// here: that of EnvoyGrpc is ignored where a host cannot be reached.
func serviceRetrying(conditions string) *corev3.GrpcService {
	return &corev3.GrpcService{
		TargetSpecifier: &corev3.GrpcService_EnvoyGrpc_{EnvoyGrpc: &corev3.GrpcService_EnvoyGrpc{ClusterName: envoy.Cluster}},
		RetryPolicy: &corev3.RetryPolicy{
			RetryOn: conditions,
			// The last one waits for Envoy to take the dead replica out of rotation, where the other
			// one is not in it yet.
			NumRetries:   wrapperspb.UInt32(5),
			RetryBackOff: &corev3.BackoffStrategy{BaseInterval: duration(10 * time.Millisecond), MaxInterval: duration(200 * time.Millisecond)},
			RetryHostPredicate: []*corev3.RetryPolicy_RetryHostPredicate{{
				Name:       "envoy.retry_host_predicates.previous_hosts",
				ConfigType: &corev3.RetryPolicy_RetryHostPredicate_TypedConfig{TypedConfig: packed(&previoushostsv3.PreviousHostsPredicate{})},
			}},
			HostSelectionRetryMaxAttempts: 5,
		},
	}
}

// exceptPlainFirstAttempt skips the filter on attempt 1, whose request the route filter wrote,
// unless the client's query has parameters that providers do not get: only the rewrite filter can
// change the query. Where it is not skipped, otherwise decides if it is not nil.
func exceptPlainFirstAttempt(f proto.Message, otherwise *xdsmatcherv3.Matcher_OnMatch) *matchingv3.ExtensionWithMatcher {
	first := &xdsmatcherv3.Matcher_OnMatch{OnMatch: &xdsmatcherv3.Matcher_OnMatch_Matcher{Matcher: &xdsmatcherv3.Matcher{
		MatcherType: &xdsmatcherv3.Matcher_MatcherList_{MatcherList: &xdsmatcherv3.Matcher_MatcherList{
			Matchers: []*xdsmatcherv3.Matcher_MatcherList_FieldMatcher{{
				Predicate: headerIs(":path", &xdsmatcherv3.StringMatcher{MatchPattern: wholly(plainPath())}),
				OnMatch:   skipFilter(),
			}},
		}},
		OnNoMatch: otherwise,
	}}}
	return &matchingv3.ExtensionWithMatcher{
		ExtensionConfig: &corev3.TypedExtensionConfig{Name: string(f.ProtoReflect().Descriptor().FullName()), TypedConfig: packed(f)},
		XdsMatcher: &xdsmatcherv3.Matcher{
			MatcherType: &xdsmatcherv3.Matcher_MatcherTree_{MatcherTree: &xdsmatcherv3.Matcher_MatcherTree{
				Input: headerInput(headerAttempt),
				TreeType: &xdsmatcherv3.Matcher_MatcherTree_ExactMatchMap{ExactMatchMap: &xdsmatcherv3.Matcher_MatcherTree_MatchMap{
					Map: map[string]*xdsmatcherv3.Matcher_OnMatch{"1": first},
				}},
			}},
			OnNoMatch: otherwise,
		},
	}
}

// skipRewritten skips the filter where the rewrite filter has done its work.
func skipRewritten() *xdsmatcherv3.Matcher_OnMatch {
	return &xdsmatcherv3.Matcher_OnMatch{OnMatch: &xdsmatcherv3.Matcher_OnMatch_Matcher{Matcher: &xdsmatcherv3.Matcher{
		MatcherType: &xdsmatcherv3.Matcher_MatcherList_{MatcherList: &xdsmatcherv3.Matcher_MatcherList{
			Matchers: []*xdsmatcherv3.Matcher_MatcherList_FieldMatcher{{
				Predicate: headerIs(envoy.HeaderRewritten, &xdsmatcherv3.StringMatcher{MatchPattern: wholly("1")}),
				OnMatch:   skipFilter(),
			}},
		}},
	}}}
}

func skipFilter() *xdsmatcherv3.Matcher_OnMatch {
	return &xdsmatcherv3.Matcher_OnMatch{OnMatch: &xdsmatcherv3.Matcher_OnMatch_Action{Action: &xdscorev3.TypedExtensionConfig{
		Name: "skip", TypedConfig: packed(&actionv3.SkipFilter{}),
	}}}
}

// headerIs matches requests by one of their headers.
func headerIs(name string, value *xdsmatcherv3.StringMatcher) *xdsmatcherv3.Matcher_MatcherList_Predicate {
	return &xdsmatcherv3.Matcher_MatcherList_Predicate{MatchType: &xdsmatcherv3.Matcher_MatcherList_Predicate_SinglePredicate_{
		SinglePredicate: &xdsmatcherv3.Matcher_MatcherList_Predicate_SinglePredicate{
			Input:   headerInput(name),
			Matcher: &xdsmatcherv3.Matcher_MatcherList_Predicate_SinglePredicate_ValueMatch{ValueMatch: value},
		},
	}}
}

func headerInput(name string) *xdscorev3.TypedExtensionConfig {
	return &xdscorev3.TypedExtensionConfig{Name: name, TypedConfig: packed(&matcherv3.HttpRequestHeaderMatchInput{HeaderName: name})}
}

// wholly matches texts of which the expression matches all.
func wholly(re string) *xdsmatcherv3.StringMatcher_SafeRegex {
	return &xdsmatcherv3.StringMatcher_SafeRegex{SafeRegex: &xdsmatcherv3.RegexMatcher{
		EngineType: &xdsmatcherv3.RegexMatcher_GoogleRe2{GoogleRe2: &xdsmatcherv3.RegexMatcher_GoogleRE2{}}, Regex: re,
	}}
}

func (r *renderer) buffer() *bufferv3.Buffer {
	return &bufferv3.Buffer{MaxRequestBytes: wrapperspb.UInt32(uint32(r.limits.Request))}
}

// routedByBody enables the route filter for a route whose requests have a body.
func (r *renderer) routedByBody() map[string]*anypb.Any {
	hold := packed(&bufferv3.BufferPerRoute{Override: &bufferv3.BufferPerRoute_Buffer{Buffer: r.buffer()}})
	return map[string]*anypb.Any{
		envoy.FilterRoute: packed(&extprocv3.ExtProcPerRoute{Override: &extprocv3.ExtProcPerRoute_Overrides{
			Overrides: &extprocv3.ExtProcOverrides{FailureModeAllow: wrapperspb.Bool(true)},
		}}),
		filterHold: hold,
		filterWait: packed(&faultv3.HTTPFault{Delay: &commonfaultv3.FaultDelay{
			FaultDelaySecifier: &commonfaultv3.FaultDelay_FixedDelay{FixedDelay: duration(againDelay)},
			Percentage:         &typev3.FractionalPercent{Numerator: 100},
		}}),
		filterAgain: packed(&extprocv3.ExtProcPerRoute{Override: &extprocv3.ExtProcPerRoute_Overrides{
			Overrides: &extprocv3.ExtProcOverrides{},
		}}),
		filterHoldAgain: hold,
	}
}

// decided disables what would route a request again, for the routes of those that are.
func decided() map[string]*anypb.Any {
	return map[string]*anypb.Any{
		filterWait:      packed(&faultv3.HTTPFault{}),
		filterAgain:     packed(&extprocv3.ExtProcPerRoute{Override: &extprocv3.ExtProcPerRoute_Disabled{Disabled: true}}),
		filterHoldAgain: packed(&bufferv3.BufferPerRoute{Override: &bufferv3.BufferPerRoute_Disabled{Disabled: true}}),
	}
}

// answeredBySluice enables it for a route whose requests have no body: Sluice replies itself.
func answeredBySluice() map[string]*anypb.Any {
	mode := requestBody()
	mode.RequestHeaderMode, mode.RequestBodyMode = extprocv3.ProcessingMode_SEND, extprocv3.ProcessingMode_NONE
	return packedMap(envoy.FilterRoute, &extprocv3.ExtProcPerRoute{Override: &extprocv3.ExtProcPerRoute_Overrides{
		Overrides: &extprocv3.ExtProcOverrides{ProcessingMode: mode},
	}})
}

func namespaces(names ...string) *extprocv3.MetadataOptions_MetadataNamespaces {
	return &extprocv3.MetadataOptions_MetadataNamespaces{Untyped: names}
}

func stateValue(key, format string) *setstatev3.FilterStateValue {
	return &setstatev3.FilterStateValue{
		Key:        &setstatev3.FilterStateValue_ObjectKey{ObjectKey: key},
		FactoryKey: "envoy.string",
		Value: &setstatev3.FilterStateValue_FormatString{FormatString: &corev3.SubstitutionFormatString{
			Format: textFormat(format),
		}},
		SkipIfEmpty: true,
	}
}

func headerMutation(ms ...*mutationv3.HeaderMutation) *headermutationv3.HeaderMutation {
	return &headermutationv3.HeaderMutation{Mutations: &headermutationv3.Mutations{RequestMutations: ms}}
}

func remove(name string) *mutationv3.HeaderMutation {
	return &mutationv3.HeaderMutation{Action: &mutationv3.HeaderMutation_Remove{Remove: name}}
}

// removeAll removes every header that there is. Trailers have no part in an LLM call.
func removeAll() *mutationv3.HeaderMutation {
	return &mutationv3.HeaderMutation{Action: &mutationv3.HeaderMutation_RemoveOnMatch_{
		RemoveOnMatch: &mutationv3.HeaderMutation_RemoveOnMatch{KeyMatcher: &matcherv3.StringMatcher{
			MatchPattern: &matcherv3.StringMatcher_SafeRegex{SafeRegex: &matcherv3.RegexMatcher{Regex: ".*"}},
		}},
	}}
}

func removePrefix(prefix string) *mutationv3.HeaderMutation {
	return &mutationv3.HeaderMutation{Action: &mutationv3.HeaderMutation_RemoveOnMatch_{
		RemoveOnMatch: &mutationv3.HeaderMutation_RemoveOnMatch{KeyMatcher: &matcherv3.StringMatcher{
			MatchPattern: &matcherv3.StringMatcher_Prefix{Prefix: prefix},
		}},
	}}
}

// copyHeader does nothing if the request has no header from.
func copyHeader(from, to string) *mutationv3.HeaderMutation {
	return setHeader(to, "%REQ("+from+")%")
}

func setHeader(name, format string) *mutationv3.HeaderMutation {
	return &mutationv3.HeaderMutation{Action: &mutationv3.HeaderMutation_Append{Append: set(name, format)}}
}

func filter(name string, m proto.Message) *hcmv3.HttpFilter {
	return &hcmv3.HttpFilter{Name: name, ConfigType: &hcmv3.HttpFilter_TypedConfig{TypedConfig: packed(m)}}
}
