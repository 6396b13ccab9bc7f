package bootstrap

import (
	"cmp"
	"fmt"
	"net"
	"time"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	httpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"sluice/routing"
	"sluice/routing/config"
)

const (
	providerConnect  = 5 * time.Second
	processorConnect = time.Second
	// providerRead bounds what Envoy reads of a connection at once, in bytes. The smaller it is,
	// the sooner what Sluice has to say about an answer is heard; the default is 1 MiB.
	providerRead = 64 << 10
	// noLimit replaces limits by which Envoy would silently drop escalations: by default a
	// cluster allows three concurrent retries, and delivers weak answers beyond that.
	noLimit = 1 << 20
)

// model is the cluster of one model. Each model has its own, even at the same provider, for
// its own time-out and its name in Envoy's statistics.
func (r *renderer) model(m *routing.Model) (*clusterv3.Cluster, error) {
	p, ok := r.file.Providers[m.Provider.Name]
	if !ok {
		return nil, fmt.Errorf("provider %q is not in the configuration", m.Provider.Name)
	}
	up, err := parseEndpoint(p.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("provider %q: endpoint: %w", m.Provider.Name, err)
	}
	c := &clusterv3.Cluster{
		Name:            m.Cluster,
		ConnectTimeout:  duration(providerConnect),
		CircuitBreakers: unlimited(),

		PerConnectionBufferLimitBytes: wrapperspb.UInt32(providerRead),

		UpstreamConnectionOptions: &clusterv3.UpstreamConnectionOptions{
			TcpKeepalive: &corev3.TcpKeepalive{
				KeepaliveTime: wrapperspb.UInt32(30), KeepaliveInterval: wrapperspb.UInt32(10), KeepaliveProbes: wrapperspb.UInt32(3),
			},
		},
	}
	setEndpoint(c, socket(up.host, up.port), up.tls)
	if up.tls {
		c.TransportSocket = tls(up.host, cmp.Or(p.CA, r.file.Envoy.CA))
	}
	timeout := cmp.Or(m.Timeout, time.Duration(r.limits.TotalTime))
	setProtocol(c, providerProtocol(up, p, timeout, r.upstreamFilters(m.Provider.Name, p)))
	return c, nil
}

// providerProtocol bounds one attempt by max_stream_duration, after which Envoy retries. For
// a streamed answer the route filter lifts it by a header; the route bounds its idle time.
func providerProtocol(up upstream, p config.Provider, timeout time.Duration, filters []*hcmv3.HttpFilter) *httpv3.HttpProtocolOptions {
	o := &httpv3.HttpProtocolOptions{
		CommonHttpProtocolOptions: &corev3.HttpProtocolOptions{MaxStreamDuration: duration(timeout)},
		HttpFilters:               filters,
	}
	// Envoy cannot ask the same cluster again where a connection turns out to be dead: its retry
	// is the next candidate's.
	if idle := p.IdleTime(); idle > 0 {
		o.CommonHttpProtocolOptions.IdleTimeout = duration(idle)
	} else {
		o.CommonHttpProtocolOptions.MaxRequestsPerConnection = wrapperspb.UInt32(1)
	}
	switch {
	case up.tls:
		o.UpstreamProtocolOptions = &httpv3.HttpProtocolOptions_AutoConfig{AutoConfig: &httpv3.HttpProtocolOptions_AutoHttpConfig{
			HttpProtocolOptions:  &corev3.Http1ProtocolOptions{},
			Http2ProtocolOptions: &corev3.Http2ProtocolOptions{},
		}}
	case p.HTTP2:
		o.UpstreamProtocolOptions = explicitHTTP2(&corev3.Http2ProtocolOptions{})
	default:
		o.UpstreamProtocolOptions = &httpv3.HttpProtocolOptions_ExplicitHttpConfig_{ExplicitHttpConfig: &httpv3.HttpProtocolOptions_ExplicitHttpConfig{
			ProtocolConfig: &httpv3.HttpProtocolOptions_ExplicitHttpConfig_HttpProtocolOptions{HttpProtocolOptions: &corev3.Http1ProtocolOptions{}},
		}}
	}
	return o
}

func explicitHTTP2(o *corev3.Http2ProtocolOptions) *httpv3.HttpProtocolOptions_ExplicitHttpConfig_ {
	return &httpv3.HttpProtocolOptions_ExplicitHttpConfig_{ExplicitHttpConfig: &httpv3.HttpProtocolOptions_ExplicitHttpConfig{
		ProtocolConfig: &httpv3.HttpProtocolOptions_ExplicitHttpConfig_Http2ProtocolOptions{Http2ProtocolOptions: o},
	}}
}

