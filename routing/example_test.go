package routing_test

import (
	"fmt"

	"sluice/routing"
)

// always proposes the same models for every request.
type always []*routing.Model

func (a always) Decide(*routing.Request) routing.Decision {
	return routing.Decision{Strategy: "always", Model: a[0].Name, Tier: a[0].Tier, Candidates: a, Rule: routing.ByCascade, Reason: "always"}
}

// A policy proposes models, and the router leaves out those that cannot serve the request.
func ExampleRouter_Route() {
	p := &routing.Provider{Name: "local", Formats: []routing.Format{routing.OpenAI}}
	small := &routing.Model{Name: "small", Provider: p, Tier: routing.Budget}
	large := &routing.Model{Name: "large", Provider: p, Tier: routing.Premium, Capabilities: routing.Tools}
	router := routing.NewRouter(routing.Options{
		Models:   []*routing.Model{small, large},
		Policies: map[string]routing.Policy{"always": always{small, large}},
		Strategy: "always",
		Attempts: 3,
	})
	for _, needs := range []routing.Capabilities{0, routing.Tools} {
		d, err := router.Route(&routing.Request{API: routing.OpenAIChat, Messages: 1, Needs: needs})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("needs %q: %s, %d candidates\n", needs, d.Model, len(d.Candidates))
	}
	// Output:
	// needs "": small, 2 candidates
	// needs "tools": large, 1 candidates
}
