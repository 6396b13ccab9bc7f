package extproc

import (
	"strings"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
)

// The few shapes of answer that Envoy gets. Everything above them speaks of headers
// and bytes; only this file and reply.go build protobufs of ext_proc.

// mutation is what one reply changes.
type mutation struct {
	set      []*corev3.HeaderValueOption
	remove   []string
	body     []byte // replaces the body where it is not nil
	clear    bool   // removes the body, or this chunk of it
	reroute  bool   // Envoy picks the route again
	metadata map[string]*structpb.Struct
}

// header adds a header, replacing what has that name.
func (m *mutation) header(name, value string) {
	if value == "" {
		return
	}
	m.set = append(m.set, &corev3.HeaderValueOption{
		Header:       &corev3.HeaderValue{Key: name, RawValue: []byte(value)},
		AppendAction: corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD,
	})
}

// note adds a key to the metadata namespace of Sluice.
func (m *mutation) note(key string, v *structpb.Value) {
	if m.metadata == nil {
		m.metadata = make(map[string]*structpb.Struct, 2)
	}
	ns := m.metadata[envoy.Namespace]
	if ns == nil {
		ns = &structpb.Struct{Fields: make(map[string]*structpb.Value, 8)}
		m.metadata[envoy.Namespace] = ns
	}
	ns.Fields[key] = v
}

func (m *mutation) noteString(key, v string) {
	if v != "" {
		m.note(key, structpb.NewStringValue(v))
	}
}

// leave puts the headers into metadata as well, for an Envoy that sent the body alone:
// it drops header mutations in silence then, and its configuration takes the headers
// from there instead. One mutation stays nevertheless: Envoy picks the route again only
// for a reply that has any.
func (m *mutation) leave() {
	fields := make(map[string]*structpb.Value, len(m.set))
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
	m.metadata[envoy.HeadersNamespace] = &structpb.Struct{Fields: fields}
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

// passed answers a message without changing anything.
var passed = mutation{}

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

// responseTrailers carries metadata only: what has been sent cannot be changed any more.
func (m *mutation) responseTrailers() *extprocv3.ProcessingResponse {
	return &extprocv3.ProcessingResponse{
		Response:        &extprocv3.ProcessingResponse_ResponseTrailers{ResponseTrailers: &extprocv3.TrailersResponse{}},
		DynamicMetadata: m.dynamic(),
	}
}

// immediate ends the request with an answer of Sluice's own.
func immediate(status int, details string, m *mutation, body []byte) *extprocv3.ProcessingResponse {
	return &extprocv3.ProcessingResponse{
		Response: &extprocv3.ProcessingResponse_ImmediateResponse{
			ImmediateResponse: &extprocv3.ImmediateResponse{
				Status:  &typev3.HttpStatus{Code: typev3.StatusCode(status)},
				Headers: &extprocv3.HeaderMutation{SetHeaders: m.set},
				Body:    body,
				Details: envoy.DetailsPrefix + details,
			},
		},
		DynamicMetadata: m.dynamic(),
	}
}
