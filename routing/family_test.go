package routing

import "testing"

func TestFamily(t *testing.T) {
	for name, want := range map[string]string{
		"gpt-4o-mini": "openai", "o1": "openai", "o3-mini": "openai", "chatgpt-4o-latest": "openai", "claude-haiku": "anthropic", "Claude-3": "anthropic",
		"gemini-2.0-flash": "google", "models/gemini-1.5-pro": "google", "meta-llama/Llama-3.2-3B": "meta", "llama3": "meta", "deepseek-r1": "deepseek",
		"qwen2.5-72b": "qwen", "mixtral-8x7b": "mistral", "mistral": "mistral", "phi-4": "microsoft", "philosopher": "philosopher", "our-own": "our-own", "": "",
	} {
		if got := Family(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
