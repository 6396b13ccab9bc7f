package e2e

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/structpb"

	contract "sluice/envoy"
)

// The no-op server is what Sluice is measured against: the same messages to and from Envoy,
// with nothing done in between, on a gRPC server with default settings. It is this test
// binary, started again, so that its CPU time can be read.

const (
	noopSocket   = "E2E_NOOP_SOCKET"
	noopUpstream = "E2E_NOOP_UPSTREAM"
	// replace at the end of a path has the no-op server send the body back.
	replace = "?replace"
)

func startNoop(t testing.TB, socket, upstream string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, "noop", self, []string{noopSocket + "=" + socket, noopUpstream + "=" + upstream})
	p.printed(t, "serving")
	return p
}

// serveNoop is the main function of the no-op server.
func serveNoop() error {
	l, err := net.Listen("unix", os.Getenv(noopSocket))
	if err != nil {
		return err
	}
	plan, err := fixedPlan(os.Getenv(noopUpstream))
	if err != nil {
		return err
	}
	// A body is one message; with smaller windows Envoy would wait for updates.
	g := grpc.NewServer(grpc.InitialWindowSize(4<<20), grpc.InitialConnWindowSize(64<<20))
	extprocv3.RegisterExternalProcessorServer(g, &noopServer{plan: plan})
	fmt.Println("serving")
	return g.Serve(l)
}

// answered is the judge's word that it settles the request. Without it Envoy would send an
// entry of its access log for every request, and the no-op server would cost more than it should.
var answered = &structpb.Struct{Fields: map[string]*structpb.Value{
	contract.Namespace: structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{
		contract.KeyAnswered: structpb.NewBoolValue(true),
	}}),
}}

// fixedPlan is the metadata that Envoy needs to route a request, as large as Sluice's.
func fixedPlan(upstream string) (*structpb.Struct, error) {
	group := func(model string) any {
		return map[string]any{
			contract.KeyGroupName: model,
			contract.KeyClusters:  []any{map[string]any{contract.KeyClusterName: model, contract.KeyWeight: 1}},
		}
	}
	return structpb.NewStruct(map[string]any{
		contract.Namespace: map[string]any{
			contract.KeyRoute: true,
			contract.KeyPlan: `{"id":"00000000-0000-4000-8000-000000000000","api":1,"asked":"auto","path":"/v1/chat/completions",` +
				`"strategy":"auto","domain":"general","reason":"complexity_0.35","cands":["mid","large","huge"],"from":9,"to":15,"tokens":250,"start":1700000000000}`,
			contract.KeyFormat:   "openai",
			contract.KeyStrategy: "auto",
			contract.KeyDomain:   "general",
			contract.KeyReason:   "complexity_0.35",
		},
		contract.CascadeNamespace: map[string]any{contract.KeyGroups: []any{group("mid"), group("large"), group("huge")}},
		contract.HeadersNamespace: map[string]any{
			contract.KeyPath: "/v1/chat/completions", contract.KeyAuthority: upstream,
			contract.HeaderCluster: "mid", contract.HeaderMaxRetries: "2", "accept-encoding": "identity",
		},
	})
}

type noopServer struct {
	extprocv3.UnimplementedExternalProcessorServer
	plan *structpb.Struct
}

// Process answers the route filter with the fixed plan. It lets the response headers and
// chunks of the judge filter pass when the last chunk has arrived.
func (s *noopServer) Process(stream extprocv3.ExternalProcessor_ProcessServer) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	if body := first.GetRequestBody(); body != nil {
		common := &extprocv3.CommonResponse{
			ClearRouteCache: true,
			// Envoy ignores the header here, but without a mutation it does not select the route again.
			HeaderMutation: &extprocv3.HeaderMutation{SetHeaders: []*corev3.HeaderValueOption{
				{Header: &corev3.HeaderValue{Key: contract.HeaderCluster, RawValue: []byte("mid")}},
			}},
		}
		if strings.HasSuffix(requestPath(first), replace) {
			common.BodyMutation = &extprocv3.BodyMutation{Mutation: &extprocv3.BodyMutation_Body{Body: body.GetBody()}}
		}
		return stream.Send(&extprocv3.ProcessingResponse{
			Response: &extprocv3.ProcessingResponse_RequestBody{
				RequestBody: &extprocv3.BodyResponse{Response: common},
			},
			DynamicMetadata: s.plan,
		})
	}
	chunks := 0
	for ended := first.GetResponseHeaders().GetEndOfStream(); !ended; chunks++ {
		m, err := stream.Recv()
		if err != nil {
			return err
		}
		ended = m.GetResponseBody().GetEndOfStream()
	}
	if err := stream.Send(&extprocv3.ProcessingResponse{
		Response:        &extprocv3.ProcessingResponse_ResponseHeaders{ResponseHeaders: &extprocv3.HeadersResponse{}},
		DynamicMetadata: answered,
	}); err != nil {
		return err
	}
	for range chunks {
		if err := stream.Send(&extprocv3.ProcessingResponse{
			Response: &extprocv3.ProcessingResponse_ResponseBody{ResponseBody: &extprocv3.BodyResponse{}},
		}); err != nil {
			return err
		}
	}
	return nil
}

func requestPath(m *extprocv3.ProcessingRequest) string {
	for _, a := range m.GetAttributes() {
		return a.GetFields()[contract.AttributePath].GetStringValue()
	}
	return ""
}
