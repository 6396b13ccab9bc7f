package pipeline

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sluice/routing"
	"sluice/routing/session"
	"sluice/routing/verdict"
)

// TestHome: a provider that fails for a moment does not move a conversation; an answer that
// is no good does, to the model after it.
func TestHome(t *testing.T) {
	for list, want := range map[string]string{
		"":                                          "home",
		"a rate_limited":                            "home",
		"a server_error,b timeout":                  "home",
		"a unreachable":                             "home",
		"a provider_error":                          "home",
		"a model_not_found":                         "home",
		"a refusal":                                 "c",
		"a account,b redirect":                      "home",
		"a unsupported":                             "c",
		"a context_length":                          "c",
		"a policy_refusal":                          "c",
		"a refusal,b rate_limited":                  "b",
		"a rate_limited,b refusal":                  "c",
		"a context_length,b context_length":         "c",
		"a empty,b server_error,d unreachable":      "b",
		"a json,b schema,d timeout":                 "d",
		"a agreement,b rate_limited":                "home",
		"a disagreement,b disagreement":             "c",
		"a rate_limited,b refusal,d server_error":   "d",
		"a rate_limited,b refusal,d wrong_language": "c",
		"a server_error,b server_error,d refusal":   "c",
	} {
		var tried []Tried
		for part := range strings.SplitSeq(list, ",") {
			if model, reason, ok := strings.Cut(part, " "); ok {
				tried = append(tried, Tried{Model: model, Reason: verdict.Reason(reason)})
			}
		}
		if got := (&Plan{Home: "home", Candidates: []string{"a"}}).home(tried, "c"); got != want {
			t.Errorf("%s: stays with %s, want %s", list, got, want)
		}
	}
}

// conversation is a pipeline under auto whose sessions are kept in memory, and what is
// remembered of its one conversation.
type conversation struct {
	*Pipeline
	key string
}

const autoConfig = `
providers:
  one: {endpoint: "http://one/v1", format: [anthropic, openai]}
  two: {endpoint: "http://two/v1", format: [openai, anthropic]}
models:
  - {name: a, provider: one, tier: budget, timeout: 1s, price: {input: 1, output: 2}}
  - {name: b, provider: two, tier: standard, timeout: 1s, price: {input: 2, output: 4}}
  - {name: c, provider: two, tier: premium, timeout: 1s, price: {input: 4, output: 8}}
routing: {strategy: auto, scorer: spec, domains: {}, tier_models: {budget: a, standard: b, premium: c, flagship: c}, cascade: [a, b, c], default_model: a, structured_model: c}
`

const ofSession = "x-claude-code-session-id: s1"

