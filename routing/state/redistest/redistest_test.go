package redistest

import (
	"net"
	"testing"
	"time"
)

func TestServer(t *testing.T) {
	s := Start(t)
	if !s.answers() {
		t.Fatal("a started server does not answer")
	}
	address := s.Addr
	s.Kill()
	if c, err := net.Dial("tcp", s.Addr); err == nil {
		_ = c.Close()
		t.Error("a killed server accepts connections")
	}
	s.Restart()
	if s.Addr != address || !s.answers() {
		t.Errorf("restarted at %s, not %s, or without an answer", s.Addr, address)
	}

	c, err := net.Dial("tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	s.Pause()
	if _, err := c.Write([]byte("PING\r\n")); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 16)
	if n, err := c.Read(answer); err == nil {
		t.Errorf("a frozen server answers %q", answer[:n])
	}
	s.Resume()
	if err := c.SetReadDeadline(time.Now().Add(start)); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(answer); err != nil || string(answer[:n]) != "+PONG\r\n" {
		t.Errorf("got %q, %v after the server went on", answer[:n], err)
	}
}
