package agreement

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"sluice/routing/llmapi/answer"
)

// classes are answers in different clothes: those of one line are equal, those of two lines
// of one form are not. "" is no final answer.
var classes = []struct {
	name  string
	form  Form
	lines [][]string
}{
	{"numbers", Form{Kind: Number}, [][]string{
		{"1000", "1,000", "1000.0", "1,000.00", "$1,000", "1000 km", "1,000원", "**1000**", "The answer is 1000.", "So it is 1,000 people.", `\boxed{1000}`, `\boxed{1{,}000}`, "#### 1000", "1 thousand", "정답은 1000입니다.", "Answer: 1000"},
		{"1000000", "1 million", "100만 원", "$1.0 million"},
		{"1"},
		{"-1", "−1", "-1.00", "\\(-1\\)"},
		{"0.5", "1/2", ".5", `\frac{1}{2}`, `$\dfrac{1}{2}$`, "50/100"},
		{"50%", "50 percent", "50"},
		{"12", "1 dozen"},
		{"0", "-0", "0.00"},
		{"377"},
		{"378"},
		{"3.141592653589793238462643383279"},
		{"3.141592653589793238462643383278"},
		{"", "It depends.", "between 3 and 5", "5x", "1e999999", "First 3, then 5.", "3–5", "The answer is 3 or 4."},
	}},
	{"values", Form{Kind: Value}, [][]string{
		{"Paris", `"Paris"`, "'Paris'", "Final answer: Paris", "It flows there. The final answer is **Paris**.", "`Paris`"},
		{"paris"},
		{"Paris, Texas"},
		{`2\sqrt{3}`, "2√3", "2*sqrt(3)", "$2 \\sqrt{3}$", "2 \\cdot \\sqrt{3}"},
		{`3\sqrt{2}`},
		{`\frac{\pi}{4}`, `\dfrac{\pi}{4}`, `\boxed{\frac{\pi}{4}}`},
		{`\frac{4}{\pi}`},
		{"[1, 2]", "[1,2]", "[1.0, 2]"},
		{"[2, 1]"},
		{"(1, 2)"},
		{"{1, 2}", "{2, 1, 2}"},
		{"true", "True"},
		{"007"},
		{"7", "x = 7"},
		{`"7"`},
		{"(B)", "B", "B)"},
		{"", "I think, therefore I am.\nAnd what does that prove?"},
	}},
	{"choices", Form{Kind: Choice}, [][]string{
		{"B", "(B)", "B) the Rhine", "B. the Rhine", "**B**", "The correct answer is (B) the Rhine.", "Answer: B", "② 라인강", "It is not A.\nThe answer is B"},
		{"A", "(A)"},
		{"", "Because of the Rhine.", "A river is a river."},
	}},
	{"truths", Form{Kind: Bool}, [][]string{
		{"Yes", "yes.", "True", "**Yes**, it is.", "The answer is yes.", "예", "네, 맞습니다.", "참"},
		{"No", "no, it is not", "False.", "아니오", "아니요.", "거짓"},
		{"", "Perhaps.", "None", "Yesterday"},
	}},
	{"labels", Form{Kind: Label, Labels: labelWords([]string{"positive", "negative", "not relevant"})}, [][]string{
		{"positive", "Positive.", "The review is **positive**.", "Label: positive"},
		{"negative", "NEGATIVE"},
		{"Not relevant"},
		{"", "neither", "positive or negative", "positively"},
	}},
	{"JSON", Form{Kind: JSON}, [][]string{
		{
			`{"answer": "42"}`, `{"answer": 42}`, "```json\n{\n \"reasoning\": \"six by {seven}\",\n \"answer\": \"42.0\"\n}\n```", "Here it is:\n{\"answer\": \"42 km\"}\nI hope that helps.",
			`{"final_answer": 42, "answer": "6*7"}`, `{"Answer":"$42"}`, `{"reasoning": "a "quoted" word", "answer": "42"}`, `{"reasoning": "\(6 \cdot 7\)", "answer": "42"}`,
		},
		{`{"answer": "43"}`},
		{`{"answer": null}`},
		{`{"answer": ""}`, `{"answer": "\"\""}`},
		{`{"answer": "\frac{1}{3}"}`, `{"answer": "\\frac{1}{3}"}`, `{"answer": "1/3"}`},
		{`{"answer": "\sqrt{3}"}`, `{"answer": "√3"}`},
		{`{"a": 1, "b": [true], "note": "x"}`, "{\"b\": [true],\n\"a\": 1.0, \"explanation\": \"y\"}"},
		{`{"a": 1, "b": [false]}`},
		{`{"a": 1}`},
		{`{"b": 1, "c": {"d": 2, "reason": "z"}}`, `{"c": {"reason": "w", "d": 2}, "b": 1}`},
		{"[1, 2]"},
		{"", "42", `{"reasoning": "so"}`, `{"a": 1, "a": 2}`, `{"answer": `},
	}},
	{"JSON with keys", Form{Kind: JSON, Keys: []string{"team", "urgent"}}, [][]string{
		{`{"team": "a", "urgent": true, "reason": "x"}`, `{"reason": "y", "urgent": true, "team": "a"}`}, {`{"team": "a", "urgent": false}`}, {`{"team": "b", "urgent": true}`}, {"", `{"other": 1}`},
	}},
	{"literals", Form{Kind: JSON, Literal: true}, [][]string{
		{`{"answer": "'abc'"}`, `{"answer": "\"abc\""}`},
		{`{"answer": "abc"}`},
		{`{"answer": "'5'"}`},
		{`{"answer": "5"}`, `{"answer": 5}`},
		{`{"answer": "['a', True, None]"}`, `{"answer": ["a", true, null]}`, `{"answer": "[\"a\",True,None]"}`},
		{`{"answer": "('a', True, None)"}`},
		{`{"answer": "{'a': 1, 'b': 2}"}`, `{"answer": {"b": 2, "a": 1}}`},
		{`{"answer": "' abc'"}`},
		{`{"answer": "5 km"}`},
	}},
}

