package extproc

import (
	"maps"
	"math"
	"testing"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/data/accesslog/v3"
	alsv3 "github.com/envoyproxy/go-control-plane/envoy/service/accesslog/v3"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"sluice/envoy"
	"sluice/routing/pipeline"
	"sluice/routing/tokens"
	"sluice/routing/verdict"
)

// logged is an entry of Envoy's access log on a request with that metadata: the request was
// sent on, and took a second.
func logged(meta *structpb.Struct, attempts, status uint32, flags *accesslogv3.ResponseFlags, change ...func(*accesslogv3.AccessLogCommon)) *accesslogv3.HTTPAccessLogEntry {
	c := &accesslogv3.AccessLogCommon{
		Metadata:                    &corev3.Metadata{FilterMetadata: map[string]*structpb.Struct{envoy.Namespace: meta.GetFields()[envoy.Namespace].GetStructValue()}},
		AccessLogType:               accesslogv3.AccessLogType_DownstreamEnd,
		StartTime:                   timestamppb.New(time.Now().Add(-time.Second)),
		Duration:                    durationpb.New(time.Second),
		TimeToFirstUpstreamTxByte:   durationpb.New(time.Millisecond),
		UpstreamRequestAttemptCount: attempts,
		ResponseFlags:               flags,
	}
	for _, f := range change {
		f(c)
	}
	return &accesslogv3.HTTPAccessLogEntry{
		CommonProperties: c,
		Response:         &accesslogv3.HTTPResponseProperties{ResponseCode: wrapperspb.UInt32(status)},
	}
}

// tell sends entries over a stream of their own, and returns when they are taken.
func (e *envoyFake) tell(entries ...*accesslogv3.HTTPAccessLogEntry) {
	e.t.Helper()
	stream, err := e.log.StreamAccessLogs(e.t.Context())
	if err != nil {
		e.t.Fatal(err)
	}
	m := &alsv3.StreamAccessLogsMessage{LogEntries: &alsv3.StreamAccessLogsMessage_HttpLogs{
		HttpLogs: &alsv3.StreamAccessLogsMessage_HTTPAccessLogEntries{LogEntry: entries},
	}}
	if err := stream.Send(m); err != nil {
		e.t.Fatal(err)
	}
	if _, err := stream.CloseAndRecv(); err != nil {
		e.t.Fatal(err)
	}
}

func began(c *accesslogv3.AccessLogCommon) {
	c.TimeToFirstUpstreamRxByte = durationpb.New(2 * time.Millisecond)
}

// dollarEach is the price of a body's tokens at a dollar a million.
func dollarEach(body string) float64 { return float64(tokens.EstimateBody([]byte(body))) / 1e6 }

func unsent(c *accesslogv3.AccessLogCommon) { c.TimeToFirstUpstreamTxByte = nil }

