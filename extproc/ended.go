package extproc

import (
	"errors"
	"io"

	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/data/accesslog/v3"
	alsv3 "github.com/envoyproxy/go-control-plane/envoy/service/accesslog/v3"
	"go.uber.org/zap"

	"sluice/envoy"
	"sluice/routing"
	"sluice/routing/config"
	"sluice/routing/experiment"
	"sluice/routing/header"
	"sluice/routing/verdict"
)

// Why no judge let an answer go, where it is not a [verdict.Reason]: a closed set, fit for a
// metric label.
const (
	clientGone verdict.Reason = "client_gone" // before there was an answer
	unjudged   verdict.Reason = "unjudged"    // Envoy gave the answer of itself: Sluice was away, or no retry was left
)

// StreamAccessLogs takes what Envoy's access log tells of requests that have ended without
// a judge who settles them. Envoy keeps the stream open; where [Server.Close] ends it, Envoy
// opens another.
func (s *Server) StreamAccessLogs(stream alsv3.AccessLogService_StreamAccessLogsServer) error {
	entries := make(chan []*accesslogv3.HTTPAccessLogEntry)
	failed := make(chan error, 1)
	go func() {
		for {
			m, err := stream.Recv()
			if err != nil {
				failed <- err
				return
			}
			select {
			case entries <- m.GetHttpLogs().GetLogEntry():
			case <-stream.Context().Done():
				return
			}
		}
	}()
	for {
		select {
		case list := <-entries:
			s.endedAll(list)
		case err := <-failed:
			if !errors.Is(err, io.EOF) {
				return hungUp(err)
			}
			return hungUp(stream.SendAndClose(&alsv3.StreamAccessLogsResponse{}))
		case <-s.closing:
			select {
			case list := <-entries: // received already
				s.endedAll(list)
			default:
			}
			return hungUp(stream.SendAndClose(&alsv3.StreamAccessLogsResponse{}))
		}
	}
}

func (s *Server) endedAll(list []*accesslogv3.HTTPAccessLogEntry) {
	for _, e := range list {
		s.ended(s.runtime.Load(), e)
	}
}

// ended settles a request that no judge settles: it costs what its attempts may have, and
// counts in its experiment.
func (s *Server) ended(rt *config.Runtime, e *accesslogv3.HTTPAccessLogEntry) {
	c := e.GetCommonProperties()
	ns := c.GetMetadata().GetFilterMetadata()[envoy.Namespace]
	if c.GetAccessLogType() != accesslogv3.AccessLogType_DownstreamEnd || ns.GetFields()[envoy.KeyAnswered].GetBoolValue() {
		return // of an Envoy that tells more than it should: the request goes on, or a judge settles it
	}
	st, planned, err := decodeState(ns)
	if err != nil || !planned || len(st.Candidates) == 0 {
		s.log.Debug("an entry of Envoy's access log has no plan; expected only requests that Sluice has routed", zap.Error(err))
		return
	}
	if !s.first(&st.plan) {
		return
	}
	s.unclaim(rt, &st.plan)
	s.holdings.take(st.Nonce)
	attempt := min(int(c.GetUpstreamRequestAttemptCount()), len(st.Candidates))
	status, took := int(e.GetResponse().GetResponseCode().GetValue()), c.GetDuration().AsDuration()
	s.lost(rt, st, attempt, c.GetStartTime().AsTime().Add(took))

	var b bill
	name, why := st.Candidates[max(attempt-1, 0)], ending(c, status)
	// Where a judge has given the last attempt up, it has said what that cost, too.
	if m := rt.Router.Model(name); m != nil && len(st.tried) < attempt {
		b = owing(st, m, why, c, status)
		s.metrics.spent(m, b)
	}
	usd, _ := st.lostCost()
	usd += b.cost
	s.charge(rt, st, usd)
	s.record(rt, st, experiment.Outcome{
		ID: st.ID, At: s.now(), Cost: usd, Seconds: took.Seconds(), Tokens: b.usage.Output,
		Escalated: attempt > 1,
		Failed:    why != clientGone && (status == 0 || status >= 400),
	})
	s.metrics.unanswered(name, why)
	model, effort := named(rt, name)
	s.log.Info("unanswered",
		zap.String("request_id", st.ID),
		zap.Stringer("api", st.API),
		zap.String("strategy", st.Strategy),
		zap.String("domain", st.Domain),
		zap.String("reason", st.Reason),
		zap.String("model", model),
		zap.String("effort", effort),
		zap.Int("attempts", attempt),
		zap.String("escalation", reasons(st.tried)),
		zap.String("why", string(why)),
		zap.String("details", clip(e.GetResponse().GetResponseCodeDetails(), 100)),
		zap.Int("status", status),
		zap.Duration("took", took),
		zap.Float64("cost_usd", usd),
		zap.String("cost_source", header.SourceEstimate),
		zap.String("experiment", st.Part.Experiment),
		zap.String("variant", st.Part.Variant),
	)
}

// ending says why no judge let an answer go.
func ending(c *accesslogv3.AccessLogCommon, status int) verdict.Reason {
	f := c.GetResponseFlags()
	switch {
	case f.GetDownstreamConnectionTermination(), f.GetDownstreamRemoteReset(), f.GetDownstreamProtocolError():
		return clientGone
	case f.GetUpstreamRequestTimeout(), f.GetUpstreamMaxStreamDurationReached(), f.GetDurationTimeout(), f.GetStreamIdleTimeout():
		return verdict.Timeout
	case status > 0 && c.GetTimeToFirstUpstreamRxByte() != nil:
		return unjudged
	default:
		return verdict.Unreachable
	}
}

// owing is what the last attempt may have cost, though nobody has read what the provider
// says of it: it has read the request, and where it had begun to answer, it went on.
func owing(st *state, m *routing.Model, why verdict.Reason, c *accesslogv3.AccessLogCommon, status int) bill {
	switch {
	case free(st.API), why == verdict.Unreachable, why == unjudged && status >= 400, c.GetTimeToFirstUpstreamTxByte() == nil:
		return bill{}
	case c.GetTimeToFirstUpstreamRxByte() == nil:
		return assumed(st, m, 0)
	default:
		return assumed(st, m, m.AssumedLength(st.Limit))
	}
}
