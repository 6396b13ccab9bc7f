package e2e

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// identified is a stack with a section identity. The variant of an experiment shows which
// user a request belongs to.
func identified(t *testing.T, identity string) *stack {
	t.Helper()
	return startStack(t,
		"strategy: cascade", "strategy: experiment\n  experiment: tale",
		"judge: {", "identity: "+identity+"\nexperiments:\n  tale: {a: {model: mid, weight: 0.5}, b: {model: gpt, weight: 0.5}}\njudge: {")
}

// variant is the variant that the user is assigned to.
func variant(user string) string {
	sum := md5.Sum([]byte(user + ":tale"))
	if new(big.Int).Mod(new(big.Int).SetBytes(sum[:]), big.NewInt(1000)).Int64() < 500 {
		return "a"
	}
	return "b"
}

// keyUser is the name of a user that only the key identifies.
func keyUser(key string) string {
	sum := sha256.Sum256([]byte("sluice key\x00" + key))
	return "key-" + hex.EncodeToString(sum[:16])
}

// users are six of each variant, so that no two ways of naming them agree by chance.
func users() []string {
	var out []string
	count := make(map[string]int)
	for i := 0; len(out) < 12; i++ {
		user := fmt.Sprintf("user%d@example.com", i)
		if v := variant(user); count[v] < 6 {
			count[v]++
			out = append(out, user)
		}
	}
	return out
}

// expectUser posts a request and checks its user. The body claims to be
// mallory's, unless it says otherwise.
func (s *stack) expectUser(t *testing.T, user string, fields ...string) {
	t.Helper()
	s.expectClaimed(t, user, "mallory", fields...)
}

func (s *stack) expectClaimed(t *testing.T, user, claimed string, fields ...string) {
	t.Helper()
	r := post(t, s.chat(), chatBody("Tell me about rivers.", `,"user":"`+claimed+`"`), fields...)
	if got, want := r.header.Get("x-sluice-reason"), "experiment_"+variant(user); r.status != 200 || got != want {
		t.Errorf("%q: status %d, reason %q; want %q, as of %q\n%.300s", fields, r.status, got, want, user, r.body)
	}
}

// expectUnseen checks that providers got neither names nor tokens.
func (s *stack) expectUnseen(t *testing.T, words ...string) {
	t.Helper()
	got := s.received()
	expectClean(t, got)
	for _, g := range got {
		for name, values := range g.Header {
			for _, w := range words {
				if strings.Contains(strings.Join(values, " "), w) || strings.EqualFold(name, w) {
					t.Errorf("%s received %s: %q", g.Model, name, values)
				}
			}
		}
	}
}

// otherwise is somebody whose variant is another than the user's.
func otherwise(user string) string {
	for _, u := range users() {
		if variant(u) != variant(user) {
			return u
		}
	}
	return ""
}

// TestUserByKey: by default a user is a key, whichever header carries it, and no name from the client counts.
func TestUserByKey(t *testing.T) {
	s := identified(t, "{}")
	for i := range 12 {
		key := fmt.Sprintf("the-clients-own-%d", i)
		user := keyUser(key)
		spoof := "x-sluice-user: " + otherwise(user)
		for _, field := range []string{"authorization: Bearer " + key, "x-api-key: " + key, "api-key: " + key, "x-goog-api-key: " + key} {
			s.expectUser(t, user, field)
			s.expectClaimed(t, user, otherwise(user), field, spoof, "x-user: "+otherwise(user))
		}
	}
	s.expectUser(t, "")
	s.expectClaimed(t, "", otherwise(""), "x-sluice-user: "+otherwise(""), "authorization: Basic dXNlcjpwYXNz")
	s.expectUnseen(t, "x-sluice-user")
}

// TestUserByMesh: the header of the mesh comes first.
func TestUserByMesh(t *testing.T) {
	s := identified(t, "{user: {header: x-user}}")
	for _, user := range users() {
		s.expectUser(t, user, "x-user: "+user)
		s.expectClaimed(t, user, otherwise(user), "x-user: "+user, "x-sluice-user: "+otherwise(user), "authorization: Bearer the-clients-own")
	}
	s.expectUser(t, keyUser("the-clients-own"), "x-api-key: the-clients-own", "x-sluice-user: "+otherwise(keyUser("the-clients-own")))
	s.expectUnseen(t, "example.com", "x-user")

	t.Run("odd names", func(t *testing.T) {
		long := strings.Repeat("x", 200)
		for _, name := range []string{"한국 사람", long, long + "y", "key-0123", "hash-0123"} {
			user := name
			if len(name) > 128 || strings.Contains(name, "-0123") {
				sum := sha256.Sum256([]byte("sluice name\x00" + name))
				user = "hash-" + hex.EncodeToString(sum[:16])
			}
			s.expectUser(t, user, "x-user: "+name)
		}
	})
	t.Run("not UTF-8", func(t *testing.T) { // gRPC cannot carry it
		r := post(t, s.chat(), chatBody("Tell me about rivers.", ""), "x-user: \xff\xfe")
		if r.status != 503 || !strings.Contains(string(r.body), "router_unavailable") {
			t.Errorf("%d %s", r.status, r.body)
		}
	})
}

