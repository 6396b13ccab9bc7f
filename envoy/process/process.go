// Package process finds the Envoy binary and keeps one Envoy running. It does not know what
// that Envoy is configured to do. Start with [Run].
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
	"runtime"
	"strconv"
	"syscall"
	"time"

	"go.uber.org/zap"
)

// cached is where `make envoy` puts the binary, below the project's directory.
const cached = ".cache/envoy/lib/python3*/site-packages/envoy/_bin/envoy"

// Find returns the path of an Envoy binary: $ENVOY, else `envoy` on the PATH, else the one
// in the project's cache, below the working directory or near the running program. The
// error says what to do.
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

// Options are the settings of one Envoy.
type Options struct {
	Path   string    // of the binary
	Config string    // path of the bootstrap
	Env    []string  // in addition to the environment of this process
	Output io.Writer // for Envoy's log, and its access log if that goes to standard output
	Listen string    // address that accepts once Envoy is ready
	Log    *zap.Logger
}

const (
	grace    = 5 * time.Second // for a stop; then Envoy is killed
	shortRun = 2 * time.Second // an Envoy that ends sooner has a bad configuration or a port in use
	backoff  = 500 * time.Millisecond
)

// Run starts Envoy, calls ready once it accepts connections, and restarts it whenever it
// ends by itself, until ctx is done. It returns an error if Envoy cannot be started or ends
// at once.
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
			return nil //nolint:nilerr // it was told to end
		}
		if time.Since(started) < shortRun {
			return fmt.Errorf("envoy ended at once (%w); see its log", err)
		}
		o.Log.Error("envoy ended; restarting it", zap.Error(err))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(backoff):
		}
	}
}

func command(ctx context.Context, o *Options) *exec.Cmd {
	cmd := exec.CommandContext(ctx, o.Path, "-c", o.Config, "--use-dynamic-base-id", "--log-level", "warning",
		"--concurrency", strconv.Itoa(runtime.GOMAXPROCS(0))) // which honours a container's limit
	cmd.Env = append(os.Environ(), o.Env...)
	cmd.Stdout, cmd.Stderr = o.Output, o.Output
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = grace
	// A group of its own: an interrupt from the terminal must reach this program only, which
	// stops Envoy in its own order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	return cmd
}

// accepts waits until the address accepts a connection, and reports false if Envoy ends
// first. It leaves the error in done.
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
