package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// TestReplicaDown: with one of two replicas dead, every request is routed and judged by the
// other, before a health check has noticed.
func TestReplicaDown(t *testing.T) {
	s := startReplicas(t, 2)
	ask := func(i int) {
		t.Helper()
		expectAnswer(t, post(t, s.chat(), chatBody(fmt.Sprintf("Tell me about river %d. [[small: refuse]]", i), "")), "mid", "2", "refusal")
	}
	ask(0)
	s.replicas[0].kill9()
	for i := range 30 {
		ask(i)
	}
}

// TestReplicaDownLong: nor is a request refused that is too long for Envoy's own retry of a gRPC call.
func TestReplicaDownLong(t *testing.T) {
	s := startReplicas(t, 2)
	ask := func(i int) {
		t.Helper()
		long := strings.Repeat("It is long. ", 20<<10)
		expectAnswer(t, post(t, s.chat(), chatBody(fmt.Sprintf("Tell me about river %d. %s [[small: refuse]]", i, long), "")), "mid", "2", "refusal")
	}
	ask(0)
	s.replicas[0].kill9()
	for i := range 6 {
		ask(i)
	}
}

// TestExchanges: with its replicas well, Sluice is asked once about a request, once about each
// answer, and once for each further attempt.
func TestExchanges(t *testing.T) {
	s := startStack(t)
	exchanges := func() int { return s.envoy.stat(t, "cluster.sluice.upstream_rq_completed") }
	for prompt, want := range map[string]int{"Tell me about rivers.": 2, "Tell me about rivers. [[small: refuse]]": 4} {
		before := exchanges()
		if r := post(t, s.chat(), chatBody(prompt, "")); r.status != 200 {
			t.Fatalf("%d %s", r.status, r.body)
		}
		eventually(t, func() error {
			if n := exchanges() - before; n != want {
				return fmt.Errorf("%d exchanges about %q, want %d", n, prompt, want)
			}
			return nil
		})
	}
}
