package agent

import (
	"slices"
	"strings"
	"testing"

	"sluice/routing"
)

// TestHeaders checks that Identify asks for no header that is not listed, since Envoy
// sends only those.
func TestHeaders(t *testing.T) {
	var asked []string
	Identify(&routing.Request{Model: "m"}, func(name string) string {
		asked = append(asked, name)
		return ""
	})
	for _, name := range asked {
		if !slices.Contains(Headers(), name) || name != strings.ToLower(name) {
			t.Errorf("asked for %q, which is not listed in lower case", name)
		}
	}
	for _, name := range Headers() {
		if !slices.Contains(asked, name) {
			t.Errorf("%q is listed, but nobody asks for it", name)
		}
	}
}

func TestIdentifyNothing(t *testing.T) {
	req := routing.Request{Model: "m"}
	Identify(&req, func(string) string { return "" })
	if req.Session != "" || req.Lane != "m" || req.Kind != routing.HumanTurn {
		t.Errorf("session %q, lane %q, %v from nothing", req.Session, req.Lane, req.Kind)
	}
}

// TestIdentifySources checks that what one source says is not taken for another's words.
func TestIdentifySources(t *testing.T) {
	seen := make(map[string]string)
	for name, req := range map[string]routing.Request{
		"header":    {},
		"body":      {Named: "a"},
		"opening":   {Opening: 'a'},
		"user":      {Who: routing.Principal{User: "u"}, Named: "a"},
		"user's":    {Who: routing.Principal{User: "ua"}, Named: ""},
		"long user": {Who: routing.Principal{User: "u\x00"}, Named: "a"},
	} {
		Identify(&req, func(h string) string {
			if name == "header" && h == anySession || name == "user's" && h == anySession {
				return "a"
			}
			return ""
		})
		if other, ok := seen[req.Session]; ok || len(req.Session) != 32 {
			t.Errorf("%s: session %q, as %s", name, req.Session, other)
		}
		seen[req.Session] = name
	}
}

func FuzzIdentify(f *testing.F) {
	f.Add("s", `{"session_id":"s","thread_id":"t"}`, "collab_spawn", "u", "n", uint64(1))
	f.Add("", `[{"session_id":"s"}]`, "compact", "", "", uint64(0))
	f.Add("", `{"session_id":{"a":1},"thread_id":7}`, "", "", "", uint64(0))
	f.Fuzz(func(t *testing.T, session, turn, purpose, user, named string, opening uint64) {
		header := func(name string) string {
			switch name {
			case claudeSession:
				return session
			case codexTurn:
				return turn
			case codexSubagent:
				return purpose
			}
			return ""
		}
		for _, kind := range []routing.TurnKind{routing.HumanTurn, routing.Continuation, routing.Preflight} {
			a := routing.Request{Model: "m", Who: routing.Principal{User: user}, Named: named, Opening: opening, Kind: kind}
			b := a
			Identify(&a, header)
			Identify(&b, header)
			switch {
			case a.Session != b.Session, a.Lane != b.Lane, a.Kind != b.Kind:
				t.Fatal("the same request twice is not the same")
			case len(a.Session) != 0 && len(a.Session) != 32, len(a.Lane) > len("m/")+8:
				t.Fatalf("session %q, lane %q: out of bounds", a.Session, a.Lane)
			case session+named != "" && a.Session == "":
				t.Fatal("named, and yet without a session")
			case kind == routing.Preflight && a.Kind != kind:
				t.Fatalf("a preflight became %v", a.Kind)
			}
			b.Who.User += "x"
			Identify(&b, header)
			if a.Session != "" && a.Session == b.Session {
				t.Fatal("two users share a session")
			}
		}
	})
}
