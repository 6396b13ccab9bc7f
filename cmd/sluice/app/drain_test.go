package app

import (
	"fmt"
	"net"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
)

// TestDrain: a service that drains says so, serves on, and waits no longer than somebody is connected.
func TestDrain(t *testing.T) {
	s := start(t)
	defer s.stop(t)
	conn, err := grpc.NewClient(s.processor.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	client := healthv1.NewHealthClient(conn)
	status := func() healthv1.HealthCheckResponse_ServingStatus {
		r, err := client.Check(t.Context(), &healthv1.HealthCheckRequest{})
		if err != nil {
			t.Fatal(err)
		}
		return r.Status
	}
	if got := status(); got != healthv1.HealthCheckResponse_SERVING {
		t.Errorf("health %v before", got)
	}
	drained := make(chan struct{})
	go func() {
		s.Drain(time.Hour)
		close(drained)
	}()
	for status() == healthv1.HealthCheckResponse_SERVING {
		time.Sleep(time.Millisecond)
	}
	if code, _ := s.get(t, "GET", "/readyz"); code != 503 {
		t.Errorf("/readyz says %d", code)
	}
	if code, _ := s.get(t, "GET", "/healthz"); code != 200 {
		t.Errorf("/healthz says %d", code)
	}
	select {
	case <-drained:
		t.Error("did not wait while somebody was connected")
	default:
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	<-drained
	s.Drain(time.Hour) // nobody is connected
}

// TestPings: pings that come as often as Envoy's do not end an idle connection.
func TestPings(t *testing.T) {
	s := start(t)
	defer s.stop(t)
	c, err := net.Dial("tcp", s.processor.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := c.Write([]byte(http2.ClientPreface)); err != nil {
		t.Fatal(err)
	}
	f := http2.NewFramer(c, c)
	if err := f.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	ping := func(n byte) error {
		if err := f.WritePing(false, [8]byte{n}); err != nil {
			return err
		}
		for {
			frame, err := f.ReadFrame()
			if err != nil {
				return err
			}
			switch frame := frame.(type) {
			case *http2.PingFrame:
				if frame.IsAck() && frame.Data[0] == n {
					return nil
				}
			case *http2.GoAwayFrame:
				return fmt.Errorf("%v %s", frame.ErrCode, frame.DebugData())
			}
		}
	}
	for n := range byte(6) {
		if err := ping(n + 1); err != nil {
			t.Fatalf("ping %d: %v", n+1, err)
		}
		time.Sleep(2 * pingInterval)
	}
}