func TestEnded(t *testing.T) {
	const limit = 30 // tokens of the answer, the client's own
	request := chat[:len(chat)-1] + `,"max_tokens":30}`
	input := dollarEach(request)
	gone := &accesslogv3.ResponseFlags{DownstreamConnectionTermination: true}
	for _, tt := range []struct {
		name  string
		entry func(meta *structpb.Struct) *accesslogv3.HTTPAccessLogEntry
		why   string
		cost  float64
	}{
		{"time-out", func(m *structpb.Struct) *accesslogv3.HTTPAccessLogEntry {
			return logged(m, 1, 504, &accesslogv3.ResponseFlags{UpstreamMaxStreamDurationReached: true})
		}, "timeout", input},
		{"unreachable", func(m *structpb.Struct) *accesslogv3.HTTPAccessLogEntry {
			return logged(m, 1, 503, &accesslogv3.ResponseFlags{UpstreamConnectionFailure: true})
		}, "unreachable", 0},
		{"client gone before anything was sent", func(m *structpb.Struct) *accesslogv3.HTTPAccessLogEntry {
			return logged(m, 1, 0, gone, unsent)
		}, "client_gone", 0},
		{"client gone while the model thinks", func(m *structpb.Struct) *accesslogv3.HTTPAccessLogEntry {
			return logged(m, 1, 0, gone)
		}, "client_gone", input},
		{"client gone while the answer is held", func(m *structpb.Struct) *accesslogv3.HTTPAccessLogEntry {
			return logged(m, 1, 0, gone, began)
		}, "client_gone", input + 2*limit/1e6},
		{"nobody asked", func(m *structpb.Struct) *accesslogv3.HTTPAccessLogEntry {
			return logged(m, 0, 503, &accesslogv3.ResponseFlags{NoHealthyUpstream: true}, unsent)
		}, "unreachable", 0},
		{"answer that nobody judged", func(m *structpb.Struct) *accesslogv3.HTTPAccessLogEntry {
			return logged(m, 1, 200, nil, began)
		}, "unjudged", input + 2*limit/1e6},
		{"error that nobody judged", func(m *structpb.Struct) *accesslogv3.HTTPAccessLogEntry {
			return logged(m, 1, 400, nil, began)
		}, "unjudged", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, e := paying(t)
			_, meta := e.routed("/v1/chat/completions", request, nil)
			if b := balanceOf(t, s); b.Reserved == 0 {
				t.Fatalf("nothing is reserved: %+v", b)
			}
			e.tell(tt.entry(meta), tt.entry(meta)) // told twice, charged once
			if b := balanceOf(t, s); math.Abs(b.Spent-tt.cost) > 1e-9 || b.Reserved != 0 {
				t.Errorf("%+v, want %v spent", b, tt.cost)
			}
			if n := s.counted(t, "sluice_unanswered_total", "small", tt.why); n != 1 {
				t.Errorf("%v requests ended as %s, want 1", n, tt.why)
			}
		})
	}
}

// A client that leaves before Envoy has the route filter's reply leaves no plan in the metadata.
// The entry names the request as the attributes did.
func TestLeftBeforeTheReply(t *testing.T) {
	s, e := paying(t)
	at := time.Date(2030, 1, 2, 3, 4, 5, 678_901_000, time.UTC)
	entry := logged(nil, 0, 0, &accesslogv3.ResponseFlags{DownstreamConnectionTermination: true}, unsent, func(c *accesslogv3.AccessLogCommon) {
		c.StartTime = timestamppb.New(at)
		c.CustomTags = map[string]string{envoy.TagConnection: "7"}
	})
	entry.Request = &accesslogv3.HTTPRequestProperties{RequestId: "id-1"}
	e.routed("/v1/chat/completions", chat, map[string]any{"connection.id": 7, "request.time": at.Format(time.RFC3339Nano)})
	e.routed("/v1/chat/completions", chat, map[string]any{"connection.id": 8, "request.time": at.Format(time.RFC3339Nano)})
	two := balanceOf(t, s)
	e.tell(entry, entry)
	if b := balanceOf(t, s); b.Spent != 0 || math.Abs(b.Reserved-two.Reserved/2) > 1e-9 {
		t.Errorf("%+v, want one of two reservations given back, %+v", b, two)
	}
}

// An attempt that was given up is paid for although no other is answered, and once.
func TestEndedAfterEscalation(t *testing.T) {
	for _, tt := range []struct {
		name     string
		attempts uint32
		status   uint32
		flags    *accesslogv3.ResponseFlags
		cost     float64
	}{
		{"Envoy does not retry", 1, 200, nil, attemptCost},
		{"the next one cannot be reached", 2, 503, &accesslogv3.ResponseFlags{UpstreamConnectionFailure: true}, attemptCost},
		{"the next one is too slow", 2, 504, &accesslogv3.ResponseFlags{UpstreamMaxStreamDurationReached: true}, attemptCost + dollarEach(chat)},
		{"the client leaves", 2, 0, &accesslogv3.ResponseFlags{DownstreamRemoteReset: true}, attemptCost + dollarEach(chat)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, e := paying(t)
			_, meta := e.routed("/v1/chat/completions", chat, nil)
			c := e.judging(meta, "small", 1, ":status", "200", "content-type", "application/json").send(chunk(completion(""), true))
			r := c.receive()
			if set(r.GetResponseHeaders().GetResponse().GetHeaderMutation())[envoy.HeaderEscalate] == "" {
				t.Fatal("not given up")
			}
			c.receive()
			c.ended()
			maps.Copy(meta.Fields[envoy.Namespace].GetStructValue().Fields, r.GetDynamicMetadata().Fields[envoy.Namespace].GetStructValue().Fields)
			if b := balanceOf(t, s); b.Reserved == 0 {
				t.Errorf("nothing is held for the next attempt: %+v", b)
			}
			e.tell(logged(meta, tt.attempts, tt.status, tt.flags))
			if b := balanceOf(t, s); math.Abs(b.Spent-tt.cost) > 1e-9 || b.Reserved != 0 {
				t.Errorf("%+v, want %v spent", b, tt.cost)
			}
		})
	}
}

