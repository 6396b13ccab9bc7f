package evaluate

import (
	"fmt"
	"io"

	"sluice/routing/classify"
)

// domainRow is a line of domains.jsonl.
type domainRow struct {
	Text   *string `json:"text"`
	Topic  *string `json:"topic"`
	Lang   string  `json:"lang"`
	Strict *bool   `json:"strict"`
}

// Domain measures topics on lines with "text", "topic" and, where the label may be a
// guess, "strict". The report is of the rows whose label is no guess; All has the
// others too. Long contexts count as rag_summary: the topic says what is asked, not
// how long it is.
func Domain(r io.Reader, s Scorer) (*LabelReport, error) {
	m, err := classify.Default()
	if err != nil {
		return nil, err
	}
	scorers := topics(m)
	score, err := choose(s, "domain", scorers)
	if err != nil {
		return nil, err
	}
	var strict, all labelled
	var spec labelled
	byLang := make(map[string]*labelled)
	err = rows(r, func(row *domainRow) error {
		switch {
		case row.Text == nil:
			return missing("text", "the prompt")
		case row.Topic == nil:
			return missing("topic", "what the prompt is about")
		}
		want := *row.Topic
		if want == "long_context" {
			want = classify.RAGSummary.String()
		}
		if _, ok := classify.ParseTopic(want); !ok {
			return fmt.Errorf("unknown topic %q; expected code, math, writing, rag_summary, long_context or general", want)
		}
		got := score(*row.Text)
		all.add(want, got)
		if row.Strict == nil || *row.Strict {
			strict.add(want, got)
			spec.add(want, scorers[Spec](*row.Text))
			into(byLang, row.Lang).add(want, got)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	report := &LabelReport{Task: "domain", Scorer: s, By: "lang"}
	everything, _, err := all.figures("")
	if err != nil {
		return nil, err
	}
	report.All = &everything
	if report.Figures, report.Against, err = strict.figures(""); err != nil {
		return nil, err
	}
	if report.Parts, err = parts(byLang, ""); err != nil {
		return nil, err
	}
	report.Baselines, err = parts(map[string]*labelled{"spec": &spec, report.Constant.Name: strict.always(commonest(strict.want))}, "")
	return report, err
}
