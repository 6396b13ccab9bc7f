package pipeline

import (
	"context"
	"slices"
	"strconv"

	"sluice/routing"
	"sluice/routing/llmapi/answer"
	"sluice/routing/verdict"
)

// Clients count the tokens of a prompt under the model name that they will ask for, and that
// may be one that Sluice routes. The endpoints for that are free. They belong to models, so
// a model of the format is asked: the conversation's own, else whichever has the format as its
// own. Many servers that imitate the format do not have the endpoint. Where none answers, the
// estimate does that decisions are based on.

// maxCounters bounds the models that are asked to count.
const maxCounters = 2

// counts reports whether the request only asks how many tokens a prompt has, under a name that
// is routed.
func (r *request) counts() bool { return !r.passthrough && r.API.Counts() }

func (p *Plan) counts() bool { return !p.Passthrough && p.API.Counts() }

// decideCount returns the models that may count the tokens; there may be none.
func (p *Pipeline) decideCount(r *request) routing.Decision {
	d := routing.Decision{
		Strategy: "none", Rule: routing.ByAuxiliary, Reason: string(routing.ByAuxiliary),
		Signals: routing.Signals{Tokens: r.Tokens, Turn: r.Kind.String()},
	}
	add := func(m *routing.Model, fits func(*routing.Provider) bool) {
		if m == nil || len(d.Candidates) == maxCounters || !m.Provider.Speaks(r.API.Format()) || !fits(m.Provider) {
			return
		}
		if m = m.Base(); !slices.Contains(d.Candidates, m) {
			d.Candidates = append(d.Candidates, m)
		}
	}
	native := func(p *routing.Provider) bool { return p.Native(r.API.Format()) }
	speaking := func(*routing.Provider) bool { return true }
	add(p.rt.Router.Named(r.Model), speaking)
	past := p.rt.Router.Model(r.Past.Model)
	if add(past, native); len(d.Candidates) > 0 && past != nil && d.Candidates[0] == past.Base() {
		d.Rule, d.Reason = routing.BySession, string(routing.BySession)
	}
	for _, fits := range []func(*routing.Provider) bool{native, speaking} {
		add(past, fits)
		for _, m := range p.rt.Router.Models() {
			add(m, fits)
		}
	}
	if len(d.Candidates) > 0 {
		d.Model, d.Tier = d.Candidates[0].Name, d.Candidates[0].Tier
	}
	return d
}

// tokenCount is the body of the endpoint's answer.
func tokenCount(api routing.API, n int) []byte {
	count := `"input_tokens":` + strconv.Itoa(n)
	if api == routing.OpenAIInputTokens {
		return []byte(`{"object":"response.input_tokens",` + count + `}`)
	}
	return []byte("{" + count + "}")
}

// countReply is the answer where no configured model has the format.
func (r *request) countReply() *Reply {
	return &Reply{Status: 200, Details: "token_count", ContentType: "application/json", Body: tokenCount(r.API, r.Tokens), Summary: Summary{RequestID: r.ID}}
}

// startCount reads what a model says of the tokens. An error that may be the client's own is
// read to the end; after any other the next model is asked.
func (r *ResponseAttempt) startCount(ctx context.Context, ended bool) *Action {
	switch status := r.head.Status; {
	case status == 400 || status == 413 || status == 422:
		r.reading, r.limit = errorBody, maxErrorBody
	case status >= 300:
		reason := r.rt.Judge.Status(status, answer.Error{})
		if reason == "" {
			reason = verdict.ModelNotFound // or its provider does not have the endpoint
		}
		return r.reject(ctx, reason)
	default:
		return r.deliver(ctx)
	}
	if ended {
		return r.judge(ctx, nil)
	}
	return nil
}

// estimate answers in place of the last model that was asked to count.
func (r *ResponseAttempt) estimate(list []Tried) *Action {
	r.decided, r.estimated = true, true
	return &Action{
		Kind: Replace, Summary: r.Summary(), Status: 200, Tried: list, Body: tokenCount(r.API, r.Tokens),
		Set:    []Field{{"content-type", "application/json"}},
		Remove: append([]string{"content-encoding", "retry-after"}, OfBody...),
	}
}
