package evaluate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"sluice/routing"
	"sluice/routing/llmapi/answer"
	"sluice/routing/offline"
	"sluice/routing/offline/measure"
	"sluice/routing/verdict"
)

// RepairReport says how well JSON is cut out of answers. Labels say whether each answer is
// right; a repair is good if the JSON is right or wrong as labelled. The answers that were JSON
// from the start show how reliable this comparison is.
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

// repairShares are the shares of counts that have intervals.
type repairShares struct {
	Mended float64 `ci:"mended"`
	Agrees float64 `ci:"mended_same"`
	Same   float64 `ci:"strict_same"`
	Margin float64 `ci:"margin"`
}

// Repair repairs the answers of lines with "prompt", "want" and "answers" by model, each with
// "output" and "correct", as if the request had asked for JSON by its parameters.
func Repair(r io.Reader, j *verdict.Judge) (*RepairReport, error) {
	out := &RepairReport{Task: "repair", ByModel: map[string]RepairFigures{}}
	var each []RepairFigures // by answer
	err := rows(r, func(row *agreementRow) error {
		switch {
		case row.Want == nil:
			return errors.New(`"want" is missing; expected the right answer`)
		case len(row.Answers) == 0:
			return errors.New(`"answers" is missing; expected answers by model`)
		}
		for _, model := range sortedKeys(row.Answers) {
			a := row.Answers[model]
			f := repaired(j, a.Output, *row.Want, a.Correct)
			each = append(each, f)
			out.ByModel[model] = out.ByModel[model].plus(f, 1)
			out.All = out.All.plus(f, 1)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out.N = out.All.N
	_, out.Intervals = estimate(len(each), func(counts []int) repairShares {
		var f RepairFigures
		for i, k := range counts {
			f = f.plus(each[i], k)
		}
		return repairShares{measure.Share(f.Mended, f.N-f.Strict), measure.Share(f.Agrees, f.Members), measure.Share(f.Same, f.Strict), measure.Share(f.Agrees, f.N)}
	})
	out.Against = against(Constant{
		Name: "never repair", Figure: "share of answers delivered as JSON and right or wrong as labelled",
		Value: measure.Share(out.All.Same, out.N), Margin: measure.Share(out.All.Agrees, out.N),
	}, out.Intervals)
	return out, nil
}

// plus adds the counts of g, k times.
func (f RepairFigures) plus(g RepairFigures, k int) RepairFigures {
	return RepairFigures{
		f.N + k*g.N, f.Strict + k*g.Strict, f.Same + k*g.Same, f.Touched + k*g.Touched, f.Mended + k*g.Mended,
		f.Parses + k*g.Parses, f.Members + k*g.Members, f.Agrees + k*g.Agrees, f.Escalate + k*g.Escalate,
	}
}

// repaired judges one output, as the text of a whole answer.
func repaired(j *verdict.Judge, output, want string, correct bool) RepairFigures {
	_, _, mended := j.Repair(routing.OpenAI, &verdict.Expectation{JSON: true}, chatAnswer(output))
	if json.Valid([]byte(output)) {
		got, ok := answerMember(output)
		return RepairFigures{N: 1, Strict: 1, Touched: count(mended != nil), Same: count(ok && sameAnswer(got, want) == correct)}
	}
	if mended == nil {
		return RepairFigures{N: 1, Escalate: 1}
	}
	f := RepairFigures{N: 1, Mended: 1}
	a, err := answer.Read(routing.OpenAI, mended)
	if err != nil || !json.Valid([]byte(a.Text)) || !strings.Contains(output, a.Text) {
		return f
	}
	f.Parses = 1
	if got, ok := answerMember(a.Text); ok {
		f.Members, f.Agrees = 1, count(sameAnswer(got, want) == correct)
	}
	return f
}

// chatAnswer writes the body of an OpenAI answer with one text.
func chatAnswer(text string) []byte {
	return offline.Encode(map[string]any{
		"object":  "chat.completion",
		"choices": []any{map[string]any{"index": 0, "message": map[string]string{"role": "assistant", "content": text}, "finish_reason": "stop"}},
	})
}

// answerMember returns the member "answer" of a JSON object.
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

// sameAnswer compares two short answers: as numbers if the right one is a number, else as text
// without white space, quotes and LaTeX commands.
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
	row := func(name string, f RepairFigures) {
		t.row(name, f.N, f.Strict, f.Touched, f.N-f.Strict, fmt.Sprintf("%d (%.3f)", f.Mended, measure.Share(f.Mended, f.N-f.Strict)),
			measure.Share(f.Parses, f.Mended), f.Members, f.Agrees, measure.Share(f.Agrees, f.Members), measure.Share(f.Same, f.Strict), f.Escalate)
	}
	row("all", r.All)
	i := r.Intervals
	t.row("  95 % interval", "", "", "", "", i["mended"], "", "", "", i["mended_same"], i["strict_same"], "")
	for _, m := range sortedKeys(r.ByModel) {
		row(m, r.ByModel[m])
	}
	t.line("\nthe repair %s", r.sentence())
	return t.Flush()
}
