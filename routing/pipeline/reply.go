package pipeline

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"sluice/routing"
	"sluice/routing/llmapi"
)

// A Reply is an answer of Sluice itself: a local reply, as Envoy calls it.
type Reply struct {
	Status      int    // HTTP status
	Details     string // what it is, for the proxy's access log
	ContentType string
	Body        []byte
	RetryIn     time.Duration // after which asking again may help; 0 is not known
	ShouldRetry *bool         // what SDKs are told; nil says nothing
	Tried       []Tried       // every attempt that was given up; nil leaves the list

	// Of an answer from the cache.
	Summary  Summary
	Age      time.Duration
	HideCost bool // no cost header: the client asked for a stream
}

// A ReplyError is the only kind of error whose words a client gets to read.
type ReplyError struct {
	Status  int    // HTTP status
	Code    string // also a metric label
	Message string
	RetryIn time.Duration  // after which asking again may help; 0 is not known
	Passes  bool           // it is one for the moment: clients do as they would with the provider's
	Extra   map[string]any // more members of the error object
}

func (e *ReplyError) Error() string { return e.Code + ": " + e.Message }

// ErrorReply returns the client's reply to a call that [Pipeline.Begin] did not accept.
func (p *Pipeline) ErrorReply(c *Call, err error) *Reply {
	format := routing.OpenAI
	if api, ok := llmapi.APIOf(c.Path); ok {
		format = api.Format()
	}
	return p.errorReply(c.ID, format, err)
}

// RetryErrorReply returns the client's reply where [Pipeline.Retry] failed.
func (p *Pipeline) RetryErrorReply(pr *Progress, err error) *Reply {
	r := p.errorReply(pr.ID, pr.API.Format(), err)
	r.Tried = pr.Tried
	r.Summary.Attempts, r.Summary.Escalation = len(pr.Tried), Escalation(pr.Tried)
	return r
}

// errorReply renders an error in the shape of the client's API. The same request would fail
// the same way again, so the SDKs are told not to retry, unless the error is Sluice's own.
func (p *Pipeline) errorReply(id string, format routing.Format, err error) *Reply {
	e := p.clientError(id, format, err)
	p.metrics.localReply(e.Code)
	r := &Reply{
		Status: e.Status, Details: e.Code, ContentType: "application/json", RetryIn: e.RetryIn,
		Summary: Summary{RequestID: id},
		Body:    llmapi.ErrorBody(format, e.Status, e.Code, e.Message, id, e.Extra),
	}
	if !e.Passes {
		retry := e.Status >= 500 && e.Code != codeAllFailed
		r.ShouldRetry = &retry
	}
	return r
}

// clientError chooses what a client may know of err. What is not its business becomes an
// internal error, and the details go to the log.
func (p *Pipeline) clientError(id string, format routing.Format, err error) *ReplyError {
	if e, ok := errors.AsType[*ReplyError](err); ok {
		return e
	}
	if e, ok := errors.AsType[*llmapi.Error](err); ok {
		return &ReplyError{Status: 400, Code: e.Code, Message: e.Message}
	}
	if errors.Is(err, routing.ErrNoMessages) {
		return &ReplyError{Status: 400, Code: "empty_messages", Message: err.Error()}
	}
	if e, ok := errors.AsType[*routing.NoCandidateError](err); ok {
		if e.Room > 0 {
			return &ReplyError{Status: 400, Code: llmapi.CodeContextLength, Message: llmapi.TooLong(format, max(e.Tokens, e.Room+1), e.Room)}
		}
		return &ReplyError{Status: 400, Code: "no_candidate", Message: e.Error()}
	}
	if e, ok := errors.AsType[*routing.CappedError](err); ok {
		refused := p.refusal()
		refused.Message = e.Error()
		return refused
	}
	if e, ok := errors.AsType[*routing.UnknownStrategyError](err); ok {
		return &ReplyError{Status: 400, Code: "unknown_strategy", Message: e.Error()}
	}
	p.log.Error("request failed", zap.String("request_id", id), zap.Error(err))
	return &ReplyError{Status: 500, Code: "internal_error", Message: "internal error of the router"}
}

// WithoutBody answers requests that have no body: the list of models, or an error.
func (p *Pipeline) WithoutBody(c *Call) *Reply {
	if _, known := llmapi.APIOf(c.Path); known {
		return p.ErrorReply(c, &ReplyError{Status: 400, Code: "missing_body", Message: "expected a JSON body"})
	}
	format := routing.OpenAI
	if c.header("anthropic-version") != "" {
		format = routing.Anthropic
	}
	body, err := llmapi.ModelList(format, c.Path, p.rt.Listed)
	switch {
	case errors.Is(err, llmapi.ErrNoModel):
		return p.errorReply(c.ID, format, &ReplyError{Status: 404, Code: "unknown_model", Message: err.Error()})
	case err != nil:
		return p.errorReply(c.ID, format, &ReplyError{Status: 400, Code: "invalid_query", Message: err.Error()})
	}
	return &Reply{Status: 200, Details: "models", ContentType: "application/json", Body: body, Summary: Summary{RequestID: c.ID}}
}

// unknownModel tells a client which models it could have named. Where it named one that is
// routed elsewhere, it learns where, and which models the endpoint that it called takes.
func (p *Pipeline) unknownModel(r *request) error {
	e := &ReplyError{Status: 404, Code: "model_not_found"}
	name := strconv.Quote(clip(r.Model, 100))
	if !p.rt.Router.Routes(r.Model) {
		e.Message = "unknown model " + name + "; known: " + listed(p.rt.Listed)
		return e
	}
	path, _, _ := strings.Cut(r.call.Path, "?")
	if r.API.Routed() {
		e.Message = "model " + name + " is not routed on " + path + `: no provider has "` + r.API.Format().String() + `" in its format`
	} else {
		e.Message = "model " + name + " is routed on " + strings.Join(llmapi.RoutedPaths(), ", ") + " only, not on " + path
	}
	var named []string
	for _, m := range p.rt.Router.Models() {
		if m.Plain == nil && m.Provider.Passes(r.API.Format()) {
			named = append(named, m.Name)
		}
	}
	if len(named) > 0 {
		e.Message += "; there, name one of: " + listed(named)
	} else {
		e.Message += "; no configured model speaks the " + r.API.Format().String() + " format"
	}
	return e
}

// listed names the first of the names.
func listed(names []string) string {
	const most = 20
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

// clip bounds foreign text, in bytes.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "…"
}
