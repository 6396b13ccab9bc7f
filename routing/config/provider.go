package config

import (
	"strings"
	"time"
)

// usualIdle is for how long an idle connection is kept. Providers usually close theirs after a
// minute.
const usualIdle = 50 * time.Second

// IdleTime is how long an idle connection to the provider waits for its next request; 0 is not
// at all. A server may close a connection in the moment in which the next request is on its
// way, and then the attempt has failed. Servers without TLS in front of them, such as uvicorn and
// Node, do so after 5 s, and a new connection to them costs next to nothing.
func (p *Provider) IdleTime() time.Duration {
	switch {
	case p.KeepAlive != nil:
		return time.Duration(*p.KeepAlive)
	case p.HTTP2 || !strings.HasPrefix(p.Endpoint, "http://"):
		return usualIdle
	default:
		return 0
	}
}
