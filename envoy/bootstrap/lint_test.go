package bootstrap

import (
	"errors"
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
)

// lint finds mistakes that Envoy accepts silently and that only break traffic. What is
// rendered has them only if this package is wrong, so the tests look for them.
func lint(b *bootstrapv3.Bootstrap) error {
	v := &linter{clusters: make(map[string]*clusterv3.Cluster)}
	for _, c := range b.GetStaticResources().GetClusters() {
		v.clusters[c.GetName()] = c
	}
	v.walk(b, v.visit)
	return errors.Join(v.problems...)
}

type linter struct {
	problems
	clusters map[string]*clusterv3.Cluster
}

func (v *linter) visit(at protopath.Path, m proto.Message) {
	switch m := m.(type) {
	case *corev3.GrpcService_EnvoyGrpc:
		v.grpcCluster(at, m.GetClusterName())
	case *extprocv3.ProcessingMode:
		if m.GetResponseBodyMode() != extprocv3.ProcessingMode_NONE && m.GetResponseHeaderMode() == extprocv3.ProcessingMode_SKIP {
			v.add(at, "response_body_mode %s without response headers: Envoy then sends no body; expected response_header_mode SEND", m.GetResponseBodyMode())
		}
	case *extprocv3.ExternalProcessor:
		if m.GetSendBodyWithoutWaitingForHeaderResponse() && m.GetProcessingMode().GetResponseBodyMode() != extprocv3.ProcessingMode_STREAMED {
			v.add(at, "send_body_without_waiting_for_header_response has no effect; expected response_body_mode STREAMED")
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
func (v *linter) grpcCluster(at protopath.Path, name string) {
	c, ok := v.clusters[name]
	if !ok {
		v.add(at, "no cluster %q; known: %s", name, strings.Join(sorted(v.clusters), ", "))
		return
	}
	for _, o := range c.GetTypedExtensionProtocolOptions() {
		h := &httpv3.HttpProtocolOptions{}
		if o.UnmarshalTo(h) == nil && h.GetExplicitHttpConfig().GetHttp2ProtocolOptions() != nil {
			return
		}
	}
	v.add(at, "cluster %q does not speak HTTP/2, as gRPC needs", name)
}

// retryWords are the words of retry_on that Envoy 1.40 knows; it ignores all others.
var retryWords = []string{
	"5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "envoy-ratelimited",
	"retriable-4xx", "refused-stream", "retriable-status-codes", "retriable-headers", "http3-post-connect-failure",
	"cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable",
}

func (v *linter) retry(at protopath.Path, p *routev3.RetryPolicy) {
	words := v.retryOn(at, p.GetRetryOn())
	if len(p.GetRetriableHeaders()) > 0 && !slices.Contains(words, "retriable-headers") {
		v.add(at, "retriable_headers have no effect without retriable-headers in retry_on")
	}
	if len(p.GetRetriableStatusCodes()) > 0 && !slices.Contains(words, "retriable-status-codes") {
		v.add(at, "retriable_status_codes have no effect without retriable-status-codes in retry_on")
	}
}

func (v *linter) retryOn(at protopath.Path, list string) []string {
	words := strings.Split(list, ",")
	for _, w := range words {
		if w != "" && !slices.Contains(retryWords, w) {
			v.add(at, "retry_on: unknown word %q; known: %s", w, strings.Join(retryWords, ", "))
		}
	}
	return words
}

func (v *linter) upstreamFilters(at protopath.Path, o *httpv3.HttpProtocolOptions) {
	const codec = "type.googleapis.com/envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec"
	filters := o.GetHttpFilters()
	for i, f := range filters {
		if last := i == len(filters)-1; last != (f.GetTypedConfig().GetTypeUrl() == codec) {
			v.add(at, "http_filters[%d] %q: expected upstream_codec as the last filter and only there", i, f.GetName())
		}
	}
}
