package policy_test

import (
	"fmt"

	"sluice/routing"
	"sluice/routing/policy"
)

// The complexity of the prompt chooses the tier; weak answers escalate from there.
func ExampleHierarchical() {
	h := &policy.Hierarchical{
		TierModels: map[routing.Tier]*routing.Model{
			routing.Budget: {Name: "b", Tier: routing.Budget}, routing.Standard: {Name: "s", Tier: routing.Standard},
			routing.Premium: {Name: "p", Tier: routing.Premium}, routing.Flagship: {Name: "f", Tier: routing.Flagship},
		},
		Above: policy.Thresholds{Standard: 0.2, Premium: 0.4, Flagship: 0.7},
	}
	for _, r := range []*routing.Request{
		{Prompt: "hello"},
		{Prompt: "compare and analyze the two, and explain why"},
		{Prompt: "compare them", Allowance: routing.Allowance{Exhausted: true}},
	} {
		d := h.Decide(r)
		fmt.Print(d.Reason, ":")
		for _, m := range d.Candidates {
			fmt.Print(" ", m.Name)
		}
		fmt.Println()
	}
	// Output:
	// complexity_0.00: b s p f
	// complexity_0.30: s p f
	// budget_exhausted: b
}
