package e2e

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// TestHangUps: clients that leave before Envoy has heard which model to ask, by closing the
// connection or by resetting a stream, leave nothing reserved.
func TestHangUps(t *testing.T) {
	const rounds, each = 8, 50
	s := startStack(t, limited(10, "memory")...)
	where, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	body := func(i int) string {
		return chatBody(fmt.Sprintf("Tell me about river number %d. [[small: delay=1s]]", i), `,"max_tokens":50`)
	}
	var all sync.WaitGroup
	for i := range rounds {
		all.Go(func() {
			for j := range each {
				// From before Sluice can have heard of the request until after it has replied.
				wait := time.Duration(j) * 200 * time.Microsecond
				if i%2 == 0 {
					hangUp(t, where.Host, body(i*each+j), wait)
				}
			}
			if i%2 == 1 {
				resets(t, where.Host, each, func(j int) string { return body(i*each + j) })
			}
		})
	}
	all.Wait()
	eventually(t, func() error {
		if n := s.envoy.stat(t, "http.llm.downstream_rq_active"); n > 0 {
			return fmt.Errorf("%d requests are with Envoy", n)
		}
		if b := budgetOf(t, s.sluice); b.Reserved != 0 {
			return fmt.Errorf("the books say %+v", b)
		}
		return nil
	})
	asked, left := len(s.local.Requests()), int(s.sluice.metric(t, "sluice_unanswered_total", `why="client_gone"`))
	if left <= asked {
		t.Fatalf("each of %d requests that were given up had reached the provider: this shows nothing", left)
	}
	t.Logf("of %d requests %d were given up after money was reserved, %d of them at the provider; the books say %+v", rounds*each, left, asked, budgetOf(t, s.sluice))
}

// hangUp sends a request and resets the connection after a while.
func hangUp(t *testing.T, address, body string, after time.Duration) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = c.Close() }()
	_ = c.(*net.TCPConn).SetLinger(0)
	if _, err := fmt.Fprintf(c, "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s", len(body), body); err != nil {
		t.Error(err)
	}
	time.Sleep(after)
}

// resets sends n requests on one connection of HTTP/2 and resets each at once.
func resets(t *testing.T, address string, n int, body func(int) string) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = c.Close() }()
	if _, err := c.Write([]byte(http2.ClientPreface)); err != nil {
		t.Error(err)
		return
	}
	var head strings.Builder
	fields, framer := hpack.NewEncoder(&head), http2.NewFramer(c, c)
	_ = framer.WriteSettings()
	go func() {
		for {
			if _, err := framer.ReadFrame(); err != nil {
				return
			}
		}
	}()
	for i := range n {
		head.Reset()
		for _, f := range [][2]string{{":method", "POST"}, {":scheme", "http"}, {":authority", "x"}, {":path", "/v1/chat/completions"}} {
			_ = fields.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
		}
		id := uint32(2*i + 1)
		if err := framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: []byte(head.String()), EndHeaders: true}); err != nil {
			t.Error(err)
		}
		if err := framer.WriteData(id, true, []byte(body(i))); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Duration(i) * 200 * time.Microsecond)
		if err := framer.WriteRSTStream(id, http2.ErrCodeCancel); err != nil {
			t.Error(err)
		}
	}
	time.Sleep(100 * time.Millisecond) // a reset connection may drop what was sent on it
}
