package extproc

import (
	"strconv"
	"strings"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing/header"
	"sluice/routing/pipeline"
)

// A mutation is what one reply to Envoy changes. Only this file and localreply.go build
// messages of ext_proc.
type mutation struct {
	set      []*corev3.HeaderValueOption
	remove   []string
	body     []byte // replaces the body where it is not nil
	clear    bool   // removes the body, or this chunk of it
	reroute  bool   // Envoy picks the route again
	metadata map[string]*structpb.Struct
}

// unchanged answers a message without changing anything.
var unchanged = mutation{}

// header sets a header, replacing what has that name. An empty value sets nothing.
func (m *mutation) header(name, value string) {
	if value == "" {
		return
	}
	m.set = append(m.set, &corev3.HeaderValueOption{
		Header:       &corev3.HeaderValue{Key: name, RawValue: []byte(value)},
		AppendAction: corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD,
	})
}

// setSummary says in headers and metadata which model answered, and why.
func (m *mutation) setSummary(s *pipeline.Summary) {
	m.header(header.Model, s.Model)
	m.header(header.Effort, s.Effort)
	m.header(header.Tier, s.Tier)
	m.header(header.Domain, s.Domain)
	m.header(header.Reason, s.Reason)
	m.header(header.Attempts, positive(s.Attempts))
	m.header(header.Escalation, s.Escalation)
	m.header(header.RequestID, s.RequestID)
	m.header(header.Debug, s.Debug)
	m.header(header.Cache, s.Cache)
	m.header(header.Compressed, positive(s.CompressedTokens))
	m.header(header.Repaired, s.Repaired)
	m.setString(envoy.KeyModel, s.Model)
	m.setString(envoy.KeyEffort, s.Effort)
	m.setString(envoy.KeyTier, s.Tier)
	m.setString(envoy.KeyAttempts, positive(s.Attempts))
	m.setString(envoy.KeyEscalation, s.Escalation)
	m.setString(envoy.KeyRepaired, s.Repaired)
}

// positive renders a number above 0, and 0 as nothing.
func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// costHeaders says in headers what a request cost.
func (m *mutation) costHeaders(s *pipeline.Summary) {
	m.header(header.Cost, pipeline.Dollars(s.Cost))
	m.header(header.CostSource, s.CostSource)
}

// setUsage adds what a request used and cost to the metadata, which Envoy's access log and
// rate limits may read.
func (m *mutation) setUsage(s *pipeline.Summary) {
	m.setMetadata(envoy.KeyInputTokens, structpb.NewNumberValue(float64(s.Usage.Input)))
	m.setMetadata(envoy.KeyOutputTokens, structpb.NewNumberValue(float64(s.Usage.Output)))
	m.setCost(s)
}

func (m *mutation) setCost(s *pipeline.Summary) {
	m.setMetadata(envoy.KeyCost, structpb.NewNumberValue(s.Cost))
	m.setString(envoy.KeyCostSource, s.CostSource)
}

// setMetadata adds a key to the metadata namespace of Sluice.
func (m *mutation) setMetadata(key string, v *structpb.Value) {
	m.namespace(envoy.Namespace).Fields[key] = v
}

func (m *mutation) setString(key, v string) {
	if v != "" {
		m.setMetadata(key, structpb.NewStringValue(v))
	}
}

func (m *mutation) namespace(name string) *structpb.Struct {
	if m.metadata == nil {
		m.metadata = make(map[string]*structpb.Struct, 3)
	}
	if m.metadata[name] == nil {
		m.metadata[name] = &structpb.Struct{Fields: make(map[string]*structpb.Value, 8)}
	}
	return m.metadata[name]
}

// headersToMetadata puts the headers into metadata as well, for an Envoy that sent the body
// alone: it drops header mutations in silence then, and its configuration takes the headers
// from there instead. One mutation stays nevertheless: Envoy picks the route again only for
// a reply that has any.
func (m *mutation) headersToMetadata() {
	fields := m.namespace(envoy.HeadersNamespace).Fields
	for _, h := range m.set {
		key, value := h.GetHeader().GetKey(), string(h.GetHeader().GetRawValue())
		switch key {
		case ":path":
			key = envoy.KeyPath
			value, _, _ = strings.Cut(value, "?") // Envoy keeps the client's query
		case ":authority":
			key = envoy.KeyAuthority
		}
		fields[key] = structpb.NewStringValue(value)
	}
	m.set, m.remove = m.set[:1], nil
}

func (m *mutation) common() *extprocv3.CommonResponse {
	c := &extprocv3.CommonResponse{ClearRouteCache: m.reroute}
	if len(m.set)+len(m.remove) > 0 {
		c.HeaderMutation = &extprocv3.HeaderMutation{SetHeaders: m.set, RemoveHeaders: m.remove}
	}
	switch {
	case m.body != nil:
		c.BodyMutation = &extprocv3.BodyMutation{Mutation: &extprocv3.BodyMutation_Body{Body: m.body}}
	case m.clear:
		c.BodyMutation = &extprocv3.BodyMutation{Mutation: &extprocv3.BodyMutation_ClearBody{ClearBody: true}}
	}
	return c
}

func (m *mutation) dynamic() *structpb.Struct {
	if len(m.metadata) == 0 {
		return nil
	}
	all := &structpb.Struct{Fields: make(map[string]*structpb.Value, len(m.metadata))}
	for ns, s := range m.metadata {
		all.Fields[ns] = structpb.NewStructValue(s)
	}
	return all
}

func (m *mutation) requestHeaders() *extprocv3.ProcessingResponse {
	return &extprocv3.ProcessingResponse{
		Response: &extprocv3.ProcessingResponse_RequestHeaders{
			RequestHeaders: &extprocv3.HeadersResponse{Response: m.common()},
		},
		DynamicMetadata: m.dynamic(),
	}
}

func (m *mutation) requestBody() *extprocv3.ProcessingResponse {
	return &extprocv3.ProcessingResponse{
		Response: &extprocv3.ProcessingResponse_RequestBody{
			RequestBody: &extprocv3.BodyResponse{Response: m.common()},
		},
		DynamicMetadata: m.dynamic(),
	}
}

func (m *mutation) responseHeaders() *extprocv3.ProcessingResponse {
	return &extprocv3.ProcessingResponse{
		Response: &extprocv3.ProcessingResponse_ResponseHeaders{
			ResponseHeaders: &extprocv3.HeadersResponse{Response: m.common()},
		},
		DynamicMetadata: m.dynamic(),
	}
}

func (m *mutation) responseBody() *extprocv3.ProcessingResponse {
	return &extprocv3.ProcessingResponse{
		Response: &extprocv3.ProcessingResponse_ResponseBody{
			ResponseBody: &extprocv3.BodyResponse{Response: m.common()},
		},
		DynamicMetadata: m.dynamic(),
	}
}

// responseTrailers carries metadata only: what was sent cannot be changed any more.
func (m *mutation) responseTrailers() *extprocv3.ProcessingResponse {
	return &extprocv3.ProcessingResponse{
		Response:        &extprocv3.ProcessingResponse_ResponseTrailers{ResponseTrailers: &extprocv3.TrailersResponse{}},
		DynamicMetadata: m.dynamic(),
	}
}
