package llmapi

import (
	"strconv"

	"sluice/routing"
)

// effortKeys are the members that say how hard to think, by endpoint. An [Ask] for effort is
// made only if the client sent none of them.
var effortKeys = map[routing.API][]string{
	routing.OpenAIChat:        {`,"reasoning_effort":`},
	routing.OpenAIResponses:   {`,"reasoning":`},
	routing.AnthropicMessages: {`,"thinking":`, `,"output_config":`},
}

// effortText returns the members that ask the model for its effort.
func effortText(api routing.API, m *routing.Model) string {
	word := `"` + string(m.Effort) + `"`
	switch {
	case api == routing.OpenAIChat:
		return `,"reasoning_effort":` + word
	case api == routing.OpenAIResponses:
		return `,"reasoning":{"effort":` + word + `}`
	case m.Thinking == routing.ThinkBudget:
		return `,"thinking":{"type":"enabled","budget_tokens":` + strconv.Itoa(m.BudgetTokens()) + `}`
	case m.Thinking == routing.ThinkAdaptive:
		return `,"thinking":{"type":"adaptive"},"output_config":{"effort":` + word + `}`
	default:
		return `,"output_config":{"effort":` + word + `}`
	}
}

// AskEffort returns what to ask in a request that names its model, or that any of several may
// get: how hard to think, if one of them is a model at an effort that the request takes
// ([routing.Model.For]).
func AskEffort(req *routing.Request, models []*routing.Model) Ask {
	var a Ask
	for _, m := range models {
		if m.Effort == "" {
			continue
		}
		a.Effort = true
		if m.Limit(req.MaxTokens) > req.MaxTokens {
			a.Limit, a.LimitAt = req.MaxTokens, req.LimitSpan
		}
	}
	return a
}

// steers reports whether a model that thinks refuses the value of one of Anthropic's fields.
func steers(f field, value []byte) bool {
	if string(value) == "null" {
		return false
	}
	return f != fieldTemperature || string(value) != "1" && string(value) != "1.0"
}
