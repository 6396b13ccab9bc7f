package verdict

import (
	"net/http"
	"strings"

	"sluice/routing/llmapi/answer"
)

// maxErrorMessage bounds what is read of a provider's error, in bytes: the first sentences say
// what is wrong; the rest may quote the client.
const maxErrorMessage = 4 << 10

// Status judges a response by its HTTP status. It returns "" for success and for errors of the
// client (a malformed request) or the operator (credentials): another model would return the
// same.
//
// Providers share few error codes, so the wording is read as well: codes and phrases as
// documented by OpenAI, Anthropic, Google, Mistral, Groq, DeepSeek, xAI, Azure, vLLM,
// llama.cpp, Ollama and TGI.
func (j *Judge) Status(status int, body []byte) Reason {
	r := statusReason(status, body)
	if r == "" || !j.checks(r) {
		return ""
	}
	return r
}

func statusReason(status int, body []byte) Reason {
	switch {
	case status == http.StatusTooManyRequests:
		return RateLimited
	case status == http.StatusRequestTimeout:
		return Timeout
	case status >= 500:
		return ServerError
	case status == http.StatusRequestEntityTooLarge:
		return ContextLength // too large for this provider
	case status == http.StatusBadRequest, status == http.StatusNotFound, status == http.StatusUnprocessableEntity:
		return readError(body).reason(status)
	default:
		return ""
	}
}

// errorText is the code and message of a provider's error, in lower case.
type errorText struct{ code, message string }

func readError(body []byte) errorText {
	code, message := answer.ReadError(body)
	return errorText{code: lowerHead(code), message: lowerHead(message)}
}

func lowerHead(s string) string { return strings.ToLower(s[:min(len(s), maxErrorMessage)]) }

var contextCodes = []string{"context_length_exceeded", "exceed_context_size_error", "context_window_exceeded", "request_too_large"}

var contextWords = []string{
	"maximum context length", "context length", "context window", "context limit", "context size",
	"prompt is too long", "input is too long", "prompt too long", "maximum prompt length",
	"too many tokens", "maximum number of tokens", "max_new_tokens` must be <=",
	"reduce the length of the",
}

var modelCodes = []string{
	"model_not_found", "model_not_available", "model_decommissioned", "invalid_model",
	"deploymentnotfound",
}

var missingWords = []string{
	"not found", "does not exist", "not exist", "doesn't exist", "no such model", "unknown model",
	"invalid model", "not a valid model", "no longer available", "decommissioned", "not supported for",
	"no endpoints found", "unable to access model",
}

func (e errorText) reason(status int) Reason {
	switch {
	case containsAny(e.code, contextCodes) || containsAny(e.message, contextWords):
		return ContextLength
	case containsAny(e.code, modelCodes):
		return ModelNotFound
	case strings.Contains(e.code, "not_found_error") && strings.Contains(e.message, "model"):
		return ModelNotFound // Anthropic: "model: claude-…"
	case namesModel(e.message, status) && containsAny(e.message, missingWords):
		return ModelNotFound
	}
	return ""
}

// namesModel reports whether the message is about a model. A 400 about something else, such as
// a missing tool or file, may mention a model in passing, so there the word must come early.
func namesModel(message string, status int) bool {
	i := strings.Index(message, "model")
	if status == http.StatusNotFound {
		return i >= 0 || strings.Contains(message, "no endpoints found")
	}
	return i >= 0 && i < 24 || strings.Contains(message, "valid model id")
}

func containsAny(s string, phrases []string) bool {
	for _, p := range phrases {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}
