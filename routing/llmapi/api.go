// Package llmapi reads and writes the requests of the LLM providers' HTTP APIs.
//
// It knows OpenAI Chat Completions and Anthropic Messages: what a request asks for ([Read]),
// how to turn it into the request for a model ([Ask], [Apply]), and the bodies of errors and
// model lists that clients of each API expect. Other endpoints of both providers are
// recognised by their path ([APIOf]) and read only for their model. It does not know HTTP,
// Envoy or which model is any good. Start with read.go.
//
// Answers are read by package answer, and converted by package convert; both APIs' JSON is
// scanned by package jsonscan.
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
