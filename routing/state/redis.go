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
	patience   = 3                      // calls in a row without an answer until Redis counts as away
	probeEvery = 500 * time.Millisecond // while it is
	dialWait   = time.Second            // for connections that no request waits for
)

// ErrUnavailable says that Redis did not answer lately; the call did not wait for it.
var ErrUnavailable = errors.New("redis is away")

// Options is what OpenRedis is told beside the address.
type Options struct {
	// Wait is the longest that a call takes, a new connection included; more than 0.
	Wait time.Duration
	// Failed is told once of every call that failed: what it was to do, and why. The
	// error is [ErrUnavailable] for calls that did not wait. It may be called from many
	// goroutines and must not block.
	Failed func(op string, err error)
}

// Redis is a client of one Redis or Valkey server, of version 7 or later, or of a cluster.
// It is safe for concurrent use.
//
// No call waits longer than [Options.Wait], or its context's deadline; it does not notice
// that its context is cancelled before. After three calls in a row without an answer
// Redis counts as away, and calls fail at once with [ErrUnavailable], until a background probe,
// every half second, is answered within that time.
type Redis struct {
	client redis.UniversalClient
	wait   time.Duration
	failed func(op string, err error)
	self   string // tells this client from others

	away       atomic.Bool
	unanswered atomic.Int32 // in a row

	left    chan struct{} // holds a value once Redis is away
	stop    context.CancelFunc
	stopped sync.WaitGroup
	ctx     context.Context // of what goes on behind the calls
}

// CheckURL reports what is wrong with the address of a Redis. Neither its errors nor any
// other of this package contain the password in it.
func CheckURL(address string) error {
	_, err := parse(address)
	return err
}

// parse reads an address such as redis://user:password@host:6379/0; rediss is with TLS,
// and ?addr=host:port, as often as needed, names further nodes of a cluster.
func parse(address string) (*redis.UniversalOptions, error) {
	const want = "expected redis://host:6379/0, or rediss:// for TLS"
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("not an address of a Redis; " + want) // url's own error quotes it, password included
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
			return nil, fmt.Errorf("unknown parameter %q; only addr is known, for further nodes of a cluster", name)
		}
	}
	if u.Hostname() == "" {
		return nil, errors.New("no host; " + want)
	}
	u.RawQuery = ""
	one, err := redis.ParseURL(u.String())
	if err != nil {
		return nil, errors.New("not a database number behind the host; " + want)
	}
	if len(nodes) > 0 && one.DB != 0 {
		return nil, fmt.Errorf("database %d of a cluster; clusters have only 0", one.DB)
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

// OpenRedis returns a client of the Redis at the address; see [CheckURL]. One that is
// away is no error.
func OpenRedis(address string, o Options) (*Redis, error) {
	uo, err := parse(address)
	if err != nil {
		return nil, err
	}
	return open(uo, o), nil
}

func open(uo *redis.UniversalOptions, o Options) *Redis {
	// The client logs to standard error by itself; what it has to say, Failed is told.
	logging.Disable()
	uo.MaxRetries = -1 // a call that failed has used its time
	uo.DialerRetries = 1
	uo.DialTimeout = max(o.Wait, dialWait) // goes on without the call that asked for it
	uo.ReadTimeout, uo.WriteTimeout, uo.PoolTimeout = o.Wait, o.Wait, o.Wait
	uo.ContextTimeoutEnabled = true
	uo.DisableIdentity = true
	uo.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	r := &Redis{
		client: redis.NewUniversalClient(uo),
		wait:   o.Wait,
		failed: o.Failed,
		self:   rand.Text(),
		left:   make(chan struct{}, 1),
	}
	r.ctx, r.stop = context.WithCancel(context.Background())
	if err := r.probe(); err != nil {
		r.failed("connect", err)
		r.leave()
	}
	r.stopped.Go(r.watch)
	return r
}

// Unavailable reports whether calls fail at once.
func (r *Redis) Unavailable() bool { return r.away.Load() }

// Close lets go of the connections. Calls fail from then on.
func (r *Redis) Close() error {
	r.stop()
	r.stopped.Wait()
	return r.client.Close()
}

// call runs f unless Redis is away. An error is wrapped by op, and reported; not so that of
// a caller who has gone, or whose own time, less than half of Redis's, was up: who waits for
// another's answer ends like that. That says nothing about whether Redis is away.
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
		return err // the caller went away, not Redis
	case hasty:
	case r.unanswered.Add(1) >= patience:
		r.leave()
	}
	err = fmt.Errorf("redis: %s: %w", op, err)
	r.failed(op, err)
	return err
}

// misread wraps and reports that Redis holds what this version cannot read; nil stays nil.
func (r *Redis) misread(op string, err error) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("redis: %s: %w", op, err)
	r.failed(op, err)
	return err
}

func (r *Redis) leave() {
	if r.away.CompareAndSwap(false, true) {
		r.left <- struct{}{}
	}
}

// watch probes a Redis that is away until it is back.
func (r *Redis) watch() {
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-r.left:
		}
		for back := false; !back; {
			select {
			case <-r.ctx.Done():
				return
			case <-time.After(probeEvery):
			}
			back = r.probe() == nil
		}
		r.unanswered.Store(0)
		r.away.Store(false)
	}
}

// probe reports why Redis does not answer in time. The first call is for the connection,
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
