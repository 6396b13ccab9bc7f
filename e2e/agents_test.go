//go:build clients

package e2e

import (
	"bytes"
	"context"
	"flag"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sluice/cmd/sluice/simulator"
)

// Unmodified coding agents work through Sluice: each one is installed from its registry
// (`make test-clients`), told in its own configuration where to go, and run without a person.

var agentNames = flag.String("agents", "claude-code,codex", "the agents to run, separated by commas")

// clientKey is what the agents send; the providers refuse it, so it must have been replaced.
const clientKey = "client-key-0"

// agentPatience bounds one run of an agent. aider's own retries alone take 64 s.
const agentPatience = 100 * time.Second

// agentPrompt is what the person asks for.
const agentPrompt = "Create hello.txt so that it greets sluice, and read it again."

// providersOf makes every model able to do what the agents ask for.
var providersOf = append([]string{
	"capabilities: [tools, json]", "capabilities: [tools, json, vision, documents, thinking, effort, web_search, structured_output]",
	"total_time: 20s", "total_time: 5s",
}, speaking...)

// spendable is a budget that the first answer exhausts.
var spendable = []string{
	"min_confidence: 0.8, ", "min_confidence: 0.8, price: {input: 10, output: 20}, ",
	"judge: {min_characters: 20}", `judge: {min_characters: 20}
budgets: [{name: team, per: everyone, limit: 0.1, window: month, timezone: Asia/Seoul, exhausted_below: 0.1, on_exhausted: refuse}]`,
}

func TestAgents(t *testing.T) {
	for _, a := range chosenAgents(t, *agentNames) {
		t.Run(a.name, func(t *testing.T) {
			s := startStack(t, providersOf...)
			t.Run("a loop of two tools", func(t *testing.T) { a.loop(t, s) })
			t.Run("an escalation", func(t *testing.T) { a.escalation(t, s) })
			t.Run("too long", func(t *testing.T) { a.noRoom(t, s) })
			t.Run("an outage that ends", func(t *testing.T) { a.outageEnds(t, s) })
			t.Run("a spent budget", func(t *testing.T) { a.spent(t, startStack(t, append(spendable, providersOf...)...)) })
		})
	}
}

// loop: the model calls two tools of the agent, one after the other, and then says that it is done.
func (a *agent) loop(t *testing.T, s *stack) {
	r := a.run(t, s, new(incident))
	r.finished(t)
	if r.calls < len(a.script) {
		t.Errorf("%d calls of a model, want at least %d", r.calls, len(a.script))
	}
}

// escalation: the first model that is asked fails, and the person sees nothing of it.
func (a *agent) escalation(t *testing.T, s *stack) {
	first := &incident{failing: simulator.Behaviour{Say: simulator.Refuse}, times: 1}
	r := a.run(t, s, first)
	r.finished(t)
	if strings.Contains(r.printed, "can't help") {
		t.Error("the refusal reached the person")
	}
	if len(first.models) != 1 {
		t.Fatalf("%d attempts failed, want 1", len(first.models))
	}
}

// noRoom: no model has room for the conversation. The agent must see that, and end or make it shorter.
func (a *agent) noRoom(t *testing.T, s *stack) {
	full := &incident{failing: simulator.Behaviour{Status: http.StatusBadRequest, ContextLength: true}, times: always}
	a.run(t, s, full).says(t, a.tooLong, 6*attempts)
}

// spent: the budget is used up. The agent must end, and say why.
func (a *agent) spent(t *testing.T, s *stack) {
	if r := post(t, s.chat(), chatBody("Tell me about rivers.", "")); r.status != http.StatusOK {
		t.Fatalf("status %d before the budget is spent", r.status)
	}
	a.run(t, s, new(incident)).says(t, a.noBudget, 0)
}

// outageEnds: every provider is overloaded, and then not any more. The agent ends its work by its
// own retries, or tells its user.
func (a *agent) outageEnds(t *testing.T, s *stack) {
	overloaded := &incident{failing: simulator.Behaviour{Status: http.StatusServiceUnavailable}, times: 3 * attempts}
	if !a.persists {
		overloaded.times = always
	}
	r := a.run(t, s, overloaded)
	if a.persists {
		r.finished(t)
		return
	}
	r.says(t, a.outage, 10*attempts)
}

// attempts is how many models one request of an agent may try in these tests.
const attempts = 3

// An incident makes the first attempts fail.
type incident struct {
	mu      sync.Mutex
	failing simulator.Behaviour
	times   int
	models  []string // that failed
}

// always is more attempts than any agent makes.
const always = 1000

