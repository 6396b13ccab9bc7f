package pipeline

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"sluice/routing"
	"sluice/routing/budget"
	"sluice/routing/cache"
	"sluice/routing/header"
)

const question = `{"model":"auto","messages":[{"role":"user","content":"Tell me about rivers"}]}`

// chatCall is a chat request with headers, each "name: value".
func chatCall(body string, headers ...string) *Call {
	c := callOf(nil, headers...)
	c.ID, c.Unique, c.Path, c.Body = "id-1", "id-1 7 9", "/v1/chat/completions?beta=1", []byte(body)
	return c
}

// begin begins a call that is expected to be sent.
func begin(t *testing.T, p *Pipeline, c *Call) *Plan {
	t.Helper()
	plan, reply, err := p.Begin(t.Context(), c)
	if plan == nil {
		t.Fatalf("reply %v, error %v", reply, err)
	}
	return plan
}

func memoryStores(t *testing.T) Stores {
	t.Helper()
	money, err := budget.NewMemory(budget.Options{MaxSettled: 100})
	if err != nil {
		t.Fatal(err)
	}
	answers, err := cache.NewMemory(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	return Stores{Budgets: money, Cache: answers}
}

// balance returns what the one budget of the configuration has spent and reserved.
func balance(t *testing.T, p *Pipeline) budget.Balance {
	t.Helper()
	b, err := p.stores.Budgets.Balances(t.Context(), p.rt.Budgets.Accounts(routing.Principal{}, p.now()))
	if err != nil {
		t.Fatal(err)
	}
	return b[0]
}

func TestBegin(t *testing.T) {
	p := testPipeline(t, cascadeConfig, Stores{})
	plan := begin(t, p, chatCall(question))
	if got := strings.Join(plan.Candidates, " "); got != "a b c" || plan.Retries() != 2 || plan.Passthrough {
		t.Errorf("candidates %s, %d retries, passthrough %t", got, plan.Retries(), plan.Passthrough)
	}
	if got, want := string(plan.First.Body), strings.Replace(question, "auto", "a", 1); got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
	if plan.First.Path != "/v1/chat/completions?beta=1" || plan.First.Model.Name != "a" {
		t.Errorf("sent to %s of %s", plan.First.Path, plan.First.Model.Name)
	}
	text := plan.Encode()
	if strings.Contains(text, "rivers") {
		t.Errorf("the plan has the client's text: %s", text)
	}
	if again, err := DecodePlan(text); err != nil || again.Encode() != text {
		t.Errorf("decoded and encoded: %v, %v", again, err)
	}
}

func TestPassthrough(t *testing.T) {
	p := testPipeline(t, cascadeConfig, Stores{})
	plan := begin(t, p, chatCall(strings.Replace(question, "auto", "b", 1)))
	if !plan.Passthrough || plan.First.Body != nil || len(plan.Candidates) != 1 || plan.Retries() != 0 || plan.Decision.Rule != routing.ByRequest {
		t.Errorf("plan %+v", plan)
	}
}

// TestRoutedElsewhere: where a routed name is asked for on an endpoint that is not routed, the
// client learns which are, and what the endpoint takes.
func TestRoutedElsewhere(t *testing.T) {
	p := testPipeline(t, cascadeConfig, Stores{})
	const elsewhere = "is routed on /v1/chat/completions, /v1/messages, /v1/responses only, not on "
	for path, tt := range map[string]struct{ body, want string }{
		"/v1/responses?x=1": {`{"model":"auto","input":"hi"}`, `is not routed on /v1/responses: no provider has "responses" in its format`},
		"/v1/completions":   {`{"model":"auto","prompt":"hi"}`, elsewhere + "/v1/completions"},
		"/v1/embeddings":    {`{"model":"auto","input":"hi"}`, elsewhere + "/v1/embeddings"},
	} {
		c := chatCall(tt.body)
		c.Path = path
		_, _, err := p.Begin(t.Context(), c)
		want := `model_not_found: model "auto" ` + tt.want + `; there, name one of: a, b, c`
		if err == nil || err.Error() != want {
			t.Errorf("%v; want %s", err, want)
		}
	}
}

// TestBeginErrors: what a client reads, with the status and code of each.
func TestBeginErrors(t *testing.T) {
	p := testPipeline(t, cascadeConfig+"\n", Stores{})
	for _, tt := range []struct {
		name   string
		change func(*Call)
		status int
		code   string
	}{
		{"path", func(c *Call) { c.Path = "/v2/other" }, 404, "unknown_path"},
		{"no JSON", func(c *Call) { c.Body = []byte("rivers") }, 400, "invalid_json"},
		{"no messages", func(c *Call) { c.Body = []byte(`{"model":"auto","messages":[]}`) }, 400, "empty_messages"},
		{"model", func(c *Call) { c.Body = []byte(strings.Replace(question, "auto", "who?", 1)) }, 404, "model_not_found"},
		{"encoding", func(c *Call) { c.Header = func(string) string { return "exi" } }, 415, "unsupported_encoding"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := chatCall(question)
			tt.change(c)
			plan, reply, err := p.Begin(t.Context(), c)
			if plan != nil || reply != nil || err == nil {
				t.Fatalf("plan %v, reply %v, error %v", plan, reply, err)
			}
			r := p.ErrorReply(c, err)
			if r.Status != tt.status || r.Details != tt.code || !strings.Contains(string(r.Body), tt.code) || *r.ShouldRetry {
				t.Errorf("%d %s: %s", r.Status, r.Details, r.Body)
			}
		})
	}
	r := p.ErrorReply(chatCall(question), errors.New("a secret of ours"))
	if r.Status != 500 || strings.Contains(string(r.Body), "secret") || !*r.ShouldRetry {
		t.Errorf("%d: %s", r.Status, r.Body)
	}
}

