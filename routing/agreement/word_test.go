package agreement

import (
	"encoding/json"
	"strings"
	"testing"

	"sluice/routing"
	"sluice/routing/llmapi/answer"
)

// The plan that carries a form can be printed by an access log: no word of the prompt is in it.
func TestFormHoldsNoWords(t *testing.T) {
	form := Of(&routing.Request{Prompt: "Classify my note as either diabetic, pregnant or john smith."})
	if form.Kind != Label || len(form.Labels) != 3 {
		t.Fatalf("form %+v, want three labels", form)
	}
	text, err := json.Marshal(form)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"diabetic", "pregnant", "john", "smith"} {
		if strings.Contains(string(text), word) {
			t.Errorf("%s holds %q", text, word)
		}
	}
	for text, want := range map[string]string{"John Smith": "2", "It is diabetic.": "0", "pregnant": "1", "diabetic or pregnant": "", "pregnantly": "", "": ""} {
		got, ok := form.Final(&answer.Response{Text: text})
		if ok != (want != "") || got.text != want {
			t.Errorf("%q: %q, %v, want %q", text, got.text, ok, want)
		}
	}
}

func TestWordWithin(t *testing.T) {
	spam := labelWords([]string{"spam"})[0]
	ko := labelWords([]string{"긍정"})[0]
	for _, tt := range []struct {
		word Word
		text string
		want bool
	}{
		{spam, "spam", true},
		{spam, "this is spam.", true},
		{spam, "(spam)", true},
		{spam, "spammer", false},
		{spam, "antispam", false},
		{spam, "spamspam", false},
		{spam, "spammy, spam", true},
		{spam, "spa", false},
		{spam, "", false},
		{spam, "é spam", true},
		{ko, "이 리뷰는 긍정입니다", true},
		{ko, "초긍정", false},
	} {
		if got := tt.word.within(tt.text); got != tt.want {
			t.Errorf("%q: %v", tt.text, got)
		}
	}
}

// Members of different names are different answers, unless the name says no more than "answer".
func TestObjectNames(t *testing.T) {
	closed := Form{Kind: JSON, Keys: []string{"approved", "fraud"}}
	final := func(f Form, text string) string {
		out, ok := f.Final(&answer.Response{Text: text})
		if !ok {
			t.Fatalf("%s has no final answer", text)
		}
		return out.text
	}
	if final(closed, `{"approved": true}`) == final(closed, `{"fraud": true}`) {
		t.Error("approved and fraud agree")
	}
	open := Form{Kind: JSON}
	if final(open, `{"count": 1}`) == final(open, `{"size": 1}`) {
		t.Error("count and size agree")
	}
	if final(open, `{"answer": 1}`) != final(open, `{"Answer": 1, "reasoning": "so"}`) {
		t.Error("answer and Answer do not agree")
	}
}
