package evaluate

import (
	"io"

	"sluice/routing/classify"
)

// languageRow is a line of languages.jsonl.
type languageRow struct {
	Text *string `json:"text"`
	Lang *string `json:"lang"`
	Kind string  `json:"kind"`
}

// Language measures language detection on lines with "text", "lang" (ISO 639-1) and "kind".
func Language(r io.Reader, s Scorer) (*LabelReport, error) {
	m, err := classify.Default()
	if err != nil {
		return nil, err
	}
	score, err := choose(s, "language", languages(m))
	if err != nil {
		return nil, err
	}
	var all labelled
	byKind := make(map[string]*labelled)
	err = rows(r, func(row *languageRow) error {
		switch {
		case row.Text == nil:
			return missing("text", "what is written in the language")
		case row.Lang == nil || *row.Lang == "":
			return missing("lang", "an ISO 639-1 code")
		}
		got := score(*row.Text)
		all.add(*row.Lang, got)
		into(byKind, row.Kind).add(*row.Lang, got)
		return nil
	})
	if err != nil {
		return nil, err
	}
	report := &LabelReport{Task: "language", Scorer: s, By: "kind"}
	if report.Figures, report.Against, err = all.figures(""); err != nil {
		return nil, err
	}
	if report.Parts, err = parts(byKind, ""); err != nil {
		return nil, err
	}
	report.Baselines, err = parts(map[string]*labelled{report.Constant.Name: all.always(commonest(all.want))}, "")
	return report, err
}
