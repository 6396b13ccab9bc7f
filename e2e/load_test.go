package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What the benchmark sends, what answers it, and how its cost is read.

// benchText is prose of about n bytes in which no two sentences are the same.
func benchText(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "In year %d the mill at bend %d of the river ground %d sacks of wheat for the town. ", 1700+i, i*31%977, i*i%1009)
	}
	return b.String()
}

// benchBody is a chat request of about size bytes in one user message: the kind of request of
// which most text is analysed.
func benchBody(model string, size int) []byte {
	return []byte(`{"model":` + strconv.Quote(model) + `,"messages":[{"role":"user","content":"` + benchText(size-200) + `Sum this up, please."}]}`)
}

// benchRequest is the whole HTTP request for the body.
func benchRequest(path string, body []byte) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nhost: llm.example\r\nauthorization: Bearer client\r\n"+
		"content-type: application/json\r\ncontent-length: %d\r\n\r\n%s", path, len(body), body)
}

// A connection sends one request over and over. It does less per request than an
// http.Client, which on few cores would be part of what is measured.
type connection struct {
	conn    net.Conn
	answers *bufio.Reader
	request []byte
}

func newConnection(c net.Conn, request []byte) *connection {
	return &connection{c, bufio.NewReader(c), request}
}

// ask sends the request and reads the answer, which must be the upstream's.
func (c *connection) ask() error {
	if _, err := c.conn.Write(c.request); err != nil {
		return err
	}
	r, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return err
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err == nil && !bytes.Equal(body, instantAnswer) {
		err = fmt.Errorf("got %s %s, not the upstream's answer", r.Status, body)
	}
	return err
}

// post sends another request on the connection and reads the answer.
func (c *connection) post(t testing.TB, path, body string) response {
	t.Helper()
	if _, err := c.conn.Write(benchRequest(path, []byte(body))); err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	b, err := io.ReadAll(r.Body)
	return response{r.StatusCode, r.Header, b, err}
}

// instantAnswer is one of about 1 KB that passes every verdict.
var instantAnswer = func() []byte {
	text, err := json.Marshal(benchText(800))
	if err != nil {
		panic(err)
	}
	return fmt.Appendf(nil, `{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"m","choices":[{"index":0,`+
		`"message":{"role":"assistant","content":%s},"finish_reason":"stop"}],"usage":{"prompt_tokens":250,"completion_tokens":200,"total_tokens":450}}`, text)
}()

// startInstant runs an upstream that reads each request, answers at once, and does
// nothing else. It returns its host:port.
func startInstant(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("content-type", "application/json")
		_, _ = w.Write(instantAnswer)
	})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(l)
	}()
	t.Cleanup(func() {
		_ = s.Close()
		<-done
	})
	return l.Addr().String()
}

// tick is the unit of the CPU times in /proc, the same on every Linux.
const tick = time.Second / 100

// cpuTime returns the CPU time that the processes have used so far, user and system.
func cpuTime(t testing.TB, processes []*process) time.Duration {
	t.Helper()
	var sum time.Duration
	for _, p := range processes {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		// The second field is the program's name in parentheses and may hold spaces.
		fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
		for _, f := range fields[11:13] { // utime and stime, fields 14 and 15 of all
			n, err := strconv.ParseInt(f, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			sum += time.Duration(n) * tick
		}
	}
	return sum
}
