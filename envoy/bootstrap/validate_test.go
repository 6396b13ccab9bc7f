package bootstrap

import (
	"errors"
	"strings"
	"testing"
	"time"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ext_proc/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	httpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"sluice/envoy"
)

// edit changes a message inside an Any.
func edit[M proto.Message](t *testing.T, a *anypb.Any, m M, change func(M)) {
	t.Helper()
	if err := a.UnmarshalTo(m); err != nil {
		t.Fatal(err)
	}
	change(m)
	if err := a.MarshalFrom(m); err != nil {
		t.Fatal(err)
	}
}

func editHCM(t *testing.T, b *bootstrapv3.Bootstrap, change func(*hcmv3.HttpConnectionManager)) {
	t.Helper()
	f := b.GetStaticResources().GetListeners()[0].GetFilterChains()[0].GetFilters()[0]
	edit(t, f.GetTypedConfig(), &hcmv3.HttpConnectionManager{}, change)
}

func editRoute(t *testing.T, b *bootstrapv3.Bootstrap, change func(*extprocv3.ExternalProcessor)) {
	t.Helper()
	editHCM(t, b, func(h *hcmv3.HttpConnectionManager) {
		for _, f := range h.GetHttpFilters() {
			if f.GetName() == envoy.FilterRoute {
				edit(t, f.GetTypedConfig(), &extprocv3.ExternalProcessor{}, change)
			}
		}
	})
}

func editRetry(t *testing.T, b *bootstrapv3.Bootstrap, change func(*routev3.RetryPolicy)) {
	t.Helper()
	editHCM(t, b, func(h *hcmv3.HttpConnectionManager) {
		change(h.GetRouteConfig().GetVirtualHosts()[0].GetRoutes()[0].GetRoute().GetRetryPolicy())
	})
}

func editProtocol(t *testing.T, c *clusterv3.Cluster, change func(*httpv3.HttpProtocolOptions)) {
	t.Helper()
	for _, a := range c.GetTypedExtensionProtocolOptions() {
		edit(t, a, &httpv3.HttpProtocolOptions{}, change)
	}
}

// TestValidate breaks a good configuration in one place each.
func TestValidate(t *testing.T) {
	clusters := func(b *bootstrapv3.Bootstrap) []*clusterv3.Cluster { return b.GetStaticResources().GetClusters() }
	for _, tt := range []struct {
		name  string
		spoil func(*testing.T, *bootstrapv3.Bootstrap)
		want  string // "" is no error
	}{
		{"unchanged", func(*testing.T, *bootstrapv3.Bootstrap) {}, ""},
		{"constraint at the top", func(_ *testing.T, b *bootstrapv3.Bootstrap) {
			clusters(b)[0].Name = ""
		}, "Name: value length must be at least 1"},
		{"constraint inside an extension", func(t *testing.T, b *bootstrapv3.Bootstrap) {
			editRoute(t, b, func(p *extprocv3.ExternalProcessor) { p.MessageTimeout = duration(-time.Second) })
		}, "MessageTimeout"},
		{"unknown extension", func(_ *testing.T, b *bootstrapv3.Bootstrap) {
			b.GetStaticResources().GetListeners()[0].GetFilterChains()[0].GetFilters()[0].GetTypedConfig().TypeUrl = "type.googleapis.com/envoy.Nothing"
		}, `extension of type "type.googleapis.com/envoy.Nothing" cannot be checked`},
		{"extension that is not what it claims", func(_ *testing.T, b *bootstrapv3.Bootstrap) {
			b.GetStaticResources().GetListeners()[0].GetFilterChains()[0].GetFilters()[0].GetTypedConfig().Value = []byte{0xff}
		}, "HttpConnectionManager\" cannot be checked"},
		{"gRPC cluster that does not exist", func(t *testing.T, b *bootstrapv3.Bootstrap) {
			editRoute(t, b, func(p *extprocv3.ExternalProcessor) { p.GetGrpcService().GetEnvoyGrpc().ClusterName = "slucie" })
		}, `no cluster "slucie"; known: llama, sluice`},
		{"gRPC cluster without HTTP/2", func(t *testing.T, b *bootstrapv3.Bootstrap) {
			editProtocol(t, clusters(b)[0], func(o *httpv3.HttpProtocolOptions) {
				o.UpstreamProtocolOptions = &httpv3.HttpProtocolOptions_ExplicitHttpConfig_{ExplicitHttpConfig: &httpv3.HttpProtocolOptions_ExplicitHttpConfig{
					ProtocolConfig: &httpv3.HttpProtocolOptions_ExplicitHttpConfig_HttpProtocolOptions{HttpProtocolOptions: &corev3.Http1ProtocolOptions{}},
				}}
			})
		}, `cluster "sluice" does not speak HTTP/2`},
		{"two clusters of one name", func(_ *testing.T, b *bootstrapv3.Bootstrap) {
			clusters(b)[1].Name = envoy.Cluster
		}, `two clusters are called "sluice"`},
		{"misspelt retry_on", func(t *testing.T, b *bootstrapv3.Bootstrap) {
			editRetry(t, b, func(p *routev3.RetryPolicy) { p.RetryOn += ",conect-failure" })
		}, `retry_on: unknown word "conect-failure"`},
		{"retriable headers without the word", func(t *testing.T, b *bootstrapv3.Bootstrap) {
			editRetry(t, b, func(p *routev3.RetryPolicy) { p.RetryOn = strings.ReplaceAll(p.RetryOn, "retriable-headers,", "") })
		}, "retriable_headers have no effect"},
		{"retriable status codes without the word", func(t *testing.T, b *bootstrapv3.Bootstrap) {
			editRetry(t, b, func(p *routev3.RetryPolicy) { p.RetriableStatusCodes = []uint32{429} })
		}, "retriable_status_codes have no effect"},
		{"response body without response headers", func(t *testing.T, b *bootstrapv3.Bootstrap) {
			editRoute(t, b, func(p *extprocv3.ExternalProcessor) {
				p.GetProcessingMode().ResponseBodyMode = extprocv3.ProcessingMode_BUFFERED
			})
		}, "response_body_mode BUFFERED without response headers"},
		{"held headers without a streamed body", func(t *testing.T, b *bootstrapv3.Bootstrap) {
			editRoute(t, b, func(p *extprocv3.ExternalProcessor) { p.SendBodyWithoutWaitingForHeaderResponse = true })
		}, "expected response_body_mode STREAMED"},
		{"codec not last", func(t *testing.T, b *bootstrapv3.Bootstrap) {
			editProtocol(t, clusters(b)[1], func(o *httpv3.HttpProtocolOptions) {
				n := len(o.HttpFilters)
				o.HttpFilters[n-1], o.HttpFilters[n-2] = o.HttpFilters[n-2], o.HttpFilters[n-1]
			})
		}, "expected upstream_codec as the last filter"},
		{"codec missing", func(t *testing.T, b *bootstrapv3.Bootstrap) {
			editProtocol(t, clusters(b)[1], func(o *httpv3.HttpProtocolOptions) { o.HttpFilters = o.HttpFilters[:1] })
		}, "expected upstream_codec as the last filter"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := render(t, load(t, "one-local.yaml"), Options{}).Bootstrap
			tt.spoil(t, b)
			err := errors.Join(validate(b), lint(b))
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v; want an error with %q", err, tt.want)
			}
		})
	}
}
