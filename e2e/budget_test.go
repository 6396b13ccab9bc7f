package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"sluice/routing/state/redistest"
)

// limited is a stack whose one model costs 10 and 20 dollars a million tokens, under a
// budget of so many dollars for everyone.
func limited(limit float64, store string) []string {
	return []string{
		"cascade: [small, mid, haiku, claude]", "cascade: [small]",
		"min_confidence: 0.8, capabilities", "price: {input: 10, output: 20}, capabilities",
		"total_time: 20s", "total_time: 2s",
		"judge: {min_characters: 20}", fmt.Sprintf(`judge: {min_characters: 0}
budgets: [{name: all, per: everyone, limit: %v, window: month, timezone: Asia/Seoul, on_exhausted: refuse}]`, limit),
		"store: memory", "store: " + store + ", timeout: 500ms",
	}
}

// balance is what GET /budgets says of the one budget.
type balance struct{ Limit, Spent, Reserved, Left float64 }

func budgetOf(t testing.TB, p *process) balance {
	t.Helper()
	r, err := client.Get(p.adminURL(t) + "/budgets")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	var list []balance
	if err := json.NewDecoder(r.Body).Decode(&list); err != nil || len(list) != 1 {
		t.Fatalf("%d balances, %v", len(list), err)
	}
	return list[0]
}

// crowd sends one request from each of n clients at once, and returns the answers.
func crowd(t *testing.T, url string, n int, body func(i int) string) []response {
	t.Helper()
	answers := make([]response, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			r, err := client.Post(url, "application/json", strings.NewReader(body(i)))
			if err != nil {
				answers[i].err = err
				return
			}
			defer func() { _ = r.Body.Close() }()
			b, err := io.ReadAll(r.Body)
			answers[i] = response{r.StatusCode, r.Header, b, err}
		})
	}
	all.Wait()
	return answers
}

// TestBudgetUnderConcurrency: of 200 clients at once no more are served than the budget
// pays for, whether one Sluice counts or two with Redis.
func TestBudgetUnderConcurrency(t *testing.T) {
	const clients, limit = 200, 0.02
	body := func(i int) string {
		return chatBody(fmt.Sprintf("Tell me about river number %d. [[small: delay=100ms]]", i), `,"max_tokens":50`)
	}
	for _, tt := range []struct {
		name     string
		replicas int
		store    string
	}{
		{"memory", 1, "memory"},
		{"redis", 2, redistest.Start(t).URL()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := startReplicas(t, tt.replicas, limited(limit, tt.store)...)
			estimate := estimateOf(t, s, body(0))
			var spent, worst float64
			served := 0
			for _, r := range crowd(t, s.chat(), clients, body) {
				if r.err != nil {
					t.Fatal(r.err)
				}
				if r.status == 402 {
					expectRefused(t, r)
					continue
				}
				cost, err := strconv.ParseFloat(r.header.Get("x-sluice-cost"), 64)
				if r.status != 200 || err != nil {
					t.Fatalf("%d %s, %v", r.status, r.body, err)
				}
				served++
				spent += cost
				worst = max(worst, cost-estimate)
			}
			if bound := limit + float64(served)*worst; spent > bound+1e-6 {
				t.Errorf("%d requests cost %v: more than the limit of %v and the error of their estimates, %v", served, spent, limit, bound)
			}
			if least := int(limit / estimate); served < least {
				t.Errorf("%d requests were served; the budget pays for %d", served, least)
			}
			eventually(t, func() error {
				if b := budgetOf(t, s.sluice); !nearly(b.Spent, spent, served) || b.Reserved > 1e-9 {
					return fmt.Errorf("the books say %+v; the clients paid %v", b, spent)
				}
				return nil
			})
			if left, b := s.sluice.metric(t, "sluice_budget_left_usd", `budget="all"`), budgetOf(t, s.sluice); left != b.Left {
				t.Errorf("the metric says that %v is left, the books %v", left, b.Left)
			}
			t.Logf("%d of %d served for $%.6f of $%.6f, estimated at $%.6f each", served, clients, spent, limit, estimate)
		})
	}
}

// nearly allows for headers being rounded to a millionth of a dollar.
func nearly(a, b float64, answers int) bool {
	return a-b < 1e-6*float64(answers+1) && b-a < 1e-6*float64(answers+1)
}