const budgetConfig = cascadeConfig + `
budgets: [{name: all, per: everyone, limit: 0.01, window: day, premium_above: 0, exhausted_below: 0.0095, on_exhausted: cheapest}]
cache: {ttl: 1h, scope: everyone, wait: 4s}
state: {store: memory}
`

// TestDecidedAgainWhereMoneyIsShort: the money that is left decides the plan, which is made
// once, of the last decision.
func TestDecidedAgainWhereMoneyIsShort(t *testing.T) {
	bounded := strings.Replace(question, "{", `{"max_tokens":500,`, 1) // or the first might cost all there is
	p := testPipeline(t, strings.Replace(budgetConfig, "cascade: [a, b, c]", "cascade: [b, c]", 1), memoryStores(t))
	first := begin(t, p, chatCall(bounded, "cache-control: no-store"))
	if first.Limited || first.Candidates[0] != "b" {
		t.Fatalf("plan %+v", first)
	}
	reserved := balance(t, p).Reserved
	if want := p.rt.Router.Model("b").Estimate(first.Request, first.Tokens); reserved != want {
		t.Errorf("reserved %v, want %v", reserved, want)
	}
	c := chatCall(bounded, "cache-control: no-store")
	c.Unique = "id-2"
	second := begin(t, p, c)
	if !second.Limited || strings.Join(second.Candidates, " ") != "a" || second.Reason != string(routing.ByBudget) {
		t.Errorf("%s for %s (limited %t), want the budget tier alone", second.Candidates, second.Reason, second.Limited)
	}
	if got, want := balance(t, p).Reserved-reserved, p.rt.Router.Model("a").Estimate(second.Request, second.Tokens); got < want*0.999 || got > want*1.001 {
		t.Errorf("reserved %v for the second, want %v", got, want)
	}
}

// unavailable is a budget store that does not answer.
type unavailable struct{ budget.Store }

func (unavailable) Balances(context.Context, []budget.Account) ([]budget.Balance, error) {
	return nil, errors.New("connection refused")
}

func TestBudgetStoreUnavailable(t *testing.T) {
	for on, code := range map[string]string{"open": "", "closed": "budget_unavailable"} {
		p := testPipeline(t, strings.Replace(budgetConfig, "{store: memory}", "{store: memory, on_failure: "+on+"}", 1), Stores{Budgets: unavailable{}})
		plan, _, err := p.Begin(t.Context(), chatCall(question))
		if e, ok := errors.AsType[*ReplyError](err); code == "" && plan == nil || code != "" && (!ok || e.Code != code || e.Status != 503) {
			t.Errorf("%s: plan %v, error %v", on, plan, err)
		}
	}
}

