package batch

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/config"
)

func TestPlan(t *testing.T) {
	rt := runtimeAt(t, "http://127.0.0.1:1")
	in := inputFile(t,
		ask("a", "mini", "first"),
		`{"custom_id":"b","params":{"max_tokens":50,"model":"claude-x","messages":[{"role":"user","content":"second"}]}}`,
		``,
		ask("c", "opus", "third"),
		ask("a", "mini", "the id again"),
		`{"prompt":"Hello there"}`,
		`{"custom_id":"d","method":"POST","url":"/v1/chat/completions","body":{"model":"sonnet","messages":[{"role":"user","content":"with a tool"}],"tools":[{"type":"function"}]}}`,
		ask("e", "nobody", "x"),
		`{"custom_id":"f","method":"POST","url":"/v1/chat/completions","body":{"model":"mini","stream":true,"messages":[{"role":"user","content":"x"}]}}`,
		`{"custom_id":"g","params":{"model":"mini","messages":[{"role":"user","content":"x"}]}}`,
		`{"custom_id":"h","params":{"model":"auto","messages":[]}}`,
		`no`,
	)
	dir := t.TempDir()
	r := opened(t, dir, rt, Settings{Input: in})
	defer closed(t, r)
	var bad []string
	err := r.Plan(t.Context(), func(e *LineError) {
		if !strings.HasPrefix(e.Error(), in+":") {
			t.Errorf("%q does not name the file", e)
		}
		bad = append(bad, strings.TrimPrefix(e.Error(), in+":"))
	})
	if err != nil {
		t.Fatal(err)
	}
	wantBad := []string{
		`5: the id "a" is also that of line 1; expected a unique one`,
		`8: unknown model "nobody"; known: auto, sluice/auto, small, mini, sonnet, opus`,
		`9: "stream" is true; expected a request for a whole answer`,
		`10: model "mini" does not speak the anthropic format`,
		`11: "messages" must be a non-empty array`,
		`12: not JSON; ` + forms,
	}
	if d := cmp.Diff(wantBad, bad); d != "" {
		t.Error(d)
	}
	p := r.idPrefix()
	want := map[string]string{
		"openai/mini-001.jsonl": `{"custom_id":"` + p + `1","method":"POST","url":"/v1/chat/completions","body":{"model":"mini",  "messages":[{"role":"user","content":"first"}]}}` + "\n",
		"anthropic/001.json": "{\"requests\":[\n" +
			`{"custom_id":"` + p + `2","params":{"max_tokens":50,"model":"claude-x","messages":[{"role":"user","content":"second"}]}}` + ",\n" +
			`{"custom_id":"` + p + `4","params":{"model":"opus","max_tokens":4096,"messages":[{"role":"user","content":"third"}]}}` + "\n]}\n",
		"direct.jsonl": `{"custom_id":"` + p + `6","method":"POST","url":"/v1/chat/completions","body":{"model":"auto","messages":[{"role":"user","content":"Hello there"}]}}` + "\n" +
			`{"custom_id":"` + p + `7","method":"POST","url":"/v1/chat/completions","body":{"model":"sonnet","messages":[{"role":"user","content":"with a tool"}],"tools":[{"type":"function"}]}}` + "\n",
	}
	if d := cmp.Diff(want, written(t, dir)); d != "" {
		t.Error(d)
	}
	type row struct {
		Line             int
		ID, Model, Error string
		Converted        bool
	}
	var rows []row
	for _, l := range linesOf[Planned](t, filepath.Join(dir, ManifestFile)) {
		e := ""
		if l.Error != nil {
			e = l.Error.Code
		} else if l.Input <= 0 || l.Output <= 0 || l.Cost <= 0 || l.Reason == "" {
			t.Errorf("line %d without an estimate or a reason: %+v", l.Line, l)
		}
		rows = append(rows, row{l.Line, l.CustomID, l.Model, e, l.Converted})
	}
	wantRows := []row{
		{1, "a", "mini", "", false},
		{2, "b", "sonnet", "", false},
		{4, "c", "opus", "", true},
		{5, "a", "", codeInvalid, false},
		{6, "", "small", "", false},
		{7, "d", "sonnet", "", false},
		{8, "e", "", codeInvalid, false},
		{9, "f", "", codeInvalid, false},
		{10, "g", "", codeInvalid, false},
		{11, "h", "", codeInvalid, false},
		{12, "", "", codeInvalid, false},
	}
	if d := cmp.Diff(wantRows, rows); d != "" {
		t.Error(d)
	}
	// 50 tokens at half of $15 the million, and what the body has at half of $3.
	second := linesOf[Planned](t, filepath.Join(dir, ManifestFile))[1]
	if want := (float64(second.Input)*1.5 + 50*7.5) / 1e6; second.Cost != want {
		t.Errorf("cost %v, want %v", second.Cost, want)
	}
}

