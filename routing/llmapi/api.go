// Package llmapi reads and writes the requests of the LLM providers' HTTP APIs.
//
// It knows OpenAI Chat Completions and Responses, and Anthropic Messages: what a request asks for ([Read]),
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

// endpoints are the paths that Sluice serves.
var endpoints = []struct {
	path string
	api  routing.API
}{
	{"/v1/chat/completions", routing.OpenAIChat},
	{"/v1/messages", routing.AnthropicMessages},
	{"/v1/messages/count_tokens", routing.AnthropicCountTokens},
	{"/v1/responses", routing.OpenAIResponses},
	{"/v1/responses/input_tokens", routing.OpenAIInputTokens},
	{"/v1/completions", routing.OpenAICompletions},
	{"/v1/embeddings", routing.OpenAIEmbeddings},
}

// APIOf returns the endpoint that a POST to path calls and whether Sluice knows it.
// A query or fragment is ignored.
func APIOf(path string) (routing.API, bool) {
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		path = path[:i]
	}
	for _, e := range endpoints {
		if e.path == path {
			return e.api, true
		}
	}
	return 0, false
}

// RoutedPaths lists the paths on which a model is chosen for the client.
func RoutedPaths() []string {
	var paths []string
	for _, e := range endpoints {
		if e.api.Routed() {
			paths = append(paths, e.path)
		}
	}
	return paths
}
