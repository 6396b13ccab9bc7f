package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// conversing is a stack whose strategy is auto, by the spec's scorer, so that words
// alone tell how hard a prompt is.
func conversing(t *testing.T) *stack { return conversingWith(t, "") }

// conversingWith adds lines to the configuration.
func conversingWith(t *testing.T, lines string) *stack {
	t.Helper()
	return startStack(t, "state: {", lines+"\nstate: {", "strategy: cascade", "strategy: auto\n  scorer: spec\n  debug: true", "cascade: [small, mid, haiku, claude]", "tier_models: {budget: small, standard: mid, premium: gpt, flagship: claude}\n  cascade: [small, mid, haiku, claude]")
}

const (
	inSession = "x-claude-code-session-id: 5f1c2d3e-0000-4000-8000-000000000001"
	easy      = "Tell me about rivers."
	hard      = "analyze, compare and explain why, with the reason: def f(): pass"        // premium
	hardest   = "analyze, compare and explain the reason, 비교, 추론, 분석: def f(): pass, $x$" // flagship
	tools     = `,"tools":[{"type":"function","function":{"name":"Bash","parameters":{"type":"object"}}}]`
)

// text is a JSON string.
func text(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func user(s string) string { return `{"role":"user","content":` + text(s) + `}` }

// step is one tool call of an agent and its result, in OpenAI's format.
func step(n int, command, result string) string {
	arguments, err := json.Marshal(map[string]string{"command": command})
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"role":"assistant","content":null,"tool_calls":[{"id":"call_%d","type":"function","function":{"name":"Bash","arguments":%s}}]},{"role":"tool","tool_call_id":"call_%d","content":%s}`,
		n, text(string(arguments)), n, text(result))
}

func talk(messages ...string) string {
	return `{"model":"auto","messages":[` + strings.Join(messages, ",") + `]` + tools + `}`
}

func TestToolLoopStays(t *testing.T) {
	s := conversing(t)
	history := []string{user(hard)}
	for turn := range 12 {
		r := post(t, s.chat(), talk(history...), inSession)
		if model := r.header.Get("x-sluice-model"); model != "gpt" {
			t.Fatalf("turn %d went to %s, by %s: %s", turn, model, r.header.Get("x-sluice-reason"), r.body)
		}
		history = append(history, step(turn, fmt.Sprintf("cat notes/%d.txt", turn), "nothing much"))
	}
	t.Run("another agent of the session is another line", func(t *testing.T) {
		r := post(t, s.chat(), talk(user(easy)), inSession, "x-claude-code-agent-id: helper")
		if model := r.header.Get("x-sluice-model"); model != "small" {
			t.Errorf("went to %s", model)
		}
	})
	t.Run("a request for a title does not move it", func(t *testing.T) {
		title := post(t, s.chat(), `{"model":"auto","messages":[{"role":"system","content":"Generate a concise title for this conversation."},`+user(hard)+`]}`, inSession)
		if title.status != 200 {
			t.Fatalf("%d %s", title.status, title.body)
		}
		if r := post(t, s.chat(), talk(history...), inSession); r.header.Get("x-sluice-model") != "gpt" {
			t.Errorf("went to %s", r.header.Get("x-sluice-model"))
		}
	})
}

func TestEscalatedTurnStaysUp(t *testing.T) {
	s := conversing(t)
	first := user(easy + " [[small: refuse]]")
	expectAnswer(t, post(t, s.chat(), talk(first), inSession), "mid", "2", "refusal")
	history := []string{first, step(1, "ls", "a b c")}
	expectAnswer(t, post(t, s.chat(), talk(history...), inSession), "mid", "1", "")
	history = append(history, step(2, "cat a", "some text"))
	expectAnswer(t, post(t, s.chat(), talk(history...), inSession), "mid", "1", "")

	t.Run("a human turn may move down", func(t *testing.T) {
		history := append(history, `{"role":"assistant","content":"Done."}`, user("Please put together one paragraph on how tea was brought from China to Japan and on to Europe, for a school magazine."))
		r := post(t, s.chat(), talk(history...), inSession)
		if model := r.header.Get("x-sluice-model"); model != "small" {
			t.Errorf("went to %s by %s", model, r.header.Get("x-sluice-reason"))
		}
	})
	t.Run("and up", func(t *testing.T) {
		history := append(history, `{"role":"assistant","content":"Done."}`, user(hard))
		r := post(t, s.chat(), talk(history...), inSession)
		if model := r.header.Get("x-sluice-model"); model != "gpt" {
			t.Errorf("went to %s by %s", model, r.header.Get("x-sluice-reason"))
		}
	})
}

// TestTransientFailureDoesNotMove: a provider that is busy or down for a moment answers the
// next step again.
func TestTransientFailureDoesNotMove(t *testing.T) {
	s := conversing(t)
	for i, failure := range []string{"429", "503", "529"} {
		id := fmt.Sprintf("x-session-id: %d", i)
		stream := func(body string) string {
			if i > 0 {
				body = strings.Replace(body, `{"model"`, `{"stream":true,"model"`, 1)
			}
			return body
		}
		steps := []string{step(1, "ls", "a b c"), step(2, "cat a", "some text"), step(3, "cat b", "some more")}
		first := post(t, s.chat(), stream(talk(user(easy))), id)
		expectAnswer(t, first, "small", "1", "")
		busy := post(t, s.chat(), stream(talk(user(easy+" [[small: "+failure+"]]"), steps[0])), id)
		if model := busy.header.Get("x-sluice-model"); busy.status != 200 || model != "mid" {
			t.Fatalf("%s: %d from %s", failure, busy.status, model)
		}
		for n := 2; n <= len(steps); n++ {
			r := post(t, s.chat(), stream(talk(append([]string{user(easy)}, steps[:n]...)...)), id)
			if model := r.header.Get("x-sluice-model"); model != "small" || r.header.Get("x-sluice-attempts") != "1" {
				t.Errorf("%d steps after %s: %s", n-1, failure, model)
			}
		}
	}
}

func TestSignedThinkingStaysWithItsIssuer(t *testing.T) {
	s := startStack(t, "state: {", "identity: {user: {header: x-user}}\nstate: {", "strategy: cascade",
		"strategy: auto\n  scorer: spec\n  allow_headers: [x-sluice-strategy]", "cascade: [small, mid, haiku, claude]",
		"tier_models: {budget: small, standard: mid, premium: gpt, flagship: claude}\n  cascade: [small, claude, haiku]")
	message := func(history string) string {
		return `{"model":"auto","max_tokens":4096,"messages":[` + history + `]}`
	}
	signed := user(hardest) + `,{"role":"assistant","content":[{"type":"thinking","thinking":"Let me see.","signature":"c2lnbmVk"},{"type":"text","text":"It is so."}]}`
	for _, strategy := range []string{"auto", "cascade", "hierarchical", "domain"} {
		for _, known := range []bool{true, false} {
			fields := []string{"x-sluice-strategy: " + strategy, fmt.Sprintf("x-session-id: %s %t", strategy, known)}
			if known {
				first := user(hardest + " [[small: refuse]]")
				if r := post(t, s.messages(), message(first), fields...); !slices.Contains([]string{"claude", "haiku"}, r.header.Get("x-sluice-model")) {
					t.Fatalf("%s: %s", strategy, r.header.Get("x-sluice-model"))
				}
			}
			others, issuer := len(s.local.Requests())+len(s.openai.Requests()), len(s.anthropic.Requests())
			for _, prompt := range []string{easy, easy + " [[claude-*: 529]] [[haiku: 503]]", easy + " [[claude-*: refuse]] [[haiku: 503]]"} {
				post(t, s.messages(), message(signed+","+user(prompt)), fields...)
			}
			if n := len(s.local.Requests()) + len(s.openai.Requests()) - others; n != 0 {
				t.Errorf("%s, issuer known %t: %d requests with signed thinking reached another issuer", strategy, known, n)
			}
			if n := len(s.anthropic.Requests()) - issuer; n < 3 {
				t.Errorf("%s, issuer known %t: only %d requests reached the issuer", strategy, known, n)
			}
		}
	}
	t.Run("a thread stays with the model that keeps it", func(t *testing.T) {
		thread := func(field, prompt string) string {
			return `{"model":"auto","max_tokens":4096,"thread":` + field + `,"messages":[` + user(prompt) + `]}`
		}
		created := post(t, s.messages(), thread(`{"type":"create"}`, easy))
		model := created.header.Get("x-sluice-model")
		for i, prompt := range []string{hardest, easy} {
			var answer struct{ ID string }
			if err := json.Unmarshal(created.body, &answer); err != nil || created.status != 200 {
				t.Fatalf("%d %s: %v", created.status, created.body, err)
			}
			created = post(t, s.messages(), thread(`{"type":"continue","previous_message_id":`+text(answer.ID)+`}`, prompt))
			if got := created.header.Get("x-sluice-model"); got != model {
				t.Errorf("turn %d went from %s to %s", i, model, got)
			}
		}
		lost := post(t, s.messages(), thread(`{"type":"continue","previous_message_id":"msg_unknown"}`, easy))
		if lost.status != 404 || !strings.Contains(string(lost.body), `"error_code":"thread_not_found"`) {
			t.Errorf("%d %s", lost.status, lost.body)
		}
	})
}

func TestDebug(t *testing.T) {
	s := conversing(t)
	r := post(t, s.chat(), talk(user(easy)), "x-sluice-debug: true")
	var d struct {
		Model, Rule string
		Signals     struct{ Words int }
		Considered  []struct{ Model, Fate string }
	}
	if err := json.Unmarshal([]byte(r.header.Get("x-sluice-debug")), &d); err != nil {
		t.Fatalf("%q: %v", r.header.Get("x-sluice-debug"), err)
	}
	if d.Model != "small" || d.Rule != "complexity" || d.Signals.Words != 4 || len(d.Considered) < 4 {
		t.Errorf("%+v", d)
	}
	if r := post(t, s.chat(), talk(user(easy))); r.header.Get("x-sluice-debug") != "" {
		t.Error("explained without being asked")
	}
}
