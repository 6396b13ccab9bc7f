package evaluate

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVerdict(t *testing.T) {
	again := strings.Repeat("and then the sea came in again ", 300)
	data := `
{"prompt":"Why are there tides?","response":"","good":false,"bad":true,"strong_good":true}
{"prompt":"Why are there tides?","response":"` + again + `","good":false,"bad":false,"strong_good":false}
{"prompt":"Why are there tides?","response":"The moon and the sun pull at the sea. Their pull is stronger on the near side, so the water rises there.","good":true,"bad":false,"strong_good":true}
{"prompt":"Why are there tides?","response":"The wind pushes the sea against the shore twice a day. In the evening it lets go, and the water falls.","good":false,"bad":true,"strong_good":true}
{"prompt":"Why are there tides?","response":"","good":true,"strong_good":true}
`
	r, err := Verdict(strings.NewReader(data), build(t, "").Judge, 0)
	if err != nil {
		t.Fatal(err)
	}
	half, zero := 0.5, 0.
	want := FlagFigures{Count: 3, Flagged: 0.6, Precision: 2. / 3, Recall: 2. / 3, RecallBad: 0.5, Accuracy: 0.6, PGR: &half}
	if diff := cmp.Diff(want, r.FlagFigures, near64); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	reasons := map[string]FlagFigures{
		"empty":      {Count: 2, Flagged: 0.4, Precision: 0.5, Recall: 1. / 3, RecallBad: 0.5, Accuracy: 0.4, PGR: &half},
		"repetition": {Count: 1, Flagged: 0.2, Precision: 1, Recall: 1. / 3, RecallBad: 0, Accuracy: 0.6, PGR: &zero},
	}
	if diff := cmp.Diff(reasons, r.Reasons, near64); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	if r.N != 5 || r.Shortest.Count != 3 || r.NotGood != 0.6 || r.Bad != 0.4 {
		t.Errorf("%+v", r)
	}
	// Three of five are not good; flagging two of them and one of the others is as good as flagging all.
	if r.Never.Accuracy != 0.4 || r.Always.Accuracy != 0.6 || r.Always.Recall != 1 {
		t.Errorf("never flag %+v, always flag %+v", r.Never, r.Always)
	}
	checkConstant(t, r.Against, Constant{Name: "always flag", Figure: "accuracy", Value: 0.6})
	keys(t, r, "best_constant", "beats_constant", "accuracy", "never_flag", "always_flag", "task", "scorer", "n", "count", "flagged", "precision", "recall", "recall_bad", "pgr", "not_good", "bad", "intervals", "reasons", "shortest")
	printed(t, r.Print, "verdicts", "empty", "repetition", "of 5 answers 60.0 % are not good and 40.0 % bad", "the judge does not beat the best constant, always flag (accuracy 0.600): margin +0.000")
}
