package llmapi

import (
	"testing"

	"sluice/routing"
)

func TestForced(t *testing.T) {
	for _, tt := range []struct {
		api   routing.API
		extra string
		want  bool
	}{
		{routing.OpenAIChat, `"tool_choice":"required"`, true},
		{routing.OpenAIChat, `"tool_choice":"auto"`, false},
		{routing.OpenAIChat, `"tool_choice":"none"`, false},
		{routing.OpenAIChat, `"tool_choice":null`, false},
		{routing.OpenAIChat, `"tool_choice":{"type":"function","function":{"name":"f"}}`, true},
		{routing.OpenAIChat, `"function_call":{"name":"f"}`, true},
		{routing.OpenAIChat, `"function_call":"auto","tool_choice":"required"`, true},
		{routing.OpenAIChat, `"tool_choice":"required","function_call":"auto"`, true},
		{routing.AnthropicMessages, `"tool_choice":{"type":"any"}`, true},
		{routing.AnthropicMessages, `"tool_choice":{"type":"tool","name":"f"}`, true},
		{routing.AnthropicMessages, `"tool_choice":{"type":"auto"}`, false},
		{routing.AnthropicMessages, `"tool_choice":{"type":"none"}`, false},
	} {
		r, err := Read(tt.api, []byte(`{"model":"auto","messages":[{"role":"user","content":"x"}],`+tt.extra+`}`))
		if err != nil || r.Forced != tt.want {
			t.Errorf("%s: %t, %v", tt.extra, r.Forced, err)
		}
	}
}
