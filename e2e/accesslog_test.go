package e2e

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestEndingsOnlyEnvoySees: a request for which no judge accepts an answer is settled soon
// after its end: the possible cost of its attempts is spent, nothing stays reserved, and its
// experiment counts it.
func TestEndingsOnlyEnvoySees(t *testing.T) {
	const experiment = `experiments:
  all_in:
    enrol: {share: 1}
    one:   {model: small, weight: 0.5}
    other: {model: small, weight: 0.5}
identity: {user: {header: x-user}}
state: {`
	s := startStack(t, append([]string{"strategy: cascade", "strategy: auto\n  scorer: spec\n  limits: {attempts: 1, total_time: 2s}", "  limits: {attempts: 3, total_time: 20s, stream_idle: 1s}\n", "", "timeout: 2s", "timeout: 500ms", "state: {", experiment}, limited(10, "memory")...)...)
	type ending struct {
		name, prompt string
		status       int // 0: the client does not wait for it
		why          string
		failed       int
	}
	body := func(e *ending) string { return chatBody("Tell me about rivers. "+e.prompt, `,"max_tokens":50`) }
	for i, e := range []ending{
		{"the last attempt is too slow", "[[small: delay=5s]]", 504, "timeout", 1},
		{"the client leaves", "[[small: delay=5s]]", 0, "client_gone", 0},
		{"nobody can be reached", "", 502, "unreachable", 1},
	} {
		t.Run(e.name, func(t *testing.T) {
			before, user := budgetOf(t, s.sluice), "x-user: user-"+strconv.Itoa(i)
			input := estimateOf(t, s, body(&e)) - 50*20/1e6 // the answer's part aside
			switch {
			case e.why == "unreachable":
				_ = s.local.Close()
				input = 0
				fallthrough
			case e.status > 0:
				if r := post(t, s.chat(), body(&e), user); r.status != e.status {
					t.Fatalf("%d %s, want %d", r.status, r.body, e.status)
				}
			default:
				leave(t, s.local, s.chat(), body(&e), user)
			}
			entry := s.sluice.printed(t, `"msg":"unanswered".*"why":"`+e.why+`".*`)[0]
			for _, part := range []string{`"model":"small"`, `"attempts":1`, `"cost_source":"estimate"`, `"request_id":"`} {
				if !strings.Contains(entry, part) {
					t.Errorf("the log says %s, want %s", entry, part)
				}
			}
			if b := budgetOf(t, s.sluice); b.Reserved != 0 || !nearly(b.Spent, before.Spent+input, 1) {
				t.Errorf("the books say %+v; want %v more than %v spent", b, input, before.Spent)
			}
			if n := s.sluice.metric(t, "sluice_unanswered_total", `model="small"`, `why="`+e.why+`"`); n != 1 {
				t.Errorf("counted %v times", n)
			}
			if requests, failed := outcomes(t, s); requests != i+1 || failed != []int{1, 1, 2}[i] {
				t.Errorf("the experiment has %d requests, %d of which failed", requests, failed)
			}
		})
	}
}

// leave sends a request and closes the connection when the provider has it.
func leave(t *testing.T, provider *upstream, url, body, field string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	before := len(provider.Requests())
	go func() {
		defer cancel()
		for len(provider.Requests()) == before && ctx.Err() == nil {
			time.Sleep(5 * time.Millisecond)
		}
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	name, value, _ := strings.Cut(field, ": ")
	req.Header.Set(name, value)
	if r, err := client.Do(req); err == nil {
		_ = r.Body.Close()
		t.Fatalf("answered with %d before the client could leave", r.StatusCode)
	}
}

// outcomes returns how many requests the one experiment has counted, and how many failed.
func outcomes(t *testing.T, s *stack) (requests, failed int) {
	t.Helper()
	r, err := client.Get(s.sluice.adminURL(t) + "/experiments")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	var all struct {
		Experiments []struct {
			Variants []struct {
				Units   float64
				Metrics map[string]struct{ Mean float64 }
			}
			Requests int
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&all); err != nil || len(all.Experiments) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	sum := 0.0 // each user has sent one request
	for _, v := range all.Experiments[0].Variants {
		sum += v.Units * v.Metrics["failure_rate"].Mean
	}
	return all.Experiments[0].Requests, int(math.Round(sum))
}