func converse(t *testing.T) *conversation {
	t.Helper()
	sessions, err := session.NewMemory(100, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return &conversation{Pipeline: testPipeline(t, autoConfig, Stores{Sessions: sessions})}
}

func (c *conversation) messages(t *testing.T, body string) *Plan {
	t.Helper()
	call := chatCall(body, ofSession)
	call.Path = "/v1/messages"
	plan := begin(t, c.Pipeline, call)
	c.key = plan.Session
	return plan
}

func (c *conversation) remembered(t *testing.T) session.Entry {
	t.Helper()
	e, ok, err := c.stores.Sessions.Get(t.Context(), c.key)
	if !ok || err != nil {
		t.Fatalf("nothing remembered: %v", err)
	}
	return e
}

// answer delivers an answer of the plan's attempt, after the ones that were given up.
func (c *conversation) answer(t *testing.T, plan *Plan, body string, tried ...Tried) {
	t.Helper()
	r := c.Respond(&Progress{Plan: plan, Tried: tried}, jsonHead(len(tried)+1, 200))
	defer r.Close()
	if a := r.Start(t.Context(), false); a != nil {
		t.Fatalf("decided by the head: %+v", a)
	}
	if _, a := r.Feed(t.Context(), []byte(body), true); a == nil || a.Kind != Deliver {
		t.Fatalf("action %+v", a)
	}
	r.Finish(t.Context())
}

const (
	goodMessage = `{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Rivers carry water from the mountains to the sea, and shape the land that they cross."}],"stop_reason":"end_turn","usage":{"input_tokens":10,"output_tokens":20}}`
	firstTurn   = `{"model":"auto","max_tokens":900,"messages":[{"role":"user","content":"Tell me about rivers"}]}`
	nextTurn    = `{"model":"auto","max_tokens":900,"messages":[{"role":"user","content":"Tell me about rivers"},{"role":"assistant","content":[THOUGHT{"type":"tool_use","id":"t1","name":"Read","input":{"path":"a"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"x"}]}]}`
	thought     = `{"type":"thinking","thinking":"hm","signature":"c2ln"},`
)

func TestTransientFailureDoesNotMove(t *testing.T) {
	c := converse(t)
	plan := c.messages(t, firstTurn)
	c.answer(t, plan, goodMessage, Tried{Model: "a", Reason: verdict.RateLimited})
	if e := c.remembered(t); e.Model != "a" || e.Answered != "b" {
		t.Fatalf("remembered %+v", e)
	}
	if plan := c.messages(t, strings.Replace(nextTurn, "THOUGHT", "", 1)); plan.Candidates[0] != "a" {
		t.Errorf("the next turn starts at %v", plan.Candidates)
	}
	t.Run("but what the other signed stays with it", func(t *testing.T) {
		c := converse(t)
		c.answer(t, c.messages(t, firstTurn), goodMessage, Tried{Model: "a", Reason: verdict.RateLimited})
		if plan := c.messages(t, strings.Replace(nextTurn, "THOUGHT", thought, 1)); strings.Join(plan.Candidates, " ") != "b c" {
			t.Errorf("the next turn goes to %v", plan.Candidates)
		}
	})
	t.Run("a verdict moves it", func(t *testing.T) {
		c := converse(t)
		c.answer(t, c.messages(t, firstTurn), goodMessage, Tried{Model: "a", Reason: verdict.Refusal})
		if e := c.remembered(t); e.Model != "b" || e.Answered != "" {
			t.Errorf("remembered %+v", e)
		}
	})
}

// TestIncidentClimbsOnce: the failures that led to a stronger model stay in the history.
func TestIncidentClimbsOnce(t *testing.T) {
	c := converse(t)
	c.messages(t, firstTurn)
	body := `{"model":"auto","max_tokens":900,"messages":[{"role":"user","content":"Tell me about rivers"}`
	for i, want := range []string{"a", "b", "b", "b", "c", "c"} {
		result := "fine"
		if i == 1 || i == 4 {
			result = "bench: out of memory"
		}
		id := string(rune('a' + i))
		body += `,{"role":"assistant","content":[{"type":"tool_use","id":"` + id + `","name":"Bash","input":{"command":"./bench ` + id + `"}}]},` +
			`{"role":"user","content":[{"type":"tool_result","tool_use_id":"` + id + `","content":"` + result + `"}]}`
		for range 2 { // the client may ask again
			if plan := c.messages(t, body+"]}"); plan.Candidates[0] != want {
				t.Errorf("step %d goes to %v by %s, want %s", i, plan.Candidates, plan.Reason, want)
			}
		}
	}
}

func TestThreads(t *testing.T) {
	c := converse(t)
	thread := func(field, prompt string) string {
		return `{"model":"auto","max_tokens":900,"thread":` + field + `,"messages":[{"role":"user","content":"` + prompt + `"}]}`
	}
	create := thread(`{"type":"create"}`, "Tell me about rivers")
	follow := thread(`{"type":"continue","previous_message_id":"msg_1"}`, "Analyze and compare them, and explain why")

	call := chatCall(follow)
	call.Path = "/v1/messages"
	_, _, err := c.Begin(t.Context(), call)
	if e, ok := errors.AsType[*ReplyError](err); !ok || e.Status != 404 {
		t.Fatalf("a thread that nobody knows: %v", err)
	}
	reply := c.ErrorReply(call, err)
	if !strings.Contains(string(reply.Body), `"details":{"error_code":"thread_not_found"}`) || !strings.Contains(string(reply.Body), `"not_found_error"`) {
		t.Errorf("%s", reply.Body)
	}

	c.answer(t, c.messages(t, create), goodMessage)
	if plan := c.messages(t, follow); strings.Join(plan.Candidates, " ") != "a" || plan.Decision.Rule != routing.ByOwner {
		t.Errorf("continues with %v by %s", plan.Candidates, plan.Reason)
	} else {
		c.answer(t, plan, strings.Replace(goodMessage, "msg_1", "msg_2", 1))
	}
	if plan := c.messages(t, strings.Replace(follow, "msg_1", "msg_2", 1)); plan.Candidates[0] != "a" {
		t.Errorf("and then with %v", plan.Candidates)
	}
	t.Run("of somebody else", func(t *testing.T) {
		p := testPipeline(t, autoConfig+"identity: {user: {header: x-user}}\n", c.stores)
		call := chatCall(follow, "x-user: eve")
		call.Path = "/v1/messages"
		if _, _, err := p.Begin(t.Context(), call); err == nil {
			t.Error("known to another user")
		}
	})
}
