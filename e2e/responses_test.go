package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"sluice/cmd/sluice/simulator"
)

// speaking makes two providers speak the Responses API.
var speaking = []string{
	"format: [openai, anthropic], credential", "format: [openai, anthropic, responses], credential",
	`openai/v1", format: openai, credential`, `openai/v1", format: [openai, responses], credential`,
}

// responsesBody is a request of the Responses API; extra starts with a comma where it is not empty.
func responsesBody(input, extra string) string {
	return `{"input": [{"role":"user","content":[{"type":"input_text","text":"` + input + `"}]}],  "model": "auto"` + extra + `}`
}

// TestResponses: requests of the Responses API are routed, judged and escalated as the others are,
// and reach their providers as the client wrote them.
func TestResponses(t *testing.T) {
	s := startStack(t, speaking...)
	const tool = `,"tools":[{"type":"function","name":"weather","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}]`
	const format = `,"text":{"format":{"type":"json_schema","name":"city","schema":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}`
	for _, tt := range []struct{ name, input, extra, model, attempts, escalation, said string }{
		{"plain", "Tell me about rivers.", "", "small", "1", "", "Simulated answer by small"},
		{"a refusal", "Tell me about rivers. [[small: refuse]]", "", "mid", "2", "refusal", "Simulated answer by mid"},
		{"an error", "Tell me about rivers. [[small: 500]]", "", "mid", "2", "server_error", "Simulated answer by mid"},
		{"nothing", "Tell me about rivers. [[small: empty]]", "", "mid", "2", "empty", "Simulated answer by mid"},
		{"a tool call", "What is the weather? [[small: tool]]", tool, "small", "1", "", `\"city\"`},
		{"arguments that are no JSON", "What is the weather? [[small: bad-arguments]] [[mid: tool]]", tool, "mid", "2", "tool_arguments", `\"city\"`},
		{"JSON of another schema", "Weather in Seoul? [[small: wrong-json]]", format, "gpt", "2", "schema", `\"city\"`},
		{"too long", "Tell me about rivers. [[small: context]]", "", "mid", "2", "context_length", "Simulated answer by mid"},
		{"the client's own limit", "Tell me about rivers.", `,"max_output_tokens":5`, "small", "1", "", "Simulated answer by"},
	} {
		for _, stream := range []string{"", `,"stream":true`} {
			t.Run(tt.name+stream, func(t *testing.T) {
				body := responsesBody(tt.input, tt.extra+stream)
				r := post(t, s.responses(), body)
				expectAnswerOnce(t, r, tt.model, tt.attempts, tt.escalation)
				if !strings.Contains(string(r.body), tt.said) {
					t.Errorf("the client got %.600s", r.body)
				}
				end := `"status":"completed"`
				if tt.name == "the client's own limit" {
					end = `"status":"incomplete"`
				}
				if !strings.Contains(string(r.body), end) {
					t.Errorf("no %s in %.600s", end, r.body)
				}
			})
		}
	}
	t.Run("byte for byte", func(t *testing.T) {
		body := responsesBody("Tell me about lakes.", `, "metadata":{"n": 1.50}, "store":false`)
		expectAnswerOnce(t, post(t, s.responses(), body), "small", "1", "")
		all := s.local.received("small")
		if got, want := string(all[len(all)-1].Body), strings.Replace(body, `"auto"`, `"small"`, 1); got != want {
			t.Errorf("the provider got %s\nwant %s", got, want)
		}
	})
	t.Run("the provider that keeps the answer", func(t *testing.T) {
		first := post(t, s.responses(), responsesBody("Tell me about rivers. [[small: refuse]]", ""))
		expectAnswerOnce(t, first, "mid", "2", "refusal")
		var kept struct{ ID string }
		if err := json.Unmarshal(first.body, &kept); err != nil || kept.ID == "" {
			t.Fatalf("%v: %s", err, first.body)
		}
		next := post(t, s.responses(), responsesBody("And lakes?", `,"previous_response_id":"`+kept.ID+`"`))
		if m := next.header.Get("x-sluice-model"); next.status != 200 || m != "mid" && m != "gpt" {
			t.Errorf("status %d, model %q; want one of the provider that keeps the conversation: %s", next.status, m, next.body)
		}
		lost := post(t, s.responses(), responsesBody("And lakes?", `,"previous_response_id":"resp_of_nobody"`))
		if lost.status != 400 || !strings.Contains(string(lost.body), `"previous_response_not_found"`) {
			t.Errorf("status %d: %s", lost.status, lost.body)
		}
	})
	t.Run("costs", func(t *testing.T) {
		r := post(t, s.responses(), responsesBody("Tell me about rivers. [[small: 500]]", ""))
		if r.header.Get("x-sluice-cost") == "" || r.header.Get("x-sluice-cost-source") == "estimate" {
			t.Errorf("cost %q from %q", r.header.Get("x-sluice-cost"), r.header.Get("x-sluice-cost-source"))
		}
	})
	t.Run("counting", func(t *testing.T) {
		for directives, sent := range map[string]int{"": 1, "[[*: 404]]": 2} {
			before := len(s.received())
			r := post(t, s.responses()+"/input_tokens", responsesBody("How many tokens does this sentence have? "+directives, ""))
			var count struct {
				Object string
				Tokens int `json:"input_tokens"`
			}
			if err := json.Unmarshal(r.body, &count); err != nil || r.status != 200 || count.Object != "response.input_tokens" || count.Tokens < 5 || count.Tokens > 80 {
				t.Errorf("%q: status %d, %s, %v", directives, r.status, r.body, err)
			}
			if got := len(s.received()) - before; got != sent {
				t.Errorf("%q: %d providers were asked, want %d", directives, got, sent)
			}
		}
	})
	t.Run("the SDK", func(t *testing.T) {
		for name, c := range sdkChecks(t, s.url, "auto", "[[*: 429]]", "openai.responses", "openai.responses_stream") {
			if c.Error != "" || !strings.HasPrefix(c.Text, "Simulated answer by small") || c.Tokens < 20 {
				t.Errorf("%s saw %+v", name, c)
			}
		}
	})
}

