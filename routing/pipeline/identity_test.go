package pipeline

import (
	"math"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/config"
	"sluice/routing/header"
)

// callOf is a call with the headers, each "name: value".
func callOf(claims map[string]map[string]any, headers ...string) *Call {
	return &Call{Claims: claims, Header: func(name string) string {
		for _, h := range headers {
			if n, value, _ := strings.Cut(h, ": "); n == name {
				return value
			}
		}
		return ""
	}}
}

func TestPrincipal(t *testing.T) {
	const abc = "6b2e086f04b443157cc03344ff4a7c5d" // the hash of the key "abc"
	all := config.Source{Header: "x-user", Claim: "sub", Client: true}
	payload := func(p map[string]any) map[string]map[string]any { return map[string]map[string]any{"payload": p} }
	for _, tt := range []struct {
		name    string
		id      config.Identity
		claims  map[string]map[string]any
		headers []string
		claimed string
		want    routing.Principal
	}{
		{"nobody", config.Identity{}, nil, nil, "", routing.Principal{}},
		{"the client's word does not count", config.Identity{}, nil, []string{"x-sluice-user: mallory", "x-user: mallory"}, "mallory", routing.Principal{}},
		{
			"key",
			config.Identity{},
			nil,
			[]string{"authorization: Bearer abc"},
			"mallory",
			routing.Principal{User: "key-" + abc, Key: abc},
		},
		{
			"header first",
			config.Identity{User: all},
			payload(map[string]any{"sub": "claim"}),
			[]string{"x-user: alice", "x-sluice-user: mallory", "x-api-key: abc"},
			"mallory",
			routing.Principal{User: "alice", Key: abc},
		},
		{
			"claim next",
			config.Identity{User: all},
			payload(map[string]any{"sub": "bob"}),
			[]string{"x-sluice-user: mallory", "x-api-key: abc"},
			"mallory",
			routing.Principal{User: "bob", Key: abc},
		},
		{
			"an empty claim is none",
			config.Identity{User: all},
			payload(map[string]any{"sub": ""}),
			[]string{"x-sluice-user: carol"},
			"dave",
			routing.Principal{User: "carol"},
		},
		{"the body last", config.Identity{User: all}, nil, []string{"x-api-key: abc"}, "dave", routing.Principal{User: "dave", Key: abc}},
		{
			"team and tenant",
			config.Identity{Team: config.Source{Header: "x-team"}, Tenant: config.Source{Claim: "org.id"}},
			payload(map[string]any{"org": map[string]any{"id": 42.0}}),
			[]string{"x-team: red", "x-sluice-user: mallory"},
			"",
			routing.Principal{Team: "red", Tenant: "42"},
		},
		{
			"two tokens",
			config.Identity{User: config.Source{Claim: "email"}},
			map[string]map[string]any{"b": {"email": "b@x"}, "a": {"sub": "1"}, "c": {"email": "c@x"}},
			nil, "",
			routing.Principal{User: "b@x"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := principal(&tt.id, callOf(tt.claims, tt.headers...), tt.claimed)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("principal (-want +got):\n%s", diff)
			}
		})
	}
}

func TestClaim(t *testing.T) {
	payload := map[string]any{
		"sub": "alice", "n": 1234567890123.0, "half": 0.5, "whole": float64(1<<53 - 1), "beyond": float64(1 << 53), "minus": -float64(1 << 53),
		"yes": true, "no": false, "nil": nil, "list": []any{"a"},
		"a":                          map[string]any{"b": map[string]any{"c": "deep"}, "b.c": "name with a dot"},
		"https://example.com/tenant": "acme",
	}
	for path, want := range map[string]string{
		"sub": "alice", "n": "1234567890123", "half": "0.5", "whole": "9007199254740991", "beyond": "", "minus": "",
		"yes": "true", "no": "false", "nil": "", "list": "", "a": "", "a.b": "", "a.b.c": "name with a dot", "a.b.d": "", "sub.x": "",
		"https://example.com/tenant": "acme", "absent": "", ".": "", "a..b": "",
	} {
		if got := claim(payload, path); got != want {
			t.Errorf("claim(%q) = %q, want %q", path, got, want)
		}
	}
	if got := scalar(math.NaN()); got != "" {
		t.Errorf("NaN names %q", got)
	}
	if got := claim(nil, "sub"); got != "" {
		t.Errorf("no payload names %q", got)
	}
}

