package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// A dialect is the wire format in which a client is answered.
type dialect int

const (
	openAI dialect = iota
	anthropic
)

// dialectOf tells the dialect of a request whose endpoint is not known yet.
func dialectOf(r *http.Request) dialect {
	if r.Header.Get("anthropic-version") != "" || strings.Contains(r.URL.Path, "/messages") {
		return anthropic
	}
	return openAI
}

// A failure is an error response. An empty message gets the usual one for the status.
type failure struct {
	status  int
	message string
	model   string // of the request, where the failure is about it
	context bool   // the prompt is longer than the model's context
}

// writeError sends the failure in the dialect's shape, with its usual headers.
func writeError(w http.ResponseWriter, d dialect, f failure) {
	w.Header().Set("content-type", "application/json")
	if f.status == http.StatusTooManyRequests {
		w.Header().Set("retry-after", "1")
	}
	w.WriteHeader(f.status)
	_ = json.NewEncoder(w).Encode(f.object(d)) // the client may be gone
}

// An errorObject is the body of both dialects' errors.
type errorObject struct {
	Type  string      `json:"type,omitempty"` // "error" for Anthropic
	Error errorDetail `json:"error"`
}

type errorDetail struct {
	Type    string  `json:"type"`
	Message string  `json:"message"`
	Code    *string `json:"code,omitempty"`
}

func (f failure) object(d dialect) errorObject {
	var e errorDetail
	if d == anthropic {
		e.Type, e.Message = f.anthropic()
	} else {
		var code string
		e.Type, code, e.Message = f.openAI()
		e.Code = &code
	}
	if f.message != "" {
		e.Message = f.message
	}
	if d == anthropic {
		return errorObject{Type: "error", Error: e}
	}
	return errorObject{Error: e}
}

// openAI returns OpenAI's type, code and an explanation.
func (f failure) openAI() (kind, code, message string) {
	switch {
	case f.context:
		return "invalid_request_error", "context_length_exceeded", "The prompt is longer than this model's maximum context length."
	case f.status == http.StatusUnauthorized:
		return "invalid_request_error", "invalid_api_key", "The API key is missing or wrong."
	case f.status == http.StatusNotFound:
		return "invalid_request_error", "model_not_found", fmt.Sprintf("The model %q does not exist.", f.model)
	case f.status == http.StatusTooManyRequests:
		return "requests", "rate_limit_exceeded", "Too many requests; try again in a second."
	case f.status >= http.StatusInternalServerError:
		return "server_error", "server_error", "The server failed to process the request."
	default:
		return "invalid_request_error", "invalid_request", "The request is not valid."
	}
}

// anthropic returns Anthropic's type and an explanation.
func (f failure) anthropic() (kind, message string) {
	switch {
	case f.context:
		return "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"
	case f.status == http.StatusUnauthorized:
		return "authentication_error", "The x-api-key header is missing or wrong."
	case f.status == http.StatusForbidden:
		return "permission_error", "This key may not use the resource."
	case f.status == http.StatusNotFound:
		return "not_found_error", "model: " + f.model
	case f.status == http.StatusRequestEntityTooLarge:
		return "request_too_large", "The request is too large."
	case f.status == http.StatusTooManyRequests:
		return "rate_limit_error", "Too many requests; try again in a second."
	case f.status == http.StatusServiceUnavailable || f.status == 529:
		return "overloaded_error", "Overloaded."
	case f.status >= http.StatusInternalServerError:
		return "api_error", "The server failed to process the request."
	default:
		return "invalid_request_error", "The request is not valid."
	}
}
