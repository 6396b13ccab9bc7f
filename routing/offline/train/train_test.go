package train

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/routing/classify"
)

// writeRows writes rows as a file of one JSON object a line.
func writeRows(t *testing.T, dir, name string, rows []map[string]any) {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, row := range rows {
		if err := enc.Encode(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// smallData writes a data set of a few rows, and what is made for training in the folder own of it.
func smallData(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var domains, tiers, refusals, languages []map[string]any
	for source, texts := range map[string][5]string{
		"a": {"Write a function that doubles a number.", "Solve 3x = 12.", "Write a poem about rain.", "Summarize this text: it rained.", "Who was Cleopatra?"},
		"b": {"Fix this loop in Java.", "What is 7% of 300?", "Compose a letter to my aunt.", "What does the passage say about rain?", "Why is grass green?"},
	} {
		for topic, text := range texts {
			domains = append(domains, map[string]any{
				"text": text, "topic": classify.Topic(topic).String(), "lang": "en", "source": source, "strict": true,
			})
		}
	}
	// The map above is ranged over in random order; the file must not be.
	sortRows(domains)
	for i, text := range []string{"What is 2 + 2?", "Name a colour.", "Prove that e is irrational.", "Which court hears the appeal, and why?"} {
		tiers = append(tiers, map[string]any{"text": text, "weak_correct": []float64{1, 1, 0, 0.5}[i], "strong_correct": 1})
	}
	tiers = append(tiers, map[string]any{"text": "A row without answers.", "weak_correct": nil, "strong_correct": nil})
	for i, text := range []string{"I cannot help with that.", "죄송하지만 도와드릴 수 없습니다.", "Stir the soup.", "국을 저으세요."} {
		refusals = append(refusals, map[string]any{"response": text, "refusal": i < 2, "lang": []string{"en", "ko", "en", "ko"}[i]})
	}
	for _, row := range [][2]string{
		{"en", "The weather was fine all week and we walked along the river."},
		{"de", "Das Wetter war die ganze Woche schön, und wir gingen am Fluss spazieren."},
		{"fr", "Il a fait beau toute la semaine et nous avons marché le long de la rivière."},
		{"ru", "Всю неделю стояла хорошая погода, и мы гуляли вдоль реки."},
		{"uk", "Увесь тиждень була гарна погода, і ми гуляли вздовж річки."},
		{"ar", "كان الطقس جميلا طوال الأسبوع."},
		{"fa", "هوا تمام هفته خوب بود."},
		{"ko", "일주일 내내 날씨가 좋았다."},
	} {
		languages = append(languages, map[string]any{"text": row[1], "lang": row[0], "kind": "sentences"})
	}
	writeRows(t, dir, "domains.jsonl", domains)
	writeRows(t, dir, "tiers.jsonl", tiers)
	writeRows(t, dir, "refusals.jsonl", refusals)
	writeRows(t, dir, "languages.jsonl", languages)
	writeRows(t, dir, "needs.jsonl", []map[string]any{
		{"text": "hi there", "need": 1, "ok": []int{1}, "topic": []string{"general"}},
		{"text": "what time is it", "need": 1, "ok": []int{1}, "topic": []string{"general"}},
		{"text": "Write a function that sorts words in Python.", "need": 2, "ok": []int{1, 2}, "topic": []string{"code"}},
		{"text": "Draft an e-mail to our landlord.", "need": 2, "ok": []int{2}, "topic": []string{"writing", "general"}},
		{"text": "Prove that the square root of 2 is irrational.", "need": 3, "ok": []int{2, 3}, "topic": []string{"math"}},
		{"text": "Prove rigorously that every bounded monotone sequence converges.", "need": 3.5, "ok": []int{3, 4}, "topic": []string{"math"}},
	})
	own := filepath.Join(dir, "own")
	if err := os.MkdirAll(filepath.Join(own, "prompts"), 0o700); err != nil {
		t.Fatal(err)
	}
	writeRows(t, filepath.Join(own, "prompts"), "a.jsonl", []map[string]any{
		{"text": "thanks!", "need": 1, "ok": []int{1}, "topic": []string{"general"}},
		{"text": "Prove the theorem.", "need": 4, "ok": []int{4}, "topic": []string{"math"}},
	})
	writeRows(t, own, "labels.jsonl", []map[string]any{
		{"key": textKey("Solve 3x = 12."), "need": 1, "ok": []int{1}, "topic": []string{"math"}},
		{"key": textKey("a text that no file has"), "need": 1, "ok": []int{1}, "topic": []string{"math"}},
	})
	vectors := make([]byte, 4*lanes+classify.NumRows*lanes)
	for lane := range lanes {
		binary.LittleEndian.PutUint32(vectors[4*lane:], math.Float32bits(0.001))
	}
	for i := range classify.NumRows * lanes {
		vectors[4*lanes+i] = byte(i * 37 >> 3)
	}
	if err := os.WriteFile(filepath.Join(own, "vectors.bin"), vectors, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// run trains on what smallData wrote.
func run(dir string) ([]byte, map[string]int, error) {
	return RunWith(dir, filepath.Join(dir, "own"), quick(), io.Discard)
}

func sortRows(rows []map[string]any) {
	for i := range rows {
		for j := i; j > 0 && rows[j]["text"].(string) < rows[j-1]["text"].(string); j-- {
			rows[j], rows[j-1] = rows[j-1], rows[j]
		}
	}
}

// quick are options that train in a second or two.
func quick() Options {
	o := DefaultOptions()
	o.Patterns = 0.01
	o.Network.Epochs, o.Network.Batch = 2, 16
	o.Gain.MaxIter, o.Refusal.MaxIter, o.Language.MaxIter = 12, 12, 12
	return o
}

func TestRunIsDeterministic(t *testing.T) {
	dir := smallData(t)
	first, examples, err := run(dir)
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := run(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("two runs on the same data gave different weights")
	}
	if examples["gain"] != 4 {
		t.Errorf("examples %v", examples)
	}
	m, err := classify.Load(first)
	if err != nil {
		t.Fatal(err)
	}
	if examples["network"] < 9 {
		t.Errorf("the network was trained on %d examples", examples["network"])
	}
	if got := m.Language("Das Wetter war schön."); got.Code != "de" {
		t.Errorf("language %+v, want de", got)
	}
	if topic, _ := m.Topic("Write a function that sorts words in Python.").Best(); topic != classify.Code {
		t.Errorf("topic %s, want code", topic)
	}
	if a, b := m.Refusal("I cannot help with that."), m.Refusal("Stir the soup."); a <= b {
		t.Errorf("refusal %v of a refusal, %v of an answer", a, b)
	}
}

func TestRunErrors(t *testing.T) {
	for _, tt := range []struct {
		name, file, content, want string
	}{
		{"missing file", "tiers.jsonl", "", "read training data"},
		{"broken line", "tiers.jsonl", "{\"text\": \"a\"}\n{\"text\": 5}\n", "tiers.jsonl: line 2"},
		{"no rows", "languages.jsonl", "\n\n", "languages.jsonl: expected lines of JSON, found none"},
		{"no tier is 7", "needs.jsonl", `{"text": "a", "need": 7, "ok": [2], "topic": ["code"]}`, "needs.jsonl row 1: need 7"},
		{"unknown topic", "own/prompts/a.jsonl", `{"text": "a", "need": 2, "ok": [2], "topic": ["codes"]}`, `prompts row 1: unknown topic "codes"`},
		{"no reasonable tier", "own/labels.jsonl", `{"key": "00", "need": 2, "topic": ["code"]}`, "labels.jsonl 00: need 2, ok []"},
		{"short table", "own/vectors.bin", "abc", "vectors.bin: 3 bytes"},
		{"no labels", "tiers.jsonl", "{\"text\": \"a\"}\n", "train gain: no usable rows"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := smallData(t)
			path := filepath.Join(dir, tt.file)
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if tt.content != "" {
				if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			weights, _, err := run(dir)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one about %q", err, tt.want)
			}
			if weights != nil {
				t.Error("weights beside an error")
			}
		})
	}
}

// Every pattern must be filled completely: a hole left over is a name without a list.
func TestPatterns(t *testing.T) {
	d := &data{}
	languages := patternLanguages()
	for _, lang := range languages {
		for range 4 {
			d.languages = append(d.languages, languageRow{Text: strings.Repeat("text of some length ", 5), Lang: lang.lang, Kind: "sentences"})
		}
	}
	prompts := patternPrompts(d, 1)
	seen := make(map[classify.Topic]int)
	for _, p := range prompts {
		seen[p.topic]++
		for _, lang := range languages {
			for name := range lang.slots {
				if strings.Contains(p.text, "{"+name+"}") {
					t.Errorf("%q: {%s} is not filled", p.text, name)
				}
			}
		}
		for _, name := range []string{"{passage}", "{number}", "{snippet}"} {
			if strings.Contains(p.text, name) {
				t.Errorf("%q: %s is not filled", p.text, name)
			}
		}
	}
	for topic := range classify.NumTopics {
		if seen[topic] < 500 {
			t.Errorf("%d prompts of %s", seen[topic], topic)
		}
	}
	for _, s := range patternLanguages() {
		for _, patterns := range s.patterns {
			for _, p := range patterns {
				checkHoles(t, p, s.slots)
			}
		}
	}
	for _, s := range answerPatterns() {
		for _, p := range append(append([]string(nil), s.refusals...), s.answers...) {
			checkHoles(t, p, s.slots)
		}
	}
	texts, refuses, langs := patternAnswers()
	if len(texts) == 0 || len(texts) != len(refuses) || len(texts) != len(langs) {
		t.Errorf("%d answers, %d labels, %d languages", len(texts), len(refuses), len(langs))
	}
}

// checkHoles reports holes of a pattern that have no list. Braces of other kinds, as in LaTeX, hold no lower-case name.
func checkHoles(t *testing.T, pattern string, slots map[string][]string) {
	t.Helper()
	for rest := pattern; ; {
		_, after, ok := strings.Cut(rest, "{")
		if !ok {
			return
		}
		name, tail, ok := strings.Cut(after, "}")
		if !ok {
			return
		}
		if slots[name] == nil && name != "number" && name != "passage" && name != "snippet" {
			t.Errorf("%q: no list for {%s}", pattern, name)
		}
		rest = tail
	}
}

func TestMinimize(t *testing.T) {
	// Rosenbrock's valley: the minimum is 0 at (1, 1), and a poor line search or memory never gets there.
	x := []float64{-1.2, 1}
	value := minimize(x, func(x, grad []float64) float64 {
		a, b := 1-x[0], x[1]-x[0]*x[0]
		grad[0] = -2*a - 400*x[0]*b
		grad[1] = 200 * b
		return a*a + 100*b*b
	}, 200, 1e-15)
	if value > 1e-8 || math.Abs(x[0]-1) > 1e-3 || math.Abs(x[1]-1) > 1e-3 {
		t.Errorf("minimum %v at %v, want 0 at (1, 1)", value, x)
	}
}

// The gradient must be the slope of the loss.
func TestLossGrad(t *testing.T) {
	for _, tt := range []struct {
		name   string
		z      []float64
		class  int
		target float64
	}{
		{"softmax", []float64{0.3, -1.2, 2}, 1, 0},
		{"softmax far out", []float64{800, -800}, 0, 0},
		{"logistic", []float64{0.7}, 0, 0.25},
		{"logistic far out", []float64{-900}, 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			grad := append([]float64(nil), tt.z...)
			lossGrad(grad, tt.class, tt.target)
			for i := range tt.z {
				const h = 1e-5
				up, down := append([]float64(nil), tt.z...), append([]float64(nil), tt.z...)
				up[i] += h
				down[i] -= h
				slope := (lossGrad(up, tt.class, tt.target) - lossGrad(down, tt.class, tt.target)) / (2 * h)
				if math.Abs(slope-grad[i]) > 1e-4 {
					t.Errorf("lane %d: gradient %v, slope %v", i, grad[i], slope)
				}
			}
		})
	}
}

func TestQuantize(t *testing.T) {
	weights := []float64{0, 9, 1.27, 9, -0.5, 9, 0.01, 9}
	dst := make([]int8, 4)
	scale := quantize(weights, 2, 0, dst, 1, 0)
	if want := []int8{0, 127, -50, 1}; !bytes.Equal(toBytes(dst), toBytes(want)) {
		t.Errorf("%v, want %v", dst, want)
	}
	if math.Abs(float64(scale)-0.01) > 1e-9 {
		t.Errorf("scale %v, want 0.01", scale)
	}
	if scale := quantize(make([]float64, 4), 1, 0, dst, 1, 0); scale != 0 {
		t.Errorf("scale of nothing %v", scale)
	}
}

func toBytes(v []int8) []byte {
	out := make([]byte, len(v))
	for i, x := range v {
		out[i] = byte(x)
	}
	return out
}

func TestBeginning(t *testing.T) {
	for _, tt := range []struct {
		in   string
		n    int
		want string
	}{{"가나다", 2, "가나"}, {"abc", 5, "abc"}, {"", 3, ""}, {"abc", 3, "abc"}} {
		if got := beginning(tt.in, tt.n); got != tt.want {
			t.Errorf("beginning(%q, %d) = %q, want %q", tt.in, tt.n, got, tt.want)
		}
	}
}
