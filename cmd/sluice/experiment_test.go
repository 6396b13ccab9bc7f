package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

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

func experimentServer(t *testing.T, store experiment.Store) (address string) {
	t.Helper()
	rt, err := config.Build(experimentConfig(t, "unused", "127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	reg := prometheus.NewRegistry()
	newExperimentAdmin(func() *config.Runtime { return rt }, store, zap.NewNop(), reg).handle(mux)
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func memory(t *testing.T) *experiment.Memory {
	t.Helper()
	m, err := experiment.NewMemory(experiment.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
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

func TestFeedback(t *testing.T) {
	store := memory(t)
	record(t, store, 2)
	address := experimentServer(t, store)
	tests := []struct {
		name, body string
		status     int
		want       string
	}{
		{"rating", `{"request_id": "r0", "rating": 0.75}`, 202, "accepted"},
		{"thumb up", `{"request_id": "r1", "thumb": "up"}`, 202, "accepted"},
		{"changed mind", ` {"thumb": "down", "request_id": "r1"} `, 202, "accepted"},
		{"unknown", `{"request_id": "r2", "rating": 1}`, 404, "no request of the last day"},
		{"empty", ``, 400, `expected {"request_id"`},
		{"no object", `[1]`, 400, `expected {"request_id"`},
		{"null", `null`, 400, "request_id: expected 1 to 256 bytes"},
		{"no id", `{"rating": 1}`, 400, "request_id: expected 1 to 256 bytes"},
		{"long id", `{"request_id": "` + strings.Repeat("x", 257) + `", "rating": 1}`, 400, "request_id: expected 1 to 256 bytes"},
		{"neither", `{"request_id": "r0"}`, 400, "expected either rating or thumb"},
		{"both", `{"request_id": "r0", "rating": 1, "thumb": "up"}`, 400, "expected either rating or thumb"},
		{"too high", `{"request_id": "r0", "rating": 1.01}`, 400, "rating 1.01 is out of range; expected 0 to 1"},
		{"too low", `{"request_id": "r0", "rating": -1}`, 400, "rating -1 is out of range; expected 0 to 1"},
		{"text", `{"request_id": "r0", "rating": "good"}`, 400, `expected {"request_id"`},
		{"sideways", `{"request_id": "r0", "thumb": "sideways"}`, 400, `thumb "sideways" is unknown; expected up or down`},
		{"unknown key", `{"request_id": "r0", "rating": 1, "comment": "nice"}`, 400, `unknown field "comment"`},
		{"two", `{"request_id": "r0", "rating": 1}{}`, 400, "nothing behind it"},
		{"large", `{"request_id": "r0", "thumb": "` + strings.Repeat("u", 5000) + `"}`, 400, "too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, err := http.Post("http://"+address+"/feedback", "application/json", strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			var answer map[string]string
			if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
				t.Fatal(err)
			}
			key := map[bool]string{true: "status", false: "error"}[tt.status == 202]
			if res.StatusCode != tt.status || !strings.Contains(answer[key], tt.want) {
				t.Errorf("%d %v, want %d and %q", res.StatusCode, answer, tt.status, tt.want)
			}
		})
	}
	units, _, err := store.Units(t.Context(), "cheap")
	if err != nil || units[0].Rated != 1 || units[0].Rating != 0.75 || units[1].Rated != 1 || units[1].Rating != 0 {
		t.Errorf("%+v, error %v", units, err)
	}
	wantFeedback(t, address, map[string]int{"accepted": 3, "unknown": 1, "rejected": 14})
}

// wantFeedback compares sluice_feedback_total by result.
func wantFeedback(t *testing.T, address string, want map[string]int) {
	t.Helper()
	res, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]int)
	for line := range strings.Lines(string(text)) {
		var result string
		var n int
		if _, err := fmt.Sscanf(line, "sluice_feedback_total{result=%q} %d", &result, &n); err == nil {
			got[result] = n
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("feedback (-want +got):\n%s", diff)
	}
}

var errAway = errors.New("away")

// away is a store that cannot be reached.
type away struct{}

func (away) Record(context.Context, routing.Assignment, experiment.Outcome) (bool, error) {
	return false, errAway
}
func (away) Rate(context.Context, string, float64) (bool, error) { return false, errAway }
func (away) Units(context.Context, string) ([]experiment.Totals, int, error) {
	return nil, 0, errAway
}
func (away) Forget(context.Context, string) (int, error) { return 0, errAway }

func TestExperimentsWithoutTheirStore(t *testing.T) {
	address := experimentServer(t, away{})
	res, err := http.Post("http://"+address+"/feedback", "application/json", strings.NewReader(`{"request_id": "r0", "rating": 1}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != 503 {
		t.Errorf("feedback: %s", res.Status)
	}
	wantFeedback(t, address, map[string]int{"lost": 1})
	if _, _, err := run(t, "", "experiment", "forget", "ended", "--admin", address); err == nil || !strings.Contains(err.Error(), "503 Service Unavailable: the outcomes cannot all be removed now") {
		t.Errorf("forget: %v", err)
	}
	if _, _, err := run(t, "", "experiment", "report", "--admin", address); err == nil || !strings.Contains(err.Error(), "503 Service Unavailable: the outcomes of experiments cannot be read now") {
		t.Errorf("report: %v", err)
	}
}

func TestExperimentReport(t *testing.T) {
	store := memory(t)
	record(t, store, 200)
	address := experimentServer(t, store)

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
	store := memory(t)
	record(t, store, 20)
	const ended = "ended 1/2 %"
	for _, unit := range []string{"u1", "u2"} {
		if _, err := store.Record(t.Context(), routing.Assignment{Experiment: ended, Variant: "a", Unit: unit}, experiment.Outcome{ID: unit}); err != nil {
			t.Fatal(err)
		}
	}
	address := experimentServer(t, store)
	for _, tt := range []struct{ name, out, err string }{
		{ended, "experiment \"ended 1/2 %\" is forgotten; units: 2\n", ""},
		{ended, "", `404 Not Found: experiment "ended 1/2 %": no outcomes are kept`},
		{"cheap", "", `409 Conflict: experiment "cheap": still in the configuration; take it out before its outcomes`},
	} {
		out, _, err := run(t, "", "experiment", "forget", tt.name, "--admin", address)
		if out != tt.out || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %q, error %v; want %q and %q", tt.name, out, err, tt.out, tt.err)
		}
	}
	for name, want := range map[string]int{"cheap": 20, ended: 0} {
		if units, _, err := store.Units(t.Context(), name); len(units) != want || err != nil {
			t.Errorf("%s: %d units, error %v; want %d", name, len(units), err, want)
		}
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
	if _, _, err := run(t, "", "experiment", "forget", "cheap", "-c", file); !errors.Is(err, errConfigured) {
		t.Errorf("error %v", err)
	}
	configure("")
	if out, _, err := run(t, "", "experiment", "forget", "cheap", "-c", file); err != nil || out != "experiment \"cheap\" is forgotten; units: 30\n" {
		t.Errorf("%q, error %v", out, err)
	}
	if _, _, err := run(t, "", "experiment", "forget", "cheap", "-c", file); !errors.Is(err, errNoOutcomes) {
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
	if _, _, err := run(t, "", "experiment", "report", "-c", file); err == nil || !strings.Contains(err.Error(), "no outcomes are kept") {
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
	if err != nil || !strings.HasPrefix(out, "nobody moves") {
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
