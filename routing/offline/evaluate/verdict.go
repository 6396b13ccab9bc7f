package evaluate

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"sluice/routing"
	"sluice/routing/llmapi"
	"sluice/routing/verdict"
)

// Flagged says what became of the answers that would be given up. Precision and Recall
// are of answers that are not good.
type Flagged struct {
	Count     int      `json:"count"`
	Flagged   float64  `json:"flagged"` // share of all answers
	Precision float64  `json:"precision"`
	Recall    float64  `json:"recall"`
	RecallBad float64  `json:"recall_bad"` // of the answers called bad, a harder word than not good where both are given
	Accuracy  float64  `json:"accuracy"`   // share of the answers that are flagged if they are not good, and not if they are
	PGR       *float64 `json:"pgr"`        // share of the gap between the answers' and the strong model's quality that escalating recovers; null where unknown
}

// VerdictReport is what the configured verdicts are worth on answers of known quality.
type VerdictReport struct {
	Task   string `json:"task"`
	Scorer Scorer `json:"scorer"`
	N      int    `json:"n"`
	Flagged
	Against                      // never flag or always flag
	NotGood   float64            `json:"not_good"` // share of all answers
	Bad       float64            `json:"bad"`
	Intervals map[string]Range   `json:"intervals"` // 95 %, by figure
	Reasons   map[string]Flagged `json:"reasons"`
	Shortest  Flagged            `json:"shortest"` // as many of the shortest answers, for comparison
	Never     Flagged            `json:"never_flag"`
	Always    Flagged            `json:"always_flag"`
}

// answerRow is a line of answers.jsonl.
type answerRow struct {
	Prompt     *string `json:"prompt"`
	Response   *string `json:"response"`
	Good       *bool   `json:"good"`
	Bad        *bool   `json:"bad"`
	StrongGood *bool   `json:"strong_good"`
}

// judged is one answer and what was found about it.
type judged struct {
	reason    verdict.Reason
	good, bad bool
	strong    bool // the strong model's answer is good
	known     bool // whether it is
	length    int  // in characters
}

// Verdict runs the judge on lines with "prompt", "response", "good" and, where known,
// "bad" and "strong_good", each as a whole OpenAI answer to that prompt by a model with
// the minimum confidence. Where "bad" is not given, an answer that is not good is bad.
func Verdict(r io.Reader, j *verdict.Judge, minConfidence float64) (*VerdictReport, error) {
	var all []judged
	err := rows(r, func(row *answerRow) error {
		switch {
		case row.Prompt == nil:
			return missing("prompt", "the question")
		case row.Response == nil:
			return missing("response", "the answer")
		case row.Good == nil:
			return missing("good", "true or false")
		}
		reason, err := judge(j, *row.Prompt, *row.Response, minConfidence)
		if err != nil {
			return err
		}
		a := judged{reason: reason, good: *row.Good, bad: !*row.Good, length: utf8.RuneCountInString(*row.Response)}
		if row.Bad != nil {
			a.bad = *row.Bad
		}
		if row.StrongGood != nil {
			a.strong, a.known = *row.StrongGood, true
		}
		all = append(all, a)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return verdictReport(all), nil
}

// judge returns why the judge would give up a plain answer to the prompt, "" if it would not.
func judge(j *verdict.Judge, prompt, response string, minConfidence float64) (verdict.Reason, error) {
	request, err := chatRequest(prompt)
	if err != nil {
		return "", err
	}
	req, err := llmapi.Read(routing.OpenAIChat, request)
	if err != nil {
		return "", fmt.Errorf("read the prompt: %w", err)
	}
	e := verdict.Expect(&req, "")
	e.MinConfidence = minConfidence
	body, err := chatAnswer(response)
	if err != nil {
		return "", err
	}
	_, reason := j.Body(routing.OpenAI, &e, body)
	return reason, nil
}

// chatAnswer writes the body that answers with one text.
func chatAnswer(text string) ([]byte, error) {
	type message struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	}
	type choice struct {
		Index   int     `json:"index"`
		Message message `json:"message"`
		Finish  string  `json:"finish_reason"`
	}
	return json.Marshal(map[string]any{
		"object":  "chat.completion",
		"choices": []choice{{Message: message{"assistant", text}, Finish: "stop"}},
	})
}

// chatRequest writes the body that asks for one thing.
func chatRequest(prompt string) ([]byte, error) {
	text, err := json.Marshal(prompt)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, `{"model":"auto","messages":[{"role":"user","content":%s}]}`, text), nil
}

