package verdict

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"sluice/routing"
	"sluice/routing/llmapi/answer"
)

// repairs are texts of answers, and what is cut out of each; "" where it must stay.
var repairs = []struct{ name, text, want string }{
	{"a fence", "```json\n{\"a\": 1}\n```", `{"a": 1}`},
	{"a fence without a language", "```\n{\"a\": 1}\n```", `{"a": 1}`},
	{"a fence on one line", "```json {\"a\": 1}```", `{"a": 1}`},
	{"a fence in capitals", "```JSON\n[{\"a\": 1}]\n```\n", `[{"a": 1}]`},
	{"a fence that does not end", "```json\n{\"a\": 1}\n", `{"a": 1}`},
	{"a sentence before", "Here is the JSON you asked for:\n\n{\"a\": 1}", `{"a": 1}`},
	{"sentences around a fence", "Sure! Here you go:\n```json\n{\n  \"a\": [1, 2]\n}\n```\nLet me know what else I can do.", "{\n  \"a\": [1, 2]\n}"},
	{"a sentence behind", "{\"a\": 1}\n\nI hope this helps!", `{"a": 1}`},
	{"Korean around it", "요청하신 결과입니다.\n```json\n{\"이름\": \"방앗간\"}\n```\n더 필요하시면 말씀해 주세요.", `{"이름": "방앗간"}`},
	{"Korean before", "다음은 결과입니다: {\"이름\": \"방앗간\"}", `{"이름": "방앗간"}`},
	{"a byte order mark", "\ufeff{\"a\": 1}", `{"a": 1}`},
	{"a fence within a string", "```json\n{\"a\": \"```go\\nx := 1\\n```\"}\n```", "{\"a\": \"```go\\nx := 1\\n```\"}"},
	{"brackets within strings", "Here: {\"a\": \"} ] {\"}", `{"a": "} ] {"}`},
	{"reasoning with code before", "First f([1]) is called:\n```python\nf([1]) == {1: 2}\n```\nSo:\n```json\n{\"a\": 1}\n```", `{"a": 1}`},
	{"thoughts", "<think>Perhaps {\"a\": 2}?</think>\n{\"a\": 1}", `{"a": 1}`},
	{"characters of several bytes", "답은 😀: {\"a\": \"é😀\"} 😀", `{"a": "é😀"}`},
	{"a list of strings", "The names are: [\"Ada\", \"Bo\"]", `["Ada", "Bo"]`},
	{"big numbers as they are", "Here: {\"n\": 12345678901234567890.10}", `{"n": 12345678901234567890.10}`},

	{"JSON", `{"a": 1}`, ""},
	{"JSON in white space", " \n{\"a\": 1}\n", ""},
	{"a JSON string with JSON in it", `"see [\"a\"] and {}"`, ""},
	{"a number", `42`, ""},
	{"no JSON", "The answer is 42.", ""},
	{"nothing", "", ""},
	{"cut off", "```json\n{\"a\": {\"b\": 1}", ""},
	{"broken outside, whole inside", "{\"a\": \"he said \"no\"\", \"b\": {\"c\": 1}}", ""},
	{"an unfinished list", "[{\"a\": 1}, {\"a\":", ""},
	{"a list without its beginning", "{\"a\": 1}, {\"a\": 2}]", ""},
	{"a member without its object", "\"result\": {\"a\": 1}", ""},
	{"two documents", "{\"a\": 1}\n{\"a\": 2}", ""},
	{"two fences", "```json\n{\"a\": 1}\n```\nor\n```json\n{\"a\": 2}\n```", ""},
	{"two documents in a fence", "```json\n{\"a\": 1}\n{\"a\": 2}\n```", ""},
	{"a broken fence and a whole one", "```json\n{\"a\": 1,}\n```\n```json\n{\"b\": 2}\n```", ""},
	{"single quotes", "```json\n{'a': 1}\n```", ""},
	{"a comma too many", "```json\n{\"a\": 1,}\n```", ""},
	{"a comment", "```json\n{\"a\": 1 // one\n}\n```", ""},
	{"JavaScript", "```javascript\n{\"a\": 1}\n```", ""},
	{"a note", "As was shown [3], it is so.", ""},
	{"a range", "x lies in [0, 1].", ""},
	{"a set", "The set {1, 2} is meant.", ""},
	{"a template", "Hello {name}, welcome.", ""},
	{"a mere example", "I need more facts. For example, the answer could be:\n{\"a\": 1}", ""},
	{"a mere example, Korean", "정보가 더 필요합니다. 예시:\n```json\n{\"a\": 1}\n```", ""},
	{"placeholders", "```json\n{\"a\": \"...\"}\n```\nReplace the placeholders with your values.", ""},
	{"taken back", "```json\n{\"a\": 1}\n```\nWait, that is wrong: it should be 2.", ""},
	{"taken back, Korean", "{\"a\": 1}\n\n정정합니다. 2가 맞습니다.", ""},
	{"what was given", "The input {\"a\": 1} has no name.", ""},
	{"a refusal", "I'm sorry, but I can't help with that. {\"error\": \"refused\"}", ""},
	{"an essay behind", "{\"a\": 1}\n" + strings.Repeat("The mill ground wheat. ", 40), ""},
	{"an empty object among words", "Use {} or [] as you like.", ""},
}