// processorProtocol has windows so large that bodies travel to and from Sluice without
// waiting for updates. A Sluice that is frozen or cut off from the network holds up its
// streams until a ping fails. That must be sooner than [messageTimeout]: then those that it has
// not answered go to another replica. But a busy machine's that is well must answer in time.
func processorProtocol() *httpv3.HttpProtocolOptions {
	return &httpv3.HttpProtocolOptions{UpstreamProtocolOptions: explicitHTTP2(&corev3.Http2ProtocolOptions{
		InitialStreamWindowSize:     wrapperspb.UInt32(64 << 20),
		InitialConnectionWindowSize: wrapperspb.UInt32(256 << 20),
		ConnectionKeepalive:         &corev3.KeepaliveSettings{Interval: duration(time.Second), Timeout: duration(3 * time.Second)},
	})}
}

// processorHealth takes a replica that shuts down, or is frozen, out of rotation. If all are
// down Envoy tries them nevertheless, so a single one is used again as soon as it is back.
func processorHealth() []*corev3.HealthCheck {
	return []*corev3.HealthCheck{{
		Timeout:            duration(time.Second),
		Interval:           duration(time.Second),
		NoTrafficInterval:  duration(time.Second),
		UnhealthyThreshold: wrapperspb.UInt32(2), // a replica that says that it is going counts at once
		HealthyThreshold:   wrapperspb.UInt32(1),
		HealthChecker:      &corev3.HealthCheck_GrpcHealthCheck_{GrpcHealthCheck: &corev3.HealthCheck_GrpcHealthCheck{}},
	}}
}

// processorOutliers takes a dead replica out of rotation before the health check notices.
// Only failed connections count: an error of Sluice's is no sign that a replica is dead.
func processorOutliers() *clusterv3.OutlierDetection {
	never := wrapperspb.UInt32(0)
	return &clusterv3.OutlierDetection{
		SplitExternalLocalOriginErrors:         true,
		ConsecutiveLocalOriginFailure:          wrapperspb.UInt32(1),
		EnforcingConsecutiveLocalOriginFailure: wrapperspb.UInt32(100),
		EnforcingLocalOriginSuccessRate:        never,
		EnforcingConsecutive_5Xx:               never,
		EnforcingConsecutiveGatewayFailure:     never,
		EnforcingSuccessRate:                   never,
		Interval:                               duration(time.Second),
		BaseEjectionTime:                       duration(time.Second),
		MaxEjectionTime:                        duration(5 * time.Second),
		MaxEjectionPercent:                     wrapperspb.UInt32(100),
	}
}

// tls verifies the certificate's name: by default Envoy accepts any certificate that the
// authorities signed.
func tls(host, ca string) *corev3.TransportSocket {
	san, sni := tlsv3.SubjectAltNameMatcher_DNS, host
	if net.ParseIP(host) != nil {
		san, sni = tlsv3.SubjectAltNameMatcher_IP_ADDRESS, ""
	}
	return &corev3.TransportSocket{
		Name: "envoy.transport_sockets.tls",
		ConfigType: &corev3.TransportSocket_TypedConfig{TypedConfig: packed(&tlsv3.UpstreamTlsContext{
			Sni: sni,
			CommonTlsContext: &tlsv3.CommonTlsContext{
				ValidationContextType: &tlsv3.CommonTlsContext_ValidationContext{ValidationContext: &tlsv3.CertificateValidationContext{
					TrustedCa: &corev3.DataSource{Specifier: &corev3.DataSource_Filename{Filename: ca}},
					MatchTypedSubjectAltNames: []*tlsv3.SubjectAltNameMatcher{{
						SanType: san,
						Matcher: &matcherv3.StringMatcher{MatchPattern: &matcherv3.StringMatcher_Exact{Exact: host}},
					}},
				}},
			},
		})},
	}
}

func setProtocol(c *clusterv3.Cluster, o *httpv3.HttpProtocolOptions) {
	c.TypedExtensionProtocolOptions = packedMap("envoy.extensions.upstreams.http.v3.HttpProtocolOptions", o)
}

func unlimited() *clusterv3.CircuitBreakers {
	n := wrapperspb.UInt32(noLimit)
	return &clusterv3.CircuitBreakers{Thresholds: []*clusterv3.CircuitBreakers_Thresholds{{
		MaxConnections: n, MaxPendingRequests: n, MaxRequests: n, MaxRetries: n,
	}}}
}

func duration(d time.Duration) *durationpb.Duration { return durationpb.New(d) }
