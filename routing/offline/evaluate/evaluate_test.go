package evaluate

import (
	"io"
	"strings"
	"testing"

	"sluice/routing"
	"sluice/routing/config"
)

// TestMistakes has one for every field that a row must have.
func TestMistakes(t *testing.T) {
	rt := build(t, "")
	domain := func(r io.Reader) error { _, err := Domain(r, Spec); return err }
	refusal := func(r io.Reader) error { _, err := Refusal(r, Spec); return err }
	language := func(r io.Reader) error { _, err := Language(r, Learned); return err }
	tier := func(r io.Reader) error { _, err := Tier(r, Spec, pairOf(rt)); return err }
	need := func(r io.Reader) error { _, err := Need(r, rt); return err }
	verdicts := func(r io.Reader) error { _, err := Verdict(r, rt.Judge, 0); return err }
	for _, tt := range []struct {
		name  string
		task  func(io.Reader) error
		in    string
		wants string
	}{
		{"no rows", domain, "\n", "expected lines of JSON, found none"},
		{"no JSON", domain, "\n{", "line 2: unexpected end of JSON input"},
		{"wrong type", domain, `{"text":1}`, "line 1: json: cannot unmarshal number into Go struct field domainRow.text of type string"},
		{"no text", domain, `{"topic":"code"}`, `line 1: "text" is missing; expected the prompt`},
		{"nothing but guesses", domain, `{"text":"a","topic":"code","strict":false}`, `every label is a guess; expected lines without "strict": false`},
		{"no topic", domain, `{"text":"a"}`, `line 1: "topic" is missing; expected what the prompt is about`},
		{"odd topic", domain, `{"text":"a","topic":"korean"}`, `line 1: unknown topic "korean"; expected code, math, writing, rag_summary, long_context or general`},
		{"no response", refusal, `{"refusal":true}`, `line 1: "response" is missing; expected the answer`},
		{"no label", refusal, `{"response":"a","refusal":null}`, `line 1: "refusal" is missing; expected true or false`},
		{"no sentence", language, `{"lang":"ko"}`, `line 1: "text" is missing; expected what is written in the language`},
		{"no language", language, `{"text":"a","lang":""}`, `line 1: "lang" is missing; expected an ISO 639-1 code`},
		{"no prompt", tier, `{"weak_correct":1,"strong_correct":1}`, `line 1: "text" is missing; expected the prompt`},
		{"no answers", tier, `{"text":"a","weak_correct":null,"strong_correct":1}`, `no line has both "weak_correct" and "strong_correct"`},
		{"odd quality", tier, `{"text":"a","weak_correct":0,"strong_correct":7}`, `line 1: "strong_correct" is 7; expected 0 to 1`},
		{"no prompt to need", need, `{"need":1,"ok":[1],"topic":["code"]}`, `line 1: "text" is missing; expected the prompt`},
		{"no need", need, `{"text":"a","ok":[1],"topic":["code"]}`, `line 1: "need" is missing; expected 1 to 4, the weakest tier that is good enough`},
		{"odd need", need, `{"text":"a","need":0.5,"ok":[1],"topic":["code"]}`, `line 1: "need" is 0.5; expected 1 to 4`},
		{"nothing is ok", need, `{"text":"a","need":1,"ok":[],"topic":["code"]}`, `line 1: "ok" is missing; expected the tiers that are a reasonable choice, of 1 to 4`},
		{"odd tier", need, `{"text":"a","need":1,"ok":[1,5],"topic":["code"]}`, `line 1: "ok" has 5; expected tiers of 1 to 4`},
		{"no topics", need, `{"text":"a","need":1,"ok":[1]}`, `line 1: "topic" is missing; expected what the prompt is about`},
		{"odd topics", need, `{"text":"a","need":1,"ok":[1],"topic":["korean"]}`, `line 1: unknown topic "korean"; expected code, math, writing, rag_summary or general`},
		{"no question", verdicts, `{"response":"a","good":true}`, `line 1: "prompt" is missing; expected the question`},
		{"no answer", verdicts, `{"prompt":"a","good":true}`, `line 1: "response" is missing; expected the answer`},
		{"not judged", verdicts, `{"prompt":"a","response":"a"}`, `line 1: "good" is missing; expected true or false`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.task(strings.NewReader(tt.in))
			if err == nil || err.Error() != tt.wants {
				t.Errorf("error %v, want %s", err, tt.wants)
			}
		})
	}
}

func TestUnfitScorer(t *testing.T) {
	_, err := Domain(strings.NewReader(`{"text":"a","topic":"code"}`), Length)
	if want := `scorer "length" does not do task domain; expected learned or spec`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// twoModels is a configuration of the spec's score and round prices.
const twoModels = `
providers: {p: {endpoint: "http://127.0.0.1:1/v1", format: openai}}
models:
  - {name: small, provider: p, tier: budget, price: {input: 1, output: 2}}
  - {name: large, provider: p, tier: flagship, price: {input: 10, output: 20}}
routing: {strategy: hierarchical, tier_models: {budget: small, standard: small, premium: large, flagship: large}}
budgets: [{name: all, per: everyone, limit: 10, window: day, timezone: UTC, exhausted_below: 0.5, premium_above: 0, on_exhausted: cheapest}]
`

// build makes the configuration, the built-in one of "".
func build(t *testing.T, text string) *config.Runtime {
	t.Helper()
	rt, err := config.Build(loaded(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return rt
}

func loaded(t *testing.T, text string) *config.File {
	t.Helper()
	f, _, err := config.Load("test", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func pairOf(rt *config.Runtime) Pair {
	tiers := rt.File.Routing.TierModels
	return Pair{rt.Router.Model(tiers[routing.Budget.String()]), rt.Router.Model(tiers[routing.Flagship.String()])}
}
