package llmapi

import (
	"strings"
	"testing"

	"sluice/routing"
)

func TestAPIOf(t *testing.T) {
	for path, want := range map[string]routing.API{
		"/v1/chat/completions":           routing.OpenAIChat,
		"/v1/chat/completions?a=b":       routing.OpenAIChat,
		"/v1/messages":                   routing.AnthropicMessages,
		"/v1/messages?beta=true":         routing.AnthropicMessages,
		"/v1/messages/count_tokens":      routing.AnthropicCountTokens,
		"/v1/messages/count_tokens?b#/x": routing.AnthropicCountTokens,
		"/v1/responses":                  routing.OpenAIResponses,
		"/v1/completions":                routing.OpenAICompletions,
		"/v1/embeddings#x":               routing.OpenAIEmbeddings,
		"/v1/chat/completions/":          0,
		"/v1/chat/completions/x":         0,
		"/v1/models":                     0,
		"/v1/messages/batches":           0,
		"/?/v1/messages":                 0,
		"":                               0,
	} {
		if got, ok := APIOf(path); got != want || ok != (want != 0) {
			t.Errorf("%q: %v, %t; want %v", path, got, ok, want)
		}
	}
}

func TestRoutedPaths(t *testing.T) {
	if got := strings.Join(RoutedPaths(), " "); got != "/v1/chat/completions /v1/messages /v1/responses" {
		t.Error(got)
	}
}
