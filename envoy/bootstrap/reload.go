package bootstrap

import (
	"bytes"
	"cmp"
	"fmt"
	"reflect"

	"sluice/routing/config"
)

// Missing returns what an Envoy that runs the bootstrap of running lacks to serve next:
// without it requests would fail, or would be attributed to nobody. It returns nil if that
// Envoy can serve next. Models may disappear: their clusters stay unused.
func Missing(running, next *config.Runtime) []string {
	var missing []string
	known := reaches(running)
	for _, m := range next.Router.Models() {
		if m.Plain != nil {
			continue // shares its model's cluster
		}
		switch have, ok := known[m.Cluster]; {
		case !ok:
			missing = append(missing, fmt.Sprintf("model %q is new", m.Name))
		case have != reachOf(next.File, m.Provider.Name):
			missing = append(missing, fmt.Sprintf("the endpoint, TLS or credential of model %q changed, at provider %q", m.Name, m.Provider.Name))
		}
	}
	if !reflect.DeepEqual(running.File.Identity, next.File.Identity) {
		missing = append(missing, "identity changed")
	}
	return missing
}

// Outdated reports whether the bootstrap of next differs from that of running.
func Outdated(running, next *config.Runtime) bool {
	return !bytes.Equal(text(running), text(next))
}

func text(rt *config.Runtime) []byte {
	r, err := Render(rt.File, rt.Router.Models(), Options{})
	if err != nil {
		return nil
	}
	t, err := r.JSON()
	if err != nil {
		return nil
	}
	return t
}

// reach is what Envoy must know to call a model. The path of an endpoint is not part of it:
// Sluice writes it into each request.
type reach struct {
	upstream
	ca, env, file, header, prefix string
	http2                         bool
}

func reachOf(f *config.File, provider string) reach {
	p := f.Providers[provider]
	up, _ := parseEndpoint(p.Endpoint) // checked when the file was loaded
	r := reach{upstream: up}
	if up.tls {
		r.ca = cmp.Or(p.CA, f.Envoy.CA)
	} else {
		r.http2 = p.HTTP2
	}
	if k := p.Credential; k != nil {
		r.env, r.file, r.header, r.prefix = k.Env, k.File, credentialHeader(p), credentialPrefix(p)
	}
	return r
}

func reaches(rt *config.Runtime) map[string]reach {
	out := make(map[string]reach)
	for _, m := range rt.Router.Models() {
		out[m.Cluster] = reachOf(rt.File, m.Provider.Name)
	}
	return out
}
