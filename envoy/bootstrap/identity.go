package bootstrap

import (
	"cmp"
	"slices"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	jwtv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/jwt_authn/v3"

	"sluice/envoy"
	"sluice/routing/agent"
	"sluice/routing/config"
	"sluice/routing/header"
)

// attributes are sent by the route filter beside the body. Each one costs, so only those are
// sent that the configuration uses.
func (r *renderer) attributes() []string {
	headers := []string{"content-encoding", "anthropic-version"}
	add := func(names ...string) {
		for _, name := range names {
			if !slices.Contains(headers, name) {
				headers = append(headers, name)
			}
		}
	}
	add(agent.Headers()...)
	add(header.Keys...)
	add(r.file.Identity.Headers()...)
	add(r.allowed()...)
	add(r.file.Experiments.Headers()...)
	if r.file.Cache != nil {
		add("cache-control")
		add(r.file.CacheHeaders()...)
	}
	out := []string{envoy.AttributePath, envoy.AttributeRequestID}
	if len(r.file.Budgets) > 0 {
		out = append(out, envoy.AttributeTime, envoy.AttributeConnection)
	}
	for _, name := range headers {
		out = append(out, envoy.AttributeHeader(name))
	}
	return out
}

// allowed are the headers with Sluice's prefix that a client may send.
func (r *renderer) allowed() []string {
	names := slices.Clone(r.file.Routing.AllowHeaders)
	if r.file.Routing.Debug {
		names = append(names, header.Debug)
	}
	if r.file.Identity.User.Client {
		names = append(names, header.User)
	}
	if r.file.Cache != nil {
		names = append(names, header.Cache)
	}
	if slices.ContainsFunc(r.file.Models, func(m config.Model) bool { return m.Price.Flex > 0 }) {
		names = append(names, header.Latency)
	}
	return names
}

// jwtPayload is the key of a token's payload in envoy.JWTNamespace.
const jwtPayload = "payload"

// verifyTokens rejects every request without a valid token, and removes the token: the
// metadata has its claims from then on.
func verifyTokens(j *config.JWT) *jwtv3.JwtAuthentication {
	const provider = "sluice"
	from := &jwtv3.JwtHeader{Name: cmp.Or(j.Header, "authorization")}
	if from.Name == "authorization" {
		from.ValuePrefix = "Bearer "
	}
	return &jwtv3.JwtAuthentication{
		BypassCorsPreflight: true, // browsers send no token with it
		Providers: map[string]*jwtv3.JwtProvider{provider: {
			Issuer:    j.Issuer,
			Audiences: j.Audiences,
			JwksSourceSpecifier: &jwtv3.JwtProvider_LocalJwks{LocalJwks: &corev3.DataSource{
				Specifier: &corev3.DataSource_Filename{Filename: j.JWKS},
			}},
			FromHeaders:       []*jwtv3.JwtHeader{from},
			PayloadInMetadata: jwtPayload,
		}},
		Rules: []*jwtv3.RequirementRule{{
			Match: &routev3.RouteMatch{PathSpecifier: &routev3.RouteMatch_Prefix{Prefix: "/"}},
			RequirementType: &jwtv3.RequirementRule_Requires{Requires: &jwtv3.JwtRequirement{
				RequiresType: &jwtv3.JwtRequirement_ProviderName{ProviderName: provider},
			}},
		}},
	}
}
