package routing

import "strings"

// families are the makers of models, by prefixes of the models' names. A model belongs to who
// trained it, not to who serves it.
var families = []struct{ prefix, family string }{
	{"gpt", "openai"},
	{"chatgpt", "openai"},
	{"o1", "openai"},
	{"o3", "openai"},
	{"o4", "openai"},
	{"codex", "openai"},
	{"davinci", "openai"},
	{"claude", "anthropic"},
	{"gemini", "google"},
	{"gemma", "google"},
	{"palm", "google"},
	{"llama", "meta"},
	{"meta-llama", "meta"},
	{"codellama", "meta"},
	{"deepseek", "deepseek"},
	{"qwen", "qwen"},
	{"qwq", "qwen"},
	{"mistral", "mistral"},
	{"mixtral", "mistral"},
	{"ministral", "mistral"},
	{"codestral", "mistral"},
	{"magistral", "mistral"},
	{"pixtral", "mistral"},
	{"command", "cohere"},
	{"aya", "cohere"},
	{"phi", "microsoft"},
	{"grok", "xai"},
	{"nova", "amazon"},
	{"titan", "amazon"},
	{"kimi", "moonshot"},
	{"moonshot", "moonshot"},
	{"glm", "zhipu"},
	{"chatglm", "zhipu"},
	{"yi", "01-ai"},
	{"minimax", "minimax"},
	{"exaone", "lg"},
	{"solar", "upstage"},
	{"hyperclova", "naver"},
	{"hcx", "naver"},
}

// Family returns the maker of the model called name, by the prefix of the name after a
// provider's path, such as models/ or meta/. An unknown name is a family of its own.
func Family(name string) string {
	n := strings.ToLower(name[strings.LastIndexByte(name, '/')+1:])
	for _, f := range families {
		if rest, ok := strings.CutPrefix(n, f.prefix); ok && (rest == "" || rest[0] < 'a' || rest[0] > 'z') {
			return f.family
		}
	}
	return n
}