// estimateOf returns what a request is estimated to cost.
func estimateOf(t testing.TB, s *stack, body string) float64 {
	t.Helper()
	r, err := http.Post(s.sluice.adminURL(t)+"/route", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	var d struct {
		Cost float64 `json:"estimated_cost_usd"`
	}
	if err := json.NewDecoder(r.Body).Decode(&d); err != nil || d.Cost == 0 {
		t.Fatalf("estimate %v, %v", d.Cost, err)
	}
	return d.Cost
}

// expectRefused expects a local reply about the exhausted budget, in the client's API shape.
func expectRefused(t *testing.T, r response) {
	t.Helper()
	var shape struct {
		Error struct{ Type, Code, Message string }
	}
	if err := json.Unmarshal(r.body, &shape); err != nil || shape.Error.Code != "budget_exhausted" || shape.Error.Type != "insufficient_quota" || r.status != 402 {
		t.Fatalf("%d %s: %v", r.status, r.body, err)
	}
	// The day may end within a minute.
	after, err := strconv.Atoi(cmp.Or(r.header.Get("retry-after"), "1"))
	if err != nil || after < 1 || after > 60 || r.header.Get("x-should-retry") != "false" {
		t.Fatalf("headers %v", r.header)
	}
}

// TestReplicaDies: with two replicas on one Redis, one of them killed while it has answers in
// its hands, the other judges those from their beginning, and all are booked.
func TestReplicaDies(t *testing.T) {
	s := startReplicas(t, 2, limited(1, redistest.Start(t).URL())...)
	body := func(i int) string {
		return chatBody(fmt.Sprintf("Tell me about river number %d. [[small: drip=200ms]]", i), `,"max_tokens":50`)
	}
	done := make(chan []response)
	go func() { done <- crowd(t, s.chat(), 60, body) }()
	eventually(t, func() error {
		if n := len(s.local.received("small")); n < 60 {
			return fmt.Errorf("%d requests have been routed", n)
		}
		// From now on the only exchanges are those of the judges.
		if n := s.envoy.stat(t, "cluster.sluice.upstream_rq_active"); n < 60 {
			return fmt.Errorf("%d answers are being judged", n)
		}
		return nil
	})
	s.replicas[0].kill9()
	var told float64
	for _, r := range <-done {
		cost, err := strconv.ParseFloat(r.header.Get("x-sluice-cost"), 64)
		if r.status != 200 || r.err != nil || err != nil {
			t.Fatalf("%d %s, %v, %v", r.status, r.body, r.err, err)
		}
		told += cost
	}
	if n := s.envoy.stat(t, "cluster.sluice.upstream_rq_retry"); n == 0 || n >= 60 {
		t.Fatalf("%d of 60 judges had died: this shows nothing", n)
	}
	eventually(t, func() error {
		if b := budgetOf(t, s.replicas[1]); b.Reserved != 0 || !nearly(b.Spent, told, 60) {
			return fmt.Errorf("the books say %+v; the answers cost %v", b, told)
		}
		return nil
	})
}

// TestBudgetSteps: as money runs out, nothing above the standard tier, then the budget tier.
func TestBudgetSteps(t *testing.T) {
	s := conversingWith(t, "budgets: [{name: all, per: everyone, limit: 0.01, window: day, timezone: UTC, exhausted_below: 0.003, premium_above: 0.5, on_exhausted: cheapest}]")
	var reasons []string
	for range 60 {
		r := post(t, s.chat(), chatBody(hard, `,"max_tokens":100`))
		if r.status != 200 {
			t.Fatalf("%d %s", r.status, r.body)
		}
		reason := r.header.Get("x-sluice-model") + " " + r.header.Get("x-sluice-reason")
		if len(reasons) == 0 || reasons[len(reasons)-1] != reason {
			reasons = append(reasons, reason)
		}
		if strings.HasPrefix(reason, "small") {
			break
		}
	}
	if got := strings.Join(reasons, ", "); got != "gpt complexity, mid budget_capped, small budget_exhausted" {
		t.Errorf("went %s", got)
	}
	t.Run("a named model is only refused by the limit", func(t *testing.T) {
		r := post(t, s.chat(), `{"model":"gpt","messages":[{"role":"user","content":"hi"}],"max_tokens":490}`)
		expectRefused(t, r)
	})
}

// TestEveryRequestIsCharged: providers bill each request, so each is charged by itself, the
// SDK's own retry of one that failed too.
func TestEveryRequestIsCharged(t *testing.T) {
	s := startStack(t, limited(1, "memory")...)
	body := chatBody("Tell me about rivers. [[small: drip=5ms]]", `,"max_tokens":50`+streamed)
	settled := func() float64 {
		var spent float64
		eventually(t, func() error {
			b := budgetOf(t, s.sluice)
			if spent = b.Spent; b.Reserved != 0 || spent == 0 {
				return fmt.Errorf("not settled: %+v", b)
			}
			return nil
		})
		return spent
	}
	r := open(t, s.chat(), body)
	_, _ = r.Body.Read(make([]byte, 1))
	_ = r.Body.Close()
	abandoned := settled()
	whole := func(fields ...string) {
		if _, err := openStream(t, s.chat(), body, fields...).rest(); err != nil {
			t.Fatal(err)
		}
	}
	whole("x-stainless-retry-count: 1")
	eventually(t, func() error {
		if b := budgetOf(t, s.sluice); b.Reserved != 0 || b.Spent <= abandoned {
			return fmt.Errorf("not settled: %+v", b)
		}
		return nil
	})
	one := settled() - abandoned
	whole("x-stainless-retry-count: 2")
	eventually(t, func() error {
		b := budgetOf(t, s.sluice)
		if b.Reserved != 0 || !nearly(b.Spent, abandoned+2*one, 1) {
			return fmt.Errorf("%v for one that was given up and twice %v are %+v", abandoned, one, b)
		}
		return nil
	})
	t.Run("a request id does not make two requests one", func(t *testing.T) {
		before := budgetOf(t, s.sluice).Spent
		for range 2 {
			if r := post(t, s.chat(), chatBody("Tell me about hills.", `,"max_tokens":50`), "x-request-id: the-same"); r.status != 200 {
				t.Fatalf("%d %s", r.status, r.body)
			}
		}
		cost := func() float64 { return budgetOf(t, s.sluice).Spent - before }
		eventually(t, func() error {
			if b := budgetOf(t, s.sluice); b.Reserved != 0 {
				return fmt.Errorf("not settled: %+v", b)
			}
			return nil
		})
		r := post(t, s.chat(), chatBody("Tell me about hills.", `,"max_tokens":50`))
		one, err := strconv.ParseFloat(r.header.Get("x-sluice-cost"), 64)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, func() error {
			if !nearly(cost(), 3*one, 3) {
				return fmt.Errorf("three requests of %v cost %v", one, cost())
			}
			return nil
		})
	})
}

