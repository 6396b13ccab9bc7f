package extproc

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing"
	"sluice/routing/compress"
	"sluice/routing/config"
	"sluice/routing/header"
	"sluice/routing/llmapi"
	"sluice/routing/verdict"
)

// route is the first step of every LLM call: read the body, decide, and hand Envoy
// the cascade. It answers with one mutation of headers, body and metadata, or with an
// error in the client's own shape.
func (s *Server) route(rt *config.Runtime, f facts, body []byte) *extprocv3.ProcessingResponse {
	began := s.now()
	path, id := f.path(), f.requestID()
	api, ok := llmapi.APIOf(path)
	if !ok {
		return s.refuse(id, routing.OpenAI, refusal{status: 404, code: "unknown_path", message: "Sluice does not serve this path; expected an LLM call such as /v1/chat/completions or /v1/messages"})
	}
	if enc := f.header("content-encoding"); enc != "" && enc != "identity" {
		return s.refuse(id, api.Format(), refusal{status: 415, code: "unsupported_encoding", message: "request bodies must not be compressed"})
	}
	req, err := llmapi.Read(api, body)
	if err != nil {
		return s.refuseError(id, api.Format(), err)
	}
	req.ID = id
	identify(rt, f, &req)

	p := plan{
		ID: id, Nonce: rand.Uint64(), API: api, Asked: req.Model, Path: path, Started: began.UnixMilli(),
		Untouched: !api.Routed() || !rt.Router.Routes(req.Model),
	}
	if p.Untouched { // nothing is asked for in its body
		req.Relaxed = false
	}
	p.Limit, p.Service = req.MaxTokens, req.Service()
	models, kept, err := s.decide(rt, f, &req, &p, body)
	if err != nil {
		s.unclaim(rt, &p)
		return s.refuseError(id, api.Format(), err)
	}
	if kept != nil {
		return s.replay(rt, &req, &p, kept)
	}
	if req.Kind != routing.Preflight && req.Kind != routing.Auxiliary {
		s.remember(rt, &p, staying(rt, &req, models[0]))
	}
	m := s.apply(rt, f, &req, &p, models, body)
	if !f.framed {
		m.leave()
	}
	s.metrics.routed(&p, models[0], s.now().Sub(began))
	return m.requestBody()
}

// decide says who answers: the cache, or one of the models, for which money is reserved.
func (s *Server) decide(rt *config.Runtime, f facts, req *routing.Request, p *plan, body []byte) ([]*routing.Model, *kept, error) {
	models, err := s.choose(rt, req, p)
	if err != nil {
		return nil, nil, err
	}
	if k := s.recallAnswer(rt, f, req, p); k != nil {
		return nil, k, nil
	}
	if !p.Untouched {
		p.shortened, p.Saved = compress.Edits(rt.Compression, req, body)
	}
	models, err = s.afford(rt, f, req, p, models)
	p.Limited = req.Allowance != routing.Allowance{}
	return models, nil, err
}

// choose fills the plan and returns its candidates: those of the router for a request
// that Sluice answers for, else the one model that the client named. It may be called
// again where the budgets do not allow what it chose.
func (s *Server) choose(rt *config.Runtime, req *routing.Request, p *plan) ([]*routing.Model, error) {
	if p.Untouched {
		m := rt.Router.Named(req.Model)
		if m == nil {
			return nil, unknownModel(rt, req)
		}
		m = m.For(req)
		switch {
		case !m.Provider.Speaks(req.API.Format()):
			return nil, refusal{status: 400, code: "unsupported_format", message: "model " + strconv.Quote(m.Name) + " does not speak the " + req.API.Format().String() + " format"}
		}
		p.rule, p.Reason, p.Strategy = routing.ByRequest, string(routing.ByRequest), "none"
		p.Tokens, p.Candidates = req.Tokens, []string{m.Name}
		return []*routing.Model{m}, nil
	}
	if p.Session == "" {
		p.Session = sessionKey(req)
		s.recall(rt, req, p.Session)
	}
	d, err := rt.Router.Route(req)
	if err != nil {
		return nil, err
	}
	if req.Explain {
		p.Explained = explained(&d)
	}
	p.Strategy, p.Domain, p.rule, p.Reason, p.Tokens, p.Part = d.Strategy, d.Domain, d.Rule, d.Reason, d.Signals.Tokens, d.Assigned
	p.Candidates = make([]string, len(d.Candidates))
	for i, m := range d.Candidates {
		p.Candidates[i] = m.Name
	}
	p.Expect = verdict.Expect(req, d.Signals.Language)
	p.Check = checks(&d, req)
	return d.Candidates, nil
}

