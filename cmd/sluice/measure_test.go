package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// twoModels is a configuration of the spec's score and round prices.
const twoModels = `# mine
providers: {p: {endpoint: "http://127.0.0.1:1/v1", format: openai}}
models:
  - {name: small, provider: p, tier: budget, price: {input: 1, output: 2}}
  - {name: large, provider: p, tier: flagship, price: {input: 10, output: 20}}
routing:
  strategy: hierarchical    # as published
  tiers: {standard: 0.2, premium: 0.4, flagship: 0.7}
  tier_models: {budget: small, standard: small, premium: large, flagship: large}
`

// written returns the path of a new file with the text.
func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEval(t *testing.T) {
	for _, tt := range []struct {
		task, scorer, data string
		want               map[string]float64
	}{
		{
			"domain", "spec", `{"text":"python loop","topic":"code"}` + "\n" + `{"text":"my loop","topic":"code"}` + "\n" + `{"text":"hello","topic":"general","strict":false}`,
			map[string]float64{"n": 2, "accuracy": 0.5, "precision": 1, "recall": 0.5},
		},
		{
			"refusal", "spec", `{"response":"I can't help with that.","refusal":true}` + "\n" + `{"response":"Perhaps later.","refusal":true}`,
			map[string]float64{"n": 2, "accuracy": 0.5, "precision": 1, "recall": 0.5},
		},
		{"language", "learned", `{"text":"오늘은 날씨가 참 좋습니다.","lang":"ko"}`, map[string]float64{"n": 1, "accuracy": 1, "macro_f1": 1, "f1": 1}},
		{
			"tier", "length", `{"text":"a","weak_correct":1,"strong_correct":1}` + "\n" + `{"text":"long","weak_correct":0,"strong_correct":1}`,
			map[string]float64{"n": 2, "auc": 1, "apgr": 0.75, "cpt50": 0.25, "cpt80": 0.4},
		},
		{
			"verdict", "learned", `{"prompt":"Why?","response":"","good":false,"strong_good":true}` + "\n" + `{"prompt":"Why are there tides?","response":"The moon and the sun pull at the sea, and the water rises twice a day.","good":true,"strong_good":true}`,
			map[string]float64{"n": 2, "flagged": 0.5, "precision": 1, "recall_bad": 1, "pgr": 1},
		},
		{
			"need", "learned", `{"text":"hello","need":1,"ok":[1,2,3,4],"topic":["general","code","math","writing","rag_summary"]}`,
			map[string]float64{"n": 1, "inside": 1, "under": 0, "topic_inside": 1},
		},
		{
			"repair", "learned", `{"prompt":"Two and two?","want":"4","answers":{"m":{"output":"So: {\"answer\": 4}","correct":true}}}`,
			map[string]float64{"n": 1},
		},
	} {
		t.Run(tt.task, func(t *testing.T) {
			path := written(t, "data.jsonl", tt.data)
			out, _, err := run(t, "", "eval", "--data", path, "--task", tt.task, "--scorer", tt.scorer, "--json")
			if err != nil {
				t.Fatal(err)
			}
			var got map[string]any
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatal(err)
			}
			for k, want := range tt.want {
				if v, ok := got[k].(float64); !ok || v < want-1e-9 || v > want+1e-9 {
					t.Errorf("%s: %v, want %v", k, got[k], want)
				}
			}
			if text, _, err := run(t, tt.data, "eval", "--data", "-", "--task", tt.task, "--scorer", tt.scorer); err != nil || !strings.Contains(text, "95 % interval") {
				t.Errorf("as text: %v\n%s", err, text)
			}
		})
	}
}

func TestEvalPlot(t *testing.T) {
	data := written(t, "data.jsonl", `{"text":"a","weak_correct":1,"strong_correct":1}`+"\n"+`{"text":"long","weak_correct":0,"strong_correct":1}`)
	plot := filepath.Join(filepath.Dir(data), "curve.svg")
	if _, _, err := run(t, "", "eval", "--data", data, "--task", "tier", "--plot", plot); err != nil {
		t.Fatal(err)
	}
	if svg, err := os.ReadFile(plot); err != nil || !bytes.Contains(svg, []byte("<svg")) {
		t.Errorf("%v: %s", err, svg)
	}
}

func TestEvalMistakes(t *testing.T) {
	bad := written(t, "bad.jsonl", "{\"text\":\"a\",\"topic\":\"code\"}\n{\"text\":\"a\"}\n")
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--data", bad, "--task", "domain"}, bad + `: line 2: "topic" is missing; expected what the prompt is about`},
		{[]string{"--data", bad, "--task", "taste"}, bad + `: unknown --task "taste"; expected domain, tier, need, refusal, language, verdict, repair or agreement`},
		{[]string{"--data", bad, "--task", "domain", "--plot", "x.svg"}, "--plot draws the curve of --task tier"},
		{[]string{"--task", "domain"}, `required flag(s) "data" not set`},
	} {
		if _, _, err := run(t, "", append([]string{"eval"}, tt.args...)...); err == nil || err.Error() != tt.want {
			t.Errorf("%v: error %v, want %s", tt.args, err, tt.want)
		}
	}
}

