package verdict_test

import (
	"fmt"

	"sluice/routing"
	"sluice/routing/verdict"
)

func ExampleJudge_Body() {
	judge, err := verdict.New(verdict.DefaultSettings())
	if err != nil {
		fmt.Println(err)
		return
	}
	expect := verdict.Expect(&routing.Request{Prompt: "List three rivers.", Needs: routing.JSON}, "en")
	for _, text := range []string{`["Han","Nile","Amur"]`, `Han, Nile, Amur`, ``} {
		body := fmt.Appendf(nil, `{"choices":[{"message":{"content":%q},"finish_reason":"stop"}]}`, text)
		_, reason := judge.Body(routing.OpenAI, &expect, body)
		fmt.Printf("%q\n", reason)
	}
	// Output:
	// ""
	// "json"
	// "empty"
}

// A stream is held until its beginning allows a decision.
func ExampleJudge_Stream() {
	judge, err := verdict.New(verdict.DefaultSettings())
	if err != nil {
		fmt.Println(err)
		return
	}
	expect := verdict.Expect(&routing.Request{Prompt: "Write a poem about rivers.", Stream: true}, "en")
	s := judge.Stream(routing.OpenAI, &expect)
	for _, text := range []string{"I'm sorry", ", but I can't", " help with that", " request."} {
		progress := s.Feed(fmt.Appendf(nil, "data: {\"choices\":[{\"delta\":{\"content\":%q}}]}\n\n", text))
		fmt.Printf("%t %q\n", progress == verdict.Pending, s.Reason())
	}
	// Output:
	// true ""
	// true ""
	// false "refusal"
	// false "refusal"
}