// apply turns the decision into what Envoy does: the first candidate's model, path
// and host, the cascade as metadata, and no credential of the client's.
func (s *Server) apply(rt *config.Runtime, f facts, req *routing.Request, p *plan, models []*routing.Model, body []byte) *mutation {
	first := models[0]
	m := &mutation{reroute: true, remove: envoy.CredentialHeaders}
	m.header(":path", first.Provider.Path(p.Path))
	m.header(":authority", first.Provider.Host)
	m.header(envoy.HeaderCluster, first.Cluster)
	m.header(envoy.HeaderMaxRetries, strconv.Itoa(p.retries()))
	if req.Stream {
		// A stream may last: its silence is bounded instead, and the whole by stream_time.
		m.header(envoy.HeaderStreamDuration, "0")
		m.header(envoy.HeaderTimeout, milliseconds(rt.StreamTime))
	}
	m.header("accept-encoding", "identity") // of what is compressed neither words nor usage can be read

	edits := edit(req, p, p.Check.asked(rt.Router, models), s.structured(rt, req, p), body)
	if len(edits) > 0 {
		m.body = llmapi.Apply(body, edits...)
		if f.framed {
			m.header("content-length", strconv.Itoa(len(m.body)))
		}
	}

	m.note(envoy.KeyRoute, structpb.NewBoolValue(true))
	m.noteString(envoy.KeyPlan, p.encode())
	m.noteString(envoy.KeyFormat, req.API.Format().String())
	m.noteString(envoy.KeyStrategy, p.Strategy)
	m.noteString(envoy.KeyDomain, p.Domain)
	m.noteString(envoy.KeyReason, p.Reason)
	m.noteString(envoy.KeyCache, p.Cache)
	m.noteString(envoy.KeyExperiment, p.Part.Experiment)
	m.noteString(envoy.KeyVariant, p.Part.Variant)
	m.metadata[envoy.CascadeNamespace] = groups(models)
	return m
}

// structured notes in the plan who answers the request at an effort after an answer that
// was not the JSON it should be, and returns that model; nil where it is one without effort.
func (*Server) structured(rt *config.Runtime, req *routing.Request, p *plan) *routing.Model {
	m := rt.Router.Structured()
	if m == nil || m.Effort == "" {
		return nil
	}
	m = m.For(req)
	p.Structured = m.Name
	return m
}

// edit returns what of the body changes for the first candidate, and notes where that will
// stand which a later attempt changes again: for one of the models, or the structured one.
func edit(req *routing.Request, p *plan, models []*routing.Model, structured *routing.Model, body []byte) []llmapi.Edit {
	if p.Untouched {
		p.Ask = llmapi.AskEffort(req, models)
	} else {
		if structured != nil {
			models = append(slices.Clip(models), structured)
		}
		p.Ask = llmapi.Asks(req, models)
	}
	edits := append(p.Ask.Edits(body, req, models[0]), p.shortened...)
	model := llmapi.Locate(edits, routing.Span{Start: req.ModelStart, End: req.ModelEnd})
	p.ModelStart, p.ModelEnd = model.Start, model.End
	if p.Ask.LimitAt != (routing.Span{}) {
		p.Ask.LimitAt = llmapi.Locate(edits, p.Ask.LimitAt)
	}
	return edits
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// bodyless answers requests without a body: the list of models, or an error.
func (s *Server) bodyless(rt *config.Runtime, f facts) *extprocv3.ProcessingResponse {
	id := f.requestID()
	format := routing.OpenAI
	if f.header("anthropic-version") != "" {
		format = routing.Anthropic
	}
	body, ok := llmapi.ModelList(format, f.path(), rt.Listed)
	if api, known := llmapi.APIOf(f.path()); known {
		return s.refuse(id, api.Format(), refusal{status: 400, code: "missing_body", message: "expected a JSON body"})
	}
	if !ok {
		return s.refuse(id, format, refusal{status: 404, code: "unknown_model", message: "no such model; GET /v1/models lists those there are"})
	}
	m := &mutation{}
	m.header("content-type", "application/json")
	m.header(header.RequestID, id)
	return immediate(200, "models", m, body)
}

// unknownModel tells a client which models it could have named.
func unknownModel(rt *config.Runtime, req *routing.Request) error {
	const most = 20
	names := rt.Listed[:min(len(rt.Listed), most)]
	return refusal{status: 404, code: "model_not_found", message: "unknown model " + strconv.Quote(clip(req.Model, 100)) + "; known: " + strings.Join(names, ", ")}
}

// explained is the whole decision as one header value: bounded, since headers are.
func explained(d *routing.Decision) string {
	const most = 6 << 10
	text, err := json.Marshal(d)
	if err != nil || len(text) > most {
		return `{"error":"the decision does not fit a header"}`
	}
	return string(text)
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "…"
}
