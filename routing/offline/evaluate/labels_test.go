package evaluate

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sluice/routing/offline/measure"
)

// near64 forgives the last digits of a sum.
var near64 = cmpopts.EquateApprox(0, 1e-12)

// plain leaves of the figures what can be computed by hand.
func plain(f LabelFigures) LabelFigures {
	f.Intervals, f.Classes, f.Confusion, f.Margin = nil, nil, nil, 0
	return f
}

// TestDomain has one code prompt without a keyword and one guessed label that is wrong.
func TestDomain(t *testing.T) {
	const data = `
{"text":"python loop, please","topic":"code","lang":"en","strict":true,"source":"ignored"}
{"text":"mend my loop","topic":"code","lang":"en","strict":true}
{"text":"solve this equation","topic":"math","lang":"en"}
{"text":"좋은 아침","topic":"general","lang":"ko","strict":true}
{"text":"summarize it","topic":"long_context","lang":"en","strict":true}
{"text":"write a poem","topic":"writing","lang":"en","strict":true}
{"text":"write it down?","topic":"general","lang":"en","strict":false}
`
	r, err := Domain(strings.NewReader(data), Spec)
	if err != nil {
		t.Fatal(err)
	}
	want := LabelFigures{N: 6, Accuracy: 5. / 6, MacroF1: 13. / 15, Precision: 0.9, Recall: 0.9, F1: 13. / 15}
	if diff := cmp.Diff(want, plain(r.LabelFigures), near64); diff != "" {
		t.Errorf("strict rows (-want +got):\n%s", diff)
	}
	want = LabelFigures{N: 7, Accuracy: 5. / 7, MacroF1: 23. / 30, Precision: 4. / 5, Recall: 4. / 5, F1: 23. / 30}
	if diff := cmp.Diff(want, plain(*r.All), near64); diff != "" {
		t.Errorf("all rows (-want +got):\n%s", diff)
	}
	confusion := &measure.Confusion{
		Labels: []string{"code", "general", "math", "rag_summary", "writing"},
		Counts: [][]int{{1, 1, 0, 0, 0}, {0, 1, 0, 0, 0}, {0, 0, 1, 0, 0}, {0, 0, 0, 1, 0}, {0, 0, 0, 0, 1}},
	}
	if diff := cmp.Diff(confusion, r.Confusion); diff != "" {
		t.Errorf("confusion (-want +got):\n%s", diff)
	}
	parts := []NamedLabels{{"en", LabelFigures{N: 5, Accuracy: 0.8, MacroF1: 11. / 12, Precision: 1, Recall: 7. / 8, F1: 11. / 12}}, {"ko", LabelFigures{N: 1, Accuracy: 1, MacroF1: 1, Precision: 1, Recall: 1, F1: 1}}}
	if diff := cmp.Diff(parts, r.Parts, near64); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
	if r.Baselines[0].Name != "always code" || r.Baselines[0].Accuracy != 2./6 || r.Baselines[1].Name != "spec" || r.Baselines[1].Accuracy != r.Accuracy {
		t.Errorf("baselines %+v", r.Baselines)
	}
	checkConstant(t, r.Against, Constant{Name: "always code", Figure: "accuracy", Value: 2. / 6, Margin: 3. / 6})
	for name, i := range r.Intervals {
		if !(0 <= i[0] && i[0] < i[1] && i[1] <= 1) {
			t.Errorf("interval of %s: %v", name, i)
		}
	}
	keys(t, r, "task", "scorer", "best_constant", "beats_constant", "n", "accuracy", "macro_f1", "precision", "recall", "f1", "intervals", "classes", "confusion", "all", "by", "parts", "baselines")
	printed(t, r.Print, "domain, spec", "with guessed labels", "lang ko", "RIGHT ↓ GIVEN →")
}

