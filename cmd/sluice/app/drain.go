package app

import (
	"net"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Drain reports the service as not serving, to Envoy's health checks and at /readyz, and goes
// on serving for the delay, in which every Envoy passes to other replicas. It returns earlier
// once no Envoy is connected. [App.Stop] comes next.
func (a *App) Drain(delay time.Duration) {
	a.health.Shutdown()
	a.log.Info("draining", zap.Duration("delay", delay), zap.Duration("timeout", a.options.DrainTimeout))
	select {
	case <-a.connections.none():
	case <-time.After(delay):
	}
}

// connections counts the open connections of a listener.
type connections struct {
	net.Listener
	mu    sync.Mutex
	open  int
	empty chan struct{} // closed when none is open; nil if nobody waits for that
}

// none returns a channel that is closed once no connection is open.
func (l *connections) none() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	empty := make(chan struct{})
	l.empty = empty
	l.tell()
	return empty
}

func (l *connections) tell() {
	if l.open == 0 && l.empty != nil {
		close(l.empty)
		l.empty = nil
	}
}

func (l *connections) add(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open += n
	l.tell()
}

// Accept implements [net.Listener].
func (l *connections) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.add(1)
	return &connection{Conn: c, closed: func() { l.add(-1) }}, nil
}

type connection struct {
	net.Conn
	once   sync.Once
	closed func()
}

// Close implements [net.Conn].
func (c *connection) Close() error {
	c.once.Do(c.closed)
	return c.Conn.Close()
}
