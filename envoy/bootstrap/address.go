package bootstrap

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	dnsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/clusters/common/dns/v3"
	dnsclusterv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/clusters/dns/v3"
)

// address parses host:port or unix:/path. An empty host means all addresses of the machine.
func address(text string) (*corev3.Address, error) {
	if path, ok := strings.CutPrefix(text, "unix:"); ok {
		if path == "" {
			return nil, fmt.Errorf("%q is not an address; expected unix:/path", text)
		}
		return &corev3.Address{Address: &corev3.Address_Pipe{Pipe: &corev3.Pipe{Path: path}}}, nil
	}
	host, port, err := net.SplitHostPort(text)
	n, perr := strconv.ParseUint(port, 10, 16)
	if err != nil || perr != nil {
		return nil, fmt.Errorf("%q is not an address; expected host:port or unix:/path", text)
	}
	switch host {
	case "":
		host = "0.0.0.0"
	case "localhost":
		host = "127.0.0.1" // a static cluster and a listener take no names
	}
	return socket(host, uint32(n)), nil
}

func socket(host string, port uint32) *corev3.Address {
	return &corev3.Address{Address: &corev3.Address_SocketAddress{SocketAddress: &corev3.SocketAddress{
		Address:       host,
		PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: port},
	}}}
}

// setEndpoint gives the cluster its one endpoint. A name is resolved: to an endpoint for each
// address, so that every replica of Sluice gets its share, or if logical to one endpoint for
// all of them, since a provider's name has many addresses that change with each look-up.
func setEndpoint(c *clusterv3.Cluster, at *corev3.Address, logical bool) {
	c.LoadAssignment = &endpointv3.ClusterLoadAssignment{
		ClusterName: c.Name,
		Endpoints: []*endpointv3.LocalityLbEndpoints{{LbEndpoints: []*endpointv3.LbEndpoint{{
			HostIdentifier: &endpointv3.LbEndpoint_Endpoint{Endpoint: &endpointv3.Endpoint{Address: at}},
		}}}},
	}
	host := at.GetSocketAddress().GetAddress()
	if host == "" || net.ParseIP(host) != nil {
		c.ClusterDiscoveryType = &clusterv3.Cluster_Type{Type: clusterv3.Cluster_STATIC}
		return
	}
	family := dnsv3.DnsLookupFamily_V4_PREFERRED
	if logical {
		family = dnsv3.DnsLookupFamily_ALL // both are tried in turn until one connects
	}
	c.ClusterDiscoveryType = &clusterv3.Cluster_ClusterType{ClusterType: &clusterv3.Cluster_CustomClusterType{
		Name: "envoy.cluster.dns",
		TypedConfig: packed(&dnsclusterv3.DnsCluster{
			DnsLookupFamily:              family,
			RespectDnsTtl:                true,
			AllAddressesInSingleEndpoint: logical,
		}),
	}}
}

// upstream is the address of a provider's endpoint.
type upstream struct {
	host string
	port uint32
	tls  bool
}

func parseEndpoint(text string) (upstream, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return upstream{}, fmt.Errorf("%q is not a base URL; expected one such as https://api.example.com/v1", text)
	}
	up := upstream{host: u.Hostname(), port: 80, tls: u.Scheme == "https"}
	if up.tls {
		up.port = 443
	}
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return upstream{}, fmt.Errorf("%q has no valid port", text)
		}
		up.port = uint32(n)
	}
	return up, nil
}
