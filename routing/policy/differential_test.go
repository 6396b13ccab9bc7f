package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/experiment"
)

// question is one request as the oracle reads it.
type question struct {
	Prompt     string  `json:"prompt"`
	Spent      float64 `json:"spent"`
	User       string  `json:"user"`
	Experiment string  `json:"experiment"`
}

// expectation is what the oracle prints for one.
type expectation struct {
	Facts struct {
		Words      int     `json:"words"`
		Code       bool    `json:"code"`
		Math       bool    `json:"math"`
		Complexity float64 `json:"complexity"`
		Domain     string  `json:"domain"`
	} `json:"facts"`
	Hierarchical struct {
		Model  string  `json:"model"`
		Tier   string  `json:"tier"`
		Reason string  `json:"reason"`
		Cost   float64 `json:"cost"`
	} `json:"hierarchical"`
	Domain     string `json:"domain"`
	Cascade    []step `json:"cascade"`
	Experiment struct {
		Model   string `json:"model"`
		Variant string `json:"variant"`
	} `json:"experiment"`
}

// step is one step of the cascade.
type step struct {
	Model      string  `json:"model"`
	Timeout    float64 `json:"timeout"` // seconds
	Confidence float64 `json:"confidence"`
}

// TestOracle compares the four routers with an implementation in Python, where their
// rules come from, on generated requests. Python 3 is required.
func TestOracle(t *testing.T) {
	var in bytes.Buffer
	enc := json.NewEncoder(&in)
	if err := enc.Encode(map[string]json.RawMessage{"experiments": ordered(trial().Experiments)}); err != nil {
		t.Fatal(err)
	}
	questions := generate(3000)
	for _, q := range questions {
		if err := enc.Encode(q); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "python3", "testdata/oracle.py")
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("run the oracle: %v\n%s", err, stderr.Bytes())
	}
	dec := json.NewDecoder(&stdout)
	seen := make(map[string]bool)
	dec.DisallowUnknownFields()
	for i, q := range questions {
		var want expectation
		if err := dec.Decode(&want); err != nil {
			t.Fatalf("answer %d of the oracle: %v", i, err)
		}
		for _, s := range []string{want.Facts.Domain, want.Hierarchical.Tier, want.Hierarchical.Reason, want.Experiment.Variant} {
			seen[s] = true
		}
		if diff := cmp.Diff(want, decide(q)); diff != "" {
			t.Fatalf("question %d, prompt %+q, %+v (-oracle +ours):\n%s", i, q.Prompt, q, diff)
		}
	}
	for s := range strings.FieldsSeq("code math writing rag_summary general budget standard premium flagship " +
		"budget_exhausted complexity_0.00 complexity_0.20 complexity_0.40 complexity_0.70 complexity_1.00 " +
		"unknown treatment 실험군 a b c first second low high zero t0 t1 t2 t3 t4 t5 t6 t7 t8 t9") {
		if !seen[s] {
			t.Errorf("no question has %s in its answer", s)
		}
	}
	if dec.More() {
		t.Error("the oracle has more answers than there were questions")
	}
}

// decide asks the four routers.
func decide(q question) expectation {
	r := &routing.Request{Prompt: q.Prompt, Allowance: daily.At(q.Spent), Who: routing.Principal{User: q.User}, Experiment: q.Experiment}
	var got expectation

	h := hierarchical().Decide(r)
	got.Facts.Words, got.Facts.Code, got.Facts.Math = h.Signals.Words, h.Signals.Code, h.Signals.Math
	got.Facts.Complexity, got.Facts.Domain = h.Complexity, h.Domain
	got.Hierarchical.Model, got.Hierarchical.Tier = h.Model, h.Tier.String()
	got.Hierarchical.Reason, got.Hierarchical.Cost = h.Reason, h.EstimatedCost

	got.Domain = domain().Decide(r).Model

	for _, m := range cascade().Decide(r).Candidates {
		got.Cascade = append(got.Cascade, step{m.Name, m.Timeout.Seconds(), m.MinConfidence})
	}

	e := trial().Decide(r)
	got.Experiment.Model, got.Experiment.Variant = e.Model, strings.TrimPrefix(e.Reason, "experiment_")
	return got
}