func verdictReport(all []judged) *VerdictReport {
	gaveUp := func(a *judged) bool { return a.reason != "" }
	out := &VerdictReport{
		Task: "verdict", Scorer: Configured, N: len(all),
		Flagged: flagged(all, gaveUp), Reasons: make(map[string]Flagged),
	}
	notGood, bad := 0, 0
	for i := range all {
		if !all[i].good {
			notGood++
		}
		if all[i].bad {
			bad++
		}
		if name := all[i].reason; name != "" {
			if _, ok := out.Reasons[string(name)]; !ok {
				out.Reasons[string(name)] = flagged(all, func(a *judged) bool { return a.reason == name })
			}
		}
	}
	out.NotGood, out.Bad = share(notGood, len(all)), share(bad, len(all))
	out.Never = flagged(all, func(*judged) bool { return false })
	out.Always = flagged(all, func(*judged) bool { return true })
	best := Constant{Name: "never flag", Figure: "accuracy", Value: out.Never.Accuracy}
	constant := func(notGood float64) float64 { return 1 - notGood }
	if out.Always.Accuracy > best.Value {
		best.Name, best.Value = "always flag", out.Always.Accuracy
		constant = func(notGood float64) float64 { return notGood }
	}
	best.Margin = out.Accuracy - best.Value
	drawn := make([]judged, len(all))
	out.Intervals = bootstrap(len(all), func(rows []int, put func(string, float64)) {
		for i, row := range rows {
			drawn[i] = all[row]
		}
		f := flagged(drawn, gaveUp)
		notGood := 0
		for i := range drawn {
			notGood += count(!drawn[i].good)
		}
		put("accuracy", f.Accuracy)
		put(margin, f.Accuracy-constant(share(notGood, len(drawn))))
		put("flagged", f.Flagged)
		put("precision", f.Precision)
		put("recall", f.Recall)
		put("recall_bad", f.RecallBad)
		if f.PGR != nil {
			put("pgr", *f.PGR)
		}
	})
	out.Against = against(best, out.Intervals)
	short := slices.Clone(all)
	slices.SortStableFunc(short, func(a, b judged) int { return cmp.Compare(a.length, b.length) })
	for i := range short {
		short[i].reason = ""
		if i < out.Count {
			short[i].reason = verdict.TooShort
		}
	}
	out.Shortest = flagged(short, gaveUp)
	return out
}

// flagged computes the figures of the answers that is reports.
func flagged(all []judged, is func(*judged) bool) Flagged {
	var f Flagged
	var notGood, hits, bad, badHits int
	var gap, recovered float64
	known := 0
	for i := range all {
		a := &all[i]
		flag := is(a)
		gain := 0.0
		if a.known {
			known++
			gain = quality(a.strong) - quality(a.good)
		}
		gap += gain
		if !a.good {
			notGood++
		}
		if a.bad {
			bad++
		}
		if !flag {
			continue
		}
		f.Count++
		recovered += gain
		if !a.good {
			hits++
		}
		if a.bad {
			badHits++
		}
	}
	f.Flagged = share(f.Count, len(all))
	f.Precision = share(hits, f.Count)
	f.Recall = share(hits, notGood)
	f.RecallBad = share(badHits, bad)
	f.Accuracy = share(len(all)-notGood-(f.Count-hits)+hits, len(all))
	if known > 0 && gap > 0 {
		pgr := recovered / gap
		f.PGR = &pgr
	}
	return f
}

func quality(good bool) float64 {
	if good {
		return 1
	}
	return 0
}

// share is part over whole, 0 of nothing.
func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
