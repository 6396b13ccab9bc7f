package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIdentity(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"good.json": `{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}`, "cut.json": `{"keys": [`, "empty.json": `{"keys": []}`,
		"odd.json": `{"keys": [{"alg": "RS256"}]}`, "secret.json": `{"keys": [{"kty": "EC", "d": "x"}]}`,
		"large.json": strings.Repeat(" ", 1<<20+1),
	} {
		if err := os.WriteFile(filepath.Clean(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const keys = "; expected a file with the issuer's public keys: {\"keys\": […]}"
	for _, tt := range []struct {
		name, identity string
		problems       []string
		warnings       []string
	}{
		{"none", "{}", nil, nil},
		{"mesh", "{user: {header: x-user}, team: {header: x-team}, tenant: {header: x-tenant}}", nil, nil},
		{"client alone", "{user: {client: true}}", nil, nil},
		{"tokens", "{user: {claim: sub}, jwt: {issuer: i, audiences: [a], jwks: good.json, header: x-token}}", nil, nil},
		{"claims of a mesh", "{tenant: {claim: org.id}}", nil, []string{
			"line 7: identity.tenant.claim: has no effect without identity.jwt, unless an Envoy of your own verifies tokens before Sluice's filters",
		}},
		{"anybody", "{user: {header: x-user, client: true}}", nil, []string{
			"line 7: identity.user.client: clients without a verified name may use any name, also those of verified users",
		}},
		{"unused tokens", "{jwt: {issuer: i, jwks: good.json}}", nil, []string{
			"line 7: identity.jwt: tokens are verified, but no name is taken from them; expected a claim such as identity.user.claim: sub",
		}},
		{
			"headers", "{user: {header: X-User}, team: {header: x-sluice-team}, tenant: {header: \"x'y\"}}", []string{
				`line 7: identity.user.header: "X-User" is not a header name in lower case`,
				`line 7: identity.team.header: "x-sluice-team" is removed by Envoy; expected a name that does not begin with x-sluice- or x-envoy-`,
				`line 7: identity.tenant.header: "x'y" is not a header name in lower case`,
			}, nil,
		},
		{
			"secrets", "{user: {header: authorization}, team: {header: x-envoy-peer}}", []string{
				`line 7: identity.user.header: "authorization" carries a secret; expected a header with a name`,
				`line 7: identity.team.header: "x-envoy-peer" is removed by Envoy; expected a name that does not begin with x-sluice- or x-envoy-`,
			}, nil,
		},
		{
			"sources", "{user: {claim: .sub}, tenant: {client: true}}", []string{
				`line 7: identity.user.claim: ".sub" is not the name of a claim; expected one such as sub or realm.tenant`,
				`line 7: identity.tenant.client: only the user may be named by the client`,
			}, nil,
		},
		{
			"token without anything", "{user: {claim: sub}, jwt: {audiences: [\"\"], header: \"a b\"}}", []string{
				`line 7: identity.jwt.issuer: is missing; expected the iss of the tokens`,
				`line 7: identity.jwt.jwks: is missing` + keys,
				`line 7: identity.jwt.audiences: an audience is empty; expected the aud of the tokens`,
				`line 7: identity.jwt.header: "a b" is not a header name in lower case`,
			}, nil,
		},
		{"no file", "{user: {claim: sub}, jwt: {issuer: i, jwks: absent.json}}", []string{"line 7: identity.jwt.jwks: stat absent.json: no such file or directory" + keys}, nil},
		{"folder", "{user: {claim: sub}, jwt: {issuer: i, jwks: .}}", []string{"line 7: identity.jwt.jwks: . is not a file of up to 1 MiB" + keys}, nil},
		{"large", "{user: {claim: sub}, jwt: {issuer: i, jwks: large.json}}", []string{"line 7: identity.jwt.jwks: large.json is not a file of up to 1 MiB" + keys}, nil},
		{"cut", "{user: {claim: sub}, jwt: {issuer: i, jwks: cut.json}}", []string{"line 7: identity.jwt.jwks: cut.json: unexpected end of JSON input" + keys}, nil},
		{"no keys", "{user: {claim: sub}, jwt: {issuer: i, jwks: empty.json}}", []string{"line 7: identity.jwt.jwks: empty.json holds no keys" + keys}, nil},
		{"odd key", "{user: {claim: sub}, jwt: {issuer: i, jwks: odd.json}}", []string{"line 7: identity.jwt.jwks: odd.json holds a key without kty" + keys}, nil},
		{"private key", "{user: {claim: sub}, jwt: {issuer: i, jwks: secret.json}}", []string{"line 7: identity.jwt.jwks: secret.json holds a private key" + keys}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, warnings, err := Load("x.yaml", []byte(minimal+"identity: "+tt.identity+"\n"))
			var problems []string
			if bad, ok := errors.AsType[*Error](err); ok {
				problems = lines(bad.Problems)
			}
			if diff := cmp.Diff(tt.problems, problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.warnings, lines(warnings)); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("edge", func(t *testing.T) {
		for listen, warned := range map[string]bool{"0.0.0.0:1": true, ":1": true, "10.0.0.1:1": true, "127.0.0.1:1": false, "localhost:1": false, "'[::1]:1'": false} {
			_, warnings, err := Load("x.yaml", []byte(minimal+"listen: "+listen+"\nidentity: {user: {header: x-user}}\n"))
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(strings.Join(lines(warnings), "\n"), "identity.user.header: clients that reach "); got != warned {
				t.Errorf("listen %s: %q", listen, warnings)
			}
		}
	})
}

func lines(problems []Problem) []string {
	var out []string
	for _, p := range problems {
		out = append(out, p.String())
	}
	return out
}

func TestHeadersAsked(t *testing.T) {
	id := Identity{User: Source{Header: "x-a"}, Team: Source{Header: "x-b"}, Tenant: Source{Header: "x-a"}}
	if diff := cmp.Diff([]string{"x-a", "x-b"}, id.Headers()); diff != "" {
		t.Errorf("identity (-want +got):\n%s", diff)
	}
	if id.Claims() || !(&Identity{Team: Source{Claim: "c"}}).Claims() {
		t.Error("claims are found where there are none, or not where there are")
	}
	e := Experiments{{Enrol: Enrol{Header: "x-b"}}, {}, {Enrol: Enrol{Header: "x-a"}}, {Enrol: Enrol{Header: "x-b"}}}
	if diff := cmp.Diff([]string{"x-b", "x-a"}, e.Headers()); diff != "" {
		t.Errorf("experiments (-want +got):\n%s", diff)
	}
}
