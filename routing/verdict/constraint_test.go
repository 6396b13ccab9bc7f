package verdict

import (
	"encoding/json"
	"strings"
	"testing"

	"sluice/routing"
	"sluice/routing/verdict/constraint"
)

// TestExpectConstraints: they are read where a person wrote, and an answer in words is wanted.
func TestExpectConstraints(t *testing.T) {
	const prompt = "Is Pluto a planet? Answer only yes or no."
	for _, tt := range []struct {
		name string
		req  routing.Request
		want int
	}{
		{"a person", routing.Request{Prompt: prompt}, 1},
		{"Korean", routing.Request{Prompt: "광합성을 50자 이내로 설명해 주세요."}, 1},
		{"behind a long text", routing.Request{Prompt: strings.Repeat("The mill ground wheat. ", 100) + "\n\n" + prompt}, 1},
		{"within a long text", routing.Request{Prompt: strings.Repeat("The mill ground wheat. ", 100) + "\n\n" + prompt + "\n\n" + strings.Repeat("The mill ground wheat. ", 100)}, 0},
		{"an agent with tools", routing.Request{Prompt: prompt, Needs: routing.Tools}, 0},
		{"JSON by its parameters", routing.Request{Prompt: prompt, Needs: routing.JSON}, 0},
		{"an agent at work", routing.Request{Prompt: prompt, Kind: routing.Continuation}, 0},
		{"an auxiliary request", routing.Request{Prompt: prompt, Kind: routing.Auxiliary}, 0},
		{"none set", routing.Request{Prompt: "Is Pluto a planet? Explain its history."}, 0},
	} {
		e := Expect(&tt.req, "en")
		if len(e.Constraints) != tt.want {
			t.Errorf("%s: %v", tt.name, e.Constraints)
		}
		if tt.want > 0 != e.Short && !strings.Contains(tt.req.Prompt, "yes or no") { // which says so already
			t.Errorf("%s: a short answer is right: %v", tt.name, e.Short)
		}
		text, err := json.Marshal(e)
		var again Expectation
		if err != nil || json.Unmarshal(text, &again) != nil || len(again.Constraints) != tt.want {
			t.Errorf("%s: %s, %v", tt.name, text, err)
		}
	}
}

func TestConstraintAnswers(t *testing.T) {
	yesNo := Expectation{Constraints: constraint.Read("Answer only yes or no.", "")}
	stops := yesNo
	stops.Stops = true
	limited := yesNo
	limited.Limited = true
	for _, tt := range []struct {
		name   string
		expect *Expectation
		body   string
		want   Reason
	}{
		{"kept", &yesNo, openAI("No, it is not a planet.", "stop"), Constraint},
		{"kept", &yesNo, openAI("No.", "stop"), TooShort}, // min_characters of newJudge: nothing told it that short is right
		{"another reason first", &yesNo, openAI("I cannot help with that, whatever you say.", "stop"), Refusal},
		{"a tool is called", &yesNo, openAICall(`{"a":1}`), ""},
		{"the client stops it", &stops, openAI("It is a matter of debate among the astronomers.", "stop"), ""},
		{"cut off by the client", &limited, openAI("It is a matter of debate among the", "length"), ""},
	} {
		if _, got := newJudge(t, nil).Body(routing.OpenAI, tt.expect, []byte(tt.body)); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestConstraintStream: a stream is given up once its beginning proves the break, and not
// held for what only its end can show.
func TestConstraintStream(t *testing.T) {
	long := []string{"It is ", "a matter ", "of debate ", "among the ", "astronomers ", "of our ", "time, ", "and has been."}
	for _, tt := range []struct {
		prompt string
		pieces []string
		want   Reason
		events int // of the answer that are read before the stream is decided on; 0: as without the constraint
	}{
		{"Answer only yes or no.", long, Constraint, 3},
		{"Answer only yes or no.", []string{"No", ".", " It is not", " a planet."}, Constraint, 4},
		{"Answer only yes or no.", []string{"No", "."}, "", 3},
		{"Answer in at most 50 words.", long, "", 0},
		{"Do not use the word \"debate\".", long, Constraint, 4},
		{"Include the word \"planet\".", long, "", 0},
		{"Start your answer with \"Yes\".", long, Constraint, 1},
		{"Start your answer with \"It is\".", long, "", 0},
	} {
		j := newJudge(t, func(s *Settings) { s.MinCharacters = 0 })
		read := func(e Expectation) (n int, reason Reason) {
			s := j.Stream(routing.OpenAI, &e)
			for i, event := range openAIEvents("stop", tt.pieces...) {
				if n = i; s.Feed([]byte(event)) != Pending { // the first event has no text
					break
				}
			}
			s.End()
			return n, s.Reason()
		}
		want := tt.events
		if want == 0 {
			want, _ = read(Expectation{})
		}
		e := Expectation{Constraints: constraint.Read(tt.prompt, "")}
		if n, reason := read(e); len(e.Constraints) != 1 || reason != tt.want || n != want {
			t.Errorf("%q: %q after %d events, want %q after %d", tt.prompt, reason, n, tt.want, want)
		}
	}
}
