package bootstrap

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sluice/routing/header"
	"sluice/routing/llmapi"
)

// TestOnlyForwarded: the expression by which Envoy removes headers agrees with what the
// extproc server removes by itself.
func TestOnlyForwarded(t *testing.T) {
	names := slices.Concat(header.Forwarded, []string{":*", "x-acme"})
	rest := regexp.MustCompile("^(?s:" + allBut(names) + ")$")
	check := func(name string) {
		t.Helper()
		want := !header.Forwards(name, []string{"x-acme"}) && !strings.HasPrefix(name, ":")
		if got := rest.MatchString(name); got != want {
			t.Errorf("%q removed: %t, want %t", name, got, want)
		}
	}
	for _, name := range []string{
		"authorization", "x-api-key", "api-key", "cookie", "x-goog-api-key", "ocp-apim-subscription-key", "x-auth-token",
		"x-litellm-api-key", "x_api_key", "forwarded", "x-real-ip", "x-forwarded-for", "x-request-id", "x-envoy-attempt-count",
		"x-sluice-cluster", "x-amz-security-token", "cf-access-client-secret", "accept-", "accep", "acceptx", "a", "x", "x-", "x-stainless-",
		"x-stainless", "x-acme-", ":path", ":authority", "é", "x-stainless-é", "content-type\n",
	} {
		check(name)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 { // near misses
		name := []byte(strings.TrimSuffix(names[rng.IntN(len(names))], "*"))
		for range rng.IntN(3) {
			at := rng.IntN(len(name) + 1)
			switch c := "abcdexst-_:*1"[rng.IntN(13)]; {
			case rng.IntN(2) == 0:
				name = slices.Insert(name, at, c)
			case at < len(name):
				name = slices.Delete(name, at, at+1)
			}
		}
		if len(name) > 0 {
			check(string(name))
		}
	}
}

// TestPlainPath: what the expression matches needs no rewrite.
func TestPlainPath(t *testing.T) {
	plain := regexp.MustCompile("^(?:" + plainPath() + ")$")
	for path, want := range map[string]bool{
		"/v1/messages": true, "/v1/messages?beta=true": true, "/v1/messages?beta=true&api-version=2025-01-01": true, "/v1/messages?beta=": true,
		"/v1/messages?": false, "/v1/messages?key=secret": false, "/v1/messages?beta=true&key=secret": false, "/v1/messages?key=secret&beta=true": false,
		"/v1/messages?xbeta=true": false, "/v1/messages?beta=true#key": false, "/v1/messages?beta=a%26key=b": false,
	} {
		if got := plain.MatchString(path); got != want {
			t.Errorf("%s: plain %t, want %t", path, got, want)
		} else if got && llmapi.ForwardedPath(path) != path {
			t.Errorf("%s: plain, but forwarded as %s", path, llmapi.ForwardedPath(path))
		}
	}
}