func TestRepair(t *testing.T) {
	j := newJudge(t, nil)
	off := newJudge(t, func(s *Settings) { s.Repair = RepairOff })
	wanted, free := Expectation{JSON: true}, Expectation{}
	for _, tt := range repairs {
		t.Run(tt.name, func(t *testing.T) {
			for format, body := range map[routing.Format]string{routing.OpenAI: openAI(tt.text, "stop"), routing.Anthropic: anthropic(tt.text, "end_turn")} {
				want := ""
				if tt.want != "" {
					want = strings.Replace(body, quote(tt.text), quote(tt.want), 1)
				}
				a, reason, repaired := j.Repair(format, &wanted, []byte(body))
				if string(repaired) != want {
					t.Errorf("got  %s\nwant %s", repaired, want)
				}
				if repaired != nil && (reason != "" || a.Text != tt.want || a.Usage.Output != 12) {
					t.Errorf("%q: %q, %+v", reason, a.Text, a.Usage)
				}
				if _, _, repaired := off.Repair(format, &wanted, []byte(body)); repaired != nil {
					t.Errorf("switched off: %s", repaired)
				}
				if _, _, repaired := j.Repair(format, &free, []byte(body)); repaired != nil {
					t.Errorf("no JSON was asked for: %s", repaired)
				}
			}
		})
	}
}

// TestRepairRandom: documents of all kinds stay as they are, and come out of what is put
// around them byte for byte.
func TestRepairRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	j := newJudge(t, nil)
	e := Expectation{JSON: true}
	around := [][2]string{
		{"```json\n", "\n```"},
		{"```\n", "```"},
		{"```json\n", ""},
		{"Here is the result:\n\n", ""},
		{"Sure.\n```json\n", "\n```\nLet me know!"},
		{"결과입니다:\n", "\n\n도움이 되었기를 바랍니다."},
		{"First f([1]) == {1: 2}, so:\n```json\n", "\n```"},
	}
	for range 3000 {
		doc := randomObject(random, 4)
		body := openAI(doc, "stop")
		if _, reason, repaired := j.Repair(routing.OpenAI, &e, []byte(body)); repaired != nil || reason != "" {
			t.Fatalf("%s was touched: %q, %s", doc, reason, repaired)
		}
		w := around[random.IntN(len(around))]
		wrapped := openAI(w[0]+doc+w[1], "stop")
		want := strings.Replace(wrapped, quote(w[0]+doc+w[1]), quote(doc), 1)
		if _, reason, repaired := j.Repair(routing.OpenAI, &e, []byte(wrapped)); string(repaired) != want {
			t.Fatalf("%q: got %q, %s", w[0]+doc+w[1], reason, repaired)
		}
		// Without its last bracket it is none, whatever is whole within it.
		cut := w[0] + doc[:len(doc)-1] + w[1]
		if _, reason, repaired := j.Repair(routing.OpenAI, &e, []byte(openAI(cut, "stop"))); repaired != nil || reason != JSON {
			t.Fatalf("%q was repaired: %q, %s", cut, reason, repaired)
		}
	}
}

// randomObject writes an object whose strings look like what stands around objects.
func randomObject(random *rand.Rand, depth int) string {
	words := []string{"a", "{", "}", "[1]", "```", "```json\n{", `say "no"`, "\n", "é😀", "방앗간", "\\", "</think>", "Wait, example:"}
	value := func() string {
		switch n := random.IntN(8); {
		case n == 0 && depth > 0:
			return randomObject(random, depth-1)
		case n == 1 && depth > 0:
			return "[" + randomObject(random, depth-1) + ", " + randomObject(random, depth-1) + "]"
		case n == 2:
			return "-12.50e+3"
		case n == 3:
			return "null"
		default:
			return quote(words[random.IntN(len(words))] + " " + words[random.IntN(len(words))])
		}
	}
	var b strings.Builder
	b.WriteString("{")
	for i := range 1 + random.IntN(3) {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, "%s%s: %s", strings.Repeat(" ", random.IntN(2)), quote(words[random.IntN(len(words))]+fmt.Sprint(i)), value())
	}
	b.WriteString("\n}")
	return b.String()
}

