package agent_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/agent"
	"sluice/routing/agent/agenttest"
	"sluice/routing/llmapi"
)

// seen is what there is to see in the request of a case.
func seen(t *testing.T, c agenttest.Case) routing.Request {
	t.Helper()
	req, err := llmapi.Read(c.Endpoint(), []byte(c.Body))
	if err != nil {
		t.Fatal(err)
	}
	if c.User != "" {
		req.Who.User = c.User
	}
	agent.Identify(&req, c.Header)
	return req
}

func TestCases(t *testing.T) {
	cases := agenttest.Cases(t)
	if len(cases) < 60 {
		t.Errorf("%d cases; are these all?", len(cases))
	}
	for _, c := range cases {
		t.Run(strings.TrimSuffix(c.File, ".yaml")+"/"+c.Name, func(t *testing.T) {
			req := seen(t, c)
			got := agenttest.Facts{
				Kind: req.Kind.String(), Prompt: req.Prompt, Before: req.Before, Stage: agenttest.StageOf(req.Stage),
				Signed: req.Signed, OpenCall: req.OpenCall, Owner: req.Owner, Session: c.Want.Session, Lane: c.Want.Lane,
			}
			if diff := cmp.Diff(c.Want, got); diff != "" {
				t.Errorf("%s\nwant against got: %s", c.Why, diff)
			}
		})
	}
}

// TestIdentities checks that within a file, requests share a session or a lane exactly
// where the cases give them the same label.
func TestIdentities(t *testing.T) {
	type identity struct{ file, what, label string }
	values := make(map[identity]string)
	labels := make(map[identity]string)
	check := func(c agenttest.Case, what, label, value string) {
		if value != "" && strings.Contains(value, "5d0e-main") {
			t.Errorf("%s: %s %q holds the id itself", c.Name, what, value)
		}
		if v, ok := values[identity{c.File, what, label}]; ok && v != value {
			t.Errorf("%s, %s: %s %q is %q here and %q elsewhere", c.File, c.Name, what, label, value, v)
		}
		values[identity{c.File, what, label}] = value
		if l, ok := labels[identity{c.File, what, value}]; ok && l != label {
			t.Errorf("%s, %s: %s %q and %q are the same, %q", c.File, c.Name, what, label, l, value)
		}
		labels[identity{c.File, what, value}] = label
	}
	for _, c := range agenttest.Cases(t) {
		req := seen(t, c)
		check(c, "session", c.Want.Session, req.Session)
		if c.Want.Lane != "" {
			check(c, "lane", c.Want.Lane, req.Lane)
		}
	}
}
