package state

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"sluice/routing"
	"sluice/routing/budget"
	"sluice/routing/cache"
	"sluice/routing/experiment"
	"sluice/routing/session"
	"sluice/routing/state/redistest"
)

// failures counts what a client reports.
type failures struct {
	mu  sync.Mutex
	all []error
}

func (f *failures) note(op string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = append(f.all, fmt.Errorf("%s: %w", op, err))
}

// waited is how many of them took time: all but those of a Redis known to be unavailable.
func (f *failures) waited() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, err := range f.all {
		if !errors.Is(err, ErrUnavailable) {
			n++
		}
	}
	return n
}

func openHasty(t *testing.T, address string, f *failures) *Redis {
	t.Helper()
	r, err := OpenRedis(address, Options{Wait: 50 * time.Millisecond, Failed: f.note})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// eventually waits for what happens in the background.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never comes that %s", what)
		}
	}
}

// TestUnavailable shows that a Redis that is dead or frozen costs a few calls their time, and no
// more however many follow: what is counted is calls that were not refused at once.
func TestUnavailable(t *testing.T) {
	const workers, each = 16, 200
	for _, tt := range []struct {
		name      string
		down      func(*redistest.Server)
		back      func(*redistest.Server)
		forgetful bool
	}{
		{"killed", (*redistest.Server).Kill, (*redistest.Server).Restart, true},
		{"frozen", (*redistest.Server).Pause, (*redistest.Server).Resume, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := redistest.Start(t)
			var f failures
			r := openHasty(t, s.URL(), &f)
			sessions := r.Sessions(time.Hour)
			eventually(t, "a running Redis takes a session", func() bool {
				return sessions.Put(t.Context(), "a", session.Entry{Model: "m"}) == nil
			})
			before := f.waited()
			tt.down(s)
			var answered atomic.Int32
			var all sync.WaitGroup
			for range workers {
				all.Go(func() {
					for range each {
						if _, _, err := sessions.Get(t.Context(), "a"); err == nil {
							answered.Add(1)
						}
					}
				})
			}
			all.Wait()
			if answered.Load() > 0 {
				t.Errorf("%d calls were answered", answered.Load())
			}
			// Those that were under way when the third failed had been let through.
			if got, most := f.waited()-before, workers+maxUnanswered; got < maxUnanswered || got > most {
				t.Errorf("%d of %d calls waited; want %d to %d", got, workers*each, maxUnanswered, most)
			}
			if !r.Unavailable() {
				t.Error("Redis does not count as unavailable")
			}
			tt.back(s)
			eventually(t, "Redis is back", func() bool { return !r.Unavailable() })
			eventually(t, "a session is read", func() bool {
				_, ok, err := sessions.Get(t.Context(), "a")
				return err == nil && ok == !tt.forgetful
			})
		})
	}
}

// TestUnavailableFromTheStart shows that the product starts without Redis, and finds it later.
func TestUnavailableFromTheStart(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	s.Kill()
	var f failures
	r := openHasty(t, s.URL(), &f)
	if !r.Unavailable() {
		t.Error("nothing listens, but Redis does not count as unavailable")
	}
	for name, err := range everyCall(r) {
		if !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v; want ErrUnavailable", name, err)
		}
	}
	s.Restart()
	eventually(t, "Redis is back", func() bool { return !r.Unavailable() })
}

