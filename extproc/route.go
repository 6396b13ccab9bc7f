package extproc

import (
	"context"
	"errors"
	"strconv"
	"time"

	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing/pipeline"
)

// tryMargin is how much longer than the judge Envoy waits for a stream, so that the judge
// decides first where both could.
const tryMargin = 500 * time.Millisecond

// route is the first step of every LLM call: begin the request, and hand Envoy its first
// attempt and the plan. It returns one mutation of headers, body and metadata, a local reply,
// or nil where the client has left.
func route(ctx context.Context, p *pipeline.Pipeline, a attributes, body []byte) *extprocv3.ProcessingResponse {
	call := a.call(body)
	plan, reply, err := p.Begin(ctx, call)
	switch {
	case err != nil && (ctx.Err() != nil || errors.Is(err, pipeline.ErrClientGone)):
		return nil
	case err != nil:
		return localReply(p.ErrorReply(call, err))
	case reply != nil:
		return localReply(reply)
	}
	m := upstream(&plan.First, a, p.Runtime().File.Envoy.ForwardHeaders)
	m.reroute = true
	m.header(envoy.HeaderMaxRetries, strconv.Itoa(plan.MaxRetries()))
	if plan.Expect.Stream {
		// A stream may last: its silence is bounded instead, and the whole by stream_time.
		m.header(envoy.HeaderStreamDuration, "0")
		m.header(envoy.HeaderTimeout, milliseconds(p.Runtime().StreamTime))
		// Envoy knows one such limit for all attempts, until a response is released. Once there are
		// headers the judge gives up earlier, by the candidate's own.
		m.header(envoy.HeaderTryTimeout, milliseconds(p.LongestAttempt(plan)+tryMargin))
	}
	m.header("accept-encoding", "identity") // neither words nor usage of a compressed answer can be read

	m.setMetadata(envoy.KeyRoute, structpb.NewBoolValue(true))
	m.setString(envoy.KeyFormat, plan.API.Format().String())
	m.setString(envoy.KeyStrategy, plan.Strategy)
	m.setString(envoy.KeyDomain, plan.Domain)
	m.setString(envoy.KeyReason, plan.Reason)
	m.setString(envoy.KeyCache, plan.Cache)
	m.setString(envoy.KeyExperiment, plan.Assignment.Experiment)
	m.setString(envoy.KeyVariant, plan.Assignment.Variant)
	m.setPlan(plan)
	if !a.headersSent {
		m.headersToMetadata()
	}
	return m.requestBody()
}

// upstream is what an attempt changes of the request: the candidate's path, host and cluster,
// the body, and the headers that providers do not get. forward are the operator's own names of
// those that they get.
func upstream(u *pipeline.UpstreamRequest, a attributes, forward []string) *mutation {
	m := &mutation{remove: a.notForwarded(forward), body: u.Body}
	m.header(":path", u.Path)
	m.header(":authority", u.Model.Provider.Host)
	m.header(envoy.HeaderCluster, u.Model.Cluster)
	if u.Body != nil && a.headersSent {
		m.header("content-length", strconv.Itoa(len(u.Body)))
	}
	return m
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