// TestRepairBody: of the rest of a body not a byte changes, and what is no plain text stays.
func TestRepairBody(t *testing.T) {
	schema := json.RawMessage(`{"type":"object","required":["a"]}`)
	wrong := json.RawMessage(`{"type":"object","required":["b"]}`)
	fenced := `"` + "```json\\n{\\\"a\\\":1}\\n```" + `"`
	choice := func(index int, content, finish, more string) string {
		return fmt.Sprintf(`{"index":%d , "message":{"role":"assistant","content":%s%s},"finish_reason":%q}`, index, content, more, finish)
	}
	completion := func(choices ...string) string {
		return `{ "id":"c1","choices":[` + strings.Join(choices, ",") + `],"usage":{"prompt_tokens":9,"completion_tokens":12},"x":1.50}`
	}
	message := func(stop, content string) string {
		return `{"id":"m1","type":"message","model":"m","content":[` + content + `],"stop_reason":"` + stop + `","usage":{"input_tokens":9,"output_tokens":12}}`
	}
	block := func(text string) string { return `{"type":"text","text":` + text + `}` }
	const thinking = `{"type":"thinking","thinking":"{}","signature":"s"}`
	for _, tt := range []struct {
		name   string
		format routing.Format
		expect Expectation
		body   string
		want   string // "" is untouched
		reason Reason
	}{
		{"schema", routing.OpenAI, Expectation{JSON: true, Schema: schema}, completion(choice(0, fenced, "stop", "")), completion(choice(0, `"{\"a\":1}"`, "stop", "")), ""},
		{"schema not satisfied", routing.OpenAI, Expectation{JSON: true, Schema: wrong}, completion(choice(0, fenced, "stop", "")), "", Schema},
		{"escapes as they are", routing.OpenAI, Expectation{JSON: true}, completion(choice(0, `"Here:\n\u007b\"a\": \"\u00e9\/\ud83d\ude00\"\u007d\u0021"`, "stop", "")), completion(choice(0, `"\u007b\"a\": \"\u00e9\/\ud83d\ude00\"\u007d"`, "stop", "")), ""},
		{"every choice", routing.OpenAI, Expectation{JSON: true}, completion(choice(0, fenced, "stop", ""), choice(1, `"{}"`, "stop", ""), choice(2, fenced, "stop", "")), completion(choice(0, `"{\"a\":1}"`, "stop", ""), choice(1, `"{}"`, "stop", ""), choice(2, `"{\"a\":1}"`, "stop", "")), ""},
		{"every choice or none", routing.OpenAI, Expectation{JSON: true}, completion(choice(0, fenced, "stop", ""), choice(1, `"no"`, "stop", "")), "", JSON},
		{"a second choice that was cut off", routing.OpenAI, Expectation{JSON: true}, completion(choice(0, fenced, "stop", ""), choice(1, fenced, "length", "")), "", JSON},
		{"the second choice alone", routing.OpenAI, Expectation{JSON: true}, completion(choice(0, `"{}"`, "stop", ""), choice(1, fenced, "stop", "")), completion(choice(0, `"{}"`, "stop", ""), choice(1, `"{\"a\":1}"`, "stop", "")), ""},
		{"cut off", routing.OpenAI, Expectation{JSON: true, Limited: true}, completion(choice(0, fenced, "length", "")), "", ""},
		{"a tool is called", routing.OpenAI, Expectation{JSON: true}, completion(choice(0, fenced, "tool_calls", `,"tool_calls":[{"id":"t","function":{"name":"f","arguments":"{}"}}]`)), "", ""},
		{"a refusal", routing.OpenAI, Expectation{JSON: true}, completion(choice(0, fenced, "stop", `,"refusal":"I can't."`)), "", ""},
		{"stopped by policy", routing.OpenAI, Expectation{JSON: true}, completion(choice(0, fenced, "content_filter", "")), "", ""},
		{"two contents", routing.OpenAI, Expectation{JSON: true}, completion(choice(0, `"x"`, "stop", `,"content":`+fenced)), "", JSON},
		{"content in blocks", routing.OpenAI, Expectation{JSON: true}, completion(choice(0, `[{"type":"text","text":`+fenced+`}]`, "stop", "")), completion(choice(0, `[{"type":"text","text":"{\"a\":1}"}]`, "stop", "")), ""},

		{"thinking beside", routing.Anthropic, Expectation{JSON: true}, message("end_turn", thinking+","+block(fenced)), message("end_turn", thinking+","+block(`"{\"a\":1}"`)), ""},
		{"a document over two blocks", routing.Anthropic, Expectation{JSON: true}, message("end_turn", block(`"Here:\n{\"a\""`)+","+block(`":1}\nDone."`)), message("end_turn", block(`"{\"a\""`)+","+block(`":1}"`)), ""},
		{"a block would be empty", routing.Anthropic, Expectation{JSON: true}, message("end_turn", block(`"Here you are:"`)+","+block(`"{\"a\":1}"`)), "", JSON},
		{"a tool of the client", routing.Anthropic, Expectation{JSON: true}, message("tool_use", block(fenced)+`,{"type":"tool_use","id":"t","name":"f","input":{}}`), "", ""},
		{"the provider's own search", routing.Anthropic, Expectation{JSON: true}, message("end_turn", block(fenced)+`,{"type":"web_search_tool_result","content":[]}`), "", JSON},
		{"cut off", routing.Anthropic, Expectation{JSON: true, Limited: true}, message("max_tokens", block(fenced)), "", ""},
		{"a refusal by policy", routing.Anthropic, Expectation{JSON: true}, message("refusal", block(fenced)), "", ""},
	} {
		t.Run(tt.format.String()+" "+tt.name, func(t *testing.T) {
			body := []byte(tt.body)
			_, reason, repaired := newJudge(t, nil).Repair(tt.format, &tt.expect, body)
			if string(repaired) != tt.want || reason != tt.reason {
				t.Errorf("reason %q, want %q\ngot  %s\nwant %s", reason, tt.reason, repaired, tt.want)
			}
			if string(body) != tt.body {
				t.Error("the body itself was changed")
			}
		})
	}
}

