package answer_test

import (
	"fmt"

	"sluice/routing"
	"sluice/routing/llmapi/answer"
)

func ExampleRead() {
	body := []byte(`{"model":"gpt-4o-mini","choices":[{"message":{"content":"Seoul."},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":2}}`)
	r, err := answer.Read(routing.OpenAI, body)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Text, r.Finish == answer.FinishStop, r.Usage.Input, r.Usage.Output)
	// Output: Seoul. true 12 2
}

// A stream may be cut into chunks anywhere.
func ExampleStream() {
	s := answer.NewStream(routing.Anthropic)
	for _, chunk := range []string{
		"event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_",
		"block\":{\"type\":\"text\",\"text\":\"\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",",
		"\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Seoul.\"}}\n\n",
	} {
		s.Feed([]byte(chunk))
		fmt.Printf("%d events, text %q\n", s.Events(), s.Response().Text)
	}
	// Output:
	// 0 events, text ""
	// 1 events, text ""
	// 2 events, text "Seoul."
}

// The usage that Sluice asked for does not reach a client that did not ask for it.
func ExampleMeter() {
	m := answer.NewMeter(routing.OpenAIChat, true)
	for _, event := range []string{
		`{"choices":[{"index":0,"delta":{"content":"Seoul."}}]}`,
		`{"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":2}}`,
		`[DONE]`,
	} {
		fmt.Printf("%s", m.Feed([]byte("data: "+event+"\n\n")))
	}
	fmt.Println("output:", m.Usage().Output, "complete:", m.Complete())
	// Output:
	// data: {"choices":[{"index":0,"delta":{"content":"Seoul."}}]}
	//
	// data: [DONE]
	//
	// output: 2 complete: true
}
