package state

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	maxUnanswered = 3                      // calls in a row without an answer until Redis is unavailable
	probeEvery    = 500 * time.Millisecond // while it is
	dialWait      = time.Second            // for connections that no request waits for
)

// ErrUnavailable means that Redis has not answered lately and that the call did not wait.
var ErrUnavailable = errors.New("redis is unavailable")

// Options configure OpenRedis. All of them are required.
type Options struct {
	// Wait is the longest that a call takes, including a new connection; above 0.
	Wait time.Duration
	// Failed is called once for every call that failed, with its purpose and the error:
	// [ErrUnavailable] for calls that did not wait. It may be called from many goroutines
	// and must not block.
	Failed func(op string, err error)
}

// Redis is a client of one Redis or Valkey server, of version 7 or later, or of a cluster.
// It is safe for concurrent use.
//
// No call waits longer than [Options.Wait] or its context's deadline; it does not notice
// that its context is cancelled earlier. After three calls in a row without an answer
// Redis is unavailable: calls fail at once with [ErrUnavailable] until a background probe,
// sent every half second, is answered in time.
type Redis struct {
	client redis.UniversalClient
	wait   time.Duration
	failed func(op string, err error)
	self   string // identifies this client

	unavailable atomic.Bool
	unanswered  atomic.Int32 // in a row

	lost    chan struct{} // holds a value once Redis is unavailable
	stop    context.CancelFunc
	stopped sync.WaitGroup
	ctx     context.Context // of the probes
}

// CheckURL reports what is wrong with the address of a Redis. No error of this package
// contains the password in it.
func CheckURL(address string) error {
	_, err := parse(address)
	return err
}

// parse reads an address such as redis://user:password@host:6379/0. The scheme rediss means
// TLS; each ?addr=host:port names another node of a cluster.
func parse(address string) (*redis.UniversalOptions, error) {
	const want = "expected redis://host:6379/0, or rediss:// for TLS"
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("not an address of a Redis; " + want) // the error of package url contains the password
	}
	if u.Scheme != "redis" && u.Scheme != "rediss" {
		return nil, fmt.Errorf("scheme %q; %s", u.Scheme, want)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, errors.New("not an address of a Redis; " + want)
	}
	nodes := query["addr"]
	for name := range query {
		if name != "addr" {
			return nil, fmt.Errorf("unknown parameter %q; only addr is known, for more nodes of a cluster", name)
		}
	}
	if u.Hostname() == "" {
		return nil, errors.New("no host; " + want)
	}
	u.RawQuery = ""
	one, err := redis.ParseURL(u.String())
	if err != nil {
		return nil, errors.New("not a database number after the host; " + want)
	}
	if len(nodes) > 0 && one.DB != 0 {
		return nil, fmt.Errorf("database %d of a cluster; expected 0, the only one of a cluster", one.DB)
	}
	return &redis.UniversalOptions{
		Addrs:         append([]string{one.Addr}, nodes...),
		IsClusterMode: len(nodes) > 0,
		DB:            one.DB,
		Username:      one.Username,
		Password:      one.Password,
		TLSConfig:     one.TLSConfig,
	}, nil
}

// OpenRedis returns a client of the Redis at the address; see [CheckURL]. It is no error if
// that is unavailable.
func OpenRedis(address string, o Options) (*Redis, error) {
	uo, err := parse(address)
	if err != nil {
		return nil, err
	}
	return open(uo, o), nil
}

func open(uo *redis.UniversalOptions, o Options) *Redis {
	logging.Disable()  // the client would log to standard error; Failed gets its errors
	uo.MaxRetries = -1 // a call that failed has used its time
	uo.DialerRetries = 1
	uo.DialTimeout = max(o.Wait, dialWait) // continues after the call that needed it
	uo.ReadTimeout, uo.WriteTimeout, uo.PoolTimeout = o.Wait, o.Wait, o.Wait
	uo.ContextTimeoutEnabled = true
	uo.DisableIdentity = true
	uo.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	r := &Redis{
		client: redis.NewUniversalClient(uo),
		wait:   o.Wait,
		failed: o.Failed,
		self:   rand.Text(),
		lost:   make(chan struct{}, 1),
	}
	r.ctx, r.stop = context.WithCancel(context.Background())
	if err := r.probe(); err != nil {
		r.failed("connect", err)
		r.markUnavailable()
	}
	r.stopped.Go(r.watch)
	return r
}

// Unavailable reports whether calls fail at once.
func (r *Redis) Unavailable() bool { return r.unavailable.Load() }

// Close closes the connections. Later calls fail.
func (r *Redis) Close() error {
	r.stop()
	r.stopped.Wait()
	return r.client.Close()
}

// call runs f unless Redis is unavailable. It wraps and reports errors, except those of
// callers that were cancelled, or whose own deadline, shorter than half of Wait, has passed:
// they say nothing about Redis.
func (r *Redis) call(ctx context.Context, op string, f func(context.Context) error) error {
	if r.Unavailable() {
		r.failed(op, ErrUnavailable)
		return ErrUnavailable
	}
	bounded, cancel := context.WithTimeout(ctx, r.wait)
	defer cancel()
	deadline, ok := ctx.Deadline()
	hasty := ok && time.Until(deadline) < r.wait/2
	err := f(bounded)
	if err == nil || errors.Is(err, redis.Nil) {
		r.unanswered.Store(0)
		return err
	}
	var answer redis.Error
	var late net.Error
	switch {
	case errors.As(err, &answer):
		r.unanswered.Store(0)
	case errors.Is(ctx.Err(), context.Canceled), hasty && errors.As(err, &late) && late.Timeout():
		return err
	case hasty:
	case r.unanswered.Add(1) >= maxUnanswered:
		r.markUnavailable()
	}
	err = fmt.Errorf("redis: %s: %w", op, err)
	r.failed(op, err)
	return err
}

// misread wraps and reports an error of a value that this version cannot read; nil stays nil.
func (r *Redis) misread(op string, err error) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("redis: %s: %w", op, err)
	r.failed(op, err)
	return err
}

func (r *Redis) markUnavailable() {
	if r.unavailable.CompareAndSwap(false, true) {
		r.lost <- struct{}{}
	}
}

// watch probes a Redis that is unavailable until it answers.
func (r *Redis) watch() {
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-r.lost:
		}
		for answers := false; !answers; {
			select {
			case <-r.ctx.Done():
				return
			case <-time.After(probeEvery):
			}
			answers = r.probe() == nil
		}
		r.unanswered.Store(0)
		r.unavailable.Store(false)
	}
}

// probe reports why Redis does not answer in time. The first call opens the connection,
// which may take longer than a request can wait.
func (r *Redis) probe() error {
	var err error
	for _, wait := range []time.Duration{max(r.wait, dialWait), r.wait} {
		ctx, cancel := context.WithTimeout(r.ctx, wait)
		err = r.client.Ping(ctx).Err()
		cancel()
		if err != nil {
			return err
		}
	}
	return nil
}
