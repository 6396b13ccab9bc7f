package extproc

import (
	"strconv"
	"time"

	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing"
	"sluice/routing/config"
)

// rewrite writes the request of a later attempt: the next candidate's model, path
// and host. The body is the one that attempt 1 was sent; nothing else of it changes.
// Credentials are removed here and once more by Envoy itself.
func (s *Server) rewrite(rt *config.Runtime, st *state, f facts, body []byte) *extprocv3.ProcessingResponse {
	attempt := f.attempt()
	model := s.candidate(rt, st, f, attempt)
	if model == nil {
		// Another replica planned with models that this one does not have.
		return s.refuse(st.ID, st.API.Format(), refusal{status: 503, code: "unknown_candidate", message: "the next candidate is not configured here"})
	}
	resent, err := st.Ask.Resend(body, st.API, routing.Span{Start: st.ModelStart, End: st.ModelEnd}, model)
	if err != nil {
		return s.refuseError(st.ID, st.API.Format(), err)
	}
	m := &mutation{remove: envoy.CredentialHeaders}
	m.header(":path", model.Provider.Path(st.Path))
	m.header(":authority", model.Provider.Host)
	m.header(envoy.HeaderCluster, model.Cluster)
	m.body = resent
	if f.framed {
		m.header("content-length", strconv.Itoa(len(m.body)))
	}
	now := s.now()
	if len(s.lost(rt, st, attempt, s.now())) > 0 {
		m.note(envoy.KeyTried, triedValue(st.tried))
		m.noteString(envoy.KeyEscalation, reasons(st.tried))
	}
	m.note(envoy.KeyStarted, structpb.NewNumberValue(float64(now.UnixMilli())))
	return m.requestBody()
}

// candidate returns the model that the attempt goes to: Envoy's word on the cluster
// first, the order of the plan where Envoy does not say. A model at several efforts has one
// cluster: there the order tells them apart.
func (s *Server) candidate(rt *config.Runtime, st *state, f facts, attempt int) *routing.Model {
	var next *routing.Model
	if attempt <= len(st.Candidates) {
		next = rt.Router.Model(st.Candidates[attempt-1])
	}
	cluster := f.cluster()
	if cluster == "" || next != nil && next.Cluster == cluster {
		return next
	}
	for _, name := range st.Candidates {
		if m := rt.Router.Model(name); m != nil && m.Cluster == cluster {
			return m
		}
	}
	return next
}

// since is the time from a Unix millisecond to now, never negative: clocks of
// replicas may differ.
func since(ms int64, now time.Time) time.Duration {
	return max(now.Sub(time.UnixMilli(ms)), 0)
}
