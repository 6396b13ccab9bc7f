package evaluate

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing/verdict"
)

func TestRepair(t *testing.T) {
	j, err := verdict.New(verdict.DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	type answer struct {
		Output  string `json:"output"`
		Correct bool   `json:"correct"`
	}
	line := func(want string, answers map[string]answer) string {
		b, err := json.Marshal(map[string]any{"prompt": "How many?", "want": want, "answers": answers})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	data := strings.Join([]string{
		line("12", map[string]answer{
			"a": {"```json\n{\"answer\": \"12 eggs\"}\n```", true},
			"b": {`{"answer": 12.0}`, true},
		}),
		line("12", map[string]answer{
			"a": {"So: {\"answer\": \"13\"}", true}, // the label says otherwise
			"b": {`{"answer": "13"}`, false},
		}),
		line(`\frac{1}{2}`, map[string]answer{
			"a": {"So: {\"result\": \"1\"}", false},
			"b": {"```json\n{\"answer\": \"$\\\\dfrac{1}{2}$\"}\n```", true},
		}),
		line("1,200", map[string]answer{"a": {"{\"answer\": \"1200\"", true}}),
	}, "\n")
	r, err := Repair(strings.NewReader(data), j)
	if err != nil {
		t.Fatal(err)
	}
	want := &RepairReport{
		Task: "repair", N: 7,
		All: RepairFigures{N: 7, Strict: 2, Same: 2, Mended: 4, Parses: 4, Members: 3, Agrees: 2, Escalate: 1},
		ByModel: map[string]RepairFigures{
			"a": {N: 4, Mended: 3, Parses: 3, Members: 2, Agrees: 1, Escalate: 1},
			"b": {N: 3, Strict: 2, Same: 2, Mended: 1, Parses: 1, Members: 1, Agrees: 1},
		},
	}
	if i := r.Intervals["mended"]; i[0] >= 0.8 || i[1] < 0.8 {
		t.Errorf("interval %v", i)
	}
	checkConstant(t, r.Against, Constant{Name: "never repair", Figure: "share of answers delivered as JSON and right or wrong as labelled", Value: 2. / 7, Margin: 2. / 7})
	r.Intervals, r.Against = nil, Against{}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var b strings.Builder
	if err := r.Print(&b); err != nil || !strings.Contains(b.String(), "4 (0.800)") {
		t.Errorf("%v\n%s", err, b.String())
	}
	for _, bad := range []string{`{"want":"1","answers":{"a":{}}}`, `{"prompt":"","answers":{"a":{}}}`, `{"prompt":"","want":"1"}`} {
		if _, err := Repair(strings.NewReader(bad), j); err == nil || !strings.Contains(err.Error(), "line 1") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