// TestUserByClient: a name from the client counts if the operator allows it, after all other sources.
func TestUserByClient(t *testing.T) {
	s := identified(t, "{user: {header: x-user, client: true}}")
	for _, user := range users() {
		other := otherwise(user)
		s.expectClaimed(t, user, user, "authorization: Bearer the-clients-own")
		s.expectClaimed(t, user, other, "authorization: Bearer the-clients-own", "x-sluice-user: "+user)
		s.expectClaimed(t, user, other, "x-user: "+user, "x-sluice-user: "+other)
	}
	s.expectClaimed(t, keyUser("the-clients-own"), "", "authorization: Bearer the-clients-own")
	s.expectUnseen(t, "example.com", "x-user", "x-sluice-user")
}

// issuer signs tokens.
type issuer struct {
	keys map[string]crypto.Signer // by algorithm
	jwks string                   // path of the public halves
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := ecKey.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	public, err := json.Marshal(map[string]any{"keys": []any{
		map[string]string{"kty": "RSA", "kid": "RS256", "alg": "RS256", "n": base64url(rsaKey.N.Bytes()), "e": base64url(big.NewInt(int64(rsaKey.E)).Bytes())},
		map[string]string{"kty": "EC", "kid": "ES256", "alg": "ES256", "crv": "P-256", "x": base64url(point[1:33]), "y": base64url(point[33:])},
	}})
	if err != nil {
		t.Fatal(err)
	}
	is := &issuer{map[string]crypto.Signer{"RS256": rsaKey, "ES256": ecKey}, filepath.Join(t.TempDir(), "jwks.json")}
	if err := os.WriteFile(is.jwks, public, 0o600); err != nil {
		t.Fatal(err)
	}
	return is
}

