package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sluice/routing/state/redistest"
)

// rollingTime is how long replicas are taken away under load; `make rolling` sets a minute.
func rollingTime(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("SLUICE_ROLLING")
	if text == "" {
		return 7 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("SLUICE_ROLLING: %v", err)
	}
	return d
}

const (
	rollingRate = 200 // requests a second, where the machine is quick enough
	rollingMost = 50  // requests at the same time; at this rate there are about 20
)

// A kind is one of the requests that the load is mixed of.
type kind struct {
	name, ask, extra, model string // model is the one that answers
	padding                 int    // bytes of more prompt
	cost, estimate          float64
}

func kinds() []*kind {
	plain := &kind{name: "plain", ask: "[[small: delay=50ms]]", model: "small"}
	return []*kind{
		plain, plain, plain, plain,
		{name: "streamed", ask: "[[small: short drip=20ms]]", extra: streamed, model: "small"},
		plain, plain, plain,
		{name: "escalated", ask: "[[small: refuse delay=20ms]] [[mid: delay=20ms]]", model: "mid"},
		{name: "long", ask: "[[small: delay=50ms]]", model: "small", padding: 80 << 10},
	}
}

// A call is one request of the load and what became of it.
type call struct {
	kind         *kind
	user         string // has sent no other request
	begun, ended time.Time
	status       int
	model        string // that the judge names; "" if no judge has seen the answer
	attempts     string
	err          error
	spent        float64 // by the books
}

// rolling is a stack of two replicas under load.
type rolling struct {
	*stack
	kinds []*kind
	calls []*call
	away  []time.Time // moments at which a replica was taken away
	admin []string    // of the replicas
}

// startRolling charges each user's requests to an account of the user's own, so that the books
// say of every single request how often it was booked.
func startRolling(t *testing.T) *rolling {
	t.Helper()
	r := &rolling{kinds: kinds(), stack: startReplicas(t, 2,
		"min_confidence: 0.8, capabilities", "price: {input: 10, output: 20}, capabilities",
		"timeout: 2s", "timeout: 5s",
		"total_time: 20s, stream_idle: 1s", "total_time: 20s, stream_time: 20s",
		"judge: {min_characters: 20}", `judge: {min_characters: 0}
identity: {user: {header: x-user}}
budgets: [{name: each, per: user, limit: 100, window: month, timezone: UTC, on_exhausted: refuse}]`,
		"store: memory", "store: "+redistest.Start(t).URL()+", timeout: 2s",
	)}
	for _, p := range r.replicas {
		r.admin = append(r.admin, p.adminURL(t))
	}
	for i, k := range r.kinds { // what one costs
		c := &call{kind: k, user: fmt.Sprintf("first-%06d", i)}
		k.estimate = estimateOf(t, r.stack, c.body())
		if r.send(c); c.status != 200 || c.model != k.model || c.err != nil {
			t.Fatalf("%s: %d by %q, %v", k.name, c.status, c.model, c.err)
		}
		eventually(t, func() error {
			b, err := r.balance(c.user)
			if err == nil && (b.Spent == 0 || b.Reserved != 0) {
				err = fmt.Errorf("%+v", b)
			}
			k.cost = b.Spent
			return err
		})
	}
	return r
}

func (c *call) body() string {
	return chatBody("Tell me about river "+c.user+". "+strings.Repeat("It is long. ", c.kind.padding/12)+c.kind.ask, c.kind.extra)
}

func (r *rolling) send(c *call) {
	c.begun = time.Now()
	defer func() { c.ended = time.Now() }()
	body := c.body()
	req, err := http.NewRequest(http.MethodPost, r.chat(), strings.NewReader(body))
	if err != nil {
		c.err = err
		return
	}
	req.Header.Set("content-type", "application/json")
	req.Header.Set("x-user", c.user)
	res, err := client.Do(req)
	if err != nil {
		c.err = err
		return
	}
	defer func() { _ = res.Body.Close() }()
	_, err = io.Copy(io.Discard, res.Body)
	c.status, c.model, c.attempts, c.err = res.StatusCode, res.Header.Get("x-sluice-model"), res.Header.Get("x-sluice-attempts"), err
}

func (r *rolling) balance(user string) (balance, error) {
	for i, p := range r.replicas {
		if p.running() != nil {
			continue
		}
		res, err := client.Get(r.admin[i] + "/budgets?user=" + user)
		if err != nil {
			return balance{}, err
		}
		defer func() { _ = res.Body.Close() }()
		var list []balance
		if err := json.NewDecoder(res.Body).Decode(&list); err != nil || len(list) != 1 {
			return balance{}, fmt.Errorf("%d balances, %w", len(list), err)
		}
		return list[0], nil
	}
	return balance{}, errors.New("no replica runs")
}

// load sends requests at the rate until stop is closed, and waits for the answers. If the machine
// cannot keep up it sends fewer.
func (r *rolling) load(stop <-chan struct{}) time.Duration {
	var all sync.WaitGroup
	room := make(chan struct{}, rollingMost)
	begun, next := time.Now(), time.Now()
	for i := 0; ; i++ {
		select {
		case <-stop:
			took := time.Since(begun)
			all.Wait()
			return took
		case <-time.After(time.Until(next)):
		}
		if next = next.Add(time.Second / rollingRate); time.Since(next) > time.Second {
			next = time.Now() // what was not sent is not made up for
		}
		room <- struct{}{}
		c := &call{kind: r.kinds[i%len(r.kinds)], user: fmt.Sprintf("user-%06d", i)}
		r.calls = append(r.calls, c)
		all.Go(func() {
			r.send(c)
			<-room
		})
	}
}

