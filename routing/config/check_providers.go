package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"sluice/routing"
	"sluice/routing/header"
)

func (c *checker) addresses() {
	f := c.file
	c.address("listen", f.Listen)
	c.private("admin", f.Admin, "metrics, budgets and dry runs")
	for i, name := range f.AdminHosts {
		if name == "" || strings.ContainsAny(name, ":/*@ ") {
			c.fail(fmt.Sprintf("admin_hosts[%d]", i), "%q is not a host name; expected one without scheme and port, such as sluice.internal", name)
		}
	}
	if path, unix := strings.CutPrefix(f.Processor, "unix:"); !unix {
		c.private("processor", f.Processor, "the filters, which see every prompt,")
	} else if path == "" {
		c.fail("processor", "expected a path behind unix:")
	}
	if f.Envoy.Admin != "" {
		c.private("envoy.admin", f.Envoy.Admin, "Envoy's settings")
	}
	// Envoy itself takes about 60 MiB, and a few requests must fit beside each other.
	if m, least := f.Envoy.Memory, Size(128<<20); m < least || m > 1<<40 {
		c.fail("envoy.memory", "%d bytes is out of range; expected 128MiB to 1024GiB", m)
	} else if l := f.Routing.Limits; m < 4*(l.Request+l.Response) {
		c.warn("envoy.memory", "%d bytes is less than four times routing.limits.request and routing.limits.response together: a few large requests would fill it", m)
	}
	if n := f.Envoy.Connections; n < 1 || n > 10_000_000 {
		c.fail("envoy.connections", "%d is out of range; expected 1 to 10000000", n)
	}
	names := []string{"listen", "admin", "processor", "envoy.admin"}
	for i, a := range []string{f.Listen, f.Admin, f.Processor, f.Envoy.Admin} {
		all := []string{f.Listen, f.Admin, f.Processor, f.Envoy.Admin}[:i]
		if at := slices.Index(all, a); at >= 0 && a != "" && !strings.HasSuffix(a, ":0") {
			c.fail(names[i], "%q is the address of %s already", a, names[at])
		}
	}
}

func (c *checker) address(path, value string) (host string) {
	host, port, err := net.SplitHostPort(value)
	n, perr := strconv.Atoi(port)
	if err != nil || perr != nil || n < 0 || n > 65535 {
		c.fail(path, "%q is not an address; expected host:port", value)
		return "localhost"
	}
	if host != "" && host != "localhost" && net.ParseIP(host) == nil && path != "processor" {
		c.fail(path, "%q is not an IP address; expected one such as 127.0.0.1 or 0.0.0.0", host)
	}
	return host
}

// private checks an address that clients must not reach.
func (c *checker) private(path, value, serves string) {
	if host := c.address(path, value); host == "" || net.ParseIP(host).IsUnspecified() {
		c.warn(path, "%q listens on all interfaces: %s are open to the whole network; expected one interface, such as 127.0.0.1", value, serves)
	}
}

// forwardHeaders checks the names of headers that providers get. Those of keys are refused: a
// key that belongs to one provider, or to the client, would reach the next.
func (c *checker) forwardHeaders() {
	for i, name := range c.file.Envoy.ForwardHeaders {
		path := fmt.Sprintf("envoy.forward_headers[%d]", i)
		switch {
		case !headerName(name):
			c.fail(path, "%q is not a header name in lower case", name)
		case strings.HasPrefix(name, header.Prefix), strings.HasPrefix(name, "x-envoy-"):
			c.fail(path, "%q is a header of Sluice or Envoy, which providers never get", name)
		case slices.Contains(secretHeaders, name):
			c.fail(path, "%q carries a client's key, which providers never get", name)
		}
	}
}

func (c *checker) provider(path string, p Provider) {
	u, err := url.Parse(p.Endpoint)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.RawQuery != "" || u.User != nil {
		c.fail(path+".endpoint", "%q is not a base URL; expected one such as https://api.example.com/v1", p.Endpoint)
	} else if u.Scheme == "http" && p.CA != "" {
		c.fail(path+".ca", "an http endpoint has no certificate to check")
	} else if u.Scheme == "https" && p.HTTP2 {
		c.fail(path+".http2", "https endpoints negotiate HTTP/2; the key is for http endpoints")
	}
	if len(p.Format) == 0 {
		c.fail(path+".format", "is missing; expected openai, anthropic, responses or a list of them")
	}
	for i, f := range p.Format {
		if _, ok := routing.ParseFormat(f); !ok {
			c.fail(fmt.Sprintf("%s.format[%d]", path, i), "%q is unknown; expected openai, anthropic or responses", f)
		}
	}
	if p.Credential != nil {
		c.credential(path+".credential", p.Credential)
	}
}

// notForCredentials are headers that Envoy or HTTP itself sets: a key in one of them would
// break the request or be lost on its way.
var notForCredentials = []string{
	"host", "content-length", "content-type", "content-encoding", "accept-encoding", "expect",
	"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
}

func (c *checker) credential(path string, k *Credential) {
	if (k.Env == "") == (k.File == "") {
		c.fail(path, "expected either env or file")
	}
	switch h := k.Header; {
	case h == "":
	case strings.HasPrefix(h, ":"):
		c.fail(path+".header", "%q is a pseudo-header; expected one such as authorization", h)
	case !headerName(h):
		c.fail(path+".header", "%q is not a header name in lower case", h)
	case slices.Contains(notForCredentials, h), strings.HasPrefix(h, header.Prefix), strings.HasPrefix(h, "x-envoy-"):
		c.fail(path+".header", "%q cannot carry a credential: the proxy sets or removes it; expected one such as authorization", h)
	case header.Forwards(h, c.file.Envoy.ForwardHeaders):
		c.fail(path+".header", "%q cannot carry a credential: every provider gets it from the client or the attempt before; expected one such as authorization", h)
	}
	for name, value := range map[string]*string{"prefix": k.Prefix, "env": &k.Env, "file": &k.File} {
		if value != nil && strings.ContainsFunc(*value, unicode.IsControl) {
			c.fail(path+"."+name, "%q has control characters, such as line breaks", *value)
		}
	}
}