// A client that leaves in the moment that a judge lets its answer go is told of as well, and
// settled once: by what the provider says.
func TestEndedInThatMoment(t *testing.T) {
	s, e := paying(t)
	_, meta := e.routed("/v1/chat/completions", chat, nil)
	c := e.judging(meta, "small", 1, ":status", "200", "content-type", "application/json").send(chunk(completion(goodText), true))
	c.receive()
	c.receive()
	c.ended()
	e.tell(logged(meta, 1, 0, &accesslogv3.ResponseFlags{DownstreamConnectionTermination: true}, began))
	if b := balanceOf(t, s); math.Abs(b.Spent-attemptCost) > 1e-9 || b.Reserved != 0 {
		t.Errorf("%+v, want %v spent", b, attemptCost)
	}
	if n := s.counted(t, "sluice_unanswered_total", "small", "client_gone"); n != 0 {
		t.Errorf("counted %v times as unanswered", n)
	}
}

// Entries on requests that are still under way, or that a judge settles, change nothing:
// what the filter of Envoy's log should keep back, and where Envoy logs at intervals cannot.
func TestEndedTooEarly(t *testing.T) {
	s, e := paying(t)
	_, meta := e.routed("/v1/chat/completions", chat, nil)
	before := balanceOf(t, s)
	answered := structpb.NewStructValue(&structpb.Struct{Fields: maps.Clone(meta.Fields[envoy.Namespace].GetStructValue().Fields)})
	answered.GetStructValue().Fields[envoy.KeyAnswered] = structpb.NewBoolValue(true)
	answered.GetStructValue().Fields[envoy.KeyCost] = structpb.NewNumberValue(0)
	e.tell(
		logged(meta, 1, 0, nil, func(c *accesslogv3.AccessLogCommon) { c.AccessLogType = accesslogv3.AccessLogType_DownstreamPeriodic }),
		logged(&structpb.Struct{Fields: map[string]*structpb.Value{envoy.Namespace: answered}}, 1, 200, nil, began),
	)
	if b := balanceOf(t, s); b != before || b.Reserved == 0 {
		t.Errorf("%+v, want %+v", b, before)
	}
}

// An answer whose judge has let it go, and died before its end, is settled by estimate. One that
// was cut off is not: its judge settles what it has read.
func TestEndedUnread(t *testing.T) {
	for _, tt := range []struct {
		name    string
		flags   *accesslogv3.ResponseFlags
		settled bool
	}{
		{"whole", nil, true},
		{"cut off", &accesslogv3.ResponseFlags{UpstreamConnectionTermination: true}, false},
		{"the client left", &accesslogv3.ResponseFlags{DownstreamConnectionTermination: true}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, e := paying(t)
			_, meta := e.routed("/v1/chat/completions", chat, nil)
			meta.Fields[envoy.Namespace].GetStructValue().Fields[envoy.KeyAnswered] = structpb.NewBoolValue(true)
			e.tell(logged(meta, 1, 200, tt.flags, began))
			if b := balanceOf(t, s); (b.Spent > 0 && b.Reserved == 0) != tt.settled {
				t.Errorf("%+v", b)
			}
		})
	}
}

