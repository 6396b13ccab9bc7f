package extproc

import (
	"errors"
	"strconv"
	"strings"

	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"go.uber.org/zap"

	"sluice/routing"
	"sluice/routing/header"
	"sluice/routing/llmapi"
	"sluice/routing/verdict"
)

// A refusal is the only kind of error whose words a client gets to read.
type refusal struct {
	status  int
	code    string // also a metric label
	message string
	after   int // seconds after which asking again may help; 0 is not known
}

func (r refusal) Error() string { return r.code + ": " + r.message }

// refuse answers the client with an error in the shape of its own API. Asking the
// same again would fail the same way, so the SDKs are told not to.
func (s *Server) refuse(id string, format routing.Format, r refusal) *extprocv3.ProcessingResponse {
	s.metrics.refused(r.code)
	m := &mutation{}
	m.header("content-type", "application/json")
	m.header(header.RequestID, id)
	m.header(header.ShouldRetry, strconv.FormatBool(r.status >= 500))
	if r.after > 0 {
		m.header("retry-after", strconv.Itoa(r.after))
	}
	return immediate(r.status, r.code, m, llmapi.ErrorBody(format, r.status, r.code, r.message, id, nil))
}

// refuseError chooses what a client may know of err. What is not its business
// becomes an internal error, and the details go to the log.
func (s *Server) refuseError(id string, format routing.Format, err error) *extprocv3.ProcessingResponse {
	var (
		told     refusal
		body     *llmapi.Error
		none     *routing.NoCandidateError
		capped   *routing.CappedError
		strategy *routing.UnknownStrategyError
	)
	switch {
	case errors.As(err, &told):
	case errors.As(err, &body):
		told = refusal{status: 400, code: body.Code, message: body.Message}
	case errors.Is(err, routing.ErrNoMessages):
		told = refusal{status: 400, code: "empty_messages", message: err.Error()}
	case errors.As(err, &none):
		told = refusal{status: 400, code: "no_candidate", message: none.Error()}
	case errors.As(err, &capped):
		told = refusal{status: 429, code: llmapi.CodeBudgetExhausted, message: capped.Error()}
	case errors.As(err, &strategy):
		told = refusal{status: 400, code: "unknown_strategy", message: strategy.Error()}
	default:
		s.log.Error("request failed", zap.String("request_id", id), zap.Error(err))
		told = refusal{status: 500, code: "internal_error", message: "internal error of the router"}
	}
	return s.refuse(id, format, told)
}

// exhausted is the error for a request whose candidates all failed outright: what
// happened to each, under the status that helps the client most.
func exhausted(st *state, list []tried) (status int, body []byte) {
	status = 502
	switch list[len(list)-1].Reason { //nolint:exhaustive // the other reasons are the gateway's 502
	case verdict.ContextLength:
		status = 400
	case verdict.Timeout:
		status = 504
	case verdict.RateLimited:
		status = 429
	}
	words := make([]string, len(list))
	attempts := make([]map[string]any, len(list))
	for i, t := range list {
		words[i] = t.Model + " (" + string(t.Reason) + ")"
		attempts[i] = map[string]any{"model": t.Model, "reason": t.Reason}
		if t.Status != 0 {
			attempts[i]["status"] = t.Status
		}
	}
	message := "every candidate failed: " + strings.Join(words, ", ")
	return status, llmapi.ErrorBody(st.API.Format(), status, "all_tiers_failed", message, st.ID, map[string]any{"attempts": attempts})
}
