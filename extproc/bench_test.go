package extproc

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing/pipeline"
)

var benchSizes = []struct {
	name  string
	bytes int
}{{"1KB", 1 << 10}, {"30KB", 30 << 10}, {"160KB", 160 << 10}}

// benchText is prose of about n bytes in which no two sentences are the same.
func benchText(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "In year %d the mill at bend %d of the river ground %d sacks of wheat for the town. ", 1700+i, i*31%977, i*i%1009)
	}
	return b.String()
}

// benchRequest is a chat request of about size bytes, all of it written by a person.
func benchRequest(size int) []byte {
	return []byte(`{"model":"auto","messages":[{"role":"user","content":"` + benchText(size-100) + `"}]}`)
}

func benchAnswer(size int) []byte {
	return []byte(`{"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"` + benchText(size-200) +
		`"},"finish_reason":"stop"}],"usage":{"prompt_tokens":250,"completion_tokens":200}}`)
}

// benchServer decides by the built-in default and writes its log to nowhere.
func benchServer(b *testing.B) *Server {
	b.Helper()
	log := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(io.Discard), zap.InfoLevel))
	return newServer(b, "", pipeline.Stores{}, log).Server
}

// BenchmarkRoute is the whole exchange of the route filter but for gRPC: from the
// bytes of Envoy's message to those of the answer.
func BenchmarkRoute(b *testing.B) {
	s := benchServer(b)
	for _, size := range benchSizes {
		b.Run(size.name, func(b *testing.B) {
			benchProcess(b, s, size.bytes, routeMessage(b, size.bytes))
		})
	}
}

// BenchmarkJudge is the same of the judge filter, for an answer in one chunk.
func BenchmarkJudge(b *testing.B) {
	s := benchServer(b)
	for _, size := range benchSizes {
		b.Run(size.name, func(b *testing.B) {
			routed := &replay{messages: [][]byte{routeMessage(b, 1<<10)}}
			if err := s.Process(routed); err != nil {
				b.Fatal(err)
			}
			var plan extprocv3.ProcessingResponse
			if err := proto.Unmarshal(routed.sent, &plan); err != nil {
				b.Fatal(err)
			}
			headers := wire(b, &extprocv3.ProcessingRequest{
				Request: &extprocv3.ProcessingRequest_ResponseHeaders{ResponseHeaders: &extprocv3.HttpHeaders{Headers: &corev3.HeaderMap{Headers: []*corev3.HeaderValue{
					{Key: ":status", RawValue: []byte("200")},
					{Key: "content-type", RawValue: []byte("application/json")},
				}}}},
				Attributes: benchAttributes(b, map[string]any{envoy.AttributeAttempt: 1}),
				MetadataContext: &corev3.Metadata{FilterMetadata: map[string]*structpb.Struct{
					envoy.Namespace: plan.GetDynamicMetadata().GetFields()[envoy.Namespace].GetStructValue(),
				}},
			})
			chunk := wire(b, &extprocv3.ProcessingRequest{
				Request: &extprocv3.ProcessingRequest_ResponseBody{ResponseBody: &extprocv3.HttpBody{Body: benchAnswer(size.bytes), EndOfStream: true}},
			})
			benchProcess(b, s, size.bytes, headers, chunk)
		})
	}
}

func benchProcess(b *testing.B, s *Server, size int, messages ...[]byte) {
	b.Helper()
	b.SetBytes(int64(size))
	b.ReportAllocs()
	r := &replay{messages: messages}
	for b.Loop() {
		r.next = 0
		if err := s.Process(r); err != nil {
			b.Fatal(err)
		}
	}
}

// replay is a conversation in which Envoy always says the same.
type replay struct {
	grpc.ServerStream
	messages [][]byte
	next     int
	sent     []byte // the last answer
}

func (*replay) Context() context.Context { return context.Background() }

func (r *replay) Recv() (*extprocv3.ProcessingRequest, error) {
	if r.next == len(r.messages) {
		return nil, io.EOF
	}
	m := new(extprocv3.ProcessingRequest)
	err := proto.Unmarshal(r.messages[r.next], m)
	r.next++
	return m, err
}

func (r *replay) Send(m *extprocv3.ProcessingResponse) (err error) {
	r.sent, err = proto.MarshalOptions{}.MarshalAppend(r.sent[:0], m)
	return err
}

func routeMessage(b *testing.B, size int) []byte {
	b.Helper()
	return wire(b, &extprocv3.ProcessingRequest{
		Request:    &extprocv3.ProcessingRequest_RequestBody{RequestBody: &extprocv3.HttpBody{Body: benchRequest(size), EndOfStream: true}},
		Attributes: benchAttributes(b, map[string]any{envoy.AttributePath: "/v1/chat/completions", envoy.AttributeRequestID: "id-1"}),
	})
}

func benchAttributes(b *testing.B, values map[string]any) map[string]*structpb.Struct {
	b.Helper()
	s, err := structpb.NewStruct(values)
	if err != nil {
		b.Fatal(err)
	}
	return map[string]*structpb.Struct{"envoy.filters.http.ext_proc": s}
}

func wire(b *testing.B, m proto.Message) []byte {
	b.Helper()
	text, err := proto.Marshal(m)
	if err != nil {
		b.Fatal(err)
	}
	return text
}
