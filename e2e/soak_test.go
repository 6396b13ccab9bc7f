package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sluice/routing/state/redistest"
)

// How long TestSoak goes on: `make soak SOAKTIME=1000s`.
var soakTime = flag.Duration("soak", 3*time.Second, "duration of TestSoak")

// A ledger is a provider that keeps books: what it would charge at 10 dollars a million tokens of
// input and 20 of output, also where its client leaves.
type ledger struct {
	mu            sync.Mutex
	input, output int           // guarded by mu
	gap           time.Duration // between the events of a stream
	open          chan struct{} // until it is closed no stream ends; nil is at once
}

func (l *ledger) charge(input, output int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.input += input
	l.output += output
}

func (l *ledger) dollars() float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return float64(l.input*10+l.output*20) / 1e6
}

// commonWords are one token each, with the space before, in any encoding that providers use: so the
// ledger can count without one.
var commonWords = strings.Fields("the river ran past an old mill and through our town where people had built a bridge of stone " +
	"long before any road came over that hill from north or south each spring brought more water than banks could hold " +
	"so fields near by were under it for days until wind and sun made them dry again then work would begin with new seed")

// commonText is a text of n such words, another one for each start.
func commonText(start, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteByte(' ')
		b.WriteString(commonWords[(start+i*i+i*start)%len(commonWords)])
	}
	return b.String()
}

