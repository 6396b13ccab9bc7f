package bootstrap

import (
	"strconv"

	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/config/accesslog/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	celv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/access_loggers/filters/cel/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"sluice/envoy"
	"sluice/routing/header"
)

// A localReply is an error that Envoy itself replies with. Clients get it in the shape of
// their API, with a status and a retry hint that their SDK understands.
type localReply struct {
	when      string // CEL expression
	status    uint32 // 0 keeps Envoy's
	code      string
	openAI    string // error types of the two APIs
	anthropic string
	message   string
	retry     bool // whether a retry may help
	cascade   bool // whether the body describes the attempts
	early     bool // before any filter: the id is with the request still, and not remembered yet
}

const (
	celRouted = "'" + envoy.Namespace + "' in metadata.filter_metadata"
	// Once routed the path may be a provider's, but the metadata has the format.
	celAnthropic = "(" + celRouted +
		" ? metadata.filter_metadata['" + envoy.Namespace + "']['" + envoy.KeyFormat + "'] == 'anthropic'" +
		" : request.path.startsWith('/v1/messages'))"
	// Sluice's own local replies come through here too. They have the right shape already, and
	// what is no error needs none.
	celFinal = "response.code < 400 || response.code_details.startsWith('" + envoy.DetailsPrefix + "')"
)

// replies is ordered: the first one that applies is used.
var replies = []localReply{
	{
		when: "response.code_details.startsWith('ext_proc')", status: 503,
		code: "router_unavailable", openAI: "server_error", anthropic: "overloaded_error",
		message: "the router is not available at the moment", retry: true,
	},
	{
		when: celRouted + " && (response.code == 408 || response.code == 504)", status: 504,
		code: "all_tiers_failed", openAI: "server_error", anthropic: "timeout_error",
		message: "every candidate failed; the last one gave no answer in time", cascade: true,
	},
	{
		when: celRouted, status: 502,
		code: "all_tiers_failed", openAI: "server_error", anthropic: "api_error",
		message: "every candidate failed; the last one could not be reached or broke off", cascade: true,
	},
	{
		// The heap is nearly full: envoy.memory. The request has no id yet.
		when: "response.code_details.startsWith('overload')", status: 503,
		code: "overloaded", openAI: "server_error", anthropic: "overloaded_error",
		message: "the gateway has too much to do at the moment", retry: true,
	},
	{
		when: "response.code_details.startsWith('jwt_authn')", status: 401,
		code: "invalid_token", openAI: "invalid_request_error", anthropic: "authentication_error",
		message: "%LOCAL_REPLY_BODY%",
	},
	{
		when: "response.code == 413",
		code: "request_too_large", openAI: "invalid_request_error", anthropic: "request_too_large",
		message: "the request body is larger than the router accepts",
	},
	{
		// Clients that try a WebSocket first, such as Codex, take this status for "use HTTP".
		when: "response.code_details == 'upgrade_failed'", status: 426, early: true,
		code: "upgrade_not_supported", openAI: "invalid_request_error", anthropic: "invalid_request_error",
		message: "WebSocket and other upgrades are not served; send the request over HTTP",
	},
	{
		when: "response.code == 404",
		code: "unknown_path", openAI: "invalid_request_error", anthropic: "not_found_error",
		message: "%LOCAL_REPLY_BODY%",
	},
	{
		when: "response.code == 408",
		code: "timeout", openAI: "invalid_request_error", anthropic: "invalid_request_error",
		message: "the request did not arrive in time", retry: true,
	},
	{
		when: "response.code == 400 && response.code_details == 'direct_response'",
		code: "missing_body", openAI: "invalid_request_error", anthropic: "invalid_request_error",
		message: "%LOCAL_REPLY_BODY%",
	},
	{
		when: "response.code < 500",
		code: "bad_request", openAI: "invalid_request_error", anthropic: "invalid_request_error",
		message: "%LOCAL_REPLY_BODY%",
	},
	{
		when: "true",
		code: "internal_error", openAI: "server_error", anthropic: "api_error",
		message: "the gateway could not serve the request", retry: true,
	},
}