// expectAnswerOnce is expectAnswer for answers that say their text more than once, as the streams
// of the Responses API do.
func expectAnswerOnce(t *testing.T, r response, model, attempts, escalation string) {
	t.Helper()
	body := r.body
	r.body = nil
	if r.status != 200 {
		r.body = body
	}
	expectAnswer(t, r, model, attempts, escalation)
}

// TestResponsesNowhere: where no provider has the format, the client learns what is missing, and
// a named model still gets its request.
func TestResponsesNowhere(t *testing.T) {
	s := startStack(t)
	r := post(t, s.responses(), responsesBody("Tell me about rivers.", ""))
	if r.status != 404 || !strings.Contains(string(r.body), `no provider has \"responses\" in its format; there, name one of: small, haiku, mid, gpt`) {
		t.Errorf("status %d: %s", r.status, r.body)
	}
	named := post(t, s.responses(), strings.Replace(responsesBody("Tell me about rivers.", ""), "auto", "mid", 1))
	if named.status != 200 || named.header.Get("x-sluice-model") != "mid" {
		t.Errorf("status %d: %s", named.status, named.body)
	}
}

// TestResponsesAgent: a loop of an agent over the Responses API climbs in its middle, and stays.
func TestResponsesAgent(t *testing.T) {
	s := startStack(t, speaking...)
	const tools = `,"stream":true,"store":false,"prompt_cache_key":"c1","tools":[{"type":"function","name":"exec_command","parameters":{"type":"object","properties":{"cmd":{"type":"string"}},"required":["cmd"]}},{"type":"namespace","name":"more","tools":[{"type":"function","name":"look"}]}]`
	input := `{"role":"developer","content":"You are an agent."},{"role":"user","content":"<environment_context>\n<cwd>/repo</cwd>\n</environment_context>"},{"role":"user","content":[{"type":"input_text","text":"Rename Store to Keeper"}]}`
	ask := func(fields ...string) response {
		return post(t, s.responses(), fmt.Sprintf(`{"model":"auto","input":[%s]%s}`, input, tools), fields...)
	}
	var said func(model string) simulator.Behaviour
	for _, u := range s.upstreams() {
		u.Behave(func(model string, _ []byte) simulator.Behaviour { return said(model) })
	}
	call := simulator.Behaviour{Say: simulator.Given, Tool: "exec_command", Text: `{"cmd":"grep -r Store ."}`}
	said = func(string) simulator.Behaviour { return call }
	expectAnswerOnce(t, ask("session-id: s1"), "small", "1", "")
	input += `,{"type":"function_call","call_id":"c1","name":"exec_command","arguments":"{\"cmd\":\"grep -r Store .\"}"},{"type":"function_call_output","call_id":"c1","output":"Process exited with code 0\nOutput:\na.go"}`
	said = func(model string) simulator.Behaviour {
		if model == "small" {
			return simulator.Behaviour{Say: simulator.Refuse}
		}
		return simulator.Behaviour{Say: simulator.Given, Tool: "look", Text: "{}"}
	}
	expectAnswerOnce(t, ask("session-id: s1"), "mid", "2", "refusal")
	input += `,{"type":"function_call","call_id":"c2","name":"look","arguments":"{}"},{"type":"function_call_output","call_id":"c2","output":"b.go"}`
	said = func(string) simulator.Behaviour {
		return simulator.Behaviour{Say: simulator.Given, Text: "Store is now called Keeper in both files."}
	}
	if r := ask("session-id: s1"); r.status != 200 || r.header.Get("x-sluice-attempts") != "1" {
		t.Errorf("status %d after %s attempts: %s", r.status, r.header.Get("x-sluice-attempts"), r.body)
	}
}
