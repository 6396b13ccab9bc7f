package e2e

import (
	"fmt"
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
