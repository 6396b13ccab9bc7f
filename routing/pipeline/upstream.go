package pipeline

import (
	"slices"

	"sluice/routing"
	"sluice/routing/llmapi"
)

// An UpstreamRequest is what one attempt sends in place of the client's request.
type UpstreamRequest struct {
	Model *routing.Model
	Path  string // with the client's query
	Body  []byte // nil: as it is
}

// first fills in what the first attempt sends, and where that will stand in the body which a
// later attempt changes again.
func (p *Pipeline) first(plan *Plan, d *draft) {
	model := plan.models[0]
	if plan.Passthrough {
		plan.Ask = llmapi.AskEffort(d.Request, plan.models)
	} else {
		models := p.mayAnswer(plan, d.Request)
		plan.Ask = llmapi.Asks(d.Request, models)
		plan.Ask.Refused = p.refusals.known(plan.Ask, models, p.now())
	}
	edits := append(plan.Ask.Edits(d.call.Body, d.Request, model), d.shortened...)
	at := llmapi.Locate(edits, routing.Span{Start: d.ModelStart, End: d.ModelEnd})
	plan.ModelStart, plan.ModelEnd = at.Start, at.End
	if plan.Ask.LimitAt != (routing.Span{}) {
		plan.Ask.LimitAt = llmapi.Locate(edits, plan.Ask.LimitAt)
	}
	plan.First = UpstreamRequest{Model: model, Path: model.Provider.Path(plan.Path)}
	switch {
	case len(edits) > 0:
		plan.First.Body = llmapi.Apply(d.call.Body, edits...)
	case d.changed:
		plan.First.Body = d.call.Body
	}
}

// mayAnswer lists every model that an attempt may go to: the candidates, those of a check,
// and the structured one, where it is a model at an effort or JSON is asked for.
func (p *Pipeline) mayAnswer(plan *Plan, req *routing.Request) []*routing.Model {
	models := slices.Clip(plan.models)
	for _, name := range []string{plan.Check.Probe, plan.Check.Strong} {
		if m := p.rt.Router.Model(name); m != nil && !slices.Contains(models, m) {
			models = append(models, m)
		}
	}
	if m := p.rt.Router.Model(plan.Structured); m != nil {
		models = append(models, m)
	} else if m := p.rt.Router.Structured(); m != nil && req.Needs&routing.JSON != 0 {
		models = append(models, m)
	}
	return models
}

// Retry returns what the attempt, counted from 1, sends to the cluster: the next candidate's
// model and path. The body is the one that the attempt before was sent, whose memory may be
// used. It adds to the progress the attempts that were not judged, and reports whether there
// were any.
//
// An attempt beyond the last candidate is one that the proxy makes by itself, after that gave
// no answer: its error is the one for the client.
func (p *Pipeline) Retry(pr *Progress, attempt int, cluster string, body []byte) (_ UpstreamRequest, added bool, _ error) {
	if attempt > len(pr.Candidates) {
		p.completeTried(pr, attempt, p.now())
		return UpstreamRequest{}, false, p.exhausted(pr.Plan, pr.Tried)
	}
	model := p.candidate(pr.Plan, attempt, cluster)
	if model == nil { // planned by a replica with other models
		return UpstreamRequest{}, false, &ReplyError{Status: 503, Code: "unknown_candidate", Message: "the next candidate is not configured here"}
	}
	resent, err := pr.Ask.Resend(body, pr.API, routing.Span{Start: pr.ModelStart, End: pr.ModelEnd}, model)
	if err != nil {
		return UpstreamRequest{}, false, err
	}
	added = p.completeTried(pr, attempt, p.now())
	return UpstreamRequest{Model: model, Path: model.Provider.Path(pr.Path), Body: resent}, added, nil
}

// candidate returns the model that an attempt goes to: the one of the cluster, as the proxy
// says it, or by the order of the plan where it does not. A model at several efforts has one
// cluster: there the order tells them apart.
func (p *Pipeline) candidate(plan *Plan, attempt int, cluster string) *routing.Model {
	var next *routing.Model
	if attempt <= len(plan.Candidates) {
		next = p.rt.Router.Model(plan.Candidates[attempt-1])
	}
	if cluster == "" || next != nil && next.Cluster == cluster {
		return next
	}
	for _, name := range plan.Candidates {
		if m := p.rt.Router.Model(name); m != nil && m.Cluster == cluster {
			return m
		}
	}
	return next
}

// display returns what headers and logs call a candidate: its model, and the effort that it
// is asked for.
func (p *Pipeline) display(candidate string) (model, effort string) {
	if m := p.rt.Router.Model(candidate); m != nil {
		return m.Base().Name, string(m.Effort)
	}
	return candidate, "" // of a configuration that is no longer in force
}
