package config

import (
	"fmt"
	"net/url"
	"strings"
)

// LoopbackOrigins stands for the origins of pages that this machine itself serves.
const LoopbackOrigins = "loopback"

func (c *checker) cors() {
	for i, o := range c.file.CORS.Origins {
		if o != LoopbackOrigins && o != "*" && !isOrigin(o) {
			c.fail(fmt.Sprintf("cors.origins[%d]", i), "%q is not an origin such as https://app.example.com or https://*.example.com; %s and * are allowed, too", o, LoopbackOrigins)
		}
	}
}

// isOrigin reports whether browsers may send the text as an origin: scheme, host and port in
// lower case, and nothing else. The first label of the host may be a *.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || text != strings.ToLower(u.Scheme+"://"+u.Host) {
		return false
	}
	host := strings.TrimPrefix(u.Host, "*.")
	return host != "" && !strings.ContainsAny(host, "* ,")
}
