package app

import (
	"context"
	"net"
	"sync/atomic"
	"testing"

	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
)

// slowly settles some time after its stream was cut off.
type slowly struct {
	extprocv3.UnimplementedExternalProcessorServer
	begun   chan struct{}
	cut     chan struct{}
	settled atomic.Bool
}

func (s *slowly) Process(stream extprocv3.ExternalProcessor_ProcessServer) error {
	close(s.begun)
	<-stream.Context().Done()
	<-s.cut
	s.settled.Store(true)
	return nil
}

// TestStopWaitsForStreams: a stream that is cut off has settled before the stores close.
func TestStopWaitsForStreams(t *testing.T) {
	l := bufconn.Listen(1 << 10)
	g := newGRPC(1<<10, zap.NewNop())
	s := &slowly{begun: make(chan struct{}), cut: make(chan struct{})}
	extprocv3.RegisterExternalProcessorServer(g, s)
	go func() { _ = g.Serve(l) }()
	conn, err := grpc.NewClient("passthrough:///test", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	c, err := extprocv3.NewExternalProcessorClient(conn).Process(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	<-s.begun
	go func() {
		_, _ = c.Recv() // until the server cuts it off
		close(s.cut)
	}()
	g.Stop()
	if !s.settled.Load() {
		t.Error("stopped before the stream had settled")
	}
}
