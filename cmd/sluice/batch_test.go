package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"sluice/cmd/sluice/simulator"
	"sluice/routing/offline/batch"
)

// TestBatchSendKilled sends 10,000 lines and kills the process, with SIGKILL, three times.
func TestBatchSendKilled(t *testing.T) {
	const lines = 10_000
	u, base := startUpstream(t)
	config, in, dir := batchConfig(t, base), batchInput(t, lines, 50), t.TempDir()
	args := []string{"batch", in, "--out", dir, "-c", config, "--send", base, "--concurrency", "8"}
	for _, at := range []int64{1500, 4500, 8000} {
		cmd := program(t, args...)
		u.killed = func() { _ = cmd.Process.Kill() }
		u.kill.Store(at)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		err := cmd.Run()
		if state, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); err == nil || !ok || state.Signal() != syscall.SIGKILL {
			t.Fatalf("not killed at %d: %v\n%s", at, err, stderr.String())
		}
		if _, err := os.Stat(filepath.Join(dir, batch.ResultsFile)); err == nil {
			t.Fatal("there are results before the end")
		}
	}
	out, err := program(t, append(args, "--json")...).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var s batch.Summary
	if err := json.Unmarshal(out, &s); err != nil || s.Lines != lines || s.Answered != lines || s.Failed != 0 {
		t.Errorf("summary %+v, %v", s, err)
	}
	for _, r := range batchResults(t, dir, lines) {
		if want := fmt.Sprintf("Number %d ", r.Line); r.CustomID != fmt.Sprintf("q%d", r.Line) || r.Status != 200 ||
			r.Model != "mini" || r.Cost <= 0 || !strings.Contains(string(r.Response), want) {
			t.Fatalf("line %d: %+v\n%s", r.Line, r, r.Response)
		}
	}
	if len(u.ids) != lines || len(u.bad) > 0 {
		t.Errorf("%d requests apart, want %d; %v", len(u.ids), lines, u.bad)
	}
	// Asked twice were at most those that were on their way when the process died: eight,
	// and one whose answer was about to be recorded.
	if twice := u.answered.Load() - lines; twice > 3*(8+1) {
		t.Errorf("%d lines were answered again, want at most %d", twice, 3*(8+1))
	}
}

// TestBatchPlanKilled kills the planning of 10,000 lines three times, as soon as the
// manifest has grown, and compares with a run that nobody disturbed.
func TestBatchPlanKilled(t *testing.T) {
	const lines = 10_000
	config, in, dir := batchConfig(t, "http://127.0.0.1:1"), batchInput(t, lines, 1500), t.TempDir()
	manifest := filepath.Join(dir, batch.ManifestFile)
	size := func() int64 {
		info, err := os.Stat(manifest)
		if err != nil {
			return 0
		}
		return info.Size()
	}
	for range 3 {
		cmd := program(t, "batch", in, "--out", dir, "-c", config)
		before := size()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		exited := make(chan error, 1)
		go func() { exited <- cmd.Wait() }()
		for size() == before {
			select {
			case err := <-exited:
				t.Fatalf("it ended before it was killed: %v", err)
			case <-time.After(time.Millisecond):
			}
		}
		_ = cmd.Process.Kill()
		if err := <-exited; err == nil {
			t.Fatal("it was done before it was killed")
		}
	}
	if out, err := program(t, "batch", in, "--out", dir, "-c", config).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	seen := make(map[string]int)
	for _, pattern := range []string{"*/*.json*", "direct.jsonl"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, ".json") && !json.Valid(text) {
				t.Errorf("%s is no JSON", name)
			}
			for _, part := range strings.Split(string(text), `"content":"Number `)[1:] {
				number, _, _ := strings.Cut(part, " ")
				seen[number]++
			}
		}
	}
	for i := 1; i <= lines; i++ {
		if seen[fmt.Sprint(i)] != 1 {
			t.Fatalf("line %d is in the files %d times", i, seen[fmt.Sprint(i)])
		}
	}
	text, err := os.ReadFile(manifest)
	if err != nil || bytes.Count(text, []byte("\n")) != lines {
		t.Errorf("%d lines in the manifest, %v", bytes.Count(text, []byte("\n")), err)
	}
}

