package config_test

import (
	"fmt"

	"sluice/routing"
	"sluice/routing/config"
)

const smallest = `
providers:
  openai: {endpoint: https://api.openai.com/v1, format: openai, credential: {env: OPENAI_API_KEY}}
models:
  - {name: gpt-4o-mini, provider: openai, tier: standard, price: {input: 0.15, output: 0.60}}
  - {name: gpt-4o,      provider: openai, tier: premium,  price: {input: 2.50, output: 10}}
routing: {strategy: cascade}
`

// From YAML to a running router: load, build, route.
func Example() {
	file, warnings, err := config.Load("sluice.yaml", []byte(smallest))
	if err != nil {
		fmt.Println(err) // every mistake, one a line
		return
	}
	for _, w := range warnings {
		fmt.Println("warning:", w)
	}
	rt, err := config.Build(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := rt.Router.Route(&routing.Request{API: routing.OpenAIChat, Messages: 1, Prompt: "hello"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range d.Candidates {
		fmt.Println(m.Name, m.Tier)
	}
	// Output:
	// gpt-4o-mini standard
	// gpt-4o premium
}

// Every mistake is reported at once, in the order of the file.
func ExampleLoad_mistakes() {
	_, _, err := config.Load("sluice.yaml", []byte(`
judge: {empty: never}
modles: []
routing:
  limits: {attempts: many}
`))
	fmt.Println(err)
	// Output:
	// sluice.yaml: line 2: judge.empty: "never" is unknown; expected one of escalate, keep
	// sluice.yaml: line 3: modles: unknown key; did you mean models?
	// sluice.yaml: line 5: routing.limits.attempts: expected a whole number, found "many"
}

// A reload may not lose what the running file has.
func ExampleFile_CheckReload() {
	running, _, err := config.Load("sluice.yaml", []byte(smallest+"budgets: [{name: all, per: everyone, limit: 10, window: day, on_exhausted: refuse}]\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	cut, _, err := config.Load("sluice.yaml", []byte(smallest))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cut.CheckReload(running))
	// Output:
	// the file no longer has budgets (all), which the running configuration has; if that is meant, write it empty, such as budgets: [] or cache: {}, or with its default, or restart
}