// TestCacheWaitEndsWithTheClient: a request that waits for the answer to an identical one
// stops when its client leaves.
func TestCacheWaitEndsWithTheClient(t *testing.T) {
	stores := memoryStores(t)
	p := testPipeline(t, budgetConfig, stores)
	synctest.Test(t, func(t *testing.T) {
		first := begin(t, p, chatCall(question))
		if !first.Claimed || first.CacheKey == "" {
			t.Fatalf("plan %+v", first)
		}
		ctx, leave := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, leave)
		began := time.Now()
		plan, reply, err := p.Begin(ctx, chatCall(question))
		if plan != nil || reply != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("plan %v, reply %v, error %v", plan, reply, err)
		}
		if waited := time.Since(began); waited > 1100*time.Millisecond {
			t.Errorf("waited %v for a client that left after a second", waited)
		}
		if claimed, err := stores.Cache.Claimed(t.Context(), first.CacheKey); !claimed || err != nil {
			t.Errorf("the claim of the first request is gone: %v", err)
		}
		if got, want := balance(t, p).Reserved, p.rt.Router.Model("a").Estimate(first.Request, first.Tokens); got != want {
			t.Errorf("%v reserved, want %v, that of the first request alone", got, want)
		}
	})
}

// TestOneLogLine: whichever way a request ends, it is settled once and has one line in the log.
func TestOneLogLine(t *testing.T) {
	p := testPipeline(t, budgetConfig, memoryStores(t))
	core, logs := observer.New(zap.InfoLevel)
	p.log = zap.New(core)
	lines := func(message string) {
		t.Helper()
		if all := logs.TakeAll(); len(all) != 1 || all[0].Message != message || all[0].ContextMap()["request_id"] != "id-1" || all[0].ContextMap()["model"] != "a" {
			t.Errorf("log %v, want one line: %s", all, message)
		}
	}
	plan := begin(t, p, chatCall(question))
	gone := &Ending{Attempts: 1, Took: time.Second, Ended: p.now(), ClientGone: true, Sent: true}
	p.Unanswered(t.Context(), &Progress{Plan: plan}, gone)
	p.Unanswered(t.Context(), &Progress{Plan: plan}, gone)
	lines("unanswered")
	if b := balance(t, p); b.Reserved != 0 || b.Spent == 0 {
		t.Errorf("%+v, want the request's tokens spent", b)
	}

	// The client leaves while its answer is released, and the access log is faster: the answer
	// is stored, and nothing else is counted again.
	other := strings.Replace(question, "rivers", "lakes", 1)
	plan = begin(t, p, chatCall(other))
	p.Unanswered(t.Context(), &Progress{Plan: plan}, gone)
	lines("unanswered")
	spent := balance(t, p).Spent
	deliver(t, p, plan)
	if all := logs.TakeAll(); len(all) != 0 || balance(t, p).Spent != spent || counterValue(t, p.metrics.verdicts.WithLabelValues("a", "budget", "good")) != 0 {
		t.Errorf("log %v, %v spent, want nothing new after %v", all, balance(t, p).Spent, spent)
	}
	if _, reply, _ := p.Begin(t.Context(), chatCall(other)); reply == nil || reply.Summary.Cache != header.CacheHit {
		t.Errorf("reply %+v, want the answer from the cache", reply)
	}
	logs.TakeAll()

	plan = begin(t, p, chatCall(question))
	deliver(t, p, plan)
	p.Unanswered(t.Context(), &Progress{Plan: plan}, gone) // the client left in that moment
	lines("answered")

	_, reply, err := p.Begin(t.Context(), chatCall(question))
	if err != nil || reply == nil || reply.Status != 200 || reply.Summary.Cache != header.CacheHit || string(reply.Body) != goodAnswer {
		t.Fatalf("reply %+v, error %v; want the answer before", reply, err)
	}
	lines("answered")
}
