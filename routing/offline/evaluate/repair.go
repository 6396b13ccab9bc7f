package evaluate

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"sluice/routing"
	"sluice/routing/llmapi/answer"
	"sluice/routing/verdict"
)

// RepairReport is what cutting JSON out of answers is worth. Labels say whether each answer
// is right; JSON that was cut out carries the same answer if it is right by the same rule.
// How far that rule can be trusted is seen on the answers that were JSON from the start.
type RepairReport struct {
	Task      string                   `json:"task"`
	N         int                      `json:"n"` // answers
	All       RepairFigures            `json:"all"`
	Against                            // never to repair
	ByModel   map[string]RepairFigures `json:"by_model"`
	Intervals map[string]Range         `json:"intervals"` // 95 %, of the shares that are printed
}

// RepairFigures count answers.
type RepairFigures struct {
	N        int `json:"n"`
	Strict   int `json:"strict"`        // JSON and nothing else
	Same     int `json:"strict_same"`   // of them, as right or wrong by their "answer" as the label says
	Touched  int `json:"touched"`       // of them, changed by the repair
	Mended   int `json:"mended"`        // the others that were repaired
	Parses   int `json:"mended_parses"` // of them, JSON by the standard library
	Members  int `json:"mended_answer"` // with a member "answer"
	Agrees   int `json:"mended_same"`   // and as right or wrong by it as the label says
	Escalate int `json:"escalated"`     // the others that are given up
}

// agreementRow is a line of agreement.jsonl.
type agreementRow struct {
	Task    string  `json:"task"`
	Prompt  *string `json:"prompt"`
	Want    *string `json:"want"`
	Answers map[string]struct {
		Output  string `json:"output"`
		Correct bool   `json:"correct"`
	} `json:"answers"`
}

// Repair mends the answers of lines with "prompt", "want" and "answers" by model, each with
// "output" and "correct", as if the request had asked for JSON by its parameters.
func Repair(r io.Reader, j *verdict.Judge) (*RepairReport, error) {
	out := &RepairReport{Task: "repair", ByModel: map[string]RepairFigures{}}
	var each []RepairFigures // by answer
	err := rows(r, func(row *agreementRow) error {
		switch {
		case row.Prompt == nil:
			return missing("prompt", "the question")
		case row.Want == nil:
			return missing("want", "the right answer")
		case len(row.Answers) == 0:
			return missing("answers", "by model")
		}
		for _, model := range sortedKeys(row.Answers) {
			a := row.Answers[model]
			f, err := repaired(j, a.Output, *row.Want, a.Correct)
			if err != nil {
				return err
			}
			each = append(each, f)
			out.All.add(f)
			sum := out.ByModel[model]
			sum.add(f)
			out.ByModel[model] = sum
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out.N = out.All.N
	out.Intervals = bootstrap(len(each), func(rows []int, put func(string, float64)) {
		var f RepairFigures
		for _, row := range rows {
			f.add(each[row])
		}
		put("mended", share(f.Mended, f.N-f.Strict))
		put("mended_same", share(f.Agrees, f.Members))
		put("strict_same", share(f.Same, f.Strict))
		put(margin, share(f.Agrees, f.N))
	})
	out.Against = against(Constant{
		Name: "never repair", Figure: "share of answers delivered as JSON and right or wrong as labelled",
		Value: share(out.All.Same, out.N), Margin: share(out.All.Agrees, out.N),
	}, out.Intervals)
	return out, nil
}

func (f *RepairFigures) add(g RepairFigures) {
	f.N, f.Strict, f.Same, f.Touched = f.N+g.N, f.Strict+g.Strict, f.Same+g.Same, f.Touched+g.Touched
	f.Mended, f.Parses, f.Members, f.Agrees, f.Escalate = f.Mended+g.Mended, f.Parses+g.Parses, f.Members+g.Members, f.Agrees+g.Agrees, f.Escalate+g.Escalate
}

// repaired judges one output, as the text of a whole answer.
func repaired(j *verdict.Judge, output, want string, correct bool) (f RepairFigures, err error) {
	body, err := chatAnswer(output)
	if err != nil {
		return f, err
	}
	f.N = 1
	_, _, mended := j.Mend(routing.OpenAI, &verdict.Expectation{JSON: true}, body)
	if json.Valid([]byte(output)) {
		f.Strict++
		if mended != nil {
			f.Touched++
		}
		if got, ok := answerMember(output); ok && sameAnswer(got, want) == correct {
			f.Same++
		}
		return f, nil
	}
	if mended == nil {
		f.Escalate++
		return f, nil
	}
	f.Mended++
	a, err := answer.Read(routing.OpenAI, mended)
	if err != nil || !json.Valid([]byte(a.Text)) || !strings.Contains(output, a.Text) {
		return f, nil //nolint:nilerr // a repair that failed is what is counted
	}
	f.Parses++
	got, ok := answerMember(a.Text)
	if !ok {
		return f, nil
	}
	f.Members++
	if sameAnswer(got, want) == correct {
		f.Agrees++
	}
	return f, nil
}

func answerMember(text string) (string, bool) {
	var v struct {
		Answer json.RawMessage `json:"answer"`
	}
	if json.Unmarshal([]byte(text), &v) != nil || v.Answer == nil {
		return "", false
	}
	var s string
	if json.Unmarshal(v.Answer, &s) == nil {
		return s, true
	}
	return string(v.Answer), true
}

var number = regexp.MustCompile(`-?\d[\d,]*(\.\d+)?`)

// sameAnswer compares two short answers: as numbers where the right one is a number, else
// but for white space, quotes and signs of LaTeX.
func sameAnswer(got, want string) bool {
	if w, err := strconv.ParseFloat(strings.ReplaceAll(want, ",", ""), 64); err == nil {
		g, err := strconv.ParseFloat(strings.ReplaceAll(number.FindString(got), ",", ""), 64)
		return err == nil && g == w
	}
	plain := strings.NewReplacer(" ", "", "\n", "", `"`, "", "'", "", "$", "", `\left`, "", `\right`, "", `\dfrac`, `\frac`, `\tfrac`, `\frac`, `\!`, "", `\,`, "", `\text`, "", "{", "", "}", "")
	return strings.EqualFold(plain.Replace(got), plain.Replace(want))
}

// Print writes the report as text.
func (r *RepairReport) Print(w io.Writer) error {
	t := newTable(w)
	t.row("", "N", "STRICT JSON", "TOUCHED", "NOT STRICT", "MENDED", "PARSE", "ANSWER", "SAME AS LABEL", "SHARE", "STRICT: SHARE", "GIVEN UP")
	line := func(name string, f RepairFigures) {
		t.row(name, f.N, f.Strict, f.Touched, f.N-f.Strict, fmt.Sprintf("%d (%.3f)", f.Mended, share(f.Mended, f.N-f.Strict)),
			share(f.Parses, f.Mended), f.Members, f.Agrees, share(f.Agrees, f.Members), share(f.Same, f.Strict), f.Escalate)
	}
	line("all", r.All)
	i := r.Intervals
	t.row("  95 % interval", "", "", "", "", i["mended"], "", "", "", i["mended_same"], i["strict_same"], "")
	for _, m := range sortedKeys(r.ByModel) {
		line(m, r.ByModel[m])
	}
	t.gap()
	fmt.Fprintf(t, "the repair %s\n", r.sentence())
	return t.Flush()
}
