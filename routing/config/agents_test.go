package config

import (
	"testing"
	"time"

	"sluice/routing"
	"sluice/routing/agent"
	"sluice/routing/agent/agenttest"
	"sluice/routing/llmapi"
)

// TestAgentTraffic decides on the requests of coding agents with the built-in default:
// what a case says must be decided, given the model that its conversation is with.
func TestAgentTraffic(t *testing.T) {
	rt, err := Build(Default())
	if err != nil {
		t.Fatal(err)
	}
	decided := 0
	for _, c := range agenttest.Cases(t) {
		if c.Decision == nil {
			continue
		}
		decided++
		t.Run(c.File+"/"+c.Name, func(t *testing.T) {
			d := decideCase(t, rt, &c, c.Decision.Past)
			if d.Model != c.Decision.Model || string(d.Rule) != c.Decision.Rule {
				t.Errorf("%s by %s, want %s by %s: %s", d.Model, d.Rule, c.Decision.Model, c.Decision.Rule, c.Why)
			}
		})
	}
	if decided < 60 {
		t.Errorf("only %d cases say what must be decided", decided)
	}
}

func decideCase(t *testing.T, rt *Runtime, c *agenttest.Case, past string) routing.Decision {
	t.Helper()
	req, err := llmapi.Read(c.Endpoint(), []byte(c.Body))
	if err != nil {
		t.Fatal(err)
	}
	agent.Identify(&req, c.Header)
	if past != "" {
		req.Past = routing.Past{Model: past, Idle: time.Minute}
	}
	d, err := rt.Router.Route(&req)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