// everyCall returns the error of each call that a store has, but for Settle.
func everyCall(r *Redis) map[string]error {
	ctx := context.Background()
	b := r.Budgets(time.Now)
	defer b.Close()
	accounts := everyone.Accounts(routing.Principal{}, time.Now())
	errs := make(map[string]error)
	_, errs["balances"] = b.Balances(ctx, accounts)
	_, _, errs["reserve"] = b.Reserve(ctx, budget.Reservation{ID: "1", Expires: time.Now().Add(time.Minute)}, accounts)
	_, _, errs["session get"] = r.Sessions(time.Hour).Get(ctx, "a")
	errs["session put"] = r.Sessions(time.Hour).Put(ctx, "a", session.Entry{})
	_, errs["cache get"] = r.Cache().Get(ctx, "a")
	errs["cache put"] = r.Cache().Put(ctx, "a", &cache.Entry{Body: []byte("x")}, time.Hour)
	_, errs["claim"] = r.Cache().Claim(ctx, "a", time.Minute)
	_, errs["claimed"] = r.Cache().Claimed(ctx, "a")
	errs["release"] = r.Cache().Release(ctx, "b")
	_, errs["record"] = r.Experiments(time.Now).Record(ctx, routing.Assignment{Experiment: "e", Variant: "v", Unit: "u"}, experiment.Outcome{ID: "1", At: time.Now()})
	_, errs["rate"] = r.Experiments(time.Now).Rate(ctx, "1", 1)
	_, _, errs["units"] = r.Experiments(time.Now).Units(ctx, "e")
	_, errs["forget"] = r.Experiments(time.Now).Forget(ctx, "none")
	return errs
}

