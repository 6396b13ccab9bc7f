package llmapi

import (
	"testing"

	"sluice/routing"
)

// TestPaidAnswers: what bounds the bill of a request is read from the fields that its API knows,
// and from no other.
func TestPaidAnswers(t *testing.T) {
	const chat, responses, completions, messages = routing.OpenAIChat, routing.OpenAIResponses, routing.OpenAICompletions, routing.AnthropicMessages
	for _, tt := range []struct {
		name                    string
		api                     routing.API
		fields                  string
		limit, highest, answers int
	}{
		{"chat", chat, `"max_tokens":9,"n":3`, 9, 0, 3},
		{"chat, the newer name", chat, `"max_completion_tokens":7`, 7, 0, 0},
		{"chat, another API's name", chat, `"max_tokens":5000,"max_output_tokens":1`, 5000, 0, 0},
		{"chat, only another API's name", chat, `"max_output_tokens":1`, 0, 0, 0},
		{"chat, best_of is not known", chat, `"best_of":5`, 0, 0, 0},
		{"chat, both names", chat, `"max_tokens":9000,"max_completion_tokens":1`, 1, 9000, 0},
		{"chat, both names the other way", chat, `"max_completion_tokens":9000,"max_tokens":1`, 9000, 0, 0},
		{"chat, no number", chat, `"max_tokens":"9","n":"3"`, 0, 0, 0},
		{"chat, below 0", chat, `"max_tokens":-1,"n":-3`, 0, 0, 0},
		{"Responses", responses, `"max_output_tokens":9,"max_tokens":1,"n":4`, 9, 0, 0},
		{"Responses, another API's name", responses, `"max_tokens":1`, 0, 0, 0},
		{"completions", completions, `"max_tokens":9,"n":2,"best_of":4`, 9, 0, 4},
		{"completions, another API's name", completions, `"max_completion_tokens":9,"max_output_tokens":9`, 0, 0, 0},
		{"completions, several prompts", completions, `"prompt":["a","b","c"],"n":2`, 0, 0, 6},
		{"completions, prompts in tokens", completions, `"prompt":[[1,2,3],[4]]`, 0, 0, 2},
		{"completions, one in tokens", completions, `"prompt":[1,2,3]`, 0, 0, 0},
		{"completions, one prompt", completions, `"prompt":"a"`, 0, 0, 0},
		{"Anthropic", messages, `"max_tokens":9,"n":3,"max_completion_tokens":1`, 9, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Read(tt.api, []byte(`{"model":"auto",`+tt.fields+`}`))
			if err != nil || r.MaxTokens != tt.limit || r.Highest != tt.highest || r.Answers != tt.answers {
				t.Errorf("limit %d, highest %d, %d answers, %v; want %d, %d and %d", r.MaxTokens, r.Highest, r.Answers, err, tt.limit, tt.highest, tt.answers)
			}
		})
	}
}

// TestAffords: a limit is lowered to what the budgets have money for, and no further than an
// answer is assumed to be long.
func TestAffords(t *testing.T) {
	body := `{"model":"auto","max_tokens":9000}`
	for affords, want := range map[int]string{
		0:      `{"model":"plain","max_tokens":9000}`,
		20_000: `{"model":"plain","max_tokens":9000}`,
		1234:   `{"model":"plain","max_tokens":1234}`,
		1:      `{"model":"plain","max_tokens":500}`,
	} {
		req, err := Read(routing.OpenAIChat, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Affords = affords
		models := []*routing.Model{plainModel}
		if got := string(Apply([]byte(body), Asks(&req, models).Edits([]byte(body), &req, plainModel)...)); got != want {
			t.Errorf("%d: sent %s, want %s", affords, got, want)
		}
	}
}
