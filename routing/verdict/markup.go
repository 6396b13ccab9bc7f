package verdict

import "strings"

// A model served with the wrong chat template writes the markers between turns into its answer,
// or both sides of the conversation.

// turnMarks are markers of common chat templates: ChatML, Llama, Mistral, Gemma, Alpaca.
var turnMarks = []string{
	"<|im_", "<|eot", "<|end", "<|start", "<|assistant|>", "<|user|>", "<start_of_turn>", "<end_of_turn>", "[/INST]", "<</SYS>>",
	"### Instruction:", "### Response:", "### Human:", "### Assistant:", "### User:", "### 질문:", "### 답변:",
	"\nHuman:", "\nUser:", "\nAssistant:",
}

// leaksTurns reports whether either end of the text contains a template marker outside of code.
func leaksTurns(text string) bool {
	if len(text) > 2*hedgeReach {
		return leaksTurns(text[:hedgeReach]) || leaksTurns(text[len(text)-hedgeReach:])
	}
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '<', '[', '#', '\n':
			if startsTurn(text[i:]) && strings.Count(text[:i], "```")%2 == 0 {
				return true
			}
		}
	}
	return false
}

func startsTurn(text string) bool {
	for _, m := range turnMarks {
		if strings.HasPrefix(text, m) {
			return true
		}
	}
	return false
}