const requestLog = `{"prompt":"hello","model":"large","input_tokens":1000,"output_tokens":500}
{"prompt":"analyze, compare and explain why: def f():","cost_usd":0.05,"input_tokens":2000,"output_tokens":100}
not JSON
`

// TestReplay compares the whole text: prices are round, so that it can be checked by hand.
func TestReplay(t *testing.T) {
	path := written(t, "mine.yaml", twoModels)
	other := written(t, "other.yaml", strings.Replace(twoModels, "premium: 0.4", "premium: 0.6", 1))
	out, _, err := run(t, requestLog, "replay", "-", "--config", path, "--against", other)
	if err != nil {
		t.Fatal(err)
	}
	out = strings.NewReplacer(path, "mine.yaml", other, "other.yaml").Replace(out)
	want, err := os.ReadFile("testdata/replay.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out); diff != "" {
		t.Errorf("(-testdata/replay.txt +got):\n%s", diff)
	}
	if _, _, err := run(t, "", "replay", path+".missing"); err == nil {
		t.Error("a log that is not there is read")
	}
}

func TestCalibrate(t *testing.T) {
	path := written(t, "sluice.yaml", twoModels)
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	for i := range 100 { // half of them hard
		prompt := []string{"hello", "analyze, compare and explain why: def f():"}[i%2]
		log.WriteString(`{"prompt":"` + prompt + strings.Repeat(" word", i/2) + `"}` + "\n")
	}
	out, _, err := run(t, log.String(), "calibrate", "-", "--config", path, "--target-share", "0.5", "--tiers", "0.4,0.4,0.2,0", "--write", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Fitted struct{ Turns int }
		Held   struct {
			Turns int
			Cheap float64 `json:"cheap_share"`
		}
		Thresholds struct{ Standard, Premium, Flagship float64 }
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	// The score is 0 or 0.5: the premium tier begins between.
	if got.Fitted.Turns+got.Held.Turns != 100 || got.Thresholds.Premium != 0.25 || got.Held.Cheap < 0.2 || got.Held.Cheap > 0.8 {
		t.Errorf("%+v", got)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(text), "# mine\n") || !strings.Contains(string(text), "premium: 0.25, ") || !strings.Contains(string(text), "# as published") {
		t.Errorf("written:\n%s", text)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--tiers", "1"}, "--tiers has 1 shares; expected four: budget, standard, premium, flagship"},
		{[]string{"--write"}, "--write needs --config, the file to write to"},
		{[]string{"--target-share", "0.5", "--target-cost", "1"}, "if any flags in the group [target-share target-cost target-quality] are set none of the others can be; [target-cost target-share] were all set"},
	} {
		if _, _, err := run(t, log.String(), append([]string{"calibrate", "-"}, tt.args...)...); err == nil || err.Error() != tt.want {
			t.Errorf("%v: error %v, want %s", tt.args, err, tt.want)
		}
	}
}

// TestTrainMistakes: package train has the tests of what is learned, which takes its time.
func TestTrainMistakes(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "weights.bin")
	if _, _, err := run(t, "", "train", "--data", dir, "--own", dir, "--out", out); err == nil || !strings.Contains(err.Error(), "domains.jsonl") {
		t.Errorf("a folder without data: %v", err)
	}
	if _, err := os.Stat(out); !os.IsNotExist(err) {
		t.Errorf("left a file: %v", err)
	}
	if _, _, err := run(t, "", "train", "--own", dir, "--out", out); err == nil || err.Error() != `required flag(s) "data" not set` {
		t.Errorf("no folder: %v", err)
	}
}

func TestWriteWhole(t *testing.T) {
	path := written(t, "file", "before")
	broken := errors.New("broken")
	err := replaceFile(path, func(w io.Writer) error {
		_, err := io.WriteString(w, "half of what")
		return errors.Join(err, broken)
	})
	if text, _ := os.ReadFile(path); !errors.Is(err, broken) || string(text) != "before" {
		t.Errorf("error %v, the file has %q", err, text)
	}
	if err := replaceFile(path, func(w io.Writer) error { _, err := io.WriteString(w, "after"); return err }); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if text, _ := os.ReadFile(path); err != nil || string(text) != "after" || info.Mode().Perm() != 0o600 {
		t.Errorf("%v: the file has %q, mode %v", err, text, info.Mode())
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
	if err := replaceFile(filepath.Join(path, "below"), func(io.Writer) error { return nil }); err == nil {
		t.Error("writes below a file")
	}
}