func TestClasses(t *testing.T) {
	for _, c := range classes {
		t.Run(c.name, func(t *testing.T) {
			seen := map[Final]string{}
			for _, line := range c.lines {
				none := line[0] == ""
				if none {
					line = line[1:]
				}
				var first Final
				for i, text := range line {
					got, ok := c.form.Text(text)
					if ok == none {
						t.Errorf("%q: a final answer: %t, found %v", text, ok, got)
						continue
					}
					if none {
						continue
					}
					if i == 0 {
						first = got
						if other, ok := seen[got]; ok {
							t.Errorf("%q and %q are both %v", text, other, got)
						}
						seen[got] = text
					} else if got != first {
						t.Errorf("%q is %v, but %q is %v", text, got, line[0], first)
					}
				}
			}
		})
	}
}

func TestHash(t *testing.T) {
	a, _ := Form{Kind: Number}.Text("1,000")
	b, _ := Form{Kind: Number}.Text("$1000.00")
	c, _ := Form{Kind: Number}.Text("1001")
	if a.Hash(7) != b.Hash(7) || a.Hash(7) == c.Hash(7) || a.Hash(7) == a.Hash(8) || len(a.Hash(7)) != 2*hashBytes {
		t.Errorf("hashes %s %s %s %s", a.Hash(7), b.Hash(7), c.Hash(7), a.Hash(8))
	}
}

