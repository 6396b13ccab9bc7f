package evaluate

import (
	"cmp"
	"io"
	"slices"
	"unicode/utf8"

	"sluice/routing"
	"sluice/routing/offline/measure"
	"sluice/routing/verdict"
)

// FlagFigures say how well weak answers were flagged, which escalates them. Precision and Recall
// are of answers that are not good.
type FlagFigures struct {
	Count     int      `json:"count" col:"COUNT"`
	Flagged   float64  `json:"flagged" col:"FLAGGED" ci:"flagged"` // share of all answers
	Precision float64  `json:"precision" col:"PRECISION" ci:"precision"`
	Recall    float64  `json:"recall" col:"RECALL" ci:"recall"`
	RecallBad float64  `json:"recall_bad" col:"RECALL BAD" ci:"recall_bad"` // of the answers called bad, a harder word than not good where both are given
	Accuracy  float64  `json:"accuracy" col:"ACCURACY" ci:"accuracy"`       // share of the answers that are flagged if they are not good, and not if they are
	PGR       *float64 `json:"pgr" col:"PGR" ci:"pgr"`                      // share of the gap between the answers' and the strong model's quality that escalating recovers; null where unknown
	Margin    float64  `json:"-" ci:"margin"`                               // of the accuracy, to the best constant
}

// VerdictReport says how well the configured verdicts find weak answers, on answers of known
// quality.
type VerdictReport struct {
	Task   string `json:"task"`
	Scorer Scorer `json:"scorer"`
	N      int    `json:"n"`
	FlagFigures
	Against                          // never flag or always flag
	NotGood   float64                `json:"not_good"` // share of all answers
	Bad       float64                `json:"bad"`
	Intervals map[string]Range       `json:"intervals"` // 95 %, by figure
	Reasons   map[string]FlagFigures `json:"reasons"`
	Shortest  FlagFigures            `json:"shortest"` // as many of the shortest answers, for comparison
	Never     FlagFigures            `json:"never_flag"`
	Always    FlagFigures            `json:"always_flag"`
}

// ratedAnswer is one answer of known quality.
type ratedAnswer struct {
	reason    verdict.Reason // why it would be escalated; "" if it would not
	good, bad bool
	gain      int // what escalating changes: 1 if the strong model alone is right, -1 if it alone is wrong; 0 where unknown
	length    int // in characters
}

// Verdict runs the judge on lines with "prompt", "response", "good" and, where known, "bad" and
// "strong_good", each as a whole OpenAI answer to that prompt by a model with the minimum
// confidence. Where "bad" is not given, an answer that is not good is bad.
func Verdict(r io.Reader, j *verdict.Judge, minConfidence float64) (*VerdictReport, error) {
	type answerRow struct {
		Prompt     *string `json:"prompt" required:"the question"`
		Response   *string `json:"response" required:"the answer"`
		Good       *bool   `json:"good" required:"true or false"`
		Bad        *bool   `json:"bad"`
		StrongGood *bool   `json:"strong_good"`
	}
	var all []ratedAnswer
	err := rows(r, func(row *answerRow) error {
		req, err := promptRequest(*row.Prompt)
		if err != nil {
			return err
		}
		expected := verdict.Expect(&req, "")
		expected.MinConfidence = minConfidence
		_, reason := j.Body(routing.OpenAI, &expected, chatAnswer(*row.Response))
		a := ratedAnswer{reason: reason, good: *row.Good, bad: !*row.Good, length: utf8.RuneCountInString(*row.Response)}
		if row.Bad != nil {
			a.bad = *row.Bad
		}
		if row.StrongGood != nil {
			a.gain = count(*row.StrongGood) - count(a.good)
		}
		all = append(all, a)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return verdictReport(all), nil
}

func verdictReport(all []ratedAnswer) *VerdictReport {
	gaveUp := func(a *ratedAnswer) bool { return a.reason != "" }
	never := func(*ratedAnswer) bool { return false }
	always := func(*ratedAnswer) bool { return true }
	once := measure.Once(len(all))
	out := &VerdictReport{
		Task: "verdict", Scorer: Configured, N: len(all), Reasons: make(map[string]FlagFigures),
		Never: flagFigures(all, never, once), Always: flagFigures(all, always, once),
	}
	notGood, bad := 0, 0
	for i := range all {
		notGood += count(!all[i].good)
		bad += count(all[i].bad)
		if reason := all[i].reason; reason != "" && out.Reasons[string(reason)].Count == 0 {
			out.Reasons[string(reason)] = flagFigures(all, func(a *ratedAnswer) bool { return a.reason == reason }, once)
		}
	}
	out.NotGood, out.Bad = measure.Share(notGood, len(all)), measure.Share(bad, len(all))
	best := Constant{Name: "never flag", Figure: "accuracy", Value: out.Never.Accuracy}
	constant := never
	if out.Always.Accuracy > best.Value {
		best.Name, best.Value, constant = "always flag", out.Always.Accuracy, always
	}
	out.FlagFigures, out.Intervals = estimate(len(all), func(counts []int) FlagFigures {
		f := flagFigures(all, gaveUp, counts)
		f.Margin = f.Accuracy - flagFigures(all, constant, counts).Accuracy
		return f
	})
	best.Margin = out.Margin
	out.Against = against(best, out.Intervals)

	short := slices.Clone(all)
	slices.SortStableFunc(short, func(a, b ratedAnswer) int { return cmp.Compare(a.length, b.length) })
	for i := range short {
		short[i].reason = ""
		if i < out.Count {
			short[i].reason = verdict.TooShort
		}
	}
	out.Shortest = flagFigures(short, gaveUp, once)
	return out
}

// flagFigures computes the figures of flagging the answers that is reports.
func flagFigures(all []ratedAnswer, is func(*ratedAnswer) bool, counts []int) FlagFigures {
	var f FlagFigures
	var n, notGood, hits, bad, badHits, gap, recovered int
	for i, k := range counts {
		a := &all[i]
		n += k
		notGood += k * count(!a.good)
		bad += k * count(a.bad)
		gap += k * a.gain
		if is(a) {
			f.Count += k
			hits += k * count(!a.good)
			badHits += k * count(a.bad)
			recovered += k * a.gain
		}
	}
	f.Flagged = measure.Share(f.Count, n)
	f.Precision = measure.Share(hits, f.Count)
	f.Recall = measure.Share(hits, notGood)
	f.RecallBad = measure.Share(badHits, bad)
	f.Accuracy = measure.Share(n-notGood-(f.Count-hits)+hits, n)
	if gap > 0 {
		f.PGR = new(float64(recovered) / float64(gap))
	}
	return f
}

// Print writes the report as text.
func (r *VerdictReport) Print(w io.Writer) error {
	t := newTable(w)
	line := func(name string, f FlagFigures) { t.figures(name, f, nil) }
	t.headings("", r.FlagFigures)
	t.figures("verdicts", r.FlagFigures, r.Intervals)
	line("the shortest, as many", r.Shortest)
	line("never flag", r.Never)
	line("always flag", r.Always)
	for _, name := range sortedKeys(r.Reasons) {
		line(name, r.Reasons[name])
	}
	t.line("\nof %d answers %.1f %% are not good and %.1f %% bad", r.N, 100*r.NotGood, 100*r.Bad)
	t.line("telling the answers that are not good, the judge %s", r.sentence())
	return t.Flush()
}
