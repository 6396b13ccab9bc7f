package tokens

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tiktoken-go/tokenizer"
)

// costs.tab is made here rather than by a program of its own, so that the vocabularies
// of the encoder stay out of all that is built:
//
//	go test ./routing/tokens -run TestFit -fit DIR:DIR
//
// The directories hold texts: JSON lines with "text" or "response" and "lang", and
// source files, which are told apart by their extensions. The table of the repository
// is fitted to prompts and answers in 32 languages and to the standard libraries of Go
// and Python and the packages of npm.
var fitTo = flag.String("fit", "", "refit costs.tab to the texts in these `directories`, separated by colons")

const (
	// perGroup bounds the bytes of one language or kind of file.
	perGroup = 500_000
	// leastText is the number of characters from which on the estimate has to be good.
	leastText = 200
	// usualCost is where the cost of a pair is drawn to for want of evidence, by the
	// weight of that want: the mean over all texts.
	usualCost, drawn = 0.28, 0.01
	passes           = 60
)

// A sample is one text: how often it has each pair, by rising index, and its tokens.
type sample struct {
	pairs  []pair
	tokens float64
	weight float64
}

type pair struct {
	index int
	count float64
}

func newSample(text string, tokens int) sample {
	count := map[int]float64{}
	last := 0
	for i := range len(text) {
		class := int(classOf[text[i]])
		count[last*classCount+class]++
		last = class
	}
	s := sample{tokens: float64(tokens), weight: 1}
	for _, index := range slices.Sorted(maps.Keys(count)) {
		s.pairs = append(s.pairs, pair{index, count[index]})
	}
	return s
}

// fit returns the costs between 0 and 1 that minimise the squares of the relative
// errors, each scaled by its sample's weight, by cyclic coordinate descent.
func fit(samples []sample) []float64 {
	type entry struct {
		row   int
		value float64
	}
	columns := make([][]entry, classCount*classCount)
	missing := make([]float64, len(samples)) // of the estimate, in parts of the truth
	for row, s := range samples {
		missing[row] = s.weight
		for _, p := range s.pairs {
			columns[p.index] = append(columns[p.index], entry{row, s.weight * p.count / s.tokens})
		}
	}
	cost := make([]float64, len(columns))
	set := func(index int, to float64) {
		for _, e := range columns[index] {
			missing[e.row] -= (to - cost[index]) * e.value
		}
		cost[index] = to
	}
	for index := range columns {
		set(index, usualCost)
	}
	for range passes {
		for index, column := range columns {
			gradient, curvature := drawn*(usualCost-cost[index]), drawn
			for _, e := range column {
				gradient += e.value * missing[e.row]
				curvature += e.value * e.value
			}
			set(index, min(max(cost[index]+gradient/curvature, 0), 1))
		}
	}
	return cost
}

func TestFit(t *testing.T) {
	// Texts of letters and digits in changing proportions, and what they would cost.
	const letter, digit = 0.25, 0.5
	var samples []sample
	rng := rand.New(rand.NewPCG(3, 3))
	for range 50 {
		letters, digits := 100+rng.IntN(400), 100+rng.IntN(400)
		s := newSample(strings.Repeat("a", letters+1)+strings.Repeat("1", digits+1), 1)
		s.tokens = letter*float64(letters) + digit*float64(digits)
		samples = append(samples, s)
	}
	cost := fit(samples)
	at := func(a, b byte) float64 { return cost[int(classOf[a])*classCount+int(classOf[b])] }
	if got := at('a', 'a'); math.Abs(got-letter) > 0.01 {
		t.Errorf("a letter costs %.3f, want %.3f", got, letter)
	}
	if got := at('1', '1'); math.Abs(got-digit) > 0.01 {
		t.Errorf("a digit costs %.3f, want %.3f", got, digit)
	}
	if got := at('x', 'y'); got != usualCost {
		t.Errorf("an unseen pair costs %.3f, want %.3f", got, usualCost)
	}
	if *fitTo == "" {
		return
	}
	table := make([]byte, classCount*classCount)
	for index, c := range fit(readSamples(t, strings.Split(*fitTo, ":"))) {
		table[index] = byte(math.Round(c * costUnit))
	}
	if err := os.WriteFile("costs.tab", table, 0o644); err != nil {
		t.Fatal(err)
	}
}

// readSamples cuts the texts below the directories into samples of about the lengths of
// prompts. Groups share alike in the fit, but not quite: the large ones know more.
func readSamples(t *testing.T, dirs []string) []sample {
	encoder := encoderOf(t, tokenizer.O200kBase)
	rng := rand.New(rand.NewPCG(1, 2))
	var samples []sample
	texts := readTexts(t, dirs)
	for _, group := range slices.Sorted(maps.Keys(texts)) {
		docs := texts[group]
		rng.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
		begin, size, short := len(samples), 0, ""
		for _, doc := range docs {
			if size > perGroup {
				break
			}
			text := short + doc()
			short = ""
			if utf8.RuneCountInString(text) < leastText {
				short = text + "\n"
				continue
			}
			for n := 300 + rng.IntN(2500); text != ""; {
				n := min(n, len(text))
				for n < len(text) && !utf8.RuneStart(text[n]) {
					n++
				}
				if part := text[:n]; utf8.RuneCountInString(part) >= leastText {
					samples = append(samples, newSample(part, count(t, encoder, part)))
					size += n
				}
				text = text[n:]
			}
		}
		for i := begin; i < len(samples); i++ {
			samples[i].weight = math.Pow(100/float64(len(samples)-begin), 0.25)
		}
		t.Logf("%-5s %5d samples, %7d bytes", group, len(samples)-begin, size)
	}
	return samples
}

// readTexts finds the texts below the directories by language or kind of file. Those of
// files are read when they are asked for, and to their first 30 kB.
func readTexts(t *testing.T, dirs []string) map[string][]func() string {
	texts := map[string][]func() string{}
	visit := func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content := func() string {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			return strings.ToValidUTF8(string(text[:min(len(text), 30_000)]), "")
		}
		switch ext := filepath.Ext(path); ext {
		case ".jsonl":
			return readLines(path, texts)
		case ".json":
			texts["compact"] = append(texts["compact"], func() string { // as programs write it
				var b bytes.Buffer
				_ = json.Compact(&b, []byte(content())) // what is cut off or wrong is left out
				return b.String()
			})
			fallthrough
		case ".go", ".py", ".js", ".ts", ".java", ".c", ".sh", ".html", ".yaml", ".yml", ".md":
			texts[ext] = append(texts[ext], content)
		}
		return nil
	}
	for _, dir := range dirs {
		if err := filepath.WalkDir(dir, visit); err != nil {
			t.Fatal(err)
		}
	}
	return texts
}

func readLines(path string, texts map[string][]func() string) error {
	file, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(bytes.NewReader(file))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var line struct{ Text, Response, Lang, Kind string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return err
		}
		if line.Lang != "" && !strings.Contains(line.Kind, "word") { // lists of words are no prose
			texts[line.Lang] = append(texts[line.Lang], func() string { return line.Text + line.Response })
		}
	}
	return lines.Err()
}

func encoderOf(tb testing.TB, name tokenizer.Encoding) tokenizer.Codec {
	tb.Helper()
	encoder, err := tokenizer.Get(name)
	if err != nil {
		tb.Fatal(err)
	}
	return encoder
}

func count(tb testing.TB, encoder tokenizer.Codec, text string) int {
	tb.Helper()
	n, err := encoder.Count(text)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}