func TestRefusal(t *testing.T) {
	const data = `
{"response":"I can't help with that.","refusal":true,"lang":"en"}
{"response":"죄송하지만 도와드릴 수 없습니다.","refusal":true,"lang":"ko"}
{"response":"Perhaps another time, friend.","refusal":true,"lang":"en"}
{"response":"Paris is the capital of France.","refusal":false,"lang":"en"}
{"response":"The answer is 42.","refusal":false,"lang":"en"}
`
	r, err := Refusal(strings.NewReader(data), Spec)
	if err != nil {
		t.Fatal(err)
	}
	want := LabelFigures{N: 5, Accuracy: 0.8, MacroF1: 0.8, Precision: 1, Recall: 2. / 3, F1: 0.8}
	if diff := cmp.Diff(want, plain(r.LabelFigures), near64); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&measure.Confusion{Labels: []string{"answer", "refusal"}, Counts: [][]int{{2, 0}, {1, 2}}}, r.Confusion); diff != "" {
		t.Errorf("confusion (-want +got):\n%s", diff)
	}
	baselines := []NamedLabels{
		{"always answer", LabelFigures{N: 5, Accuracy: 0.4, MacroF1: 2. / 7}}, // F1 of the answers 4/7, of the refusals 0
		{"always refusal", LabelFigures{N: 5, Accuracy: 0.6, MacroF1: 3. / 8, Precision: 0.6, Recall: 1, F1: 0.75}},
		{"phrases", plain(r.LabelFigures)},
	}
	if diff := cmp.Diff(baselines, r.Baselines, near64); diff != "" {
		t.Errorf("baselines (-want +got):\n%s", diff)
	}
	checkConstant(t, r.Against, Constant{Name: "always refusal", Figure: "accuracy", Value: 0.6, Margin: 0.2})
	printed(t, r.Print, "refusal, spec", "phrases", "lang ko", "spec is not shown to beat the best constant, always refusal (accuracy 0.600): margin +0.200")
}

// TestLanguage has scripts of one language each, and one wrong label.
func TestLanguage(t *testing.T) {
	const data = `
{"text":"오늘은 날씨가 참 좋습니다.","lang":"ko","kind":"sentences"}
{"text":"바람","lang":"ko","kind":"single-words"}
{"text":"Καλημέρα σε όλους, τι κάνετε;","lang":"el","kind":"sentences"}
{"text":"Ναι, βεβαίως, αμέσως.","lang":"he","kind":"sentences"}
`
	r, err := Language(strings.NewReader(data), Learned)
	if err != nil {
		t.Fatal(err)
	}
	want := LabelFigures{N: 4, Accuracy: 0.75, MacroF1: 5. / 9, Precision: 0.5, Recall: 2. / 3, F1: 5. / 9}
	if diff := cmp.Diff(want, plain(r.LabelFigures), near64); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r.Parts[0].Name != "sentences" || r.Parts[0].N != 3 || r.Parts[1].Name != "single-words" || r.Parts[1].Accuracy != 1 {
		t.Errorf("parts %+v", r.Parts)
	}
	if r.Baselines[0].Name != "always ko" || r.Baselines[0].Accuracy != 0.5 {
		t.Errorf("baselines %+v", r.Baselines)
	}
	checkConstant(t, r.Against, Constant{Name: "always ko", Figure: "accuracy", Value: 0.5, Margin: 0.25})
	printed(t, r.Print, "kind sentences", "el", "always ko")
}

func TestWorstMistakes(t *testing.T) {
	labels := strings.Fields("a b c d e f g h i")
	l := &labelled{want: append(labels, "a", "a", "b"), got: append(labels, "b", "b", "a")}
	r, err := l.report("language", Learned, "", "")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := r.Print(&out); err != nil {
		t.Fatal(err)
	}
	if want := "RIGHT  GIVEN  N\na      b      2\nb      a      1\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("prints\n%s\nwant at its end\n%s", out.String(), want)
	}
}

// keys checks that the report's JSON has just these.
func keys(t *testing.T, report any, want ...string) {
	t.Helper()
	text, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]json.RawMessage
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, sortedKeys(got), cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

// printed checks that a report's text has these parts.
func printed(t *testing.T, report func(io.Writer) error, parts ...string) {
	t.Helper()
	var out bytes.Buffer
	if err := report(&out); err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		if !strings.Contains(out.String(), p) {
			t.Errorf("%q is not in\n%s", p, out.String())
		}
	}
}
