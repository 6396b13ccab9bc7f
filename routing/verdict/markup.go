package verdict

import "strings"

// A model that is served with the wrong template writes what stands between turns into
// its answer, or plays both parts of the conversation.

// turnMarks are signs of common chat templates: ChatML, Llama, Mistral, Gemma, Alpaca.
var turnMarks = []string{
	"<|im_", "<|eot", "<|end", "<|start", "<|assistant|>", "<|user|>", "<start_of_turn>", "<end_of_turn>", "[/INST]", "<</SYS>>",
	"### Instruction:", "### Response:", "### Human:", "### Assistant:", "### User:", "### 질문:", "### 답변:",
	"\nHuman:", "\nUser:", "\nAssistant:",
}

// leaksTurns reports whether either end of the text has a sign of a chat template in
// it, other than in code.
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
