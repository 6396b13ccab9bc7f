package bootstrap

import (
	"time"

	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/config/accesslog/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	filelogv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/access_loggers/file/v3"
	grpclogv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/access_loggers/grpc/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	tracingv3 "github.com/envoyproxy/go-control-plane/envoy/type/tracing/v3"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"sluice/envoy"
	"sluice/routing"
)

const (
	// clientIdle bounds the idle time of a client that is still sending its request. Once a
	// request is routed, the time-outs of its route apply.
	clientIdle    = 60 * time.Second
	clientHeaders = 30 * time.Second
	clientStreams = 1000     // requests at one time of one HTTP/2 connection
	clientWindow  = 64 << 20 // bytes in flight of all HTTP/2 requests of one client connection
	logDelay      = 100 * time.Millisecond
	// noWatermark avoids a crash of Envoy 1.40 (segmentation fault): if an answer that has
	// arrived completely and is held by the judge meets a full buffer on its way to the
	// client, Envoy pauses reading from an upstream stream that no longer exists. Memory for a
	// slow client is bounded by limits.answer, and for all by envoy.memory.
	noWatermark = 1<<31 - 1
)

func (r *renderer) listener(at *corev3.Address, models []*routing.Model) *listenerv3.Listener {
	hcm := &hcmv3.HttpConnectionManager{
		StatPrefix:     "llm",
		RouteSpecifier: &hcmv3.HttpConnectionManager_RouteConfig{RouteConfig: r.routes(models)},
		HttpFilters:    r.downstreamFilters(),

		// The client's own address and request id are not taken from its headers.
		UseRemoteAddress:           wrapperspb.Bool(true),
		GenerateRequestId:          wrapperspb.Bool(true),
		ServerHeaderTransformation: hcmv3.HttpConnectionManager_PASS_THROUGH,
		NormalizePath:              wrapperspb.Bool(true),
		MergeSlashes:               true, // base URLs often end in a slash

		HttpProtocolOptions: &corev3.Http1ProtocolOptions{
			AcceptHttp_10:         true, // of ab, and of nginx with its default proxy_http_version
			DefaultHostForHttp_10: "sluice",
		},
		CommonHttpProtocolOptions: &corev3.HttpProtocolOptions{IdleTimeout: duration(time.Hour)},
		Http2ProtocolOptions: &corev3.Http2ProtocolOptions{
			MaxConcurrentStreams:        wrapperspb.UInt32(clientStreams),
			InitialStreamWindowSize:     wrapperspb.UInt32(noWatermark), // Envoy also limits its send buffer to this
			InitialConnectionWindowSize: wrapperspb.UInt32(clientWindow),
		},
		StreamIdleTimeout:     duration(clientIdle),
		StreamFlushTimeout:    duration(clientIdle),
		RequestTimeout:        duration(time.Duration(r.limits.RequestTime)),
		RequestHeadersTimeout: duration(clientHeaders),
		LocalReplyConfig:      localReplies(),
		AccessLog:             append(accessLog(r.options.AccessLog, r.file.HasEfforts()), unanswered()),
	}
	return &listenerv3.Listener{
		Name:                          "llm",
		Address:                       at,
		PerConnectionBufferLimitBytes: wrapperspb.UInt32(noWatermark),
		FilterChains: []*listenerv3.FilterChain{{Filters: []*listenerv3.Filter{{
			Name:       "envoy.filters.network.http_connection_manager",
			ConfigType: &listenerv3.Filter_TypedConfig{TypedConfig: packed(hcm)},
		}}}},
	}
}

// unanswered reports to Sluice the end of each request that it routed and for which no judge
// accepted an answer, or read it to its end, or whose answer broke off: only Envoy sees, say, the time-out of the last
// attempt, and who has ended a stream.
func unanswered() *accesslogv3.AccessLog {
	// The filter ignores invert (tried with 1.40.0). The value is true if present, so a match
	// of false selects the requests without it.
	answered := present(envoy.Namespace, envoy.KeyAnswered)
	answered.Value = &matcherv3.ValueMatcher{MatchPattern: &matcherv3.ValueMatcher_BoolMatch{BoolMatch: false}}
	// A judge that dies while it follows a stream has not said what it costs.
	unread := present(envoy.Namespace, envoy.KeyCost)
	unread.Value = answered.Value
	return &accesslogv3.AccessLog{
		Name: "envoy.access_loggers.http_grpc",
		Filter: &accesslogv3.AccessLogFilter{FilterSpecifier: &accesslogv3.AccessLogFilter_AndFilter{AndFilter: &accesslogv3.AndFilter{
			Filters: []*accesslogv3.AccessLogFilter{
				either(
					where(present(envoy.Namespace, envoy.KeyRoute), false),
					flags("DC", "DR", "DPE"), // the client left, perhaps before the route was heard of
				),
				either(
					where(answered, true),
					where(unread, true),
					flags("UC", "UR", "UPE"), // the provider broke the answer off
				),
			},
		}}},
		ConfigType: &accesslogv3.AccessLog_TypedConfig{TypedConfig: packed(&grpclogv3.HttpGrpcAccessLogConfig{
			CommonConfig: &grpclogv3.CommonGrpcAccessLogConfig{
				LogName: envoy.LogUnanswered,
				// Not after a reset: entries of long ago would be sent again, too.
				GrpcService:         serviceRetrying("connect-failure,refused-stream"),
				TransportApiVersion: corev3.ApiVersion_V3,
				// A replica that dies leaves several requests unanswered at once. What is sent while
				// Envoy is still about to notice is lost.
				BufferFlushInterval: duration(logDelay),
				CustomTags:          []*tracingv3.CustomTag{{Tag: envoy.TagConnection, Type: &tracingv3.CustomTag_Value{Value: "%CONNECTION_ID%"}}},
			},
		})},
	}
}

