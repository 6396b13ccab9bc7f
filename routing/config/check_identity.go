package config

import (
	"encoding/json"
	"net"
	"os"
	"slices"
	"strings"

	"sluice/routing/header"
)

// identity checks who asks.
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
			c.warn(path+".claim", "without identity.jwt it counts only where an Envoy of your own verifies tokens ahead of Sluice's filters")
		}
		if s.Client && i > 0 {
			c.fail(path+".client", "only the user may be the client's own word")
		}
	}
	if u := id.User; u.Client && (u.Header != "" || u.Claim != "") {
		c.warn("identity.user.client", "a client that nobody has verified may call itself what it likes, users of the mesh included")
	}
	if id.JWT != nil {
		c.jwt("identity.jwt", id)
	}
}

// identityHeader checks a header that the mesh sets. The client could set it as well
// where nothing stands before Envoy.
func (c *checker) identityHeader(path, name string) {
	if !c.readableHeader(path, name) {
		return
	}
	if slices.Contains(secretHeaders, name) {
		c.fail(path, "%q carries a secret; expected a header that names somebody", name)
	}
	if host, _, err := net.SplitHostPort(c.file.Listen); err == nil && !net.ParseIP(host).IsLoopback() && host != "localhost" {
		c.warn(path, "clients that reach %s themselves can set it; what stands before Envoy must drop theirs", c.file.Listen)
	}
}

// secretHeaders would put a key where a name belongs.
var secretHeaders = []string{"authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "x-goog-api-key"}

// readableHeader checks the name of a header that Sluice is to read.
func (c *checker) readableHeader(path, name string) bool {
	switch {
	case !headerName(name):
		c.fail(path, "%q is not a header name in lower case", name)
	case strings.HasPrefix(name, header.Prefix), strings.HasPrefix(name, "x-envoy-"):
		c.fail(path, "%q is dropped where a client sends it; expected a name without %s and x-envoy-", name, header.Prefix)
	default:
		return true
	}
	return false
}

// jwt checks which tokens Envoy accepts.
func (c *checker) jwt(path string, id *Identity) {
	j := id.JWT
	if j.Issuer == "" {
		c.fail(path+".issuer", "is missing; expected what the tokens say in iss")
	}
	for _, a := range j.Audiences {
		if a == "" {
			c.fail(path+".audiences", "an audience is empty; expected what the tokens say in aud")
		}
	}
	if j.Header != "" {
		c.readableHeader(path+".header", j.Header)
	}
	if problem := readJWKS(j.JWKS); problem != "" {
		c.fail(path+".jwks", "%s; expected a file with the issuer's public keys: {\"keys\": […]}", problem)
	}
	if !id.Claims() {
		c.warn(path, "tokens are verified, but nobody is told by them; expected a claim such as identity.user.claim: sub")
	}
}

// readJWKS returns what is wrong with a file of public keys, "" if nothing is. Envoy does
// not start with a bad one.
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