func TestFinalOfAnswers(t *testing.T) {
	number, call := Form{Kind: Number}, Form{Kind: Call}
	calls := func(list ...string) answer.Response {
		var a answer.Response
		for i := 0; i < len(list); i += 2 {
			a.ToolCalls = append(a.ToolCalls, answer.ToolCall{Name: list[i], Arguments: list[i+1]})
		}
		return a
	}
	same := calls("f", `{"b": 1.0, "a": "x"}`, "g", "")
	want, ok := call.Final(&same)
	if !ok {
		t.Fatal("calls have no final answer")
	}
	for _, tt := range []struct {
		name   string
		form   Form
		a      answer.Response
		ok, eq bool
	}{
		{"calls in another order", call, calls("g", "{}", "f", `{"a":"x","b":1}`), true, true},
		{"another tool", call, calls("h", "{}", "f", `{"a":"x","b":1}`), true, false},
		{"other arguments", call, calls("g", "{}", "f", `{"a":"y","b":1}`), true, false},
		{"one call less", call, calls("f", `{"a":"x","b":1}`), true, false},
		{"no call", call, answer.Response{Text: "42"}, false, false},
		{"arguments that are none", call, calls("f", `{"a":`), false, false},
		{"a call where text was wanted", number, calls("f", "{}"), false, false},
		{"cut off", number, answer.Response{Text: "42", Finish: answer.FinishLength}, false, false},
		{"stopped by policy", number, answer.Response{Text: "42", Finish: answer.FinishPolicy}, false, false},
		{"refused", number, answer.Response{Text: "42", Refusal: "no"}, false, false},
		{"two choices", number, answer.Response{Text: "42", Choices: 2}, false, false},
		{"truncated", number, answer.Response{Text: "42", Truncated: true}, false, false},
		{"too long", number, answer.Response{Text: strings.Repeat(" ", maxText) + "42"}, false, false},
		{"whole", number, answer.Response{Text: "42", Choices: 1, Finish: answer.FinishStop}, true, false},
	} {
		got, ok := tt.form.Final(&tt.a)
		if ok != tt.ok || (got == want) != tt.eq {
			t.Errorf("%s: %v, %t", tt.name, got, ok)
		}
	}
}

// TestNumbersInClothes: a number is equal to itself however it is dressed, and to no other.
func TestNumbersInClothes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	dress := []func(s string) string{
		func(s string) string { return s },
		func(s string) string { return "$" + s },
		func(s string) string { return s + "%" },
		func(s string) string { return s + " apples" },
		func(s string) string { return "**" + s + "**." },
		func(s string) string { return `\boxed{` + s + `}` },
		func(s string) string { return "x = " + s },
		func(s string) string { return "The answer is " + s + "." },
		func(s string) string { return s + "개" },
		func(s string) string { return "$" + s + `\text{ cm}$` },
	}
	form := Form{Kind: Number}
	seen := map[Final]string{}
	for range 1000 {
		n, cents := random.Int64N(10_000_000), random.IntN(100)
		plain := strconv.FormatInt(n, 10)
		whole := plain
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + "," + whole[i:]
		}
		key := fmt.Sprintf("%s.%02d", plain, cents)
		spellings := []string{key, whole + fmt.Sprintf(".%02d", cents), key + "00"}
		if cents == 0 {
			spellings = append(spellings, plain, whole)
		}
		first, ok := form.Text(key)
		if other, met := seen[first]; !ok || met && other != key {
			t.Fatalf("%s: %v, as %s", key, first, other)
		}
		seen[first] = key
		for _, s := range spellings {
			for i, d := range dress {
				if got, ok := form.Text(d(s)); !ok || got != first {
					t.Fatalf("%q (%d) is %v, %t; want %v", d(s), i, got, ok, first)
				}
			}
		}
	}
}

// TestStructures: values that are written in another order, spacing and quoting are equal;
// one leaf that differs makes them different.
func TestStructures(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		v := randomValue(random, 0)
		a, ok := parseLiteral(write(random, v, false))
		b, ok2 := parseLiteral(write(random, v, true))
		if !ok || !ok2 || a.canonical() != b.canonical() {
			t.Fatalf("%v: %v %v, %t %t", v, a, b, ok, ok2)
		}
		c, ok := parseLiteral(write(random, map[string]any{"v": v, "w": random.Int()}, false))
		if !ok || c.canonical() == a.canonical() {
			t.Fatalf("%v is equal to %v", c, a)
		}
	}
}