func base64url(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// token signs the claims of a good token, but for the changes.
func (is *issuer) token(t *testing.T, algorithm string, changes map[string]any) string {
	t.Helper()
	claims := map[string]any{"iss": "https://issuer.example.com", "aud": "llm", "sub": "1", "exp": time.Now().Add(time.Hour).Unix()}
	maps.Copy(claims, changes)
	signed := part(t, map[string]string{"alg": algorithm, "kid": algorithm, "typ": "JWT"}) + "." + part(t, claims)
	sum := sha256.Sum256([]byte(signed))
	var signature []byte
	var err error
	switch key := is.keys[algorithm].(type) {
	case *rsa.PrivateKey:
		signature, err = rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	case *ecdsa.PrivateKey:
		var r, s *big.Int
		r, s, err = ecdsa.Sign(rand.Reader, key, sum[:])
		if err == nil {
			signature = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + base64url(signature)
}

// part is one part of a token.
func part(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return base64url(b)
}

// TestUserByToken: a claim of a token that Envoy has verified names the user; without a
// valid token requests are rejected.
func TestUserByToken(t *testing.T) {
	is, stranger := newIssuer(t), newIssuer(t)
	s := identified(t, "{user: {claim: realm.email, client: true}, jwt: {issuer: \"https://issuer.example.com\", audiences: [llm], jwks: "+is.jwks+"}}")
	named := func(v any) map[string]any { return map[string]any{"realm": map[string]any{"email": v}} }
	for i, user := range users() {
		algorithm := []string{"RS256", "ES256"}[i%2]
		bearer := "authorization: Bearer " + is.token(t, algorithm, named(user))
		s.expectUser(t, user, bearer)
		s.expectClaimed(t, user, otherwise(user), bearer, "x-sluice-user: "+otherwise(user), "x-api-key: the-clients-own")
	}
	s.expectClaimed(t, "42", otherwise("42"), "authorization: Bearer "+is.token(t, "ES256", named(42)))
	s.expectClaimed(t, "true", otherwise("true"), "authorization: Bearer "+is.token(t, "ES256", named(true)))
	// If the token has no name, the next source counts.
	s.expectClaimed(t, "carol", "carol", "authorization: Bearer "+is.token(t, "ES256", named([]string{"list"})))
	s.expectClaimed(t, "carol", "carol", "authorization: Bearer "+is.token(t, "ES256", nil))
	s.expectUnseen(t, "example.com", "eyJ", "x-sluice-user")

	before := len(s.received())
	good := strings.Split(is.token(t, "ES256", named("alice")), ".")
	for name, token := range map[string]string{
		"none":               "",
		"an API key":         "Bearer sk-1",
		"another scheme":     "Basic dXNlcjpwYXNz",
		"another's":          "Bearer " + stranger.token(t, "RS256", named("alice")),
		"another issuer":     "Bearer " + is.token(t, "RS256", map[string]any{"iss": "https://other.example.com"}),
		"another audience":   "Bearer " + is.token(t, "RS256", map[string]any{"aud": "mail"}),
		"no audience":        "Bearer " + is.token(t, "RS256", map[string]any{"aud": nil}),
		"expired":            "Bearer " + is.token(t, "ES256", map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}),
		"not yet valid":      "Bearer " + is.token(t, "ES256", map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}),
		"other claims":       "Bearer " + good[0] + "." + part(t, map[string]string{"iss": "https://issuer.example.com", "aud": "llm"}) + "." + good[2],
		"unsigned":           "Bearer " + part(t, map[string]string{"alg": "none"}) + "." + good[1] + ".",
		"signed by its face": "Bearer " + part(t, map[string]string{"alg": "HS256", "kid": "ES256"}) + "." + good[1] + "." + good[2],
	} {
		for path, anthropic := range map[string]bool{s.chat(): false, s.messages(): true} {
			var fields []string
			if token != "" {
				fields = []string{"authorization: " + token}
			}
			r := post(t, path, chatBody("Tell me about rivers.", ""), fields...)
			var shape struct {
				Type  string
				Error struct{ Type, Message, Code string }
			}
			if err := json.Unmarshal(r.body, &shape); err != nil {
				t.Fatalf("%s: %d %s: %v", name, r.status, r.body, err)
			}
			if r.status != http.StatusUnauthorized || shape.Error.Code != "invalid_token" || shape.Error.Message == "" || anthropic != (shape.Error.Type == "authentication_error") ||
				anthropic != (shape.Type == "error") || r.header.Get("x-should-retry") != "false" || r.header.Get("x-sluice-request-id") == "" {
				t.Errorf("%s: %d %s %v", name, r.status, r.body, r.header)
			}
		}
	}
	if got := len(s.received()); got != before {
		t.Errorf("%d requests without a valid token reached a provider", got-before)
	}
}

// TestTokenBesideKey: a token in a header of its own leaves the API key where it is.
func TestTokenBesideKey(t *testing.T) {
	is := newIssuer(t)
	s := identified(t, "{user: {claim: email}, jwt: {issuer: \"https://issuer.example.com\", jwks: "+is.jwks+", header: x-token}}")
	for _, user := range users()[:4] {
		s.expectUser(t, user, "x-token: "+is.token(t, "RS256", map[string]any{"email": user}), "authorization: Bearer the-clients-own")
	}
	s.expectUser(t, keyUser("the-clients-own"), "x-token: "+is.token(t, "ES256", nil), "authorization: Bearer the-clients-own")
	s.expectUnseen(t, "eyJ", "x-token")
	if r := post(t, s.chat(), chatBody("Tell me about rivers.", ""), "authorization: Bearer "+is.token(t, "ES256", nil)); r.status != http.StatusUnauthorized {
		t.Errorf("a token in the wrong header: %d %s", r.status, r.body)
	}
	// A browser sends no token when it asks what a page may do.
	r := raw(t, s.url, "OPTIONS /v1/messages HTTP/1.1\r\nhost: x\r\norigin: http://localhost:3000\r\naccess-control-request-method: POST\r\n\r\n")
	if r.status != 204 || r.header.Get("access-control-allow-origin") == "" {
		t.Errorf("preflight: %d %v", r.status, r.header)
	}
	if r := post(t, s.chat(), "{}", "origin: http://localhost:3000"); r.status != http.StatusUnauthorized || r.header.Get("access-control-allow-origin") == "" {
		t.Errorf("a page without a token: %d %v", r.status, r.header)
	}
}
