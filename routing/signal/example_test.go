package signal_test

import (
	"fmt"

	"sluice/routing"
	"sluice/routing/signal"
)

// One pass over a prompt finds everything that the published score and domains depend on.
func ExampleScan() {
	facts := signal.Scan("Compare both functions and explain the faster one:\n```python\ndef f(x): return x * x\n```")
	fmt.Println(facts.Words, facts.Code(), facts.Math())
	fmt.Printf("%.1f %s\n", facts.Complexity(), facts.Domain())
	// Output:
	// 16 true false
	// 0.4 code
}

func ExampleDescribe() {
	s := signal.Describe(&routing.Request{Prompt: "Solve $x^2 = 2$", Tokens: 40, Turns: 3, Needs: routing.JSON})
	fmt.Println(s.Words, s.Tokens, s.Math, s.Turns, s.JSON)
	// Output:
	// 4 40 true 3 true
}
