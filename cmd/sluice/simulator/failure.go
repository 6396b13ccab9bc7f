package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// A dialect is the wire format in which a client is answered.
type dialect int

const (
	openAI dialect = iota
	anthropic
)

// dialectOf returns the dialect of a request whose endpoint is not known yet.
func dialectOf(r *http.Request) dialect {
	if r.Header.Get("anthropic-version") != "" || strings.Contains(r.URL.Path, "/messages") {
		return anthropic
	}
	return openAI
}

// A failure is an error response. An empty message gets the usual one of the status.
type failure struct {
	status  int
	message string
	model   string // of the request, for a model that does not exist
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
	Code    *string `json:"code,omitempty"` // OpenAI
}

// An errorStatus is how both dialects describe an error of one status.
type errorStatus struct {
	status                           int
	openAI, code, anthropic, message string // OpenAI's type and code, Anthropic's type
}

var statuses = []errorStatus{
	{http.StatusUnauthorized, "invalid_request_error", "invalid_api_key", "authentication_error", "The API key is missing or wrong."},
	{http.StatusForbidden, "invalid_request_error", "invalid_request", "permission_error", "This key may not use the resource."},
	{http.StatusNotFound, "invalid_request_error", "model_not_found", "not_found_error", "The model does not exist."},
	{http.StatusRequestEntityTooLarge, "invalid_request_error", "invalid_request", "request_too_large", "The request is too large."},
	{http.StatusTooManyRequests, "requests", "rate_limit_exceeded", "rate_limit_error", "Too many requests; try again in a second."},
	{http.StatusServiceUnavailable, "server_error", "server_error", "overloaded_error", "Overloaded."},
	{529, "server_error", "server_error", "overloaded_error", "Overloaded."},
	// Of these two the first is for every other status of 500 and above, the second for the rest.
	{http.StatusInternalServerError, "server_error", "server_error", "api_error", "The server failed to process the request."},
	{0, "invalid_request_error", "invalid_request", "invalid_request_error", "The request is not valid."},
}

func (f failure) object(d dialect) errorObject {
	e := statuses[slices.IndexFunc(statuses, func(e errorStatus) bool {
		return e.status == f.status || e.status == http.StatusInternalServerError && f.status > e.status || e.status == 0
	})]
	switch {
	case f.context:
		e.code, e.message = "context_length_exceeded", "prompt is too long: 210000 tokens > 200000 maximum context length"
	case f.model != "" && f.status == http.StatusNotFound:
		if e.message = fmt.Sprintf("The model %q does not exist.", f.model); d == anthropic {
			e.message = "model: " + f.model
		}
	}
	if f.message != "" {
		e.message = f.message
	}
	if d == anthropic {
		return errorObject{Type: "error", Error: errorDetail{Type: e.anthropic, Message: e.message}}
	}
	return errorObject{Error: errorDetail{Type: e.openAI, Message: e.message, Code: &e.code}}
}
