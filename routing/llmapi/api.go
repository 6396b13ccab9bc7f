// Package llmapi reads and writes the bodies of the LLM providers' HTTP APIs.
//
// It knows OpenAI Chat Completions and Anthropic Messages: what a request asks for
// ([Read]), how to make of it the one for a model ([Ask], [Apply]), what an answer says,
// whole ([ReadAnswer]) or event by event ([Stream]), what it cost ([ReadUsage], [Meter]), and
// the shapes of errors and model lists. Other endpoints of both providers are recognised by
// their path ([APIOf]) and read only for their model and their cost. It does not know HTTP,
// Envoy or which model is any good. Start with read.go; scan.go below it is the JSON scanner.
package llmapi

import (
	"strings"

	"sluice/routing"
)

// APIOf returns the endpoint that a POST to path calls and whether Sluice knows it.
// A query or fragment is ignored.
func APIOf(path string) (routing.API, bool) {
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		path = path[:i]
	}
	switch path {
	case "/v1/chat/completions":
		return routing.OpenAIChat, true
	case "/v1/messages":
		return routing.AnthropicMessages, true
	case "/v1/messages/count_tokens":
		return routing.AnthropicCountTokens, true
	case "/v1/responses":
		return routing.OpenAIResponses, true
	case "/v1/completions":
		return routing.OpenAICompletions, true
	case "/v1/embeddings":
		return routing.OpenAIEmbeddings, true
	default:
		return 0, false
	}
}