// The client's own retry of a request is a request of its own: providers bill both.
func TestClientRetryIsChargedByItself(t *testing.T) {
	s, e := paying(t)
	sent := func(count string) *structpb.Struct {
		_, meta := e.routed("/v1/chat/completions", chat, map[string]any{envoy.AttributeHeader("x-request-id"): "the same", envoy.AttributeConnection: count})
		return meta
	}
	meta := sent("0")
	var m mutation
	m.setTried([]pipeline.Tried{{Model: "small", Reason: verdict.Empty, Cost: attemptCost}})
	meta.Fields[envoy.Namespace].GetStructValue().Fields[envoy.KeyTried] = m.namespace(envoy.Namespace).Fields[envoy.KeyTried]
	e.tell(logged(meta, 2, 500, nil, began))
	c := e.judging(sent("1"), "small", 1, ":status", "200", "content-type", "application/json").send(chunk(completion(goodText), true))
	c.receive()
	c.receive()
	c.ended()
	if b := balanceOf(t, s); math.Abs(b.Spent-2*attemptCost) > 1e-9 || b.Reserved != 0 {
		t.Errorf("%+v, want %v spent", b, 2*attemptCost)
	}
}

// A judge that lets an answer go says so, and Envoy's log does not tell of the request then.
func TestAnsweredIsMarked(t *testing.T) {
	_, e := paying(t)
	_, meta := e.routed("/v1/chat/completions", chat, nil)
	c := e.judging(meta, "small", 1, ":status", "200", "content-type", "application/json").send(chunk(completion(goodText), true))
	if !c.receive().GetDynamicMetadata().GetFields()[envoy.Namespace].GetStructValue().GetFields()[envoy.KeyAnswered].GetBoolValue() {
		t.Error("the answer is not marked")
	}
}

// An answer that breaks off after its release is counted; one whose client leaves is not.
func TestBrokenOff(t *testing.T) {
	s, e := paying(t)
	_, meta := e.routed("/v1/chat/completions", chat, nil)
	meta.Fields[envoy.Namespace].GetStructValue().Fields[envoy.KeyAnswered] = structpb.NewBoolValue(true)
	e.tell(logged(meta, 1, 200, &accesslogv3.ResponseFlags{DownstreamConnectionTermination: true}), logged(meta, 1, 200, nil),
		logged(meta, 1, 200, &accesslogv3.ResponseFlags{UpstreamConnectionTermination: true}),
		logged(meta, 9, 200, &accesslogv3.ResponseFlags{UpstreamConnectionTermination: true}))
	if n := s.counted(t, "sluice_late_failures_total", "small", "unreachable"); n != 1 {
		t.Errorf("%v counted, want 1", n)
	}
}

// Entries that are none of Sluice's requests change nothing, and later ones are taken.
func TestForeignEntries(t *testing.T) {
	s, e := paying(t)
	_, meta := e.routed("/v1/chat/completions", chat, nil)
	broken, err := structpb.NewStruct(map[string]any{envoy.Namespace: map[string]any{envoy.KeyPlan: "no plan"}})
	if err != nil {
		t.Fatal(err)
	}
	empty, err := structpb.NewStruct(map[string]any{envoy.Namespace: map[string]any{envoy.KeyPlan: "{}"}})
	if err != nil {
		t.Fatal(err)
	}
	e.tell(&accesslogv3.HTTPAccessLogEntry{}, logged(nil, 1, 200, nil), logged(broken, 1, 200, nil), logged(empty, 9, 200, nil),
		logged(meta, math.MaxUint32, 503, &accesslogv3.ResponseFlags{UpstreamConnectionFailure: true}))
	if b := balanceOf(t, s); b.Reserved != 0 || b.Spent != 0 {
		t.Errorf("%+v, want nothing reserved", b)
	}
}

// The server ends the log's stream when it closes, for Envoy never does.
func TestCloseEndsTheLog(t *testing.T) {
	s, e := paying(t)
	stream, err := e.log.StreamAccessLogs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if err := stream.RecvMsg(&alsv3.StreamAccessLogsResponse{}); err != nil {
		t.Errorf("the stream ends with %v", err)
	}
}
