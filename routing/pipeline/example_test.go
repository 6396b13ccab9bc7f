package pipeline_test

import (
	"context"
	"fmt"

	"sluice/routing/config"
	"sluice/routing/pipeline"
)

// A command asks what the configuration would decide: nothing is stored or sent.
func ExamplePipeline_Begin() {
	rt, err := config.Build(config.Default())
	if err != nil {
		panic(err)
	}
	p := pipeline.NewOffline(rt, nil)
	plan, _, err := p.Begin(context.Background(), &pipeline.Call{
		Path:    "/v1/chat/completions",
		Body:    []byte(`{"model":"auto","messages":[{"role":"user","content":"What is the capital of Korea?"}]}`),
		Offline: &pipeline.Offline{},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(plan.Candidates[0], plan.Decision.Tier, plan.Reason)
	// Output:
	// llama-3.2-3b budget complexity
}
