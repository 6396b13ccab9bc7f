package pipeline

import (
	"strings"
	"testing"

	"sluice/routing"
)

const countBody = `{"model":"auto","messages":[{"role":"user","content":"How many tokens does this sentence have?"}]}`

func countCall(body string, headers ...string) *Call {
	c := chatCall(body, headers...)
	c.Path = "/v1/messages/count_tokens?beta=true"
	return c
}

// TestCountTokens: which models are asked, and what is said where there is none.
func TestCountTokens(t *testing.T) {
	t.Run("the provider whose own format it is first", func(t *testing.T) {
		c := converse(t)
		plan := begin(t, c.Pipeline, countCall(countBody))
		if strings.Join(plan.Candidates, " ") != "a b" || plan.Session != "" || plan.Passthrough {
			t.Errorf("asked %v, session %q", plan.Candidates, plan.Session)
		}
		if got := string(plan.First.Body); !strings.Contains(got, `"model":"a"`) {
			t.Errorf("sent %s", got)
		}
	})
	t.Run("the conversation's own", func(t *testing.T) {
		c := converse(t)
		c.messages(t, strings.Replace(firstTurn, "Tell", "Analyze, compare and explain why: def f(): pass. Tell", 1))
		if plan := begin(t, c.Pipeline, countCall(countBody, ofSession)); plan.Decision.Rule != routing.ByAuxiliary || plan.Candidates[0] != "a" {
			t.Errorf("asked %v by %s", plan.Candidates, plan.Reason) // c only imitates the format
		}
	})
	t.Run("nobody", func(t *testing.T) {
		p := testPipeline(t, cascadeConfig+"budgets: [{name: all, limit: 0.000001, per: everyone, window: day, on_exhausted: refuse}]\n", memoryStores(t))
		plan, reply, err := p.Begin(t.Context(), countCall(countBody))
		if plan != nil || err != nil || reply.Status != 200 || !strings.HasPrefix(string(reply.Body), `{"input_tokens":`) || string(reply.Body) == `{"input_tokens":0}` {
			t.Errorf("%v, %v, %v", plan, reply, err)
		}
		if b := balance(t, p); b.Spent != 0 || b.Reserved != 0 {
			t.Errorf("charged: %+v", b)
		}
	})
	t.Run("a named model stays the client's choice", func(t *testing.T) {
		c := converse(t)
		if plan := begin(t, c.Pipeline, countCall(strings.Replace(countBody, "auto", "b", 1))); !plan.Passthrough || plan.Candidates[0] != "b" {
			t.Errorf("%v", plan.Candidates)
		}
	})
}
