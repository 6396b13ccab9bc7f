package agreement

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
)

func TestOf(t *testing.T) {
	const options = "\nA) the Aare\nB) the Rhine\nC) the Rhone\nD) the Inn"
	for _, tt := range []struct {
		name string
		r    routing.Request
		want Form
	}{
		{"a chat", routing.Request{Prompt: "Tell me about rivers."}, Form{}},
		{"a chat with a figure", routing.Request{Prompt: "I am 30 and have 2 dogs. What should I cook tonight?"}, Form{}},
		{"an essay", routing.Request{Prompt: "Write an essay of 500 words on 3 rivers. How many are there?"}, Form{}},
		{"code to write", routing.Request{Prompt: "Write a Python function that returns True or False for a number. Answer with only the code."}, Form{}},
		{"code to write, as JSON", routing.Request{Prompt: "Write a function that adds 2 numbers.", Needs: routing.JSON}, Form{}},
		{"a translation", routing.Request{Prompt: `Translate to German, as JSON with the key "answer": Good morning.`}, Form{}},
		{"a list of one's own choice, as JSON", routing.Request{Prompt: "List three colours as JSON.", Needs: routing.JSON}, Form{}},
		{"JSON as a topic", routing.Request{Prompt: "What is JSON and who invented it?"}, Form{}},
		{"to think of yes and no", routing.Request{Prompt: "Why do people say yes when they mean no?"}, Form{}},
		{"several questions", routing.Request{Prompt: "I bought 3 apples at 2 dollars. How much did I pay? And how many are left?"}, Form{}},
		{"a dialogue", routing.Request{Prompt: "A: hello\nB: hello\nC: who are you?\nD: me"}, Form{}},
		{"an essay, in Korean", routing.Request{Prompt: "강에 대한 글을 써줘"}, Form{}},
		{"tools on offer", routing.Request{Prompt: "Weather in Bern?", Needs: routing.Tools}, Form{}},

		{"a tool to be called", routing.Request{Prompt: "Weather in Bern?", Needs: routing.Tools, Forced: true}, Form{Kind: Call}},
		{"JSON by the parameter", routing.Request{Prompt: "Is it spam?", Needs: routing.JSON}, Form{Kind: JSON}},
		{"JSON by its words", routing.Request{Prompt: "Is it spam? Reply in JSON: {\"label\": \"...\"}"}, Form{Kind: JSON}},
		{"JSON by its words, in Korean", routing.Request{Prompt: "스팸인가요? {\"정답\": \"...\"} 형식의 JSON으로 답해 주세요."}, Form{Kind: JSON}},
		{"a literal", routing.Request{Prompt: "What does f(2) return? Show it as a literal, in JSON under the key `answer`."}, Form{Kind: JSON, Literal: true}},
		{"a choice", routing.Request{Prompt: "Which of these flows through Bern?" + options}, Form{Kind: Choice}},
		{"a choice, in Korean", routing.Request{Prompt: "다음 중 옳은 것을 고르시오.\n① 강\n② 산\n③ 바다"}, Form{Kind: Choice}},
		{"yes or no", routing.Request{Prompt: "Is the Aare a river? Answer yes or no."}, Form{Kind: Bool}},
		{"true or false", routing.Request{Prompt: "True or false: the Aare is a river."}, Form{Kind: Bool}},
		{"yes or no, in Korean", routing.Request{Prompt: "아레는 강입니까? 예 또는 아니오로 답하세요."}, Form{Kind: Bool}},
		{"a label", routing.Request{Prompt: "Classify the review as positive, negative or neutral.\n\nIt broke."}, Form{Kind: Label, Labels: labelWords([]string{"positive", "negative", "neutral"})}},
		{"a label of a list", routing.Request{Prompt: "Answer with exactly one of: Spam, Not Spam"}, Form{Kind: Label, Labels: labelWords([]string{"spam", "not spam"})}},
		{"a label, in Korean", routing.Request{Prompt: "리뷰를 다음 중 하나로 분류: 긍정, 부정, 중립"}, Form{Kind: Label, Labels: labelWords([]string{"긍정", "부정", "중립"})}},
		{"a number", routing.Request{Prompt: "What is the population of Bern? Reply with only the number."}, Form{Kind: Number}},
		{"a sum", routing.Request{Prompt: "A train has 12 cars of 30 seats. How many seats does it have?"}, Form{Kind: Number}},
		{"a sum, in Korean", routing.Request{Prompt: "기차에 칸이 12개 있고 칸마다 30명이 탑니다. 모두 몇 명입니까?"}, Form{Kind: Number}},
		{"a box", routing.Request{Prompt: `Solve x^2 = 2. Put your final answer in \boxed{}.`}, Form{Kind: Value}},
		{"a final answer", routing.Request{Prompt: "Solve it and give the final answer on the last line."}, Form{Kind: Value}},
		{"instructions at the end of a long text", routing.Request{Prompt: strings.Repeat("All rivers run into the sea. ", 1000) + "Is that so? Answer yes or no."}, Form{Kind: Bool}},

		{"a schema", routing.Request{Prompt: "Sort the mail.", Schema: []byte(`{"properties":{"urgent":{"type":"boolean"},"team":{"enum":["a","b"]},"reason":{"type":"string"}}}`)}, Form{Kind: JSON, Keys: []string{"team", "urgent"}}},
		{"a schema with open text", routing.Request{Prompt: "Who wrote it?", Schema: []byte(`{"properties":{"sender":{"type":"string"}}}`)}, Form{Kind: JSON, Keys: []string{"sender"}}},
		{"a schema of prose", routing.Request{Prompt: "What is it about?", Schema: []byte(`{"properties":{"summary":{"type":"string"}}}`)}, Form{}},
		{"a schema for what is made", routing.Request{Prompt: "Write a story about a river.", Schema: []byte(`{"properties":{"headline":{"type":"string"},"chapters":{"type":"array","items":{"type":"string"}}}}`)}, Form{}},
		{"a schema that is none", routing.Request{Prompt: "Sort it.", Schema: []byte(`{"properties":`)}, Form{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Of(&tt.r)); diff != "" {
				t.Errorf("form (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzOf(f *testing.F) {
	f.Add("Classify as a, b or c: answer with the letter\nA) x\nB) y\nC) z", []byte(`{"properties":{"a":{"type":"array","items":{"enum":[1]}}}}`), uint8(3))
	f.Fuzz(func(t *testing.T, prompt string, schema []byte, needs uint8) {
		r := routing.Request{Prompt: prompt, Schema: schema, Needs: routing.Capabilities(needs), Forced: needs&64 != 0}
		form := Of(&r)
		if len(form.Keys) > maxKeys || len(form.Labels) > maxLabels {
			t.Errorf("unbounded: %v", form)
		}
		if diff := cmp.Diff(form, Of(&r)); diff != "" {
			t.Errorf("the same request has two forms:\n%s", diff)
		}
	})
}
