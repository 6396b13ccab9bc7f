package extproc

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing"
	"sluice/routing/agent"
	"sluice/routing/config"
	"sluice/routing/llmapi"
	"sluice/routing/signal"
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
		return s.refuse(id, routing.OpenAI, refusal{404, "unknown_path", "Sluice does not serve this path; expected an LLM call such as /v1/chat/completions or /v1/messages"})
	}
	if enc := f.header("content-encoding"); enc != "" && enc != "identity" {
		return s.refuse(id, api.Format(), refusal{415, "unsupported_encoding", "request bodies must not be compressed"})
	}
	req, err := llmapi.Read(api, body)
	if err != nil {
		return s.refuseError(id, api.Format(), err)
	}
	req.ID, req.Tokens = id, signal.BodyTokens(body)
	identify(rt, f, &req)

	p := plan{
		ID: id, API: api, Asked: req.Model, Path: path, Started: began.UnixMilli(),
	}
	models, refused := s.choose(rt, &req, &p)
	if refused != nil {
		return s.refuseError(id, api.Format(), refused)
	}
	m := s.apply(rt, f, &req, &p, models, body)
	if !f.framed {
		m.leave()
	}
	s.metrics.routed(&p, models[0], s.now().Sub(began))
	return m.requestBody()
}

// identify takes from the headers what the configuration lets them say, and whose
// conversation it is.
func identify(rt *config.Runtime, f facts, req *routing.Request) {
	if rt.UserHeader != "" {
		req.User = f.header(rt.UserHeader)
	}
	req.Explain = rt.Debug && f.header(envoy.HeaderDebug) == "true"
	for _, name := range rt.AllowHeaders {
		v := f.header(name)
		if v == "" {
			continue
		}
		switch name {
		case envoy.HeaderStrategy:
			req.Strategy = v
		case envoy.HeaderExperiment:
			req.Experiment = v
		case envoy.HeaderUser:
			req.User = v
		}
	}
	agent.Identify(req, f.header)
}

// choose fills the plan and returns its candidates: those of the router for a
// request that Sluice answers for, else the one model that the client named.
func (s *Server) choose(rt *config.Runtime, req *routing.Request, p *plan) ([]*routing.Model, error) {
	if !req.API.Routed() || !rt.Router.Routes(req.Model) {
		m := rt.Router.Named(req.Model)
		switch {
		case m == nil:
			return nil, unknownModel(rt, req)
		case !m.Provider.Speaks(req.API.Format()):
			return nil, refusal{400, "unsupported_format", "model " + strconv.Quote(m.Name) + " does not speak the " + req.API.Format().String() + " format"}
		}
		p.Untouched, p.rule, p.Reason, p.Strategy = true, routing.ByRequest, string(routing.ByRequest), "none"
		p.Candidates = []string{m.Name}
		return []*routing.Model{m}, nil
	}
	p.Session = sessionKey(req)
	s.recall(req, p.Session)
	d, err := rt.Router.Route(req)
	if err != nil {
		return nil, err
	}
	if req.Kind != routing.Probe && req.Kind != routing.SideLane {
		s.remember(req.ID, p.Session, d.Model, d.Signals.Tokens)
	}
	if req.Explain {
		p.Explained = explained(&d)
	}
	p.Strategy, p.Domain, p.rule, p.Reason, p.Tokens = d.Strategy, d.Domain, d.Rule, d.Reason, d.Signals.Tokens
	p.Candidates = make([]string, len(d.Candidates))
	for i, m := range d.Candidates {
		p.Candidates[i] = m.Name
	}
	p.Expect = verdict.Expect(req, d.Signals.Language)
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
	m.header(envoy.HeaderMaxRetries, strconv.Itoa(len(models)-1))
	if req.Stream {
		// A stream may last: its silence is bounded instead, and the whole by stream_time.
		m.header(envoy.HeaderStreamDuration, "0")
		m.header(envoy.HeaderTimeout, milliseconds(rt.StreamTime))
	}
	if !p.Untouched {
		m.header("accept-encoding", "identity") // what is compressed cannot be judged
	}

	p.ModelStart, p.ModelEnd = req.ModelStart, req.ModelEnd
	if name := first.UpstreamName; name != req.Model && (!p.Untouched || req.Model == first.Name) {
		m.body = llmapi.Splice(body, req.ModelStart, req.ModelEnd, name)
		p.ModelEnd += len(m.body) - len(body)
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
	m.metadata[envoy.CascadeNamespace] = groups(models)
	return m
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
		return s.refuse(id, api.Format(), refusal{400, "missing_body", "expected a JSON body"})
	}
	if !ok {
		return s.refuse(id, format, refusal{404, "unknown_model", "no such model; GET /v1/models lists those there are"})
	}
	m := &mutation{}
	m.header("content-type", "application/json")
	m.header(envoy.HeaderRequestID, id)
	return immediate(200, "sluice_models", m, body)
}

// unknownModel tells a client which models it could have named.
func unknownModel(rt *config.Runtime, req *routing.Request) error {
	const most = 20
	names := rt.Listed[:min(len(rt.Listed), most)]
	return refusal{404, "model_not_found", "unknown model " + strconv.Quote(clip(req.Model, 100)) + "; known: " + strings.Join(names, ", ")}
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