// hit reports whether the attempt of a model is one of those that fail.
func (i *incident) hit(model string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.models) >= i.times {
		return false
	}
	i.models = append(i.models, model)
	return true
}

// follow answers the agent's main requests by its script, and the others well.
func (a *agent) follow(w workspace, i *incident) func(model string, body []byte) simulator.Behaviour {
	return func(model string, body []byte) simulator.Behaviour {
		if !bytes.Contains(body, []byte("greets sluice, and read it")) {
			return simulator.Behaviour{}
		}
		if i.hit(model) {
			return i.failing
		}
		if len(a.script) > 1 && !bytes.Contains(body, []byte(`"tools"`)) {
			return simulator.Behaviour{} // a title
		}
		at := a.script[min(results(body), len(a.script)-1)]
		return simulator.Behaviour{Say: simulator.Given, Tool: at.tool, Text: strings.ReplaceAll(at.text, "DIR", w.dir)}
	}
}

// results counts the results of tools in a request of any API.
func results(body []byte) int {
	n := 0
	for _, mark := range []string{`"type":"tool_result"`, `"role":"tool"`, `"type":"function_call_output"`} {
		n += bytes.Count(body, []byte(mark))
	}
	return n
}

// An agentRun is what one run of an agent came to.
type agentRun struct {
	w       workspace
	printed string
	err     error // it ended with another code than 0
	calls   int   // requests that the providers received
	took    time.Duration
}

// run gives the agent its task in a folder of its own, while the incident lasts.
func (a *agent) run(t *testing.T, s *stack, i *incident) agentRun {
	t.Helper()
	w := workspace{home: t.TempDir(), dir: t.TempDir(), url: s.url}
	t.Cleanup(func() { endDaemons(w) })
	env := a.setUp(t, w)
	for _, u := range s.upstreams() {
		u.Behave(a.follow(w, i))
	}
	before := len(s.received())
	command := agentCommand(t, w, a.program, env, a.args(w, agentPrompt)...)
	started := time.Now()
	out, err := command.CombinedOutput()
	r := agentRun{w: w, printed: string(out), err: err, calls: len(s.received()) - before, took: time.Since(started)}
	lines := strings.Split(strings.TrimSpace(r.printed), "\n")
	t.Logf("%s: %.1f s, %d attempts, ended with %v: %.200s", a.name, r.took.Seconds(), r.calls, r.err, lines[len(lines)-1])
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s printed:\n%.6000s", a.name, r.printed)
		}
	})
	if r.took >= agentPatience {
		t.Errorf("%s did not end within %v", a.name, agentPatience)
	}
	return r
}

// endDaemons ends what an agent has left running, by its home: Cline starts a daemon in a session
// of its own.
func endDaemons(w workspace) {
	environments, _ := filepath.Glob("/proc/[0-9]*/environ") // a valid pattern
	for _, path := range environments {
		text, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(text, []byte("HOME="+w.home+"\x00")) {
			continue // it has ended, or is none of the agent's
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
		}
	}
}

// agentCommand is a program of .cache/clients with nothing of the caller's environment but the PATH.
func agentCommand(t *testing.T, w workspace, program string, env []string, args ...string) *exec.Cmd {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	clients := filepath.Join(root, ".cache", "clients")
	path := filepath.Join(clients, program)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s is not installed: run `make test-clients`", program)
	}
	ctx, cancel := context.WithTimeout(t.Context(), agentPatience)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, path, args...)
	c.Dir = w.dir
	own := filepath.Join(clients, strings.SplitN(program, "/", 2)[0]) + node
	c.Env = append([]string{
		"HOME=" + w.home, "PATH=" + own + ":" + os.Getenv("PATH"), "TERM=dumb", "NO_COLOR=1", "CI=1",
	}, env...)
	// Its children end with it.
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = time.Second
	return c
}

// finished checks that the agent did its work.
func (r agentRun) finished(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.w.dir, "hello.txt"))
	if r.err != nil || err != nil || string(text) != "hello sluice\n" || !strings.Contains(r.printed, done) {
		t.Errorf("ended with %v; hello.txt is %q (%v); want it to greet sluice, and %q printed", r.err, text, err, done)
	}
}

// says checks that the agent told its user, after at most so many attempts of models.
func (r agentRun) says(t *testing.T, words *regexp.Regexp, most int) {
	t.Helper()
	if !words.MatchString(r.printed) {
		t.Errorf("printed nothing that matches %s", words)
	}
	if r.calls > most {
		t.Errorf("%d attempts of models, want at most %d", r.calls, most)
	}
}