func randomValue(r *rand.Rand, depth int) any {
	switch n := r.IntN(6); {
	case n == 0 && depth < 3:
		list := make([]any, r.IntN(4))
		for i := range list {
			list[i] = randomValue(r, depth+1)
		}
		return list
	case n == 1 && depth < 3:
		m := map[string]any{}
		for i := range r.IntN(4) {
			m["k"+strconv.Itoa(i)] = randomValue(r, depth+1)
		}
		return m
	case n == 2:
		return r.IntN(2) == 0
	case n == 3:
		return nil
	case n == 4:
		return r.IntN(1000)
	default:
		return strings.Repeat("a 'b'\\\"", r.IntN(3)) + strconv.Itoa(r.IntN(100))
	}
}

// write spells a value as JSON or as Python does; the order of a map is any.
func write(r *rand.Rand, v any, python bool) string {
	space := strings.Repeat(" ", r.IntN(2))
	switch v := v.(type) {
	case nil:
		return map[bool]string{false: "null", true: "None"}[python]
	case bool:
		word := strconv.FormatBool(v)
		if python {
			word = strings.ToUpper(word[:1]) + word[1:]
		}
		return word
	case int:
		return strconv.Itoa(v) + map[bool]string{false: "", true: ".0"}[python]
	case string:
		s := strings.ReplaceAll(v, `\`, `\\`)
		if python {
			return "'" + strings.ReplaceAll(s, "'", `\'`) + "'"
		}
		return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = write(r, v[i], python)
		}
		return "[" + strings.Join(parts, ","+space) + "]"
	case map[string]any:
		var parts []string
		for k, e := range v {
			parts = append(parts, write(r, k, python)+":"+space+write(r, e, python))
		}
		return "{" + space + strings.Join(parts, ","+space) + "}"
	}
	panic("no such value")
}

func FuzzFinal(f *testing.F) {
	kinds := []Kind{JSON, Call, Choice, Bool, Label, Number, Value}
	for i := range kinds {
		for _, c := range classes {
			f.Add(uint8(i), c.lines[0][0])
		}
	}
	f.Add(uint8(0), strings.Repeat(`{"a":`, 100))
	f.Add(uint8(6), `\frac{\frac{1}{2}}{\sqrt{\sqrt{3}}}`)
	f.Fuzz(func(t *testing.T, k uint8, text string) {
		form := Form{Kind: kinds[int(k)%len(kinds)], Labels: labelWords([]string{"spam", "ham"}), Literal: k&128 != 0}
		got, ok := form.Text(text)
		if !ok {
			return
		}
		if len(got.text) > 64*len(text)+256 {
			t.Errorf("%d bytes have a final answer of %d", len(text), len(got.text))
		}
		again, ok := form.Text("\n " + text + " \n")
		if !ok || again != got {
			t.Errorf("%q has %v, with white space around %v", text, got, again)
		}
		if got.Hash(1) != again.Hash(1) {
			t.Error("one answer has two hashes")
		}
	})
}

// TestHostile: an answer that is made to be slow is not.
func TestHostile(t *testing.T) {
	start := time.Now()
	for _, piece := range []string{`\boxed{`, `\text{`, `\frac{`, `\sqrt{`, `{"a":`, `{"answer":"`, "[", "(", "{", "```", "**", "`", "answer is ", "1,", "A) ", "1. ", `"answer":`, "\\u", "'"} {
		text := strings.Repeat(piece, maxText/len(piece)-1)
		for _, kind := range []Kind{JSON, Choice, Bool, Label, Number, Value} {
			f := Form{Kind: kind, Labels: labelWords([]string{"a", "b"})}
			f.Text(text)
			f.Literal = true
			f.Text(`{"answer": "` + text[:min(len(text), maxScalar-1)])
		}
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("took %v", took)
	} else {
		t.Logf("took %v", took)
	}
}
