package llmapi

import (
	"testing"

	"sluice/routing"
)

// TestSigned: every place in which a provider's own reasoning comes back to it.
func TestSigned(t *testing.T) {
	chat := func(assistant string) string {
		return `{"model":"auto","messages":[{"role":"user","content":"x"},{"role":"assistant",` + assistant + `},{"role":"user","content":"y"}]}`
	}
	call := func(more string) string {
		return chat(`"content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}` + more + `}]`)
	}
	for _, tt := range []struct {
		name   string
		api    routing.API
		body   string
		signed bool
		signer string
	}{
		{"plain", routing.OpenAIChat, chat(`"content":"thought_signature"`), false, ""},
		{"reasoning without a signature", routing.OpenAIChat, chat(`"content":"a","reasoning_content":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm","format":"unknown"}]`), false, ""},
		{"OpenRouter, a signature", routing.OpenAIChat, chat(`"content":"a","reasoning_details":[{"format":"anthropic-claude-v1","type":"reasoning.text","text":"hm","signature":"c2ln"}]`), true, "anthropic"},
		{"OpenRouter, encrypted", routing.OpenAIChat, chat(`"content":"a","reasoning_details":[{"type":"reasoning.encrypted","data":"ZW5j","format":"google-gemini-v1"}]`), true, "google"},
		{"OpenRouter, a format of its own", routing.OpenAIChat, chat(`"content":"a","reasoning_details":[{"type":"reasoning.encrypted","data":"ZW5j","format":"new-v1"}]`), true, ""},
		{"OpenRouter, no signature", routing.OpenAIChat, chat(`"content":"a","reasoning_details":[{"type":"reasoning.summary","summary":"hm","signature":null,"format":"openai-responses-v1"}]`), false, ""},
		{"LiteLLM, Anthropic's blocks", routing.OpenAIChat, chat(`"content":"a","thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"c2ln"}]`), true, "anthropic"},
		{"LiteLLM, redacted", routing.OpenAIChat, chat(`"content":"a","thinking_blocks":[{"type":"redacted_thinking","data":"ZW5j"}]`), true, "anthropic"},
		{"LiteLLM, unsigned", routing.OpenAIChat, chat(`"content":"a","thinking_blocks":[{"type":"thinking","thinking":"hm","signature":null}]`), false, ""},
		{"Gemini, in a call", routing.OpenAIChat, call(`,"extra_content":{"google":{"thought_signature":"c2ln"}}`), true, "google"},
		{"Gemini, in a call, by LiteLLM", routing.OpenAIChat, call(`,"provider_specific_fields":{"thought_signature":"c2ln"}`), true, "google"},
		{"Gemini, in a message", routing.OpenAIChat, chat(`"content":"a","extra_content":{"google":{"thought_signature":"c2ln"}}`), true, "google"},
		{"Gemini, in the id", routing.OpenAIChat, `{"model":"auto","messages":[{"role":"assistant","tool_calls":[{"id":"call_1__thought__c2ln","function":{"name":"f","arguments":"{}"}}]}]}`, true, "google"},
		{"an ordinary call", routing.OpenAIChat, call(""), false, ""},
		{"opaque", routing.OpenAIChat, chat(`"content":"a","reasoning_opaque":"ZW5j"`), true, ""},
		{"opaque, but empty", routing.OpenAIChat, chat(`"content":"a","reasoning_opaque":null,"encrypted_content":""`), false, ""},
		{"Anthropic", routing.AnthropicMessages, chat(`"content":[{"type":"thinking","thinking":"hm","signature":"c2ln"}]`), true, "anthropic"},
		{"Anthropic, redacted", routing.AnthropicMessages, chat(`"content":[{"type":"redacted_thinking","data":"ZW5j"}]`), true, "anthropic"},
		{"unsigned thinking of another", routing.AnthropicMessages, chat(`"content":[{"type":"thinking","thinking":"hm","signature":""}]`), false, ""},
		{"Gemini over Messages", routing.AnthropicMessages, chat(`"content":[{"type":"tool_use","id":"call_1__thought__c2ln","name":"f","input":{}}]`), true, "google"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Read(tt.api, []byte(tt.body))
			if err != nil || r.Signed != tt.signed || r.Signer != tt.signer {
				t.Errorf("signed %t by %q, %v; want %t by %q", r.Signed, r.Signer, err, tt.signed, tt.signer)
			}
		})
	}
}

func TestThread(t *testing.T) {
	for field, want := range map[string]struct {
		thread bool
		owner  string
	}{
		`{"type":"create"}`: {true, ""},
		`{"type":"continue","previous_message_id":"msg_1"}`: {true, "msg_1"},
		`{"type":"continue","previous_message_id":7}`:       {true, ""},
		`null`:    {false, ""},
		`"msg_1"`: {false, ""},
	} {
		r, err := Read(routing.AnthropicMessages, []byte(`{"model":"auto","messages":[{"role":"user","content":"x"}],"thread":`+field+`}`))
		if err != nil || r.Thread != want.thread || r.Owner != want.owner {
			t.Errorf("%s: thread %t, owner %q, %v", field, r.Thread, r.Owner, err)
		}
	}
}
