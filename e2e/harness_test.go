package e2e

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	"sluice/cmd/sluice/simulator"
)

// bootstrap is an Envoy configuration with one listener, "llm", whose only route
// does what action says, and one cluster, "upstream".
func bootstrap(t testing.TB, action, upstream string) []byte {
	t.Helper()
	host, port, err := net.SplitHostPort(upstream)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Appendf(nil, `{"static_resources": {
		"listeners": [{"name": "llm", "address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}, "filter_chains": [{"filters": [{
			"name": "http", "typed_config": {
				"@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
				"stat_prefix": "llm",
				"route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, %s}]}]},
				"http_filters": [{"name": "router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]
			}}]}]}],
		"clusters": [{"name": "upstream", "load_assignment": {"cluster_name": "upstream", "endpoints": [{"lb_endpoints": [
			{"endpoint": {"address": {"socket_address": {"address": %q, "port_value": %s}}}}]}]}}]
	}}`, action, host, port)
}

func TestEnvoyAnswersByItself(t *testing.T) {
	e := startEnvoy(t, bootstrap(t, `"direct_response": {"status": 418, "body": {"inline_string": "teapot"}}`, "127.0.0.1:1"))
	r := post(t, e.url(t, "llm"), "{}")
	if r.status != 418 || string(r.body) != "teapot" || r.err != nil {
		t.Errorf("got %d %q, %v", r.status, r.body, r.err)
	}
	if n := e.stat(t, "http.llm.downstream_rq_4xx"); n != 1 {
		t.Errorf("envoy counted %d answers, want 1", n)
	}
}

// TestProvidersThroughEnvoy: what the simulated providers do reaches a client
// through Envoy as it is, event by event.
func TestProvidersThroughEnvoy(t *testing.T) {
	u := startUpstream(t, simulator.Options{Header: "authorization", Credential: "Bearer key"})
	url := startEnvoy(t, bootstrap(t, `"route": {"cluster": "upstream"}`, u.address)).url(t, "llm") + "/v1/chat/completions"
	ask := func(prompt string) string {
		return `{"model":"m1","stream":true,"messages":[{"role":"user","content":"` + prompt + `"}]}`
	}
	const key = "authorization: Bearer key"

	t.Run("headers and bodies", func(t *testing.T) {
		body := strings.Replace(ask("hello"), `"stream":true`, `"seed":12345678901234567890`, 1)
		if r := post(t, url, body, key, "x-tag: a"); r.status != 200 || r.err != nil {
			t.Fatalf("got %d %s, %v", r.status, r.body, r.err)
		}
		if r := post(t, url, body); r.status != 401 {
			t.Errorf("without a credential: status %d", r.status)
		}
		got := u.received("m1")
		if len(got) != 1 || string(got[0].Body) != body || got[0].Header.Get("x-tag") != "a" {
			t.Errorf("received %+v", got)
		}
	})
	t.Run("event by event", func(t *testing.T) {
		step := make(chan struct{}, 1)
		u.Behave(func(string, []byte) simulator.Behaviour {
			return simulator.Behaviour{Say: simulator.Short, Gate: func(ctx context.Context, n int) {
				if n == 0 {
					return
				}
				select {
				case <-step:
				case <-ctx.Done():
				}
			}}
		})
		defer u.Behave(nil)
		step <- struct{}{}
		s := openStream(t, url, ask("hello"), key)
		for n := 1; n <= 4; n++ { // role, text, finish, [DONE]; each one released when the last has arrived
			if _, err := s.next(); err != nil {
				t.Fatalf("event %d: %v", n, err)
			}
			if n < 4 {
				step <- struct{}{}
			}
		}
		if rest, err := s.rest(); err != nil || len(rest) != 0 || !strings.HasSuffix(s.raw.String(), "data: [DONE]\n\n") {
			t.Errorf("after the last event: %v, %v\n%s", rest, err, s.raw.String())
		}
	})
	t.Run("cut", func(t *testing.T) {
		events, err := openStream(t, url, ask("[[m1: cut=3]]"), key).rest()
		if err == nil || len(events) != 3 {
			t.Errorf("%d events and error %v; want 3 and a broken stream", len(events), err)
		}
	})
	t.Run("SDKs", func(t *testing.T) {
		open := startUpstream(t, simulator.Options{})
		base := startEnvoy(t, bootstrap(t, `"route": {"cluster": "upstream"}`, open.address)).url(t, "llm")
		for name, c := range sdkChecks(t, base, "m1", "[[m1: 503]]", "openai.stream", "anthropic.stream") {
			if c.Error != "" || c.Tokens < 20 {
				t.Errorf("%s saw %+v", name, c)
			}
		}
	})
}

// TestProcess: the harness notices what its child processes print and when they end.
func TestProcess(t *testing.T) {
	p := start(t, "sh", "/bin/sh", []string{"WORD=ready"}, "-c", `echo "port $WORD 7"; exec sleep 1000`)
	if got := p.printed(t, `port (\w+) (\d+)`); got[1] != "ready" || got[2] != "7" {
		t.Errorf("printed %q", got)
	}
	if err := p.running(); err != nil {
		t.Error(err)
	}
	p.kill9()
	if err := p.running(); err == nil {
		t.Error("killed, and still running")
	}
}
