package extproc

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	filterv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ext_proc/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing/header"
	"sluice/routing/pipeline"
)

// attributes are what Envoy says of a request beside its body: as attributes where the
// headers were not sent, as headers where they were.
type attributes struct {
	structs     []*structpb.Struct
	headers     *corev3.HeaderMap
	headersSent bool             // the request's headers were sent, so its content-length is ours to keep right
	buffered    bool             // Envoy sends the request body whole, in one message
	claims      *structpb.Struct // payloads of the tokens that Envoy has verified, by name
}

func newAttributes(m *extprocv3.ProcessingRequest, h *corev3.HeaderMap) attributes {
	a := attributes{
		headers:  h,
		buffered: m.GetProtocolConfig().GetRequestBodyMode() == filterv3.ProcessingMode_BUFFERED,
		claims:   m.GetMetadataContext().GetFilterMetadata()[envoy.JWTNamespace],
	}
	for _, s := range m.GetAttributes() {
		a.structs = append(a.structs, s)
	}
	return a
}

// call returns the LLM call that the attributes belong to.
func (a attributes) call(body []byte) *pipeline.Call {
	id := a.requestID()
	return &pipeline.Call{
		ID:     id,
		Unique: unique(id, text(a.value(envoy.AttributeConnection)), a.value(envoy.AttributeTime).GetStringValue()),
		Path:   a.path(), Header: a.header, Claims: a.verifiedClaims(), Body: body,
	}
}

// unique names a request as no client can: one may choose the request id, and use one again.
// The access log names it so, too, with the time in a form of its own.
func unique(id, connection, began string) string {
	if t, err := time.Parse(time.RFC3339Nano, began); err == nil {
		began = strconv.FormatInt(t.UnixMicro(), 10)
	}
	return id + " " + connection + " " + began
}

func (a attributes) verifiedClaims() map[string]map[string]any {
	if len(a.claims.GetFields()) == 0 {
		return nil
	}
	out := make(map[string]map[string]any, len(a.claims.GetFields()))
	for name, payload := range a.claims.GetFields() {
		out[name] = payload.GetStructValue().AsMap()
	}
	return out
}

// header returns the request or response header called name, "" if there is none.
func (a attributes) header(name string) string {
	for _, h := range a.headers.GetHeaders() {
		if h.GetKey() == name {
			return headerValue(h)
		}
	}
	if len(a.structs) == 0 {
		return ""
	}
	return a.value(envoy.AttributeHeader(name)).GetStringValue()
}

func headerValue(h *corev3.HeaderValue) string {
	if raw := h.GetRawValue(); raw != nil {
		return string(raw)
	}
	return h.GetValue()
}

// allHeaders iterates over the headers that were sent.
func (a attributes) allHeaders() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, h := range a.headers.GetHeaders() {
			if !yield(h.GetKey(), headerValue(h)) {
				return
			}
		}
	}
}

// notForwarded returns the names of the headers that were sent and that providers do not get.
// Those that Envoy itself needs stay; the rendered configuration removes them later. Where
// Envoy has not sent the headers, its configuration removes all.
func (a attributes) notForwarded(more []string) []string {
	var names []string
	for name := range a.allHeaders() {
		switch {
		case strings.HasPrefix(name, ":"), strings.HasPrefix(name, envoy.Prefix), strings.HasPrefix(name, header.Prefix):
		case name == "x-request-id", name == "x-forwarded-proto":
		case !header.Forwards(name, more) && !slices.Contains(names, name):
			names = append(names, name)
		}
	}
	return names
}

// reserved returns the headers of a response that only Sluice may set. Were a provider's to
// stay, one could have Envoy ask the next candidate, or tell the client's SDK to retry.
func (a attributes) reserved() []string {
	var names []string
	for name := range a.allHeaders() {
		if strings.HasPrefix(name, header.Prefix) || name == header.ShouldRetry {
			names = append(names, name)
		}
	}
	return names
}

func (a attributes) value(name string) *structpb.Value {
	for _, s := range a.structs {
		if v, ok := s.GetFields()[name]; ok {
			return v
		}
	}
	return nil
}

// path returns the path that the client called, query included.
func (a attributes) path() string {
	if p := a.value(envoy.AttributePath).GetStringValue(); p != "" {
		return p
	}
	return a.header(":path")
}

func (a attributes) requestID() string {
	if id := a.value(envoy.AttributeRequestID).GetStringValue(); id != "" {
		return id
	}
	return a.header("x-request-id")
}

// cluster returns the cluster that the attempt went to.
func (a attributes) cluster() string { return a.value(envoy.AttributeCluster).GetStringValue() }

// attempt returns the number of the attempt, counted from 1.
func (a attributes) attempt() int {
	if n := a.value(envoy.AttributeAttempt).GetNumberValue(); n >= 1 {
		return int(n)
	}
	const most = 1000
	n, err := strconv.Atoi(a.header("x-envoy-attempt-count"))
	if err != nil || n < 1 || n > most {
		return 1
	}
	return n
}

// text renders a number or text that Envoy itself set.
func text(v *structpb.Value) string {
	if n, ok := v.GetKind().(*structpb.Value_NumberValue); ok {
		return strconv.FormatFloat(n.NumberValue, 'f', -1, 64)
	}
	return v.GetStringValue()
}