// TestBudgetEndsTheCascade: an attempt that the budget has no money for is not made, whatever
// the status of the answer before it.
func TestBudgetEndsTheCascade(t *testing.T) {
	s := startStack(t, append([]string{"cascade: [small, mid, haiku, claude]", "cascade: [small, mid]", "price: {input: 1, output: 2}", "price: {input: 1000, output: 2000}"}, limited(0.02, "memory")[2:]...)...)
	for _, status := range []int{503, 429} {
		r := post(t, s.chat(), chatBody(fmt.Sprintf("Tell me about rivers. [[small: %d]]", status), `,"max_tokens":50`))
		if r.status != status || r.header.Get("x-sluice-attempts") != "1" {
			t.Errorf("%d after %s attempts, want %d after 1: %s", r.status, r.header.Get("x-sluice-attempts"), status, r.body)
		}
	}
	if n := s.sluice.metric(t, "sluice_escalations_denied_total", `model="small"`); n != 2 {
		t.Errorf("%v escalations were denied", n)
	}
	s.sluice.printed(t, `"msg":"answered".*"denied_by":"budget"`)
	if n := len(s.openai.Requests()); n != 0 {
		t.Errorf("the dear model was asked %d times", n)
	}
	if b := budgetOf(t, s.sluice); b.Spent != 0 || b.Reserved != 0 {
		t.Errorf("the books say %+v", b)
	}
}