func (l *ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	const words = 200                     // of an answer
	input := len(bytes.Fields(body)) + 10 // and what surrounds a message
	usage := fmt.Sprintf(`"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}`, input, words, input+words)
	if !bytes.Contains(body, []byte(`"stream":true`)) {
		w.Header().Set("content-type", "application/json")
		_, _ = fmt.Fprintf(w, `{"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":%q},"finish_reason":"stop"}],%s}`,
			commonText(input, words), usage)
		l.charge(input, words)
		return
	}
	w.Header().Set("content-type", "text/event-stream")
	flusher := http.NewResponseController(w)
	for n, word := range strings.Fields(commonText(input, words)) {
		_, err := fmt.Fprintf(w, `data: {"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"content":" %s"},"finish_reason":null}]}`+"\n\n", word)
		if err = errors.Join(err, flusher.Flush(), r.Context().Err()); err != nil {
			l.charge(input, n) // its client has left
			return
		}
		time.Sleep(l.gap)
	}
	for ended := l.open == nil; !ended && r.Context().Err() == nil; {
		select {
		case <-l.open:
			ended = true
		case <-time.After(time.Second):
			_, _ = io.WriteString(w, ": not yet\n\n")
			_ = flusher.Flush()
		}
	}
	_, _ = fmt.Fprintf(w, `data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\n"+`data: {"id":"c","choices":[],%s}`+"\n\ndata: [DONE]\n\n", usage)
	l.charge(input, words)
}

// soakStack has a provider with books, as the model small, and one without, as haiku, which costs
// nothing: it answers large requests, and others without end.
func soakStack(t *testing.T, books *ledger) *stack {
	t.Helper()
	provider := httptest.NewServer(books)
	t.Cleanup(provider.Close)
	endless := &endless{released: func() string { return time.Now().String() }}
	flood := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > 1<<20 {
			new(ledger).ServeHTTP(w, r)
			return
		}
		endless.ServeHTTP(w, r)
	}))
	t.Cleanup(flood.Close)
	return startStack(t, append([]string{
		`"http://LOCAL/v1"`, `"` + provider.URL + `/v1"`, `"http://ANTHROPIC"`, `"` + flood.URL + `"`,
		"timeout: 2s", "timeout: 30s", "timeout: 5s", "timeout: 30s", "stream_idle: 1s", "stream_idle: 30s", "total_time: 20s", "total_time: 60s",
	}, limited(1e6, redistest.Start(t).URL())...)...)
}

// TestSoak: calls and streams, clients that leave, answers without end, large requests, and requests
// that never become whole, all at the same time. Envoy and Sluice stay within bounds, calls do not
// fail, and Sluice's books are the provider's.
func TestSoak(t *testing.T) {
	books := &ledger{gap: time.Millisecond}
	s := soakStack(t, books)
	proxy, router := watch(s.envoy.process), watch(s.sluice)
	ctx, cancel := context.WithTimeout(t.Context(), *soakTime)
	defer cancel()

	var all sync.WaitGroup
	repeat := func(workers int, do func(n int) error) *atomic.Int64 {
		var done atomic.Int64
		for i := range workers {
			all.Go(func() {
				for n := i; ctx.Err() == nil; n += workers {
					if err := do(n); err != nil {
						t.Error(err)
						return
					}
					done.Add(1)
				}
			})
		}
		return &done
	}
	var refused, cut atomic.Int64
	ask := func(body string) error {
		r, err := client.Post(s.chat(), "application/json", strings.NewReader(body))
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
			cut.Add(1) // which Envoy must account for
			return nil
		}
		if err != nil {
			return err
		}
		defer func() { _ = r.Body.Close() }()
		b, err := io.ReadAll(r.Body)
		if r.StatusCode == http.StatusServiceUnavailable && bytes.Contains(b, []byte(`"code":"overloaded"`)) {
			refused.Add(1) // on a slow machine Envoy keeps more of an answer without end
			time.Sleep(100 * time.Millisecond)
			return nil
		}
		if err == nil && (r.StatusCode != 200 || !bytes.Contains(b, []byte("finish_reason\":\"stop")) || bytes.Contains(b, []byte(`"error"`))) {
			err = fmt.Errorf("%s: %d bytes, %.300s", r.Status, len(b), b)
		}
		return err
	}
	prompt := func(n int) string { return "Tell me more about" + commonText(n, 400) }
	large := commonText(7, 1<<20)

	calls := repeat(4, func(n int) error { return ask(chatBody(prompt(n), "")) })
	streams := repeat(8, func(n int) error { return ask(chatBody(prompt(n), streamed)) })
	uploads := repeat(1, func(n int) error {
		time.Sleep(200 * time.Millisecond)
		return ask(strings.Replace(chatBody(prompt(n)+large, ""), `"auto"`, `"haiku"`, 1))
	})
	left := repeat(1, func(n int) error { // somewhere in the stream
		r, err := client.Post(s.chat(), "application/json", strings.NewReader(chatBody(prompt(n), streamed)))
		if err != nil {
			return err
		}
		_, err = io.CopyN(io.Discard, r.Body, int64(1000+n%20*500))
		_ = r.Body.Close()
		return err
	})
	floods := repeat(1, func(int) error {
		body := strings.Replace(chatBody("Tell me about rivers.", streamed), `"auto"`, `"haiku"`, 1)
		r, err := client.Post(s.chat(), "application/json", strings.NewReader(body))
		if err != nil {
			return err
		}
		defer func() { _ = r.Body.Close() }()
		if n, err := io.Copy(io.Discard, r.Body); r.StatusCode == 200 && (err == nil || n > 65<<20) {
			return errors.Join(fmt.Errorf("%d bytes of an answer without end", n), err)
		}
		return nil
	})
	unfinished := repeat(4, func(int) error {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			return err
		}
		defer func() { _ = c.Close() }()
		_, _ = fmt.Fprintf(c, "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s", 8<<20, `{"model":"auto","messages":[{"role":"user","content":"`)
		_, _ = io.WriteString(c, large)
		select {
		case <-ctx.Done():
		case <-time.After(2 * time.Second):
		}
		return nil
	})
	all.Wait()

	// The books agree once the last client's leaving has arrived everywhere.
	var charged, spent float64
	eventually(t, func() error {
		charged, spent = books.dollars(), budgetOf(t, s.sluice).Spent
		if b := budgetOf(t, s.sluice); b.Reserved > 1e-9 {
			return fmt.Errorf("$%v is still reserved", b.Reserved)
		}
		if off := math.Abs(spent-charged) / charged; off > 0.01 {
			return fmt.Errorf("the provider charges $%.4f, the books say $%.4f: %.2f %% off", charged, spent, off*100)
		}
		return nil
	})
	shed := int64(s.envoy.stat(t, "overload.envoy.load_shed_points.http1_server_abort_dispatch.shed_load_count") +
		s.envoy.stat(t, "overload.envoy.load_shed_points.http2_server_go_away_and_close_on_dispatch.shed_load_count"))
	if cut.Load() > shed {
		t.Errorf("%d connections broke, of which Envoy closed %d for want of memory", cut.Load(), shed)
	}
	after := [2]int64{s.envoy.resident() >> 20, s.sluice.resident() >> 20}
	p, q := proxy.peak(), router.peak()
	if p > 1150 || q > 640 {
		t.Errorf("Envoy took up to %d MiB and Sluice up to %d MiB, expected at most 1150 and 640", p, q)
	}
	t.Logf("%v: %d calls, %d streams, %d large requests, %d clients that left, %d answers without end, %d unfinished requests; %d refused and %d cut off for want of memory", *soakTime,
		calls.Load(), streams.Load(), uploads.Load(), left.Load(), floods.Load(), unfinished.Load(), refused.Load(), cut.Load())
	t.Logf("memory, peak and at the end: Envoy %d and %d MiB, Sluice %d and %d MiB", p, after[0], q, after[1])
	t.Logf("money: the provider charges $%.4f, the books say $%.4f, %.2f %% off", charged, spent, (spent-charged)/charged*100)
}

// TestManySlowStreams: 2,000 streams at one time, each of them whole.
func TestManySlowStreams(t *testing.T) {
	const streams = 2000
	books := &ledger{open: make(chan struct{})}
	s := soakStack(t, books)
	proxy, router := watch(s.envoy.process), watch(s.sluice)
	many := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	defer many.CloseIdleConnections()
	var begun, all sync.WaitGroup
	begun.Add(streams)
	go func() {
		begun.Wait() // all of them are there at one time
		close(books.open)
	}()
	var failed atomic.Int64
	opening := make(chan struct{}, 50) // so that a slow machine needs no second for any
	for i := range streams {
		all.Go(func() {
			first := sync.OnceFunc(begun.Done)
			defer first()
			opening <- struct{}{}
			shut := sync.OnceFunc(func() { <-opening })
			defer shut()
			err := func() error {
				r, err := many.Post(s.chat(), "application/json", strings.NewReader(chatBody(fmt.Sprintf("Tell me about river number %d.", i), streamed)))
				if err != nil {
					return err
				}
				defer func() { _ = r.Body.Close() }()
				lines := bufio.NewReader(r.Body)
				if _, err := lines.ReadString('\n'); err != nil {
					return err
				}
				first()
				shut()
				rest, err := io.ReadAll(lines)
				if err == nil && (r.StatusCode != 200 || !bytes.HasSuffix(rest, []byte("data: [DONE]\n\n"))) {
					err = fmt.Errorf("%s, and at its end %.200q", r.Status, rest[max(0, len(rest)-200):])
				}
				return err
			}()
			if err != nil && failed.Add(1) <= 5 {
				t.Error(err)
			}
		})
	}
	all.Wait()
	p, q := proxy.peak(), router.peak()
	if p > 700 || q > 700 || failed.Load() > 0 {
		t.Errorf("%d of %d streams failed; Envoy took %d MiB and Sluice %d MiB, expected at most 700 each", failed.Load(), streams, p, q)
	}
	t.Logf("%d streams at one time: Envoy %d MiB, Sluice %d MiB", streams, p, q)
}
