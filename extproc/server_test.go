package extproc

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	filterv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ext_proc/v3"
	alsv3 "github.com/envoyproxy/go-control-plane/envoy/service/accesslog/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing/cache"
	"sluice/routing/config"
	"sluice/routing/pipeline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testConfig = `
providers:
  local:     {endpoint: "http://local:8000/v1", format: openai}
  openai:    {endpoint: "https://api.openai.com/v1", format: openai, credential: {env: K}}
  anthropic: {endpoint: "https://api.anthropic.com", format: [anthropic, openai], credential: {env: K}}
models:
  - {name: small, provider: local, tier: budget, timeout: 5s, min_confidence: 0.8}
  - {name: mid, provider: openai, tier: standard, capabilities: [json], price: {input: 1, output: 2}}
  - {name: gpt, provider: openai, tier: premium, capabilities: [json, tools], price: {input: 2, output: 4}}
  - {name: claude, provider: anthropic, tier: flagship, upstream_name: claude-20250514, price: {input: 3, output: 15}}
routing:
  strategy: cascade
  cascade: [small, mid, claude]
  structured_model: gpt
  allow_headers: [x-sluice-strategy]
identity: {user: {header: x-user}}
judge: {stream_hold: {events: 4, time: 50ms}}
`

// envoyFake speaks to a server as Envoy's filters do, one conversation at a time.
type envoyFake struct {
	t      *testing.T
	client extprocv3.ExternalProcessorClient
	log    alsv3.AccessLogServiceClient
}

func serve(t *testing.T) *envoyFake {
	t.Helper()
	return speakTo(t, newServer(t, testConfig, pipeline.Stores{}, zap.NewNop()).Server)
}

// A testServer is a server with what tests look at.
type testServer struct {
	*Server
	stores   pipeline.Stores
	registry *prometheus.Registry
}

// newServer returns a server for a configuration; "" is the built-in default.
func newServer(t testing.TB, yaml string, stores pipeline.Stores, log *zap.Logger) *testServer {
	t.Helper()
	registry := prometheus.NewRegistry()
	p := pipeline.New(runtimeOf(t, yaml), stores, log, pipeline.NewMetrics(registry))
	return &testServer{New(p, log), stores, registry}
}

// counted returns the value of a counter or gauge, 0 where it has none with the labels, in
// the order of their names.
func (s *testServer) counted(t *testing.T, name string, labels ...string) float64 {
	t.Helper()
	families, err := s.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var values []string
			for _, l := range m.GetLabel() {
				values = append(values, l.GetValue())
			}
			if f.GetName() == name && slices.Equal(values, labels) {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return 0
}

func runtimeOf(t testing.TB, yaml string) *config.Runtime {
	t.Helper()
	f := config.Default()
	if yaml != "" {
		var err error
		if f, _, err = config.Load("test.yaml", []byte(yaml)); err != nil {
			t.Fatal(err)
		}
	}
	rt, err := config.Build(f)
	if err != nil {
		t.Fatal(err)
	}
	return rt
}

// memoryCache returns a cache of a megabyte.
func memoryCache(t testing.TB) cache.Store {
	t.Helper()
	m, err := cache.NewMemory(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// speakTo serves until the test ends, every conversation to its own end.
func speakTo(t *testing.T, s *Server) *envoyFake {
	t.Helper()
	l := bufconn.Listen(1 << 20)
	g := grpc.NewServer(grpc.MaxRecvMsgSize(64<<20), grpc.WaitForHandlers(true))
	extprocv3.RegisterExternalProcessorServer(g, s)
	alsv3.RegisterAccessLogServiceServer(g, s)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = g.Serve(l)
	}()
	conn, err := grpc.NewClient("passthrough:///test", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		g.Stop()
		<-done
	})
	return &envoyFake{t, extprocv3.NewExternalProcessorClient(conn), alsv3.NewAccessLogServiceClient(conn)}
}

type conversation struct {
	t      *testing.T
	stream extprocv3.ExternalProcessor_ProcessClient
}

func (e *envoyFake) open() *conversation {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(e.t.Context(), 10*time.Second)
	e.t.Cleanup(cancel)
	s, err := e.client.Process(ctx)
	if err != nil {
		e.t.Fatal(err)
	}
	return &conversation{e.t, s}
}

func (c *conversation) send(m *extprocv3.ProcessingRequest) *conversation {
	c.t.Helper()
	if err := c.stream.Send(m); err != nil {
		c.t.Fatal(err)
	}
	return c
}

func (c *conversation) receive() *extprocv3.ProcessingResponse {
	c.t.Helper()
	m, err := c.stream.Recv()
	if err != nil {
		c.t.Fatalf("receive: %v", err)
	}
	return m
}

// ended demands that the server has ended the conversation without an error.
func (c *conversation) ended() {
	c.t.Helper()
	if m, err := c.stream.Recv(); !errors.Is(err, io.EOF) {
		c.t.Fatalf("expected the end of the conversation, got %v, %v", m, err)
	}
}

func attributesOf(t *testing.T, values map[string]any) map[string]*structpb.Struct {
	t.Helper()
	s, err := structpb.NewStruct(values)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*structpb.Struct{"envoy.filters.http.ext_proc": s}
}

func requestBody(t *testing.T, path, body string, extra map[string]any) *extprocv3.ProcessingRequest {
	values := map[string]any{"request.path": path, "request.id": "id-1"}
	maps.Copy(values, extra)
	return &extprocv3.ProcessingRequest{
		Request:    &extprocv3.ProcessingRequest_RequestBody{RequestBody: &extprocv3.HttpBody{Body: []byte(body), EndOfStream: true}},
		Attributes: attributesOf(t, values),
	}
}

func headerMap(pairs ...string) *corev3.HeaderMap {
	h := &corev3.HeaderMap{}
	for i := 0; i < len(pairs); i += 2 {
		h.Headers = append(h.Headers, &corev3.HeaderValue{Key: pairs[i], RawValue: []byte(pairs[i+1])})
	}
	return h
}

func set(m *extprocv3.HeaderMutation) map[string]string {
	out := make(map[string]string)
	for _, h := range m.GetSetHeaders() {
		out[h.GetHeader().GetKey()] = string(h.GetHeader().GetRawValue())
	}
	return out
}

// routed sends a request through the route filter and returns its reply and metadata.
func (e *envoyFake) routed(path, body string, extra map[string]any) (*extprocv3.CommonResponse, *structpb.Struct) {
	e.t.Helper()
	c := e.open().send(requestBody(e.t, path, body, extra))
	m := c.receive()
	c.ended()
	r := m.GetRequestBody().GetResponse()
	if r == nil {
		e.t.Fatalf("not routed: %v", m)
	}
	return r, m.GetDynamicMetadata()
}

// left are the headers that the reply leaves in metadata, where only the body was sent.
func left(meta *structpb.Struct) map[string]string {
	out := make(map[string]string)
	for k, v := range meta.GetFields()[envoy.HeadersNamespace].GetStructValue().GetFields() {
		out[k] = v.GetStringValue()
	}
	return out
}

const chat = `{"model":"auto","messages":[{"role":"user","content":"Tell me about rivers"}]}`

func TestRoute(t *testing.T) {
	e := serve(t)
	r, meta := e.routed("/v1/chat/completions?x=1", chat, nil)
	if got := string(r.GetBodyMutation().GetBody()); got != strings.Replace(chat, "auto", "small", 1) {
		t.Errorf("body %s", got)
	}
	want := map[string]string{
		"path": "/v1/chat/completions", "authority": "local:8000",
		"x-sluice-cluster": "small", "x-envoy-max-retries": "2", "accept-encoding": "identity",
	}
	for k, v := range want {
		if got := left(meta)[k]; got != v {
			t.Errorf("header %s = %q, want %q", k, got, v)
		}
	}
	if m := r.GetHeaderMutation(); len(m.GetSetHeaders()) != 1 {
		t.Errorf("expected one header mutation, for the route to be picked again, got %v", m)
	}
	if !r.GetClearRouteCache() {
		t.Error("the route is not picked again")
	}
	var clusters []string
	for _, g := range meta.Fields[envoy.CascadeNamespace].GetStructValue().Fields[envoy.KeyGroups].GetListValue().Values {
		clusters = append(clusters, g.GetStructValue().Fields["clusters"].GetListValue().Values[0].GetStructValue().Fields["cluster_name"].GetStringValue())
	}
	if got := strings.Join(clusters, " "); got != "small mid claude" {
		t.Errorf("cascade %q", got)
	}
	ns := meta.Fields[envoy.Namespace].GetStructValue()
	if !ns.Fields[envoy.KeyRoute].GetBoolValue() || ns.Fields[envoy.KeyFormat].GetStringValue() != "openai" {
		t.Errorf("metadata %v", ns)
	}
	if text := ns.Fields[envoy.KeyPlan].GetStringValue(); strings.Contains(text, "rivers") {
		t.Errorf("the plan holds the client's text: %s", text)
	}
}

func TestRouteLeavesTheRestAlone(t *testing.T) {
	e := serve(t)
	for name, tt := range map[string]struct{ path, body, cluster, upstream string }{
		"named model":        {"/v1/chat/completions", `{"model":"gpt","messages":[]}`, "gpt", "/v1/chat/completions"},
		"responses":          {"/v1/responses", `{"model":"gpt","input":"hi"}`, "gpt", "/v1/responses"},
		"embeddings":         {"/v1/embeddings", `{"model":"mid","input":"hi"}`, "mid", "/v1/embeddings"},
		"provider's name":    {"/v1/messages?beta=true", `{"model":"claude-20250514","max_tokens":1,"messages":[]}`, "claude", "/v1/messages?beta=true"},
		"count tokens":       {"/v1/messages/count_tokens", `{"model":"claude-20250514","messages":[]}`, "claude", "/v1/messages/count_tokens"},
		"anthropic's openai": {"/v1/chat/completions", `{"model":"claude-20250514"}`, "claude", "/v1/chat/completions"},
	} {
		t.Run(name, func(t *testing.T) {
			e.t = t
			r, meta := e.routed(tt.path, tt.body, nil)
			if r.GetBodyMutation() != nil {
				t.Errorf("the body is replaced by %s", r.GetBodyMutation().GetBody())
			}
			h := left(meta)
			if path, _, _ := strings.Cut(tt.upstream, "?"); h["x-sluice-cluster"] != tt.cluster || h["path"] != path || h["x-envoy-max-retries"] != "0" {
				t.Errorf("headers %v", h)
			}
			if h["accept-encoding"] != "identity" {
				t.Error("what is compressed cannot be read for its usage")
			}
		})
	}
	t.Run("model as configured is spelt as its provider does", func(t *testing.T) {
		e.t = t
		r, _ := e.routed("/v1/messages", `{"model":"claude","max_tokens":1,"messages":[]}`, nil)
		if got := string(r.GetBodyMutation().GetBody()); !strings.Contains(got, `"model":"claude-20250514"`) {
			t.Errorf("body %s", got)
		}
	})
}

func TestRefusals(t *testing.T) {
	e := serve(t)
	tests := []struct {
		name, path, body string
		attributes       map[string]any
		status           int
		code             string
	}{
		{"invalid JSON", "/v1/chat/completions", `{"model":`, nil, 400, "invalid_json"},
		{"no messages", "/v1/chat/completions", `{"model":"auto","messages":[]}`, nil, 400, "empty_messages"},
		{"unknown model", "/v1/messages", `{"model":"nope","messages":[{"role":"user","content":"x"}]}`, nil, 404, "model_not_found"},
		{"format", "/v1/messages", `{"model":"gpt","messages":[{"role":"user","content":"x"}]}`, nil, 400, "unsupported_format"},
		{"path", "/v1/other", `{}`, nil, 404, "unknown_path"},
		{"encoding", "/v1/chat/completions", "\x1f\x8b", map[string]any{"request.headers['content-encoding']": "exi"}, 415, "unsupported_encoding"},
		{"not as encoded", "/v1/chat/completions", "\x1f\x8b", map[string]any{"request.headers['content-encoding']": "gzip"}, 400, "invalid_encoding"},
		{"strategy", "/v1/chat/completions", chat, map[string]any{"request.headers['x-sluice-strategy']": "magic"}, 400, "unknown_strategy"},
		{"images nobody sees", "/v1/chat/completions", `{"model":"auto","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]}`, nil, 400, "no_candidate"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e.t = t
			c := e.open().send(requestBody(t, tt.path, tt.body, tt.attributes))
			r := c.receive().GetImmediateResponse()
			c.ended()
			if r == nil || int(r.GetStatus().GetCode()) != tt.status {
				t.Fatalf("reply %v", r)
			}
			var shape struct {
				Type  string
				Error struct{ Message, Code, Type string }
			}
			if err := json.Unmarshal(r.GetBody(), &shape); err != nil {
				t.Fatalf("%s: %v", r.GetBody(), err)
			}
			if shape.Error.Code != tt.code || shape.Error.Message == "" {
				t.Errorf("body %s", r.GetBody())
			}
			if anthropic := tt.path == "/v1/messages"; anthropic != (shape.Type == "error") {
				t.Errorf("body %s has the shape of the other API", r.GetBody())
			}
			h := set(r.GetHeaders())
			if h["x-should-retry"] != "false" || h["x-sluice-request-id"] != "id-1" || h["content-type"] != "application/json" {
				t.Errorf("headers %v", h)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	e := serve(t)
	t.Run("allowed strategy", func(t *testing.T) {
		e.t = t
		_, meta := e.routed("/v1/chat/completions", chat, map[string]any{"request.headers['x-sluice-strategy']": "hierarchical"})
		if h := left(meta); h["x-sluice-cluster"] != "small" || h["x-envoy-max-retries"] != "2" {
			t.Errorf("headers %v", h)
		}
	})
	t.Run("not allowed experiment", func(t *testing.T) {
		e.t = t
		_, meta := e.routed("/v1/chat/completions", chat, map[string]any{"request.headers['x-sluice-experiment']": "x"})
		if s := meta.Fields["sluice"].GetStructValue().Fields["strategy"].GetStringValue(); s != "cascade" {
			t.Errorf("strategy %q", s)
		}
	})
	t.Run("stream", func(t *testing.T) {
		e.t = t
		_, meta := e.routed("/v1/chat/completions", `{"model":"auto","stream":true,"messages":[{"role":"user","content":"x"}]}`, nil)
		h := left(meta)
		if h["x-envoy-upstream-stream-duration-ms"] != "0" || h["x-envoy-upstream-rq-timeout-ms"] != "600000" {
			t.Errorf("headers %v", h)
		}
	})
	t.Run("sent headers", func(t *testing.T) {
		// An Envoy that sends the request headers gets its content-length kept right.
		c := serveOn(e, t).send(&extprocv3.ProcessingRequest{Request: &extprocv3.ProcessingRequest_RequestHeaders{
			RequestHeaders: &extprocv3.HttpHeaders{Headers: headerMap(":path", "/v1/chat/completions", "x-request-id", "id-2", "authorization", "Bearer k", "x-real-ip", "10.0.0.1", "content-encoding", "identity",
				"accept", "*/*", "x-stainless-lang", "go", "x-envoy-attempt-count", "1")},
		}})
		if c.receive().GetRequestHeaders() == nil {
			t.Fatal("no reply to the headers")
		}
		c.send(&extprocv3.ProcessingRequest{Request: &extprocv3.ProcessingRequest_RequestBody{
			RequestBody: &extprocv3.HttpBody{Body: []byte(chat), EndOfStream: true},
		}})
		r := c.receive().GetRequestBody().GetResponse()
		c.ended()
		if got := set(r.GetHeaderMutation())["content-length"]; got != "79" || len(r.GetBodyMutation().GetBody()) != 79 {
			t.Errorf("content-length %q for %d bytes", got, len(r.GetBodyMutation().GetBody()))
		}
		if h := set(r.GetHeaderMutation()); h[":path"] != "/v1/chat/completions" || h[":authority"] != "local:8000" || h["x-sluice-cluster"] != "small" {
			t.Errorf("headers %v", h)
		}
		if diff := cmp.Diff([]string{"authorization", "x-real-ip", "content-encoding"}, r.GetHeaderMutation().GetRemoveHeaders()); diff != "" {
			t.Errorf("removed headers (-want +got):\n%s", diff)
		}
	})
	t.Run("models", func(t *testing.T) {
		c := serveOn(e, t).send(&extprocv3.ProcessingRequest{Request: &extprocv3.ProcessingRequest_RequestHeaders{
			RequestHeaders: &extprocv3.HttpHeaders{Headers: headerMap(":path", "/v1/models", ":method", "GET"), EndOfStream: true},
		}})
		r := c.receive().GetImmediateResponse()
		c.ended()
		for _, name := range []string{`"auto"`, `"small"`, `"claude"`} {
			if !strings.Contains(string(r.GetBody()), name) {
				t.Errorf("%s is not listed in %s", name, r.GetBody())
			}
		}
	})
}

// Trailers of a request follow its body, which is whole all the same where Envoy says that it
// buffers bodies.
func TestRequestTrailers(t *testing.T) {
	e := serve(t)
	for mode, want := range map[filterv3.ProcessingMode_BodySendMode]bool{
		filterv3.ProcessingMode_BUFFERED:         true,
		filterv3.ProcessingMode_BUFFERED_PARTIAL: false,
		filterv3.ProcessingMode_STREAMED:         false,
	} {
		c := serveOn(e, t).send(&extprocv3.ProcessingRequest{
			Attributes: map[string]*structpb.Struct{"envoy.filters.http.ext_proc": {Fields: map[string]*structpb.Value{
				"request.path": structpb.NewStringValue("/v1/chat/completions"),
			}}},
			ProtocolConfig: &extprocv3.ProtocolConfiguration{RequestBodyMode: mode},
			Request:        &extprocv3.ProcessingRequest_RequestBody{RequestBody: &extprocv3.HttpBody{Body: []byte(chat)}},
		})
		r, err := c.stream.Recv()
		if got := r.GetRequestBody().GetResponse().GetBodyMutation().GetBody() != nil; got != want || (err == nil) != want {
			t.Errorf("%v: %v, %v", mode, r, err)
		}
	}
}

func serveOn(e *envoyFake, t *testing.T) *conversation {
	e.t = t
	return e.open()
}

func TestProtocolFaults(t *testing.T) {
	e := serve(t)
	for name, m := range map[string]*extprocv3.ProcessingRequest{
		"body in pieces": {Request: &extprocv3.ProcessingRequest_RequestBody{RequestBody: &extprocv3.HttpBody{Body: []byte("{")}}},
		"trailers first": {Request: &extprocv3.ProcessingRequest_ResponseTrailers{ResponseTrailers: &extprocv3.HttpTrailers{}}},
		"nothing":        {},
		"broken plan": {
			Request:         &extprocv3.ProcessingRequest_ResponseHeaders{ResponseHeaders: &extprocv3.HttpHeaders{}},
			MetadataContext: &corev3.Metadata{FilterMetadata: map[string]*structpb.Struct{"sluice": {Fields: map[string]*structpb.Value{"plan": structpb.NewStringValue("{")}}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := serveOn(e, t).send(m)
			if _, err := c.stream.Recv(); err == nil || errors.Is(err, io.EOF) {
				t.Errorf("expected a gRPC error, got %v", err)
			}
		})
	}
}
