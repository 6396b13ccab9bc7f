package bootstrap

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ext_proc/v3"
	httpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"
)

// Validate checks an Envoy message and the extensions packed inside it: the constraints of
// Envoy's schema, which the generated methods do not follow into extensions, and some
// mistakes that Envoy accepts silently and that only break traffic. It reports everything it
// finds, each with its path. The message is a bootstrap or a part of one; the names of
// clusters are checked in a bootstrap only.
func Validate(m proto.Message) error {
	v := &validator{}
	if b, ok := m.(*bootstrapv3.Bootstrap); ok {
		v.clusters = make(map[string]*clusterv3.Cluster)
		for _, c := range b.GetStaticResources().GetClusters() {
			if v.clusters[c.GetName()] != nil {
				v.fail(nil, "two clusters are called %q", c.GetName())
			}
			v.clusters[c.GetName()] = c
		}
	}
	v.constraints(nil, m)
	err := protorange.Range(m.ProtoReflect(), func(p protopath.Values) error {
		last := p.Index(-1)
		message, ok := last.Value.Interface().(protoreflect.Message)
		if !ok || !message.IsValid() {
			return nil
		}
		inner := message.Interface()
		if last.Step.Kind() == protopath.AnyExpandStep {
			v.constraints(p.Path, inner)
		}
		v.lint(p.Path, inner)
		return nil
	})
	if err != nil {
		v.fail(nil, "walk: %v", err)
	}
	return errors.Join(v.errs...)
}

type validator struct {
	clusters map[string]*clusterv3.Cluster // nil if the message is no bootstrap
	errs     []error
}

func (v *validator) fail(at protopath.Path, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if len(at) > 1 {
		text = strings.TrimPrefix(at[1:].String(), ".") + ": " + text
	}
	v.errs = append(v.errs, errors.New(text))
}

// constraints runs the checks generated from the schema.
func (v *validator) constraints(at protopath.Path, m proto.Message) {
	if c, ok := m.(interface{ ValidateAll() error }); ok {
		if err := c.ValidateAll(); err != nil {
			v.fail(at, "%v", err)
		}
	}
}

func (v *validator) lint(at protopath.Path, m proto.Message) {
	switch m := m.(type) {
	case *anypb.Any:
		// The walk skips what it cannot unpack.
		if _, err := m.UnmarshalNew(); err != nil {
			v.fail(at, "extension of type %q cannot be checked: %v", m.GetTypeUrl(), err)
		}
	case *corev3.GrpcService_EnvoyGrpc:
		v.grpcCluster(at, m.GetClusterName())
	case *extprocv3.ProcessingMode:
		if m.GetResponseBodyMode() != extprocv3.ProcessingMode_NONE && m.GetResponseHeaderMode() == extprocv3.ProcessingMode_SKIP {
			v.fail(at, "response_body_mode %s without response headers: Envoy then sends no body; expected response_header_mode SEND", m.GetResponseBodyMode())
		}
	case *extprocv3.ExternalProcessor:
		if m.GetSendBodyWithoutWaitingForHeaderResponse() && m.GetProcessingMode().GetResponseBodyMode() != extprocv3.ProcessingMode_STREAMED {
			v.fail(at, "send_body_without_waiting_for_header_response has no effect; expected response_body_mode STREAMED")
		}
	case *corev3.RetryPolicy:
		v.retryOn(at, m.GetRetryOn())
	case *routev3.RetryPolicy:
		v.retry(at, m)
	case *httpv3.HttpProtocolOptions:
		v.upstreamFilters(at, m)
	}
}

// grpcCluster checks a gRPC service. Envoy starts even if its cluster does not exist or does
// not speak HTTP/2, and then fails every request.
func (v *validator) grpcCluster(at protopath.Path, name string) {
	if v.clusters == nil || name == "" {
		return
	}
	c, ok := v.clusters[name]
	if !ok {
		v.fail(at, "no cluster %q; known: %s", name, strings.Join(sorted(v.clusters), ", "))
		return
	}
	for _, o := range c.GetTypedExtensionProtocolOptions() {
		h := &httpv3.HttpProtocolOptions{}
		if o.UnmarshalTo(h) == nil && h.GetExplicitHttpConfig().GetHttp2ProtocolOptions() != nil {
			return
		}
	}
	v.fail(at, "cluster %q does not speak HTTP/2, as gRPC needs", name)
}

// retryWords are the words of retry_on that Envoy 1.40 knows; it ignores all others.
var retryWords = []string{
	"5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "envoy-ratelimited",
	"retriable-4xx", "refused-stream", "retriable-status-codes", "retriable-headers", "http3-post-connect-failure",
	"cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable",
}

func (v *validator) retry(at protopath.Path, p *routev3.RetryPolicy) {
	words := v.retryOn(at, p.GetRetryOn())
	if len(p.GetRetriableHeaders()) > 0 && !slices.Contains(words, "retriable-headers") {
		v.fail(at, "retriable_headers have no effect without retriable-headers in retry_on")
	}
	if len(p.GetRetriableStatusCodes()) > 0 && !slices.Contains(words, "retriable-status-codes") {
		v.fail(at, "retriable_status_codes have no effect without retriable-status-codes in retry_on")
	}
}

func (v *validator) retryOn(at protopath.Path, list string) []string {
	words := strings.Split(list, ",")
	for _, w := range words {
		if w != "" && !slices.Contains(retryWords, w) {
			v.fail(at, "retry_on: unknown word %q; known: %s", w, strings.Join(retryWords, ", "))
		}
	}
	return words
}

func (v *validator) upstreamFilters(at protopath.Path, o *httpv3.HttpProtocolOptions) {
	const codec = "type.googleapis.com/envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec"
	filters := o.GetHttpFilters()
	for i, f := range filters {
		if last := i == len(filters)-1; last != (f.GetTypedConfig().GetTypeUrl() == codec) {
			v.fail(at, "http_filters[%d] %q: expected upstream_codec as the last filter and only there", i, f.GetName())
		}
	}
}
