package pipeline

import (
	"context"
	"slices"
	"strconv"

	"sluice/routing"
	"sluice/routing/llmapi"
)

// A Call is one LLM call as the proxy received it.
type Call struct {
	ID     string                    // request id, for logs and headers
	Unique string                    // names the call as no client can; for budgets
	Path   string                    // as the client called it, with its query
	Header func(name string) string  // request header by its name in lower case; "" if there is none
	Claims map[string]map[string]any // payloads of the tokens that the proxy has verified, by name
	Body   []byte                    // whole; Begin may use its memory for what is sent

	// Offline is set by commands that ask what would be decided.
	Offline *Offline
}

// Offline says what a command knows in place of headers and stores.
type Offline struct {
	User, Strategy, Experiment string
	Spent                      float64 // US dollars, already spent in the window of every budget
	Relaxed                    bool    // the answer may take its time
	Explain                    bool    // the decision lists every candidate
	AnyModel                   bool    // it is routed whatever model it names
}

// A request is a call while Begin works on it.
type request struct {
	*routing.Request
	call        *Call
	passthrough bool   // it goes to the model that it names, and is not judged
	changed     bool   // its body is not the one that the proxy has
	sessionKey  string // "" where the conversation cannot be told
}

// read turns a call into a request: what its body asks for and who asks.
func (p *Pipeline) read(ctx context.Context, c *Call) (*request, error) {
	api, ok := llmapi.APIOf(c.Path)
	if !ok {
		return nil, &ReplyError{Status: 404, Code: "unknown_path", Message: "Sluice does not serve this path; expected an LLM call such as /v1/chat/completions or /v1/messages"}
	}
	changed, err := p.plainBody(ctx, c)
	if err != nil {
		return nil, err
	}
	req, err := llmapi.Read(api, c.Body)
	if err != nil {
		return nil, err
	}
	req.ID = c.ID
	p.identify(c, &req)
	anyModel := c.Offline != nil && c.Offline.AnyModel
	r := &request{Request: &req, call: c, changed: changed, passthrough: !api.Routed() && !api.Counts() || !anyModel && !p.rt.Router.Routes(req.Model)}
	switch {
	case r.passthrough:
		req.Relaxed = false // its body is sent as it is
	case c.Offline != nil:
		req.Allowance = p.rt.Budgets.At(c.Offline.Spent)
	}
	return r, nil
}

func (c *Call) header(name string) string {
	if c.Header == nil {
		return ""
	}
	return c.Header(name)
}

// decide returns which models may answer. A passthrough request has one: the model that the
// client named. It may be called again under a tighter allowance.
func (p *Pipeline) decide(r *request) (routing.Decision, error) {
	if r.counts() {
		return p.decideCount(r), nil
	}
	if !r.passthrough {
		if !p.speaks(r.API.Format()) {
			return routing.Decision{}, p.unknownModel(r)
		}
		return p.rt.Router.Route(r.Request)
	}
	m := p.rt.Router.Named(r.Model)
	if m == nil {
		return routing.Decision{}, p.unknownModel(r)
	}
	m = m.For(r.Request)
	if !m.Provider.Passes(r.API.Format()) {
		return routing.Decision{}, &ReplyError{Status: 400, Code: "unsupported_format", Message: "model " + strconv.Quote(m.Name) + " does not speak the " + r.API.Format().String() + " format"}
	}
	return routing.Decision{
		Strategy: "none", Rule: routing.ByRequest, Reason: string(routing.ByRequest),
		Model: m.Base().Name, Effort: m.Effort, Tier: m.Tier, Candidates: []*routing.Model{m},
		Signals: routing.Signals{Tokens: r.Tokens},
	}, nil
}

// speaks reports whether any model's provider speaks the format.
func (p *Pipeline) speaks(f routing.Format) bool {
	return slices.ContainsFunc(p.rt.Router.Models(), func(m *routing.Model) bool { return m.Provider.Speaks(f) })
}

// inConversation reports whether the request is a turn of a conversation, and not one that
// a client makes beside it.
func (r *request) inConversation() bool {
	return r.Kind != routing.Preflight && r.Kind != routing.Auxiliary
}
