package extproc

import (
	"context"
	"errors"
	"io"
	"time"

	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/data/accesslog/v3"
	alsv3 "github.com/envoyproxy/go-control-plane/envoy/service/accesslog/v3"
	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	"sluice/envoy"
	"sluice/routing/pipeline"
)

// StreamAccessLogs receives what Envoy's access log says of requests that have ended without
// an answer that the judge filter released and read to its end, or whose answer broke off, and of those
// whose client left before Envoy had the reply of the route filter. Envoy keeps
// the stream open; where [Server.Close] ends it, Envoy opens another.
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
			s.unanswered(stream.Context(), list)
		case err := <-failed:
			if !errors.Is(err, io.EOF) {
				return ignoreClosed(err)
			}
			return ignoreClosed(stream.SendAndClose(&alsv3.StreamAccessLogsResponse{}))
		case <-s.closing:
			select {
			case list := <-entries: // received already
				s.unanswered(stream.Context(), list)
			default:
			}
			return ignoreClosed(stream.SendAndClose(&alsv3.StreamAccessLogsResponse{}))
		}
	}
}

func (s *Server) unanswered(ctx context.Context, entries []*accesslogv3.HTTPAccessLogEntry) {
	for _, e := range entries {
		metadata := e.GetCommonProperties().GetMetadata()
		answered := metadata.GetFilterMetadata()[envoy.Namespace].GetFields()[envoy.KeyAnswered].GetBoolValue()
		if e.GetCommonProperties().GetAccessLogType() != accesslogv3.AccessLogType_DownstreamEnd || answered && !brokenOff(e) && !unread(e) {
			continue // of an Envoy that logs more than it should: the request goes on, or is settled by the judge filter
		}
		progress, err := decodeProgress(metadata)
		if err == nil && progress == nil && gone(e) {
			s.pipeline.Load().Unheard(ctx, uniqueOf(e))
			continue
		}
		if err != nil || progress == nil || len(progress.Candidates) == 0 {
			s.log.Debug("an entry of Envoy's access log has no plan; expected only requests that Sluice has routed", zap.Error(err))
			continue
		}
		if answered && !unread(e) {
			s.pipeline.Load().BrokenOff(ctx, progress.Plan, int(e.GetCommonProperties().GetUpstreamRequestAttemptCount()))
			continue
		}
		s.pipeline.Load().Unanswered(ctx, progress, ending(e))
	}
}

// gone reports whether the client left.
func gone(e *accesslogv3.HTTPAccessLogEntry) bool {
	f := e.GetCommonProperties().GetResponseFlags()
	return f.GetDownstreamConnectionTermination() || f.GetDownstreamRemoteReset() || f.GetDownstreamProtocolError()
}

// uniqueOf returns [pipeline.Call.Unique] of the request that the entry is about.
func uniqueOf(e *accesslogv3.HTTPAccessLogEntry) string {
	c := e.GetCommonProperties()
	return unique(e.GetRequest().GetRequestId(), c.GetCustomTags()[envoy.TagConnection], c.GetStartTime().AsTime().Format(time.RFC3339Nano))
}

// unread reports whether the answer has come to its proper end and nobody has said what it
// costs: the judge that followed it has died. Of an answer that was cut off it settles the part
// that it has read.
func unread(e *accesslogv3.HTTPAccessLogEntry) bool {
	c := e.GetCommonProperties()
	_, told := c.GetMetadata().GetFilterMetadata()[envoy.Namespace].GetFields()[envoy.KeyCost]
	return !told && proto.Size(c.GetResponseFlags()) == 0
}

// brokenOff reports whether the provider broke its answer off.
func brokenOff(e *accesslogv3.HTTPAccessLogEntry) bool {
	f := e.GetCommonProperties().GetResponseFlags()
	return f.GetUpstreamConnectionTermination() || f.GetUpstreamRemoteReset() || f.GetUpstreamProtocolError()
}

// ending translates an entry of Envoy's access log.
func ending(e *accesslogv3.HTTPAccessLogEntry) *pipeline.Ending {
	c := e.GetCommonProperties()
	flags, took := c.GetResponseFlags(), c.GetDuration().AsDuration()
	return &pipeline.Ending{
		Attempts:   int(c.GetUpstreamRequestAttemptCount()),
		Status:     int(e.GetResponse().GetResponseCode().GetValue()),
		Took:       took,
		Ended:      c.GetStartTime().AsTime().Add(took),
		Details:    e.GetResponse().GetResponseCodeDetails(),
		ClientGone: gone(e),
		TimedOut:   flags.GetUpstreamRequestTimeout() || flags.GetUpstreamMaxStreamDurationReached() || flags.GetDurationTimeout() || flags.GetStreamIdleTimeout(),
		Sent:       c.GetTimeToFirstUpstreamTxByte() != nil,
		Answered:   c.GetTimeToFirstUpstreamRxByte() != nil,
	}
}
