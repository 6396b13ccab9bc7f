package llmapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"sluice/routing"
)

// CodeBudgetExhausted is the code of an error that refuses a request for want of
// money; its type is the one by which clients know that waiting does not help.
const CodeBudgetExhausted = "budget_exhausted"

// CodeContextLength is the code of an error that refuses a prompt for its length. Clients of
// OpenAI know it by the code, and clients of Anthropic by the beginning of its message.
const CodeContextLength = "context_length_exceeded"

// TooLong returns the message of the format's own API for a prompt with that many tokens
// where most are allowed; 0 is not known.
func TooLong(f routing.Format, tokens, most int) string {
	switch {
	case f == routing.Anthropic && most > 0:
		return fmt.Sprintf("prompt is too long: %d tokens > %d maximum", tokens, most)
	case f == routing.Anthropic:
		return "prompt is too long"
	case most > 0:
		return fmt.Sprintf("This model's maximum context length is %d tokens. However, your messages resulted in %d tokens. Please reduce the length of the messages.", most, tokens)
	default:
		return "The messages exceed the model's maximum context length. Please reduce the length of the messages."
	}
}

// ErrorBody returns the body of an error with the HTTP status, in the shape of the
// format, for programs made for the provider's own API: code is OpenAI's code, and in
// Anthropic's shape, which has none, a field of its own and the beginning of the
// message. The members of extra join the error object where they do not clash; what
// JSON cannot express of them is an error of the program, and they are left out.
func ErrorBody(format routing.Format, status int, code, message, requestID string, extra map[string]any) []byte {
	e := maps.Clone(extra)
	if e == nil {
		e = make(map[string]any)
	}
	body := map[string]any{"error": e}
	e["code"] = code
	if format == routing.Anthropic {
		e["type"] = anthropicType(status)
		e["message"] = code + ": " + message
		if code == CodeContextLength {
			e["message"] = message
		}
		body["type"] = "error"
		body["request_id"] = requestID
	} else {
		e["type"] = openAIType(status, code)
		e["message"] = message
		e["param"] = nil
	}
	b, err := json.Marshal(body)
	if err != nil {
		return ErrorBody(format, status, code, message, requestID, nil)
	}
	return b
}

// ErrorEvent returns the event by which a stream of the API tells of an error, for the same
// programs. That of Responses carries the error object beside its own fields, since the SDKs raise
// an exception for that alone.
func ErrorEvent(api routing.API, status int, code, message, requestID string) []byte {
	body := ErrorBody(api.Format(), status, code, message, requestID, nil)
	name := ""
	if api.Format() == routing.Anthropic || api == routing.OpenAIResponses {
		name = "event: error\n"
	}
	if api == routing.OpenAIResponses {
		head, err := json.Marshal(map[string]any{"type": "error", "sequence_number": 0, "code": code, "message": message, "param": nil})
		if err != nil {
			panic(fmt.Sprintf("llmapi: error event: %v", err)) // strings only
		}
		body = append(append(head[:len(head)-1], ','), body[1:]...)
	}
	return slices.Concat([]byte(name), []byte("data: "), body, []byte("\n\n"))
}

// openAIType returns the type of OpenAI's error object. The API has few of them and
// tells errors apart by their codes.
func openAIType(status int, code string) string {
	switch {
	case status == http.StatusPaymentRequired, code == CodeBudgetExhausted:
		return "insufficient_quota"
	case status == http.StatusTooManyRequests:
		return "rate_limit_error"
	case status >= 500:
		return "server_error"
	default:
		return "invalid_request_error"
	}
}

// anthropicType returns the type of Anthropic's error object
// (https://docs.claude.com/en/api/errors).
func anthropicType(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "authentication_error"
	case http.StatusPaymentRequired:
		return "billing_error"
	case http.StatusForbidden:
		return "permission_error"
	case http.StatusNotFound:
		return "not_found_error"
	case http.StatusRequestEntityTooLarge:
		return "request_too_large"
	case http.StatusTooManyRequests:
		return "rate_limit_error"
	case http.StatusServiceUnavailable, 529:
		return "overloaded_error"
	case http.StatusGatewayTimeout:
		return "timeout_error"
	}
	if status >= 500 {
		return "api_error"
	}
	return "invalid_request_error"
}
