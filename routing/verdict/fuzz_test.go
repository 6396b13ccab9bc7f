package verdict

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sluice/routing"
	"sluice/routing/verdict/constraint"
)

func FuzzBody(f *testing.F) {
	for _, bad := range badAnswers {
		f.Add([]byte(bad.body), []byte(bad.expect.Schema), uint8(0xff))
	}
	f.Add([]byte(openAI(`{"name":"Ada"}`, "stop")), []byte(`{"required":["name"]}`), uint8(2))
	f.Add([]byte(anthropic(goodText, "end_turn")), []byte(`{"$ref":"#"}`), uint8(1))
	f.Add([]byte(openAI("Yes, it is a river.", "stop")), []byte(nil), uint8(64))
	f.Add([]byte(openAICall(`{"a":1}`)), []byte(`{"items":{"pattern":"a{9}"}}`), uint8(4))
	j := newJudge(f, nil)
	keep := newJudge(f, keepAll)
	f.Fuzz(func(t *testing.T, body, schema []byte, asked uint8) {
		format, e := decodeExpectation(asked)
		e.Schema = schema
		_, got := j.Body(format, &e, body)
		if got != "" && !slices.Contains(reasons, got) {
			t.Fatalf("unknown reason %q", got)
		}
		if got.Structured() && !e.JSON {
			t.Fatalf("%q, and no JSON was asked for", got)
		}
		if _, again := j.Body(format, &e, body); again != got {
			t.Fatalf("%q, then %q", got, again)
		}
		if _, kept := keep.Body(format, &e, body); kept != "" {
			t.Fatalf("%q where all is kept", kept)
		}
	})
}

func FuzzStream(f *testing.F) {
	for i, s := range streams {
		var asked uint8
		if s.format == routing.Anthropic {
			asked |= 1
		}
		if s.expect.JSON {
			asked |= 2
		}
		if s.expect.Tools {
			asked |= 4
		}
		f.Add([]byte(strings.Join(s.events, "")), asked, uint64(i))
	}
	f.Add([]byte(strings.Join(openAIEvents("stop", "Yes", ", i", "t is", " a riv", "er", "."), "")), uint8(64), uint64(1))
	f.Add([]byte(strings.Join(anthropicEvents("end_turn", "It", " is a", " river with many bends", " in it."), "")), uint8(65), uint64(2))
	j := newJudge(f, nil)
	f.Fuzz(func(t *testing.T, body []byte, asked uint8, seed uint64) {
		if len(body) > 1<<16 {
			return
		}
		format, e := decodeExpectation(asked)
		once := j.Stream(format, &e)
		once.Feed(body)
		once.End()
		random := rand.New(rand.NewPCG(seed, 0))
		checkChunks(t, j.Stream(format, &e), body, func() int { return random.IntN(40) }, once.Reason())
	})
}

func decodeExpectation(bits uint8) (routing.Format, Expectation) {
	e := Expectation{JSON: bits&2 != 0, Tools: bits&4 != 0, Limited: bits&8 != 0, Short: bits&16 != 0}
	if bits&32 != 0 {
		e.MinConfidence = 0.5
	}
	if bits&64 != 0 {
		e.Constraints = constraint.Read("Answer only yes or no. Do not use commas. Do not use the word \"river\". Start your answer with \"Yes\".", "")
	}
	if bits&1 != 0 {
		return routing.Anthropic, e
	}
	return routing.OpenAI, e
}

func keepAll(s *Settings) {
	for _, r := range reasons {
		s.Actions[r] = Keep
	}
}
