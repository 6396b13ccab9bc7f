package config

import (
	"encoding/json"
	"net"
	"os"
	"slices"
	"strings"

	"sluice/routing/header"
)

// identity checks how requests are attributed.
func (c *checker) identity() {
	id := &c.file.Identity
	for i, s := range []Source{id.User, id.Team, id.Tenant} {
		path := "identity." + [...]string{"user", "team", "tenant"}[i]
		if s.Header != "" {
			c.identityHeader(path+".header", s.Header)
		}
		if s.Claim != strings.Trim(s.Claim, ". ") {
			c.fail(path+".claim", "%q is not the name of a claim; expected one such as sub or realm.tenant", s.Claim)
		}
		if s.Claim != "" && id.JWT == nil {
			c.warn(path+".claim", "has no effect without identity.jwt, unless an Envoy of your own verifies tokens before Sluice's filters")
		}
		if s.Client && i > 0 {
			c.fail(path+".client", "only the user may be named by the client")
		}
	}
	if u := id.User; u.Client && (u.Header != "" || u.Claim != "") {
		c.warn("identity.user.client", "clients without a verified name may use any name, also those of verified users")
	}
	if id.JWT != nil {
		c.jwt("identity.jwt", id)
	}
}

// identityHeader checks a header that the mesh sets. Clients that reach Envoy directly could
// set it as well.
func (c *checker) identityHeader(path, name string) {
	if !c.readableHeader(path, name) {
		return
	}
	if slices.Contains(secretHeaders, name) {
		c.fail(path, "%q carries a secret; expected a header with a name", name)
	}
	if host, _, err := net.SplitHostPort(c.file.Listen); err == nil && !net.ParseIP(host).IsLoopback() && host != "localhost" {
		c.warn(path, "clients that reach %s directly can set it; expected a proxy before Envoy that removes theirs", c.file.Listen)
	}
}

// secretHeaders hold keys, not names.
var secretHeaders = []string{"authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "x-goog-api-key"}

// readableHeader checks the name of a header that Sluice reads.
func (c *checker) readableHeader(path, name string) bool {
	switch {
	case !headerName(name):
		c.fail(path, "%q is not a header name in lower case", name)
	case strings.HasPrefix(name, header.Prefix), strings.HasPrefix(name, "x-envoy-"):
		c.fail(path, "%q is removed by Envoy; expected a name that does not begin with %s or x-envoy-", name, header.Prefix)
	default:
		return true
	}
	return false
}

// jwt checks how Envoy verifies tokens.
func (c *checker) jwt(path string, id *Identity) {
	j := id.JWT
	if j.Issuer == "" {
		c.fail(path+".issuer", "is missing; expected the iss of the tokens")
	}
	for _, a := range j.Audiences {
		if a == "" {
			c.fail(path+".audiences", "an audience is empty; expected the aud of the tokens")
		}
	}
	if j.Header != "" {
		c.readableHeader(path+".header", j.Header)
	}
	if problem := readJWKS(j.JWKS); problem != "" {
		c.fail(path+".jwks", "%s; expected a file with the issuer's public keys: {\"keys\": […]}", problem)
	}
	if !id.Claims() {
		c.warn(path, "tokens are verified, but no name is taken from them; expected a claim such as identity.user.claim: sub")
	}
}

// readJWKS returns what is wrong with a file of public keys, "" if nothing is. Envoy would not
// start with a bad one.
func readJWKS(path string) string {
	const most = 1 << 20
	if path == "" {
		return "is missing"
	}
	info, err := os.Stat(path)
	if err != nil {
		return err.Error()
	}
	if !info.Mode().IsRegular() || info.Size() > most {
		return path + " is not a file of up to 1 MiB"
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return path + ": " + err.Error()
	}
	if len(set.Keys) == 0 {
		return path + " holds no keys"
	}
	for _, k := range set.Keys {
		if kind, _ := k["kty"].(string); kind == "" {
			return path + " holds a key without kty"
		}
		if _, private := k["d"]; private {
			return path + " holds a private key"
		}
	}
	return ""
}
