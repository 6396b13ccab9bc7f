package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// resident is the memory of a process that is in use, in bytes.
func (p *process) resident(t testing.TB) int64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^VmRSS:\s+(\d+) kB$`).FindSubmatch(b)
	if m == nil {
		t.Fatalf("no VmRSS in %s", b)
	}
	kb, _ := strconv.ParseInt(string(m[1]), 10, 64)
	return kb << 10
}

// A gauge follows the memory of a process and keeps its peak.
type gauge struct {
	most atomic.Int64
	stop chan struct{}
	done sync.WaitGroup
}

func watch(t testing.TB, p *process) *gauge {
	t.Helper()
	g := &gauge{stop: make(chan struct{})}
	g.done.Go(func() {
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			if p.running() == nil {
				g.most.Store(max(g.most.Load(), p.resident(t)))
			}
			select {
			case <-tick.C:
			case <-g.stop:
				tick.Stop()
				return
			}
		}
	})
	return g
}

// peak ends the watch and returns the most that there was, in MiB.
func (g *gauge) peak() int64 {
	close(g.stop)
	g.done.Wait()
	return g.most.Load() >> 20
}

// TestUnfinishedUploads: 100 requests of which the last bytes never come take 390 MB between
// them, and Envoy, which may use 128 MiB, does not keep that. Others are served nevertheless.
func TestUnfinishedUploads(t *testing.T) {
	const uploads, most = 100, 300 // MiB: of them 60 are Envoy itself
	part := bytes.Repeat([]byte("a"), 4000<<10)
	head := `{"model":"auto","messages":[{"role":"user","content":"`
	check := func(t *testing.T, s *stack, send func(t *testing.T)) {
		t.Helper()
		memory := watch(t, s.envoy.process)
		send(t)
		r := post(t, s.chat(), chatBody("Tell me about rivers.", ""))
		expectAnswer(t, r, "small", "1", "")
		if peak := memory.peak(); peak > most {
			t.Errorf("Envoy took %d MiB, expected at most %d", peak, most)
		}
	}
	changes := []string{"limits: {", "limits: {request: 4MiB, response: 4MiB, ", "access_log: off", "access_log: off, memory: 128MiB"}
	t.Run("http/1", func(t *testing.T) {
		s := startStack(t, changes...)
		check(t, s, func(t *testing.T) {
			for range uploads {
				c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = c.Close() }()
				_, _ = fmt.Fprintf(c, "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s", len(head)+len(part)+1, head)
				_, _ = c.Write(part) // which waits while Envoy takes no connections, and fails where it gives the request up
			}
		})
	})
	t.Run("http/2", func(t *testing.T) {
		s := startStack(t, changes...)
		two := &http.Transport{Protocols: new(http.Protocols)}
		two.Protocols.SetUnencryptedHTTP2(true)
		defer two.CloseIdleConnections()
		check(t, s, func(t *testing.T) {
			var all sync.WaitGroup
			for range uploads {
				body := &unfinished{head: []byte(head), part: part, stop: make(chan struct{})}
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.chat(), body)
				if err != nil {
					t.Fatal(err)
				}
				all.Go(func() {
					if r, err := two.RoundTrip(req); err == nil {
						_ = r.Body.Close()
					}
				})
			}
			all.Wait() // Envoy ends each of them
		})
		if n := s.envoy.stat(t, "envoy.overload_actions.reset_high_memory_stream.count"); n == 0 {
			t.Error("Envoy reset none of them")
		}
	})
}

// unfinished is a body without an end.
type unfinished struct {
	head, part []byte
	stop       chan struct{}
	once       sync.Once
}

func (u *unfinished) Read(p []byte) (n int, err error) {
	if n = copy(p, u.head); n > 0 {
		u.head = u.head[n:]
		return n, nil
	}
	if n = copy(p, u.part); n > 0 {
		u.part = u.part[n:]
		return n, nil
	}
	<-u.stop
	return 0, net.ErrClosed
}

func (u *unfinished) Close() error {
	u.once.Do(func() { close(u.stop) })
	return nil
}

// TestPressure: what clients see while Envoy's heap is full. Its pressure comes from a file here.
func TestPressure(t *testing.T) {
	s := startStack(t)
	file := filepath.Join(t.TempDir(), "pressure")
	press := func(share string) {
		next := file + ".next"
		if err := os.WriteFile(next, []byte(share), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, file); err != nil {
			t.Fatal(err)
		}
	}
	press("0")
	const heap, injected = "envoy.resource_monitors.fixed_heap", "envoy.resource_monitors.injected_resource"
	rendered := s.offline(t, "envoy", "bootstrap", "--config", s.config, "--secrets-dir", filepath.Join(t.TempDir(), "secrets"))
	var tree map[string]any
	if err := json.Unmarshal(bytes.ReplaceAll(rendered, []byte(heap), []byte(injected)), &tree); err != nil {
		t.Fatal(err)
	}
	for _, m := range tree["overload_manager"].(map[string]any)["resource_monitors"].([]any) {
		if m := m.(map[string]any); m["name"] == injected {
			m["typed_config"] = map[string]any{
				"@type":    "type.googleapis.com/envoy.extensions.resource_monitors.injected_resource.v3.InjectedResourceConfig",
				"filename": file,
			}
		}
	}
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	e := startEnvoy(t, text, "LOCAL_KEY="+localKey, "OPENAI_KEY="+openaiKey)
	url := e.url(t, "llm")
	reached := func(percent int) {
		eventually(t, func() error {
			if n := e.stat(t, "overload."+injected+".pressure"); n != percent {
				return fmt.Errorf("pressure %d, expected %d", n, percent)
			}
			return nil
		})
	}
	// A connection of its own, which Envoy has taken already.
	connect := func() *connection {
		c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		n := newConnection(c, nil)
		expectAnswer(t, n.post(t, "/v1/chat/completions", chatBody("Tell me about rivers.", "")), "small", "1", "")
		return n
	}
	openAI, anthropic, other := connect(), connect(), connect()

	press("0.75")
	reached(75)
	expectAnswer(t, other.post(t, "/v1/chat/completions", chatBody("Tell me about rivers.", "")), "small", "1", "")
	answered := make(chan response, 1)
	go func() { answered <- post(t, url+"/v1/chat/completions", chatBody("Tell me about rivers.", "")) }()

	press("0.85")
	reached(85)
	for _, tt := range []struct {
		c          *connection
		path, body string
		want       string // what its error says, beside the message
	}{
		{openAI, "/v1/chat/completions", chatBody("Tell me about rivers.", ""), `"code":"overloaded"`},
		{anthropic, "/v1/messages", messagesBody("Tell me about rivers.", ""), `"type":"overloaded_error"`},
	} {
		r := tt.c.post(t, tt.path, tt.body)
		if r.status != 503 || !strings.Contains(string(r.body), tt.want) || r.header.Get("x-should-retry") != "true" {
			t.Errorf("%s: %d %v %s", tt.path, r.status, r.header, r.body)
		}
	}
	select {
	case r := <-answered:
		t.Errorf("a new connection was served: %d %s, %v", r.status, r.body, r.err)
	default:
	}
	press("0")
	if r := <-answered; r.status != 200 || r.err != nil {
		t.Errorf("the connection that waited: %d %s, %v", r.status, r.body, r.err)
	}
}