// TestBatchMemory compares what the process takes for 1,000 lines and for 10,000, each of
// 4 KB: it may grow by a third of the 36 MB that lie between, for Go takes memory from the
// system in steps of 4 MB, when its collector is late.
func TestBatchMemory(t *testing.T) {
	const most = 12 << 20
	_, base := startUpstream(t)
	config := batchConfig(t, base)
	for _, tt := range []struct {
		name string
		args []string
	}{{"files", nil}, {"send", []string{"--send", base}}} {
		t.Run(tt.name, func(t *testing.T) {
			var taken [2]int
			for i, lines := range []int{1000, 10_000} {
				path := filepath.Join(t.TempDir(), "memory")
				cmd := program(t, append([]string{"batch", batchInput(t, lines, 4000), "--out", t.TempDir(), "-c", config}, tt.args...)...)
				cmd.Env = append(cmd.Env, childVariable+"="+path)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				text, err := os.ReadFile(path)
				if err == nil {
					taken[i], err = strconv.Atoi(string(text))
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			t.Logf("%d bytes for 1,000 lines, %d for 10,000", taken[0], taken[1])
			if taken[1]-taken[0] > most {
				t.Errorf("%d bytes for 1,000 lines, %d for 10,000", taken[0], taken[1])
			}
		})
	}
}

// TestBatchProviders goes the whole way through the providers' batches, from the command line.
func TestBatchProviders(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := simulator.New(simulator.Options{Header: "authorization", Credential: "Bearer k1", Batch: simulator.Batch{Polls: 1}})
	s.Start(l)
	t.Cleanup(func() { _ = s.Close() })
	_, base := startUpstream(t)
	config, in, dir := batchConfig(t, "http://"+l.Addr().String()), batchInput(t, 30, 10), filepath.Join(t.TempDir(), "new")
	t.Setenv("BATCH_TEST_KEY", "")
	if _, _, err := run(t, "", "batch", in, "--out", dir, "-c", config, "--submit"); err == nil || !strings.Contains(err.Error(), "the environment variable BATCH_TEST_KEY is empty; expected the provider's key") {
		t.Errorf("without a key: %v", err)
	}
	t.Setenv("BATCH_TEST_KEY", "k1")
	out, _, err := run(t, "", "batch", in, "--out", dir, "-c", config, "--submit")
	if err != nil || !strings.Contains(out, "30 lines: 0 answered, 0 failed, 30 waiting, 0 rejected") || !strings.Contains(out, "openai/mini-001.jsonl") {
		t.Fatalf("%v\n%s", err, out)
	}
	if _, _, err := run(t, "", "batch", "--out", dir, "-c", config, "--collect"); err == nil || !strings.Contains(err.Error(), "30 lines have no result yet") {
		t.Errorf("early: %v", err)
	}
	if _, _, err := run(t, "", "batch", "--out", dir, "-c", config, "--collect", "--wait", "--poll", "1ms"); err == nil || !strings.Contains(err.Error(), "10 lines have no result yet; run again with --collect, or with --send for those of direct.jsonl") {
		t.Errorf("without those to be sent: %v", err)
	}
	out, progress, err := run(t, "", "batch", "--out", dir, "-c", config, "--collect", "--send", base+"/v1/")
	if err != nil || !strings.Contains(out, "30 lines: 30 answered, 0 failed, 0 waiting, 0 rejected") || !strings.Contains(out, "results: "+dir) {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(progress, "sending $0.") || !strings.Contains(progress, ": 30 of 30, 10 ") && !strings.Contains(progress, ": 30 of 30") {
		t.Errorf("progress %q", progress)
	}
	for _, r := range batchResults(t, dir, 30) {
		if !strings.Contains(string(r.Response), fmt.Sprintf("Number %d ", r.Line)) || !strings.Contains(string(r.Response), "chat.completion") {
			t.Errorf("line %d: %s", r.Line, r.Response)
		}
	}
}

func TestBatchMistakes(t *testing.T) {
	config := batchConfig(t, "http://127.0.0.1:1")
	in := filepath.Join(t.TempDir(), "in.jsonl")
	if err := os.WriteFile(in, []byte("\"What is TCP?\"\n{\"prompt\":7}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"no directory", []string{in}, "--out is missing"},
		{"no input", []string{"--out", "DIR"}, "INPUT is missing"},
		{"no such input", []string{in + "x", "--out", "DIR"}, "read input: open "},
		{"wait alone", []string{in, "--out", "DIR", "--wait"}, "--wait goes with --collect"},
		{"concurrency", []string{in, "--out", "DIR", "--concurrency", "0"}, "--concurrency is 0; expected 1 to 1024"},
		{"poll", []string{in, "--out", "DIR", "--poll", "0s"}, "--poll is 0s; expected a duration above 0"},
		{"URL", []string{in, "--out", "DIR", "--send", "127.0.0.1:10000"}, `--send is "127.0.0.1:10000"; expected a URL such as`},
		{"dry run with a directory", []string{in, "--out", "DIR", "--dry-run"}, "--dry-run needs INPUT"},
		{"bad line", []string{in, "--out", "DIR"}, "1 lines could not be used; manifest.jsonl says why"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := []string{"batch", "-c", config}
			for _, a := range tt.args {
				args = append(args, strings.Replace(a, "DIR", t.TempDir(), 1))
			}
			_, stderr, err := run(t, "", args...)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %s", err, tt.want)
			}
			if tt.name == "bad line" && !strings.Contains(stderr, in+`:2: "prompt" is 7; expected a string`) {
				t.Errorf("stderr %q", stderr)
			}
		})
	}
}

func TestBatchDryRun(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	out, _, err := run(t, "", "batch", batchInput(t, 6, 10), "-c", batchConfig(t, "http://127.0.0.1:1"), "--dry-run", "--json")
	var s batch.Summary
	if err != nil || json.Unmarshal([]byte(out), &s) != nil || s.Lines != 6 || s.Waiting != 6 || len(s.Models) != 3 || s.Cost <= 0 || s.Strong <= s.Cost {
		t.Errorf("%v\n%s", err, out)
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestBatchBar: where there is no terminal there are plain lines, and not many.
func TestBatchBar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		b := newBar(&out)
		for i := range 26 {
			b.show(batch.Progress{Step: "sending", Done: 100 + 10*i, Total: 1000, Cost: 0.25, Failed: i / 20})
			time.Sleep(time.Second)
		}
		b.show(batch.Progress{Step: "collecting", Done: 1, Total: 2})
		b.end()
		b.end()
		want := "sending $0.2500: 200 of 1000, 10 a second, 1m20s left\n" +
			"sending $0.2500, 1 failed: 300 of 1000, 10 a second, 1m10s left\n" +
			"sending $0.2500, 1 failed: 350 of 1000, 10 a second, 1m8s left\n" +
			"collecting $0.0000: 1 of 2\n"
		if out.String() != want {
			t.Errorf("got\n%swant\n%s", out.String(), want)
		}
	})
}