// TestCallers shows that callers in a hurry do not make Redis count as unavailable.
func TestCallers(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	var f failures
	r, err := OpenRedis(s.URL(), Options{Wait: unhurried, Failed: f.note})
	if err != nil {
		t.Fatal(err)
	}
	s.Pause()
	for range 2 * maxUnanswered {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		if _, _, err := r.Sessions(time.Hour).Get(ctx, "a"); err == nil {
			t.Error("a frozen Redis answered")
		}
		cancel()
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := r.Sessions(time.Hour).Get(gone, "a"); err == nil {
		t.Error("a caller who has gone is answered")
	}
	s.Resume()
	if r.Unavailable() {
		t.Error("Redis counts as unavailable since its callers were in a hurry")
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if len(f.all) != 0 {
		t.Errorf("callers whose own time was up are reported as failures of Redis: %v", f.all)
	}
}

// TestForeign shows that what no version of this program wrote is an error, and reported
// once; Redis does not count as unavailable for it.
func TestForeign(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	clean := openRedis(t, s.URL())
	for _, err := range []error{
		clean.client.Set(t.Context(), sessionKey("a"), "x", time.Hour).Err(),
		clean.client.Set(t.Context(), answerKey("a"), "x", time.Hour).Err(),
		clean.client.ZAdd(t.Context(), unitsKey("e"), redis.Z{Member: "u"}).Err(),
		clean.client.HSet(t.Context(), unitKey("e", "u"), "first", "x").Err(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var f failures
	r, err := OpenRedis(s.URL(), Options{Wait: unhurried, Failed: f.note})
	if err != nil {
		t.Fatal(err)
	}
	for range maxUnanswered {
		_, _, session := r.Sessions(time.Hour).Get(t.Context(), "a")
		_, answer := r.Cache().Get(t.Context(), "a")
		_, _, units := r.Experiments(time.Now).Units(t.Context(), "e")
		if session == nil || answer == nil || units == nil {
			t.Errorf("session %v, answer %v, units %v; want errors", session, answer, units)
		}
	}
	if r.Unavailable() || len(f.all) != 3*maxUnanswered {
		t.Errorf("unavailable %t, reported %v; want each of %d errors once", r.Unavailable(), f.all, 3*maxUnanswered)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// TestForgetMany shows that nothing is left of an experiment of more than a page, but the
// request, which ends by itself.
func TestForgetMany(t *testing.T) {
	redises(t, func(t *testing.T, r *Redis) {
		const most = unitsPage + 1
		x := r.experiments(time.Now, most)
		for unit := range most + 1 {
			part := routing.Assignment{Experiment: "e", Variant: "v", Unit: fmt.Sprint(unit)}
			o := experiment.Outcome{At: time.Now()}
			if unit == 0 {
				o.ID = "rated"
			}
			if _, err := x.Record(t.Context(), part, o); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := x.Forget(t.Context(), "e"); n != most || err != nil {
			t.Errorf("%d units forgotten, error %v; want %d", n, err, most)
		}
		if keys, err := r.client.Keys(t.Context(), "*").Result(); err != nil || len(keys) != 1 || keys[0] != requestKey("rated") {
			t.Errorf("left are %q, error %v", keys, err)
		}
	})
}

// TestPassword shows that a password opens what it is for, and is nowhere in an error.
func TestPassword(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t-p4ss"
	s := redistest.Start(t, "--requirepass", secret)
	address := func(password string) string { return "redis://:" + password + "@" + s.Addr + "/0" }
	for name, err := range everyCall(openRedis(t, address(secret))) {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	var f failures
	const wrong = "wr0ng-s3cr3t"
	r := openHasty(t, address(wrong), &f)
	for name, err := range everyCall(r) {
		if err == nil {
			t.Errorf("%s: a wrong password is taken", name)
		}
	}
	if len(f.all) == 0 {
		t.Error("nothing was reported")
	}
	errs := f.all
	for _, bad := range []string{
		"redis://user:%s@host:port/0", "redis://user:%s@host:6379/x", "http://user:%s@host", "redis://user:%s@/0",
		"redis://user:%s@host:6379/0?user=%[1]s", "redis://us\x7fer:%s@host", "user:%s@host:6379", "redis://user:%s@host/0?%%zz", "redis://user:%s@host:6379/1?addr=b:1",
	} {
		err := CheckURL(fmt.Sprintf(bad, wrong))
		if err == nil {
			t.Errorf("%q is taken", bad)
		}
		errs = append(errs, err)
	}
	for _, err := range errs {
		if strings.Contains(fmt.Sprint(err), wrong) {
			t.Errorf("the password is in: %v", err)
		}
	}
}

// TestEverythingEnds shows that no key stays in Redis for ever.
func TestEverythingEnds(t *testing.T) {
	t.Parallel()
	r := openRedis(t, redistest.Start(t).URL())
	for name, err := range everyCall(r) {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := r.Budgets(time.Now)
	defer b.Close()
	accounts := everyone.Accounts(routing.Principal{}, time.Now())
	for i := range 3 {
		res := budget.Reservation{ID: fmt.Sprint("t", i), Amount: 0.1, Expires: time.Now().Add(time.Minute)}
		if ok, _, err := b.Reserve(t.Context(), res, accounts); !ok || err != nil {
			t.Fatalf("%d: %t, %v", i, ok, err)
		}
	}
	for _, id := range []string{"t1", "unknown"} {
		if err := b.Settle(t.Context(), budget.Settlement{ID: id, Amount: 0.2, Accounts: []string{accounts[0].Key}}); err != nil {
			t.Fatal(err)
		}
	}
	x := r.experiments(time.Now, 1)
	for unit := range 3 {
		if _, err := x.Record(t.Context(), routing.Assignment{Experiment: "f", Variant: "v", Unit: fmt.Sprint(unit)}, experiment.Outcome{}); err != nil {
			t.Fatal(err)
		}
	}
	if units, dropped, err := x.Units(t.Context(), "f"); len(units) != 1 || dropped != 2 || err != nil {
		t.Errorf("%d units, %d dropped, %v; want 1 and 2 beyond the bound", len(units), dropped, err)
	}
	keys, err := r.client.Keys(t.Context(), "*").Result()
	if err != nil || len(keys) < 12 {
		t.Fatalf("keys %q, %v: the test shows nothing", keys, err)
	}
	for _, key := range keys {
		if !strings.HasPrefix(key, "sluice:") {
			t.Errorf("key %q does not say whose it is", key)
		}
		if left := r.client.PTTL(t.Context(), key).Val(); left <= 0 || left > totalsKept {
			t.Errorf("key %q lasts %v", key, left)
		}
	}
}
