package e2e

import (
	"net"
	"testing"

	"sluice/cmd/sluice/simulator"
)

// An upstream is a simulated provider on a port of its own.
type upstream struct {
	*simulator.Server
	address string // host:port
}

// startUpstream runs a simulated provider until the test ends. Unless told
// otherwise it remembers enough requests for any test.
func startUpstream(t testing.TB, o simulator.Options) *upstream {
	t.Helper()
	if o.Record == 0 {
		o.Record = 10_000
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u := &upstream{simulator.New(o), l.Addr().String()}
	u.Start(l)
	t.Cleanup(func() {
		if err := u.Close(); err != nil {
			t.Errorf("close upstream: %v", err)
		}
	})
	return u
}

// received returns the requests for one model, in the order of their arrival.
func (u *upstream) received(model string) []simulator.Request {
	var of []simulator.Request
	for _, r := range u.Requests() {
		if r.Model == model {
			of = append(of, r)
		}
	}
	return of
}
