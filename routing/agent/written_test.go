package agent

import "testing"

func TestWrittenBy(t *testing.T) {
	for block, want := range map[string]Writing{
		"":                                       Human,
		"  \n":                                   Human,
		"Continue":                               Human,
		"I updated the files.":                   Harness,
		"\n\nI updated the files.\n":             Harness,
		"I updated the files. And now?":          Human,
		"# Fix any errors below, if possible.\n": Harness,
		"# 3 SEARCH/REPLACE blocks failed to match!":     Harness,
		"# 30000 SEARCH/REPLACE blocks failed to match!": Human,
		"# SEARCH/REPLACE blocks: what are they?":        Human,
		"# 2 questions":                 Human,
		"[read_file] Result:\nx":        Result,
		"[read_file for 'a b'] Result:": Result,
		"[ask_followup_question for 'which?'] Result:\n<answer>this</answer>": Result,
		"[note] Result: none":  Human,
		"[_] Result:":          Human,
		"[1_2] Result:":        Human,
		"[] Result:":           Human,
		"[a_b Result:":         Human,
		"[Result] my_function": Human,
		"This is the Gemini CLI. We are setting up the context for our chat.\nx":          Harness,
		"This is my plan. We are setting up the context for our chat. What do you think?": Human,
		"Called the Read tool with the following input: {}":                               Quotes,
		"Called the police, with the following input":                                     Human,
		"I switched to a new code base. Please don't consider the above files.":           Examples,
		"I switched to a new code base.":                                                  Human,
		"Stop hook feedback:\n- lint":                                                     Harness,
		"Stop hook feedback is what?":                                                     Human,
	} {
		if got := WrittenBy([]byte(block)); got != want {
			t.Errorf("%q: %d, want %d", block, got, want)
		}
	}
}
