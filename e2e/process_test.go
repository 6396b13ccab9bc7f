package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"
)

// output collects what a process prints.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// A process is a child that ends with its test.
type process struct {
	name   string
	cmd    *exec.Cmd
	output output
	done   chan struct{} // closed when it has ended
}

// start runs a program until the test ends; its output is shown if the test failed.
func start(t testing.TB, name, path string, env []string, args ...string) *process {
	t.Helper()
	p := &process{name: name, cmd: exec.Command(path, args...), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	// So that nothing outlives a test binary that is killed.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	go func() {
		_ = p.cmd.Wait() // tests look at the output
		close(p.done)
	}()
	t.Cleanup(func() {
		p.stop(t)
		if t.Failed() {
			const tail = 64 << 10
			text := p.output.String()
			t.Logf("%s printed:\n%s", name, text[max(0, len(text)-tail):])
		}
	})
	return p
}

// stop asks the process to end and waits until it has.
func (p *process) stop(t testing.TB) {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-p.done:
	case <-time.After(patience):
		t.Errorf("%s did not end when told to", p.name)
		p.kill9()
	}
}

// kill9 ends the process without a chance to do anything, as a crash would.
func (p *process) kill9() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.done
}

// running gives an error once the process has ended.
func (p *process) running() error {
	select {
	case <-p.done:
		return fmt.Errorf("%s ended: %v", p.name, p.cmd.ProcessState)
	default:
		return nil
	}
}

// until waits until condition gives no error, or fails the test as soon as the
// process ends.
func (p *process) until(t testing.TB, condition func() error) {
	t.Helper()
	eventually(t, func() error {
		if err := p.running(); err != nil {
			t.Fatal(err)
		}
		return condition()
	})
}

// printed waits for output that matches the pattern, and returns the match and its groups.
func (p *process) printed(t testing.TB, pattern string) []string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	var match []string
	p.until(t, func() error {
		if match = re.FindStringSubmatch(p.output.String()); match == nil {
			return fmt.Errorf("%s has not printed %q", p.name, pattern)
		}
		return nil
	})
	return match
}

// sluice builds the program, once for all tests, and returns its path.
var sluice = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "sluice")
	out, err := exec.Command("go", "build", "-o", path, "./cmd/sluice").CombinedOutput()
	if err != nil {
		err = errors.Join(err, errors.New(string(out)))
	}
	return path, err
})

// startSluice runs `sluice` with the arguments.
func startSluice(t testing.TB, args ...string) *process {
	t.Helper()
	path, err := sluice()
	if err != nil {
		t.Fatalf("build sluice: %v", err)
	}
	// The default state file is removed with the test.
	return start(t, "sluice", path, []string{"XDG_STATE_HOME=" + t.TempDir()}, args...)
}
