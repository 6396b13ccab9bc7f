// Package redistest runs a real Redis server for a test, which can kill, freeze and restart
// it. The server writes nothing to disk. Start with [Start].
package redistest

import (
	"bytes"
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

const (
	tries = 5                // another process may take the port before the server does
	start = 10 * time.Second // longest time until a server answers
)

// A Server is one Redis server. Its methods fail the test on an error, and must be called
// from the test's goroutine.
type Server struct {
	Addr string // host and port; the same after [Server.Restart]

	t       testing.TB
	binary  string
	options []string
	cmd     *exec.Cmd
	ended   chan struct{} // closed once the process is gone
	output  *bytes.Buffer // complete then
}

// Start runs a server with these options, such as "--requirepass", "secret", until the test
// ends. It looks for the program in $SLUICE_REDIS, in .cache/redis of the module and in $PATH.
func Start(t testing.TB, options ...string) *Server {
	t.Helper()
	s := &Server{t: t, binary: find(t), options: options}
	t.Cleanup(func() {
		s.Kill()
		if t.Failed() {
			t.Logf("output of the Redis server:\n%s", s.output)
		}
	})
	for range tries {
		s.Addr = freePort(t)
		if s.start() {
			return s
		}
	}
	t.Fatalf("%s does not start:\n%s", s.binary, s.output)
	return nil
}

// URL returns the address as the configuration expects it.
func (s *Server) URL() string { return "redis://" + s.Addr + "/0" }

// Kill ends the server at once (SIGKILL). Its data is lost.
func (s *Server) Kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill() // fails if it has ended
	<-s.ended
	s.cmd = nil
}

// Restart kills the server if it runs, and starts an empty one at the same address.
func (s *Server) Restart() {
	s.t.Helper()
	s.Kill()
	if !s.start() {
		s.t.Fatalf("%s does not start again at %s:\n%s", s.binary, s.Addr, s.output)
	}
}

// Pause freezes the server (SIGSTOP): its connections stay open, and nothing is answered.
func (s *Server) Pause() { s.signal(syscall.SIGSTOP) }

// Resume continues a frozen server, which then processes what it was sent meanwhile.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatalf("signal the Redis server: %v", err)
	}
}

// start starts the server and reports whether it answers. If not, it has ended.
func (s *Server) start() bool {
	s.t.Helper()
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		s.t.Fatal(err)
	}
	args := []string{"--bind", host, "--port", port, "--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", s.t.TempDir()}
	s.output = new(bytes.Buffer)
	s.cmd = exec.Command(s.binary, append(args, s.options...)...)
	s.cmd.Stdout, s.cmd.Stderr = s.output, s.output
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	cmd, ended := s.cmd, make(chan struct{})
	go func() {
		_ = cmd.Wait() // reports the signal
		close(ended)
	}()
	s.ended = ended
	for deadline := time.Now().Add(start); time.Now().Before(deadline); {
		if s.answers() {
			return true
		}
		select {
		case <-ended:
			s.cmd = nil
			return false
		case <-time.After(5 * time.Millisecond):
		}
	}
	s.Kill()
	return false
}

// answers reports whether a Redis server listens at the address.
func (s *Server) answers() bool {
	c, err := net.DialTimeout("tcp", s.Addr, time.Second)
	if err != nil {
		return false
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(time.Second))
	if _, err := c.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	answer := make([]byte, 64)
	n, err := c.Read(answer)
	return err == nil && (bytes.HasPrefix(answer[:n], []byte("+PONG")) || bytes.HasPrefix(answer[:n], []byte("-NOAUTH")))
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func find(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("SLUICE_REDIS"); path != "" {
		return path
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if path := filepath.Join(dir, ".cache", "redis", "redis-server"); exists(path) {
			return path
		}
		break
	}
	for _, name := range []string{"redis-server", "valkey-server"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("no Redis server found: run `make redis`, or set SLUICE_REDIS")
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