func TestSafeName(t *testing.T) {
	for _, kept := range []string{"", "alice", "a b", "alice@example.com", "앨리스", strings.Repeat("x", maxName), "keyboard", "hash"} {
		if got := safeName(kept); got != kept {
			t.Errorf("safeName(%q) = %q", kept, got)
		}
	}
	hash := regexp.MustCompile(`^hash-[0-9a-f]{32}$`)
	seen := make(map[string]string)
	for _, text := range []string{
		strings.Repeat("x", maxName+1), strings.Repeat("x", maxName+2), strings.Repeat("x", 1<<20),
		"a\nb", "a\r\nb", "a\x00", "a\x7f", "\xff", "a\u202eb", "a\u2028b", "key-" + strings.Repeat("0", 32), "hash-" + strings.Repeat("0", 32),
	} {
		got := safeName(text)
		if !hash.MatchString(got) {
			t.Errorf("safeName(%.20q) = %q", text, got)
		}
		if before, ok := seen[got]; ok {
			t.Errorf("%.20q and %.20q have one name", before, text)
		}
		seen[got] = text
	}
}

func TestKeyHash(t *testing.T) {
	header := func(fields ...string) func(string) string { return callOf(nil, fields...).header }
	one := keyHash(header("authorization: Bearer sk-1"))
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(one) {
		t.Fatalf("hash %q", one)
	}
	for _, same := range [][]string{
		{"authorization: bearer  sk-1 "},
		{"x-api-key: sk-1"},
		{"api-key: sk-1"},
		{"x-goog-api-key: sk-1"},
		{"authorization: Basic c2stMg==", "x-api-key: sk-1"},
		{"authorization: Bearer sk-1", "x-api-key: sk-2"},
		{"authorization: Bearer ", "x-api-key: sk-1", "api-key: sk-2"},
	} {
		if got := keyHash(header(same...)); got != one {
			t.Errorf("%q has hash %q", same, got)
		}
	}
	for _, other := range [][]string{{"authorization: Bearer sk-2"}, {"x-api-key: Bearer sk-1"}, {"x-api-key: SK-1"}} {
		if got := keyHash(header(other...)); got == one || got == "" {
			t.Errorf("%q has hash %q", other, got)
		}
	}
	for _, none := range [][]string{nil, {"authorization: Basic c2stMg=="}, {"authorization: sk-1"}, {"authorization: Bearer"}, {"cookie: sk-1"}, {"x-api-key:  "}} {
		if got := keyHash(header(none...)); got != "" {
			t.Errorf("%q has hash %q", none, got)
		}
	}
}

func TestIdentify(t *testing.T) {
	rt := &config.Runtime{EnrolHeaders: []string{"x-beta", "x-plan"}}
	p := &Pipeline{rt: rt}
	req := routing.Request{API: routing.OpenAIChat, Claimed: "mallory", Named: "s"}
	p.identify(callOf(nil, "x-beta: yes", "x-other: no", "x-sluice-latency: relaxed", "x-sluice-strategy: cascade", "x-sluice-debug: true", "x-api-key: abc"), &req)
	if req.Who.User != "key-"+req.Who.Key || req.Strategy != "" || req.Explain || !req.Relaxed {
		t.Errorf("identified %+v", req)
	}
	if diff := cmp.Diff(map[string]string{"x-beta": "yes"}, req.Headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	other := routing.Request{Claimed: "mallory", Named: "s"}
	p.identify(callOf(nil, "x-api-key: abd"), &other)
	if other.Session == req.Session || other.Session == "" {
		t.Error("two keys share a conversation")
	}
	if other.Relaxed {
		t.Error("relaxed without being asked")
	}

	rt.Debug, rt.AllowHeaders = true, []string{header.Strategy, header.Experiment}
	p.identify(callOf(nil, "x-sluice-strategy: cascade", "x-sluice-experiment: e", "x-sluice-debug: true"), &other)
	if other.Strategy != "cascade" || other.Experiment != "e" || !other.Explain {
		t.Errorf("allowed headers had no effect: %+v", other)
	}
}

// FuzzSafeName: whatever somebody is called, the name is short, printable and no other's.
func FuzzSafeName(f *testing.F) {
	f.Add("alice", "bob")
	f.Add("key-0", "hash-0")
	f.Add("\x00", strings.Repeat("é", 100))
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := safeName(a), safeName(b)
		if (x == y) != (a == b) {
			t.Errorf("%q is %q and %q is %q", a, x, b, y)
		}
		if len(x) > maxName || strings.ContainsFunc(x, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) && !strings.Contains(a, "\uFFFD") {
			t.Errorf("%q is called %q", a, x)
		}
		if strings.HasPrefix(x, namedByKey) {
			t.Errorf("%q is called like a key: %q", a, x)
		}
	})
}