// ordered renders the experiments with their variants in the order of the slices,
// which a map would lose.
func ordered(experiments map[string]*experiment.Experiment) json.RawMessage {
	quote := func(s string) string {
		text, err := json.Marshal(s)
		if err != nil {
			panic(err) // a string always has a JSON form
		}
		return string(text)
	}
	var all []string
	for name, e := range experiments {
		var arms []string
		for _, v := range e.Variants {
			arms = append(arms, fmt.Sprintf(`%s: {"model": %s, "weight": %v}`, quote(v.Name), quote(v.Model.Name), v.Weight))
		}
		all = append(all, quote(name)+": {"+strings.Join(arms, ", ")+"}")
	}
	return json.RawMessage("{" + strings.Join(all, ", ") + "}")
}

// The material of the generated prompts.
var (
	filler = strings.Fields(`please tell me about the weather in Seoul tomorrow hello thanks a river mountain train
		ticket cheap good morning what is this thing 42 3.14 안녕하세요 오늘 날씨는 어떤가요 서울에서 부산까지 기차로 얼마나
		걸리나요 감사합니다 좋은 아침 이것은 무엇입니까 질문이 있습니다 기린 와인 왠지 문제 설명 수확 계절 작은 요리 소금 👍 🇰🇷 é ß`)
	loaded = []string{
		"분석", "비교", "추론", "설명해", "왜", "analyze", "compare", "reason", "explain",
		"```", "def ", "class ", "import ", "def", "classes", `\frac`, `\sum`, `\Frac`, "$", "$x$", "$a\nb$", "$a\rb$", "$a\u2028b$",
		"코드", "함수", "클래스", "python", "javascript", "수학", "증명", "계산", "equation",
		"글", "작성", "소설", "에세이", "write", "요약", "summarize", "문서", "``", "\\", "\u110b\u116b",
	}
	spaces = []string{
		" ", " ", " ", " ", "\n", "\t", "\v", "\f", "\r", "\x1c", "\x1d", "\x1e", "\x1f", "\u0085", "\u00a0", "\u1680",
		"\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
		"\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "  ", "\u3000 \u2003",
	}
	notSpaces = []string{"\u200b", "\ufeff", "\u180e", "\u2060", "\x1b", "\x00", "\u0084", "\u3001", "_"}
	foreign   = strings.NewReplacer("s", "ſ", "k", "\u212a", "i", "ı")
	dotted    = strings.NewReplacer("i", "İ", "a", "A", "e", "E")
	lengths   = []int{0, 1, 2, 3, 5, 8, 20, 40, 199, 200, 201, 202, 499, 500, 501, 502}
	spendings = []float64{
		0, 1, 9, 9.4, 9.49, 9.499999999999998, 9.5, 9.500000000000002, 9.51, 9.6, 10, 11, -1,
		math.Nextafter(9.5, 0), math.Nextafter(9.5, 10), math.Nextafter(10, 11),
	}
	users       = []string{"", "alice", "bob", "김철수", "user:with:colons", "👍", " ", "İ"}
	experiments = []string{"pricing_v2", "thirds", "gap", "over", "none", "tenths", "가격 실험", "unknown", "PRICING_V2", ""}
)

// generate returns n questions, the same ones every time.
func generate(n int) []question {
	rng := rand.New(rand.NewPCG(2026, 3))
	pick := func(from []string) string { return from[rng.IntN(len(from))] }
	questions := make([]question, n)
	for i := range questions {
		q := &questions[i]
		q.Spent = spendings[rng.IntN(len(spendings))]
		if rng.IntN(2) == 0 {
			q.Spent = rng.Float64() * 12
		}
		q.User = pick(users)
		if rng.IntN(2) == 0 {
			q.User = fmt.Sprint("user-", rng.IntN(1e6))
		}
		q.Experiment = pick(experiments)
		q.Prompt = prompt(rng, lengths[rng.IntN(len(lengths))], rng.IntN(16))
	}
	return questions
}

// prompt writes that many words, of which about so many mean something to the rules.
func prompt(rng *rand.Rand, words, meaning int) string {
	pick := func(from []string) string { return from[rng.IntN(len(from))] }
	exotic := rng.IntN(3)
	var b strings.Builder
	for i := range words {
		word := pick(filler)
		if rng.IntN(words) < meaning {
			word = pick(loaded)
			switch rng.IntN(8) {
			case 0:
				word = strings.ToUpper(word)
			case 1:
				word = foreign.Replace(word)
			case 2:
				word = dotted.Replace(word)
			case 3:
				word += pick(loaded)
			}
		}
		b.WriteString(word)
		switch {
		case i == words-1 && rng.IntN(4) > 0:
		case exotic == 0:
			b.WriteByte(' ')
		case exotic == 1 && rng.IntN(50) == 0:
			b.WriteString(pick(notSpaces))
		default:
			b.WriteString(pick(spaces))
		}
	}
	return b.String()
}
