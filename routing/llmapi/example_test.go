package llmapi_test

import (
	"fmt"

	"sluice/routing"
	"sluice/routing/llmapi"
)

// A request is read in one scan: who is asked, what a person wrote, and what an answering
// model must be able to do.
func ExampleRead() {
	body := []byte(`{
		"model": "auto", "max_tokens": 1000,
		"tools": [{"name": "list_ports", "input_schema": {"type": "object"}}],
		"messages": [{"role": "user", "content": [
			{"type": "text", "text": "<system-reminder>Today is Friday.</system-reminder>"},
			{"type": "text", "text": "Which ports are open?"}
		]}]
	}`)
	req, err := llmapi.Read(routing.AnthropicMessages, body)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(req.Model, req.Kind, req.Turns, req.Needs&routing.Tools != 0)
	fmt.Println(req.Prompt)
	for _, m := range req.Layout.Members {
		fmt.Printf("%s: %d bytes\n", m.Key, len(m.Value))
	}
	// Output:
	// auto human 1 true
	// Which ports are open?
	// model: 6 bytes
	// max_tokens: 4 bytes
	// tools: 60 bytes
	// messages: 173 bytes
}

// What cannot be read is the client's mistake.
func ExampleRead_mistake() {
	_, err := llmapi.Read(routing.OpenAIChat, []byte(`{"model": "auto", "model": "gpt-4o"}`))
	fmt.Println(err)
	// Output:
	// duplicate_key: "model" is given twice (byte 26)
}

// The body for a model is the client's own, byte for byte, but for the model's name and what
// Sluice asks for itself.
func ExampleAsk_Edits() {
	body := []byte(`{ "model": "auto", "stream": true, "messages": [{"role": "user", "content": "Hi"}] }`)
	req, err := llmapi.Read(routing.OpenAIChat, body)
	if err != nil {
		fmt.Println(err)
		return
	}
	model := &routing.Model{UpstreamName: "gpt-4o-mini", Provider: &routing.Provider{StreamUsage: true}}
	ask := llmapi.Asks(&req, []*routing.Model{model})
	fmt.Printf("%s\n", llmapi.Apply(body, ask.Edits(body, &req, model)...))
	// Output:
	// { "model": "gpt-4o-mini","stream_options":{"include_usage":true}, "stream": true, "messages": [{"role": "user", "content": "Hi"}] }
}