// written returns the files of requests by name.
func written(t *testing.T, dir string) map[string]string {
	t.Helper()
	got := make(map[string]string)
	for _, pattern := range []string{"*/*", "direct.jsonl"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			rel, err := filepath.Rel(dir, name)
			if err != nil {
				t.Fatal(err)
			}
			got[filepath.ToSlash(rel)] = string(text)
		}
	}
	return got
}

// mixed are lines for every kind of file, some of them bad.
func mixed(n int) []string {
	var lines []string
	for i := range n {
		model := []string{"mini", "sonnet", "small", "nobody"}[i%4]
		lines = append(lines, ask(fmt.Sprintf("id-%d", i-i%9/8), model, strings.Repeat("word ", i%13)+"?"))
	}
	return lines
}

// TestPlanCut cuts the manifest of a plan at any place, with the files as far on as they
// may be: what is planned then is what would have been without the cut, byte for byte.
func TestPlanCut(t *testing.T) {
	rt := runtimeAt(t, "http://127.0.0.1:1")
	dir := t.TempDir()
	settings := Settings{Input: inputFile(t, mixed(60)...)}
	r := planned(t, dir, rt, settings)
	want := written(t, dir)
	manifest, err := os.ReadFile(r.path(ManifestFile))
	if err != nil {
		t.Fatal(err)
	}
	closed(t, r)
	for cut := 0; cut <= len(manifest); cut += 397 {
		if err := os.WriteFile(r.path(ManifestFile), manifest[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		keepJournal(t, dir, 1)
		closed(t, planned(t, dir, rt, settings))
		if d := cmp.Diff(want, written(t, dir)); d != "" {
			t.Fatalf("cut at %d: %s", cut, d)
		}
		again, err := os.ReadFile(r.path(ManifestFile))
		if err != nil || string(again) != string(manifest) {
			t.Fatalf("cut at %d: the manifest differs (%v)", cut, err)
		}
	}
	// The machine died, and a file lost what the manifest tells of.
	keepJournal(t, dir, 1)
	if err := os.Truncate(filepath.Join(dir, "direct.jsonl"), 10); err != nil {
		t.Fatal(err)
	}
	closed(t, planned(t, dir, rt, settings))
	if d := cmp.Diff(want, written(t, dir)); d != "" {
		t.Error(d)
	}
}

// keepJournal leaves the first n events of a run's journal, as if it was killed then.
func keepJournal(t *testing.T, dir string, n int) {
	t.Helper()
	path := filepath.Join(dir, journalFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := slices.Collect(strings.Lines(string(text)))
	if err := os.WriteFile(path, []byte(strings.Join(lines[:n], "")), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestSplit writes more than a file may have, interrupted and not.
func TestSplit(t *testing.T) {
	rt := runtimeAt(t, "http://127.0.0.1:1")
	few := map[string]limit{"openai": {3, 1000}, "anthropic": {100, 120}}
	request := func(i int) string { return fmt.Sprintf(`{"n":"%0*d"}`, 10+i, i) }
	models := []*routing.Model{rt.Router.Model("mini"), rt.Router.Model("opus"), rt.Router.Model("small")}
	dir := t.TempDir()
	s := newFileSet(dir, few)
	type line struct {
		file  string
		model *routing.Model
		bytes int64
	}
	var lines []line
	for i := range 24 {
		m := models[i%3]
		if m.BatchRate == 0 {
			m = nil
		}
		o, err := s.write(m, []byte(request(i)))
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line{o.Name, m, o.Bytes})
		if i%5 != 0 {
			continue
		}
		if err := s.sync(); err != nil { // and killed
			t.Fatal(err)
		}
		s.close()
		s = newFileSet(dir, few)
		for _, l := range lines {
			if err := s.restore(l.file, l.model, l.bytes); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.reopen(); err != nil {
			t.Fatal(err)
		}
	}
	files, err := s.finish()
	if err != nil {
		t.Fatal(err)
	}
	counts := make(map[string]int)
	for _, f := range files {
		counts[f.Name] = f.Lines
	}
	names := slices.Sorted(maps.Keys(counts))
	want := []string{"anthropic/001.json", "anthropic/002.json", "anthropic/003.json", "direct.jsonl", "openai/mini-001.jsonl", "openai/mini-002.jsonl", "openai/mini-003.jsonl"}
	if d := cmp.Diff(want, names); d != "" {
		t.Error(d)
	}
	got := 0
	for name, text := range written(t, dir) {
		if strings.HasPrefix(name, "anthropic/") {
			var doc struct{ Requests []json.RawMessage }
			if err := json.Unmarshal([]byte(text), &doc); err != nil || len(doc.Requests) != counts[name] || len(text) > 120 {
				t.Errorf("%s of %d bytes: %v: %s", name, len(text), err, text)
			}
			got += len(doc.Requests)
			continue
		}
		if n := strings.Count(text, "\n"); n != counts[name] || strings.HasPrefix(name, "openai/") && n > 3 {
			t.Errorf("%s has %d lines, %d said", name, n, counts[name])
		}
		got += strings.Count(text, "\n")
	}
	if got != 24 {
		t.Errorf("%d requests, want 24", got)
	}
}

func TestNoFormat(t *testing.T) {
	rt := runtimeAt(t, "http://127.0.0.1:1")
	for _, p := range []string{"small", "mini"} { // nothing that speaks OpenAI's format and is large enough
		rt.Router.Model(p).Context = 10
	}
	for _, p := range []string{"sonnet", "opus"} {
		rt.Router.Model(p).Provider.Formats = []routing.Format{routing.Anthropic}
	}
	dir := t.TempDir()
	r := planned(t, dir, rt, Settings{Input: inputFile(t, `"What is a batch, in a few words?"`), Send: true})
	defer closed(t, r)
	l := linesOf[Planned](t, filepath.Join(dir, ManifestFile))[0]
	if !l.Converted || l.API != "openai_chat" || l.Error != nil {
		t.Errorf("planned %+v", l)
	}
	if text := written(t, dir)["direct.jsonl"]; !strings.Contains(text, `"url":"/v1/messages","body":{"model":"auto","max_tokens":4096`) {
		t.Error(text)
	}
}

func TestBeginAgain(t *testing.T) {
	rt := runtimeAt(t, "http://127.0.0.1:1")
	dir, in := t.TempDir(), inputFile(t, `"a"`)
	r := opened(t, dir, rt, Settings{Input: in})
	for _, tt := range []struct {
		s    Settings
		want string
	}{
		{Settings{Input: in}, ""},
		{Settings{Input: in, Send: true}, "has begun for batches;"},
		{Settings{Input: in, Strategy: "cascade"}, `has begun with the strategy "";`},
		{Settings{Input: inputFile(t, `"b"`)}, "has begun with another input, " + in},
		{Settings{Input: inputFile(t, `"a"`)}, ""}, // the same bytes
		{Settings{Input: in + ".none"}, "read input: "},
	} {
		err := r.Begin(tt.s)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.s, err, tt.want)
		}
	}
	if _, err := Open(dir, rt); err == nil || !strings.Contains(err.Error(), "is in use by another run") {
		t.Errorf("opened twice: %v", err)
	}
	closed(t, r)
	other := *rt
	other.Hash = "another"
	r, err := Open(dir, &other)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, r)
	if err := r.Begin(Settings{Input: in}); err == nil || !strings.Contains(err.Error(), "has begun with another configuration") {
		t.Errorf("another configuration: %v", err)
	}
}

func TestBehind(t *testing.T) {
	rt := runtimeAt(t, "http://127.0.0.1:1")
	s := newFileSet(t.TempDir(), limits())
	if err := s.restore("openai/mini-001.jsonl", rt.Router.Model("mini"), 10); err != nil {
		t.Fatal(err)
	}
	if err := s.reopen(); !errors.Is(err, errBehind) {
		t.Errorf("error %v", err)
	}
	s.close()
	if err := s.restore("openai/mini-007.jsonl", rt.Router.Model("mini"), 10); err == nil {
		t.Error("a file out of its order was taken")
	}
}

// TestPlanEfforts: a line's model is asked at its effort, but for a line that says itself
// how hard to think, and what it is expected to reason counts.
func TestPlanEfforts(t *testing.T) {
	f, _, err := config.Load("test.yaml", []byte(`
providers:
  openai:    {endpoint: "http://127.0.0.1:1/v1", format: openai}
  anthropic: {endpoint: "http://127.0.0.1:1", format: [anthropic, openai]}
models:
  - {name: mini,   provider: openai,    tier: standard, price: {input: 1, output: 2, batch: 0.5}, efforts: [low]}
  - {name: sonnet, provider: anthropic, tier: premium,  price: {input: 3, output: 15, batch: 0.5}, upstream_name: claude-x, efforts: [high], thinking: budget}
`))
	if err != nil {
		t.Fatal(err)
	}
	rt, err := config.Build(f)
	if err != nil {
		t.Fatal(err)
	}
	in := inputFile(t,
		`{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"mini@low","messages":[{"role":"user","content":"x"}]}}`,
		`{"custom_id":"b","method":"POST","url":"/v1/chat/completions","body":{"model":"mini@low","messages":[{"role":"user","content":"x"}],"reasoning_effort":"high"}}`,
		`{"custom_id":"c","params":{"model":"sonnet@high","max_tokens":50,"messages":[{"role":"user","content":"x"}]}}`,
	)
	dir := t.TempDir()
	r := opened(t, dir, rt, Settings{Input: in})
	defer closed(t, r)
	if err := r.Plan(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	p := r.idPrefix()
	want := map[string]string{
		"openai/mini@low-001.jsonl": `{"custom_id":"` + p + `1","method":"POST","url":"/v1/chat/completions","body":{"model":"mini","reasoning_effort":"low","messages":[{"role":"user","content":"x"}]}}` + "\n",
		"openai/mini-001.jsonl":     `{"custom_id":"` + p + `2","method":"POST","url":"/v1/chat/completions","body":{"model":"mini","messages":[{"role":"user","content":"x"}],"reasoning_effort":"high"}}` + "\n",
		"anthropic/001.json": "{\"requests\":[\n" +
			`{"custom_id":"` + p + `3","params":{"model":"claude-x","thinking":{"type":"enabled","budget_tokens":8000},"max_tokens":8050,"messages":[{"role":"user","content":"x"}]}}` + "\n]}\n",
	}
	if d := cmp.Diff(want, written(t, dir)); d != "" {
		t.Error(d)
	}
	for i, want := range []int{800, 500, 4050} {
		if l := linesOf[Planned](t, filepath.Join(dir, ManifestFile))[i]; l.Output != want {
			t.Errorf("line %d: %d tokens of answer, want %d", l.Line, l.Output, want)
		}
	}
}
