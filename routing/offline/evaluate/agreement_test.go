package evaluate

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
)

func TestAgreement(t *testing.T) {
	const seats = `"prompt":"12 cars have 30 seats each. How many seats are there?","answers":{`
	row := func(task, a, b string, right ...string) string {
		return `{"task":"` + task + `",` + seats + `"a-1":{"output":"` + a + `","correct":` + right[0] + `},"b":{"output":"` + b + `","correct":false},"c":{"output":"x","correct":` + right[1] + `}}}` + "\n"
	}
	data := row("sums", "360", "360.0 seats", "true", "true") + // agree, right
		row("sums", "36", "36", "false", "true") + // agree, wrong
		row("sums", "36", "360", "false", "true") + // differ
		row("sums", "360", "36", "true", "false") + // differ, and the strong one is wrong
		row("sums", "Many.", "360", "false", "true") + // nothing to compare
		strings.Replace(row("chat", "Hello.", "Hello.", "false", "true"), "12 cars have 30 seats each. How many seats are there?", "Say hello.", 1)
	models := []*routing.Model{
		{Name: "a-1", Family: "a-1", Price: routing.Price{Input: 1e6}},
		{Name: "b", Family: "b"},
		{Name: "c", Family: "c", Price: routing.Price{Input: 1e7}},
	}
	r, err := Agreement(strings.NewReader(data), Trio{"a-1", "b", "c"}, func(name string) *routing.Model { return Alike(name, models) })
	if err != nil {
		t.Fatal(err)
	}
	half, third := 0.5, 1./3
	want := AgreementFigures{
		Task: "all", N: 6, Checkable: 5. / 6, Agree: 0.4, Precision: 0.5, QualityFirst: 2. / 6, QualityStrong: 5. / 6, Quality: 0.5,
		StrongShare: 0.5, RandomQuality: 7. / 12, RandomGap: &half,
	}
	want.Gap = &third
	got := r.AgreementFigures
	got.Cost, got.CostFirst, got.CostStrong, got.RandomCost, got.Intervals, got.Against, got.Gain, got.Margin = nil, nil, nil, nil, nil, Against{}, 0, 0
	if diff := cmp.Diff(want, got, near64); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if *r.Cost <= *r.CostFirst || *r.RandomCost != *r.CostFirst+half**r.CostStrong {
		t.Errorf("costs %v, %v, %v, %v", *r.Cost, *r.CostFirst, *r.CostStrong, *r.RandomCost)
	}
	// The strong model has ten times the price of the first, the second has none; the sum has 14
	// tokens, the greeting 4. Three sums go to the strong model, too: what a mix spends on it for
	// this share of the requests.
	strong := 3 * 10 * 14. / (9 * (5*14 + 4))
	checkConstant(t, r.Against, Constant{
		Name: "63 % always strong and the others always first, which costs as much", Figure: "quality",
		Value: 2./6 + strong*3/6, Margin: 1./6 - strong*3/6,
	})
	if len(r.Tasks) != 2 || r.Tasks[0].N != 5 || r.Tasks[1].Checkable != 0 || r.Tasks[1].Quality != 0 {
		t.Errorf("by task: %+v", r.Tasks)
	}
	if gap := *r.Tasks[0].RandomGap; gap != 0.6 {
		t.Errorf("as many at random recover %v", gap)
	}
	keys(t, r, "best_constant", "beats_constant", "eval", "first", "second", "strong", "task", "n", "checkable", "agree", "precision_agree", "quality_first", "quality_strong", "quality",
		"gap_recovered", "strong_share", "cost", "cost_first", "cost_strong", "random_quality", "random_gap_recovered", "random_cost", "intervals", "tasks")
	printed(t, r.Print, "sums", "as many at random", "first a-1, second b, where they differ c")

	for text, want := range map[string]string{
		`{"task":"x","answers":{}}`:               `line 1: "prompt" is missing`,
		`{"task":"x","prompt":"p","answers":{}}`:  `line 1: no answer of "a-1"; there are those of []`,
		`{"task":"x","prompt":"p","answers":[1]}`: `line 1: json`,
	} {
		if _, err := Agreement(strings.NewReader(text), Trio{"a-1", "b", "c"}, func(string) *routing.Model { return nil }); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if _, err := Agreement(strings.NewReader(data), Trio{First: "a-1"}, func(string) *routing.Model { return nil }); err == nil || !strings.Contains(err.Error(), "--second") {
		t.Errorf("without names: %v", err)
	}
}

func TestAlike(t *testing.T) {
	price := func(x float64) routing.Price { return routing.Price{Input: x} }
	models := []*routing.Model{
		{Name: "gemini-2.0-pro", Family: "google", Price: price(2)}, {Name: "gemini-2.0-flash", Family: "google", Price: price(1)}, {Name: "gpt-4o", Family: "openai", Price: price(3)},
	}
	for name, want := range map[string]string{"gpt-4o": "gpt-4o", "gemini-1.5-flash": "gemini-2.0-flash", "gemini-1.5-pro": "gemini-2.0-pro", "gemini-9": "gemini-2.0-flash", "o1": "gpt-4o", "ours": ""} {
		got := ""
		if m := Alike(name, models); m != nil {
			got = m.Name
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
