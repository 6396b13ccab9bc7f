package evaluate

import (
	"io"

	"sluice/routing/classify"
)

// refusalRow is a line of refusals.jsonl.
type refusalRow struct {
	Response *string `json:"response"`
	Refusal  *bool   `json:"refusal"`
	Lang     string  `json:"lang"`
}

// Refusal measures refusal detection on lines with "response" and "refusal".
func Refusal(r io.Reader, s Scorer) (*LabelReport, error) {
	m, err := classify.Default()
	if err != nil {
		return nil, err
	}
	scorers := refusals(m)
	score, err := choose(s, "refusal", scorers)
	if err != nil {
		return nil, err
	}
	const yes, no = "refusal", "answer"
	name := func(refuses bool) string {
		if refuses {
			return yes
		}
		return no
	}
	var all, phrases labelled
	byLang := make(map[string]*labelled)
	err = rows(r, func(row *refusalRow) error {
		switch {
		case row.Response == nil:
			return missing("response", "the answer")
		case row.Refusal == nil:
			return missing("refusal", "true or false")
		}
		want, got := name(*row.Refusal), name(score(*row.Response))
		all.add(want, got)
		phrases.add(want, name(scorers[Spec](*row.Response)))
		into(byLang, row.Lang).add(want, got)
		return nil
	})
	if err != nil {
		return nil, err
	}
	report := &LabelReport{Task: "refusal", Scorer: s, By: "lang"}
	if report.Figures, report.Against, err = all.figures(yes); err != nil {
		return nil, err
	}
	if report.Parts, err = parts(byLang, yes); err != nil {
		return nil, err
	}
	report.Baselines, err = parts(map[string]*labelled{"phrases": &phrases, always(no): all.always(no), always(yes): all.always(yes)}, yes)
	return report, err
}
