package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"sluice/cmd/sluice/simulator"
)

const asCity = `{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`

// textOf returns the text of a whole answer, in either format.
func textOf(t *testing.T, r response) string {
	t.Helper()
	var v struct {
		Choices []struct{ Message struct{ Content string } }
		Content []struct{ Text string }
	}
	if err := json.Unmarshal(r.body, &v); err != nil {
		t.Fatalf("%v: %s", err, r.body)
	}
	if len(v.Choices) > 0 {
		return v.Choices[0].Message.Content
	}
	return v.Content[0].Text
}

// TestRepair: JSON in a fence is cut out and costs no second attempt; what cannot be cut
// out does.
func TestRepair(t *testing.T) {
	s := startStack(t)
	const (
		openaiJSON    = `,"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":` + asCity + `}}`
		anthropicJSON = `,"output_config":{"format":{"type":"json_schema","schema":` + asCity + `}}`
		question      = "Name the city of Seoul. "
	)
	for _, tt := range []struct {
		name, url, body           string
		model, attempts, repaired string
		escalation                string
	}{
		{"openai", s.chat(), chatBody(question+"[[small: fenced-json]]", openaiJSON), "small", "1", "json", ""},
		{"anthropic", s.messages(), messagesBody(question+"[[small: fenced-json]]", anthropicJSON), "small", "1", "json", ""},
		{"JSON stays", s.chat(), chatBody(question, openaiJSON), "small", "1", "", ""},
		{"broken", s.chat(), chatBody(question+"[[small: broken-json]]", openaiJSON), "gpt", "2", "", "json"},
		{"in a fence at last", s.chat(), chatBody(question+"[[small: broken-json]] [[gpt: fenced-json]]", openaiJSON), "gpt", "2", "json", "json"},
		{"a stream escalates", s.chat(), chatBody(question+"[[small: fenced-json]]", openaiJSON+streamed), "gpt", "2", "", "json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := post(t, tt.url, tt.body)
			expectAnswer(t, r, tt.model, tt.attempts, tt.escalation)
			if got := r.header.Get("x-sluice-repaired"); got != tt.repaired {
				t.Errorf("x-sluice-repaired: %q, want %q", got, tt.repaired)
			}
			if strings.Contains(tt.body, streamed) {
				return
			}
			var city struct{ City string }
			if err := json.Unmarshal([]byte(textOf(t, r)), &city); err != nil || city.City == "" {
				t.Errorf("%v: %s", err, r.body)
			}
		})
	}
	t.Run("in words alone", func(t *testing.T) {
		r := post(t, s.chat(), chatBody(question+"Reply in JSON. [[small: fenced-json]]", ""))
		expectAnswer(t, r, "small", "1", "")
		if text := textOf(t, r); !strings.Contains(text, "```json") || r.header.Get("x-sluice-repaired") != "" {
			t.Errorf("repaired although no parameter asks for JSON: %s", text)
		}
	})
	t.Run("metric", func(t *testing.T) {
		if n := s.sluice.metric(t, "sluice_repaired_total", `model="small"`); n != 2 {
			t.Errorf("%v repairs of small counted, want 2", n)
		}
	})
}

// TestRepairBySDK: the providers' own SDKs parse what they could not without the repair.
func TestRepairBySDK(t *testing.T) {
	s := startStack(t)
	s.local.Behave(func(string, []byte) simulator.Behaviour { return simulator.Behaviour{Say: simulator.FencedJSON} })
	checks := sdkChecks(t, s.url, "auto", "[[*: 429]]", "openai.parse", "anthropic.parse")
	if len(checks) != 2 {
		t.Fatalf("%d checks ran, want 2", len(checks))
	}
	for name, c := range checks {
		if c.Error != "" || c.Parsed["city"] == nil || c.Parsed["degrees"] != 7.0 {
			t.Errorf("%s saw %+v", name, c)
		}
	}
	if h := checks["openai.parse"].Headers; h["x-sluice-repaired"] != "json" || h["x-sluice-attempts"] != "1" {
		t.Errorf("headers %v", h)
	}
}

// TestRepairIsCached: the same request again gets the repaired answer.
func TestRepairIsCached(t *testing.T) {
	s := caching(t, "")
	question := chatBody("Name the city of Seoul. [[small: fenced-json]]", `,"response_format":{"type":"json_object"}`)
	first := post(t, s.chat(), question, alice)
	s.expectCache(t, first, "miss", 1)
	again := post(t, s.chat(), question, alice)
	s.expectCache(t, again, "hit", 1)
	if string(first.body) != string(again.body) || !json.Valid([]byte(textOf(t, again))) {
		t.Errorf("%s\nand then\n%s", first.body, again.body)
	}
}

// TestConstraintsEscalate: an answer that violates a limit of the prompt escalates; a stream
// if its beginning shows it.
func TestConstraintsEscalate(t *testing.T) {
	s := startStack(t)
	for _, tt := range []struct{ name, body, model, attempts, escalation string }{
		{"broken", chatBody("Is the sea salty? Answer only yes or no. [[mid: short]]", ""), "mid", "2", "constraint"},
		{"broken, streamed", chatBody("Is the sea salty? Answer only yes or no. [[mid: short]]", streamed), "mid", "2", "constraint"},
		{"broken, Korean", chatBody("바다에 대해 30자 이내로 설명해 주세요. [[mid: short]]", ""), "mid", "2", "constraint"},
		{"kept", chatBody("Is the sea salty? Answer only yes or no. [[small: short]]", ""), "small", "1", ""},
		{"of something else", chatBody("Why do people answer only yes or no in court?", ""), "small", "1", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expectAnswer(t, post(t, s.chat(), tt.body), tt.model, tt.attempts, tt.escalation)
		})
	}
}