// TestRolling takes two replicas away in turn, in each way in which that happens, and gives
// them back, while requests come all the time. No request is refused, lost, booked twice or
// not booked, and only answers that a replica had in its hands when it died go unjudged.
func TestRolling(t *testing.T) {
	for _, tt := range []struct {
		name string
		away func(t *testing.T, r *rolling, i int)
	}{
		{"killed", func(t *testing.T, r *rolling, i int) {
			r.replicas[i].kill9()
			time.Sleep(500 * time.Millisecond)
			r.restart(t, i)
		}},
		{"restarted", func(t *testing.T, r *rolling, i int) {
			p := r.replicas[i]
			if p.stop(t); p.cmd.ProcessState.ExitCode() != 0 {
				t.Errorf("the drained replica ended with %v", p.cmd.ProcessState)
			}
			r.restart(t, i)
		}},
		{"frozen", func(_ *testing.T, r *rolling, i int) {
			p := r.replicas[i].cmd.Process
			_ = p.Signal(syscall.SIGSTOP)
			time.Sleep(5 * time.Second)
			_ = p.Signal(syscall.SIGCONT)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := startRolling(t)
			stop := make(chan struct{})
			took := make(chan time.Duration)
			go func() { took <- r.load(stop) }()
			end := time.Now().Add(rollingTime(t))
			for i := 0; time.Now().Before(end); i++ {
				time.Sleep(time.Second)
				r.away = append(r.away, time.Now())
				tt.away(t, r, i%2)
			}
			time.Sleep(time.Second)
			close(stop)
			r.report(t, <-took)
		})
	}
}

// restart starts a replica again, and returns when it is ready.
func (r *rolling) restart(t *testing.T, i int) {
	args := r.replicas[i].cmd.Args[1:]
	r.replicas[i] = startSluice(t, args...)
	r.admin[i] = r.replicas[i].adminURL(t)
}

// inHands reports whether the call was under way when a replica was taken away.
func (r *rolling) inHands(c *call) bool {
	for _, at := range r.away {
		if c.begun.Before(at) && c.ended.After(at) {
			return true
		}
	}
	return false
}

// report counts what became of the calls, and fails the test for what must not be.
func (r *rolling) report(t *testing.T, took time.Duration) {
	t.Helper()
	n := map[string]int{}
	count := func(c *call, what string, allowed bool) {
		n[what]++
		if !allowed {
			t.Errorf("%s: %s request of %s, %v to %v after the first replica went: %d by %q after %s attempts, %v; spent %v, costs %v or %v by estimate",
				what, c.kind.name, c.user, c.begun.Sub(r.away[0]), c.ended.Sub(r.away[0]), c.status, c.model, c.attempts, c.err, c.spent, c.kind.cost, c.kind.estimate)
		}
	}
	about := func(a, b float64) bool { return a > 0.99*b && a < 1.01*b }
	for _, c := range r.calls {
		eventually(t, func() error {
			b, err := r.balance(c.user)
			if err == nil && b.Reserved != 0 {
				err = fmt.Errorf("%s: %+v", c.user, b)
			}
			c.spent = b.Spent
			return err
		})
		held := r.inHands(c)
		switch {
		case c.err != nil:
			count(c, "lost", false)
		case c.status != 200:
			count(c, "refused", false)
		case c.model == "":
			count(c, "unjudged", held)
		case c.model != c.kind.model:
			n["another model"]++ // the machine is slow
			continue
		}
		switch spent := c.spent; {
		case spent == 0:
			count(c, "not booked", held)
		case about(spent, c.kind.cost):
		case about(spent, 2*c.kind.cost), spent > 1.01*max(c.kind.cost, c.kind.estimate):
			count(c, "booked twice", false)
		default:
			count(c, "booked by estimate", held)
		}
	}
	t.Logf("%d requests at %.0f/s, a replica away %d times: %d refused, %d lost, %d unjudged, %d booked twice, %d not booked; %d booked by estimate, %d of another model",
		len(r.calls), float64(len(r.calls))/took.Seconds(), len(r.away), n["refused"], n["lost"], n["unjudged"], n["booked twice"], n["not booked"], n["booked by estimate"], n["another model"])
}

// TestSecondSignal: a replica that drains ends at once where it is told so again.
func TestSecondSignal(t *testing.T) {
	s := startStack(t)
	p := startSluice(t, "serve", "--config", s.config, "--listen", "127.0.0.1:0", "--shutdown-delay", "1h")
	c, err := net.Dial("tcp", p.printed(t, `"msg":"serving","processor":"([^"]+)"`)[1]) // as Envoy would be
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	p.printed(t, `"msg":"draining"`)
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.done
	if status := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() {
		t.Errorf("ended with %v", p.cmd.ProcessState)
	}
}