func localReplies() *hcmv3.LocalReplyConfig {
	c := &hcmv3.LocalReplyConfig{Mappers: []*hcmv3.ResponseMapper{{
		Filter: cel(celFinal),
		// This keeps the content type, too: Envoy sets one only if the body changes.
		BodyFormatOverride: &corev3.SubstitutionFormatString{Format: textFormat("%LOCAL_REPLY_BODY%")},
	}}}
	for _, r := range replies {
		c.Mappers = append(c.Mappers,
			r.mapper("("+r.when+") && "+celAnthropic, r.anthropicBody()),
			r.mapper(r.when, r.openAIBody()))
	}
	return c
}

func (r localReply) mapper(when string, body map[string]any) *hcmv3.ResponseMapper {
	format, err := structpb.NewStruct(body)
	if err != nil {
		panic(err) // strings, maps and null only
	}
	m := &hcmv3.ResponseMapper{
		Filter:             cel(when),
		BodyFormatOverride: &corev3.SubstitutionFormatString{Format: &corev3.SubstitutionFormatString_JsonFormat{JsonFormat: format}},
		HeadersToAdd: []*corev3.HeaderValueOption{
			set(header.ShouldRetry, strconv.FormatBool(r.retry)),
			set(header.RequestID, r.requestID()),
		},
	}
	if r.early { // the filter that adds these has not seen the request
		m.HeadersToAdd = append(m.HeadersToAdd, set(headerOpenAIRequest, streamID), set(headerAnthropicRequest, streamID))
	}
	if r.status != 0 {
		m.StatusCode = wrapperspb.UInt32(r.status)
	}
	if r.cascade {
		m.HeadersToAdd = append(m.HeadersToAdd,
			set(header.Attempts, "%UPSTREAM_REQUEST_ATTEMPT_COUNT%"),
			set(header.Escalation, metadata(envoy.KeyEscalation)))
	}
	return m
}

func (r localReply) openAIBody() map[string]any {
	e := map[string]any{"message": r.message, "type": r.openAI, "param": nil, "code": r.code}
	r.addAttempts(e)
	return map[string]any{"error": e}
}

func (r localReply) anthropicBody() map[string]any {
	e := map[string]any{"type": r.anthropic, "message": r.message, "code": r.code}
	r.addAttempts(e)
	return map[string]any{"type": "error", "error": e, "request_id": r.requestID()}
}

// streamID is the request's x-request-id, until an attempt has removed it.
const streamID = "%STREAM_ID%"

func (r localReply) requestID() string {
	if r.early {
		return streamID
	}
	return filterState(stateRequestID)
}

// addAttempts describes the attempts: Sluice recorded the judged ones, Envoy saw the last.
func (r localReply) addAttempts(e map[string]any) {
	if !r.cascade {
		return
	}
	e["attempts"] = metadata(envoy.KeyTried)
	e["last"] = map[string]any{
		"cluster": "%UPSTREAM_CLUSTER%",
		"details": "%RESPONSE_CODE_DETAILS%",
		"flags":   "%RESPONSE_FLAGS%",
	}
}

func cel(expression string) *accesslogv3.AccessLogFilter {
	return &accesslogv3.AccessLogFilter{FilterSpecifier: &accesslogv3.AccessLogFilter_ExtensionFilter{
		ExtensionFilter: &accesslogv3.ExtensionFilter{
			Name: "envoy.access_loggers.extension_filters.cel",
			ConfigType: &accesslogv3.ExtensionFilter_TypedConfig{
				TypedConfig: packed(&celv3.ExpressionFilter{Expression: expression}),
			},
		},
	}}
}

func set(name, value string) *corev3.HeaderValueOption {
	return &corev3.HeaderValueOption{
		Header:       &corev3.HeaderValue{Key: name, Value: value},
		AppendAction: corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD,
	}
}