func either(filters ...*accesslogv3.AccessLogFilter) *accesslogv3.AccessLogFilter {
	return &accesslogv3.AccessLogFilter{FilterSpecifier: &accesslogv3.AccessLogFilter_OrFilter{OrFilter: &accesslogv3.OrFilter{Filters: filters}}}
}

// flags logs the requests with any of the response flags.
func flags(names ...string) *accesslogv3.AccessLogFilter {
	return &accesslogv3.AccessLogFilter{FilterSpecifier: &accesslogv3.AccessLogFilter_ResponseFlagFilter{
		ResponseFlagFilter: &accesslogv3.ResponseFlagFilter{Flags: names},
	}}
}

// where logs the requests that the matcher matches, and those without its key if missing is true.
func where(m *matcherv3.MetadataMatcher, missing bool) *accesslogv3.AccessLogFilter {
	return &accesslogv3.AccessLogFilter{FilterSpecifier: &accesslogv3.AccessLogFilter_MetadataFilter{MetadataFilter: &accesslogv3.MetadataFilter{
		Matcher: m, MatchIfKeyNotFound: wrapperspb.Bool(missing),
	}}}
}

// accessLog writes one JSON object per request: what Envoy saw and what Sluice decided. It
// has no client header and no query, since either may hold a key.
func accessLog(path string, efforts bool) []*accesslogv3.AccessLog {
	if path == "" || path == "off" {
		return nil
	}
	fields := map[string]string{
		"time":           "%START_TIME%",
		"request_id":     filterState(stateRequestID),
		"method":         "%REQ(:method)%",
		"path":           filterState(statePath),
		"status":         "%RESPONSE_CODE%",
		"flags":          "%RESPONSE_FLAGS%",
		"details":        "%RESPONSE_CODE_DETAILS%",
		"duration_ms":    "%DURATION%",
		"request_bytes":  "%BYTES_RECEIVED%",
		"response_bytes": "%BYTES_SENT%",
		"cluster":        "%UPSTREAM_CLUSTER%",
		"attempts":       "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
	}
	for _, key := range []string{
		envoy.KeyModel, envoy.KeyTier, envoy.KeyDomain, envoy.KeyReason, envoy.KeyStrategy, envoy.KeyEscalation, envoy.KeyFormat,
		envoy.KeyInputTokens, envoy.KeyOutputTokens, envoy.KeyCost, envoy.KeyCostSource,
		envoy.KeyCache, envoy.KeyExperiment, envoy.KeyVariant,
	} {
		fields[key] = metadata(key)
	}
	if efforts {
		fields[envoy.KeyEffort] = metadata(envoy.KeyEffort)
	}
	format := &structpb.Struct{Fields: make(map[string]*structpb.Value, len(fields))}
	for key, value := range fields {
		format.Fields[key] = structpb.NewStringValue(value)
	}
	return []*accesslogv3.AccessLog{{
		Name: "envoy.access_loggers.file",
		ConfigType: &accesslogv3.AccessLog_TypedConfig{TypedConfig: packed(&filelogv3.FileAccessLog{
			Path: path,
			AccessLogFormat: &filelogv3.FileAccessLog_LogFormat{LogFormat: &corev3.SubstitutionFormatString{
				Format: &corev3.SubstitutionFormatString_JsonFormat{JsonFormat: format},
			}},
		})},
	}}
}

// metadata is Envoy's command operator for a value that Sluice set. If it is all of a JSON
// field, the value keeps its type.
func metadata(key string) string { return "%DYNAMIC_METADATA(" + envoy.Namespace + ":" + key + ")%" }

// appliedHeader is Envoy's command operator for a request header that Sluice set in the metadata.
func appliedHeader(name string) string {
	return "%DYNAMIC_METADATA(" + envoy.HeadersNamespace + ":" + name + ")%"
}

func filterState(key string) string { return "%FILTER_STATE(" + key + ":PLAIN)%" }
