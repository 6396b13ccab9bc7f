package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"sluice/cmd/sluice/app"
	"sluice/routing"
	"sluice/routing/config"
	"sluice/routing/experiment"
	"sluice/routing/state"
)

// experimentConfig has an experiment for every user, and its state in the file at path.
func experimentConfig(t *testing.T, path, admin string) *config.File {
	t.Helper()
	f, _, err := config.Load("x.yaml", fmt.Appendf(nil, `
admin: %s
processor: 127.0.0.1:0
state: {store: disk, path: %s}
experiments:
  cheap:
    enrol: {share: 0.8}
    control:   {model: gpt-4o, weight: 0.5}
    treatment: {model: gpt-4o-mini, weight: 0.5}
`, admin, path))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// startService runs the service until the test ends or stop is called.
func startService(t *testing.T, f *config.File) (admin string, stop func()) {
	t.Helper()
	a, err := app.New(f, app.Options{DryRun: dryRun, Log: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	a.Start()
	stop = sync.OnceFunc(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return a.Admin().String(), stop
}

// recorded is the path of a new state file after what fill records.
func recorded(t *testing.T, fill func(experiment.Store)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	stores := openState(t, path)
	fill(stores.Experiments)
	if err := stores.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// record counts a request of each of n users, at a third of the price for the treatment.
func record(t *testing.T, store experiment.Store, n int) {
	t.Helper()
	for i := range n {
		a := routing.Assignment{Experiment: "cheap", Variant: "control", Unit: fmt.Sprint("u", i)}
		o := experiment.Outcome{ID: fmt.Sprint("r", i), At: time.Unix(int64(i), 0), Cost: 0.003 + 0.001*float64(i%4), Seconds: 1, Tokens: 10}
		if i%2 == 1 {
			a.Variant, o.Cost = "treatment", o.Cost/3
		}
		if _, err := store.Record(t.Context(), a, o); err != nil {
			t.Fatal(err)
		}
	}
}

func TestExperimentReport(t *testing.T) {
	path := recorded(t, func(s experiment.Store) { record(t, s, 200) })
	address, _ := startService(t, experimentConfig(t, path, "127.0.0.1:0"))

	out, _, err := run(t, "", "experiment", "report", "--admin", address)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"cheap  by user: 200 users, 200 requests", "gpt-4o-mini", "→ prefer treatment: treatment costs 5"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	out, _, err = run(t, "", "experiment", "report", "cheap", "--json", "--admin", address)
	var answer struct{ Experiments []experiment.Report }
	if err == nil {
		err = json.Unmarshal([]byte(out), &answer)
	}
	if err != nil || len(answer.Experiments) != 1 || answer.Experiments[0].Units != 200 {
		t.Errorf("%v: %s", err, out)
	}
	if _, _, err := run(t, "", "experiment", "report", "dear", "--admin", address); err == nil || err.Error() != `unknown experiment "dear"; known: cheap` {
		t.Errorf("error %v", err)
	}
}

func TestExperimentForget(t *testing.T) {
	const ended = "ended 1/2 %"
	path := recorded(t, func(s experiment.Store) {
		record(t, s, 20)
		for _, unit := range []string{"u1", "u2"} {
			if _, err := s.Record(t.Context(), routing.Assignment{Experiment: ended, Variant: "a", Unit: unit}, experiment.Outcome{ID: unit}); err != nil {
				t.Fatal(err)
			}
		}
	})
	address, stop := startService(t, experimentConfig(t, path, "127.0.0.1:0"))
	for _, tt := range []struct{ name, out, err string }{
		{ended, "experiment \"ended 1/2 %\" is forgotten; units: 2\n", ""},
		{ended, "", `404 Not Found: experiment "ended 1/2 %": there are no outcomes`},
		{"cheap", "", `409 Conflict: experiment "cheap": still in the configuration; remove it there first`},
	} {
		out, _, err := run(t, "", "experiment", "forget", tt.name, "--admin", address)
		if out != tt.out || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %q, error %v; want %q and %q", tt.name, out, err, tt.out, tt.err)
		}
	}
	stop()
	stores := openState(t, path)
	for name, want := range map[string]int{"cheap": 20, ended: 0} {
		if units, _, err := stores.Experiments.Units(t.Context(), name); len(units) != want || err != nil {
			t.Errorf("%s: %d units, error %v; want %d", name, len(units), err, want)
		}
	}
	if err := stores.Close(); err != nil {
		t.Error(err)
	}
}

// Without a service the outcomes are removed from the file.
func TestExperimentForgetOffline(t *testing.T) {
	dir := t.TempDir()
	path, file := filepath.Join(dir, "state.db"), filepath.Join(dir, "sluice.yaml")
	configure := func(experiments string) {
		t.Helper()
		text := fmt.Sprintf("admin: %s\nstate: {store: disk, path: %s}\n%s", closedAddress(), path, experiments)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stores := openState(t, path)
	record(t, stores.Experiments, 30)
	if err := stores.Close(); err != nil {
		t.Fatal(err)
	}
	configure("experiments: {cheap: {a: {model: gpt-4o, weight: 1}}}\n")
	if _, _, err := run(t, "", "experiment", "forget", "cheap", "-c", file); !errors.Is(err, app.ErrConfigured) {
		t.Errorf("error %v", err)
	}
	configure("")
	if out, _, err := run(t, "", "experiment", "forget", "cheap", "-c", file); err != nil || out != "experiment \"cheap\" is forgotten; units: 30\n" {
		t.Errorf("%q, error %v", out, err)
	}
	if _, _, err := run(t, "", "experiment", "forget", "cheap", "-c", file); !errors.Is(err, app.ErrNoOutcomes) {
		t.Errorf("error %v", err)
	}
	// A file that is in use stays as it is, whatever the admin address says.
	stores = openState(t, path)
	if _, _, err := run(t, "", "experiment", "forget", "cheap", "-c", file); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("error %v", err)
	}
	if err := stores.Close(); err != nil {
		t.Fatal(err)
	}
}

// closedAddress returns an address at which nothing listens.
func closedAddress() string {
	closed := httptest.NewServer(http.NotFoundHandler())
	defer closed.Close()
	return strings.TrimPrefix(closed.URL, "http://")
}

// Without a service the file is read, and not made where there is none.
func TestExperimentReportOffline(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state.db")
	admin := closedAddress()
	file := filepath.Join(dir, "sluice.yaml")
	text := fmt.Sprintf(`
admin: %s
state: {store: disk, path: %s}
experiments:
  cheap: {control: {model: gpt-4o, weight: 0.5}, treatment: {model: gpt-4o-mini, weight: 0.5}}
`, admin, path)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := run(t, "", "experiment", "report", "-c", file); err == nil || !strings.Contains(err.Error(), "there are no stored outcomes") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file: %v", err)
	}
	stores := openState(t, path)
	record(t, stores.Experiments, 120)
	if err := stores.Close(); err != nil {
		t.Fatal(err)
	}
	out, _, err := run(t, "", "experiment", "report", "-c", file)
	if err != nil || !strings.Contains(out, "by user: 120 users") {
		t.Errorf("%v\n%s", err, out)
	}
	// An address that somebody asked for is not replaced by the file.
	if _, _, err := run(t, "", "experiment", "report", "-c", file, "--admin", admin); err == nil || !strings.Contains(err.Error(), "no service answers") {
		t.Errorf("error %v", err)
	}
}

func openState(t *testing.T, path string) *state.Stores {
	t.Helper()
	stores, err := state.Open(state.Config{
		Store: state.OnDisk, Path: path, Timeout: time.Second,
		Failed: func(op string, err error) { t.Errorf("%s: %v", op, err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return stores
}

func TestExperimentMoves(t *testing.T) {
	dir := t.TempDir()
	write := func(name, weights string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("experiments:\n  cheap: "+weights+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	even := write("even.yaml", "{control: {model: gpt-4o, weight: 0.5}, treatment: {model: gpt-4o-mini, weight: 0.5}}")
	more := write("more.yaml", "{control: {model: gpt-4o, weight: 0.25}, treatment: {model: gpt-4o-mini, weight: 0.75}}")
	out, _, err := run(t, "", "experiment", "moves", "--from", even, "--to", more)
	if err != nil || !strings.HasPrefix(out, "cheap: 25 % of the units move to another variant, no more than the new weights need") {
		t.Errorf("%v: %s", err, out)
	}
	out, _, err = run(t, "", "experiment", "moves", "--from", even, "--to", even)
	if err != nil || !strings.HasPrefix(out, "no unit moves") {
		t.Errorf("%v: %s", err, out)
	}
	if _, _, err := run(t, "", "experiment", "moves", "--from", even); err == nil {
		t.Error("--to may be left out")
	}
}

// stickyFile is set in the processes that TestStickiness starts.
const stickyFile = "SLUICE_TEST_STICKY"

// Two processes, one after the other, each with a configuration of its own building and the
// same file: every user meets the same variant, and is exposed in the first alone.
func TestStickiness(t *testing.T) {
	if path := os.Getenv(stickyFile); path != "" {
		enrolAll(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "state.db")
	process := func() (parts []string, exposed int) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestStickiness$", "-test.v")
		cmd.Env = append(os.Environ(), stickyFile+"="+path)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for line := range strings.Lines(string(out)) {
			part, is := strings.CutPrefix(strings.TrimSpace(line), "part ")
			if !is {
				continue
			}
			part, first := strings.CutSuffix(part, " exposed")
			if parts = append(parts, part); first {
				exposed++
			}
		}
		return parts, exposed
	}
	before, exposed := process()
	if len(before) != stickyUsers || exposed < stickyUsers*7/10 || exposed > stickyUsers*9/10 {
		t.Fatalf("%d users, %d exposed; expected %d and about 80 %%", len(before), exposed, stickyUsers)
	}
	after, again := process()
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("parts (-first +second process):\n%s", diff)
	}
	if again != 0 {
		t.Errorf("%d users are exposed again", again)
	}
	stores := openState(t, path)
	units, _, err := stores.Experiments.Units(t.Context(), "cheap")
	if err != nil || len(units) != exposed {
		t.Errorf("%d units of %d exposed, error %v", len(units), exposed, err)
	}
	for _, u := range units {
		if u.Requests != 2 || u.Moved != 0 {
			t.Errorf("%+v", u)
		}
	}
	if err := stores.Close(); err != nil {
		t.Error(err)
	}
}

const stickyUsers = 1000

// enrolAll routes a request of every user, records it, and prints who got what.
func enrolAll(t *testing.T, path string) {
	rt, err := config.Build(experimentConfig(t, path, "127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	stores := openState(t, path)
	for i := range stickyUsers {
		d, err := rt.Router.Route(&routing.Request{
			API: routing.OpenAIChat, Messages: 1, Turns: 1, Prompt: "Good morning!",
			Who: routing.Principal{User: fmt.Sprintf("user-%d@example.com", i)},
		})
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("part %d %s %s %s", i, d.Assigned.Variant, d.Assigned.Unit, d.Model)
		if d.Assigned.Experiment != "" {
			exposed, err := stores.Experiments.Record(t.Context(), d.Assigned, experiment.Outcome{At: time.Now()})
			if err != nil {
				t.Fatal(err)
			}
			if exposed {
				line += " exposed"
			}
		}
		fmt.Println(line)
	}
	if err := stores.Close(); err != nil {
		t.Fatal(err)
	}
}
