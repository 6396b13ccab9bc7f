package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
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

// resident is the memory of a process that is in use, in bytes; 0 once it has ended.
func (p *process) resident() int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(b))
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// A gauge follows the memory of a process and keeps its peak.
type gauge struct {
	most atomic.Int64
	stop chan struct{}
	done sync.WaitGroup
}

func watch(p *process) *gauge {
	g := &gauge{stop: make(chan struct{})}
	g.done.Go(func() {
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			g.most.Store(max(g.most.Load(), p.resident()))
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
		memory := watch(s.envoy.process)
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

// An endless provider answers every call with words that do not end, in the form that was asked for.
// Behind the first of them it waits until the client has the headers.
type endless struct {
	sent     atomic.Int64  // bytes
	released func() string // changes when a client gets headers
}

const most = 1 << 30 // bytes, so that a test ends that finds no limit

func (e *endless) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	events := bytes.Contains(body, []byte(`"stream":true`)) || bytes.Contains(body, []byte(`"stream": true`))
	text := strings.Repeat("All rivers run into the sea. ", 70)
	head, words := `{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"`, text
	if events {
		w.Header().Set("content-type", "text/event-stream")
		switch r.URL.Path {
		case "/v1/messages":
			head = "event: message_start\ndata: " + `{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":1}}}` + "\n\n" +
				"event: content_block_start\ndata: " + `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}` + "\n\n"
			words = "event: content_block_delta\ndata: " + `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"` + text + `"}}` + "\n\n"
		case "/v1/responses":
			head = "event: response.created\ndata: " + `{"type":"response.created","sequence_number":0,"response":{"id":"r","object":"response","created_at":1,"model":"m","status":"in_progress","output":[],"parallel_tool_calls":true,"tool_choice":"auto","tools":[]}}` + "\n\n" +
				"event: response.output_item.added\ndata: " + `{"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"type":"message","id":"i","role":"assistant","status":"in_progress","content":[]}}` + "\n\n" +
				"event: response.content_part.added\ndata: " + `{"type":"response.content_part.added","sequence_number":2,"output_index":0,"content_index":0,"item_id":"i","part":{"type":"output_text","text":"","annotations":[]}}` + "\n\n"
			words = "event: response.output_text.delta\ndata: " + `{"type":"response.output_text.delta","sequence_number":3,"output_index":0,"content_index":0,"item_id":"i","delta":"` + text + `","logprobs":[]}` + "\n\n"
		default:
			head = ""
			words = `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"` + text + `"},"finish_reason":null}]}` + "\n\n"
		}
	} else {
		w.Header().Set("content-type", "application/json")
	}
	before := e.released()
	_, err := io.WriteString(w, head+strings.Repeat(words, 600<<10/len(words))) // less than that of a whole answer is held
	if flusher, ok := w.(http.Flusher); ok {
		flusher.Flush()
	}
	for e.released() == before && r.Context().Err() == nil {
		time.Sleep(5 * time.Millisecond)
	}
	n := 0
	for block := []byte(strings.Repeat(words, 256<<10/len(words))); err == nil && n < most; {
		var wrote int
		wrote, err = w.Write(block)
		n += wrote
		e.sent.Add(int64(wrote))
	}
}

// TestEndlessAnswers: an answer without end takes bounded memory, whether its client reads or not,
// and ends with an error that the SDKs understand.
func TestEndlessAnswers(t *testing.T) {
	provider := &endless{}
	srv := httptest.NewServer(provider)
	t.Cleanup(srv.Close)
	s := startStack(t, `"http://LOCAL/v1"`, `"`+srv.URL+`/v1"`, "cascade: [small, mid, haiku, claude]", "cascade: [small]",
		"timeout: 2s", "timeout: 15s", "limits: {", "limits: {request: 512KiB, response: 512KiB, answer: 1MiB, ")
	const limit, spare = 1 << 20, 64 << 10 // bytes
	provider.released = func() string {
		count, _ := s.envoy.ask("/stats?filter=" + url.QueryEscape("^http.llm.downstream_rq_2xx$"))
		return string(count)
	}

	t.Run("SDKs", func(t *testing.T) {
		for model, checks := range map[string][]string{"auto": {"openai.stream", "anthropic.stream"}, "small": {"openai.responses_stream"}} {
			for name, c := range sdkChecks(t, s.url, model, "", checks...) {
				if !strings.Contains(c.Error, "the answer is larger than 1048576 bytes") {
					t.Errorf("%s saw %+v", name, c)
				}
			}
		}
	})
	for _, tt := range []struct{ name, path, body, last string }{
		{"chat", "/v1/chat/completions", chatBody("Tell me about rivers.", streamed), `\n\ndata: \{"error":\{"code":"answer_too_large",[^\n]+\}\n\n$`},
		{"chat with usage", "/v1/chat/completions", chatBody("Tell me about rivers.", streamed+`,"stream_options":{"include_usage":true}`), `\n\ndata: \{"error":\{"code":"answer_too_large",[^\n]+\}\n\n$`},
		{"messages", "/v1/messages", messagesBody("Tell me about rivers.", streamed), `\n\nevent: error\ndata: \{"error":\{"code":"answer_too_large",[^\n]+"type":"error"\}\n\n$`},
		{"whole", "/v1/chat/completions", chatBody("Tell me about rivers.", ""), ` sea\. `},
	} {
		t.Run(tt.name, func(t *testing.T) {
			provider.sent.Store(0)
			proxy, router := watch(s.envoy.process), watch(s.sluice)
			r := post(t, s.url+tt.path, tt.body)
			if r.status != 200 || r.err == nil || len(r.body) > limit+spare || !regexp.MustCompile(tt.last).Match(r.body) {
				t.Errorf("%d %v: %d bytes, which end in %q", r.status, r.err, len(r.body), r.body[max(0, len(r.body)-400):])
			}
			if p, q := proxy.peak(), router.peak(); p > 300 || q > 300 {
				t.Errorf("of %d MiB sent, Envoy held %d MiB and Sluice %d MiB", provider.sent.Load()>>20, p, q)
			}
		})
	}
	s.sluice.printed(t, `"msg":"answered".*"stream":true,"whole":false`)

	t.Run("nobody reads", func(t *testing.T) {
		client.CloseIdleConnections()
		provider.sent.Store(0)
		proxy, router := watch(s.envoy.process), watch(s.sluice)
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		if _, err := c.Write(benchRequest("/v1/chat/completions", []byte(chatBody("Tell me about rivers.", streamed)))); err != nil {
			t.Fatal(err)
		}
		eventually(t, func() error { // Envoy lets the client go
			if n := s.envoy.stat(t, "http.llm.downstream_cx_active"); n > 0 {
				return fmt.Errorf("%d connections are open, %d bytes were sent", n, provider.sent.Load())
			}
			return nil
		})
		if p, q := proxy.peak(), router.peak(); p > 300 || q > 300 {
			t.Errorf("of %d MiB sent, Envoy held %d MiB and Sluice %d MiB", provider.sent.Load()>>20, p, q)
		}
	})
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
