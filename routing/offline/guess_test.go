package offline_test

import (
	"testing"

	"sluice/routing"
	"sluice/routing/offline"
)

func TestGuessAPI(t *testing.T) {
	for body, want := range map[string]routing.API{
		`{"model":"auto","messages":[{"role":"user","content":"Hi"}]}`:                                routing.OpenAIChat,
		`{"model":"auto","messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function"}]}`:  routing.OpenAIChat,
		`{"model":"auto","system":"S","messages":[{"role":"user","content":"Hi"}]}`:                   routing.AnthropicMessages,
		`{"model":"auto","messages":[{"role":"user","content":"Hi"}],"tools":[{"input_schema":{}}]}`:  routing.AnthropicMessages,
		`{"model":"auto","messages":[{"role":"user","content":"Hi"}],"thinking":{"type":"adaptive"}}`: routing.AnthropicMessages,
		`{"model":"auto","input":"Hi"}`: routing.OpenAIResponses,
		`{"model":"auto","input":[{"role":"user","content":"Hi"}],"instructions":"S"}`: routing.OpenAIResponses,
		`{"model":"auto"}`: routing.OpenAIChat,
		`no JSON`:          routing.OpenAIChat,
	} {
		if got := offline.GuessAPI([]byte(body)); got != want {
			t.Errorf("%s: %v, want %v", body, got, want)
		}
	}
}
