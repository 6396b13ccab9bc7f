// Package process finds the Envoy binary and keeps one Envoy running. It knows
// nothing of what Envoy is configured to do.
package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"go.uber.org/zap"
)

// cached is where `make envoy` puts the binary, below the project's folder.
const cached = ".cache/envoy/lib/python3*/site-packages/envoy/_bin/envoy"

// Find returns the path of an Envoy binary: $ENVOY, else `envoy` on the PATH, else
// the one in the project's cache, looked for in the working directory and beside the
// running program. The error says what to do.
func Find() (string, error) {
	if path := os.Getenv("ENVOY"); path != "" {
		if _, err := exec.LookPath(path); err != nil {
			return "", fmt.Errorf("$ENVOY: %w", err)
		}
		return path, nil
	}
	if path, err := exec.LookPath("envoy"); err == nil {
		return path, nil
	}
	roots := []string{"."}
	if exe, err := os.Executable(); err == nil {
		roots = append(roots, filepath.Dir(exe), filepath.Dir(filepath.Dir(exe)))
	}
	for _, root := range roots {
		if found, _ := filepath.Glob(filepath.Join(root, cached)); len(found) > 0 {
			return filepath.Abs(found[0])
		}
	}
	return "", errors.New("no Envoy found: set $ENVOY, put envoy on the PATH, or run `make envoy`")
}

// Options say how Envoy runs.
type Options struct {
	Path   string    // of the binary
	Config string    // path of the bootstrap
	Env    []string  // in addition to the environment of this process
	Output io.Writer // Envoy's own log and, if it goes to standard output, its access log
	Listen string    // address that accepts once Envoy is ready
	Log    *zap.Logger
}

const (
	grace    = 5 * time.Second // until an Envoy that was told to stop is killed
	shortRun = 2 * time.Second // an Envoy that ends sooner has a configuration or a port that cannot work
	backoff  = 500 * time.Millisecond
)

// Run starts Envoy, calls ready once it accepts connections, and starts it again
// whenever it ends by itself, until ctx is done. It returns an error where Envoy
// cannot be started or ends at once.
func Run(ctx context.Context, o Options, ready func()) error {
	for {
		started := time.Now()
		cmd := command(ctx, &o)
		if err := cmd.Start(); err != nil {
			return fmt.Errorf("start envoy: %w", err)
		}
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		if ready != nil && accepts(ctx, o.Listen, done) {
			ready()
			ready = nil
		}
		err := <-done
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it ended because it was told to
		}
		if time.Since(started) < shortRun {
			return fmt.Errorf("envoy ended at once (%w); its log says why", err)
		}
		o.Log.Error("envoy ended; starting it again", zap.Error(err))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(backoff):
		}
	}
}

func command(ctx context.Context, o *Options) *exec.Cmd {
	cmd := exec.CommandContext(ctx, o.Path, "-c", o.Config, "--use-dynamic-base-id", "--log-level", "warning",
		"--concurrency", strconv.Itoa(concurrency()))
	cmd.Env = append(os.Environ(), o.Env...)
	cmd.Stdout, cmd.Stderr = o.Output, o.Output
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = grace
	// An interrupt typed at the terminal is this program's to handle, in its own order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	return cmd
}

// accepts waits until the address accepts a connection; it reports false where Envoy
// ends first. What done holds stays in it.
func accepts(ctx context.Context, address string, done chan error) bool {
	for {
		if c, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			_ = c.Close()
			return true
		}
		select {
		case err := <-done:
			done <- err
			return false
		case <-ctx.Done():
			return false
		case <-time.After(20 * time.Millisecond):
		}
	}
}