// TestRepairKeepsUncertainBytes: what is no UTF-8 has no certain length, and stays.
func TestRepairKeepsUncertainBytes(t *testing.T) {
	body := []byte(strings.Replace(openAI("Here: {\"a\": 1}", "stop"), "Here", "H\xffre", 1))
	if _, reason, repaired := newJudge(t, nil).Repair(routing.OpenAI, &Expectation{JSON: true}, body); repaired != nil || reason != JSON {
		t.Errorf("%q, %s", reason, repaired)
	}
}

func FuzzRepair(f *testing.F) {
	for _, r := range repairs {
		f.Add([]byte(openAI(r.text, "stop")), r.text, false)
		f.Add([]byte(anthropic(r.text, "end_turn")), r.want, true)
	}
	j := newJudge(f, nil)
	e := Expectation{JSON: true}
	f.Fuzz(func(t *testing.T, body []byte, text string, second bool) {
		format := routing.OpenAI
		if second {
			format = routing.Anthropic
		}
		checkRepaired(t, j, format, &e, body)
		// The same for a text in a body that is as it should be.
		whole := openAI(text, "stop")
		if second {
			whole = anthropic(text, "end_turn")
		}
		if repaired := checkRepaired(t, j, format, &e, []byte(whole)); repaired != nil {
			after, _ := answer.Read(format, repaired)
			before, _ := answer.Read(format, []byte(whole))
			if !strings.Contains(before.Text, after.Text) || !json.Valid([]byte(after.Text)) {
				t.Fatalf("%q became %q", before.Text, after.Text)
			}
		}
	})
}

// checkRepaired holds a repair to what is promised: what is JSON stays; what is repaired is
// JSON, shorter, made of the same bytes, and not repaired again.
func checkRepaired(t *testing.T, j *Judge, format routing.Format, e *Expectation, body []byte) []byte {
	t.Helper()
	original := bytes.Clone(body)
	_, reason, repaired := j.Repair(format, e, body)
	if !bytes.Equal(body, original) {
		t.Fatal("the body itself was changed")
	}
	if repaired == nil {
		return nil
	}
	before, err := answer.Read(format, body)
	if err != nil || before.Choices == 1 && json.Valid([]byte(before.Text)) {
		t.Fatalf("%s was touched (%v)", body, err)
	}
	after, err := answer.Read(format, repaired)
	if err != nil || reason != "" || !json.Valid([]byte(after.Text)) {
		t.Fatalf("%s: %v, %q", repaired, err, reason)
	}
	if len(repaired) >= len(body) || !subsequence(repaired, body) {
		t.Fatalf("%s is not cut out of %s", repaired, body)
	}
	if _, _, again := j.Repair(format, e, repaired); again != nil {
		t.Fatalf("%s was repaired again", repaired)
	}
	return repaired
}

func subsequence(part, whole []byte) bool {
	for _, c := range part {
		i := bytes.IndexByte(whole, c)
		if i < 0 {
			return false
		}
		whole = whole[i+1:]
	}
	return true
}

func BenchmarkRepair(b *testing.B) {
	j := newJudge(b, nil)
	e := Expectation{JSON: true}
	for _, size := range sizes {
		for name, text := range map[string]string{"JSON": object(size.bytes), "fenced": "Here it is:\n```json\n" + object(size.bytes) + "\n```"} {
			body := []byte(openAI(text, "stop"))
			b.Run(name+"/"+size.name, func(b *testing.B) {
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					if _, r, _ := j.Repair(routing.OpenAI, &e, body); r != "" {
						b.Fatal(r)
					}
				}
			})
		}
	}
}
